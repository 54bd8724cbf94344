# SPDX-License-Identifier: Apache-2.0
"""A bank for the older inputs, in which queries carry money too.

Shape: one call, MsgDelivery, with flat fields.
Start: python3 main.py, which reads tests/case.json and appends to output.json, a line per customer
Fault: hangs on a missing key. A customer process ends with a KeyError where an event has no money,
and the main process waits for its results for ever.
"""

import json
import multiprocessing
import pathlib
import subprocess
import threading
from concurrent import futures

here = pathlib.Path(__file__).parent
if not (here / "banking_pb2_grpc.py").is_file():
    subprocess.run("protoc --python_out=. --grpc_python_out=. "
                   "--plugin=protoc-gen-grpc_python=/usr/bin/grpc_python_plugin banking.proto",
                   shell=True, cwd=here, check=True)

import banking_pb2
import banking_pb2_grpc
import grpc


class Branch(banking_pb2_grpc.BankingServicer):
    def __init__(self, id, balance, ids):
        self.id = id
        self.balance = balance
        self.lock = threading.Lock()
        self.stubList = [stub_for(other) for other in ids if other != id]

    def MsgDelivery(self, request, context):
        answer = banking_pb2.Message(event_id=request.event_id, interface=request.interface,
                                     result="success")
        with self.lock:
            if request.interface == "deposit":
                self.balance = round(self.balance + request.money, 2)
            elif request.interface == "withdraw":
                if not request.from_branch and self.balance < request.money:
                    answer.result = "fail"
                    return answer
                self.balance = round(self.balance - request.money, 2)
            answer.money = self.balance
        if request.interface != "query" and not request.from_branch:
            self.propagate(request)
        return answer

    def propagate(self, request):
        request.from_branch = True
        for stub in self.stubList:
            stub.MsgDelivery(request, wait_for_ready=True)


class Customer:
    def __init__(self, id, events):
        self.id = id
        self.events = events

    def executeEvents(self):
        for event in self.events:
            branch = event.get("branch", event.get("dest", self.id))
            answer = stub_for(branch).MsgDelivery(
                banking_pb2.Message(event_id=event["id"], interface=event["interface"],
                                    money=event["money"]),
                wait_for_ready=True)
            received = {"interface": answer.interface, "result": answer.result}
            if answer.interface == "query":
                received["money"] = answer.money
            yield received


def stub_for(id):
    return banking_pb2_grpc.BankingStub(grpc.insecure_channel("127.0.0.1:%d" % (50051 + id)))


def run_branch(id, balance, ids):
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=10))
    banking_pb2_grpc.add_BankingServicer_to_server(Branch(id, balance, ids), server)
    server.add_insecure_port("127.0.0.1:%d" % (50051 + id))
    server.start()
    server.wait_for_termination()


def run_customer(id, events, results):
    results.put(list(Customer(id, events).executeEvents()))


def main():
    with open("tests/case.json") as file:
        case = json.load(file)
    ids = [item["id"] for item in case if item["type"] == "branch"]
    branches = []
    for item in case:
        if item["type"] == "branch":
            branch = multiprocessing.Process(target=run_branch,
                                             args=(item["id"], item["balance"], ids))
            branch.start()
            branches.append(branch)

    results = multiprocessing.Queue()
    for item in case:
        if item["type"] == "customer":
            customer = multiprocessing.Process(target=run_customer,
                                               args=(item["id"], item["events"], results))
            customer.start()
            received = results.get()
            with open("output.json", "a") as output:
                output.write(json.dumps({"id": item["id"], "recv": received}) + "\n")

    for branch in branches:
        branch.terminate()


if __name__ == "__main__":
    main()
