# SPDX-License-Identifier: Apache-2.0
"""A bank of three branches whose disks a test can lose, and what is done to bring them back."""

import shutil

from three_branches import ThreeBranches


class RecoverableBranches(ThreeBranches):
    def data(self, number):
        return self.folder / f"data-{number}"

    def command_of(self, name, number, *options, without=()):
        """`passbook branch` or `passbook recover` of a branch, with its data directory."""
        gone = [word for other in without for word in ("--without", other)]
        operators = self.operator_options(number, without) if name == "recover" else []
        return (name, "--bank", self.bank, "--id", number, *self.listeners(number, without),
                *operators, *gone, "--data-dir", f"data-{number}", *self.history_options(number),
                *options)

    def begin(self, number, *options):
        """Starts a branch, which its clients find at once."""
        self.at[number].close()
        self.at[number] = self.new_client(number)
        return self.start_branch(number, "--data-dir", f"data-{number}", *options)

    def restart(self, *numbers):
        for number in numbers:
            branch = self.begin(number)
            self.assertIsNone(branch.process.poll(), branch.err)

    def recover(self, number, *options, without=()):
        """Recovers a branch; what the command says about it."""
        done = self.passbook(*self.command_of("recover", number, *options, without=without))
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def recover_in_vain(self, number, *options, without=()):
        done = self.passbook(*self.command_of("recover", number, *options, without=without))
        self.assertEqual((done.returncode, done.stdout), (1, ""), done.stderr)
        return done.stderr


class DurableBranches(RecoverableBranches):
    def setUp(self):
        super().setUp()
        self.start_bank(durable=True)


class JudgedBranches(DurableBranches):
    """What happened is judged in the end."""

    def tearDown(self):
        self.assert_history_is_right()

    def lose_disk(self, number):
        shutil.rmtree(self.data(number))
        self.history.note("disk_lost", branch=number)
