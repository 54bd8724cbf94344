# SPDX-License-Identifier: Apache-2.0
"""What somebody who opens a Propagate stream does wrong: the stream ends, nothing changes, and the
branches find each other again if the stranger took the place of one. Two things are believed of
whoever speaks for a branch, because to go on would be worse: that a log has two histories, which
freezes it, and that this branch has lost some of its own, which stops it."""

import contextlib
import functools
import queue
import re
import signal

import grpc

import blocks
from bank_calls import RequestId, message
from blocks import row
from busy_bank import BusyBank
from support import main, wait_until

PROPAGATE = "/passbook.v1.ReplicationService/Propagate"
FAR = 10**12


def peer_message(**kind):
    return message("PeerMessage")(**kind)


def origin(branch, incarnation=1):
    return {"branch": branch, "incarnation": incarnation}


def tagged(branch, sequence, tag=0):
    return {"position": {"origin": origin(branch), "sequence": sequence}, "tag": tag}


def sent(*blocks_of_it):
    return peer_message(blocks={"blocks": blocks_of_it})


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

    def heard(self):
        """What the branch says, one message after another, until it ends the stream. It is
        answered where it wants to know how far away this is."""
        try:
            for words in self.call:
                for said in message("PropagateResponse").FromString(words).messages:
                    if said.heartbeat.asks:
                        self.send(peer_message(heartbeat={"answers": True}))
                    yield said
        except grpc.RpcError:
            pass

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

    def leave(self):
        self.outgoing.put(None)
        self.call.cancel()


class Peers(BusyBank):
    """The stranger is at branch 1. Whoever opens a stream to a branch hears in its Hello which
    process it is and how its logs end; so the stranger can say the same as any of them, and is
    taken for a newer stream of the process that it poses as. That process opens another after it.
    """

    def setUp(self):
        super().setUp()
        said = self.first_word(1).hello
        self.bank_id = said.bank
        self.have = list(said.have)
        self.next_of_3 = self.before[3, 1] + 1

    def open(self, number=1):
        return Stream(self.new_client(number, self.peer_address(number)).channel)

    def first_word(self, number):
        """What a branch says to somebody of whom it knows nothing."""
        stream = self.open(number)
        try:
            return next(stream.heard())
        finally:
            stream.leave()

    @functools.cached_property
    def processes(self):
        """(counter, nonce) of each branch's, by its own word."""
        said = {number: self.first_word(number).hello.process for number in self.branches}
        return {number: (process.counter, process.nonce) for number, process in said.items()}

    @functools.cached_property
    def digest_of_3(self):
        """That of the last block of branch 3. In a Hello stand only eight bytes of it, but whoever
        has nothing of that log is sent the block."""
        def sent_to_one_with_nothing():
            stream = self.open()
            stream.send(hello)
            try:
                for said in stream.heard():
                    for words in said.blocks.blocks:
                        if blocks.end(words) == (3, 1, self.before[3, 1]):
                            return words
            finally:
                stream.leave()

        process = self.processes[2]
        with self.paused(2):  # or it would soon be back, perhaps before the block is there
            # A branch that lacks some of its own log is not heard, and customers go on writing.
            own = [at for at in self.first_word(1).hello.have if at.position.origin.branch == 2]
            hello = self.hello(2, process=process, have=own)
            digest = blocks.digest(wait_until(sent_to_one_with_nothing, "the block is sent"))
        self.assertIn(message("TaggedPosition")(**tagged(3, self.before[3, 1], blocks.tag(digest))),
                      self.have)
        return digest

    def block(self, *rows, branch=3, first=None, process=None, **how):
        """The next of branch 3, or one that is not."""
        how.setdefault("previous", self.digest_of_3)
        return blocks.block((branch, 1), process or self.processes[3], first or self.next_of_3,
                            rows, **how)

    def hello(self, branch, bank=None, process=None, have=None):
        """As that branch says it. A branch that is none must do with a process of its own."""
        counter, nonce = process or self.processes.get(branch, (1, 1))
        return peer_message(hello={"bank": bank or self.bank_id, "from": origin(branch),
                                   "have": self.have if have is None else have,
                                   "process": {"counter": counter, "nonce": nonce}})

    @contextlib.contextmanager
    def paused(self, number):
        self.branches[number].signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.branches[number].signal(signal.SIGCONT)

    def check_refused(self, why, *messages):
        stream = self.open()
        stream.send(*messages)
        self.check_ended(stream)
        self.wait_until_logged(why)
        self.check_that_nothing_else_happened()

    def wait_until_logged(self, words):
        wait_until(lambda: words in self.branches[1].err, f"the log says: {words}")

    def check_ended(self, stream):
        self.assertEqual(stream.end(), "CANCELLED", self.branches[1].err)


