#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A bank whose branches keep their journals on disk, and are killed."""

import json
import os
import random
import signal

from support import SAMPLE, ProcessTest, main, ports_below_the_kernels, read_json, wait_until

# A kill costs about a fifth of a second. More with KILLS=1000.
KILLS = int(os.environ.get("KILLS", "30"))
OPENING = 400


class DurableBank(ProcessTest):
    def setUp(self):
        super().setUp()
        self.ports = dict(zip((1, 2, 3), ports_below_the_kernels(3)))
        self.branches = {}
        self.sessions = 0

    def address(self, number):
        return f"127.0.0.1:{self.ports[number]}"

    def start_branch(self, number, *options):
        peers = [word for other in self.ports if other != number
                 for word in ("--peer", f"{other}={self.address(other)}")]
        branch = self.start("branch", "--bank", SAMPLE, "--id", number, "--listen",
                            self.address(number), *peers, "--data-dir", f"data-{number}", *options)
        wait_until(lambda: f"branch {number} serves on {self.address(number)}\n" in branch.out
                   or branch.process.poll() is not None, f"branch {number} serves")
        self.branches[number] = branch
        return branch

    def kill(self, number):
        self.branches[number].signal(signal.SIGKILL)
        self.branches[number].wait()

    def start_customer(self, events, *options):
        self.sessions += 1
        everywhere = [word for branch in self.ports
                      for word in ("--branch", f"{branch}={self.address(branch)}")]
        file = self.write(f"events-{self.sessions}.jsonl",
                          "".join(json.dumps(event) + "\n" for event in events))
        return self.start("customer", "--id", self.sessions, *everywhere, "--events", file, *options)

    def answers_of(self, customer):
        customer.wait()
        return [read_json(line) for line in customer.out.splitlines()]


class Killed(DurableBank):
    def test_what_was_acknowledged_is_there_once_after_every_kill(self):
        chance = random.Random(7)
        for number in self.ports:
            self.start_branch(number, "--create")
        surely = OPENING
        perhaps = 0
        for kill in range(KILLS):
            at = chance.choice(list(self.ports))
            amounts = [chance.randint(1, 50) for _ in range(5)]
            customer = self.start_customer(
                [{"interface": "deposit", "money": amount, "branch": at} for amount in amounts],
                "--ack", chance.choice(["local", "majority"]), "--timeout", "20s")
            wait_until(lambda: len(customer.out.splitlines()) >= chance.randint(0, 4)
                       or customer.process.poll() is not None, "the customer gets on")
            victim = chance.choice(list(self.ports))
            self.kill(victim)
            restarted = self.start_branch(victim)
            self.assertIsNone(restarted.process.poll(), restarted.err)
            answers = self.answers_of(customer)
            self.assertEqual(len(answers), len(amounts))
            for answer in answers:
                self.assertIn(answer["result"], ("success", "unknown"), answer)
                if answer["result"] == "success":
                    surely += answer["money"]
                else:
                    perhaps += answer["money"]
        # A deposit acknowledged by all carries everything before it to every branch.
        last = self.answers_of(self.start_customer(
            [{"interface": "query", "branch": number} for number in self.ports] +
            [{"interface": "deposit", "money": 1, "branch": 1}] +
            [{"interface": "query", "branch": number} for number in self.ports],
            "--ack", "all", "--timeout", "30s"))
        surely += 1
        self.assertEqual(last[3]["result"], "success", last[3])
        shown = [answer["balance"] for answer in last[4:]]
        self.assertEqual(shown, [shown[0]] * 3)
        self.assertGreaterEqual(shown[0], surely)
        self.assertLessEqual(shown[0], surely + perhaps)

    def test_all_at_once_and_the_bank_goes_on(self):
        for number in self.ports:
            self.start_branch(number, "--create")
        [paid] = self.answers_of(self.start_customer(
            [{"interface": "deposit", "money": 100, "branch": 2}]))
        self.assertEqual(paid["balance"], 500)
        for number in self.ports:
            self.kill(number)
        for number in self.ports:
            self.start_branch(number)
        answers = self.answers_of(self.start_customer(
            [{"interface": "withdraw", "money": 500, "branch": 3},
             {"interface": "query", "branch": 1}]))
        self.assertEqual([answer["balance"] for answer in answers], [0, 0])


class Directories(DurableBank):
    def failed(self, number, *options):
        branch = self.start_branch(number, *options)
        self.assertEqual(branch.wait(), 1)
        return branch.err

    def test_are_made_on_purpose_and_belong_to_one_branch_and_one_process(self):
        self.assertIn("holds no journal; --create makes one", self.failed(1))
        first = self.start_branch(1, "--create")
        self.ports[1] = ports_below_the_kernels(4)[3]
        self.assertIn("another process uses this data directory", self.failed(1))
        first.signal(signal.SIGTERM)
        self.assertEqual(first.wait(), 0)
        self.assertIn("cannot be made a data directory", self.failed(1, "--create"))


if __name__ == "__main__":
    main()
