# SPDX-License-Identifier: Apache-2.0
"""What somebody who opens a Propagate stream does wrong: the stream ends, nothing changes, and the
branches find each other again if the stranger took the place of one."""

import queue

import grpc

from bank_calls import message
from busy_bank import BusyBank
from support import main, wait_until

PROPAGATE = "/passbook.v1.ReplicationService/Propagate"
FAR = 10**12


def peer_message(**kind):
    return message("PeerMessage")(**kind)


def origin(branch, incarnation=1):
    return {"branch": branch, "incarnation": incarnation}


def entries(branch, sequence, **change):
    """One entry at a position, with a change of account 1 unless it names another."""
    for fields in change.values():
        fields.setdefault("account", 1)
    entry = {"id": {"origin": origin(branch), "sequence": sequence}, "stamp": 1, **change}
    return peer_message(entries={"entries": [entry]})


class Stream:
    """An open stream to a branch; what is sent together arrives together."""

    def __init__(self, channel):
        self.outgoing = queue.Queue()
        self.call = channel.stream_stream(PROPAGATE)(iter(self.outgoing.get, None), timeout=60)

    def send(self, *messages):
        request = message("PropagateRequest")(messages=messages)
        self.outgoing.put(request.SerializeToString())

    def send_bytes(self, words):
        self.outgoing.put(words)

    def end(self):
        """How the branch ended the stream."""
        try:
            for _ in self.call:
                pass
            return "OK"
        except grpc.RpcError as error:
            return error.code().name
        finally:
            self.outgoing.put(None)


class Peers(BusyBank):
    """The stranger is at branch 1."""

    def setUp(self):
        super().setUp()
        self.bank_id = message("PassbookContent").FromString(
            self.at[1].query(self.new_id(1)).passbook).bank
        self.next_of_3 = self.before[3, 1] + 1

    def open(self):
        return Stream(self.new_client(1, self.peer_address(1)).channel)

    def hello(self, branch, bank=None):
        have = [{"origin": origin(*at), "sequence": sequence}
                for at, sequence in self.before.items()]
        return peer_message(hello={"bank": bank or self.bank_id, "from": origin(branch),
                                   "have": {"positions": have}})

    def check_refused(self, why, *messages):
        stream = self.open()
        stream.send(*messages)
        self.check_ended(stream)
        wait_until(lambda: why in self.branches[1].err, f"the log says: {why}")
        self.check_that_nothing_else_happened()

    def check_ended(self, stream):
        self.assertEqual(stream.end(), "CANCELLED", self.branches[1].err)


class WrongListener(Peers):
    """What belongs at another listener is refused there, and changes nothing."""

    def check_told(self, error, here, needed):
        self.assertEqual(error.code(), grpc.StatusCode.UNIMPLEMENTED)
        self.assertEqual(error.details(), f"this is the listener for {here}; {needed}")

    def test_a_customer_can_not_pose_as_a_peer(self):
        for here, address in (("customers", self.address(1)),
                              ("operators", self.operator_address(1))):
            stream = Stream(self.new_client(1, address).channel)
            stream.send(self.hello(3), entries(3, self.next_of_3, deposit={"amount": 5}))
            with self.assertRaises(grpc.RpcError) as told:
                next(stream.call)
            self.check_told(told.exception, here, "peers need the one of --listen-peers")
        self.check_that_nothing_else_happened()

    def test_neither_customers_nor_peers_can_seal_a_branch(self):
        request = message("SealRequest")(bank=self.bank_id, branch=2, next=2)
        for here, address in (("customers", self.address(1)), ("peers", self.peer_address(1))):
            seal = self.new_client(1, address).channel.unary_unary(
                "/passbook.v1.OperatorService/Seal")
            with self.assertRaises(grpc.RpcError) as told:
                seal(request.SerializeToString(), timeout=30)
            self.check_told(told.exception, here, "operators need the one of --listen-operators")
        self.check_that_nothing_else_happened()

    def test_customers_are_not_served_among_peers_and_operators(self):
        for here, address in (("peers", self.peer_address(1)),
                              ("operators", self.operator_address(1))):
            with self.assertRaises(grpc.RpcError) as told:
                self.new_client(1, address).deposit(self.new_id(1), 5)
            self.check_told(told.exception, here, "customers need the one of --listen")
        self.check_that_nothing_else_happened()


