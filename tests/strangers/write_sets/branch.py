# SPDX-License-Identifier: Apache-2.0
"""A branch: a replica of the balance, and the ids of all writes in it."""

import threading
from concurrent import futures

import bank_pb2
import bank_pb2_grpc
import grpc


class Branch(bank_pb2_grpc.BankServicer):
    def __init__(self, number, cents):
        self.number = number
        self.cents = cents
        self.writes = set()
        self.changed = threading.Condition()
        self.stubs = []

    def MsgDelivery(self, request, context):
        if request.interface.startswith("propagate_"):
            return self.apply(request.interface.removeprefix("propagate_"), request.cents,
                              request.write_id)
        with self.changed:
            self.changed.wait_for(lambda: self.writes.issuperset(request.write_set))
            if request.interface == "query":
                return bank_pb2.Reply(success=True, cents=self.cents)
            if request.interface == "withdraw" and request.cents > self.cents:
                return bank_pb2.Reply(success=False, cents=self.cents)
            write_id = f"{self.number}-{len(self.writes) + 1}"
            reply = self.apply(request.interface, request.cents, write_id)
        self.propagate(request, write_id)
        return reply

    def apply(self, interface, cents, write_id):
        with self.changed:
            self.cents += cents if interface == "deposit" else -cents
            self.writes.add(write_id)
            self.changed.notify_all()
            return bank_pb2.Reply(success=True, cents=self.cents, write_id=write_id)

    def propagate(self, request, write_id):
        message = bank_pb2.Msg(interface="propagate_" + request.interface, cents=request.cents,
                               write_id=write_id)
        for call in [stub.MsgDelivery.future(message) for stub in self.stubs]:
            call.result()


def run_branch(number, cents, pipe):
    """Serves until it is terminated. Tells its port, and is told those of all branches."""
    branch = Branch(number, cents)
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=16))
    bank_pb2_grpc.add_BankServicer_to_server(branch, server)
    pipe.send(server.add_insecure_port("127.0.0.1:0"))
    server.start()
    ports = pipe.recv()
    branch.stubs = [bank_pb2_grpc.BankStub(grpc.insecure_channel(f"127.0.0.1:{port}"))
                    for other, port in ports.items() if other != number]
    pipe.send("ready")
    server.wait_for_termination()