class WrongListener(Peers):
    """What belongs at another listener is refused there, and changes nothing."""

    def check_told(self, error, here, needed):
        self.assertEqual(error.code(), grpc.StatusCode.UNIMPLEMENTED)
        self.assertEqual(error.details(), f"this address serves {here}; {needed}")

    def test_a_customer_can_not_pose_as_a_peer(self):
        for here, address in (("customers", self.address(1)),
                              ("operators", self.operator_address(1))):
            stream = Stream(self.new_client(1, address).channel)
            stream.send(self.hello(3), sent(self.block(row("deposit", 5))))
            with self.assertRaises(grpc.RpcError) as told:
                next(stream.call)
            self.check_told(told.exception, here,
                            "peers must use the address given by --listen-peers")
        self.check_that_nothing_else_happened()

    def test_neither_customers_nor_peers_can_seal_a_branch(self):
        request = message("SealRequest")(bank=self.bank_id, branch=2, next=2)
        for here, address in (("customers", self.address(1)), ("peers", self.peer_address(1))):
            seal = self.new_client(1, address).channel.unary_unary(
                "/passbook.v1.OperatorService/Seal")
            with self.assertRaises(grpc.RpcError) as told:
                seal(request.SerializeToString(), timeout=30)
            self.check_told(told.exception, here,
                            "operators must use the address given by --listen-operators")
        self.check_that_nothing_else_happened()

    def test_customers_are_not_served_among_peers_and_operators(self):
        for here, address in (("peers", self.peer_address(1)),
                              ("operators", self.operator_address(1))):
            with self.assertRaises(grpc.RpcError) as told:
                self.new_client(1, address).deposit(self.new_id(1), 5)
            self.check_told(told.exception, here,
                            "customers must use the address given by --listen")
        self.check_that_nothing_else_happened()


class Strangers(Peers):
    def test_who_say_no_hello_are_not_listened_to(self):
        stream = self.open()
        stream.send(sent(self.block(row("deposit", 5))),
                    peer_message(totals_request={"account": 1, "round": 1}),
                    peer_message(progress={"branches": [1], "sequences": [FAR], "tags": [1]}))
        self.check_ended(stream)
        self.check_that_nothing_else_happened()

    def test_of_another_bank(self):
        self.check_refused("branch 3 belongs to another bank", self.hello(3, self.bank_id + 1))

    def test_who_are_no_branch_of_the_bank(self):
        self.check_refused("a peer calls itself branch 9", self.hello(9))

    def test_who_claim_to_be_the_branch_itself(self):
        self.check_refused("a peer calls itself branch 1", self.hello(1))

    def test_who_speak_no_peer_messages(self):
        nobody = self.hello(0)
        no_process = self.hello(3, process=(0, 1))
        descending = self.hello(3, have=self.have[::-1])
        for words in (b"\xff\xff\xff\xff", b"\x0a\x00",
                      *(message("PropagateRequest")(messages=[said]).SerializeToString()
                        for said in (nobody, no_process, descending))):
            with self.subTest(words):
                stream = self.open()
                stream.send_bytes(words)
                self.check_ended(stream)
        self.check_that_nothing_else_happened()

    def test_who_speak_too_much_at_once(self):
        stream = self.open()
        stream.send_bytes(message("PropagateRequest")(
            messages=[{"blocks": {}}] * (2 << 20)).SerializeToString())
        self.assertIn(stream.end(), ("CANCELLED", "RESOURCE_EXHAUSTED"))
        self.check_that_nothing_else_happened()


