# SPDX-License-Identifier: Apache-2.0
"""`passbook check` on folders of outputs: which files it judges, points, and several scenarios."""

import csv
import io
import json

from support import ProcessTest, branches, customer, deposit, main, query, read_json, withdraw

ADD = [customer(1, deposit(10, 1), query(1)), *branches(1, 100)]
TAKE = [customer(1, withdraw(10, 1), query(1), query(1)), *branches(1, 100)]


def output(word, *balances):
    return [{"id": 1, "recv": [{"interface": word, "result": "success"},
                               *({"interface": "query", "balance": each} for each in balances)]}]


class Folders(ProcessTest):
    def setUp(self):
        super().setUp()
        self.write("add.json", ADD)
        self.write("take.json", TAKE)

    def write(self, name, content):
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        return super().write(name, content)

    def check(self, *words, inputs=("add.json",)):
        return self.passbook("check", "--input", *inputs, *words)

    def test_are_searched_to_the_bottom_for_results(self):
        self.write("class/anna/out/add.json", output("deposit", 110))
        self.write("class/anna/main.py", "print([1])")
        self.write("class/anna/scenario.json", ADD)
        self.write("class/anna/clocks.json", [{
            "id": 1, "customer-request-id": 1, "type": "customer", "logical_clock": 1,
            "interface": "deposit", "comment": "event_sent from customer 1"}])
        self.write("class/ben/log.txt", f"ready\n{json.dumps(output('deposit', 110))}\nbye")
        self.write("class/ben/.hidden/add.json", output("deposit", 1))
        self.write("class/cleo/notes.txt", "I had no time")
        done = self.check("--output", "class")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("class/anna/out/add.json  right", done.stdout)
        self.assertIn("class/ben/log.txt        right", done.stdout)
        self.assertIn("2 files: 2 right", done.stdout)
        self.assertIn("ignored 4 files without results: class/anna/clocks.json, "
                      "class/anna/main.py, class/anna/scenario.json, class/cleo/notes.txt",
                      done.stderr)

    def test_have_files_chosen_by_a_pattern(self):
        self.write("class/anna/add.json", output("deposit", 110))
        self.write("class/anna/take.json", output("withdraw", 90, 90))
        self.write("class/ben/add.txt", "nothing")
        done = self.check("--output", "class", "--pattern", "add.*")
        self.assertEqual(done.returncode, 2, done.stdout)
        self.assertIn("2 files: 1 right, 0 wrong, 1 unreadable", done.stdout)
        self.assertEqual(done.stderr, "")
        done = self.check("--output", "class", "--pattern", "*.xml")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn('class: no file name matches "*.xml"', done.stderr)

    def test_without_any_result_are_an_error(self):
        self.write("class/readme.md", "nothing here")
        done = self.check("--output", "class")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("class: there are no files with results", done.stderr)

    def test_show_each_event_with_its_point(self):
        self.write("class/anna.json", output("withdraw", 90, 91))
        done = self.check("--output", "class/anna.json", "--points", inputs=("take.json",))
        rows = [line.split() for line in done.stdout.splitlines()[2:]]
        self.assertEqual(rows, [
            ["customer", "event", "request", "actual", "expected", "points"],
            ["1", "1", "withdraw", "10", "success", "success", "1"],
            ["1", "2", "query", "90", "90", "1"],
            ["1", "3", "query", "91", "90", "0"]])
        done = self.check("--output", "class", "--points", "-o", "csv", inputs=("take.json",))
        rows = list(csv.DictReader(io.StringIO(done.stdout)))
        self.assertEqual([row["points"] for row in rows], ["1", "1", "0"])
        self.assertEqual((rows[2]["actual"], rows[2]["expected"]), ("91", "90"))
        done = self.check("--output", "class/anna.json", "-o", "json", inputs=("take.json",))
        self.assertEqual(read_json(done.stdout)["events"][2],
                         {"customer": 1, "event": 3, "request": "query", "actual": "91",
                          "expected": "90", "points": 0})
        self.write("class/anna.json", output("withdraw", 91)[:0])
        done = self.check("--output", "class/anna.json", "--points", inputs=("take.json",))
        self.assertRegex(done.stdout, r"1 +2 +query +- +90 +0")

    def test_of_several_scenarios_are_a_matrix(self):
        self.write("class/anna/add.out.json", output("deposit", 110))
        self.write("class/anna/take.out.json", output("withdraw", 90, 91))
        self.write("class/ben/take/output.json", output("withdraw", 90, 90))
        self.write("class/cleo/add.json", "no time")
        self.write("class/cleo/other.json", output("withdraw", 90, 90))
        inputs = ("add.json", "take.json")
        done = self.check("--output", "class", inputs=inputs)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual([line.split() for line in done.stdout.splitlines()], [
            ["student", "add", "take", "points"],
            ["anna", "right", "2/2", "wrong", "2/3", "4/5"],
            ["ben", "missing", "0/2", "right", "3/3", "3/5"],
            ["cleo", "unreadable", "0/2", "missing", "0/3", "0/5"]])
        self.assertIn("class/cleo/other.json: the name matches no scenario; not judged",
                      done.stderr)
        rows = list(csv.DictReader(io.StringIO(
            self.check("--output", "class", "-o", "csv", inputs=inputs).stdout)))
        self.assertEqual(rows[0], {"student": "anna", "add": "right", "add points": "2",
                                   "take": "wrong", "take points": "2", "points": "4", "of": "5"})
        report = read_json(self.check("--output", "class", "-o", "json", inputs=inputs).stdout)
        anna = report["students"][0]
        self.assertEqual((anna["student"], anna["points"], anna["of"]), ("anna", 4, 5))
        self.assertEqual(anna["scenarios"][1]["result"]["findings"],
                         ["class/anna/take.out.json:1:108: customer 1, event 3: query shows 91, "
                          "expected 90"])
        self.assertIsNone(report["students"][1]["scenarios"][0]["result"])
        lines = self.check("--output", "class", "-o", "jsonl", inputs=inputs).stdout.splitlines()
        self.assertEqual([read_json(line) for line in lines], report["students"])


