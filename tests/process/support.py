# SPDX-License-Identifier: Apache-2.0
"""What the process tests share: the command under test, started and watched, and ended for sure.

Every process that a test starts, and every process that those start, carries a mark in its
environment. That is how they are found whoever their parent is, and whatever else runs.
"""

import errno
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import uuid

from histories import Histories

ROOT = pathlib.Path(__file__).resolve().parents[2]
CASES = ROOT / "tests" / "cases"
SCENARIOS = ROOT / "scenarios"
SAMPLE = SCENARIOS / "sample.json"

# The command under test.
PASSBOOK = os.environ.get("PASSBOOK", str(ROOT / "build" / "passbook"))
# Which sanitizer the command was built with, if any: it needs some ten times the processor.
SANITIZED = os.environ.get("PASSBOOK_SANITIZE", "")
# Longer than anything takes that works, on a busy machine.
PATIENCE = 600.0 if SANITIZED else 60.0



def isolated():
    """Whether this machine lets programs have networks and processes of their own."""
    return any(shutil.which(words[0]) and
               subprocess.run(words, capture_output=True, check=False).returncode == 0
               for words in (["bwrap", "--unshare-net", "--unshare-pid", "--ro-bind", "/", "/",
                              "--proc", "/proc", "true"],
                             ["unshare", "--map-root-user", "--net", "--pid", "--fork", "true"]))


ISOLATED = isolated()
MARK = "PASSBOOK_TEST_MARK"
# Before a command: not to survive the thread that starts it, even if the test is killed. A
# preexec_fn could do the same, but not safely in a test with threads.
ENDS_WITH_STARTER = ("setpriv", "--pdeathsig", "KILL")