class KnownBranch(Peers):
    """Says a right Hello as branch 3, in the name of its process."""

    def test_that_leaves_a_gap(self):
        self.check_refused("branch 3 sent blocks out of order", self.hello(3),
                           sent(self.block(row("deposit", 5), first=self.next_of_3 + 1)))

    def test_that_sends_entries_of_the_branch_itself(self):
        own = self.block(row("deposit", 5), branch=1, first=self.before[1, 1] + 1,
                         process=self.processes[1])
        self.check_refused("branch 3 sent this branch's own entries", self.hello(3), sent(own))

    def test_that_sends_amounts_that_are_none(self):
        for change in ("deposit", "withdrawal", "grant"):
            for amount in (0, -5, -2**63):
                with self.subTest(change, amount=amount):
                    other = (2, 1) if change == "grant" else (0, 0)
                    self.check_ends(self.block(row(change, amount, other=other)))
        self.check_that_nothing_else_happened()

    def test_that_sends_bytes_that_are_no_block(self):
        """One bit of the header is wrong of a block that would be taken."""
        right = self.block(row("deposit", 5))
        for at in (blocks.FORMAT_AT, blocks.ENTRIES_AT, blocks.DEPENDENCIES_AT, blocks.REQUESTS_AT,
                   blocks.LABELS_AT, blocks.RESERVED_AT):
            for bit in (0, 7):
                with self.subTest(at=at, bit=bit):
                    self.check_ends(blocks.flipped(right, at, bit))
        self.check_that_nothing_else_happened()

    def check_ends(self, words):
        """By what was said, since nothing else can end it: the real branch 3 is paused meanwhile,
        and silence is called silence."""
        wait_until(lambda: self.log_of_3()[-1] == "connected to", "branch 3 is back")
        before = len(self.log_of_3())
        with self.paused(3):
            stream = self.open()
            stream.send(self.hello(3), sent(words))
            self.check_ended(stream)
            wait_until(lambda: "closed by the peer" in self.log_of_3()[before:],
                       "it ended as if it had been hung up")

    def log_of_3(self):
        """What branch 1 has said of its streams to it: that it is connected, or why no longer."""
        return [why or what for what, why in re.findall(
            r" info: (connected to|lost) branch 3 [^)]*\)(?:: (.*))?\n", self.branches[1].err)]

    def check_not_applied(self, words):
        stream = self.open()
        stream.send(self.hello(3), sent(words))
        self.check_ended(stream)
        self.check_that_nothing_else_happened()

    def test_that_sends_a_deposit_of_an_unknown_origin(self):
        self.check_not_applied(self.block(row("deposit", 5), branch=9, first=1,
                                          previous=blocks.NOTHING))

    def test_that_sends_a_withdrawal_of_an_unknown_origin(self):
        self.check_not_applied(self.block(row("withdrawal", 5), branch=9, first=1,
                                          previous=blocks.NOTHING))

    def test_that_sends_a_deposit_to_an_unknown_account(self):
        self.check_not_applied(self.block(row("deposit", 5, account=9)))

    def test_that_sends_a_withdrawal_beyond_its_rights(self):
        self.check_not_applied(self.block(row("withdrawal", 200_00)))

    def test_that_sends_a_deposit_beyond_what_a_ledger_holds(self):
        self.check_not_applied(self.block(row("deposit", 2**63 - 1)))

    def test_that_sends_a_grant_to_an_unknown_branch(self):
        self.check_not_applied(self.block(row("grant", 5, other=(9, 1))))

    def test_that_says_hello_twice(self):
        stream = self.open()
        stream.send(self.hello(3), self.hello(3))
        self.check_ended(stream)
        self.check_that_nothing_else_happened()

    def test_that_says_hello_after_it_was_refused(self):
        self.check_refused("branch 3 belongs to another bank", self.hello(3, self.bank_id + 1),
                           self.hello(3))

    def test_that_says_hello_as_another_as_well(self):
        """And hangs up at once."""
        stream = self.open()
        stream.send(self.hello(3), self.hello(2))
        stream.outgoing.put(None)
        self.assertIn(stream.end(), ("OK", "CANCELLED"))
        self.check_that_nothing_else_happened()


class SecondProcess(Peers):
    """Says a right Hello as branch 3, which runs and is connected, but as another process."""

    def test_is_told_to_stop_and_not_listened_to(self):
        counter, nonce = self.processes[3]
        twin = (counter, nonce ^ 1)
        stream = self.open()
        stream.send(self.hello(3, process=twin), sent(self.block(row("deposit", 5), process=twin)))
        told = [said for said in stream.heard() if said.HasField("dismissal")]
        self.assertEqual([(said.dismissal.counts.counter, said.dismissal.counts.nonce)
                          for said in told], [(counter, nonce)])
        self.wait_until_logged(
            f"two processes of branch 3: number {counter} ({nonce:x}) counts here, "
            f"number {counter} ({nonce ^ 1:x}) was told to stop")
        self.check_that_nothing_else_happened()


