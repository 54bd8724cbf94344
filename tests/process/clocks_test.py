#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Clock lists of real runs keep the rules of the logical-clock project; the rules are written here
anew, apart from the code that writes the lists and from the judge of `check --clock-lists`."""

import re
from collections import Counter

from support import CASES, ProcessTest, branches, customer, deposit, main, query, read_json, withdraw

PEER = re.compile(r"event_(sent|recv) (to|from) (customer|branch) (\d+)$")


def scenario(count):
    """`count` customers, each at its own branch, with two writes each."""
    return [*({"id": n, "type": "customer", "customer-requests": [
        {"customer-request-id": 2 * n - 1, "interface": "deposit", "money": 10 * n},
        {"customer-request-id": 2 * n, "interface": "withdraw", "money": 5 * n}]}
        for n in range(1, count + 1)), *branches(count, 1000)]


class Event:
    def __init__(self, kind, process, members):
        self.process = (kind, process)
        self.request = members["customer-request-id"]
        self.clock = members["logical_clock"]
        self.interface = members["interface"]
        verb, _, peer, number = PEER.match(members["comment"]).groups()
        self.sent = verb == "sent"
        self.peer = (peer, int(number))

    def key(self):
        return (self.process, self.request, self.clock, self.interface, self.sent, self.peer)


def flat(listing):
    return [Event(event["type"], event["id"], event) for event in listing]


def grouped(listing):
    return [[Event(group["type"], group["id"], event) for event in group["events"]]
            for group in listing]


class ClockLists(ProcessTest):
    def lists(self, bank, *words):
        self.write("bank.json", bank)
        done = self.passbook("run", "bank.json", "--clock-lists", "lists", *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        judged = self.passbook("check", "--clock-lists", "lists", "--input", "bank.json")
        self.assertEqual((judged.returncode, judged.stderr), (0, ""), judged.stdout)
        return self.read_lists()

    def read_lists(self):
        return [read_json((self.folder / "lists" / name).read_text())
                for name in ("customers.json", "branches.json", "events.json")]

    def assert_rules(self, customers, of_branches, events):
        """All but the counts."""
        by_customer, by_branch, all_events = grouped(customers), grouped(of_branches), flat(events)
        for group in by_customer:
            self.assertEqual([event.clock for event in group], list(range(1, len(group) + 1)))
            for event in group:
                self.assertTrue(event.sent)
        for group in by_branch:
            clocks = [event.clock for event in group]
            self.assertEqual(clocks, sorted(set(clocks)), "strictly in the order of the clock")
        self.assertEqual(Counter(event.key() for group in by_customer + by_branch for event in group),
                         Counter(event.key() for event in all_events), "the lists say the same")
        self.assert_messages(all_events)
        self.assert_order(all_events)

    def assert_messages(self, events):
        sent, received = Counter(), {}
        for event in events:
            if event.process[0] == "customer":
                continue  # its comment names itself: the request finds its receipt
            ends = (event.process, event.peer) if event.sent else (event.peer, event.process)
            if event.sent:
                sent[(event.request, event.interface, *ends)] += 1
                received.setdefault((event.request, event.interface, *ends), event.clock)
        for event in events:
            if event.sent or event.peer[0] == "customer":
                continue
            key = (event.request, event.interface, event.peer, event.process)
            self.assertEqual(sent.pop(key, 0), 1, f"one send for {key}")
            self.assertGreater(event.clock, received[key])
        self.assertEqual(sent, Counter(), "every send is received")

    def assert_order(self, events):
        requests = []
        for event in events:
            if not requests or requests[-1][0].request != event.request:
                requests.append([])
            requests[-1].append(event)
        self.assertEqual(len(requests), len({group[0].request for group in requests}))
        for group in requests:
            self.assertEqual([event.clock for event in group],
                             sorted(event.clock for event in group))
            first, second = group[0], group[1]
            self.assertEqual((first.process[0], first.sent), ("customer", True))
            self.assertEqual((second.process[0], second.sent), ("branch", False))
            self.assertGreater(second.clock, first.clock)
            self.assertEqual(second.interface, first.interface)
            for event in group[2:]:
                self.assertEqual(event.interface, "propogate_" + first.interface)

    def test_have_the_counts_and_keep_the_rules(self):
        for count in (3, 4, 10):
            for schedule in ("sequential", "concurrent"):
                with self.subTest(branches=count, schedule=schedule):
                    lists = self.lists(scenario(count), "--schedule", schedule)
                    self.assert_rules(*lists)
                    kinds = Counter(event.process[0] for event in flat(lists[2]))
                    self.assertEqual(kinds, {"customer": 2 * count,
                                             "branch": 2 * count + 4 * count * (count - 1)})

    def test_nothing_is_passed_on_in_a_bank_that_is_no_full_mesh_otherwise(self):
        lists = self.lists(scenario(20), "--schedule", "concurrent", "--ack", "local")
        self.assert_rules(*lists)
        self.assertEqual(len(lists[2]), 2 * 20 + 2 * 20 + 4 * 20 * 19)

    def test_a_refused_withdrawal_is_propagated_to_nobody(self):
        bank = [customer(1, deposit(10, 1), withdraw(5000, 2)), *branches(3, 100)]
        lists = self.lists(bank)
        interfaces = Counter(event.interface for event in flat(lists[2]))
        self.assertEqual(interfaces, {"deposit": 2, "propogate_deposit": 4, "withdraw": 2})
        self.assert_rules(*lists)

    def test_of_a_customer_with_two_listings_and_queries(self):
        bank = [customer(1, deposit(10, 1), query(2)), customer(2, deposit(20, 3)),
                customer(1, withdraw(5, 2), query(1)), *branches(3, 100)]
        customers, of_branches, events = self.lists(bank)
        self.assert_rules(customers, of_branches, events)
        self.assertEqual([group["id"] for group in customers], [1, 2])
        self.assertEqual([event.request for event in grouped(customers)[0]], [1, 2, 4, 5])

    def test_can_be_spelt_right(self):
        self.lists(scenario(3), "--spelling", "propagate")
        text = "".join(file.read_text() for file in (self.folder / "lists").iterdir())
        self.assertIn("propagate_withdraw", text)
        self.assertNotIn("propogate", text)

    def test_of_the_published_input(self):
        done = self.passbook("run", CASES / "clock-sample.json", "--clock-lists", "lists")
        self.assertEqual(done.returncode, 0, done.stderr)
        lists = self.read_lists()
        self.assert_rules(*lists)
        self.assertEqual(len(lists[2]), 36)

    def test_need_a_place_and_a_known_spelling(self):
        (self.folder / "file").write_text("")
        for words, said in ((("--clock-lists", "file"), "file"),
                            (("--clock-lists", "lists", "--spelling", "propergate"), "spelling"),
                            (("--spelling", "propagate"), "--clock-lists")):
            done = self.passbook("run", CASES / "spec-sample.json", *words)
            self.assertEqual(done.returncode, 2)
            self.assertIn(said, done.stderr)
            self.assertFalse((self.folder / "output.json").exists())


if __name__ == "__main__":
    main()
