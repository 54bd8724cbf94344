# SPDX-License-Identifier: Apache-2.0
"""All customers at once. The branch with the lowest id is the head office: the others pass every
deposit and withdrawal on to it, and it tells them all the new balance.

Shape: a call for each operation (Query, Deposit, Withdraw, Propagate_Deposit, Propagate_Withdraw).
Start: python3 main.py INPUT OUTPUT
Fault: lost updates. The head office reads the balance, tells the others the new one and only then
writes it down, without a lock, in a pool of threads.
"""
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import Process

os.chdir(os.path.dirname(os.path.abspath(__file__)))
if not os.path.exists('bank_pb2.py') or not os.path.exists('bank_pb2_grpc.py'):
    subprocess.check_call('protoc -I. --python_out=. --grpc_python_out=. bank.proto '
                          '--plugin=protoc-gen-grpc_python=/usr/bin/grpc_python_plugin',
                          shell=True)
import grpc
import bank_pb2 as pb
import bank_pb2_grpc as rpc


def address(id):
    return '127.0.0.1:%d' % (50051 + id)


class Branch(rpc.BankServicer):

    def __init__(self, id, balance, ids):
        self.id = id
        self.balance = balance
        self.head = min(ids)
        self.stubs = {other: rpc.BankStub(grpc.insecure_channel(address(other)))
                      for other in ids if other != id}

    def Query(self, request, context):
        return pb.QueryReply(balance=self.balance)

    def Deposit(self, request, context):
        if self.id != self.head:
            return self.stubs[self.head].Deposit(request, wait_for_ready=True)
        new_balance = round(self.balance + request.money, 2)
        for stub in self.stubs.values():
            stub.Propagate_Deposit(pb.BalanceRequest(balance=new_balance), wait_for_ready=True)
        self.balance = new_balance
        return pb.MoneyReply(done=True)

    def Withdraw(self, request, context):
        if self.id != self.head:
            return self.stubs[self.head].Withdraw(request, wait_for_ready=True)
        if request.money > self.balance:
            return pb.MoneyReply(done=False)
        new_balance = round(self.balance - request.money, 2)
        for stub in self.stubs.values():
            stub.Propagate_Withdraw(pb.BalanceRequest(balance=new_balance), wait_for_ready=True)
        self.balance = new_balance
        return pb.MoneyReply(done=True)

    def Propagate_Deposit(self, request, context):
        self.balance = request.balance
        return pb.MoneyReply(done=True)

    def Propagate_Withdraw(self, request, context):
        self.balance = request.balance
        return pb.MoneyReply(done=True)


def serve(id, balance, ids):
    server = grpc.server(ThreadPoolExecutor(max_workers=128))
    rpc.add_BankServicer_to_server(Branch(id, balance, ids), server)
    server.add_insecure_port(address(id))
    server.start()
    server.wait_for_termination()


def execute(id, event, stubs):
    branch = event.get('branch', event.get('dest', id))
    kind = event['interface']
    if kind == 'query':
        reply = stubs[branch].Query(pb.QueryRequest(), wait_for_ready=True)
        return {'interface': 'query', 'balance': reply.balance}
    request = pb.MoneyRequest(money=event['money'])
    call = stubs[branch].Deposit if kind == 'deposit' else stubs[branch].Withdraw
    reply = call(request, wait_for_ready=True)
    return {'interface': kind, 'result': 'success' if reply.done else 'fail'}


def split(events):
    """The events up to the last write, and the queries after it."""
    writes = [i for i, event in enumerate(events) if event['interface'] != 'query']
    n = writes[-1] + 1 if writes else 0
    return events[:n], events[n:]


def rounds_of(customers):
    """The first listings of all customers, then their second ones, and so on."""
    seen, rounds = {}, []
    for customer in customers:
        n = seen[customer['id']] = seen.get(customer['id'], 0) + 1
        if n > len(rounds):
            rounds.append([])
        rounds[n - 1].append(customer)
    return rounds


def run_round(customers, stubs):
    """Everyone writes at once. When all are done, everyone asks for the balance."""
    def run(id, events):
        return [execute(id, event, stubs) for event in events]

    ids = [customer['id'] for customer in customers]
    parts = [split(customer['events']) for customer in customers]
    with ThreadPoolExecutor(max_workers=len(customers)) as pool:
        first = list(pool.map(run, ids, [part[0] for part in parts]))
        last = list(pool.map(run, ids, [part[1] for part in parts]))
    return [{'id': id, 'recv': a + b} for id, a, b in zip(ids, first, last)]


if __name__ == '__main__':
    processes = json.load(open(sys.argv[1]))
    branches = {p['id']: p['balance'] for p in processes if p['type'] == 'branch'}
    servers = [Process(target=serve, args=(id, balance, list(branches)))
               for id, balance in branches.items()]
    for server in servers:
        server.start()
    try:
        stubs = {id: rpc.BankStub(grpc.insecure_channel(address(id))) for id in branches}
        output = []
        for customers in rounds_of([p for p in processes if p['type'] == 'customer']):
            output += run_round(customers, stubs)
    finally:
        for server in servers:
            server.terminate()
    with open(sys.argv[2], 'w') as f:
        f.write(json.dumps(output))
