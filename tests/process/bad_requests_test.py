# SPDX-License-Identifier: Apache-2.0
"""What clients do wrong over the wire: each gets a clear answer, nothing changes, and nobody else
notices."""

import concurrent.futures
import functools
import resource
import socket

import grpc

from bank_calls import BANK, message
from busy_bank import BusyBank
from support import main
from three_branches import EVERYBODY, OPENING, ThreeBranches

MOST = 2**63 - 1
METHODS = ("Query", "Deposit", "Withdraw")
FAR = 10**12


def passbook(bank, *reads):
    """One that holds positions, each a branch, an incarnation and a sequence number."""
    return checked(message("PassbookContent")(bank=bank, reads={"positions": [
        {"origin": {"branch": branch, "incarnation": incarnation}, "sequence": sequence}
        for branch, incarnation, sequence in reads]}))


def checked(content):
    """The bytes of a passbook that is whole."""
    content.check = 0
    content.check = fnv1a(content.SerializeToString())
    return content.SerializeToString()


def fnv1a(data):
    return functools.reduce(lambda value, byte: (value ^ byte) * 0x100000001b3 % 2**64, data,
                            0xcbf29ce484222325)


class BadRequests(BusyBank):
    def setUp(self):
        super().setUp()
        self.offender = self.new_client(1)

    def ask(self, method, account=1, header=None, timeout=10.0, **fields):
        """A call at branch 1, correct but for what the test says: the answer's header."""
        header = {"id": self.new_id(1)._asdict(), **(header or {})}
        if method != "Query":
            fields.setdefault("amount", 1)
        request = message(f"{method}Request")(header=header, account=account, **fields)
        answer = self.at[1].methods[method](request, timeout=timeout)
        result = message("AnswerHeader").DESCRIPTOR.fields_by_name["result"].enum_type
        return (result.values_by_number[answer.header.result].name.removeprefix("RESULT_"),
                list(answer.header.unreached))

    def send(self, path, request, metadata=None):
        """A call at branch 1 with bytes for a request, which must fail: its status and details."""
        call = self.offender.channel.unary_unary(path)
        with self.assertRaises(grpc.RpcError) as caught:
            call(request, timeout=30, metadata=metadata)
        return caught.exception.code().name, caught.exception.details()

    def test_an_unknown_account(self):
        for method in METHODS:
            for account in (0, 2, 2**64 - 1):
                self.assertEqual(self.ask(method, account), ("UNKNOWN_ACCOUNT", []))
        self.check_that_nothing_else_happened()

    def test_an_impossible_amount(self):
        for method in ("Deposit", "Withdraw"):
            for amount in (0, -1, -MOST - 1):
                self.assertEqual(self.ask(method, amount=amount), ("BAD_AMOUNT", []))
            for amount in (MOST, MOST // 3):
                self.assertEqual(self.ask(method, amount=amount), ("OVERFLOW", []))
        self.check_that_nothing_else_happened()

    def test_a_passbook_that_is_none_of_this_bank(self):
        right = self.at[1].query(self.new_id(1)).passbook
        bank = message("PassbookContent").FromString(right).bank
        for wrong in (b"\xff" * 40, b"passbook", right[:-1], right + b"\x0a",
                      passbook(bank + 1, (1, 1, 1)), passbook(0, (1, 1, 1)),
                      passbook(bank, (9, 1, 1)), passbook(bank, (0, 1, 1)),
                      passbook(bank, (1, 0, 1)), passbook(bank, (1, 1, 0)),
                      passbook(bank, (2, 1, 1), (1, 1, 1)), passbook(bank, (1, 1, 1), (1, 1, 2)),
                      passbook(bank, *((2, life, 1) for life in range(1, 4 * 3 + 64 + 2)))):
            for method in METHODS:
                with self.subTest(method, wrong=wrong):
                    self.assertEqual(self.ask(method, header={"passbook": wrong}),
                                     ("INVALID_PASSBOOK", []))
        self.check_that_nothing_else_happened()

    def test_a_passbook_of_another_history(self):
        content = message("PassbookContent").FromString(self.at[1].query(self.new_id(1)).passbook)
        self.assertTrue(content.reads.positions)
        self.assertEqual(self.ask("Query", header={"passbook": checked(content)}), ("OK", []))
        for position in content.reads.positions:
            position.tag ^= 1
        branches = sorted({position.origin.branch for position in content.reads.positions})
        for method in METHODS:
            self.assertEqual(self.ask(method, header={"passbook": checked(content)}),
                             ("UNAVAILABLE", branches))
        self.check_that_nothing_else_happened()

    def test_a_passbook_from_the_future(self):
        bank = message("PassbookContent").FromString(
            self.at[1].query(self.new_id(1)).passbook).bank
        cases = [(method, *case) for method in METHODS for case in (
            ([(3, 1, FAR)], [3]), ([(1, 1, 2**64 - 1)], [1]), ([(2, 7, 1)], [2]),
            ([(2, 1, FAR), (3, 1, FAR)], [2, 3]))]
        with concurrent.futures.ThreadPoolExecutor(len(cases)) as pool:
            answers = list(pool.map(
                lambda case: self.ask(case[0], header={"passbook": passbook(bank, *case[1])},
                                      timeout=2), cases))
        self.assertEqual(answers, [("UNAVAILABLE", missing) for _, _, missing in cases])
        self.check_that_nothing_else_happened()

    def test_a_write_whose_id_names_another_branch_or_none(self):
        for method in ("Deposit", "Withdraw"):
            nowhere = {**self.new_id(1)._asdict(), "branch": 9}
            request = message(f"{method}Request")(header={"id": nowhere}, account=1, amount=1)
            self.assertEqual(self.send(f"/{BANK}/{method}", request.SerializeToString()),
                             ("INVALID_ARGUMENT", "header.id.branch: there is no branch 9"))
            known = self.new_id(2)._asdict()
            for _ in range(2):  # branch 2 knows nothing of it, and from then on never will
                self.assertEqual(self.ask(method, header={"id": known}), ("ABANDONED", []))
        self.check_that_nothing_else_happened()

    def test_an_id_with_a_part_left_out(self):
        whole = self.new_id(1)._asdict()
        for method in ("Deposit", "Withdraw", "Abandon"):
            for part in ("branch", "customer", "session", "number"):
                fields = {} if method == "Abandon" else {"account": 1, "amount": 1}
                request = message(f"{method}Request")(header={"id": {**whole, part: 0}}, **fields)
                self.assertEqual(self.send(f"/{BANK}/{method}", request.SerializeToString()),
                                 ("INVALID_ARGUMENT", f"header.id.{part} must not be 0"))
        self.check_that_nothing_else_happened()

    def test_no_id(self):
        for method in METHODS:
            for request in (message(f"{method}Request")(account=1),
                            message(f"{method}Request")(account=1, header={"passbook": b""})):
                self.assertEqual(self.send(f"/{BANK}/{method}", request.SerializeToString()),
                                 ("INVALID_ARGUMENT", "the request has no header.id"))
        self.check_that_nothing_else_happened()

    def test_bytes_that_are_no_request(self):
        """More often than there are places for calls, so that none may be lost."""
        for method in METHODS:
            for _ in range(200):
                status, _ = self.send(f"/{BANK}/{method}", b"\xff\xff\xff\xff")
                self.assertEqual(status, "INTERNAL")
        for method in METHODS:
            self.assertEqual(self.ask(method, account=2), ("UNKNOWN_ACCOUNT", []))
        self.check_that_nothing_else_happened()

    def test_too_much(self):
        large = message("DepositRequest")(header={
            "id": self.new_id(1)._asdict(), "passbook": bytes(5 << 20)}).SerializeToString()
        for _ in range(100):
            status, details = self.send(f"/{BANK}/Deposit", large)
            self.assertEqual(status, "RESOURCE_EXHAUSTED")
            self.assertIn("larger than max", details)
        status, _ = self.send(f"/{BANK}/Deposit", b"", metadata=[("much", "x" * (17 << 10))])
        self.assertEqual(status, "RESOURCE_EXHAUSTED")
        self.assertEqual(self.ask("Deposit", account=2), ("UNKNOWN_ACCOUNT", []))
        self.check_that_nothing_else_happened()

    def test_a_method_that_there_is_not(self):
        for path, why in ((f"/{BANK}/Steal", f"there is no method /{BANK}/Steal"),
                          ("/passbook.v1.Nothing/Query", 'there is no service "passbook.v1.Nothing"'),
                          ("/", 'there is no service ""'), ("/no.slash", 'no service "no.slash"')):
            for _ in range(100):
                status, details = self.send(path, b"")
                self.assertEqual(status, "UNIMPLEMENTED")
                self.assertIn(why, details)
        self.check_that_nothing_else_happened()


class BadConnections(BusyBank):
    def connect(self, first_bytes=b""):
        plug = socket.create_connection(("127.0.0.1", self.ports[1]))
        self.addCleanup(plug.close)
        plug.sendall(first_bytes)
        return plug

    def check_service_at_branch_1(self):
        for method in ("deposit", "withdraw"):
            answer = getattr(self, method)(1, 0)
            self.assertEqual(answer.result, "BAD_AMOUNT")
        with self.new_client(1) as newcomer:
            self.assertEqual(newcomer.query(self.new_id(1)).result, "OK")

    def test_a_thousand_that_say_nothing(self):
        allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, allowed)
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed[1], allowed[1]))
        for _ in range(1000):
            self.connect()
        self.check_service_at_branch_1()
        self.check_that_nothing_else_happened()

    def test_some_that_say_what_is_no_http2(self):
        preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
        frame = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
        for words in (preface[:12], preface, preface + frame[:5], preface + b"\xff" * 1000,
                      b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", bytes(100_000)):
            self.connect(words)
            self.connect(words).close()
        self.check_service_at_branch_1()
        self.check_that_nothing_else_happened()


class FullLedger(ThreeBranches):
    def test_takes_no_cent_more(self):
        """Each branch may take in its share of what a ledger can hold, so that no sum overflows."""
        self.start_bank()
        headroom = (MOST - OPENING) // 3 - 1
        for number in EVERYBODY:
            self.assertEqual(self.deposit(number, headroom + 1).result, "OVERFLOW")
            self.assertEqual(self.deposit(number, headroom, "all").result, "OK")
        for number in EVERYBODY:
            for amount in (1, MOST):
                self.assertEqual(self.deposit(number, amount).result, "OVERFLOW")
        self.wait_until_all_show(OPENING + 3 * headroom)


if __name__ == "__main__":
    main()
