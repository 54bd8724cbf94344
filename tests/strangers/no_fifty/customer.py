# SPDX-License-Identifier: Apache-2.0
"""The customers of a bank, one after another. See branch.py."""
import json
import sys

import grpc


channels = {}


def call(branch, kind, money):
    if branch not in channels:
        channels[branch] = grpc.insecure_channel(f"127.0.0.1:{50051 + branch}")
    deliver = channels[branch].unary_unary("/Bank/Deliver")
    message = {"kind": kind, "cents": round(money * 100)}
    # The branches may still be starting.
    return json.loads(deliver(json.dumps(message).encode(), wait_for_ready=True, timeout=15))


def execute(customer):
    received = []
    for event in customer["events"]:
        branch = event.get("branch", event.get("dest", customer["id"]))
        kind = event["interface"]
        answer = call(branch, kind, event.get("money", 0))
        if kind == "query":
            received.append({"interface": kind, "balance": answer["cents"] / 100})
        else:
            received.append({"interface": kind, "result": "success" if answer["ok"] else "fail"})
    return {"id": customer["id"], "recv": received}


def main():
    with open(sys.argv[1]) as source:
        customers = [one for one in json.load(source) if one["type"] == "customer"]
    output = [execute(customer) for customer in customers]
    with open("output.json", "w") as target:
        json.dump(output, target)


if __name__ == "__main__":
    main()