def repeats(count):
    """How often to do what is done `count` times without a sanitizer: that looks for what the
    first few show."""
    return max(2, count // 10) if SANITIZED else count


def with_fifty_processes(test):
    """Not with a sanitizer: a bank of ten shows it the same, in minutes less."""
    return unittest.skipIf(SANITIZED, "fifty processes take a sanitizer minutes")(test)


def wait_until(condition, what, seconds=PATIENCE):
    """Returns the first true value of `condition()`; fails when there is none in time."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"after {seconds} s still not so: {what}")
        time.sleep(0.005)


def marked_processes(mark):
    """The ids of all living processes whose environment has the mark."""
    needle = f"{MARK}={mark}".encode()
    found = []
    for entry in os.listdir("/proc"):
        try:
            if entry.isdigit() and needle in pathlib.Path("/proc", entry, "environ").read_bytes():
                found.append(int(entry))
        except OSError:
            pass  # ended meanwhile, or another user's
    return found


def children_of_run(runner):
    """The processes of a run by name ("branch-2", "customer-1", "auditor"): each one's stderr is
    a log of that name, in a file or in memory."""
    found = {}
    for entry in os.listdir("/proc"):
        try:
            if not entry.isdigit() or parent_of(entry) != runner.pid:
                continue
            log = os.readlink(f"/proc/{entry}/fd/2")
        except OSError:
            continue
        name = re.search(r"((?:branch|customer)-\d+|auditor)(?:\.log)?( \(deleted\))?$", log)
        if name:
            found[name[1]] = int(entry)
    return found


def parent_of(pid):
    stat = pathlib.Path("/proc", str(pid), "stat").read_text()
    return int(stat[stat.rindex(")") + 1:].split()[1])


def ports_below_the_kernels(count):
    """Neighbouring ports that are free, and that the kernel gives to nobody who lets it choose.
    The process id keeps apart tests that run at the same time."""
    lowest, highest = 10000, 30000
    for attempt in range(50):
        first = lowest + (os.getpid() * 32 + attempt * 3200) % (highest - lowest)
        ports = list(range(first, first + count))
        if all(map(is_free, ports)):
            return ports
    raise AssertionError("no free ports")


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            return False
    return True


def branch(number, balance):
    return {"id": number, "type": "branch", "balance": balance}


def branches(count, balance):
    return [branch(number, balance) for number in range(1, count + 1)]


def customer(number, *events):
    return {"id": number, "type": "customer", "events": list(events)}


def query(place):
    return {"interface": "query", "branch": place}


def deposit(money, place):
    return {"interface": "deposit", "money": money, "branch": place}


def withdraw(money, place):
    return {"interface": "withdraw", "money": money, "branch": place}


class Started:
    """A process under way, whose stdout and stderr go to files that can be read meanwhile."""

    def __init__(self, process, out, err):
        self.process = process
        self.pid = process.pid
        self.out_path = out
        self.err_path = err

    @property
    def out(self):
        return self.out_path.read_text()

    @property
    def err(self):
        return self.err_path.read_text()

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=PATIENCE):
        """The exit status; that of a process ended by a signal is its number, negative."""
        return self.process.wait(timeout=seconds)


class ProcessTest(unittest.TestCase):
    """Gives each test a folder of its own, and fails it when it leaves a process behind."""

    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="passbook-test-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.mark = uuid.uuid4().hex
        self.environment = {**os.environ, MARK: self.mark}
        self.started = []
        self.addCleanup(self.end_all)

    def end_all(self):
        """Ends what the test started; those in turn must then end by themselves."""
        for started in self.started:
            if started.process.poll() is None:
                started.process.kill()
            started.wait()
        try:
            self.assert_nobody_lives()
        finally:
            for pid in marked_processes(self.mark):
                os.kill(pid, signal.SIGKILL)

    def assert_nobody_lives(self, seconds=10.0):
        wait_until(lambda: not marked_processes(self.mark), "no process survives", seconds)

    def run_command(self, *words, stdin=""):
        """Runs a command to its end: its status, stdout and stderr."""
        return subprocess.run([*ENDS_WITH_STARTER, *map(str, words)], cwd=self.folder,
                              env=self.environment, input=stdin, text=True, capture_output=True,
                              timeout=PATIENCE)

    def passbook(self, *words, stdin=""):
        return self.run_command(PASSBOOK, *words, stdin=stdin)

    def start(self, *words):
        """Starts the command under test."""
        return self.start_command(PASSBOOK, *words)

    def start_command(self, *words):
        """Starts a command in a session of its own."""
        number = len(self.started)
        out, err = self.folder / f"{number}.stdout", self.folder / f"{number}.stderr"
        with open(out, "w") as out_file, open(err, "w") as err_file:
            process = subprocess.Popen(
                [*ENDS_WITH_STARTER, *map(str, words)], cwd=self.folder,
                env=self.environment, stdin=subprocess.DEVNULL, stdout=out_file, stderr=err_file,
                start_new_session=True)
        started = Started(process, out, err)
        self.started.append(started)
        return started

    def start_run(self, scenario, *options):
        """Starts a run and waits until its customers begin; gives it `ports`, by branch."""
        run = self.start("run", self.write("scenario.json", scenario), *options)
        wait_until(lambda: "\nCustomers:\n" in run.out or run.process.poll() is not None,
                   "the customers begin")
        run.ports = {int(number): int(port) for number, port in
                     re.findall(r"branch (\d+) serves on port (\d+)", run.out)}
        return run

    def balance_at(self, port):
        """What a branch has at this moment, whatever it may still lack."""
        done = self.passbook("customer", "--id", "99", "--branch", f"1=127.0.0.1:{port}",
                             "--consistency", "eventual", "--timeout", "2s",
                             stdin='{"interface":"query","branch":1}\n')
        return json.loads(done.stdout).get("balance") if done.stdout else None

    def wait_for_balance(self, port, balance):
        wait_until(lambda: self.balance_at(port) == balance, f"{balance} at port {port}")

    def write(self, name, content):
        """A file in the test's folder; what is no text or bytes is written as JSON."""
        path = self.folder / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    def result(self, name="output.json"):
        """A result file, by a parser that allows nothing but JSON."""
        return read_json((self.folder / name).read_text())

    def report(self, *words):
        """The machine-readable report of a run that goes well."""
        done = self.passbook("run", *words, "-o", "json")
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        return read_json(done.stdout)

    def judged_report(self, *words):
        """The same of a run whose history the judges find right."""
        report = self.report(*words, "--history", "run.jsonl")
        done = self.passbook("check", "--history", "run.jsonl")
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        return report


class Listeners:
    """Where three branches listen, each for customers, for peers and for operators."""

    def choose_ports(self, more=0):
        """The ports of all listeners; so many more, which are free, are returned."""
        free = ports_below_the_kernels(9 + more)
        self.ports, self.peer_ports, self.operator_ports = (
            {number: free.pop() for number in (1, 2, 3)} for _ in range(3))
        return free

    def address(self, number):
        return f"127.0.0.1:{self.ports[number]}"

    def peer_address(self, number):
        return f"127.0.0.1:{self.peer_ports[number]}"

    def operator_address(self, number):
        return f"127.0.0.1:{self.operator_ports[number]}"

    def address_seen_by(self, _, number):
        """Where a branch dials another."""
        return self.peer_address(number)

    def listeners(self, number, without=()):
        """The options that say where a branch listens, and where the others do."""
        return ("--listen", self.address(number), "--listen-peers", self.peer_address(number),
                "--listen-operators", self.operator_address(number),
                *(word for other in self.ports if other != number and other not in without
                  for word in ("--peer", f"{other}={self.address_seen_by(number, other)}")))

    def wait_until_serving(self, number, branch):
        """Or until it has ended."""
        line = f"branch {number} serves on {self.address(number)}, "
        wait_until(lambda: line in branch.out or branch.process.poll() is not None, line)


class HandMadeBank(Listeners, Histories, ProcessTest):
    """Three branch processes with addresses of their own and an opening balance of 400, which write
    down what happens to them."""

    def setUp(self):
        super().setUp()
        self.open_histories()
        self.choose_ports()
        self.branches = {}

    def begin_branch(self, number, *options):
        """Starts a branch process, and doesn't wait until it serves."""
        branch = self.start("branch", "--bank", SAMPLE, "--id", number, *self.listeners(number),
                            *self.history_options(number), *options)
        self.branches[number] = branch
        return branch

    def start_branch(self, number, *options):
        branch = self.begin_branch(number, *options)
        self.wait_until_serving(number, branch)
        return branch

    def start_bank(self):
        for number in self.ports:
            self.start_branch(number)

    def assert_lives(self, number):
        branch = self.branches[number]
        self.assertIsNone(branch.process.poll(), f"branch {number} ended:\n{branch.err}")

    def assert_all_live(self):
        for number in self.branches:
            self.assert_lives(number)

    def kill(self, number):
        """Kills a branch that had not ended by itself."""
        self.assert_lives(number)
        self.branches[number].signal(signal.SIGKILL)
        self.branches[number].wait()
        self.history.note("crashed", branch=number)

    def restart(self, number):
        self.start_branch(number)
        self.assert_lives(number)


class DurableBank(HandMadeBank):
    """A hand-made bank whose branches keep their journals on disk."""

    def begin_branch(self, number, *options):
        return super().begin_branch(number, "--data-dir", f"data-{number}", *options)

    def start_bank(self):
        for number in self.ports:
            self.start_branch(number, "--create")


def read_json(text):
    def refuse(word):
        raise ValueError(f"{word} is not JSON")
    return json.loads(text, parse_constant=refuse)


def main():
    program = unittest.main(exit=False)
    if program.result.testsRun == 0:
        sys.exit("there is no test in this file")
    sys.exit(not program.result.wasSuccessful())
