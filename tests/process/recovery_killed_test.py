#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`passbook recover` is killed at any moment and at any call that changes the disk, and given again:
what it leaves can be recovered, and never serves without the books."""

import itertools
import os
import random
import shutil
import signal
import time

from bank_calls import insist
from durable_branches import JudgedBranches
from support import PASSBOOK, main
from three_branches import OPENING, until_answered

# Another course of the random test with SEED=..., a longer one with KILLS=1000.
SEED = int(os.environ.get("SEED", "5"))
KILLS = int(os.environ.get("KILLS", "20"))


class KilledRecovery(JudgedBranches):
    def setUp(self):
        super().setUp()
        self.chance = random.Random(SEED)
        self.right = OPENING
        self.paid = []

    def pay(self, ack):
        amount = self.chance.randint(1, 1_00)
        while True:
            request = self.new_id(1)
            answer, _ = insist(lambda: self.at[1].deposit(request, amount, ack))
            if answer.result != "WRONG_ORIGIN":
                break
            self.assertGreater(answer.incarnation, request.incarnation)
            self.incarnations[1] = answer.incarnation
        self.assert_ok(answer)
        self.right += amount
        self.paid.append((request, amount))

    def assert_all_is_there(self):
        self.wait_until_all_show(self.right)
        for request, amount in self.paid:
            self.assert_ok(until_answered(lambda: self.at[1].deposit(request, amount, "all")))
        self.wait_until_all_show(self.right)

    def test_at_any_moment_leaves_something_to_recover(self):
        began = time.monotonic()
        self.kill(1)
        self.recover(1)
        usual = time.monotonic() - began
        self.restart(1)
        for _ in range(KILLS):
            self.pay(self.chance.choice(["majority", "all"]))
            self.kill(1)
            if self.chance.random() < 0.3:
                shutil.rmtree(self.data(1))
            recovery = self.start(*self.command_of("recover", 1))
            time.sleep(self.chance.uniform(0, usual))
            recovery.signal(signal.SIGKILL)
            recovery.wait()
            self.recover(1)
            self.restart(1)
        self.assert_all_is_there()

    def test_at_any_sync_or_renaming_leaves_nothing_that_serves_without_the_books(self):
        if shutil.which("strace") is None:
            self.skipTest("strace is not installed")
        self.environment["ASAN_OPTIONS"] = ":".join(
            filter(None, [self.environment.get("ASAN_OPTIONS"), "detect_leaks=0"]))
        for place in itertools.count(1):
            self.pay("all")
            incarnation = self.status(1)["incarnation"]
            self.kill(1)
            if self.recover_until_the_call(place):
                break
            self.check_that_it_knows_what_it_lacks(old=incarnation)
            self.recover(1)
            self.restart(1)
        self.assertGreater(place, 5)
        self.restart(1)
        self.assert_all_is_there()

    def check_that_it_knows_what_it_lacks(self, old):
        """Starts branch 1 on what the killed recovery left, while nobody can tell it anything."""
        for number in (2, 3):
            self.branches[number].signal(signal.SIGSTOP)
        self.begin(1)
        if self.branches[1].process.poll() is None:
            status = self.status(1)
            rebuilding = status["why_not"] == "it is rebuilding its lost data"
            if status["incarnation"] != old and not rebuilding:
                self.assertEqual(self.shown(1)[0], self.right, status)
            self.kill(1)
        else:
            self.last_words(1)
        for number in (2, 3):
            self.branches[number].signal(signal.SIGCONT)

    def recover_until_the_call(self, place):
        """Kills `passbook recover` at one of the calls that change the disk; false if it did."""
        calls = "rename,renameat,renameat2,fsync,fdatasync"
        tracer = self.start_command(
            "strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={calls}", "-e",
            f"inject={calls}:signal=KILL:when={place}", PASSBOOK,
            *self.command_of("recover", 1))
        status = tracer.wait()
        if "strace: " in tracer.err:
            self.skipTest(f"strace may not trace: {tracer.err.strip()}")
        self.assertIn(status, (0, -signal.SIGKILL), tracer.err)
        return status == 0


if __name__ == "__main__":
    main()