class Strangers(Peers):
    def test_who_say_no_hello_are_not_listened_to(self):
        stream = self.open()
        stream.send(entries(3, self.next_of_3, deposit={"amount": 5}),
                    peer_message(totals_request={"account": 1, "round": 1}),
                    peer_message(progress={"reports": [
                        {"branch": 3, "position": {"origin": origin(1), "sequence": FAR}}]}))
        self.check_ended(stream)
        self.check_that_nothing_else_happened()

    def test_of_another_bank(self):
        self.check_refused("branch 3 is of another bank", self.hello(3, self.bank_id + 1))

    def test_who_are_no_branch_of_the_bank(self):
        self.check_refused("a peer calls itself branch 9", self.hello(9))

    def test_who_claim_to_be_the_branch_itself(self):
        self.check_refused("a peer calls itself branch 1", self.hello(1))

    def test_who_speak_no_peer_messages(self):
        nobody = {"hello": {"bank": self.bank_id, "from": origin(0)}}
        for words in (b"\xff\xff\xff\xff", b"\x0a\x00",
                      message("PropagateRequest")(messages=[nobody]).SerializeToString()):
            with self.subTest(words):
                stream = self.open()
                stream.send_bytes(words)
                self.check_ended(stream)
        self.check_that_nothing_else_happened()

    def test_who_speak_too_much_at_once(self):
        stream = self.open()
        stream.send_bytes(message("PropagateRequest")(
            messages=[{"entries": {}}] * (2 << 20)).SerializeToString())
        self.assertIn(stream.end(), ("CANCELLED", "RESOURCE_EXHAUSTED"))
        self.check_that_nothing_else_happened()


class KnownBranch(Peers):
    """Says a right Hello as branch 3."""

    def test_that_leaves_a_gap(self):
        self.check_refused("branch 3 sent entries out of order", self.hello(3),
                           entries(3, self.next_of_3 + 1, deposit={"amount": 5}))

    def test_that_sends_entries_of_the_branch_itself(self):
        self.check_refused("branch 3 sent this branch's own entries", self.hello(3),
                           entries(1, self.before[1, 1] + 1, deposit={"amount": 5}))

    def test_that_sends_amounts_that_are_none(self):
        for change in ("deposit", "withdrawal", "grant"):
            for amount in (0, -5, -2**63):
                with self.subTest(change, amount=amount):
                    fields = {"amount": amount}
                    if change == "grant":
                        fields["to"] = origin(2)
                    stream = self.open()
                    stream.send(self.hello(3), entries(3, self.next_of_3, **{change: fields}))
                    self.check_ended(stream)
        self.check_that_nothing_else_happened()

    def check_not_applied(self, entry):
        stream = self.open()
        stream.send(self.hello(3), entry)
        self.check_ended(stream)
        self.check_that_nothing_else_happened()

    def test_that_sends_a_deposit_of_an_unknown_origin(self):
        self.check_not_applied(entries(9, 1, deposit={"amount": 5}))

    def test_that_sends_a_withdrawal_of_an_unknown_origin(self):
        self.check_not_applied(entries(9, 1, withdrawal={"amount": 5}))

    def test_that_sends_a_deposit_to_an_unknown_account(self):
        self.check_not_applied(entries(3, self.next_of_3, deposit={"amount": 5, "account": 9}))

    def test_that_sends_a_withdrawal_beyond_its_rights(self):
        self.check_not_applied(entries(3, self.next_of_3, withdrawal={"amount": 200_00}))

    def test_that_sends_a_deposit_beyond_what_a_ledger_holds(self):
        self.check_not_applied(entries(3, self.next_of_3, deposit={"amount": 2**63 - 1}))

    def test_that_sends_a_grant_to_an_unknown_branch(self):
        self.check_not_applied(entries(3, self.next_of_3, grant={"amount": 5, "to": origin(9)}))

    def test_that_says_hello_twice(self):
        stream = self.open()
        stream.send(self.hello(3), self.hello(3))
        self.check_ended(stream)
        self.check_that_nothing_else_happened()

    def test_that_says_hello_after_it_was_refused(self):
        self.check_refused("branch 3 is of another bank", self.hello(3, self.bank_id + 1),
                           self.hello(3))

    def test_that_says_hello_as_another_as_well(self):
        """And hangs up at once."""
        stream = self.open()
        stream.send(self.hello(3), self.hello(2))
        stream.outgoing.put(None)
        self.assertIn(stream.end(), ("OK", "CANCELLED"))
        self.check_that_nothing_else_happened()


if __name__ == "__main__":
    main()
