# SPDX-License-Identifier: Apache-2.0
"""The customer process. See Main.py."""
import grpc
import branch_pb2
import branch_pb2_grpc


class Customer:

    def __init__(self, id, events):
        # unique ID of the customer
        self.id = id
        # events from the input
        self.events = events
        # responses of the branches
        self.recvMsg = []

    def createStub(self, branch):
        return branch_pb2_grpc.BranchStub(
            grpc.insecure_channel("127.0.0.1:" + str(50000 + branch)))

    def executeEvents(self):
        for event in self.events:
            stub = self.createStub(event.get("branch") or event.get("dest") or self.id)
            request = branch_pb2.Request(id=self.id, money=event.get("money", 0))
            if event["interface"] == "query":
                response = stub.Query(request)
                self.recvMsg.append({"interface": "query", "balance": response.balance})
            elif event["interface"] == "deposit":
                response = stub.Deposit(request)
                self.recvMsg.append({"interface": "deposit", "result": response.result})
            elif event["interface"] == "withdraw":
                response = stub.Withdraw(request)
                self.recvMsg.append({"interface": "withdraw", "result": response.result})
        return {"id": self.id, "recv": self.recvMsg}


def run(id, events, results):
    results.put(Customer(id, events).executeEvents())
