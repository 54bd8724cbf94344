# SPDX-License-Identifier: Apache-2.0
"""Builds a mutant as the planted bugs are built, and runs it: first the unit tests of its module,
then the simulator.

The changed file alone is compiled, by the command that the build has for it, and is linked before
the modules' libraries, which the linker asks only for what the changed file does not define."""

import json
import math
import re
import resource
import shlex
import signal
import subprocess
import time
from pathlib import Path
from typing import NamedTuple, Optional

SIMULATOR = "tests/bugs/bugs_none"
SEEDS = 200
UNIT_TESTS_SLOWER = 10  # than usual, in time of the processor: they are taken to have no end
SIMULATOR_SLOWER = 5
LEAST_SECONDS = 3
MOST_KIB = 4 << 20  # of memory
MOST_OUTPUT_KIB = 64 << 10


class Verdict(NamedTuple):
    outcome: str  # killed, survived, or not built
    by: str
    seconds: float


class Ended(NamedTuple):
    status: Optional[int]  # none when it had to be killed; -N for signal N, as subprocess has it
    output: str


def unit_tests_of(file):
    """The unit-test program of the module that a file belongs to, in the build folder."""
    folder = Path(file).parent
    return f"{folder}/{folder.name}_test"


def run(command, folder, cpu_seconds, output):
    """Runs a command with bounds on its time and memory. Its output goes to a file first, since
    who never ends may say much."""
    limits = (f"ulimit -c 0; ulimit -S -t {cpu_seconds}; ulimit -v {MOST_KIB}; "
              f"ulimit -f {MOST_OUTPUT_KIB}; exec \"$@\"")
    with open(output, "w+", encoding="utf-8", errors="replace") as file:
        process = subprocess.Popen(["bash", "-c", limits, "run", *command], cwd=folder, stdout=file,
                                   stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        try:
            # Much longer than its time of the processor: others may want that too.
            status = process.wait(timeout=10 * cpu_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            status = None
        file.seek(0)
        return Ended(status, file.read())


def ended_by(status):
    """How a program ended that neither passed nor said what is wrong."""
    if status is None or status == -signal.SIGXCPU:
        return "no end"
    if status < 0:
        return signal.Signals(-status).name
    return f"status {status}"


def killed_by_unit_tests(ended):
    """The test that failed, or in which the program came to an end; none when all passed."""
    if ended.status == 0:
        return None
    failed = re.search(r"^\[  FAILED  \] ([\w/.]+)", ended.output, re.M)
    if failed:
        return failed.group(1)
    begun = re.findall(r"^\[ RUN      \] (\S+)", ended.output, re.M)
    return f"{begun[-1] if begun else 'no test'}: {ended_by(ended.status)}"


def killed_by_simulator(ended):
    """The judges that complain, and the seed; none when none does."""
    if ended.status == 0:
        return None
    if ended.status == 1 and ended.output:
        judges, seed = ended.output.split()[:2]
        return f"{judges}, seed {seed}"
    return f"simulator: {ended_by(ended.status)}"


class Build:
    """What a build folder knows: how its files are compiled and its programs linked."""

    def __init__(self, root, folder):
        self.root, self.folder = Path(root), Path(folder)
        with open(self.folder / "compile_commands.json", encoding="utf-8") as file:
            self.commands = {entry["file"]: entry["command"] for entry in json.load(file)}
        self.limits = {}

    def compile_command(self, file, source, target):
        """Compiles `source` instead of `file`, and does not mind warnings."""
        words = shlex.split(self.commands[str(self.root / file)])
        compiler = next(i for i, word in enumerate(words) if re.search(r"(\+\+|/cc)[-\d.]*$", word))
        out = [word for word in words[compiler:] if word != "-Werror"]
        out[out.index("-o") + 1] = str(target)
        out[out.index("-c") + 1] = str(source)
        return out + ["-w"]

    def link_command(self, program, changed, target):
        """Links a program with a changed object file before all others."""
        said = subprocess.run(["ninja", "-C", str(self.folder), "-t", "commands", "-s", program],
                              check=True, capture_output=True, text=True).stdout
        words = [word for word in shlex.split(said.strip().splitlines()[-1])
                 if word not in (":", "&&")]
        place = words.index("-o")
        words[place + 1] = str(target)
        return words[:place] + [str(changed)] + words[place:]

    def measure(self, modules_tests, output):
        """Runs everything unchanged, so that it is known how long that takes. Says what fails."""
        for program in [*modules_tests, SIMULATOR]:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            ended = run(command_of(self.folder / program), self.folder, 3600, output)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            if ended.status != 0:
                return f"{program} fails without any mutant"
            took = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            slower = SIMULATOR_SLOWER if program == SIMULATOR else UNIT_TESTS_SLOWER
            self.limits[program] = max(LEAST_SECONDS, math.ceil(took * slower))
        return None


def command_of(program):
    """How a program is run: unit tests end with the first failure and have the same luck each time."""
    if program.name.endswith("_test"):
        return ["env", "RC_PARAMS=seed=1", str(program), "--gtest_fail_fast"]
    return [str(program), "1", str(SEEDS), "36000"]


class Workshop:
    """A folder in which one mutant after another is built and run."""

    def __init__(self, build, folder):
        self.build, self.folder = build, Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def made(self, command):
        return subprocess.run(command, cwd=self.build.folder, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, check=False).returncode == 0

    def try_out(self, file, text):
        """What becomes of a mutant, whose file has another text."""
        began = time.monotonic()
        by = self.killer(file, text)
        outcome = {None: "survived", "": "not built"}.get(by, "killed")
        return Verdict(outcome, by or "", round(time.monotonic() - began, 1))

    def killer(self, file, text):
        """Who notices a mutant; nothing at all when nobody does, and "" when it can't be built."""
        source, changed = self.folder / Path(file).name, self.folder / "changed.o"
        source.write_text(text, encoding="utf-8")
        if not self.made(self.build.compile_command(file, source, changed)):
            return ""
        for program, judge in ((unit_tests_of(file), killed_by_unit_tests),
                               (SIMULATOR, killed_by_simulator)):
            target = self.folder / Path(program).name
            if not self.made(self.build.link_command(program, changed, target)):
                return ""
            by = judge(run(command_of(target), self.build.folder, self.build.limits[program],
                           self.folder / "output"))
            if by is not None:
                return by
        return None
