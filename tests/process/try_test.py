# SPDX-License-Identifier: Apache-2.0
"""`passbook try`: how programs are started and ended, where their outputs are found, what is said of
them, how scenarios are made smaller, and that hostile programs harm nobody."""

import csv
import io
import json
import signal
import unittest

from support import (ISOLATED, PASSBOOK, ProcessTest, branches, customer, deposit, main, query,
                     wait_until, withdraw)

# A bank without branches: it performs all events one after another on one balance.
BANK = '''
import json, sys
def perform(path, fault=""):
    objects = json.load(open(path))
    balance = next(each["balance"] for each in objects if each["type"] == "branch")
    out = []
    for each in objects:
        if each["type"] != "customer":
            continue
        received = []
        for event in each["events"]:
            kind, money = event["interface"], event.get("money", 0)
            if kind == "query":
                received.append({"interface": kind, "balance": balance})
                continue
            fine = kind == "deposit" or money <= balance or fault == "overdraws"
            if fine:
                balance += money if kind == "deposit" else -money
            if fault == "loses" and kind == "withdraw" and fine and money > 50:
                balance += 1
            received.append({"interface": kind, "result": "success" if fine else "fail"})
        out.append({"id": each["id"], "recv": received})
    return json.dumps(out)
'''
HOSTILE = {
    "too many processes": ["--processes", "200", "--run",
                           "for i in $(seq 300); do sleep 60 & done; wait # {input}"],
    "wrote too much": ["--run", "yes # {input}"],
    "took too much memory": [
        "--memory", "200MiB",
        "--run", "/usr/bin/python3 -c 'x = []\nwhile True: x.append(bytearray(10**6))' # {input}"],
    "wrote no output": ["--run", "rm -rf \"$PWD\"/* # {input}"],
    "did not end in time": ["--run", "sleep 1000 # {input}"],
}


@unittest.skipUnless(ISOLATED, "neither bwrap nor unshare works here")
class Try(ProcessTest):
    def setUp(self):
        super().setUp()
        self.places = self.folder / "temporary"
        self.places.mkdir()
        self.environment["TMPDIR"] = str(self.places)
        self.bank = self.folder / "bank"
        self.bank.mkdir()
        (self.bank / "bank.py").write_text(BANK)
        self.write("small.json", [customer(1, deposit(5, 1), withdraw(60, 1), query(1)),
                                  customer(2, query(2)), *branches(2, 100)])

    def program(self, text):
        (self.bank / "main.py").write_text(f"import sys\nfrom bank import perform\n{text}\n")

    def try_it(self, *words, scenarios=("small.json",)):
        places = [word for name in scenarios for word in ("--scenarios", name)]
        return self.passbook("try", "--dir", "bank", *places, "--no-shrink", *words)

    def result(self, *words, **options):
        done = self.try_it("-o", "jsonl", *words, **options)
        self.assertEqual(done.stderr, "")
        return json.loads(done.stdout)

    def temporary(self):
        return list(self.places.iterdir())


class Outputs(Try):
    def test_are_found_where_the_program_was_told(self):
        self.program("open(sys.argv[2], 'w').write(perform(sys.argv[1]))")
        self.assertEqual(self.result("--run", "/usr/bin/python3 main.py {input} {output}")["result"],
                         "right")

    def test_are_found_in_a_file_of_the_programs_choice_and_only_what_was_appended_counts(self):
        (self.bank / "out").mkdir()
        (self.bank / "out" / "answers.json").write_text('[{"id": 1, "recv": []}]\n')
        self.program("open('out/answers.json', 'a').write(perform(sys.argv[1]))\n"
                     "open('log.txt', 'w').write('done')")
        self.assertEqual(self.result("--run", "/usr/bin/python3 main.py {input}")["result"], "right")

    def test_are_found_on_standard_output(self):
        self.program("print(perform(sys.argv[1]))")
        self.assertEqual(self.result("--run", "/usr/bin/python3 main.py {input}")["result"], "right")

    def test_come_of_a_scenario_in_a_certain_place(self):
        self.program("print(perform('tests/case.json'))")
        self.assertEqual(self.result("--run", "/usr/bin/python3 main.py", "--place",
                                     "tests/case.json")["result"], "right")
        self.assertFalse((self.bank / "tests").exists(), "the program's own folder stays as it was")

    def test_come_of_a_client_when_its_server_is_ready(self):
        (self.bank / "server.py").write_text(
            "import socket, sys, time\n"
            "time.sleep(0.3)\n"
            "open_ones = [socket.create_server(('127.0.0.1', port)) for port in (50051, 50052)]\n"
            "time.sleep(1000)\n")
        self.program("import socket\n"
                     "[socket.create_connection(('127.0.0.1', port)) for port in (50051, 50052)]\n"
                     "print(perform(sys.argv[1]))")
        self.assertEqual(self.result("--serve", "/usr/bin/python3 server.py",
                                     "--run", "/usr/bin/python3 main.py {input}")["result"], "right")

    def test_of_passbook_itself_are_right(self):
        done = self.passbook("try", "--dir", "bank", "--run",
                             f"{PASSBOOK} run {{input}} --output {{output}}",
                             "--case", "sample", "--case", "refused", "--case", "read-your-writes")
        self.assertIn("3 of 3 runs right", done.stdout)
        self.assertEqual(done.returncode, 0)


