#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Histories that processes write: whole and right, whatever becomes of the process; and `check
--history` finds what is not right, and where."""

import json
import os
import signal

import grpc

from bank_calls import Branch, RequestId
from support import (CASES, PASSBOOK, SAMPLE, SCENARIOS, DurableBank, HandMadeBank, ProcessTest, branches,
                     children_of_run, customer, deposit, main, query, read_json, withdraw)

NEVER = ("--propagation-delay", "10m", "--timeout", "10m")


class Judged(ProcessTest):
    def check(self, *words):
        return self.passbook("check", "--history", *words)

    def assert_right(self, *words):
        done = self.check(*words)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertIn(": right: ", done.stdout)
        return done.stdout

    def events(self, name):
        return [read_json(line) for line in (self.folder / name).read_text().splitlines()]


class OfRuns(Judged):
    def test_are_right_however_it_is_run(self):
        for name in (SAMPLE, SCENARIOS / "lost-order.json", CASES / "money-sample.json",
                     CASES / "events-sample.json"):
            for schedule in ("sequential", "concurrent", "settled"):
                for ack in ("all", "majority", "local"):
                    for consistency in ("session", "eventual"):
                        how = ("--schedule", schedule, "--ack", ack, "--consistency", consistency)
                        with self.subTest(name.name, how=how):
                            self.assertEqual(self.passbook("run", name, *how, "--history",
                                                           "h.jsonl").returncode, 0)
                            self.assert_right("h.jsonl")

    def test_are_whole(self):
        self.passbook("run", SAMPLE, "--data-dir", "data", "--history", "h.jsonl")
        bank, *events = self.events("h.jsonl")
        self.assertEqual(bank, {"bank": {
            "branches": [1, 2, 3], "accounts": [{"account": 1, "opening": 400, "limit": 0}]}})
        names = [next(name for name in event if name != "at") for event in events]
        self.assertEqual({name: names.count(name) for name in sorted(set(names))} |
                         {"synced": 0, "applied": 0},
                         # The five events, and the final balances.
                         {"invoked": 8, "answered": 8, "arrived": 8, "replied": 8, "started": 3,
                          "audited": 3, "faults_over": 1, "ended": 1, "synced": 0, "applied": 0})
        self.assertEqual(names[-1], "ended")
        self.assertEqual([event["at"] for event in events], sorted(event["at"] for event in events))
        [again] = {json.dumps(event["audited"]["balance"]) for event in events
                   if "audited" in event}
        self.assertEqual(again, "500")

    def test_go_on_from_the_balances_of_the_run_before(self):
        self.passbook("run", SAMPLE, "--data-dir", "data")
        done = self.passbook("run", SAMPLE, "--data-dir", "data", "--resume", "--history", "h.jsonl")
        self.assertEqual(done.returncode, 0)
        started = [event["started"] for event in self.events("h.jsonl") if "started" in event]
        self.assertTrue(all(start["entries"] >= 2 for start in started), started)
        done = self.check("h.jsonl")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(done.stderr.count("has entries missing from its history"), 3)

    def test_show_broken_guarantees_only_where_they_were_asked_for(self):
        self.passbook("run", SCENARIOS / "read-your-writes.json", "--ack", "local", "--consistency",
                      "eventual", "--propagation-delay", "200ms", "--history", "h.jsonl")
        self.assert_right("h.jsonl")
        words = ["read-your-writes", "monotonic-writes", "monotonic-reads", "writes-follow-reads"]
        lines = (self.folder / "h.jsonl").read_text()
        self.write("h.jsonl", lines.replace('"wanted":[]', f'"wanted":{json.dumps(words)}'))
        done = self.check("h.jsonl")
        self.assertEqual(done.returncode, 1)
        self.assertIn("\n  read-your-writes: ", done.stdout)

    def test_are_written_when_the_run_fails_too(self):
        scenario = [customer(1, deposit(10, 1), query(1)), *branches(3, 400)]
        run = self.start_run(scenario, *NEVER, "--history", "h.jsonl")
        self.wait_for_balance(run.ports[1], 410)
        os.kill(children_of_run(run)["branch-3"], signal.SIGKILL)
        self.assertEqual(run.wait(), 1)
        self.assert_right("h.jsonl")
        self.assertFalse(any("faults_over" in event for event in self.events("h.jsonl")))

    def test_are_refused_a_place_that_can_not_be_written_to(self):
        done = self.passbook("run", SAMPLE, "--history", "no/such/folder")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertEqual(list(self.folder.iterdir()), [])


class Damaged(Judged):
    """By hand, in one place."""

    def setUp(self):
        super().setUp()
        done = self.passbook("run", SAMPLE, "--history", "whole.jsonl")
        self.assertEqual(done.returncode, 0)
        self.lines = (self.folder / "whole.jsonl").read_text().splitlines()

    def number_of(self, *marks):
        """The first line that has them all, from 0."""
        return next(number for number, line in enumerate(self.lines)
                    if all(mark in line for mark in marks))

    def assert_wrong(self, invariant, place):
        self.write("h.jsonl", "\n".join(self.lines) + "\n")
        done = self.check("h.jsonl")
        self.assertEqual((done.returncode, done.stderr), (1, ""), done.stdout)
        self.assertIn("h.jsonl: wrong: ", done.stdout)
        found = [line for line in done.stdout.splitlines() if line.startswith(f"  {invariant}: ")]
        self.assertTrue(any(f"h.jsonl:{place + 1})" in line or f"h.jsonl:{place + 1}," in line
                            for line in found), done.stdout)
        report = read_json(self.check("h.jsonl", "-o", "json").stdout)
        self.assertEqual(report["verdict"], "wrong")
        self.assertIn(invariant, {violation["invariant"] for violation in report["violations"]})
        self.assertIn(f"h.jsonl:{place + 1}",
                      [place for violation in report["violations"] for place in violation["places"]])

    def test_a_balance_that_was_changed(self):
        place = self.number_of('"applied"', '"balance":570')
        self.lines[place] = self.lines[place].replace('"balance":570', '"balance":571')
        self.assert_wrong("conservation", place)

    def test_an_answer_that_was_changed(self):
        place = self.number_of('"answered"', '"balance":500')
        self.lines[place] = self.lines[place].replace('"balance":500', '"balance":570')
        self.assertEqual(self.lines[place].count('"balance":570'), 1)
        self.write("h.jsonl", "\n".join(self.lines) + "\n")
        self.assertEqual(self.check("h.jsonl").returncode, 1)

    def test_a_reply_that_was_removed(self):
        del self.lines[self.number_of('"replied"')]
        self.assert_wrong("conservation", self.number_of('"answered"'))

    def test_a_hole_is_none_of_the_judges_business_but_it_is_named(self):
        del self.lines[self.number_of('"applied":{"branch":1,')]
        place = self.number_of('"synced":{"branch":1,')
        self.write("h.jsonl", "\n".join(self.lines) + "\n")
        note = (f"h.jsonl:{place + 1}: branch 1 has entries missing from its "
                "history; its later events are not judged")
        done = self.check("h.jsonl")
        self.assertEqual((done.returncode, done.stderr), (0, f"passbook: {note}\n"), done.stdout)
        self.assertEqual(read_json(self.check("h.jsonl", "-o", "json").stdout)["notes"], [note])

    def test_an_entry_that_is_there_twice(self):
        place = self.number_of('"applied":{"branch":1,')
        self.lines.insert(place, self.lines[place])
        self.assert_wrong("causal-delivery", place + 1)


class Unreadable(Judged):
    def assert_refused(self, message, *words):
        done = self.check(*words)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn(message, done.stderr)

    def test_ones_are_refused_with_their_place(self):
        self.passbook("run", SAMPLE, "--history", "h.jsonl")
        lines = (self.folder / "h.jsonl").read_text().splitlines(keepends=True)
        self.write("broken.jsonl", "".join([*lines[:4], '{"at":1,"robbed":{}}\n', *lines[4:]]))
        self.assert_refused("broken.jsonl:5: it names no event", "broken.jsonl")
        self.write("bankless.jsonl", "".join(lines[1:]))
        self.assert_refused("bankless.jsonl: no line describes the bank", "bankless.jsonl")
        self.assert_refused("nowhere.jsonl", "nowhere.jsonl")
        self.passbook("run", CASES / "monotonic-writes.json", "--history", "other.jsonl")
        self.assert_refused("other.jsonl:1: this describes another bank than h.jsonl:1", "h.jsonl",
                            "other.jsonl")

    def test_one_with_its_last_line_cut_off_is_judged_without_it(self):
        self.passbook("run", SAMPLE, "--history", "h.jsonl")
        text = (self.folder / "h.jsonl").read_text()
        self.write("h.jsonl", text[:-5])
        done = self.check("h.jsonl")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertRegex(done.stderr, r"^passbook: h\.jsonl:\d+: incomplete line, ignored\n$")

    def test_what_to_judge_must_be_said_in_one_way(self):
        for words in ((), ("--input", "a"), ("--output", "a"),
                      ("--history", "h", "--input", "a", "--output", "b")):
            self.assertEqual(self.passbook("check", *words).returncode, 2, words)


class OfBranches(DurableBank):
    def test_go_on_after_a_kill_and_hold_everything_that_customers_were_told(self):
        self.start_bank()
        words = [word for number in self.ports
                 for word in ("--branch", f"{number}={self.address(number)}")]

        def visit(customer, *events):
            done = self.passbook("customer", "--id", customer, *words, "--history",
                                 f"customer-{customer}.jsonl",
                                 stdin="\n".join(map(json.dumps, events)))
            self.assertEqual(done.returncode, 0, done.stderr)
        visit(1, deposit(10.50, 1), withdraw(300, 2), query(3))
        for number in (1, 2, 3):
            self.kill(number)
        branch = self.folder / "branch-1.jsonl"
        with open(branch, "a") as file:
            file.write('{"at":1,"syn')  # as if it had died while it wrote
        for number in (1, 2, 3):
            self.restart(number)
        visit(2, withdraw(110.50, 3), query(1))
        self.end_branches()
        self.assertEqual(branch.read_text().count('"bank"'), 1)
        done = self.passbook("check", "--history", *sorted(
            path.name for path in self.folder.glob("*.jsonl")))
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertRegex(done.stdout, r"^6 files: right: \d+ events, 5 calls, \d+ entries, 3 branches")
        self.assertRegex(done.stderr,
                         r"^passbook: branch-1\.jsonl:\d+: incomplete line, ignored\n$")


class Holes(HandMadeBank):
    """Nobody may take a history with a hole for a whole one."""

    def test_a_branch_that_can_not_write_its_history_does_not_start(self):
        self.history_options = lambda number: ("--history", "/dev/full")
        branch = self.start_branch(1)
        self.assertEqual(branch.wait(), 1)
        self.assertIn("/dev/full: No space left on device", branch.err)

    def test_a_branch_that_can_no_longer_write_its_history_stops_before_anyone_hears_of_it(self):
        for number in (2, 3):
            self.start_branch(number)
        # A file of at most four blocks of 512 bytes or 1 KiB, as a full disk would have it.
        limited = self.start_command(
            "sh", "-c", 'trap "" XFSZ; ulimit -f 4; exec "$@"', "sh",
            PASSBOOK, "branch", "--bank", SAMPLE, "--id", 1, *self.listeners(1), "--history",
            "branch-1.jsonl")
        with Branch(self.address(1), self.history.calls_at(1)) as branch:
            with self.assertRaises(grpc.RpcError):
                for answered in range(1000):
                    branch.deposit(RequestId(1, 1, 1, answered + 1), 1, timeout=2)
        self.assertEqual(limited.wait(), 1)
        self.assertIn("branch-1.jsonl: File too large: the history has a hole", limited.err)
        accepted = (self.folder / "branch-1.jsonl").read_text().count(
            '"applied":{"branch":1,"entry":{"branch":1,')
        self.assertGreater(answered, 0)
        self.assertGreaterEqual(accepted, answered)
        told = (self.folder / "branch-2.jsonl").read_text().count('"entry":{"branch":1,')
        self.assertGreaterEqual(accepted, told)
        self.assert_history_is_right()


if __name__ == "__main__":
    main()
