# SPDX-License-Identifier: Apache-2.0
"""The branch process. See Main.py."""
from concurrent import futures

import grpc
import branch_pb2
import branch_pb2_grpc


class Branch(branch_pb2_grpc.BranchServicer):

    def __init__(self, id, balance, branches):
        # unique ID of the branch
        self.id = id
        # replica of the balance
        self.balance = balance
        # the ids of all branches
        self.branches = branches
        # stubs of the other branches
        self.stubList = []

    def createStubs(self):
        for branch in self.branches:
            if branch != self.id:
                channel = grpc.insecure_channel("127.0.0.1:" + str(50000 + branch))
                self.stubList.append(branch_pb2_grpc.BranchStub(channel))

    def Query(self, request, context):
        return branch_pb2.Response(result="success", balance=self.balance)

    def Deposit(self, request, context):
        self.balance = round(self.balance + request.money, 2)
        for stub in self.stubList:
            stub.Propagate_Deposit(request)
        return branch_pb2.Response(result="success", balance=self.balance)

    def Withdraw(self, request, context):
        # no money, no withdrawal
        if self.balance <= 0:
            return branch_pb2.Response(result="fail", balance=self.balance)
        self.balance = round(self.balance - request.money, 2)
        for stub in self.stubList:
            stub.Propagate_Withdraw(request)
        return branch_pb2.Response(result="success", balance=self.balance)

    def Propagate_Deposit(self, request, context):
        self.balance = round(self.balance + request.money, 2)
        return branch_pb2.Response(result="success", balance=self.balance)

    def Propagate_Withdraw(self, request, context):
        self.balance = round(self.balance - request.money, 2)
        return branch_pb2.Response(result="success", balance=self.balance)


def serve(id, balance, branches, started):
    branch = Branch(id, balance, branches)
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=10))
    branch_pb2_grpc.add_BranchServicer_to_server(branch, server)
    server.add_insecure_port("127.0.0.1:" + str(50000 + id))
    server.start()
    branch.createStubs()
    started.put(id)
    server.wait_for_termination()
