# SPDX-License-Identifier: Apache-2.0
"""The customers of a bank, one after another. See branch.py."""
import json

import wire


def run(customer):
    received = []
    for event in customer["events"]:
        branch = event.get("branch", event.get("dest", customer["id"]))
        message = {"interface": event["interface"]}
        if event["interface"] != "query":
            message["money"] = event["money"]
        received.append(wire.ask(wire.connect(branch), **message))
    return {"id": customer["id"], "recv": received}


if __name__ == "__main__":
    results = [run(customer) for customer in wire.read_input("customer")]
    with open("output.json", "w") as f:
        json.dump(results, f, indent=4)
