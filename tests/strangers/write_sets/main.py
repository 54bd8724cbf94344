# SPDX-License-Identifier: Apache-2.0
"""A bank with write sets: the project on monotonic writes and read your writes.

Shape: one call, MsgDelivery, with flat fields.
Start: python3 main.py -i INPUT -o OUTPUT
Fault: none. Customers come one after another, and each begins with the write set that the one
before it ended with. A branch answers a write when all others have it.
"""

import argparse
import json
import multiprocessing
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent

if not (HERE / "bank_pb2_grpc.py").exists():
    subprocess.run(["protoc", "-I.", "--python_out=.", "--grpc_python_out=.",
                    "--plugin=protoc-gen-grpc_python=/usr/bin/grpc_python_plugin",
                    "bank.proto"], cwd=HERE, check=True)

from branch import run_branch  # noqa: E402
from customer import run_customer  # noqa: E402


def start_branches(branches):
    """Starts a process for each branch; they choose their ports, then learn those of the others."""
    pipes, processes = {}, []
    for branch in branches:
        ours, theirs = multiprocessing.Pipe()
        process = multiprocessing.Process(
            target=run_branch, args=(branch["id"], round(branch["balance"] * 100), theirs),
            daemon=True)
        process.start()
        theirs.close()
        pipes[branch["id"]] = ours
        processes.append(process)
    ports = {number: pipe.recv() for number, pipe in pipes.items()}
    for pipe in pipes.values():
        pipe.send(ports)
    for pipe in pipes.values():
        pipe.recv()
    return ports, processes


def serve_customers(customers, ports):
    """Runs a process for each customer, one after another, and returns what they received."""
    results, write_set = [], []
    for customer in customers:
        ours, theirs = multiprocessing.Pipe()
        process = multiprocessing.Process(target=run_customer,
                                          args=(customer, ports, write_set, theirs))
        process.start()
        theirs.close()
        received, write_set = ours.recv()
        process.join()
        results += received
    return results


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-i", "--input", required=True)
    parser.add_argument("-o", "--output", required=True)
    options = parser.parse_args()

    with open(options.input, encoding="utf-8") as file:
        everyone = json.load(file)
    branches = [one for one in everyone if one["type"] in ("branch", "bank")]
    customers = [one for one in everyone if one["type"] in ("customer", "client")]

    ports, processes = start_branches(branches)
    try:
        results = serve_customers(customers, ports)
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.join()
    with open(options.output, "w", encoding="utf-8") as file:
        json.dump(results, file, indent=2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
