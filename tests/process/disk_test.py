# SPDX-License-Identifier: Apache-2.0
"""The disk under a running branch fails: the branch says so and stops, and what was acknowledged
is in what had been synced. The faults are made by strace; skipped where that can't be."""

import concurrent.futures
import re
import shutil
import signal

import grpc

from bank_calls import positions
from support import main, wait_until
from three_branches import EVERYBODY, OPENING, ThreeBranches, until_answered

VICTIM = 2
# Which of the system calls after the beginning fails: some time after customers have begun.
FAILS = 25


class FailingDisk(ThreeBranches):
    def setUp(self):
        super().setUp()
        if shutil.which("strace") is None:
            self.skipTest("strace is not installed")
        # The leak detector can't work in a process that is traced.
        self.environment["ASAN_OPTIONS"] = ":".join(
            filter(None, [self.environment.get("ASAN_OPTIONS"), "detect_leaks=0"]))
        self.start_bank(durable=True)
        [self.log] = (self.folder / f"data-{VICTIM}").glob("segment-*")
        self.amounts = 0

    def test_a_sync_fails(self):
        self.check_stop_and_restart("fdatasync", "EIO", "Input/output error")

    def test_a_write_fails(self):
        self.check_stop_and_restart("pwrite64", "EIO", "Input/output error")

    def test_there_is_no_space(self):
        self.check_stop_and_restart("pwrite64", "ENOSPC", "No space left on device")

    def check_stop_and_restart(self, call, error, reason):
        trace = self.attach(f"{call}:error={error}:when={FAILS}")
        answered, unanswered = self.run_customers()
        self.check_last_words(reason)
        self.assertGreater(len(answered), 0)
        for number in EVERYBODY:
            if number != VICTIM:
                self.branches[number].signal(signal.SIGTERM)
                self.assertEqual(self.branches[number].wait(), 0)
        self.lose_what_was_not_synced(trace)
        self.start_again(VICTIM)
        kept = self.shown(VICTIM)[1]
        for answer in answered:
            for origin, sequence in positions(answer.passbook).writes.items():
                self.assertGreaterEqual(kept.get(origin, 0), sequence, "acknowledged and lost")
        for number in EVERYBODY:
            if number != VICTIM:
                self.start_again(number)
        for request, number, amount in unanswered:
            answer = until_answered(lambda: self.at[number].deposit(request, amount))
            self.assertEqual(answer.result, "OK", answer)
        self.wait_until_all_show(OPENING + self.amounts)

    def start_again(self, number):
        branch = self.start_branch(number, "--data-dir", f"data-{number}")
        self.assertIsNone(branch.process.poll(), branch.err)

    def attach(self, fault):
        """Makes one system call on the victim's journal fail; the file that tells of all."""
        trace = self.folder / "trace"
        call = fault.partition(":")[0]
        tracer = self.start_command(
            "strace", "-f", "-p", self.branches[VICTIM].pid, "-P", self.log, "-e",
            "trace=pwrite64,fdatasync", "-e", f"inject={fault}", "-o", trace)
        wait_until(lambda: " attached" in tracer.err or tracer.process.poll() is not None,
                   f"{call} is watched")
        if tracer.process.poll() is not None:
            self.skipTest(f"strace may not attach: {tracer.err.strip()}")
        return trace

    def run_customers(self):
        """Deposits at the victim, and at another branch with the victim's word, until the victim
        is gone: what was acknowledged, and what had no answer."""
        customers = [(VICTIM, "local"), (VICTIM, "local"), (VICTIM, "majority"), (1, "all")]
        answered, unanswered = [], []
        with concurrent.futures.ThreadPoolExecutor() as pool:
            for some, last in pool.map(lambda customer: self.deposit_until_it_fails(*customer),
                                       customers):
                answered += some
                unanswered.append(last)
        return answered, unanswered

    def deposit_until_it_fails(self, number, ack):
        answered = []
        while True:
            request, amount = self.new_id(number), 7
            self.amounts += amount
            try:
                answer = self.at[number].deposit(request, amount, ack, timeout=5,
                                                 wait_for_ready=False)
            except grpc.RpcError:
                return answered, (request, number, amount)
            if answer.result != "OK":
                self.assertEqual(answer.result, "UNCONFIRMED", answer)
                return answered, (request, number, amount)
            answered.append(answer)

    def check_last_words(self, reason):
        branch = self.branches[VICTIM]
        self.assertEqual(branch.wait(), 1, branch.err)
        [error] = [line for line in branch.err.splitlines() if "] error: " in line]
        self.assertIn("the journal could not be written: ", error)
        self.assertIn(f"data-{VICTIM}/{self.log.name}", error)
        self.assertIn(reason, error)

    def lose_what_was_not_synced(self, trace):
        """What a power cut would do at the moment of the fault: there are zeros where nothing had
        been written before."""
        unsynced = []
        for line in trace.read_text().splitlines():
            if "INJECTED" in line:
                break
            if done := re.search(r"pwrite64\(.*, (\d+)\) += (\d+)$", line):
                unsynced.append((int(done[1]), int(done[2])))
            elif re.search(r"fdatasync\(.*= 0$", line):
                unsynced.clear()
        self.assertIn("INJECTED", trace.read_text())
        with open(self.log, "r+b") as file:
            for offset, length in unsynced:
                file.seek(offset)
                file.write(bytes(length))


if __name__ == "__main__":
    main()
