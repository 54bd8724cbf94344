#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`passbook status`: what a branch says about itself to those who run the bank."""

import json
import signal
import socket
import time

from durable_branches import DurableBranches
from support import main, wait_until
from three_branches import EVERYBODY, OPENING, ThreeBranches

MEBIBYTE = 2**20
# How the end of a killed process's stream is told: it depends on who opened it, and on the kernel.
CLOSED = ["closed by the peer", "Socket closed", "recvmsg:Connection reset by peer"]
ESCROW = ["served_locally", "served_by_asking", "refused_with_proof", "undecided_unreached",
          "undecided_reachable", "rights_requests_sent", "rebalance_requests_sent", "grants_given", "grants_received"]


class OnDisk(DurableBranches):
    def test_says_who_it_is(self):
        states = {number: self.status(number) for number in EVERYBODY}
        for number, state in states.items():
            self.assertEqual((state["branch"], state["incarnation"], state["takes_writes"],
                              state["why_not"]), (number, 1, True, ""))
            self.assertEqual([peer["branch"] for peer in state["peers"]],
                             [other for other in EVERYBODY if other != number])
            self.assertTrue(all(peer["neighbour"] for peer in state["peers"]))
            self.assertGreater(state["records"], 0)
            self.assertEqual(list(state["escrow"]), ESCROW)
            self.assertEqual(state["disk"]["reserve_bytes"], 256 * MEBIBYTE)
            self.assertGreater(state["disk"]["free_bytes"], 0)
        self.assertEqual(len({state["bank"] for state in states.values()}), 1)
        [version] = {state["version"] for state in states.values()}
        self.assertIn(version.split()[0], self.passbook("--version").stdout)

    def test_is_a_table_too(self):
        self.assert_ok(self.deposit(2, 1_50, "all"))
        table = self.passbook("status", "--branch", self.operator_address(2)).stdout
        bank = self.status(2)["bank"]
        for line in (f"branch 2 of bank {bank}, passbook ", "accepts writes\n", "disk: ",
                     "256.0 MiB of them reserved\n", " of branch 2\n", f"branch 1 at {self.peer_address(1)}: connected for ",
                     f"branch 3 at {self.peer_address(3)}: connected for ", "account 1: balance 301.50, may go down to 0; rights:\n",
                     " at branch 3\n", "withdrawals: ", "undecided: ", "rights: "):
            self.assertIn(line, table)

    def test_tells_the_incarnation_of_a_branch_that_was_recovered(self):
        self.kill(2)
        self.recover(2)
        self.restart(2)
        self.assertEqual(self.status(2)["incarnation"], 2)
        table = self.passbook("status", "--branch", self.operator_address(2)).stdout
        self.assertIn("branch 2 (incarnation 2) of bank ", table)
        wait_until(lambda: self.peer(1, 2)["incarnation"] == 2, "branch 1 knows")

    def peer(self, number, other):
        [peer] = [peer for peer in self.status(number)["peers"] if peer["branch"] == other]
        return peer

    def test_a_killed_branch_is_not_connected_and_lags(self):
        self.kill(3)
        self.check_the_lag_of_branch_3(lambda: self.restart(3), CLOSED)
        log = self.branches[1].err
        self.assertIn(f"connected to branch 3 (incarnation 1, {self.peer_address(3)})\n", log)
        self.assertRegex(log, rf"lost branch 3 \(incarnation 1, {self.peer_address(3)}\): "
                         rf"({'|'.join(CLOSED)})\n")

    def test_a_silent_branch_is_not_connected_and_lags(self):
        self.branches[3].signal(signal.SIGSTOP)
        self.check_the_lag_of_branch_3(lambda: self.branches[3].signal(signal.SIGCONT),
                                       ["silent for 3 s"])

    def check_the_lag_of_branch_3(self, come_back, ends):
        wait_until(lambda: not self.peer(1, 3)["connected"], "branch 3 is missed")
        before = self.peer(1, 3)["lag"]
        for _ in range(7):
            self.assert_ok(self.deposit(1, 1_00))
        peer = self.peer(1, 3)
        self.assertGreaterEqual(peer.pop("since_seconds"), 0)
        self.assertIn(peer.pop("last_end"), ends)
        peer.pop("unreachable")
        self.assertEqual(peer, {"branch": 3, "incarnation": 1, "connected": False,
                                "address": self.peer_address(3), "neighbour": True,
                                "lag": before + 7})
        wait_until(lambda: self.peer(1, 2)["lag"] == 0, "branch 2 has all")
        done = self.passbook("status", "--branch", self.operator_address(1))
        self.assertEqual((done.returncode, done.stderr), (3, ""))
        self.assertRegex(done.stdout, rf"branch 3 at {self.peer_address(3)}: not connected for "
                         rf"\d\d:\d\d:\d\d, {before + 7} entries behind\n"
                         rf" +its last stream ended: ({'|'.join(ends)})\n")
        self.assertIn("\ndegraded: branch 3 is not connected: ", done.stdout)
        come_back()
        wait_until(lambda: self.peer(1, 3)["connected"] and self.peer(1, 3)["lag"] == 0,
                   "branch 3 has all")
        self.assertEqual(self.shown(3)[0], OPENING + 7_00)


