# SPDX-License-Identifier: Apache-2.0
"""Scenario files as people write them give the results that are right, in every style."""

import json

from support import CASES, SAMPLE, SCENARIOS, ProcessTest, main, read_json, with_fifty_processes


def case(name):
    return read_json((CASES / name).read_text())


# What each case gives when it is run without any option. What is not here is refused.
EXPECTED = {
    "spec-sample.json": case("spec-sample.out.json"),
    "money-sample.json": case("money-sample.out.json"),
    "events-sample.json": case("events-sample.out.json"),
    "monotonic-writes.json": [{"id": 1, "balance": 0}],
    "read-your-writes.json": [{"id": 1, "balance": 400}],
    # The same bank as the sample's, whose queries show what everything settles at.
    "client-bank.json": case("money-sample.out.json"),
    "clock-sample.json": [{"id": number, "recv": [{"interface": "deposit", "result": "success"},
                                                  {"interface": "withdraw", "result": "success"}]}
                          for number in (1, 2, 3)],
}
REFUSED = {
    "clock-sample.all_events.json", "clock-sample.branch_events.json",
    "clock-sample.customer_events.json", "trailing-comma.json",
}
OUTPUTS = {"spec-sample.out.json", "money-sample.out.json", "events-sample.out.json"}
SEQUENTIAL = ["spec-sample.json", "clock-sample.json", "events-sample.json", "monotonic-writes.json",
              "read-your-writes.json"]


def balances(result):
    return [event["balance"] for customer in result for event in customer["recv"]
            if event["interface"] == "query"]


class Cases(ProcessTest):
    def test_every_case_is_tested(self):
        self.assertEqual({path.name for path in CASES.glob("*.json")},
                         set(EXPECTED) | REFUSED | OUTPUTS)

    def test_give_the_expected_output(self):
        for name, expected in EXPECTED.items():
            with self.subTest(name):
                done = self.passbook("run", CASES / name)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertEqual(self.result(), expected)

    def test_lists_of_logical_clocks_are_refused(self):
        for name in sorted(REFUSED - {"trailing-comma.json"}):
            with self.subTest(name):
                done = self.passbook("run", CASES / name)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn("a list of events with logical clocks, not a scenario", done.stderr)
                self.assertEqual(list(self.folder.iterdir()), [])

    def test_a_trailing_comma_is_refused_with_its_place_and_a_hint(self):
        done = self.passbook("run", CASES / "trailing-comma.json")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("trailing-comma.json:6:3: ", done.stderr)
        self.assertIn("--lenient accepts trailing commas", done.stderr)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_a_trailing_comma_is_accepted_leniently(self):
        done = self.passbook("run", CASES / "trailing-comma.json", "--lenient")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("note: ", done.stdout)
        self.assertEqual(self.result(), EXPECTED["spec-sample.json"])


class Sample(ProcessTest):
    def test_settled_all_queries_show_the_end(self):
        done = self.passbook("run", SAMPLE, "--schedule", "settled")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(balances(self.result()), [500, 500, 500])

    def test_sequential_is_the_same_at_every_acknowledgement(self):
        for ack in ("all", "majority", "local"):
            for _ in range(5):
                with self.subTest(ack):
                    done = self.passbook("run", SAMPLE, "--ack", ack)
                    self.assertEqual(done.returncode, 0, done.stdout)
                    self.assertEqual(balances(self.result()), [400, 570, 500])

    def test_in_every_style(self):
        one, two, three = {}, {}, {}
        one["full"] = [{"id": 1, "interface": "query", "branch": 1, "result": "success",
                        "balance": 400}]
        two["full"] = [{"id": 2, "interface": "deposit", "branch": 2, "result": "success",
                        "balance": 570},
                       {"id": 3, "interface": "query", "branch": 2, "result": "success",
                        "balance": 570}]
        three["full"] = [{"id": 4, "interface": "withdraw", "branch": 3, "result": "success",
                          "balance": 500},
                         {"id": 5, "interface": "query", "branch": 3, "result": "success",
                          "balance": 500}]
        one["spec"] = [{"interface": "query", "balance": 400}]
        two["spec"] = [{"interface": "deposit", "result": "success"},
                       {"interface": "query", "balance": 570}]
        three["spec"] = [{"interface": "withdraw", "result": "success"},
                         {"interface": "query", "balance": 500}]
        one["money"] = [{"interface": "query", "money": 400, "result": "success"}]
        two["money"] = [{"interface": "deposit", "result": "success"},
                        {"interface": "query", "money": 570, "result": "success"}]
        three["money"] = [{"interface": "withdraw", "result": "success"},
                          {"interface": "query", "money": 500, "result": "success"}]
        expected = {style: [{"id": 1, "recv": one[style]}, {"id": 2, "recv": two[style]},
                            {"id": 3, "recv": three[style]}] for style in one}
        expected["auto"] = expected["spec"]
        expected["balance"] = [{"id": 1, "balance": 400}, {"id": 2, "balance": 570},
                               {"id": 3, "balance": 500}]
        expected["events"] = [
            {"id": 1, "recv": [{"interface": "query", "branch": 1, "balance": 400}]},
            {"id": 2, "recv": [{"interface": "deposit", "branch": 2, "result": "success"}]},
            {"id": 2, "recv": [{"interface": "query", "branch": 2, "balance": 570}]},
            {"id": 3, "recv": [{"interface": "withdraw", "branch": 3, "result": "success"}]},
            {"id": 3, "recv": [{"interface": "query", "branch": 3, "balance": 500}]}]
        for style, result in expected.items():
            with self.subTest(style):
                done = self.passbook("run", SAMPLE, "--style", style)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertEqual(self.result(), result)
                self.assertEqual(self.check(SAMPLE, "output.json").returncode, 0)

    def check(self, scenario, output):
        return self.passbook("check", "--input", scenario, "--output", output)


