# SPDX-License-Identifier: Apache-2.0
"""The branches of a bank, until Ctrl-C or SIGTERM.

Shape: an opaque string with JSON in it.
Start: python3 branch.py INPUT, then python3 customer.py INPUT, which writes output.json
Fault: propagates to itself. A branch tells deposits to all branches, and it is one of them, so that
it applies its own twice.
"""
import json
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import Process

import wire
import grpc
import text_pb2
import text_pb2_grpc


class Branch(text_pb2_grpc.BranchServicer):
    def __init__(self, branch_id, balance, all_ids):
        self.id = branch_id
        self.balance = balance
        self.all_ids = all_ids
        self.lock = threading.Lock()
        self.stubs = {i: wire.connect(i) for i in all_ids}

    def Send(self, request, context):
        message = json.loads(request.json)
        answer = getattr(self, message.pop("interface"))(**message)
        return text_pb2.Text(json=json.dumps(answer))

    def query(self):
        return {"interface": "query", "balance": self.balance}

    def deposit(self, money):
        self.add(money)
        for i in self.all_ids:
            wire.ask(self.stubs[i], interface="propagate_deposit", money=money)
        return {"interface": "deposit", "result": "success"}

    def withdraw(self, money):
        if self.balance < money:
            return {"interface": "withdraw", "result": "fail"}
        self.add(-money)
        for i in self.all_ids:
            if i != self.id:
                wire.ask(self.stubs[i], interface="propagate_withdraw", money=money)
        return {"interface": "withdraw", "result": "success"}

    def propagate_deposit(self, money):
        self.add(money)
        return {"result": "success"}

    def propagate_withdraw(self, money):
        self.add(-money)
        return {"result": "success"}

    def add(self, money):
        with self.lock:
            self.balance = round(self.balance + money, 2)


def serve(branch_id, balance, all_ids):
    server = grpc.server(ThreadPoolExecutor(10))
    text_pb2_grpc.add_BranchServicer_to_server(Branch(branch_id, balance, all_ids), server)
    server.add_insecure_port(f"127.0.0.1:{50051 + branch_id}")
    server.start()
    print(f"branch {branch_id} listens on {50051 + branch_id}")
    server.wait_for_termination()


if __name__ == "__main__":
    branches = wire.read_input("branch")
    ids = [branch["id"] for branch in branches]
    processes = [Process(target=serve, args=(branch["id"], branch["balance"], ids))
                 for branch in branches]
    for process in processes:
        process.start()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        for process in processes:
            process.join()
    except KeyboardInterrupt:
        pass
    finally:
        for process in processes:
            process.terminate()