class InMemory(ThreeBranches):
    status = DurableBranches.status
    rights = DurableBranches.rights
    assert_ok = DurableBranches.assert_ok

    def setUp(self):
        super().setUp()
        self.start_bank()

    def applied(self, number):
        return {(at["branch"], at["incarnation"]): at["sequence"]
                for at in self.status(number)["applied"]}

    def test_has_no_disk(self):
        self.assertIsNone(self.status(1)["disk"])
        self.assertNotIn("disk", self.passbook("status", "--branch", self.operator_address(1)).stdout)

    def test_the_time_goes_on(self):
        before = self.status(1)["uptime_seconds"]
        began = time.monotonic()
        after = self.status(1)["uptime_seconds"]
        self.assertGreater(after, before)
        self.assertLess(after - before, time.monotonic() - began + 60)

    def test_what_is_applied_is_what_passbooks_name(self):
        for number in EVERYBODY:
            self.assert_ok(self.deposit(number, 1_00, "all"))
        self.wait_until_all_show(OPENING + 3_00)
        for number in EVERYBODY:
            self.assertEqual(self.applied(number), self.shown(number)[1])

    def test_the_rights_sum_to_the_balance(self):
        self.assert_ok(self.deposit(1, 12_34, "all"))
        self.assert_ok(self.withdraw(2, 200_00, "all"))
        self.wait_until_all_show(112_34)
        for number in EVERYBODY:
            [account] = self.status(number)["accounts"]
            self.assertEqual((account["account"], account["balance"], account["limit"]),
                             (1, 112.34, 0))
            self.assertEqual(sum(self.rights(number).values()), 112_34)
            self.assertEqual(set(self.rights(number)), {(other, 1) for other in EVERYBODY})

    def gained(self, number, act):
        """What an action adds to the counters."""
        before = self.status(number)["escrow"]
        act()
        after = self.status(number)["escrow"]
        return {name: after[name] - before[name] for name in after if after[name] != before[name]}

    def test_withdrawals_are_counted_by_how_they_got_their_rights(self):
        local = self.gained(1, lambda: self.assert_ok(self.withdraw(1, 1_00, "all")))
        self.assertEqual(local["served_locally"], 1)
        self.assertNotIn("served_by_asking", local)
        self.assertNotIn("rights_requests_sent", local)
        asked = self.gained(2, lambda: self.assert_ok(self.withdraw(2, 299_00, "all")))
        self.assertEqual(asked["served_by_asking"], 1)
        self.assertGreater(asked["rights_requests_sent"], 0)
        self.assertGreater(asked["grants_received"], 0)
        self.assertNotIn("served_locally", asked)
        self.wait_until_all_show(0)
        self.assertGreater(sum(self.status(number)["escrow"]["grants_given"]
                               for number in EVERYBODY), 0)
        refused = self.gained(3, lambda: self.assertEqual(
            self.withdraw(3, 1).result, "INSUFFICIENT_FUNDS"))
        self.assertEqual(refused["refused_with_proof"], 1)
        self.assertNotIn("served_by_asking", refused)

    def test_a_withdrawal_that_nobody_could_decide_is_counted(self):
        self.branches[3].signal(signal.SIGKILL)
        self.branches[3].wait()
        undecided = self.gained(1, lambda: self.assertEqual(
            self.withdraw(1, OPENING, timeout=1).result, "UNAVAILABLE"))
        self.assertEqual(undecided["undecided_unreached"], 1)
        self.assertNotIn("refused_with_proof", undecided)


