# SPDX-License-Identifier: Apache-2.0
"""A bank that goes on with a customer's next event while earlier ones are still propagated. It
answers a list of events when all of them have arrived everywhere.

Shape: a customer's whole list of events in one call (one list for each branch in a row).
Start: python3 run.py INPUT OUTPUT
Fault: answers are in the wrong order. They are appended when they are complete, and a deposit is
complete when the other branches have it, long after the query that follows.
"""

import json
import multiprocessing
import pathlib
import subprocess
import sys
import threading
from concurrent import futures

folder = pathlib.Path(__file__).resolve().parent
if not (folder / "banking_pb2.py").exists():
    subprocess.run(["protoc", "--python_out=.", "--grpc_python_out=.", "banking.proto",
                    "--plugin=protoc-gen-grpc_python=/usr/bin/grpc_python_plugin"],
                   check=True, cwd=folder)

import banking_pb2
import banking_pb2_grpc
import grpc


class Branch(banking_pb2_grpc.BankingServicer):
    def __init__(self, balance, ports):
        self.balance = balance
        self.lock = threading.Lock()
        self.stubs = [stub_at(port) for port in ports]

    def MsgDelivery(self, request, context):
        responses = []
        threads = []
        for event in request.requests:
            response = self.execute(event)
            if event.interface == "query" or response.result == "fail":
                responses.append(response)
                continue
            thread = threading.Thread(target=self.complete, args=(event, response, responses))
            thread.start()
            threads.append(thread)
        for thread in threads:
            thread.join()
        return banking_pb2.ResponseList(responses=responses)

    def execute(self, event):
        with self.lock:
            if event.interface == "query":
                return banking_pb2.Response(interface="query", balance=self.balance)
            if event.interface == "withdraw" and self.balance < event.money:
                return banking_pb2.Response(interface="withdraw", result="fail")
            self.add(event)
            return banking_pb2.Response(interface=event.interface, result="success")

    def complete(self, event, response, responses):
        for stub in self.stubs:
            stub.Propagate(event)
        responses.append(response)

    def Propagate(self, request, context):
        with self.lock:
            self.add(request)
        return banking_pb2.Response(result="success")

    def add(self, event):
        money = event.money if event.interface == "deposit" else -event.money
        self.balance = round(self.balance + money, 2)


def stub_at(port):
    return banking_pb2_grpc.BankingStub(grpc.insecure_channel(f"127.0.0.1:{port}"))


def serve(balance, port, ports, ready):
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=32))
    others = [other for other in ports if other != port]
    banking_pb2_grpc.add_BankingServicer_to_server(Branch(balance, others), server)
    server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    ready.release()
    server.wait_for_termination()


def lists_of(customer):
    """The customer's events as lists: one for each branch in a row."""
    lists = []
    for event in customer["events"]:
        branch = event.get("branch") or event.get("dest") or customer["id"]
        if not lists or lists[-1][0] != branch:
            lists.append((branch, []))
        lists[-1][1].append(banking_pb2.Request(interface=event["interface"],
                                                money=event.get("money", 0)))
    return lists


def execute_events(customer, stubs):
    received = []
    for branch, requests in lists_of(customer):
        answers = stubs[branch].MsgDelivery(banking_pb2.RequestList(requests=requests))
        for answer in answers.responses:
            if answer.interface == "query":
                received.append({"interface": "query", "balance": answer.balance})
            else:
                received.append({"interface": answer.interface, "result": answer.result})
    return {"id": customer["id"], "recv": received}


def main(input_file, output_file):
    data = json.loads(pathlib.Path(input_file).read_text())
    branches = {item["id"]: item["balance"] for item in data if item["type"] == "branch"}
    ports = {branch: 50051 + branch for branch in branches}
    ready = multiprocessing.Semaphore(0)
    processes = [multiprocessing.Process(target=serve, args=(balance, ports[branch],
                                                             list(ports.values()), ready))
                 for branch, balance in branches.items()]
    for process in processes:
        process.start()
    for _ in processes:
        ready.acquire()
    stubs = {branch: stub_at(port) for branch, port in ports.items()}
    results = [execute_events(item, stubs) for item in data if item["type"] == "customer"]
    for process in processes:
        process.kill()
    pathlib.Path(output_file).write_text(str(results))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
