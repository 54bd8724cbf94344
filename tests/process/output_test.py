# SPDX-License-Identifier: Apache-2.0
"""What a run prints and writes: the story for people, reports and results for machines."""

import os
import pty
import re
import signal
import stat
import subprocess

from support import (ENDS_WITH_STARTER, PASSBOOK, SAMPLE, SCENARIOS, ProcessTest, branches,
                     customer, deposit, main, query, read_json, withdraw)

ANSWERS = [
    {"customer": 1, "event": 1, "interface": "query", "branch": 1, "result": "success",
     "balance": 400},
    {"customer": 2, "event": 2, "interface": "deposit", "branch": 2, "money": 170,
     "result": "success", "balance": 570},
    {"customer": 2, "event": 3, "interface": "query", "branch": 2, "result": "success",
     "balance": 570},
    {"customer": 3, "event": 4, "interface": "withdraw", "branch": 3, "money": 70,
     "result": "success", "balance": 500},
    {"customer": 3, "event": 5, "interface": "query", "branch": 3, "result": "success",
     "balance": 500}]
FINALS = [{"branch": number, "balance": 500} for number in (1, 2, 3)]


class TerminalTest(ProcessTest):
    def on_terminal(self, *words):
        """What a command writes to a terminal."""
        ours, theirs = pty.openpty()
        process = subprocess.Popen([*ENDS_WITH_STARTER, PASSBOOK, *map(str, words)],
                                   cwd=self.folder, stdout=theirs, env=self.environment)
        os.close(theirs)
        text = b""
        try:
            while piece := os.read(ours, 65536):
                text += piece
        except OSError:
            pass  # how a terminal says that nobody writes any more
        os.close(ours)
        self.assertEqual(process.wait(), 0)
        return text.decode()


class Machines(ProcessTest):
    def assert_summary(self, summary):
        self.assertEqual(summary["file"], str(SAMPLE))
        self.assertEqual((summary["schedule"], summary["style"], summary["ack"],
                          summary["consistency"]), ("sequential", "spec", "all", "session"))
        self.assertIs(summary["agree"], True)
        self.assertIsNone(summary["failure"])
        self.assertEqual((summary["answered"], summary["cut_off"], summary["not_begun"]), (5, 0, 0))
        for name in ("broken_guarantees", "notes", "warnings", "last_words"):
            self.assertEqual(summary[name], [], name)
        self.assertEqual(set(summary["seconds"]), {"start_up", "events", "total"})

    def test_get_one_report(self):
        report = self.report(SAMPLE)
        self.assertEqual((report.pop("answers"), report.pop("finals")), (ANSWERS, FINALS))
        self.assert_summary(report)
        self.assertEqual(self.result()[1]["recv"][1]["balance"], 570)

    def test_get_one_report_in_lines(self):
        done = self.passbook("run", SAMPLE, "-o", "jsonl")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        lines = [read_json(line) for line in done.stdout.splitlines()]
        self.assertEqual(lines[:8], ANSWERS + FINALS)
        self.assert_summary(lines[8])
        self.assertEqual(len(lines), 9)

    def test_get_the_result_alone_on_stdout(self):
        for form in ("table", "json", "jsonl"):
            with self.subTest(form):
                done = self.passbook("run", SAMPLE, "--output", "-", "-o", form)
                self.assertEqual(done.returncode, 0)
                result = read_json(done.stdout)
                self.assertEqual([part["id"] for part in result], [1, 2, 3])
                self.assertIn("All 3 replicas agree" if form == "table" else '"agree":true',
                              done.stderr)
                self.assertEqual(list(self.folder.iterdir()), [])

    def test_get_warnings_and_notes(self):
        scenario = self.write("scenario.json", "[" + ",".join([
            '{"id":1,"type":"customer","colour":"red","events":['
            '{"id":1,"interface":"query"},{"id":1,"interface":"query"}]}',
            '{"id":1,"type":"branch","balance":1},]']))
        report = self.report(scenario, "--lenient")
        self.assertEqual(len(report["warnings"]), 2, report["warnings"])
        self.assertEqual(len(report["notes"]), 1, report["notes"])

    def test_can_read_names_that_need_escapes(self):
        scenario = self.write('a "quoted" \\ näme.json', [customer(1, query(1)), *branches(1, 5)])
        self.assertEqual(self.report(scenario)["file"], str(scenario))

    def test_get_cents_as_two_decimals_and_whole_amounts_as_integers(self):
        scenario = self.write("cents.json", [
            customer(1, deposit(0.1, 1), deposit(0.2, 1), deposit(0.7, 1), query(1)),
            *branches(2, 0.25)])
        done = self.passbook("run", scenario, "--style", "full")
        self.assertEqual(done.returncode, 0, done.stdout)
        shown = re.findall(r'"balance":([^,}]+)', (self.folder / "output.json").read_text())
        self.assertEqual(shown, ["0.35", "0.55", "1.25", "1.25"])
        whole = self.write("whole.json", [customer(1, deposit(0.75, 1)), *branches(1, 0.25)])
        self.passbook("run", whole, "--style", "full")
        self.assertIn('"balance":1}', (self.folder / "output.json").read_text())


