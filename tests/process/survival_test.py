#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A bank whose branches keep their journals on disk, and are killed or paused while customers go
from branch to branch, repeat calls at others, give writes up, and come back after a while. What was
acknowledged stands, once, what was refused has no effect, and no answer ever shows a wrong balance.
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

import grpc

from bank_calls import MAY_COME_BACK, Answer, Branch, RequestId, positions
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

# How often a customer does what only some do.
COMES_BACK = 0.1
GIVES_UP = 0.3
GOES_ELSEWHERE = 0.5
# A write that stands: its position in the log of its branch, what it did to the balance in cents,
# and how it was asked for and answered. The balance is None where its own branch did not tell it.
Accepted = collections.namedtuple("Accepted", "position delta method request_id amount balance")
# A write that has no effect for ever, and as what it was refused.
Refused = collections.namedtuple("Refused", "result method request_id amount")
FOR_EVER = ("INSUFFICIENT_FUNDS", "ABANDONED")
# An Answer, and the branch that gave it.
At = collections.namedtuple("At", (*Answer._fields, "place"))
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
    under the same id, a write also at other branches; gives up some writes that had no effect so
    far; asks again for some that were decided long ago; and fails on an answer that breaks a
    promise."""

    def __init__(self, number, addresses, history, least_shown, closing, timeouts):
        self.number = number
        self.chance = random.Random(SEED * 1000 + number)
        client = {"customer": number, "session": SESSION}
        self.branches = {branch: Branch(address, history.calls_at(branch, client))
                         for branch, address in addresses.items()}
        self.least_shown = least_shown
        self.least = {}  # what each branch had shown when the latest request was begun
        self.closing = closing
        self.timeouts = timeouts
        self.newest = 0  # the number of the newest request
        self.passbook = b""
        self.accepted = []
        self.refused = []
        self.shown = []
        self.results = collections.Counter()
        self.repeated = 0
        self.elsewhere = collections.Counter()  # answers at other branches than the id's
        self.given_up = collections.Counter()
        self.old_answers = collections.Counter()

    def live(self):
        while not self.closing.is_set():
            if self.chance.random() < COMES_BACK:
                self.come_back()
            else:
                self.act()

    def leave(self):
        """Ends what is under way."""
        for branch in self.branches.values():
            branch.close()

    def act(self):
        branch = self.chance.choice(list(self.branches))
        self.newest += 1
        request_id = RequestId(branch, self.number, SESSION, self.newest)
        method = self.chance.choice(["query", "deposit", "withdraw"])
        if method == "query":
            self.ask(method, request_id)
        else:
            # Often more than the branch has rights to, and now and then more than the bank has.
            most = {"deposit": 15000, "withdraw": 30000}[method]
            self.ask(method, request_id, self.chance.randint(1, most))

    def ask(self, method, request_id, *amount):
        how = {"ack": self.chance.choice(ACKS)} if amount else {}
        # A later call may join the first, whose write shows what was applied when it was accepted.
        self.least = {branch: self.least_shown.at(branch) for branch in self.branches}
        answer, attempts = self.answer(method, request_id, *amount, **how)
        if amount and answer.result == "UNAVAILABLE" and self.chance.random() < GIVES_UP:
            answer, attempts = self.answer(method, request_id, *amount, before=attempts, **how)
        if amount and answer.result == "UNAVAILABLE" and (
                attempts > 1 or self.chance.random() < GIVES_UP):
            # An earlier call that got no answer may be on its way.
            answer, attempts = self.give_up(method, request_id, attempts, answer)
        self.repeated += attempts > 1
        self.results[method, answer.result] += 1
        if not amount:
            return
        if answer.result in ("OK", "UNCONFIRMED"):
            delta = amount[0] if method == "deposit" else -amount[0]
            at_home = answer.place == request_id.branch
            self.accepted.append(Accepted(answer.entry, delta, method, request_id, amount[0],
                                          answer.balance if at_home else None))
        elif answer.result in FOR_EVER:
            self.refused.append(Refused(answer.result, method, request_id, amount[0]))

    def answer(self, method, request_id, *amount, before=0, **how):
        """The first answer that decides a call, or says that it had no effect so far, and how many
        attempts it took, with those before. After one that says nothing, a write is asked for at
        any branch, or given up."""
        end = time.monotonic() + PATIENCE
        place = request_id.branch
        for attempts in itertools.count(before + 1):
            answer = self.attempt(place, method, request_id, *amount, attempts=attempts, **how)
            if answer and answer.result != "UNKNOWN":
                return answer, attempts
            if time.monotonic() > end:
                raise AssertionError(f"no answer: {method} {request_id} {amount}: {answer}")
            if amount and self.chance.random() < GIVES_UP:
                return self.give_up(method, request_id, attempts)
            elsewhere = method != "query" and self.chance.random() < GOES_ELSEWHERE
            place = self.chance.choice(list(self.branches)) if elsewhere else request_id.branch

    def give_up(self, method, request_id, attempts, so_far=None):
        """Gives up a write of which it is not known that it had an effect. Of one that was called
        once, and had none so far, no other call can have come between."""
        answer, after = self.answer("abandon", request_id, before=attempts)
        if so_far and attempts == 1 and answer.result != "ABANDONED":
            raise AssertionError(f"{method} {request_id} was called once, and answered {so_far}; "
                                 f"then given up, and answered {answer}")
        self.given_up[answer.result] += 1
        return answer, after

    def attempt(self, place, method, request_id, *amount, attempts=1, **how):
        """One call at a branch, with what every answer must keep to: the answer and its place, or
        None when there is none."""
        home = request_id.branch
        try:
            answer = getattr(self.branches[place], method)(
                request_id, *amount, passbook=self.passbook,
                timeout=self.chance.choice(self.timeouts), **how)
        except grpc.RpcError as error:
            if error.code() not in MAY_COME_BACK:
                raise
            return None
        before, after = positions(self.passbook), positions(answer.passbook)
        what = f"{method} {request_id} {amount} {how} at {place}: {answer}, attempt {attempts}"
        if not (covers(after.reads, before.reads) and covers(after.writes, before.writes)):
            raise AssertionError(f"the passbook went back: {what}\n{before}\n{after}")
        if method == "query" and answer.result == "OK" and not covers(after.reads, after.writes):
            raise AssertionError(f"a query missed the customer's own write: {what}\n{after}")
        if answer.result not in self.possible(place, method, request_id, attempts):
            raise AssertionError(f"no such answer should be: {what}")
        self.passbook = answer.passbook
        self.elsewhere.update([answer.result] if place != home else [])
        if answer.result in ("OK", "UNCONFIRMED") and method != "query":
            origin, sequence = answer.entry
            if origin[0] != home or after.writes[origin] < sequence:
                raise AssertionError(f"accepted elsewhere: {what}\n{after}")
            # One of which only its branch's word is here, but not its entry, is not marked.
            if answer.result == "OK" and place != home and not answer.replayed:
                raise AssertionError(f"accepted by two branches: {what}")
        if answer.balance is not None:
            if answer.balance < 0:
                raise AssertionError(f"a balance below zero: {what}")
            least = self.least[place]
            if not covers(after.reads, least):
                raise AssertionError(f"branch {place} forgot what it had shown: {what}\n{least}")
            self.least_shown.raise_to(place, after.reads)
            # A write asked for again shows the balance of the first time, and what is applied now.
            if attempts == 1:
                # A write's passbook names its whole block, its balance is that right after its
                # entry.
                exactly = dict([answer.entry]) if answer.entry else {}
                self.shown.append(Shown(answer.balance, {**after.reads, **exactly}, what))
        return At(*answer, place)

    @staticmethod
    def possible(place, method, request_id, attempts):
        """The answers that a call may get. An id is given up where it turns up elsewhere before its
        own branch has heard of it; or on purpose, which needs no time."""
        if method == "query":
            return {"OK", "UNAVAILABLE"}
        results = {"OK", "UNCONFIRMED", "UNKNOWN"}
        if method != "abandon":
            results.add("UNAVAILABLE")
        if method == "abandon" or place != request_id.branch or attempts > 1:
            results.add("ABANDONED")
        if method != "deposit":
            results.add("INSUFFICIENT_FUNDS")
        return results

    def come_back(self):
        """Asks once more for a write that was decided, most often a late one."""
        decided = self.chance.choice([self.accepted, self.refused])
        if not decided:
            return
        write = self.chance.choice(decided[-20:] if self.chance.random() < 0.7 else decided)
        place = self.chance.choice(list(self.branches))
        answer = self.call_again(write, place)
        self.old_answers[answer.result if answer else "unanswered"] += 1

    def call_again(self, write, place):
        """The answer, which must be the one that there was, or None."""
        try:
            answer = getattr(self.branches[place], write.method)(
                write.request_id, write.amount, ack=self.chance.choice(ACKS),
                passbook=self.passbook, timeout=self.chance.choice(self.timeouts))
        except grpc.RpcError as error:
            if error.code() not in MAY_COME_BACK:
                raise
            return None
        wrong = self.other_than_before(write, place, answer)
        if wrong:
            raise AssertionError(f"{wrong}: {write} at {place}: {answer}")
        self.passbook = answer.passbook
        return answer

    def other_than_before(self, write, place, answer):
        """What is wrong with an answer to a write that was decided."""
        if answer.result == "TOO_OLD":
            return write.request_id.number > self.newest - WINDOW and "too old too early"
        if answer.result == "UNKNOWN":
            return place == write.request_id.branch and "unknown at its own branch"
        if not answer.replayed:
            return "not known to have been decided"
        if isinstance(write, Refused):
            return answer.result != write.result and "refused otherwise"
        if answer.result not in ("OK", "UNCONFIRMED") or answer.entry != write.position:
            return "accepted otherwise"
        own = place == write.request_id.branch and write.balance is not None
        return own and answer.balance != write.balance and "with another balance"

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
        self.customers = [
            Customer(number, addresses, self.history, least_shown, self.closing, timeouts)
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
        self.assert_decisions_stand()
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
        for what in ("elsewhere", "given_up", "old_answers"):
            answers = sum((getattr(customer, what) for customer in self.customers),
                          collections.Counter())
            print(f"{what.replace('_', ' ')}: " +
                  ", ".join(f"{count} {result}" for result, count in answers.most_common()),
                  file=sys.stderr)

    def assert_decisions_stand(self):
        """Asks for each write once more: the first answer comes again, or, of a session's older
        numbers, that it may stand; nothing happens, and in the end every branch has the opening and
        the sum of the writes."""
        accepted = [write for customer in self.customers for write in customer.accepted]
        refused = [write for customer in self.customers for write in customer.refused]
        right = OPENING + sum(write.delta for write in accepted)
        newest = {customer.number: customer.newest for customer in self.customers}
        with self.client_of(1) as first, self.client_of(2) as second, self.client_of(3) as third:
            at = {1: first, 2: second, 3: third}

            def again(write):
                return getattr(at[write.request_id.branch], write.method)(
                    write.request_id, write.amount, ack="all", timeout=30)

            with concurrent.futures.ThreadPoolExecutor(4) as pool:
                for write, answer in zip(accepted, pool.map(again, accepted)):
                    said = answer.result, answer.balance, answer.confirmed
                    balance = answer.balance if write.balance is None else write.balance
                    self.assertIn(said, [("OK", balance, 3)] +
                                  [("TOO_OLD", None, 0)] * self.is_old(write, newest), write)
                for write, answer in zip(refused, pool.map(again, refused)):
                    self.assertIn((answer.result, answer.replayed), [(write.result, True)] +
                                  [("TOO_OLD", False)] * self.is_old(write, newest), write)
            for number, branch in at.items():
                answer = branch.query(RequestId(number, 99, 1, 1))
                self.assertEqual((answer.result, answer.balance), ("OK", right), f"at {number}")

    @staticmethod
    def is_old(write, newest):
        return write.request_id.number <= newest[write.request_id.customer] - WINDOW

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
        self.open(timeouts=(0.1, 2.0, 10.0))
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
