# SPDX-License-Identifier: Apache-2.0
"""A customer: sends its events in order, each with the set of writes before it."""

import bank_pb2
import bank_pb2_grpc
import grpc


class Customer:
    def __init__(self, customer, ports, write_set):
        self.number = customer["id"]
        self.events = customer.get("events", customer.get("customer-requests", []))
        self.ports = ports
        self.write_set = list(write_set)
        self.stubs = {}

    def stub(self, branch):
        if branch not in self.stubs:
            channel = grpc.insecure_channel(f"127.0.0.1:{self.ports[branch]}")
            self.stubs[branch] = bank_pb2_grpc.BankStub(channel)
        return self.stubs[branch]

    def perform(self, event):
        branch = event.get("branch", event.get("dest", self.number))
        reply = self.stub(branch).MsgDelivery(bank_pb2.Msg(
            interface=event["interface"], cents=round(event.get("money", 0) * 100),
            write_set=self.write_set))
        answer = {"interface": event["interface"]}
        if "branch" in event:
            answer["branch"] = branch
        if event["interface"] == "query":
            answer["balance"] = reply.cents / 100
        else:
            answer["result"] = "success" if reply.success else "fail"
        if reply.write_id:
            self.write_set.append(reply.write_id)
        return answer


def run_customer(customer, ports, write_set, pipe):
    """Sends what the customer received, and its write set. Where events name branches, each event
    has an object of its own."""
    one = Customer(customer, ports, write_set)
    answers = [one.perform(event) for event in one.events]
    if any("branch" in event for event in one.events):
        received = [{"id": one.number, "recv": [answer]} for answer in answers]
    else:
        received = [{"id": one.number, "recv": answers}]
    pipe.send((received, one.write_set))