class ResultFile(ProcessTest):
    def test_replaces_what_was_there_and_keeps_its_mode(self):
        old = self.write("output.json", "old")
        old.chmod(0o640)
        self.assertEqual(self.passbook("run", SAMPLE).returncode, 0)
        self.assertEqual(len(self.result()), 3)
        self.assertEqual(stat.S_IMODE(old.stat().st_mode), 0o640)

    def test_may_be_no_regular_file(self):
        self.assertEqual(self.passbook("run", SAMPLE, "--output", "/dev/null").returncode, 0)

    def test_may_be_a_link_to_where_it_is(self):
        self.write("real.json", "old")
        (self.folder / "output.json").symlink_to("real.json")
        self.assertEqual(self.passbook("run", SAMPLE).returncode, 0)
        self.assertTrue((self.folder / "output.json").is_symlink())
        self.assertEqual(len(self.result("real.json")), 3)

    def test_does_not_get_the_story_when_there_is_no_stdout(self):
        done = self.run_command("sh", "-c", f"'{PASSBOOK}' run '{SAMPLE}' <&- >&- 2>&-")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(len(self.result()), 3)

    def test_is_written_though_nobody_reads_the_story_to_its_end(self):
        long_run = SCENARIOS / "fifty-branches.json"
        done = self.run_command("bash", "-c", f"'{PASSBOOK}' run '{long_run}' --debug | head -n 1;"
                                              "exit ${PIPESTATUS[0]}")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(len(done.stdout.splitlines()), 1)
        self.assertEqual(len(self.result()), 100)

    def test_nobody_need_hear_of_errors_either(self):
        for words, status in ((["run", "none.json"], 2), (["run", SAMPLE, "--debug"], 0),
                              (["branch", "--bank", SAMPLE, "--id", "9"], 2), (["--nonsense"], 2),
                              (["check", "--history", "none"], 2)):
            line = " ".join(f"'{word}'" for word in [PASSBOOK, *words])
            done = self.run_command("bash", "-c", f"{line} 2>&1 | true; exit ${{PIPESTATUS[0]}}")
            self.assertIn(done.returncode, (status, 128 + signal.SIGPIPE), words)

    def test_may_be_of_a_scenario_on_standard_input(self):
        done = self.passbook("run", "-", stdin=SAMPLE.read_text())
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertIn("All 3 replicas agree: 500", done.stdout)
        self.assertEqual(len(self.result()), 3)

    def test_is_written_where_it_is_asked_for(self):
        (self.folder / "there").mkdir()
        self.assertEqual(self.passbook("run", SAMPLE, "--output", "there/out").returncode, 0)
        self.assertEqual(len(self.result("there/out")), 3)
        self.assertEqual([path.name for path in self.folder.iterdir()], ["there"])

    def test_insufficient_funds_are_a_result_and_no_error(self):
        scenario = self.write("poor.json", [customer(1, withdraw(11, 1), query(1)),
                                            *branches(2, 10)])
        done = self.passbook("run", scenario, "--style", "full")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        refused, asked = self.result()[0]["recv"]
        self.assertEqual((refused["result"], refused["reason"]), ("fail", "INSUFFICIENT_FUNDS"))
        self.assertEqual(asked["balance"], 10)

    def test_what_is_not_confirmed_in_time_stands_with_a_warning(self):
        scenario = self.write("slow.json", [customer(1, deposit(5, 1)), *branches(2, 10)])
        done = self.passbook("run", scenario, "--style", "full", "--timeout", "300ms",
                             "--propagation-delay", "600ms")
        self.assertEqual(done.returncode, 1)
        answer = self.result()[0]["recv"][0]
        self.assertEqual(answer["result"], "success")
        self.assertIn("UNCONFIRMED", answer["reason"])
        self.assertIn("UNCONFIRMED", done.stdout)