class Believed(Peers):
    """Says as branch 3, in the name of its process, what changes something."""

    def say(self, *messages):
        hello = self.hello(3)
        stream = self.open()
        self.addCleanup(stream.leave)
        stream.send(hello, *messages)

    def test_says_what_its_branch_might_have_said(self):
        """The blocks of this test are right when nothing about them is meant to be wrong. Branch 3
        has never written this one, and stops when it hears of it."""
        self.stop_customer()
        self.assertIsNone(self.trouble)
        request = RequestId(3, 9, 9, 1)
        of_2 = next(at for at in self.have if at.position.origin.branch == 2)
        right = self.block(row("deposit", 5, request=request),
                           row("withdrawal", 3, stamp_offset=1),
                           dependencies=[(2, 1, of_2.position.sequence, of_2.tag)])
        self.say(sent(right))
        self.assertEqual(self.branches[3].wait(), 1)
        self.assertIn(f" error: FORK: branch 1 has {self.next_of_3 + 1} entries of this branch",
                      self.branches[3].err)
        wait_until(lambda: self.shown(1)[1][3, 1] == self.next_of_3 + 1, "the block was taken")

    def test_says_that_it_is_of_the_far_future(self):
        """That moves no clock, and whoever has heard it goes on as before."""
        for clock in (2**60 + 1, 2**62, 2**64 - 1):
            self.say(peer_message(heartbeat={}, clock=clock))
        wait_until(lambda: self.branches[1].err.count("connected to branch 3") > 3,
                   "the stranger was heard, and branch 3 is back")
        self.assertLess(self.first_word(1).clock, 2**60)

    def test_continues_another_history(self):
        """Its block follows on another than the one that branch 1 has: the log is forked, which is
        named with both digests, and frozen. The others' money goes on."""
        forked = self.block(row("deposit", 5), previous=blocks.digest(b"another"))
        self.say(sent(forked))
        self.wait_until_logged(
            " error: FORK: there are two histories of branch 3 (incarnation 1): "
            f"here its entry {self.next_of_3 - 1} ends a block with digest "
            f"{self.digest_of_3.hex()[:16]}, at branch 3 entry {self.next_of_3} one with digest "
            f"{blocks.digest(forked).hex()[:16]}")
        self.check_that_nothing_else_happened()
        self.check_frozen()

    def test_has_another_block_in_the_same_place(self):
        self.say(sent(self.block(row("deposit", 5), first=self.next_of_3 - 1)))
        self.wait_until_logged(" error: FORK: there are two histories of branch 3 (incarnation 1)")
        self.check_that_nothing_else_happened()
        self.check_frozen()

    def check_frozen(self):
        """Branch 1 takes nothing more of branch 3, not even from others, who have two seconds to
        pass it on; all others do, and branch 1 takes all else."""
        answer = self.deposit(3, 7, "all", timeout=2)
        self.assertEqual((answer.result, answer.confirmed, answer.unreached),
                         ("UNCONFIRMED", 2, [1]))
        self.assertEqual(self.deposit(2, 11, "all").result, "OK")
        self.assertEqual(self.shown(1)[1][3, 1], self.before[3, 1])
        self.assertEqual(self.shown(2)[1][3, 1], self.next_of_3)
        self.assertEqual(self.ended(), "")

    def test_reports_entries_that_the_branch_does_not_have(self):
        """The branch has lost some of its log, or so it seems, and stops; the others go on."""
        self.stop_customer()
        self.assertIsNone(self.trouble)
        self.say(peer_message(progress={"branches": [1], "sequences": [FAR], "tags": [1]}))
        self.assertEqual(self.branches[1].wait(), 1)
        self.assertIn(f" error: FORK: branch 3 has {FAR} entries of this branch, which has only "
                      f"{self.before[1, 1]}: ", self.branches[1].err)
        self.assertEqual(self.deposit(2, 1, "majority").result, "OK")


if __name__ == "__main__":
    main()
