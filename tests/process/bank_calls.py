# SPDX-License-Identifier: Apache-2.0
"""Single calls at single branches: the test itself decides request ids, passbooks,
acknowledgement and deadlines, and sees what the wire says. Only `insist` repeats a call."""

import collections
import functools
import itertools
import subprocess
import time

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from support import PATIENCE, ROOT

PROTOS = ROOT / "src" / "wire" / "proto"
BANK = "passbook.v1.BankService"
ACCOUNT = 1
ALL_GUARANTEES = ("read_your_writes", "monotonic_writes", "monotonic_reads",
                  "writes_follow_reads")
# A killed branch is found again at once when it is back.
CHANNEL_OPTIONS = [("grpc.initial_reconnect_backoff_ms", 20), ("grpc.min_reconnect_backoff_ms", 20),
                   ("grpc.max_reconnect_backoff_ms", 100), ("grpc.use_local_subchannel_pool", 1)]
# Of a branch that is away or silent.
MAY_COME_BACK = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)

# Names a write for exactly-once, at a branch in one incarnation.
RequestId = collections.namedtuple("RequestId", "branch customer session number incarnation",
                                   defaults=[1])

# An AnswerHeader: the result without its prefix ("OK", "UNAVAILABLE", ...), the balance in cents
# or None, the new passbook, the ids of the branches that were missing, how many hold the write, the
# write's place in a log, ((branch, incarnation), sequence), or None, whether it tells an earlier
# decision, what new ids should name, where the id's origin is over, and in which second a new
# session should be opened, or 0.
Answer = collections.namedtuple(
    "Answer", "result balance passbook unreached confirmed entry replayed incarnation opens_at")

# What a passbook holds: {(branch, incarnation): sequence} of the customer's own writes, and of all
# that the branches had applied when they answered, each up to the end of a block.
Positions = collections.namedtuple("Positions", "writes reads")


@functools.lru_cache(None)
def message(name):
    """The class of a message of passbook.v1."""
    pool = messages()
    return message_factory.MessageFactory(pool).GetPrototype(
        pool.FindMessageTypeByName(f"passbook.v1.{name}"))


@functools.lru_cache(None)
def messages():
    protoc = subprocess.run(
        ["protoc", "-I", PROTOS, "--include_imports", "--descriptor_set_out=/dev/stdout",
         *sorted(PROTOS.rglob("*.proto"))], stdout=subprocess.PIPE, check=True)
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(protoc.stdout).file:
        pool.Add(file)
    return pool


def positions(passbook):
    """What the bytes of a passbook hold; those that a customer begins with hold nothing."""
    content = message("PassbookContent").FromString(passbook)
    return Positions(*({(at.origin.branch, at.origin.incarnation): at.sequence
                        for at in vector.positions}
                       for vector in (content.writes, content.reads)))


def insist(call):
    """Calls `call()`, which must ask for the same under the same id each time, until a branch that
    is away or silent has answered: the answer, and how many calls it took."""
    give_up = time.monotonic() + PATIENCE
    for attempt in itertools.count(1):
        try:
            return call(), attempt
        except grpc.RpcError as error:
            if error.code() not in MAY_COME_BACK or time.monotonic() > give_up:
                raise


class Branch:
    """A branch at an address. Every call gives an Answer or raises grpc.RpcError. A call waits for
    a branch that does not listen until `timeout`, in seconds, unless told not to. `calls`, of
    histories.py, write them down."""

    def __init__(self, address, calls=None):
        self.calls = calls
        self.channel = grpc.insecure_channel(address, CHANNEL_OPTIONS)
        self.methods = {name: self.method(name)
                        for name in ("Query", "Deposit", "Withdraw", "Abandon")}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.channel.close()

    def method(self, name):
        return self.channel.unary_unary(f"/{BANK}/{name}",
                                        lambda request: request.SerializeToString(),
                                        message(f"{name}Response").FromString)

    def query(self, request_id, **how):
        return self.call("Query", request_id, {"account": ACCOUNT}, **how)

    def abandon(self, request_id, **how):
        return self.call("Abandon", request_id, {}, **how)

    def deposit(self, request_id, amount, ack="all", **how):
        return self.write("Deposit", request_id, amount, ack, **how)

    def withdraw(self, request_id, amount, ack="all", **how):
        return self.write("Withdraw", request_id, amount, ack, **how)

    def write(self, name, request_id, amount, ack, **how):
        """`amount` is in cents, `ack` is "local", "majority" or "all"."""
        ack_level = f"ACK_LEVEL_{ack.upper()}"
        fields = {"account": ACCOUNT, "amount": amount, "ack": ack_level}
        return self.call(name, request_id, fields, **how)

    def call(self, name, request_id, fields, passbook=b"", guarantees=ALL_GUARANTEES, timeout=10.0,
             wait_for_ready=True):
        request = message(f"{name}Request")(
            header={"id": request_id._asdict(), "passbook": passbook,
                    "guarantees": {guarantee: True for guarantee in guarantees}},
            **fields)
        end = self.calls and self.calls.begin(
            name, request_id, ACCOUNT, fields.get("amount", 0),
            fields.get("ack", "all").removeprefix("ACK_LEVEL_").lower(), guarantees, timeout)
        try:
            response = self.methods[name](request, timeout=timeout, wait_for_ready=wait_for_ready)
        except grpc.RpcError:
            if end:
                end("unanswered")
            raise
        answer = self.answer_of(response.header)
        if end:
            end(answer.result, answer.balance, answer.confirmed)
        return answer

    @staticmethod
    def answer_of(header):
        result = message("AnswerHeader").DESCRIPTOR.fields_by_name["result"].enum_type
        return Answer(
            result=result.values_by_number[header.result].name.removeprefix("RESULT_"),
            balance=header.balance if header.HasField("balance") else None,
            passbook=header.passbook, unreached=list(header.unreached), confirmed=header.confirmed,
            entry=((header.entry.origin.branch, header.entry.origin.incarnation),
                   header.entry.sequence) if header.HasField("entry") else None,
            replayed=header.replayed, incarnation=header.incarnation, opens_at=header.opens_at)
