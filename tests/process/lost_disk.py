#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A large bank of real processes in which a branch loses its disk: it is recovered, and catches up.
Not part of the tests, since it takes minutes: ./dev lost-disk runs it. BRANCHES=60 and WRITES=600
say how large it is."""

import concurrent.futures
import itertools
import json
import os
import shutil
import signal
import sys
import time

from bank_calls import Branch, RequestId, insist
from support import ProcessTest, branches, main, ports_below_the_kernels, wait_until

BRANCHES = int(os.environ.get("BRANCHES", "60"))
WRITES = int(os.environ.get("WRITES", "600"))
OPENING = 1000_00
SECONDS = 300.0


class LargeBank(ProcessTest):
    def setUp(self):
        super().setUp()
        self.bank = self.write("bank.json", branches(BRANCHES, OPENING // 100))
        ports = iter(ports_below_the_kernels(3 * BRANCHES))
        self.everybody = range(1, BRANCHES + 1)
        self.at = {number: {audience: f"127.0.0.1:{next(ports)}"
                            for audience in ("customers", "peers", "operators")}
                   for number in self.everybody}
        self.processes = {}
        self.numbers = itertools.count(1)
        self.clients = {}
        self.began = time.monotonic()

    def options(self, number):
        own = self.at[number]
        return ("--bank", self.bank, "--id", number, "--data-dir", f"data-{number}", "--listen",
                own["customers"], "--listen-peers", own["peers"], "--listen-operators",
                own["operators"], *self.others(number, "--peer", "peers"))

    def others(self, number, option, audience):
        return [word for other in self.everybody if other != number
                for word in (option, f"{other}={self.at[other][audience]}")]

    def start_branch(self, number, *options):
        self.processes[number] = self.start("branch", *self.options(number), *options)

    def status(self, number):
        done = self.passbook("status", "--branch", self.at[number]["operators"], "-o", "json",
                             "--timeout", "30s")
        return json.loads(done.stdout)

    def wait_until_serving(self, number):
        def serves():
            process = self.processes[number]
            self.assertIsNone(process.process.poll(), process.err)
            return self.status(number).get("takes_writes")
        wait_until(serves, f"branch {number} takes writes", SECONDS)

    def deposit(self, number, ack):
        """A cent at a branch, which so many must confirm."""
        if number not in self.clients:
            self.clients[number] = Branch(self.at[number]["customers"])
            self.addCleanup(self.clients[number].close)
        request = RequestId(number, number, 1, next(self.numbers))
        answer, _ = insist(
            lambda: self.clients[number].deposit(request, 1, ack, timeout=SECONDS))
        self.assertEqual(answer.result, "OK", answer)
        return answer

    def tell(self, what):
        print(f"{time.monotonic() - self.began:6.1f} s  {what}", file=sys.stderr)

    def applied(self, number):
        """What a branch has of all logs, and its balance."""
        status = self.status(number)
        return ({(log["branch"], log["incarnation"]): log["sequence"] for log in status["applied"]},
                status["accounts"][0]["balance"])

    def test_a_branch_that_lost_its_disk_catches_up(self):
        for number in self.everybody:
            self.start_branch(number, "--create")
        for number in self.everybody:
            self.wait_until_serving(number)
        self.tell(f"{BRANCHES} branches take writes")
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            writes = [number for number, _ in zip(itertools.cycle(self.everybody), range(WRITES))]
            list(pool.map(lambda number: self.deposit(number, "majority"), writes))
        lost = BRANCHES // 2
        last = self.deposit(lost, "all")
        self.tell(f"{WRITES + 1} deposits at all of them; branch {lost} loses its disk")
        self.processes[lost].signal(signal.SIGKILL)
        self.processes[lost].wait()
        self.clients.pop(lost).close()
        shutil.rmtree(self.folder / f"data-{lost}")
        while_away = self.deposit(1, "majority")
        started = time.monotonic()
        done = self.passbook("recover", *self.options(lost),
                             *self.others(lost, "--operator", "operators"), "--timeout", "60s")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.tell(f"recovered in {time.monotonic() - started:.1f} s: {done.stdout.splitlines()[0]}")
        self.start_branch(lost)
        self.wait_until_serving(lost)
        answer = self.deposit(lost, "all")
        self.assertEqual((answer.confirmed, answer.entry[0]), (BRANCHES, (lost, 2)))
        self.assertEqual(answer.balance, OPENING + WRITES + 3)
        self.tell(f"back with all after {time.monotonic() - started:.1f} s; every branch confirms")
        right = self.applied(lost)
        for (origin, sequence) in (last.entry, while_away.entry, answer.entry):
            self.assertGreaterEqual(right[0][origin], sequence)
        for number in self.everybody:
            wait_until(lambda: self.applied(number) == right, f"branch {number} has the same",
                       SECONDS)
        self.tell("all have the same books")


if __name__ == "__main__":
    main()