class Story(TerminalTest):
    def test_tells_what_was_read_what_happens_and_what_came_of_it(self):
        done = self.passbook("run", SAMPLE)
        in_order = ["3 branches, 3 customers, 5 events", "Starting branches:",
                    "opening balance 400", "Customers:",
                    r"customer 1 +query +at branch 1 +balance 400",
                    r"customer 2 +deposit 170 +at branch 2 +success +balance 570",
                    r"customer 3 +withdraw 70 +at branch 3 +success +balance 500",
                    "Final balances:", "branch 1: 500", "branch 2: 500", "branch 3: 500",
                    "All 3 replicas agree: 500", r"Output: output.json \(style spec\)"]
        self.assertRegex(done.stdout, "(?s)" + ".*".join(in_order))
        for number in (1, 2, 3):
            self.assertRegex(done.stdout, rf"branch {number} serves on port \d+")

    def test_shows_progress_on_a_terminal_only(self):
        long_run = SCENARIOS / "fifty-branches.json"
        self.assertNotIn("\r", self.passbook("run", long_run).stdout)
        self.assertIn("\r  200 of 200 events", self.on_terminal("run", long_run))


class Help(TerminalTest):
    COMMANDS = ("run", "branch", "customer", "check", "status", "recover", "simulate", "generate",
                "trace")

    def test_fits_eighty_columns_and_shows_usage_first(self):
        for words in ([], *([command] for command in self.COMMANDS)):
            with self.subTest(words):
                done = self.passbook(*words, "--help")
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertTrue(done.stdout.startswith("Usage: passbook "), done.stdout)
                self.assertLess(done.stdout.index("Options:"), done.stdout.index("Examples:"))
                self.assertEqual([line for line in done.stdout.splitlines() if len(line) > 80], [])
                self.assertNotIn("\033", done.stdout)

    def test_of_the_program_is_one_screen(self):
        text = self.passbook("--help").stdout
        self.assertLessEqual(len(text.splitlines()), 24, text)
        for command in self.COMMANDS:
            self.assertRegex(text, rf"(?m)^  {command} +\w")

    def test_of_a_command_can_be_asked_for_in_words(self):
        self.assertEqual(self.passbook("help", "run").stdout, self.passbook("run", "--help").stdout)
        self.assertIn("--propagation-delay TIME", self.passbook("help", "run").stdout)

    def test_names_what_was_probably_meant(self):
        for words, said in ((["rn", "x"], 'there is no command "rn"; did you mean run?'),
                            (["run", "x", "--scedule", "auto"],
                             "run has no option --scedule; did you mean --schedule?"),
                            ([], "no command given")):
            done = self.passbook(*words)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn(said, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1)

    def test_has_colour_on_terminals_unless_it_is_not_wanted(self):
        self.environment["TERM"] = "xterm"
        self.assertIn("\033[1m", self.on_terminal("--help"))
        self.environment["NO_COLOR"] = "1"
        self.assertNotIn("\033[1m", self.on_terminal("--help"))

    def test_the_version_names_the_commit(self):
        done = self.passbook("--version")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"^\d+\.\d+\.\d+ \(commit \S+\)\n$")


if __name__ == "__main__":
    main()
