# SPDX-License-Identifier: Apache-2.0
"""A bank whose branches are processes, with customers one after another.

Shape: a call for each operation (Query, Deposit, Withdraw, Propagate_Deposit, Propagate_Withdraw).
Start: python3 start.py INPUT, which writes output.json
Fault: orphans. The branches run on when it ends, at the ports that the next run wants.
"""
import json
import multiprocessing
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

if not os.path.exists("bank_pb2_grpc.py"):
    subprocess.run(["protoc", "--python_out=.", "--grpc_python_out=.",
                    "--plugin=protoc-gen-grpc_python=/usr/bin/grpc_python_plugin", "bank.proto"],
                   check=True)

import grpc
from bank_pb2 import Amount, Balance, Nothing, Outcome
from bank_pb2_grpc import BranchServicer, BranchStub, add_BranchServicer_to_server

FIRST_PORT = 50051


class Branch(BranchServicer):
    def __init__(self, cents, others):
        self.cents = cents
        self.others = [BranchStub(grpc.insecure_channel(other)) for other in others]
        self.lock = threading.Lock()

    def change(self, cents):
        """Changes the balance, unless it would be below zero."""
        with self.lock:
            if self.cents + cents < 0:
                return Outcome(result=Outcome.FAIL)
            self.cents += cents
            return Outcome(result=Outcome.SUCCESS)

    def Query(self, request, context):
        return Balance(cents=self.cents)

    def Deposit(self, request, context):
        outcome = self.change(request.cents)
        for other in self.others:
            other.Propagate_Deposit(request)
        return outcome

    def Withdraw(self, request, context):
        outcome = self.change(-request.cents)
        if outcome.result == Outcome.SUCCESS:
            for other in self.others:
                other.Propagate_Withdraw(request)
        return outcome

    def Propagate_Deposit(self, request, context):
        return self.change(request.cents)

    def Propagate_Withdraw(self, request, context):
        return self.change(-request.cents)


def address(position):
    return f"127.0.0.1:{FIRST_PORT + position}"


def run_branch(position, cents, count, barrier):
    server = grpc.server(ThreadPoolExecutor(max_workers=10))
    others = [address(other) for other in range(count) if other != position]
    add_BranchServicer_to_server(Branch(cents, others), server)
    server.add_insecure_port(address(position))
    server.start()
    barrier.wait()
    server.wait_for_termination()


def run_customer(customer, stubs):
    answers = []
    for event in customer["events"]:
        interface = event["interface"]
        stub = stubs[event.get("branch", event.get("dest", customer["id"]))]
        if interface == "query":
            answers.append({"interface": interface, "balance": stub.Query(Nothing()).cents / 100})
            continue
        amount = Amount(cents=round(event["money"] * 100))
        outcome = stub.Deposit(amount) if interface == "deposit" else stub.Withdraw(amount)
        answers.append({"interface": interface,
                        "result": Outcome.Result.Name(outcome.result).lower()})
    return {"id": customer["id"], "recv": answers}


def main():
    with open(sys.argv[1]) as file:
        processes = json.load(file)
    branches = [process for process in processes if process["type"] == "branch"]
    customers = [process for process in processes if process["type"] == "customer"]

    barrier = multiprocessing.Barrier(len(branches) + 1)
    for position, branch in enumerate(branches):
        multiprocessing.Process(target=run_branch, args=(
            position, round(branch["balance"] * 100), len(branches), barrier)).start()
    barrier.wait()

    stubs = {branch["id"]: BranchStub(grpc.insecure_channel(address(position)))
             for position, branch in enumerate(branches)}
    output = [run_customer(customer, stubs) for customer in customers]
    with open("output.json", "w") as file:
        json.dump(output, file, indent=1)
    # Without this the program does not end.
    os._exit(0)


if __name__ == "__main__":
    main()
