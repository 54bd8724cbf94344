# SPDX-License-Identifier: Apache-2.0
"""A bank of three branches started by hand, with clients that make single calls at them."""

import itertools
import json
import signal
import threading

import grpc

from bank_calls import Branch, RequestId, positions
from histories import Histories
from support import Listeners, ProcessTest, branches, wait_until

OPENING = 300_00
EVERYBODY = (1, 2, 3)
MOST_IN_A_SESSION = 200  # a branch remembers the newest 256 numbers


class ThreeBranches(Listeners, Histories, ProcessTest):
    """Amounts are in cents; each branch begins with rights to a third of the opening balance."""

    def setUp(self):
        super().setUp()
        self.open_histories()
        self.free_ports = self.choose_ports(9)
        self.bank = self.write("bank.json", branches(3, OPENING // 100))
        self.branches = {}
        self.at = {number: self.new_client(number) for number in EVERYBODY}
        self.ids = itertools.count(1)
        self.clients = itertools.count(9)
        self.of_thread = threading.local()
        self.incarnations = {}  # of the branches that have lost their disks

    def new_client(self, number, address=None, client=None):
        """Calls a branch, whose address may be that of a proxy, as somebody new each time or as the
        one client that is named."""
        caller = Branch(address or self.address(number), self.history.calls_at(number, client))
        self.addCleanup(caller.close)
        return caller

    def start_branch(self, number, *options):
        branch = self.start("branch", "--bank", self.bank, "--id", number, *self.listeners(number),
                            *self.history_options(number), *options)
        self.wait_until_serving(number, branch)
        self.branches[number] = branch
        return branch

    def start_bank(self, durable=False):
        """Starts all branches, and waits until they are connected."""
        for number in EVERYBODY:
            disk = ("--data-dir", f"data-{number}", "--create") if durable else ()
            self.start_branch(number, *disk)
        for number in EVERYBODY:
            answer = self.at[number].deposit(self.new_id(number), 1, timeout=60)
            self.assertEqual(answer.result, "OK", answer)
            answer = self.at[number].withdraw(self.new_id(number), 1, timeout=60)
            self.assertEqual(answer.result, "OK", answer)

    def operator_options(self, number, without=()):
        return [word for other in EVERYBODY if other not in (number, *without)
                for word in ("--operator", f"{other}={self.operator_address(other)}")]

    def rejoin_options(self, number, without=()):
        return ["--rejoin", *self.operator_options(number, without)]

    def start_twin(self, number, *options, without=()):
        """Another process of a branch, with addresses of its own; its `ports` are those for
        customers, peers and operators."""
        ports = [self.free_ports.pop() for _ in range(3)]
        words = [word for option, port in
                 zip(("--listen", "--listen-peers", "--listen-operators"), ports)
                 for word in (option, f"127.0.0.1:{port}")]
        peers = [word for other in EVERYBODY if other not in (number, *without)
                 for word in ("--peer", f"{other}={self.peer_address(other)}")]
        gone = [word for other in without for word in ("--without", other)]
        twin = self.start("branch", "--bank", self.bank, "--id", number, *words, *peers, *gone,
                          *options)
        twin.ports = ports
        return twin

    def new_id(self, number):
        """Each thread is a client of its own: in a session that several share, a number that one
        holds back while others go on is soon too old. So is one after 256 more in its session, and
        a thread becomes a new client before that."""
        numbers = getattr(self.of_thread, "numbers", None)
        if not numbers:
            self.of_thread.client = next(self.clients)
            self.of_thread.numbers = numbers = [next(self.ids) for _ in range(MOST_IN_A_SESSION)]
            numbers.reverse()
        return RequestId(number, self.of_thread.client, 1, numbers.pop(),
                         self.incarnations.get(number, 1))

    def deposit(self, number, amount, ack="local", timeout=60):
        return self.ask_for(number, "deposit", amount, ack, timeout)

    def withdraw(self, number, amount, ack="local", timeout=60):
        return self.ask_for(number, "withdraw", amount, ack, timeout)

    def ask_for(self, number, method, amount, ack, timeout):
        """Again in the branch's latest incarnation, where the one that was meant is over."""
        answer = getattr(self.at[number], method)(self.new_id(number), amount, ack, timeout=timeout)
        if answer.result != "WRONG_ORIGIN":
            return answer
        self.incarnations[number] = answer.incarnation
        return getattr(self.at[number], method)(self.new_id(number), amount, ack, timeout=timeout)

    def shown(self, number):
        """The balance that a branch shows now, and how much of every log it has applied."""
        answer = self.at[number].query(self.new_id(number), guarantees=())
        self.assertEqual(answer.result, "OK")
        return answer.balance, positions(answer.passbook).reads

    def wait_until_all_show(self, balance):
        """At last all replicas have applied the same and hold the right sum."""
        states = []

        def equal_and_right():
            states[:] = [self.shown(number) for number in EVERYBODY]
            return states[0][0] == balance and states == states[:1] * 3

        try:
            wait_until(equal_and_right, f"all branches show {balance} and have applied the same")
        except AssertionError as error:
            raise AssertionError(f"{error}; shown: {states}") from None

    def kill(self, *numbers):
        """Kills branches that had not ended by themselves."""
        for number in numbers:
            branch = self.branches[number]
            self.assertIsNone(branch.process.poll(), branch.err)
            branch.signal(signal.SIGKILL)
            branch.wait()
            self.history.note("crashed", branch=number)

    def assert_ok(self, answer):
        self.assertEqual(answer.result, "OK", answer)
        return answer

    def last_words(self, number):
        """What a branch that ends by itself in time says about it."""
        branch = self.branches[number]
        self.assertEqual(branch.wait(), 1, branch.err)
        [error] = [line for line in branch.err.splitlines()
                   if "] error: " in line or line.startswith("passbook: ")]
        return error

    def status(self, number, *options):
        """What the branch says of itself, whether all is well with it or not."""
        done = self.passbook("status", "--branch", self.operator_address(number), "-o", "json",
                             *options)
        status = json.loads(done.stdout)
        self.assertEqual((done.returncode, done.stderr),
                         ({"ok": 0, "degraded": 3}[status["state"]], ""))
        return status

    def rights(self, number):
        """What each incarnation may spend, as a branch sees it: {(branch, incarnation): cents}."""
        [account] = self.status(number)["accounts"]
        return {(one["branch"], one["incarnation"]): round(one["amount"] * 100)
                for one in account["rights"]}

    def wait_until_taking_writes(self, number):
        wait_until(lambda: self.status(number)["takes_writes"], f"branch {number} takes writes")


def until_answered(call):
    """Makes a call again, the same in everything, until there is an answer."""
    def attempt():
        try:
            return call()
        except grpc.RpcError:
            return None
    return wait_until(attempt, "there is an answer")
