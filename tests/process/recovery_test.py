#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Branches whose disks are lost, old or damaged, and `passbook recover`, which rebuilds them from
the others: what was acknowledged by enough branches is there, and nothing is counted twice."""

import shutil
import signal
import time

from bank_calls import RequestId, positions
from durable_branches import JudgedBranches
from support import ProcessTest, branches, main, wait_until
from three_branches import OPENING

# A file of the journal has so many bytes before its first record.
HEADER = 4096


def contents(directory):
    """The files of a directory, with what tells that one was written."""
    return {path.relative_to(directory): (path.stat().st_mtime_ns, path.read_bytes())
            for path in directory.rglob("*") if path.is_file()}


class LostDisk(JudgedBranches):
    def lose(self, number):
        self.kill(number)
        self.lose_disk(number)

    def test_a_branch_is_rebuilt_with_all_that_others_have(self):
        writes = [(RequestId(1, 7, 1, place), 100 + place, ack)
                  for place, ack in enumerate(["all", "majority", "all", "majority"], 1)]
        for write in writes:
            self.assert_ok(self.at[1].deposit(*write))
        self.assert_ok(self.withdraw(2, 50_00, "all"))
        right = OPENING - 50_00 + sum(amount for _, amount, _ in writes)
        self.wait_until_all_show(right)
        length = self.shown(2)[1][1, 1]
        self.lose(1)

        self.begin(1)
        self.assertIn("holds no journal", self.last_words(1))
        told = self.recover(1)
        self.assertIn("branch 1 is back, in incarnation 2, ", told)
        self.assertIn(f"in its incarnation 1, entries up to {length} were found; later ones are "
                      "lost\n", told)
        self.restart(1)

        self.wait_until_all_show(right)
        for request, amount, _ in writes:
            again = self.at[1].deposit(request, amount, "all")
            self.assertEqual((again.result, again.confirmed), ("OK", 3), again)
            self.assertEqual(self.at[1].deposit(request, amount + 1, "all").result,
                             "REQUEST_ID_REUSED")
        self.wait_until_all_show(right)
        self.assert_ok(self.deposit(1, 20_00, "all"))
        self.assert_ok(self.withdraw(1, 10_00, "all"))
        self.wait_until_all_show(right + 10_00)
        self.assertGreater(self.shown(3)[1][1, 2], 0)

    def test_what_only_the_lost_disk_had_is_gone_and_passbooks_are_told(self):
        kept = self.assert_ok(self.deposit(1, 5_00, "all"))
        self.kill(2, 3)
        lost = self.assert_ok(self.at[1].deposit(self.new_id(1), 70_00, "local",
                                                 passbook=kept.passbook))
        self.lose(1)
        self.restart(2, 3)
        self.recover(1)
        self.restart(1)
        for number in (1, 2, 3):
            self.wait_until_taking_writes(number)  # before that it can't say what becomes of them
            told = self.at[number].query(self.new_id(number), passbook=lost.passbook)
            self.assertEqual(told.result, "LOST_WRITE", told)
            self.assertEqual(positions(told.passbook).writes, positions(kept.passbook).writes)
            request = self.new_id(number)
            if number == 1:
                told = self.at[1].deposit(request, 1_00, passbook=lost.passbook)
                self.assertEqual((told.result, told.incarnation), ("WRONG_ORIGIN", 2), told)
                request = request._replace(incarnation=2, number=request.number + 1)
            told = self.at[number].deposit(request, 1_00, passbook=lost.passbook)
            self.assertEqual(told.result, "LOST_WRITE", told)
            shown = self.assert_ok(self.at[number].query(self.new_id(number),
                                                         passbook=told.passbook))
            self.assertEqual(shown.balance, OPENING + 5_00)
        paid = self.assert_ok(self.at[2].deposit(self.new_id(2), 1_00, passbook=told.passbook))
        self.assertEqual(paid.balance, OPENING + 6_00)
        self.wait_until_all_show(OPENING + 6_00)

    def test_its_rights_are_frozen_until_they_are_released(self):
        self.lose(1)
        self.recover(1)
        self.restart(1)
        self.wait_until_all_show(OPENING)
        rights = self.rights(2)
        frozen = rights[1, 1]
        self.assertGreater(frozen, 0)
        self.assertEqual(sum(rights.values()), OPENING)
        refused = self.withdraw(2, OPENING - frozen + 1, timeout=3)
        self.assertEqual((refused.result, refused.unreached), ("UNAVAILABLE", [1]))
        self.assert_ok(self.withdraw(2, OPENING - frozen, "all"))
        self.wait_until_all_show(frozen)
        self.lose(1)
        told = self.recover(1, "--release-rights")
        self.assertIn("branch 1 is back, in incarnation 3, ", told)
        self.restart(1)
        wait_until(lambda: self.rights(3).get((1, 1), 0) == 0, "nothing is frozen")
        self.assert_ok(self.withdraw(3, frozen, "all"))
        self.wait_until_all_show(0)

    def test_a_peer_that_returns_with_entries_given_up_must_be_recovered_too(self):
        self.kill(3)
        self.assert_ok(self.deposit(1, 30_00, "majority"))
        self.kill(2)
        self.lose(1)
        self.begin(3)
        told = self.recover(1, without=[2])
        self.assertIn("branch 2 was not asked: it must be recovered before it serves again", told)
        self.restart(1)
        self.assertEqual(self.shown(1)[0], OPENING)
        self.begin(2)
        self.assertIn("passbook recover rebuilds it", self.last_words(2))
        self.begin(2)
        self.assertIn("passbook recover rebuilds it", self.last_words(2))
        self.recover(2)
        self.restart(2)
        self.wait_until_all_show(OPENING)
        self.assert_ok(self.deposit(2, 1_00, "all"))
        self.wait_until_all_show(OPENING + 1_00)

    def test_a_branch_that_is_away_is_needed_and_waited_for_no_longer_than_asked(self):
        self.assert_ok(self.deposit(1, 3_00, "all"))
        self.kill(1, 3)
        before = contents(self.data(1))
        began = time.monotonic()
        why = self.recover_in_vain(1, "--timeout", "1s")
        self.assertLess(time.monotonic() - began, 8)
        self.assertIn(f"branch 3 at {self.operator_address(3)}: no answer", why)
        self.assertEqual(contents(self.data(1)), before)
        self.assertEqual(self.recover_in_vain(1, "--timeout", "1s"), why)
        self.restart(1, 3)
        self.wait_until_all_show(OPENING + 3_00)
        self.kill(1)
        self.assertIn("in incarnation 2, ", self.recover(1))
        self.restart(1)
        self.wait_until_all_show(OPENING + 3_00)

    def test_a_branch_can_be_recovered_again_at_once(self):
        self.assert_ok(self.deposit(1, 3_00, "all"))
        self.lose(1)
        for incarnation in (2, 3, 4):
            self.assertIn(f"branch 1 is back, in incarnation {incarnation}, ", self.recover(1))
        self.restart(1)
        self.wait_until_all_show(OPENING + 3_00)
        self.assert_ok(self.deposit(1, 1_00, "all"))
        self.assertEqual([path.name for path in sorted(self.folder.glob("data-1*"))],
                         ["data-1", "data-1.lost-1", "data-1.lost-2"])


class WrongDisk(JudgedBranches):
    def stop_with_exit_1_until_recovered(self, number):
        self.begin(number)
        self.assertIn("passbook recover rebuilds it", self.last_words(number))
        self.recover_from_aside(number)

    def recover_from_aside(self, number):
        """Recovers a branch whose directory is then kept under another name."""
        identity = (self.data(number) / "IDENTITY").read_bytes()
        told = self.recover(number)
        self.assertIn(f"the old contents of data-{number} are now in data-{number}.lost-1\n", told)
        aside = self.folder / f"data-{number}.lost-1"
        self.assertEqual((aside / "IDENTITY").read_bytes(), identity)
        self.restart(number)

    def test_an_old_copy_stops_the_branch(self):
        self.branches[2].signal(signal.SIGTERM)
        self.assertEqual(self.branches[2].wait(), 0)
        shutil.copytree(self.data(2), self.folder / "copy")
        self.restart(2)
        self.assert_ok(self.deposit(2, 9_00, "all"))
        self.kill(2)
        self.lose_disk(2)
        (self.folder / "copy").rename(self.data(2))
        self.stop_with_exit_1_until_recovered(2)
        self.wait_until_all_show(OPENING + 9_00)
        self.assert_ok(self.deposit(2, 1_00, "all"))

    def test_a_new_directory_stops_a_branch_that_had_lived_before(self):
        self.assert_ok(self.deposit(2, 9_00, "all"))
        self.kill(2)
        self.lose_disk(2)
        self.begin(2, "--create")
        self.assertIn("passbook recover rebuilds it", self.last_words(2))
        self.stop_with_exit_1_until_recovered(2)
        self.wait_until_all_show(OPENING + 9_00)

    def test_a_damaged_journal_is_not_opened(self):
        for _ in range(50):
            self.assert_ok(self.deposit(2, 1_00))
        self.wait_until_all_show(OPENING + 50_00)
        self.kill(2)
        [log] = self.data(2).glob("segment-*")
        content = bytearray(log.read_bytes())
        content[(HEADER + len(content.rstrip(b"\0"))) // 2] ^= 0xff
        log.write_bytes(content)
        self.begin(2)
        why = self.last_words(2)
        self.assertIn("data-2: the journal is damaged: ", why)
        self.assertIn("passbook recover", why)
        self.recover_from_aside(2)
        self.wait_until_all_show(OPENING + 50_00)
        self.assertEqual((self.folder / "data-2.lost-1" / log.name).read_bytes(), content)

    def test_a_directory_in_use_is_left_alone(self):
        self.assertIn("data-1: another process uses this data directory", self.recover_in_vain(1))
        self.assert_ok(self.deposit(1, 1_00, "all"))
        self.assertEqual(self.status(1)["incarnation"], 1)


class Alone(ProcessTest):
    def test_a_branch_without_others_can_not_be_rebuilt(self):
        done = self.passbook("recover", "--bank", self.write("bank.json", branches(1, 10)), "--id",
                             1, "--listen", "127.0.0.1:0", "--data-dir", "data")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("there is no other branch to rebuild it from", done.stderr)
        self.assertFalse((self.folder / "data").exists())


if __name__ == "__main__":
    main()
