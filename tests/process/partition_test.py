# SPDX-License-Identifier: Apache-2.0
"""Branches that can't reach each other, while customers reach all of them: everyone is served as
far as the rights within reach go, nobody is told what can't be known, and nothing is lost."""

import collections
import concurrent.futures
import os
import random
import threading
import time

from proxy import Proxy
from support import main
from three_branches import EVERYBODY, OPENING, ThreeBranches, until_answered

# How long a silent peer is waited for, and as much again for a slow machine.
SILENCE = 6.0
# Longer with SECONDS=600.
RANDOM_SECONDS = float(os.environ.get("SECONDS", "10"))


class Partition(ThreeBranches):
    """Every branch reaches every other through a proxy of its own."""

    def setUp(self):
        super().setUp()
        self.wires = {(near, far): self.new_wire(self.peer_ports[far])
                      for near in EVERYBODY for far in EVERYBODY if near != far}

    def new_wire(self, target):
        wire = Proxy(self.free_ports.pop(), target)
        self.addCleanup(wire.close)
        return wire

    def address_seen_by(self, near, far):
        return f"127.0.0.1:{self.wires[near, far].port}"

    def wires_of(self, number):
        return [wire for ends, wire in self.wires.items() if number in ends]

    def heal(self):
        for wire in self.wires.values():
            wire.heal()
        self.history.note("faults_over")


class ThirdBranchAway:
    """What holds however the third branch is cut off, and wherever the journals are."""

    durable = None

    def test_in_silence(self):
        self.start_bank(self.durable)
        for wire in self.wires_of(3):
            wire.cut()
        self.check_service_during_and_after(SILENCE)

    def test_with_resets(self):
        self.start_bank(self.durable)
        for wire in self.wires_of(3):
            wire.break_off()
        self.check_service_during_and_after(2.0)

    def check_service_during_and_after(self, deadline):
        self.check_what_is_within_reach()
        self.check_what_is_not(deadline)
        self.heal()
        self.wait_until_all_show(413_00)
        answer = self.withdraw(1, 410_00, "all")
        self.assertEqual((answer.result, answer.balance), ("OK", 3_00))
        self.wait_until_all_show(3_00)
        self.assert_history_is_right()

    def check_what_is_within_reach(self):
        """Leaves 12 to branches 1 and 2, and 400 to branch 3."""
        for answer in (self.deposit(1, 5_00), self.deposit(2, 7_00, "majority"),
                       self.withdraw(1, 200_00), self.withdraw(3, 100_00), self.deposit(3, 400_00)):
            self.assertEqual((answer.result, answer.unreached), ("OK", []), answer)

    def check_what_is_not(self, deadline):
        """The bank has the money for either withdrawal, but neither side can know; the first one
        asks for more than there is in all that its branch has heard of."""
        with concurrent.futures.ThreadPoolExecutor() as pool:
            calls = [pool.submit(self.timed, *call) for call in (
                (self.withdraw, 1, 350_00, "local", deadline),
                (self.withdraw, 3, 405_00, "local", deadline),
                (self.deposit, 2, 1_00, "all", deadline))]
        answers, times = zip(*(call.result() for call in calls))
        self.assertEqual([(answer.result, answer.unreached) for answer in answers],
                         [("UNAVAILABLE", [3]), ("UNAVAILABLE", [1, 2]), ("UNCONFIRMED", [3])])
        self.assertEqual(answers[2].confirmed, 2)
        self.assertLess(max(times), deadline)

    @staticmethod
    def timed(call, *words):
        begin = time.monotonic()
        return call(*words), time.monotonic() - begin


class InMemory(ThirdBranchAway, Partition):
    durable = False


class OnDisk(ThirdBranchAway, Partition):
    durable = True


class WhileOneWaits(Partition):
    def test_others_withdraw_what_is_within_reach(self):
        """A withdrawal that can't be decided keeps no rights from those that come after it."""
        self.start_bank()
        for wire in self.wires_of(3):
            wire.break_off()
        with concurrent.futures.ThreadPoolExecutor() as pool:
            large = pool.submit(self.withdraw, 1, 250_00, "local", 3.0)
            while not large.done():
                for number in (1, 2):
                    for change in (self.withdraw, self.deposit):
                        answer = change(number, 10_00, timeout=2)
                        self.assertEqual((change.__name__, number, answer.result),
                                         (change.__name__, number, "OK"))
        self.assertEqual((large.result().result, large.result().unreached), ("UNAVAILABLE", [3]))
        self.heal()
        self.wait_until_all_show(300_00)
        self.assert_history_is_right()


