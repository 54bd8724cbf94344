# SPDX-License-Identifier: Apache-2.0
"""Customers that act at the same moment, at many branches: no update is lost, none is doubled,
nobody overdraws, and somebody always wins."""

import random

from support import ProcessTest, branches, customer, deposit, main, query, withdraw

ACKS = ("all", "majority", "local")


class Concurrent(ProcessTest):
    BRANCHES = 4
    OPENING = 1000
    RUNS = 20

    def scenario(self, chance):
        """Six customers who wander about; there is money for all that they withdraw."""
        customers = []
        for number in range(1, 7):
            events = []
            for _ in range(6):
                place = chance.randint(1, self.BRANCHES)
                events.append(chance.choice([query(place), deposit(chance.randint(1, 50), place),
                                             withdraw(chance.randint(1, 25), place)]))
            customers.append(customer(number, *events))
        return customers + branches(self.BRANCHES, self.OPENING)

    def test_all_branches_end_with_the_right_balance(self):
        for run in range(self.RUNS):
            scenario = self.scenario(random.Random(run))
            events = [event for part in scenario for event in part.get("events", [])]
            right = self.OPENING
            for event in events:
                sign = {"deposit": 1, "withdraw": -1, "query": 0}[event["interface"]]
                right += sign * event.get("money", 0)
            ack = ACKS[run % len(ACKS)]
            with self.subTest(run=run, ack=ack):
                report = self.report(self.write("scenario.json", scenario), "--schedule",
                                     "concurrent", "--ack", ack)
                self.assertEqual([answer["result"] for answer in report["answers"]],
                                 ["success"] * len(events))
                self.assertEqual(report["finals"],
                                 [{"branch": number, "balance": right}
                                  for number in range(1, self.BRANCHES + 1)])
                self.assertTrue(report["agree"])
                self.assertEqual(report["broken_guarantees"], [])


class Race(ProcessTest):
    """Money for one of three who want it at the same moment."""

    def race(self, runs, ack):
        scenario = self.write("race.json", [customer(number, withdraw(300, number))
                                            for number in (1, 2, 3)] + branches(3, 400))
        for run in range(runs):
            with self.subTest(run=run, ack=ack):
                report = self.report(scenario, "--schedule", "concurrent", "--ack", ack)
                answers = report["answers"]
                won = [answer["customer"] for answer in answers if answer["result"] == "success"]
                self.assertEqual(len(won), 1, answers)
                lost = [answer for answer in answers if answer["customer"] not in won]
                self.assertEqual([(answer["result"], answer["reason"]) for answer in lost],
                                 [("fail", "INSUFFICIENT_FUNDS")] * 2)
                self.assertEqual(report["finals"],
                                 [{"branch": number, "balance": 100} for number in (1, 2, 3)])

    def test_has_exactly_one_winner(self):
        self.race(100, "all")

    def test_has_exactly_one_winner_when_only_one_branch_acknowledges(self):
        self.race(20, "local")

    def test_is_won_by_as_many_as_there_is_money_for(self):
        scenario = self.write("race.json", [customer(number, withdraw(100, number % 4 + 1))
                                            for number in range(1, 9)] + branches(4, 500))
        for run in range(10):
            with self.subTest(run=run):
                report = self.report(scenario, "--schedule", "concurrent")
                results = [answer["result"] for answer in report["answers"]]
                self.assertEqual(sorted(results), ["fail"] * 3 + ["success"] * 5)
                self.assertEqual({final["balance"] for final in report["finals"]}, {0})


class OneAtATime(ProcessTest):
    def test_a_customer_listed_twice_is_never_at_two_branches_at_once(self):
        """Both of its listings run in one process, in order, while another customer is busy."""
        scenario = self.write("twice.json", [
            customer(1, deposit(100, 1), query(2)), customer(2, deposit(7, 3), deposit(7, 1)),
            customer(1, withdraw(100, 3), query(1)), *branches(3, 0)])
        for ack in ACKS:
            report = self.report(scenario, "--schedule", "concurrent", "--ack", ack)
            self.assertEqual({answer["result"] for answer in report["answers"]}, {"success"})
            first, last = (answer["balance"] for answer in report["answers"]
                           if answer["interface"] == "query")
            self.assertIn(first, (100, 107, 114))
            self.assertIn(last, (0, 7, 14))
            self.assertEqual({final["balance"] for final in report["finals"]}, {14})


if __name__ == "__main__":
    main()
