# SPDX-License-Identifier: Apache-2.0
"""Histories of the branches and calls of a test: everybody writes down what happens to them, and
`passbook check --history` judges all of it together."""

import itertools
import json
import os
import signal
import threading
import time


def amount(cents):
    """As a number in JSON: no more than two decimals."""
    return cents / 100 if cents % 100 else cents // 100


class History:
    """What the test itself does, or makes happen; from any thread."""

    def __init__(self, path):
        self.path = path
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        self.lock = threading.Lock()
        self.sessions = itertools.count(1000)  # above all that tests choose

    def close(self):
        os.close(self.file)

    def note(self, what, **members):
        with self.lock:
            line = json.dumps({"at": time.monotonic_ns(), what: members})
            os.write(self.file, line.encode() + b"\n")

    def calls_at(self, branch, client=None):
        """For the calls that someone makes at a branch."""
        return Calls(self, branch, client)

    def client_of(self, request):
        """Somebody new, who has not written or seen anything."""
        return {"customer": request["customer"], "session": next(self.sessions)}


class Calls:
    """The calls of one client at one branch. Without a client, each is of somebody new: a caller
    who carries no passbook is owed nothing for what they did before."""

    def __init__(self, history, branch, client):
        self.history = history
        self.branch = branch
        self.client = client

    def begin(self, name, request_id, account, cents, ack, guarantees, timeout):
        """A call is made. What comes back must be called with what came of it."""
        request = request_id._asdict()
        client = self.client or self.history.client_of(request)
        self.history.note(
            "invoked", client=client, request=request, branch=self.branch, kind=name.lower(),
            account=account, amount=amount(cents), level=ack,
            wanted=[guarantee.replace("_", "-") for guarantee in guarantees],
            deadline=time.monotonic_ns() + int(timeout * 1e9))

        def end(result, balance=None, confirmed=0):
            shown = {} if balance is None else {"balance": amount(balance)}
            self.history.note("answered", client=client, request=request, result=result.lower(),
                              confirmed=confirmed, **shown)
        return end


class Histories:
    """For a test of branches that are started by hand, by number in `branches`."""

    def open_histories(self):
        self.history = History(self.folder / "test.jsonl")
        self.addCleanup(self.history.close)

    @staticmethod
    def history_options(number):
        return ("--history", f"branch-{number}.jsonl")

    def end_branches(self):
        """Asks all that live to end, which write down what they have."""
        for branch in self.branches.values():
            if branch.process.poll() is None:
                branch.signal(signal.SIGTERM)
        for branch in self.branches.values():
            branch.wait()

    def assert_history_is_right(self):
        """To be called when everything is over: the branches end."""
        self.end_branches()
        self.history.note("ended")
        files = sorted(path.name for path in self.folder.glob("*.jsonl"))
        done = self.passbook("check", "--history", *files)
        self.assertEqual(done.returncode, 0, done.stdout[:5000] + done.stderr)
        self.assertNotRegex(done.stderr, "are not judged|has no history")
        return done.stdout
