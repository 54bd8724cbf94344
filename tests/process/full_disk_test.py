#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A disk that fills up under a branch: the branch sees it in time, refuses writes, shows what it
has, and goes on by itself when there is space again. The disk is a small one in memory, mounted
where only this test sees it; skipped where that can't be."""

import concurrent.futures
import json
import os
import pathlib
import shutil
import signal
import threading

from support import PASSBOOK, main, wait_until
from three_branches import EVERYBODY, OPENING, ThreeBranches

MEBIBYTE = 2**20
DISK = 24 * MEBIBYTE
RESERVE = 8 * MEBIBYTE
SMALL = 2
BIT = 2**16
# What the bank itself may fill.
LEFT = MEBIBYTE
IN_FLIGHT = 32


class FullDisk(ThreeBranches):
    def setUp(self):
        super().setUp()
        self.mount()
        for number in EVERYBODY:
            self.begin(number, "--create")
        for number in EVERYBODY:
            self.assert_ok(self.deposit(number, 1_00, "all"))
        self.right = OPENING + 3_00

    def mount(self):
        """Mounts the disk in a place that ends with the process that keeps it."""
        if os.geteuid() != 0 or not shutil.which("nsenter"):
            self.skipTest("mounting needs root and nsenter")
        folder = self.folder / "small"
        folder.mkdir()
        keeper = self.start_command(
            "unshare", "--mount", "--propagation", "private", "sh", "-c",
            f"mount -t tmpfs -o size={DISK} small {folder} && echo mounted && exec sleep infinity")
        wait_until(lambda: "mounted" in keeper.out or keeper.process.poll() is not None, "a disk")
        if keeper.process.poll() is not None:
            self.skipTest(f"nothing can be mounted here: {keeper.err.strip()}")
        self.inside = ("nsenter", f"--mount=/proc/{keeper.pid}/ns/mnt")
        self.disk = pathlib.Path(f"/proc/{keeper.pid}/root{folder}")
        self.data = folder / "data"

    def begin(self, number, *options):
        """Starts a branch, and waits until it serves."""
        if number != SMALL:
            branch = self.start_branch(number, "--data-dir", f"data-{number}", *options)
        else:
            branch = self.branches[number] = self.start_command(
                *self.inside, PASSBOOK, "branch", "--bank", self.bank, "--id", number,
                *self.listeners(number), "--data-dir", self.data, "--disk-reserve",
                f"{RESERVE // MEBIBYTE}MiB", *options)
            wait_until(lambda: " serves on " in branch.out or branch.process.poll() is not None,
                       "the branch serves")
        self.assert_lives(number)

    def assert_lives(self, number):
        branch = self.branches[number]
        self.assertIsNone(branch.process.poll(), branch.err)

    def assert_ok(self, answer):
        self.assertEqual(answer.result, "OK", answer)
        return answer

    def free(self):
        disk = os.statvfs(self.disk)
        return disk.f_bavail * disk.f_frsize

    def fill(self, left):
        """Takes space, bit by bit, until there is no more than so much."""
        with open(self.disk / "filling", "ab") as file:
            while self.free() > left:
                file.write(bytes(BIT))
                file.flush()

    def give_back(self):
        (self.disk / "filling").unlink()

    def status(self):
        done = self.passbook("status", "--branch", self.operator_address(SMALL), "-o", "json")
        self.assertIn(done.returncode, (0, 3), done.stderr)
        return json.loads(done.stdout)

    def wait_until_full(self):
        disk = wait_until(self.full_disk, "the branch sees that its disk is full")
        self.assertEqual(disk["reserve_bytes"], RESERVE)
        self.assertLess(disk["free_bytes"], RESERVE)

    def full_disk(self):
        """The disk as the branch sees it, if that is why it takes no writes."""
        status = self.status()
        return status["disk"] if status["why_not"] == "the disk is nearly full" else None

    def assert_shows_but_takes_nothing(self, balance):
        for answer in (self.deposit(SMALL, 1_00), self.withdraw(SMALL, 1)):
            self.assertEqual((answer.result, answer.confirmed), ("DISK_FULL", 0), answer)
        self.assertEqual(self.shown(SMALL)[0], balance)

    def assert_all_go_on(self):
        """The disk has space: the branch catches up and takes writes, without being told."""
        self.wait_until_all_show(self.right)
        for number in EVERYBODY:
            self.assert_ok(self.deposit(number, 1_00, "all"))
        self.assert_ok(self.withdraw(SMALL, 2_00, "all"))
        self.wait_until_all_show(self.right + 1_00)

    def test_others_fill_it(self):
        self.fill(left=RESERVE - MEBIBYTE)
        self.wait_until_full()
        self.assert_shows_but_takes_nothing(self.right)
        answer = self.deposit(1, 5_00, "all", timeout=2)
        self.assertEqual((answer.result, answer.confirmed, answer.unreached),
                         ("UNCONFIRMED", 2, [SMALL]), answer)
        self.assert_ok(self.deposit(3, 7_00, "majority"))
        self.assert_ok(self.withdraw(1, 1_00, "majority"))
        self.assert_shows_but_takes_nothing(self.right)
        self.right += 11_00
        self.assertEqual([self.shown(number)[0] for number in (1, 3)], [self.right] * 2)
        self.give_back()
        self.assert_all_go_on()

    def test_the_bank_fills_it(self):
        self.fill(left=RESERVE + LEFT)
        self.run_customers_until_it_is_full()
        self.check_a_restart_on_the_full_disk()
        self.give_back()
        self.assert_all_go_on()

    def run_customers_until_it_is_full(self):
        """Customers at all branches, who end when the small disk is full."""
        self.full = threading.Event()
        with concurrent.futures.ThreadPoolExecutor(IN_FLIGHT + 4) as pool:
            customers = [pool.submit(self.pay_in, SMALL) for _ in range(IN_FLIGHT)]
            customers += [pool.submit(self.pay_in, number) for number in (1, 1, 3, 3)]
        self.right += sum(customer.result() for customer in customers)

    def pay_in(self, number):
        """How much a customer pays in until the disk is full."""
        paid = 0
        try:
            while not self.full.is_set():
                answer = self.deposit(number, 1)
                if number == SMALL and answer.result == "DISK_FULL":
                    break
                self.assert_ok(answer)
                paid += 1
        finally:
            self.full.set()
        return paid

    def check_a_restart_on_the_full_disk(self):
        self.restart()  # the journal tidies up, and has no more to give back
        self.fill(left=RESERVE // 4)
        self.wait_until_full()
        had = self.shown(SMALL)
        self.restart()
        self.wait_until_full()
        self.assertEqual(self.shown(SMALL), had)
        self.assert_shows_but_takes_nothing(had[0])

    def restart(self):
        self.assert_lives(SMALL)
        self.branches[SMALL].signal(signal.SIGKILL)
        self.branches[SMALL].wait()
        self.at[SMALL].close()
        self.at[SMALL] = self.new_client(SMALL)
        self.begin(SMALL)


if __name__ == "__main__":
    main()
