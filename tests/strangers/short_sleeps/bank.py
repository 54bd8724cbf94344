# SPDX-License-Identifier: Apache-2.0
"""A bank that propagates in the background, one message after another, at a pace that lets you
follow the log. The customers come one by one and sleep first, so that everything has arrived.

Shape: a customer's whole list of events in one call (one list for each branch in a row).
Start: python3 bank.py --in INPUT --out OUTPUT
Fault: the sleeps are too short. They last 0.3 s, and each message is 0.05 s after the one before;
nobody waits for an acknowledgement.
"""

import itertools
import json
import multiprocessing as mp
import os
import queue
import subprocess
import sys
import threading
import time
from concurrent import futures

ME = os.path.dirname(os.path.abspath(__file__))
NEXT_CUSTOMER = 0.3  # seconds
PACE = 0.05  # seconds

if not os.path.exists(f"{ME}/bank_pb2_grpc.py"):
    subprocess.run(["protoc", f"-I{ME}", f"--python_out={ME}", f"--grpc_python_out={ME}",
                    "--plugin=protoc-gen-grpc_python=/usr/bin/grpc_python_plugin",
                    f"{ME}/bank.proto"], check=True)

import grpc
from bank_pb2 import Answer, Answers, Event, Events
from bank_pb2_grpc import (BranchServiceServicer, BranchServiceStub,
                           add_BranchServiceServicer_to_server)


class Branch(BranchServiceServicer):
    def __init__(self, cents, peers):
        self.cents = cents
        self.lock = threading.Lock()
        self.outbox = queue.Queue()
        self.peers = [BranchServiceStub(grpc.insecure_channel(peer)) for peer in peers]
        threading.Thread(target=self.propagate, daemon=True).start()

    def Execute(self, request, context):
        return Answers(answers=[self.execute(event) for event in request.events])

    def execute(self, event):
        with self.lock:
            if event.interface == "withdraw" and event.cents > self.cents:
                return Answer(interface=event.interface, success=False)
            self.apply(event)
            if event.interface != "query":
                self.outbox.put(event)
            return Answer(interface=event.interface, success=True, cents=self.cents)

    def Replicate(self, request, context):
        with self.lock:
            for event in request.events:
                self.apply(event)
        return Answers()

    def apply(self, event):
        if event.interface == "deposit":
            self.cents += event.cents
        elif event.interface == "withdraw":
            self.cents -= event.cents

    def propagate(self):
        while True:
            event = self.outbox.get()
            for peer in self.peers:
                time.sleep(PACE)
                peer.Replicate(Events(events=[event]))


def serve(cents, me, everyone):
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
    peers = [one for one in everyone if one != me]
    add_BranchServiceServicer_to_server(Branch(cents, peers), server)
    server.add_insecure_port(me)
    server.start()
    server.wait_for_termination()


def address(branch_id):
    return f"127.0.0.1:{50000 + branch_id}"


def visit(customer):
    """The answers that a customer gets, visiting one branch after another."""
    def place(event):
        return event.get("branch", event.get("dest", customer["id"]))

    received = []
    for branch, events in itertools.groupby(customer["events"], key=place):
        time.sleep(NEXT_CUSTOMER)
        with grpc.insecure_channel(address(branch)) as channel:
            answers = BranchServiceStub(channel).Execute(Events(events=[
                Event(interface=event["interface"], cents=round(100 * event.get("money", 0)))
                for event in events]), wait_for_ready=True, timeout=30)
        for answer in answers.answers:
            if answer.interface == "query":
                received.append({"interface": "query", "balance": answer.cents / 100})
            else:
                received.append({"interface": answer.interface,
                                 "result": "success" if answer.success else "fail"})
    return {"id": customer["id"], "recv": received}


def main(arguments):
    options = dict(zip(arguments[::2], arguments[1::2]))
    with open(options["--in"]) as source:
        data = json.load(source)
    branches = {one["id"]: one["balance"] for one in data if one["type"] == "branch"}
    everyone = [address(branch_id) for branch_id in branches]
    servers = [mp.Process(target=serve, daemon=True,
                          args=(round(100 * balance), address(branch_id), everyone))
               for branch_id, balance in branches.items()]
    for server in servers:
        server.start()
    for one in everyone:
        grpc.channel_ready_future(grpc.insecure_channel(one)).result(timeout=30)
    results = [visit(one) for one in data if one["type"] == "customer"]
    with open(options["--out"], "w") as target:
        for result in results:
            print(json.dumps(result), file=target)
    for server in servers:
        server.terminate()


if __name__ == "__main__":
    main(sys.argv[1:])
