#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Branches in memory that are killed, and started again with --rejoin: they come back as their next
incarnation, with what the others have."""

import random
import signal
import time

from bank_calls import insist
from support import main, wait_until
from three_branches import EVERYBODY, OPENING, ThreeBranches

SEED = 5


class InMemory(ThreeBranches):
    def tearDown(self):
        self.assert_history_is_right()

    def lose(self, *numbers):
        """Kills branches, whose memory is gone with them."""
        self.kill(*numbers)
        for number in numbers:
            self.history.note("disk_lost", branch=number)

    def begin(self, number, *options):
        """Starts a branch, which its clients find at once."""
        self.at[number].close()
        self.at[number] = self.new_client(number)
        return self.start_branch(number, *options)

    def rejoin(self, *numbers):
        for number in numbers:
            self.begin(number, *self.rejoin_options(number))
        for number in numbers:
            wait_until(lambda: self.serves(number), f"branch {number} takes writes")

    def serves(self, number):
        """Whether a branch, which must not have ended, takes writes."""
        branch = self.branches[number]
        self.assertIsNone(branch.process.poll(), branch.err)
        done = self.passbook("status", "--branch", self.operator_address(number), "--timeout", "1s")
        return "; accepts writes\n" in done.stdout

    def assert_all_confirm(self, number, right):
        """A deposit and a withdrawal at a branch, which all confirm; the new sum."""
        paid, _ = insist(lambda: self.deposit(number, 3_00, "all"))
        self.assertEqual((self.assert_ok(paid).confirmed, paid.balance), (3, right + 3_00))
        self.assert_ok(self.withdraw(number, 1_00, "all"))
        self.wait_until_all_show(right + 2_00)
        return right + 2_00


class Rejoins(InMemory):
    def test_a_killed_branch_is_the_next_incarnation_with_the_same_books(self):
        self.start_bank()
        for place, ack in enumerate(["all", "majority", "all"]):
            self.assert_ok(self.deposit(1, 100 + place, ack))
        right = OPENING + 303
        self.wait_until_all_show(right)
        shown, length = self.shown(2)[1], self.shown(2)[1][1, 1]
        self.lose(1)
        self.rejoin(1)
        self.wait_until_all_show(right)
        self.assertEqual(self.shown(1)[1], shown)
        self.assertIn("] info: it begins incarnation 2\n", self.branches[1].err)
        self.assertIn(f"in its incarnation 1, entries up to {length} were found; later ones are "
                      "lost", self.branches[1].err)
        self.assertNotIn("] error: ", self.branches[1].err)
        self.assertEqual(self.status(1)["incarnation"], 2)
        self.assert_all_confirm(1, right)

    def test_its_rights_are_frozen_until_they_are_released(self):
        self.start_bank()
        self.lose(1)
        self.rejoin(1)
        self.wait_until_all_show(OPENING)
        frozen = self.rights(2)[1, 1]
        self.assertGreater(frozen, 0)
        refused = self.withdraw(2, OPENING - frozen + 1, timeout=3)
        self.assertEqual((refused.result, refused.unreached), ("UNAVAILABLE", [1]))
        self.assert_ok(self.withdraw(2, OPENING - frozen, "all"))
        self.wait_until_all_show(frozen)
        self.lose(1)
        self.begin(1, *self.rejoin_options(1), "--release-rights")
        wait_until(lambda: self.serves(1) and self.rights(3).get((1, 1), 0) == 0,
                   "nothing is frozen")
        self.assert_ok(self.withdraw(3, frozen, "all"))
        self.wait_until_all_show(0)

    def test_it_can_be_killed_again_and_again(self):
        self.start_bank()
        chance = random.Random(SEED)
        right = OPENING
        for _ in range(8):
            number = chance.choice(EVERYBODY)
            right = self.assert_all_confirm(number, right)
            self.lose(number)
            for _ in range(chance.randint(0, 2)):  # and while it asks what it was
                self.begin(number, *self.rejoin_options(number))
                time.sleep(chance.uniform(0, 0.2))
                self.lose(number)
            self.rejoin(number)
            self.wait_until_all_show(right)
        self.assertEqual(self.assert_all_confirm(1, right), self.shown(3)[0])

    def test_two_at_the_same_time_answer_each_other(self):
        self.start_bank()
        self.assert_ok(self.deposit(1, 7_00, "all"))
        self.assert_ok(self.deposit(2, 5_00, "all"))
        self.lose(1, 2)
        self.rejoin(1, 2)
        right = self.assert_all_confirm(1, OPENING + 12_00)
        self.assert_all_confirm(2, right)

    def test_a_branch_that_is_gone_too_is_named(self):
        self.start_bank()
        self.assert_ok(self.deposit(1, 7_00, "all"))
        self.lose(1, 3)
        self.begin(1, *self.rejoin_options(1, without=[3]), "--without", 3)
        wait_until(lambda: self.serves(1), "branch 1 takes writes")
        self.assert_ok(self.deposit(1, 1_00, "majority"))
        self.rejoin(3)
        self.assert_all_confirm(3, OPENING + 8_00)

    def test_a_new_bank_has_nothing_to_rejoin(self):
        for number in EVERYBODY:
            self.begin(number, *self.rejoin_options(number))
        for number in EVERYBODY:
            wait_until(lambda: self.serves(number), f"branch {number} takes writes")
            self.assertEqual(self.status(number)["incarnation"], 1)
        self.assert_all_confirm(1, OPENING)

    def test_one_that_had_accepted_nothing_begins_as_it_was(self):
        for number in EVERYBODY:
            self.begin(number, *self.rejoin_options(number))
        self.assert_ok(self.deposit(2, 1_00, "all"))
        wait_until(lambda: self.serves(1), "branch 1 takes writes")
        self.lose(1)
        self.rejoin(1)
        self.assertEqual(self.status(1)["incarnation"], 1)
        self.assert_all_confirm(1, OPENING + 1_00)


class TwoProcesses(InMemory):
    def begin_another(self, number):
        return self.start_twin(number, *self.rejoin_options(number), "--timeout", "2s")

    def test_while_one_lives_another_is_refused(self):
        self.start_bank()
        self.assert_ok(self.deposit(1, 7_00, "all"))
        second = self.begin_another(1)
        self.assertEqual(second.wait(), 1)
        self.assertRegex(second.err, r"passbook: branch [23] is connected to another process of "
                                     r"branch 1 \([0-9a-f]+\): two must not run at once\n")
        self.assertIsNone(self.branches[1].process.poll(), self.branches[1].err)
        self.assertEqual(self.status(1)["incarnation"], 1)
        self.assert_all_confirm(1, OPENING + 7_00)

    def test_of_two_that_begin_at_once_one_serves(self):
        self.start_bank()
        self.assert_ok(self.deposit(1, 7_00, "all"))
        for _ in range(3):
            self.lose(1)
            second = self.begin_another(1)
            self.begin(1, *self.rejoin_options(1), "--timeout", "2s")
            first = self.branches[1]
            wait_until(lambda: {first.process.poll(), second.process.poll()} == {None, 1},
                       "one has ended")
            if second.process.poll() is None:
                second.signal(signal.SIGKILL)
                second.wait()
                self.rejoin(1)
            wait_until(lambda: self.serves(1), "branch 1 takes writes")
            for number in (2, 3):
                wait_until(lambda: self.peer_seen_by(number, 1)["connected"], "it is connected")
                self.assertEqual(self.peer_seen_by(number, 1)["incarnation"],
                                 self.status(1)["incarnation"])
        self.assert_all_confirm(1, OPENING + 7_00)

    def peer_seen_by(self, number, peer):
        return next(seen for seen in self.status(number)["peers"] if seen["branch"] == peer)


class WithoutIt(InMemory):
    def test_a_branch_that_was_here_before_stops_and_says_what_helps(self):
        self.start_bank()
        self.assert_ok(self.deposit(1, 7_00, "all"))
        self.lose(1)
        self.begin(1)
        self.assertRegex(self.last_words(1), "FORK: branch [23] has [0-9]+ entries of this branch, "
                                             "which has only 0: .*; passbook branch --rejoin "
                                             "rebuilds it$")
        self.rejoin(1)
        self.lose(1)
        self.begin(1)
        self.assertIn("passbook branch --rejoin", self.last_words(1))
        self.rejoin(1)
        self.assert_all_confirm(1, OPENING + 7_00)


class Words(ThreeBranches):
    def refused(self, *options):
        done = self.passbook("branch", "--bank", self.bank, "--id", 1, *self.listeners(1), *options)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        return done.stderr

    def test_that_can_not_be_meant_are_refused(self):
        operators = [f"{other}={self.operator_address(other)}" for other in (2, 3)]
        self.assertIn("--rejoin is for a branch in memory; passbook recover rebuilds one",
                      self.refused("--rejoin", "--data-dir", "data", "--operator", operators[0],
                                   "--operator", operators[1]))
        self.assertFalse((self.folder / "data").exists())
        self.assertIn("branch 3 has no address: --operator 3=HOST:PORT",
                      self.refused("--rejoin", "--operator", operators[0]))
        self.assertIn("--operator requires --rejoin", self.refused("--operator", operators[0]))
        self.assertIn('--keep: "5x" is not a digest',
                      self.refused("--rejoin", "--keep", "5x", "--operator", operators[0],
                                   "--operator", operators[1]))


if __name__ == "__main__":
    main()
