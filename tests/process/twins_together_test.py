#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Two processes of one branch that both reach everybody, and what becomes of what they answered:
docs/survival.md promises that."""

import shutil
import threading

import grpc

from support import main, wait_until
from twins import Twins


class Customer(threading.Thread):
    """Deposits at a process of a branch until it is told to stop, whether it is answered or not."""

    def __init__(self, test, number, port):
        super().__init__()
        self.test = test
        self.number = number
        self.client = test.client_at(port)
        self.paid = {"majority": [], "all": []}
        self.going = True
        test.addCleanup(self.finish)
        self.start()

    def run(self):
        while self.going:
            ack = "all" if len(self.paid["majority"]) > len(self.paid["all"]) else "majority"
            request = self.test.new_id(self.number)
            try:
                answer = self.client.deposit(request, 1_00, ack, timeout=2)
            except grpc.RpcError:
                continue
            if answer.result == "OK":
                self.paid[ack].append((request, 1_00))

    def finish(self):
        self.going = False
        self.join()
        return self.paid


class Together(Twins):

    def meet(self, number, begin_twin):
        """Two processes of a branch while customers are at both: the first, the second, and what
        was acknowledged. One at least has ended."""
        first = self.branches[number]
        at_first = Customer(self, number, self.ports[number])
        wait_until(lambda: len(at_first.paid["all"]) > 3, "the customer is served")
        second = begin_twin()
        at_second = Customer(self, number, second.ports[0])
        wait_until(lambda: {first.process.poll(), second.process.poll()} != {None}, "one has ended")
        paid = at_first.finish(), at_second.finish()
        return first, second, [each for one in paid for ack in one.values() for each in ack]

    def assert_first_goes_on(self, first, second, paid, why):
        self.assertRegex(self.why_it_stopped(second), why)
        self.assertIsNone(first.process.poll(), first.err)
        self.assert_in_the_books(paid)

    def test_one_with_fresh_data_stops(self):
        self.start_bank(durable=True)
        for number in (1, 3):
            met = self.meet(number, lambda: self.start_twin(
                number, "--data-dir", f"fresh-{number}", "--create"))
            self.assert_first_goes_on(*met, "^FORK: .* which has only 0: .*; passbook recover "
                                            "rebuilds it$")

    def test_one_in_memory_stops(self):
        self.start_bank()
        for number in (1, 3):
            met = self.meet(number, lambda: self.start_twin(number))
            self.assert_first_goes_on(*met, "^FORK: .* which has only 0: .*; passbook branch "
                                            "--rejoin rebuilds it$")

    def test_one_with_an_old_copy_stops(self):
        self.start_bank(durable=True)
        for number in (1, 3):
            self.stop(self.branches[number])
            self.copy_data(number, f"old-{number}")
            self.restart(number)
            self.assert_ok(self.deposit(number, 1_00, "all"))
            met = self.meet(number,
                            lambda: self.start_twin(number, "--data-dir", f"old-{number}"))
            self.assert_first_goes_on(*met, "^FORK: .*; passbook recover rebuilds it$")

    def test_one_with_a_copy_of_a_directory_in_use_stops(self):
        """What the first has written since then is more than the second knows."""
        self.start_bank(durable=True)

        def begin_copy():
            self.copy_data(number, f"copy-{number}")
            self.assert_ok(self.deposit(number, 1_00, "all"))
            return self.start_twin(number, "--data-dir", f"copy-{number}")
        for number in (1, 3):
            met = self.meet(number, begin_copy)
            self.assert_first_goes_on(*met, "^FORK: .*; passbook recover rebuilds it$")

    def test_of_two_with_the_same_the_earlier_stops(self):
        """The second has a greater number, and could be the first one's restart."""
        self.start_bank(durable=True)
        for number in (1, 3):
            self.assert_ok(self.deposit(number, 1_00, "all"))
            paid = self.assert_ok(self.at[number].deposit(self.new_id(number), 2_00, "all"))
            self.copy_data(number, f"copy-{number}")
            second = self.start_twin(number, "--data-dir", f"copy-{number}")
            self.assertRegex(self.why_it_stopped(self.branches[number]),
                             r"^branch \d knows another process of this branch: number 2 \(.*\), "
                             r"and this is number 1 \(.*\)\. Two must not run at once")
            goes_on = self.client_at(second.ports[0])
            shown = self.assert_ok(goes_on.query(self.new_id(number), passbook=paid.passbook))
            self.assertEqual(shown.balance, paid.balance)
            self.assert_ok(goes_on.deposit(self.new_id(number), 1_00, "all"))
            self.stop(second)
            shutil.rmtree(self.data(number))
            (self.folder / f"copy-{number}").rename(self.data(number))
            self.restart(number)
            self.wait_until_all_show(paid.balance + 1_00)


if __name__ == "__main__":
    main()
