# SPDX-License-Identifier: Apache-2.0
"""Lists of logical clocks are judged: what is wrong with them is said, with its place."""

import json

from support import CASES, ProcessTest, main, read_json

SCENARIO = CASES / "clock-sample.json"
SHAPES = ("customer_events", "branch_events", "all_events")


def sample(shape):
    return (CASES / f"clock-sample.{shape}.json").read_text()


class ClockLists(ProcessTest):
    def judge(self, *words):
        return self.passbook("check", "--clock-lists", *words)

    def write_right_lists(self):
        """The samples, mended."""
        (self.folder / "lists").mkdir()
        branches = json.loads(sample("branch_events"))
        branches[1]["events"][3]["logical_clock"] = 7
        flat = json.loads(sample("all_events"))
        flat[0]["logical_clock"] = 1
        self.write("lists/customers.json", sample("customer_events"))
        self.write("lists/branches.json", branches)
        self.write("lists/events.json", flat)
        return flat

    def test_that_are_right_are_called_right(self):
        self.write_right_lists()
        for words in (["lists"], ["lists", "--input", SCENARIO], ["lists/events.json"],
                      ["lists/customers.json", "lists/branches.json", "--input", SCENARIO]):
            with self.subTest(words):
                done = self.judge(*words)
                self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
                self.assertIn(": right: ", done.stdout)

    def test_the_samples_are_wrong_in_one_place_each(self):
        for shape, finding in (
                ("branch_events", ":42:13: branch 3 receives request 3 from branch 2 at 8, but it "
                                  "was sent at 10 (see "),
                ("all_events", ":1:2: customer 1 sends request 1 at 2, expected 1")):
            for options in ([], ["--input", SCENARIO]):
                done = self.judge(CASES / f"clock-sample.{shape}.json", *options)
                self.assertEqual((done.returncode, done.stderr), (1, ""))
                self.assertIn(": wrong: 1 finding among ", done.stdout)
                self.assertIn(finding, done.stdout)
                self.assertEqual(len(done.stdout.splitlines()), 2)

    def test_that_leave_a_request_out_are_wrong_by_the_scenario(self):
        flat = self.write_right_lists()
        self.write("short.json", [event for event in flat if event["customer-request-id"] != 6])
        self.assertEqual(self.judge("short.json").returncode, 0)
        done = self.judge("short.json", "--input", SCENARIO)
        self.assertEqual(done.returncode, 1)
        self.assertIn("customer 3 never makes request 6 (withdraw)", done.stdout)

    def test_the_verdict_is_there_for_machines(self):
        self.write_right_lists()
        done = self.judge("lists", "-o", "json")
        verdict = read_json(done.stdout)
        self.assertEqual((done.returncode, verdict["verdict"], verdict["findings"]), (0, "right", []))
        done = self.judge(CASES / "clock-sample.all_events.json", "--input", SCENARIO, "-o", "json")
        verdict = read_json(done.stdout)
        self.assertEqual((done.returncode, verdict["verdict"]), (1, "wrong"))
        self.assertEqual(verdict["input"], str(SCENARIO))
        self.assertEqual(len(verdict["findings"]), 1)

    def test_what_is_tolerated_is_noted(self):
        flat = self.write_right_lists()
        text = json.dumps(flat).replace("propogate_", "propagate_", 1)[:-1] + ",]"
        done = self.judge(self.write("pasted.json", text))
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("note: ", done.stderr)
        self.assertIn("trailing commas", done.stderr)
        self.assertIn('both "propogate_" and "propagate_" in one list', done.stderr)

    def test_each_folder_within_is_a_run_of_its_own(self):
        for student, shape in (("anna", "customer_events"), ("ben", "branch_events")):
            (self.folder / "class" / student).mkdir(parents=True)
            self.write(f"class/{student}/lists.json", sample(shape))
            self.write(f"class/{student}/input.json", SCENARIO.read_text())
        done = self.judge("class")
        self.assertEqual((done.returncode, done.stderr), (1, ""))
        self.assertIn("class/anna: right: ", done.stdout)
        self.assertIn("class/ben: wrong: ", done.stdout)
        (self.folder / "class" / "carl").mkdir()
        self.write("class/carl/lists.json", '[{"clock": ')
        done = self.judge("class", "-o", "json")
        self.assertEqual(done.returncode, 2)
        self.assertIn("class/carl/lists.json:1:", done.stderr)
        verdicts = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([each["verdict"] for each in verdicts], ["right", "wrong"])
        self.assertEqual(verdicts[1]["clock_lists"], ["class/ben/lists.json"])

    def test_what_can_not_be_judged_is_refused(self):
        self.write_right_lists()
        (self.folder / "empty").mkdir()
        for words, reason in ((["nothing.json"], "nothing.json: No such file"),
                              (["empty"], "empty: there is no .json file"),
                              ([SCENARIO], "clock-sample.json:2:5: this belongs to a scenario"),
                              (["lists", "--input", "lists"], "lists: Is a directory"),
                              (["lists", "--input", CASES / "clock-sample.all_events.json"],
                               "a list of events with logical clocks, not a scenario"),
                              (["lists", "--history", "h"], "excludes"),
                              (["lists", "--output", "o", "--input", SCENARIO], "excludes"),
                              ([], "--clock-lists")):
            with self.subTest(words):
                done = self.judge(*words)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn(reason, done.stderr)

    def test_the_scenario_alone_is_no_task(self):
        done = self.passbook("check", "--input", SCENARIO)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("check needs --input and --output", done.stderr)


if __name__ == "__main__":
    main()
