# SPDX-License-Identifier: Apache-2.0
"""What branch.py and customer.py have in common: the generated code, and JSON over it."""
import fcntl
import json
import os
import subprocess
import sys

folder = os.path.dirname(os.path.abspath(__file__))

# The branches and the customers may start at the same time.
with open(os.path.join(folder, "text.proto")) as lock:
    fcntl.flock(lock, fcntl.LOCK_EX)
    if not os.path.exists(os.path.join(folder, "text_pb2_grpc.py")):
        subprocess.run(["protoc", "--python_out=.", "--grpc_python_out=.",
                        "--plugin=protoc-gen-grpc_python=/usr/bin/grpc_python_plugin",
                        "text.proto"], cwd=folder, check=True)

import grpc
import text_pb2
import text_pb2_grpc


def connect(branch_id):
    return text_pb2_grpc.BranchStub(grpc.insecure_channel(f"127.0.0.1:{50051 + branch_id}"))


def ask(stub, **message):
    reply = stub.Send(text_pb2.Text(json=json.dumps(message)), wait_for_ready=True, timeout=60)
    return json.loads(reply.json)


def read_input(kind):
    with open(sys.argv[1]) as f:
        return [process for process in json.load(f) if process["type"] == kind]
