# SPDX-License-Identifier: Apache-2.0
"""All branches of a bank in one process, each with a server of its own, until it is stopped.

Shape: opaque bytes with JSON in them; no .proto file.
Start: python3 branch.py INPUT, then python3 customer.py INPUT, which writes output.json
Fault: crashes at 50 branches. The table of branches has 32 entries.
"""
import json
import sys
import threading
from concurrent import futures

import grpc

TABLE = [None] * 32  # the ids of the branches, in the order of the file


class Branch:
    def __init__(self, number, balance):
        self.number = number
        self.cents = round(balance * 100)
        self.lock = threading.Lock()
        self.others = []

    def connect(self):
        for number in TABLE:
            if number is not None and number != self.number:
                channel = grpc.insecure_channel(f"127.0.0.1:{50051 + number}")
                self.others.append(channel.unary_unary("/Bank/Deliver"))

    def deliver(self, request, context):
        message = json.loads(request)
        kind, cents = message["kind"], message.get("cents", 0)
        ok = True
        with self.lock:
            if kind == "withdraw" and cents > self.cents:
                ok = False
            elif kind in ("withdraw", "propagate_withdraw"):
                self.cents -= cents
            elif kind in ("deposit", "propagate_deposit"):
                self.cents += cents
            answer = json.dumps({"ok": ok, "cents": self.cents}).encode()
        if ok and kind in ("deposit", "withdraw"):
            copy = json.dumps({"kind": "propagate_" + kind, "cents": cents}).encode()
            for other in self.others:
                other(copy, wait_for_ready=True)
        return answer

    def serve(self):
        server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
        server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(
            "Bank", {"Deliver": grpc.unary_unary_rpc_method_handler(self.deliver)})])
        server.add_insecure_port(f"127.0.0.1:{50051 + self.number}")
        server.start()
        return server


def main():
    with open(sys.argv[1]) as source:
        found = [one for one in json.load(source) if one["type"] == "branch"]
    for position, one in enumerate(found):
        TABLE[position] = one["id"]
    branches = [Branch(one["id"], one["balance"]) for one in found]
    for branch in branches:
        branch.connect()
    servers = [branch.serve() for branch in branches]
    print(len(servers), "branches are open")
    servers[0].wait_for_termination()


if __name__ == "__main__":
    main()