@with_fifty_processes
class FiftyBranches(ProcessTest):
    SCENARIO = SCENARIOS / "fifty-branches.json"

    def test_rise_and_fall_again(self):
        done = self.passbook("run", self.SCENARIO)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        rising = [{"id": number, "recv": [{"interface": "deposit", "result": "success"},
                                          {"interface": "query", "balance": 400 + 10 * number}]}
                  for number in range(1, 51)]
        falling = [{"id": number, "recv": [{"interface": "withdraw", "result": "success"},
                                           {"interface": "query", "balance": 900 - 10 * number}]}
                   for number in range(1, 51)]
        self.assertEqual(self.result(), rising + falling)
        checked = self.passbook("check", "--input", self.SCENARIO, "--output", "output.json")
        self.assertEqual(checked.returncode, 0, checked.stdout)


class Check(ProcessTest):
    def check(self, scenario, output, *options):
        return self.passbook("check", "--input", scenario, "--output", output, *options)

    def test_says_right_of_every_sequential_run(self):
        for name in SEQUENTIAL:
            with self.subTest(name):
                self.passbook("run", CASES / name)
                done = self.check(CASES / name, "output.json")
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertIn("output.json: right", done.stdout)

    def test_says_wrong_of_every_changed_answer(self):
        for name in SEQUENTIAL:
            expected = json.dumps(EXPECTED[name])
            changed = [expected.replace(f'"balance": {balance}', f'"balance": {balance + 1}')
                       for balance in (0, 400, 500, 570)]
            changed += [expected.replace("success", "fail")]
            for text in set(changed) - {expected}:
                with self.subTest(name, text=text):
                    done = self.check(CASES / name, self.write("changed.json", text))
                    self.assertEqual((done.returncode, done.stderr), (1, ""))
                    self.assertIn("wrong", done.stdout)
                    self.assertRegex(done.stdout, "customer 1|customer 2|customer 3")

    def test_says_wrong_of_the_settled_answers(self):
        self.passbook("run", SAMPLE, "--schedule", "settled")
        done = self.check(SAMPLE, "output.json")
        self.assertEqual(done.returncode, 1)
        self.assertIn("expected 400", done.stdout)

    def test_says_where_a_file_cannot_be_read(self):
        for text in ("garbage", "", "[", "{}", '[{"id":1,"recv":[}]'):
            with self.subTest(text):
                done = self.check(SAMPLE, self.write("garbage.json", text))
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertRegex(done.stderr, r"^passbook: .*garbage.json:\d+:\d+: .*\n$")
        for arguments in ((SAMPLE, "nowhere.json"), ("nowhere.json", SAMPLE)):
            done = self.check(*arguments)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn("nowhere.json: No such file", done.stderr)

    def test_verdicts_can_be_read_by_machines(self):
        self.passbook("run", SAMPLE)
        for form in ("json", "jsonl"):
            verdict = read_json(self.check(SAMPLE, "output.json", "-o", form).stdout)
            self.assertEqual((verdict["verdict"], verdict["findings"]), ("right", []))
        wrong = self.write("wrong.json", json.dumps(self.result()).replace("570", "571"))
        verdict = read_json(self.check(SAMPLE, wrong, "-o", "json").stdout)
        self.assertEqual(verdict["verdict"], "wrong")
        self.assertIn("customer 2", verdict["findings"][0])


if __name__ == "__main__":
    main()
