# SPDX-License-Identifier: Apache-2.0
"""Branches with networks of their own, as on three machines, one of which is unplugged: the kernel
drops what is on its way, and says nothing to anyone. Skipped where there are no namespaces."""

import json

from namespaces import Network, address
from support import (PASSBOOK, ProcessTest, branches, deposit, main, query, read_json, wait_until,
                     withdraw)

EVERYBODY = (1, 2, 3)
PORT = 50051
PEER_PORT = 50061


class ThreeMachines(ProcessTest):
    def setUp(self):
        super().setUp()
        self.network = Network(self, EVERYBODY)
        self.bank = self.write("bank.json", branches(3, 300))
        for number in EVERYBODY:
            self.start_branch(number)

    def start_branch(self, number):
        peers = [word for other in EVERYBODY if other != number
                 for word in ("--peer", f"{other}={address(other)}:{PEER_PORT}")]
        branch = self.start_command(*self.network.at(
            number, PASSBOOK, "branch", "--bank", self.bank, "--id", number, "--listen",
            f"0.0.0.0:{PORT}", "--listen-peers", f"0.0.0.0:{PEER_PORT}", *peers, "--insecure", "--data-dir", f"data-{number}", "--create"))
        wait_until(lambda: "serves on" in branch.out or branch.process.poll() is not None,
                   f"branch {number} serves")
        self.assertIsNone(branch.process.poll(), branch.err)

    def customer(self, number, event, *options):
        """The answer to an event of a customer on the same machine as a branch."""
        done = self.run_command(*self.network.at(
            number, PASSBOOK, "customer", "--id", number, "--branch", f"{number}=127.0.0.1:{PORT}",
            *options), stdin=json.dumps(event) + "\n")
        self.assertEqual(done.stderr, "")
        answer = read_json(done.stdout)
        return answer["result"], answer.get("balance"), answer.get("reason")

    def local(self, number, event):
        return self.customer(number, event, "--ack", "local", "--timeout", "60s")[:2]

    def wait_until_all_show(self, balance):
        wait_until(lambda: all(self.customer(number, query(number), "--consistency", "eventual")
                               == ("success", balance, None) for number in EVERYBODY),
                   f"all branches show {balance}")

    def test_one_is_unplugged_and_plugged_in_again(self):
        self.assertEqual(self.customer(1, deposit(1, 1), "--timeout", "60s"),
                         ("success", 301, None))
        self.network.pull(3)
        self.assertEqual(self.customer(2, deposit(11, 2), "--ack", "majority", "--timeout", "60s"),
                         ("success", 312, None))
        self.assertEqual(self.local(1, withdraw(200, 1)), ("success", 112))
        self.assertEqual(self.local(3, withdraw(100, 3)), ("success", 201))
        self.assertEqual(self.local(3, deposit(400, 3)), ("success", 601))
        self.assertEqual(self.customer(1, withdraw(350, 1), "--timeout", "6s"),
                         ("fail", 112, "UNAVAILABLE: not reached: branch 3"))
        self.assertEqual(self.customer(3, withdraw(405, 3), "--timeout", "2s"),
                         ("fail", 601, "UNAVAILABLE: not reached: branch 1, branch 2"))
        self.assertEqual(self.customer(2, deposit(1, 2), "--timeout", "2s"),
                         ("success", 113, "UNCONFIRMED: not reached: branch 3 (confirmed by 2)"))
        self.network.plug(3)
        self.wait_until_all_show(413)
        self.assertEqual(self.customer(2, withdraw(410, 2), "--timeout", "60s"),
                         ("success", 3, None))
        self.wait_until_all_show(3)


if __name__ == "__main__":
    main()