class Monitored(DurableBranches):
    """What a monitor goes by: the exit status, and a line that says what is wrong."""

    def check(self, *numbers, options=()):
        words = [word for number in numbers
                 for word in ("--branch", self.operator_address(number))]
        return self.passbook("status", *words, *options)

    def wait_for(self, status, *numbers):
        wait_until(lambda: self.check(*numbers).returncode == status, f"status {status}")
        return self.check(*numbers)

    def test_all_is_well(self):
        done = self.wait_for(0, *EVERYBODY)
        self.assertNotIn("degraded", done.stdout)
        for number in EVERYBODY:
            self.assertIn(f"branch {number} of bank ", done.stdout)
        states = [json.loads(line)["state"] for line in
                  self.check(*EVERYBODY, options=["-o", "jsonl"]).stdout.splitlines()]
        self.assertEqual(states, ["ok"] * 3)

    def test_a_neighbour_is_away(self):
        self.kill(3)
        done = self.wait_for(3, 1)
        self.assertIn("degraded: branch 3 is not connected: ", done.stdout)
        told = json.loads(self.check(2, options=["-o", "json"]).stdout)
        self.assertEqual((told["state"], len(told["complaints"])), ("degraded", 1))
        self.restart(3)
        self.wait_for(0, *EVERYBODY)

    def test_no_writes_are_taken(self):
        self.kill(1)
        self.begin(1, "--disk-reserve", "1024TiB")
        done = self.wait_for(3, 1)
        self.assertIn("degraded: does not accept writes: the disk is nearly full\n", done.stdout)

    def test_one_does_not_answer(self):
        """That is worse than all that the others say."""
        self.kill(3)
        self.wait_for(3, 1)
        done = self.check(1, 3, options=["--timeout", "200ms", "-o", "json"])
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"{self.operator_address(3)}: connection refused", done.stderr)
        self.assertEqual([(one["address"], one["state"]) for one in json.loads(done.stdout)],
                         [(self.operator_address(1), "degraded"),
                          (self.operator_address(3), "unreachable")])

    def test_a_peer_that_can_not_be_reached_is_told_of_once(self):
        self.kill(1)
        why = "Connection refused"
        wait_until(lambda: why in self.check(2).stdout, "branch 2 has tried")
        wait_until(lambda: why in self.check(3).stdout, "branch 3 has tried")
        for number in (2, 3):
            told = [line for line in self.branches[number].err.splitlines() if why in line and "branch 1" in line]
            self.assertEqual(len(told), 1, told)
            self.assertIn(f"cannot reach branch 1 at {self.peer_address(1)}: ", told[0])


class BadCalls(ThreeBranches):
    def failed(self, status, *options):
        done = self.passbook("status", *options)
        self.assertEqual((done.returncode, done.stdout), (status, ""), done.stderr)
        return done.stderr

    def test_name_what_is_wrong_with_them(self):
        self.assertIn("is not an address; write HOST:PORT", self.failed(2, "--branch", "nowhere"))
        self.assertIn("--insecure allows it", self.failed(2, "--branch", "192.0.2.1:50051"))
        self.assertIn("--branch", self.failed(2))
        self.assertIn("yaml", self.failed(2, "--branch", "127.0.0.1:1", "-o", "yaml"))
        self.assertIn("soon", self.failed(2, "--branch", "127.0.0.1:1", "--timeout", "soon"))

    def test_name_the_listener_that_is_needed(self):
        self.start_bank()
        for address, here in ((self.address(1), "customers"), (self.peer_address(1), "peers")):
            self.assertIn(f"{address}: serves {here}; operators must use the address given by "
                          "--listen-operators", self.failed(1, "--branch", address))

    def assert_no_answer(self, address, why, timeout):
        began = time.monotonic()
        said = self.failed(1, "--branch", address, "--timeout", timeout)
        self.assertIn(f"{address}: {why}", said)
        self.assertLess(time.monotonic() - began, 30)

    def test_end_at_once_when_nobody_listens(self):
        self.assert_no_answer(self.operator_address(1), "connection refused", "10m")

    def test_end_in_time_when_somebody_is_silent(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            self.assert_no_answer(f"127.0.0.1:{silent.getsockname()[1]}", "no answer", "500ms")


if __name__ == "__main__":
    main()