class Faults(Try):
    def fault(self, program, *words):
        self.program(program)
        found = self.result("--run", "/usr/bin/python3 main.py {input}", *words)
        self.assertEqual(len(found["faults"]), 1, found)
        return found["result"], found["faults"][0]

    def test_are_wrong_answers(self):
        self.assertEqual(self.fault("print(perform(sys.argv[1], 'loses'))"),
                         ("wrong", "output:1:116: customer 1, event 3: query shows 46, expected 45"))

    def test_are_crashes_with_their_last_words(self):
        self.assertEqual(self.fault("raise ValueError('no such branch')"),
                         ("failed", "exit status 1: ValueError: no such branch"))
        self.assertEqual(self.fault("import os; os.kill(os.getpid(), 11)"),
                         ("failed", "ended by signal 11 (Segmentation fault)"))

    def test_are_outputs_that_are_not_there_or_no_outputs(self):
        self.assertEqual(self.fault("pass"), ("no output", "wrote no output"))
        self.assertEqual(self.fault("print('hello')")[0], "unreadable")

    def test_are_processes_left_behind(self):
        result, what = self.fault("import subprocess; print(perform(sys.argv[1]))\n"
                                  "subprocess.Popen(['sleep', '1000'], start_new_session=True)")
        self.assertEqual((result, what), ("left behind", "left 1 process: sleep running"))

    def test_of_servers_are_told_apart(self):
        self.program("print(perform(sys.argv[1]))")
        run = ["--run", "/usr/bin/python3 main.py {input}"]
        self.assertIn("the server ended before its ports were open, with exit status 3",
                      self.result("--serve", "exit 3", *run)["faults"][0])
        self.assertEqual(self.result("--serve", "sleep 1000", "--timeout", "1s", *run)["faults"],
                         ["the server opened no port in time"])

    def test_are_made_smaller(self):
        self.program("print(perform(sys.argv[1], 'loses'))")
        self.write("large.json", [
            *(customer(number, deposit(10, number), withdraw(55, number), query(number))
              for number in range(1, 5)), *branches(4, 1000)])
        done = self.passbook("try", "--dir", "bank", "--scenarios", "large.json", "-o", "jsonl",
                             "--run", "/usr/bin/python3 main.py {input}", "--html", "page.html")
        self.assertEqual(done.returncode, 1)
        smallest = json.loads(done.stdout.splitlines()[1])["smallest"]
        self.assertEqual((smallest["events"], smallest["branches"]), (2, 1))
        self.assertEqual((smallest["failures"], smallest["runs"]), (3, 3))
        self.assertIn("query shows 46, expected 45", smallest["faults"][0])
        page = (self.folder / "page.html").read_text()
        self.assertIn("data:image/svg+xml", page)
        self.assertIn("right answer", page)


class Hostile(Try):
    def test_programs_are_ended_and_told_of_and_leave_nothing(self):
        (self.bank / "kept.txt").write_text("kept")
        for what, words in HOSTILE.items():
            with self.subTest(what):
                timeout = "1s" if what == "did not end in time" else "50s"
                self.assertIn(what, self.result("--timeout", timeout, *words)["faults"][0])
        self.assertEqual((self.bank / "kept.txt").read_text(), "kept")
        self.assertEqual(self.temporary(), [])

    def test_programs_read_no_file_of_others_by_a_link(self):
        self.assertEqual(
            self.result("--run", "ln -s /etc/passwd a.json; ln -s /etc/passwd {output} # {input}")
            ["result"], "no output")

    def test_runs_end_with_whoever_started_them(self):
        for number in (signal.SIGTERM, signal.SIGKILL):
            started = self.start("try", "--dir", "bank", "--scenarios", "small.json",
                                 "--run", "sleep 1000 # {input}")
            wait_until(self.temporary, "a run has begun")
            started.signal(number)
            started.wait()
            if number == signal.SIGTERM:
                self.assertEqual(self.temporary(), [])
        self.assert_nobody_lives()


