# SPDX-License-Identifier: Apache-2.0
"""A bank that goes on serving a customer while somebody else misbehaves."""

import threading

from support import wait_until
from three_branches import OPENING, ThreeBranches


class BusyBank(ThreeBranches):
    """A customer deposits a cent after the other at branch 2, which all branches must confirm; at
    the end, that must be all that has happened."""

    def setUp(self):
        super().setUp()
        self.start_bank()
        self.before = self.shown(1)[1]
        self.cents = 0
        self.over = threading.Event()
        self.trouble = None
        self.customer = threading.Thread(target=self.deposit_cents)
        self.customer.start()
        self.addCleanup(self.stop_customer)

    def deposit_cents(self):
        try:
            while not self.over.is_set():
                answer = self.deposit(2, 1, "all", timeout=20)
                self.assertEqual(answer.result, "OK", answer)
                self.cents += 1
        except Exception as trouble:
            self.trouble = trouble

    def stop_customer(self):
        self.over.set()
        self.customer.join()

    def check_that_nothing_else_happened(self):
        served = self.cents
        wait_until(lambda: self.cents > served + 1 or self.trouble or self.ended(),
                   "the customer is served")
        self.assertEqual(self.ended(), "")
        self.stop_customer()
        self.assertIsNone(self.trouble)
        self.wait_until_all_show(OPENING + self.cents)
        after = self.shown(1)[1]
        self.assertEqual(after, {**self.before, (2, 1): self.before[2, 1] + self.cents})

    def ended(self):
        """What the branches said that are no more."""
        return "".join(branch.err for branch in self.branches.values()
                       if branch.process.poll() is not None)
