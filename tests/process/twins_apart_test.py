#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Two processes of one branch of which one reaches branch 3 only, the other branch 2 only, and
branches 2 and 3 not each other: each has writes confirmed by a majority, until branches 2 and 3
meet. docs/survival.md says what becomes of them."""

import re

from proxy import Proxy
from support import main, wait_until
from three_branches import EVERYBODY, OPENING
from twins import Twins

DIGEST = "[0-9a-f]{16}"


class Apart(Twins):
    def setUp(self):
        super().setUp()
        self.nobody = self.free_ports.pop()  # listens there
        self.wires = {}
        for viewer, seen in ((2, 1), (3, 1), (2, 3), (3, 2)):
            wire = Proxy(self.free_ports.pop(), self.peer_ports[seen])
            self.addCleanup(wire.close)
            self.wires[viewer, seen] = wire

    def address_seen_by(self, viewer, number):
        wire = self.wires.get((viewer, number))
        return f"127.0.0.1:{wire.port}" if wire else self.peer_address(number)

    def lead(self, viewer, port):
        """Whom a branch finds where it looks for branch 1."""
        wire = self.wires[viewer, 1]
        wire.break_off()
        wire.target = port
        wire.heal()

    def part(self):
        for pair in ((2, 3), (3, 2)):
            self.wires[pair].break_off()

    def meet(self):
        for pair in ((2, 3), (3, 2)):
            self.wires[pair].heal()

    def begin_first(self, *options):
        self.lead(2, self.nobody)
        self.at[1].close()
        self.at[1] = self.new_client(1)
        self.branches[1] = self.start("branch", "--bank", self.bank, "--id", 1,
                                      *self.listeners(1, without=[2]), "--without", 2, *options)
        self.wait_until_serving(1, self.branches[1])

    def begin_twin(self, *options):
        self.twin = self.start_twin(1, *options, without=[3])
        self.lead(2, self.twin.ports[1])
        self.at_twin = self.client_at(self.twin.ports[0])

    def begin_new_bank(self, options=lambda name: ()):
        """All begin with nothing; `options` are those of a process with a name."""
        self.lead(2, self.nobody)
        for number in (2, 3):
            self.start_branch(number, *options(f"data-{number}"))
        self.begin_first(*options("data-1"))
        self.begin_twin(*options("twin"))
        for address in (*map(self.operator_address, EVERYBODY), f"127.0.0.1:{self.twin.ports[2]}"):
            wait_until(lambda: self.takes_writes(address), f"{address} takes writes")
        self.part()

    def takes_writes(self, address):
        return "; accepts writes\n" in self.passbook("status", "--branch", address).stdout

    def pay(self, client, count):
        """Writes that a majority confirms, and one that all should and can't; the sum of both."""
        for _ in range(count):
            self.assert_ok(client.deposit(self.new_id(1), 1_00, "majority", timeout=30))
        unconfirmed = client.deposit(self.new_id(1), 5_00, "all", timeout=1)
        self.assertEqual(unconfirmed.result, "UNCONFIRMED", unconfirmed)
        return count * 1_00 + 5_00

    def forks_named(self, number):
        """Both digests, as status names them, if it does."""
        done = self.passbook("status", "--branch", self.operator_address(number))
        named = re.search(f"degraded: FORK: there are two histories of branch 1 .* with digest "
                          f"({DIGEST}), .* with digest ({DIGEST})\n", done.stdout)
        if named:
            self.assertEqual((done.returncode, done.stderr), (3, ""))
            self.assertNotEqual(*named.groups())
            log = self.branches[number].err
            self.assertRegex(log, f"error: FORK: .*{named[1]}.*{named[2]}")
        return named and set(named.groups())

    def let_it_be_seen(self):
        """Branches 2 and 3 meet, and one says what it sees. The first is stopped; then the twin
        reaches branch 3, which has the first one's history, and stops."""
        self.meet()
        wait_until(lambda: self.forks_named(2) or self.forks_named(3), "the fork is named")
        self.stop(self.branches[1])
        self.lead(3, self.twin.ports[1])
        self.assertRegex(self.why_it_stopped(self.twin), "^FORK: ")

    def digests(self, refused):
        """Of the histories from which to choose, as the refusal lists them: by branch."""
        found = re.findall(f"; branch (\\d) has \\d+ entries, the last with digest ({DIGEST})", refused)
        self.assertIn("FORK: there are several histories of branch 1", refused)
        self.assertIn("name one of these digests with --keep", refused)
        self.assertEqual([branch for branch, _ in found], ["2", "3"], refused)
        return {int(branch): digest for branch, digest in found}

    def settle_with_recover(self, kept_by):
        """Chooses the history that a branch has, and recovers whoever has the other."""
        wrong = 5 - kept_by
        digests = self.digests(self.recover_in_vain(1))
        told = self.recover(1, "--keep", digests[kept_by])
        self.assertIn(f"branch {wrong} has a different history of this branch and must be "
                      "recovered too\n", told)
        self.assertRegex(self.why_it_stopped(self.branches[wrong]),
                         "given up: passbook recover rebuilds it$")
        self.lead_home()
        self.restart(1)
        self.recover(wrong)
        self.restart(wrong)

    def settle_with_rejoin(self, kept_by):
        wrong = 5 - kept_by
        self.lead_home()
        refused = self.begin_in_memory(1, *self.rejoin_options(1))
        self.assertEqual(refused.wait(), 1)
        told = self.begin_in_memory(1, *self.rejoin_options(1), "--keep", self.digests(refused.err)[kept_by])
        self.assertRegex(self.why_it_stopped(self.branches[wrong]),
                         "given up: passbook branch --rejoin rebuilds it$")
        other_history = (f"branch {wrong} has a different history of this branch and must be "
                         "recovered too\n")
        wait_until(lambda: other_history in told.err, "branch 1 says who has another history")
        self.begin_in_memory(wrong, *self.rejoin_options(wrong))

    def begin_in_memory(self, number, *options):
        self.at[number].close()
        self.at[number] = self.new_client(number)
        return self.start_branch(number, *options)

    def lead_home(self):
        for viewer in (2, 3):
            self.lead(viewer, self.peer_ports[1])

    def assert_all_is_well(self, balance):
        self.wait_until_all_show(balance)
        for number in EVERYBODY:
            wait_until(lambda: self.status(number)["state"] == "ok", f"all is well at {number}")
            self.assert_ok(self.deposit(number, 1_00, "all"))
        self.wait_until_all_show(balance + 3_00)

    def live_apart(self):
        """What the first and the twin have taken."""
        return self.pay(self.at[1], 3), self.pay(self.at_twin, 2)

    def test_fresh_data(self):
        self.begin_new_bank(lambda name: ("--data-dir", name, "--create"))
        first, _ = self.live_apart()
        self.let_it_be_seen()
        self.settle_with_recover(kept_by=3)
        self.assert_all_is_well(OPENING + first)

    def test_in_memory(self):
        self.begin_new_bank()
        _, twin = self.live_apart()
        self.let_it_be_seen()
        self.settle_with_rejoin(kept_by=2)
        self.assert_all_is_well(OPENING + twin)

    def stop_and_copy(self):
        """A bank with a past that all have; branch 1 is down, and there is a copy of what it had."""
        self.start_bank(durable=True)
        self.assert_ok(self.deposit(1, 9_00, "all"))
        self.stop(self.branches[1])
        self.copy_data(1, "twin")
        self.part()

    def test_a_copied_directory(self):
        self.stop_and_copy()
        self.begin_first("--data-dir", "data-1")
        self.begin_twin("--data-dir", "twin")
        _, twin = self.live_apart()
        self.let_it_be_seen()
        self.settle_with_recover(kept_by=2)
        self.assert_all_is_well(OPENING + 9_00 + twin)

    def test_an_old_copy(self):
        self.stop_and_copy()
        self.begin_first("--data-dir", "data-1")
        more = self.pay(self.at[1], 5)
        self.begin_twin("--data-dir", "twin")
        first, _ = self.live_apart()
        self.let_it_be_seen()
        self.settle_with_recover(kept_by=3)
        self.assert_all_is_well(OPENING + 9_00 + more + first)


if __name__ == "__main__":
    main()
