# SPDX-License-Identifier: Apache-2.0
"""Two processes of one branch that live at the same time. Histories are not judged here: they tell of
one process a branch."""

import re
import shutil
import signal

from bank_calls import Branch
from durable_branches import RecoverableBranches
from support import wait_until
from three_branches import EVERYBODY


class Twins(RecoverableBranches):
    @staticmethod
    def history_options(_):
        return ()

    def client_at(self, port):
        client = Branch(f"127.0.0.1:{port}")
        self.addCleanup(client.close)
        return client

    def stop(self, process):
        process.signal(signal.SIGTERM)
        self.assertEqual(process.wait(), 0, process.err)

    def copy_data(self, number, name):
        shutil.copytree(self.data(number), self.folder / name, ignore=shutil.ignore_patterns("LOCK"))

    def books(self):
        """The sum on which all agree."""
        def equal():
            states = [self.shown(number) for number in EVERYBODY]
            return states[0] if states == states[:1] * 3 else None
        return wait_until(equal, "all branches have applied the same")[0]

    def assert_in_the_books(self, paid):
        """Asks again for what was acknowledged, which changes nothing."""
        before = self.books()
        for request, amount in paid:
            answer = self.at[request.branch].deposit(request, amount, "all", timeout=60)
            self.assertEqual((answer.result, answer.confirmed), ("OK", 3), answer)
        self.wait_until_all_show(before)

    def why_it_stopped(self, process):
        """The error with which a process ended by itself."""
        self.assertEqual(process.wait(), 1, process.err)
        return re.findall("\\] error: (.*)\n", process.err)[-1]