class RandomCuts(Partition):
    """Customers at all branches at once, while random pairs of branches lose each other, and
    customers the answers to their calls."""

    def setUp(self):
        super().setUp()
        self.counters = {number: self.new_wire(port) for number, port in self.ports.items()}
        self.at = {number: self.new_client(number, f"127.0.0.1:{wire.port}")
                   for number, wire in self.counters.items()}
        self.chance = random.Random(11)
        self.over = threading.Event()
        self.lock = threading.Lock()
        self.sum = OPENING
        self.spendable = OPENING
        self.results = collections.Counter()

    def test_no_money_is_lost_made_or_overdrawn(self):
        self.start_bank(durable=True)
        self.run_customers(self.greedy_customer)

    def test_nobody_is_refused_money_that_is_there(self):
        self.start_bank(durable=False)
        self.run_customers(self.modest_customer)
        self.assertEqual(self.results["withdraw", "INSUFFICIENT_FUNDS"], 0, self.results)

    def run_customers(self, customer):
        with concurrent.futures.ThreadPoolExecutor() as pool:
            customers = [pool.submit(customer, number, random.Random(number * 100 + place))
                         for number in EVERYBODY for place in range(2)]
            try:
                self.damage_wires()
            finally:
                self.over.set()
                self.heal()
        for done in customers:
            done.result()
        self.wait_until_all_show(self.sum)
        for kind in ("deposit", "withdraw"):
            self.assertGreater(self.results[kind, "OK"], 0, self.results)
        self.assert_history_is_right()

    def damage_wires(self):
        end = time.monotonic() + RANDOM_SECONDS
        while time.monotonic() < end:
            pair = self.chance.sample(EVERYBODY, 2)
            damage = self.chance.choice([Proxy.cut, Proxy.break_off, Proxy.heal])
            for wire in (self.wires[tuple(pair)], self.wires[tuple(reversed(pair))]):
                damage(wire)
            counter = self.counters[self.chance.choice(EVERYBODY)]
            counter.break_off()
            counter.heal()
            self.over.wait(self.chance.uniform(0.01, 1.0))

    def greedy_customer(self, number, chance):
        while not self.over.is_set():
            if chance.random() < 0.5:
                self.perform("deposit", number, chance.randint(1, 20_00), chance)
            else:
                self.perform("withdraw", number, chance.randint(1, 100_00), chance)

    def modest_customer(self, number, chance):
        """Withdraws only what the bank has, whatever becomes of all other withdrawals."""
        while not self.over.is_set():
            amount = chance.randint(1, 50_00)
            if chance.random() < 0.3 or not self.reserve(amount):
                if self.perform("deposit", number, amount, chance):
                    self.reserve(-amount)
            elif not self.perform("withdraw", number, amount, chance):
                self.reserve(-amount)

    def reserve(self, amount):
        with self.lock:
            enough = amount <= self.spendable
            self.spendable -= amount if enough else 0
            return enough

    def perform(self, kind, number, amount, chance):
        """Whether the write took effect, which is found out however long it takes."""
        request = self.new_id(number)
        ack = chance.choice(["local", "majority", "all"])
        timeout = chance.choice([0.2, 0.5, 2.0])
        call = getattr(self.at[number], kind)
        answer = until_answered(lambda: call(request, amount, ack, timeout=timeout))
        stands = answer.result in ("OK", "UNCONFIRMED")
        with self.lock:
            self.results[kind, answer.result] += 1
            if stands:
                self.sum += amount if kind == "deposit" else -amount
        self.assertIn(answer.result, ("OK", "UNCONFIRMED", "UNAVAILABLE", "INSUFFICIENT_FUNDS"))
        if answer.balance is not None:
            self.assertGreaterEqual(answer.balance, 0)
        return stands


if __name__ == "__main__":
    main()
