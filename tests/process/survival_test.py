#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A bank whose branches keep their journals on disk, and are killed or paused while customers go
from branch to branch. What was acknowledged stands, once, and no answer ever shows a wrong balance.
"""

import bisect
import collections
import concurrent.futures
import itertools
import os
import random
import signal
import sys
import threading
import time

from bank_calls import Branch, RequestId, insist, positions
from support import PATIENCE, DurableBank, main, wait_until

# A kill costs about a seventh of a second. More with KILLS=1000, others with another SEED.
KILLS = int(os.environ.get("KILLS", "100"))
SEED = int(os.environ.get("SEED", "7"))
# Seconds. A link is torn down after three.
LONG_PAUSE = 3.5
SHORT_PAUSES = 60
OPENING = 40000
CUSTOMERS = 5
SESSION = 1
WINDOW = 256  # of a session, the numbers whose decisions are remembered
ACKS = ("local", "majority", "all")

# A write that stands: its position in the log of its branch, what it did to the balance in cents,
# and how it was asked for and answered.
Accepted = collections.namedtuple("Accepted", "position delta method request_id amount balance")
# A balance, and the positions that it must be the sum of.
Shown = collections.namedtuple("Shown", "balance reads what")


def covers(vector, other):
    return all(vector.get(origin, 0) >= sequence for origin, sequence in other.items())


class LeastShown:
    """What answers of each branch have shown to be applied there. It must never show less, however
    often it is killed."""

    def __init__(self, branches):
        self.lock = threading.Lock()
        self.least_shown = {branch: {} for branch in branches}

    def at(self, branch):
        with self.lock:
            return dict(self.least_shown[branch])

    def raise_to(self, branch, reads):
        with self.lock:
            least = self.least_shown[branch]
            for origin, sequence in reads.items():
                least[origin] = max(least.get(origin, 0), sequence)


class Customer:
    """Goes to random branches with a passbook, until the bank closes. Repeats what got no answer
    under the same id at the same branch, and fails on an answer that breaks a promise."""

    def __init__(self, number, addresses, history, least_shown, closing, timeouts):
        self.number = number
        self.chance = random.Random(SEED * 1000 + number)
        client = {"customer": number, "session": SESSION}
        self.branches = {branch: Branch(address, history.calls_at(branch, client))
                         for branch, address in addresses.items()}
        self.least_shown = least_shown
        self.closing = closing
        self.timeouts = timeouts
        self.requests = itertools.count(1)
        self.passbook = b""
        self.accepted = []
        self.shown = []
        self.results = collections.Counter()
        self.repeated = 0

    def live(self):
        while not self.closing.is_set():
            self.act()

    def leave(self):
        """Ends what is under way."""
        for branch in self.branches.values():
            branch.close()

    def act(self):
        branch = self.chance.choice(list(self.branches))
        request_id = RequestId(branch, self.number, SESSION, next(self.requests))
        method = self.chance.choice(["query", "deposit", "withdraw"])
        if method == "query":
            self.ask(branch, method, request_id)
        else:
            # Often more than the branch has rights to, and now and then more than the bank has.
            most = {"deposit": 15000, "withdraw": 30000}[method]
            self.ask(branch, method, request_id, self.chance.randint(1, most))

    def ask(self, branch, method, request_id, *amount):
        least = self.least_shown.at(branch)
        how = {"ack": self.chance.choice(ACKS)} if amount else {}
        answer, attempts = self.answer(branch, method, request_id, *amount, **how)
        before, after = positions(self.passbook), positions(answer.passbook)
        what = f"{method} {request_id} {amount} {how}: {answer}, attempt {attempts}"
        self.results[method, answer.result] += 1
        self.repeated += attempts > 1
        if not (covers(after.reads, before.reads) and covers(after.writes, before.writes)):
            raise AssertionError(f"the passbook went back: {what}\n{before}\n{after}")
        if not amount and answer.result == "OK" and not covers(after.reads, after.writes):
            raise AssertionError(f"a query missed the customer's own write: {what}\n{after}")
        self.passbook = answer.passbook
        if answer.result in ("OK", "UNCONFIRMED") and amount:
            origin, sequence = answer.entry
            if origin[0] != branch or after.writes[origin] < sequence:
                raise AssertionError(f"accepted elsewhere: {what}\n{after}")
            delta = amount[0] if method == "deposit" else -amount[0]
            self.accepted.append(
                Accepted(answer.entry, delta, method, request_id, amount[0], answer.balance))
        elif answer.result not in ("OK", "UNAVAILABLE", "INSUFFICIENT_FUNDS") or (
                answer.result == "INSUFFICIENT_FUNDS" and method != "withdraw"):
            raise AssertionError(f"no such answer should be: {what}")
        if answer.balance is None:
            return
        if answer.balance < 0:
            raise AssertionError(f"a balance below zero: {what}")
        if not covers(after.reads, least):
            raise AssertionError(f"branch {branch} forgot what it had shown: {what}\n{least}")
        self.least_shown.raise_to(branch, after.reads)
        # A write asked for again shows the balance of the first time, and what is applied now.
        if attempts == 1:
            # A write's passbook names its whole block, its balance is that right after its entry.
            exactly = dict([answer.entry]) if answer.entry else {}
            self.shown.append(Shown(answer.balance, {**after.reads, **exactly}, what))

    def answer(self, branch, method, request_id, *amount, **how):
        """The first answer to come, and how many attempts it took."""
        method = getattr(self.branches[branch], method)
        return insist(lambda: method(request_id, *amount, passbook=self.passbook,
                                     timeout=self.chance.choice(self.timeouts), **how))

    def done(self):
        return sum(self.results.values())


class BusyBank(DurableBank):
    """Customers at work while a test troubles the branches."""

    def open(self, timeouts):
        self.chance = random.Random(SEED)
        self.start_bank()
        self.closing = threading.Event()
        least_shown = LeastShown(self.ports)
        addresses = {number: self.address(number) for number in self.ports}
        self.customers = [Customer(number, addresses, self.history, least_shown, self.closing, timeouts)
                          for number in range(1, CUSTOMERS + 1)]
        pool = concurrent.futures.ThreadPoolExecutor(CUSTOMERS)
        self.addCleanup(pool.shutdown)
        for customer in self.customers:
            self.addCleanup(customer.leave)
        self.addCleanup(self.closing.set)
        self.lives = [pool.submit(customer.live) for customer in self.customers]

    def answers_so_far(self):
        for life in self.lives:
            if life.done():
                life.result()
        return sum(customer.done() for customer in self.customers)

    def wait_for_answers(self, count):
        """Waits until the customers have got so many more, while all branches live."""
        enough = self.answers_so_far() + count

        def are_there():
            self.assert_all_live()
            return self.answers_so_far() >= enough
        wait_until(are_there, f"{count} more answers")

    def close(self, troubles):
        """The customers finish what they are at; then everything is compared with everything."""
        self.closing.set()
        for life in self.lives:
            life.result(PATIENCE)
        self.tell(troubles)
        for number in self.ports:
            self.kill(number)
        for number in self.ports:
            self.restart(number)
        self.history.note("faults_over")
        self.assert_accepted_writes_stand_once()
        self.assert_shown_balances_are_sums()
        print(self.assert_history_is_right(), end="", file=sys.stderr)

    def client_of(self, number):
        """Someone at a branch who was not there before."""
        return Branch(self.address(number), self.history.calls_at(number))

    def tell(self, troubles):
        results = sum((customer.results for customer in self.customers), collections.Counter())
        repeated = sum(customer.repeated for customer in self.customers)
        print(f"{troubles}; {results.total()} answers to {CUSTOMERS} customers, {repeated} of them "
              "asked for more than once: " +
              ", ".join(f"{count} {method} {result}"
                        for (method, result), count in sorted(results.items())), file=sys.stderr)

    def assert_accepted_writes_stand_once(self):
        """Asks for each write once more: the first answer comes again, or, of a session's older
        numbers, that it may stand; nothing happens, and in the end every branch has the opening and
        the sum of the writes."""
        accepted = [write for customer in self.customers for write in customer.accepted]
        right = OPENING + sum(write.delta for write in accepted)
        last = {customer.number: next(customer.requests) for customer in self.customers}
        with self.client_of(1) as first, self.client_of(2) as second, self.client_of(3) as third:
            at = {1: first, 2: second, 3: third}

            def again(write):
                answer = getattr(at[write.request_id.branch], write.method)(
                    write.request_id, write.amount, ack="all", timeout=30)
                return answer.result, answer.balance, answer.confirmed

            with concurrent.futures.ThreadPoolExecutor(4) as pool:
                for write, answer in zip(accepted, pool.map(again, accepted)):
                    old = write.request_id.number <= last[write.request_id.customer] - WINDOW
                    self.assertIn(answer, [("OK", write.balance, 3)] +
                                  [("TOO_OLD", None, 0)] * old, write)
            for number, branch in at.items():
                answer = branch.query(RequestId(number, 99, 1, 1))
                self.assertEqual((answer.result, answer.balance), ("OK", right), f"at {number}")

    def assert_shown_balances_are_sums(self):
        """Every balance is the opening and the sum of the writes that its passbook names."""
        logs = collections.defaultdict(list)
        for customer in self.customers:
            for write in customer.accepted:
                origin, sequence = write.position
                logs[origin].append((sequence, write.delta))
        sequences, totals = {}, {}
        for origin, log in logs.items():
            log.sort()
            sequences[origin] = [sequence for sequence, _ in log]
            self.assertEqual(len(set(sequences[origin])), len(log), "a position was given twice")
            totals[origin] = [0, *itertools.accumulate(delta for _, delta in log)]
        for customer in self.customers:
            for shown in customer.shown:
                right = OPENING + sum(
                    totals[origin][bisect.bisect_right(sequences[origin], sequence)]
                    for origin, sequence in shown.reads.items() if origin in totals)
                self.assertEqual(shown.balance, right, shown.what)


class Killed(BusyBank):
    def test_branches_keep_what_they_acknowledged_and_show_only_what_is_true(self):
        self.open(timeouts=(2.0, 10.0))
        kills = 0
        while kills < KILLS:
            self.wait_for_answers(self.chance.randint(0, 30))
            victims = self.chance.sample(list(self.ports), self.chance.choice([1, 1, 1, 2, 3]))
            for number in victims:
                self.kill(number)
            kills += len(victims)
            for number in victims:
                if self.chance.random() < 0.2:
                    self.kill_while_it_starts(number)
                    kills += 1
                self.restart(number)
        self.close(f"{kills} kills")

    def kill_while_it_starts(self, number):
        self.begin_branch(number)
        time.sleep(self.chance.uniform(0, 0.1))
        self.kill(number)

    def test_all_at_once_and_the_bank_goes_on(self):
        self.start_bank()
        with self.client_of(2) as branch:
            paid = branch.deposit(RequestId(2, 1, 1, 1), 10000)
            self.assertEqual((paid.result, paid.balance), ("OK", 50000))
        for number in self.ports:
            self.kill(number)
        for number in self.ports:
            self.restart(number)
        with self.client_of(3) as branch:
            emptied = branch.withdraw(RequestId(3, 1, 1, 2), 50000)
            self.assertEqual((emptied.result, emptied.balance), ("OK", 0))
        with self.client_of(1) as branch:
            shown = branch.query(RequestId(1, 1, 1, 3), passbook=emptied.passbook)
            self.assertEqual((shown.result, shown.balance), ("OK", 0))
        self.assert_history_is_right()


class Paused(BusyBank):
    def test_branches_show_only_what_is_true(self):
        self.open(timeouts=(0.3, 1.0, 5.0))
        pauses = [self.chance.uniform(0.001, 0.1) for _ in range(SHORT_PAUSES)]
        pauses[SHORT_PAUSES // 3] = pauses[2 * SHORT_PAUSES // 3] = LONG_PAUSE
        for pause in pauses:
            self.wait_for_answers(self.chance.randint(0, 30))
            number = self.chance.choice(list(self.ports))
            self.history.note("paused", branch=number)
            self.branches[number].signal(signal.SIGSTOP)
            time.sleep(pause)
            self.branches[number].signal(signal.SIGCONT)
            self.history.note("resumed", branch=number)
        self.close(f"{len(pauses)} pauses")


class Directories(DurableBank):
    def failed(self, number, *options):
        branch = self.start_branch(number, *options)
        self.assertEqual(branch.wait(), 1)
        return branch.err

    def test_are_made_on_purpose_and_belong_to_one_branch_and_one_process(self):
        self.assertIn("holds no journal; --create makes one", self.failed(1))
        first = self.start_branch(1, "--create")
        self.choose_ports()
        self.assertIn("another process uses this data directory", self.failed(1))
        first.signal(signal.SIGTERM)
        self.assertEqual(first.wait(), 0)
        self.assertIn("cannot be made a data directory", self.failed(1, "--create"))


if __name__ == "__main__":
    main()
