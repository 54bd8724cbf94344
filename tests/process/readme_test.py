#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the documentation shows is so: its commands run, their output is the one shown, its numbers
are those of the code, and its links lead somewhere.

PASSBOOK is the path of the binary. Blocks
marked `sh` must succeed; those of one section share a shell, and what they leave in the background
must end with status 0, or be killed with -9 in them. A comment at the end of a line must be in the
output. Of blocks marked `console`, each `$ command` is run and its output compared: `...` stands for
any lines, and ports, times, hashes and the counts of a history may differ. A block after "Save this
as `NAME`" is saved there first. Lines that begin with ./dev are left out.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PASSBOOK = Path(os.environ.get("PASSBOOK", ROOT / "build" / "passbook")).resolve()
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md",
             *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]
SECONDS = 60

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SAVED = re.compile(r"[Ss]ave this as `([\w.-]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def text_of(document):
    return (ROOT / document).read_text(encoding="utf-8")


def sections(document):
    """The text between two headings of the second level, with the heading."""
    return re.split(r"^(?=## )", text_of(document), flags=re.MULTILINE)


def blocks(text, kind):
    return [body for marked, body in BLOCK.findall(text) if marked == kind]


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def on_free_ports(*texts):
    """The texts with their ports replaced, so that they can run beside others."""
    shown = sorted(set(re.findall(r"(?<=127\.0\.0\.1:)\d+", "\n".join(texts))))
    free = dict(zip(shown, free_ports(len(shown))))
    return [re.sub(r"(?<=127\.0\.0\.1:)\d+", lambda port: str(free[port[0]]), text) for text in texts]


def shell_script(section):
    """All that a section tells to type, as one script that ends what it began."""
    lines = [line for line in "".join(blocks(section, "sh")).splitlines()
             if not line.startswith("./dev")]
    if not lines:
        return None
    killed = 137 if any(line.startswith("kill -9") for line in lines) else 0
    lines = [re.sub(r"&$", "& begun=\"$begun $!\"", line) for line in lines]
    return "\n".join([
        "set -euo pipefail", "begun=", "trap 'kill -9 $begun 2>/dev/null || true' EXIT",
        *lines,
        "for each in $begun; do",
        f"  wait $each || [ $? = {killed} ] || {{ echo \"process $each failed\" >&2; exit 3; }}",
        "done",
        "begun="]) + "\n"


def sessions(block):
    """The commands of a console block, each with the output shown."""
    return [part.split("\n", 1) for part in re.split(r"^\$ ", block, flags=re.MULTILINE) if part]


def pattern_of(shown):
    """What output matches the one shown."""
    out = ""
    for line in shown.splitlines():
        if line == "...":
            out += r"(?:.*\n)*"
            continue
        line = re.escape(line)
        line = re.sub(r"(port)(\\ )\d+", r"\1\2\\d+", line)
        line = re.sub(r"\d+\\\.\d+(\\ s\b)", r"\\d+\\.\\d+\1", line)
        line = re.sub(r"(hash(?:\\ )+)[0-9a-f]{16}", r"\1[0-9a-f]{16}", line)
        line = re.sub(r"\d+(\\ (?:events|calls|entries),)", r"\\d+\1", line)
        out += line + r"\n"
    return re.compile(out)


class Documentation(unittest.TestCase):
    def new_clone(self):
        """A folder that looks like a clone in which only the command was built."""
        folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, folder)
        (folder / "build").mkdir()
        (folder / "build" / "passbook").symlink_to(PASSBOOK)
        for name in ["scenarios", "src", "tests", "tools"]:
            (folder / name).symlink_to(ROOT / name)
        return folder

    def run_shell(self, folder, script):
        process = subprocess.Popen(["bash", "-c", script], cwd=folder, text=True,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, start_new_session=True)
        try:
            out, err = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.communicate()
            self.fail(f"did not end within {SECONDS} s:\n{script}")
        return process.returncode, out, err

    def test_commands_succeed(self):
        ran = 0
        for document in DOCUMENTS:
            for section in sections(document):
                script = shell_script(section)
                if script is None:
                    continue
                with self.subTest(document=document, section=section.splitlines()[0]):
                    ran += 1
                    folder = self.new_clone()
                    saved = dict(SAVED.findall(section))
                    script, *contents = on_free_ports(script, *saved.values())
                    for name, content in zip(saved, contents):
                        (folder / name).write_text(content, encoding="utf-8")
                    status, out, err = self.run_shell(folder, script)
                    self.assertEqual(status, 0, f"\n{script}\n{out}\n{err}")
                    for promised in re.findall(r"  # (.+)$", script, re.MULTILINE):
                        self.assertIn(promised, out)
        self.assertGreater(ran, 0, "the documentation shows no command")

    def test_output_is_as_shown(self):
        ran = 0
        for document in DOCUMENTS:
            folder = self.new_clone()
            for name, content in SAVED.findall(text_of(document)):
                (folder / name).write_text(content, encoding="utf-8")
            for block in blocks(text_of(document), "console"):
                for command, shown in sessions(block):
                    if command.startswith("./dev"):
                        continue
                    with self.subTest(document=document, command=command):
                        ran += 1
                        _, out, err = self.run_shell(folder, *on_free_ports(command))
                        self.assertTrue(pattern_of(shown).fullmatch(out + err),
                                        f"\nshown:\n{shown}\nbut it is:\n{out}{err}")
        self.assertGreater(ran, 0, "the documentation shows no output")

    def test_numbers_are_those_of_the_code(self):
        code = (ROOT / "src/branch/options.h").read_text(encoding="utf-8")
        units = {"milliseconds": "ms", "seconds": "s"}
        real = {name: f"{int(number):,} {units[unit]}" for name, unit, number in re.findall(
            r"Duration (\w+) = std::chrono::(\w+)\((\d+)\);", code)}
        real.update((name, f"{int(number.replace(chr(39), '')):,}") for name, number in re.findall(
            r"std::size_t (\w+) = ([\d']+);", code))
        real.update(re.findall(r"MeshShape (\w+) = MeshShape::(\w+);", code))
        rows = re.findall(r"^\| `(\w+)` \| ([^|]+?) \|", text_of("docs/protocol.md"), re.MULTILINE)
        said = {name: value for name, value in rows if name in real or "_" in name}
        self.assertEqual(said, real)

    def test_links_lead_somewhere(self):
        for document in DOCUMENTS:
            for target in re.findall(r"\]\(([^)]+)\)", text_of(document)):
                path, _, anchor = target.partition("#")
                if "://" in target:
                    continue
                with self.subTest(document=document, target=target):
                    file = (ROOT / document).parent / path if path else ROOT / document
                    self.assertTrue(file.exists())
                    if anchor:
                        headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"),
                                              re.MULTILINE)
                        anchors = [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
                                   for heading in headings]
                        self.assertIn(anchor, anchors)

    def test_files_that_are_named_are_there(self):
        for document in DOCUMENTS:
            for path in re.findall(r"`((?:src|docs|tests|tools|scenarios|cmake)/[\w./-]+)`",
                                   text_of(document)):
                with self.subTest(document=document, path=path):
                    self.assertTrue((ROOT / path).exists())


if __name__ == "__main__":
    if not PASSBOOK.exists():
        sys.exit(f"{PASSBOOK}: there is no such binary; PASSBOOK names it")
    unittest.main()
