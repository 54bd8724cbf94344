# SPDX-License-Identifier: Apache-2.0
"""Customers that act at the same moment, at many branches: no update is lost, none is doubled,
nobody overdraws, and somebody always wins."""

import concurrent.futures
import itertools
import random
import sys
import threading
import time

from bank_calls import Branch, RequestId, insist
from support import (DurableBank, HandMadeBank, ProcessTest, branches, customer, deposit, main,
                     query, repeats, wait_until, withdraw)

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
        for run in range(repeats(self.RUNS)):
            scenario = self.scenario(random.Random(run))
            events = [event for part in scenario for event in part.get("events", [])]
            right = self.OPENING
            for event in events:
                sign = {"deposit": 1, "withdraw": -1, "query": 0}[event["interface"]]
                right += sign * event.get("money", 0)
            ack = ACKS[run % len(ACKS)]
            with self.subTest(run=run, ack=ack):
                report = self.judged_report(self.write("scenario.json", scenario), "--schedule",
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
        for run in range(repeats(runs)):
            with self.subTest(run=run, ack=ack):
                report = self.judged_report(scenario, "--schedule", "concurrent", "--ack", ack)
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
                report = self.judged_report(scenario, "--schedule", "concurrent")
                results = [answer["result"] for answer in report["answers"]]
                self.assertEqual(sorted(results), ["fail"] * 3 + ["success"] * 5)
                self.assertEqual({final["balance"] for final in report["finals"]}, {0})


class RepeatedRaces:
    """Many races in one bank of three, each from 400, with the rights elsewhere each time."""

    OPENING = 40000
    STAKE = 30000

    def open(self):
        self.chance = random.Random(7)
        self.start_bank()
        self.at = {number: Branch(self.address(number), self.history.calls_at(number))
                   for number in self.ports}
        self.starting_line = threading.Barrier(len(self.at))
        self.requests = itertools.count(1)
        self.customers = concurrent.futures.ThreadPoolExecutor(len(self.at))
        self.addCleanup(self.customers.shutdown)
        for branch in self.at.values():
            self.addCleanup(branch.close)

    def ask(self, method, number, *amount, **how):
        """Repeats a call until it is answered: the answer, and how many calls it took."""
        method = getattr(self.at[number], method)
        request_id = RequestId(number, number, 1, next(self.requests))
        return insist(lambda: method(request_id, *amount, timeout=30, **how))

    def start_race(self, ack):
        """A customer at each branch; the results of `ask` to come, by branch."""
        def run(number):
            self.starting_line.wait()
            return self.ask("withdraw", number, self.STAKE, ack=ack)
        return {number: self.customers.submit(run, number) for number in self.at}

    def outcomes(self, race):
        """The results of `ask`, by branch, while all branches live."""
        def is_over():
            self.assert_all_live()
            return all(outcome.done() for outcome in race.values())
        wait_until(is_over, "the race is over")
        return {number: outcome.result() for number, outcome in race.items()}

    def assert_balance(self, balance, passbook):
        """At every branch, for whoever has seen what the passbook names."""
        for number in self.at:
            shown, _ = self.ask("query", number, passbook=passbook)
            self.assertEqual((shown.result, shown.balance), ("OK", balance), f"at {number}")

    def bring_back(self, balance, passbook):
        """Makes the balance what it was, by more than is needed at one branch and less at another:
        all but what the race has left lies where chance wants it."""
        extra = self.chance.randint(1, self.OPENING)
        paid, _ = self.ask("deposit", self.chance.choice(list(self.at)),
                           self.OPENING - balance + extra, passbook=passbook)
        self.assertEqual((paid.result, paid.balance), ("OK", self.OPENING + extra))
        taken, _ = self.ask("withdraw", self.chance.choice(list(self.at)), extra,
                            passbook=paid.passbook)
        self.assertEqual((taken.result, taken.balance), ("OK", self.OPENING))


class LongRace(RepeatedRaces, HandMadeBank):
    def test_has_exactly_one_winner_wherever_the_rights_lie(self):
        self.open()
        wins = dict.fromkeys(self.at, 0)
        for _ in range(200):
            race = self.start_race(self.chance.choice(ACKS))
            answers = {number: answer for number, (answer, _) in self.outcomes(race).items()}
            self.assertEqual(
                sorted((answer.result, answer.balance) for answer in answers.values()),
                [("INSUFFICIENT_FUNDS", 10000)] * 2 + [("OK", 10000)])
            [winner] = [number for number in answers if answers[number].result == "OK"]
            wins[winner] += 1
            self.assert_balance(10000, answers[winner].passbook)
            self.bring_back(10000, answers[winner].passbook)
        self.assert_history_is_right()
        print(f"200 races; won by branch: {wins}", file=sys.stderr)


class RaceUnderKills(RepeatedRaces, DurableBank):
    def test_never_has_two_winners(self):
        self.open()
        repeated = unavailable = without = 0
        for _ in range(200):
            race = self.start_race(self.chance.choice(ACKS))
            victim = self.chance.choice(list(self.at))
            time.sleep(self.chance.uniform(0, 0.01))
            self.kill(victim)
            self.restart(victim)
            outcomes = self.outcomes(race).values()
            repeated += any(attempts > 1 for _, attempts in outcomes)
            answers = [answer for answer, _ in outcomes]
            won = [answer for answer in answers if answer.result in ("OK", "UNCONFIRMED")]
            lost = [answer.result for answer in answers if answer not in won]
            self.assertLessEqual(len(won), 1, answers)
            # Nobody lacks money unless somebody took it.
            self.assertLessEqual(set(lost), {"UNAVAILABLE", "INSUFFICIENT_FUNDS"} if won
                                 else {"UNAVAILABLE"}, answers)
            unavailable += "UNAVAILABLE" in lost
            without += not won
            balance = self.OPENING - self.STAKE * len(won)
            passbook = won[0].passbook if won else b""
            self.assert_balance(balance, passbook)
            self.bring_back(balance, passbook)
        self.assert_history_is_right()
        print(f"200 races; {repeated} in which a withdrawal was asked for again, {unavailable} in "
              f"which one was unavailable, {without} without a winner", file=sys.stderr)


class OneAtATime(ProcessTest):
    def test_a_customer_listed_twice_is_never_at_two_branches_at_once(self):
        """Both of its listings run in one process, in order, while another customer is busy."""
        scenario = self.write("twice.json", [
            customer(1, deposit(100, 1), query(2)), customer(2, deposit(7, 3), deposit(7, 1)),
            customer(1, withdraw(100, 3), query(1)), *branches(3, 0)])
        for ack in ACKS:
            report = self.judged_report(scenario, "--schedule", "concurrent", "--ack", ack)
            self.assertEqual({answer["result"] for answer in report["answers"]}, {"success"})
            first, last = (answer["balance"] for answer in report["answers"]
                           if answer["interface"] == "query")
            self.assertIn(first, (100, 107, 114))
            self.assertIn(last, (0, 7, 14))
            self.assertEqual({final["balance"] for final in report["finals"]}, {14})


if __name__ == "__main__":
    main()
