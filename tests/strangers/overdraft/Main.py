# SPDX-License-Identifier: Apache-2.0
"""A bank after the course's templates, with customers one after another.

Shape: a call for each operation (Query, Deposit, Withdraw, Propagate_Deposit, Propagate_Withdraw).
Start: python3 Main.py, which reads tests/case.json and writes output.json
Fault: overdrafts. A withdrawal is refused when there is no money at all, but not when there is some
and too little.
"""
import json
import multiprocessing
import os

INPUT_FILE = "tests/case.json"
OUTPUT_FILE = "output.json"

if not os.path.isfile("branch_pb2_grpc.py"):
    os.system("protoc -I . --python_out=. --grpc_python_out=. "
              "--plugin=protoc-gen-grpc_python=/usr/bin/grpc_python_plugin branch.proto")

import Branch
import Customer


def main():
    branches = {}
    customers = []
    with open(INPUT_FILE) as inputFile:
        for item in json.load(inputFile):
            if item["type"] == "branch":
                branches[item["id"]] = item["balance"]
            if item["type"] == "customer":
                customers.append(item)

    # start the branches, and wait until each of them serves
    branchProcesses = []
    started = multiprocessing.Queue()
    for id, balance in branches.items():
        process = multiprocessing.Process(target=Branch.serve,
                                          args=(id, balance, list(branches), started))
        branchProcesses.append(process)
        process.start()
    for _ in branches:
        started.get(timeout=30)

    # run the customers, one by one
    output = []
    results = multiprocessing.Queue()
    for customer in customers:
        process = multiprocessing.Process(target=Customer.run,
                                          args=(customer["id"], customer["events"], results))
        process.start()
        output.append(results.get(timeout=60))
        process.join()

    with open(OUTPUT_FILE, "w") as outputFile:
        json.dump(output, outputFile)

    for process in branchProcesses:
        process.terminate()


if __name__ == "__main__":
    main()