class Findings(ProcessTest):
    def test_beyond_twenty_are_counted_unless_all_are_wanted(self):
        scenario = self.write("in.json", [customer(1, *[query(1)] * 25), *branches(1, 100)])
        out = self.write("out.json", [{"id": 1, "recv": [{"interface": "query", "balance": 7 + k}
                                                         for k in range(25)]}])
        words = ("check", "--input", scenario, "--output", out)
        lines = self.passbook(*words).stdout.splitlines()
        self.assertEqual(len(lines), 22)
        self.assertEqual(lines[-1], "  and 5 more findings (--all prints all)")
        self.assertEqual(len(self.passbook(*words, "--all").stdout.splitlines()), 26)
        self.assertEqual(len(read_json(self.passbook(*words, "-o", "json").stdout)["findings"]), 25)

    def test_name_the_schedule_that_would_explain_the_output(self):
        scenario = [customer(1, deposit(10, 1), {"interface": "query", "money": 100}),
                    customer(2, withdraw(4, 2), {"interface": "query", "money": 100}),
                    *branches(2, 100)]
        out = [{"id": 1, "recv": [{"interface": "deposit", "result": "success"},
                                  {"interface": "query", "money": 110, "result": "success"}]},
               {"id": 2, "recv": [{"interface": "withdraw", "result": "success"},
                                  {"interface": "query", "money": 106, "result": "success"}]}]
        words = ("check", "--input", self.write("in.json", scenario), "--output",
                 self.write("out.json", out))
        done = self.passbook(*words)
        self.assertEqual(done.returncode, 1)
        self.assertIn(", settled\n", done.stdout)
        self.assertEqual(done.stdout.splitlines()[-1],
                         "  right if run sequentially: --schedule sequential")
        self.assertEqual(self.passbook(*words, "--schedule", "sequential").returncode, 0)
        out[0]["recv"][1]["money"] = 106
        self.write("out.json", out)
        self.assertEqual(self.passbook(*words).returncode, 0)
        done = self.passbook(*words, "--schedule", "sequential")
        self.assertIn("right if run in settled rounds: --schedule settled", done.stdout)
        out[0]["recv"][1]["money"] = 107
        self.write("out.json", out)
        self.assertNotIn("right if", self.passbook(*words).stdout)

    def test_about_utf_16_are_the_same(self):
        scenario = self.write("in.json", [customer(1, query(1)), *branches(1, 100)])
        text = json.dumps([{"id": 1, "recv": [{"interface": "query", "balance": 100}]}])
        for encoding in ("utf-16", "utf-8-sig"):
            (self.folder / "out.json").write_bytes(text.encode(encoding))
            done = self.passbook("check", "--input", scenario, "--output", "out.json")
            self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)


if __name__ == "__main__":
    main()