class Submissions(Try):
    def setUp(self):
        super().setUp()
        for name, fault in (("anna", ""), ("ben", "overdraws"), ("carl", "loses")):
            folder = self.folder / "class" / name
            folder.mkdir(parents=True)
            (folder / "main.py").write_text(f"{BANK}\nprint(perform(sys.argv[1], {fault!r}))")
        self.write("refused.json", [customer(1, withdraw(101, 1), query(1)), *branches(1, 100)])
        self.words = ["try", "--submissions", "class", "--run", "/usr/bin/python3 main.py {input}",
                      "--scenarios", "small.json", "--scenarios", "refused.json"]

    def test_make_a_table_with_points(self):
        self.write("points.json", {"small": 3, "refused": 1.5})
        done = self.passbook(*self.words, "--points", "points.json")
        self.assertEqual(done.returncode, 1)
        self.assertEqual([line.split() for line in done.stdout.splitlines()[-6:-2]], [
            ["program", "small", "refused", "points"],
            ["anna", "right", "right", "4.5/4.5"],
            ["ben", "right", "wrong", "3/4.5"],
            ["carl", "wrong", "right", "1.5/4.5"]])

    def test_are_lines_of_csv(self):
        rows = list(csv.DictReader(io.StringIO(self.passbook(*self.words, "-o", "csv").stdout)))
        self.assertEqual({(row["program"], row["case"]): row["result"] for row in rows}, {
            ("anna", "small"): "right", ("anna", "refused"): "right",
            ("ben", "small"): "right", ("ben", "refused"): "wrong",
            ("carl", "small"): "wrong", ("carl", "refused"): "right"})

    def test_go_on_where_an_earlier_call_was_killed(self):
        done = self.passbook(*self.words, "--results", "kept.jsonl", "-o", "jsonl")
        lines = done.stdout.splitlines(keepends=True)
        (self.folder / "kept.jsonl").write_text("".join(lines[:4]) + lines[4][:20])
        again = self.passbook(*self.words, "--results", "kept.jsonl", "-o", "jsonl")
        self.assertEqual(len(again.stdout.splitlines()), 2)
        def key(line):
            return json.loads(line)["program"], json.loads(line)["case"]
        kept = (self.folder / "kept.jsonl").read_text().splitlines()
        self.assertEqual(sorted(map(key, kept)), sorted(map(key, lines)))

    def test_that_are_no_results_are_not_gone_on_with(self):
        (self.folder / "kept.jsonl").write_text("hello\n")
        done = self.passbook(*self.words, "--results", "kept.jsonl")
        self.assertEqual(done.returncode, 2)
        self.assertIn("kept.jsonl:1: is no result", done.stderr)
        self.assertEqual((self.folder / "kept.jsonl").read_text(), "hello\n")


class BadArguments(Try):
    def test_are_told_before_anything_runs(self):
        for words, what in (
                (["--run", "true"], "{input}"),
                (["--run", "x {input}", "--place", "../x"], "--place"),
                (["--run", "x {input}", "--dialect", "latin"], '"latin"'),
                (["--run", "x {input}", "--case", "none"], "read-your-writes"),
                (["--run", "x {input}", "--timeout", "soon"], "--timeout"),
                (["--run", "x {input}", "-o", "xml"], "jsonl"),
                (["--run", "x {input}", "--html", "no/such/page.html"], "no/such"),
                (["--run", "x {input}", "--submissions", "bank"], "no folder of a submission")):
            with self.subTest(words):
                done = self.try_it(*words)
                self.assertEqual(done.returncode, 2, done.stdout)
                self.assertIn(what, done.stderr)
                self.assertEqual(done.stdout, "")
        self.assertEqual(self.passbook("try", "--dir", "nowhere", "--run", "x {input}").returncode, 2)


if __name__ == "__main__":
    main()
