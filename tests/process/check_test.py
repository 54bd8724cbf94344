# SPDX-License-Identifier: Apache-2.0
"""`passbook check` finds what is wrong with an output, whoever made it, and passes what is right."""

import copy
import csv
import io
import itertools
import json
import random

from support import (CASES, SAMPLE, SCENARIOS, ProcessTest, branches, customer, deposit, main,
                     query, read_json, with_fifty_processes, withdraw)

STYLES = ("full", "spec", "money", "events", "balance")

# Customer 1 deposits and looks at two branches; 2 and 3 want 300 each of the 400.
BANK = [customer(1, deposit(100, 1), query(1), query(2)),
        customer(2, withdraw(300, 2), query(2)),
        customer(3, withdraw(300, 3), query(3)),
        *branches(3, 400)]
BANK_OUTPUT = [
    {"id": 1, "recv": [{"interface": "deposit", "result": "success"},
                       {"interface": "query", "balance": 500},
                       {"interface": "query", "balance": 200}]},
    {"id": 2, "recv": [{"interface": "withdraw", "result": "success"},
                       {"interface": "query", "balance": 100}]},
    {"id": 3, "recv": [{"interface": "withdraw", "result": "fail"},
                       {"interface": "query", "balance": 200}]}]

# Two rounds: what all have done in the first is shown at its end, and to the second.
ROUNDS = [customer(1, deposit(100, 1), query(1)), customer(2, withdraw(50, 2), query(2)),
          customer(1, deposit(10, 2), query(2)), *branches(2, 400)]
ROUNDS_OUTPUT = [
    {"id": 1, "recv": [{"interface": "deposit", "result": "success"},
                       {"interface": "query", "balance": 450}]},
    {"id": 2, "recv": [{"interface": "withdraw", "result": "success"},
                       {"interface": "query", "balance": 450}]},
    {"id": 1, "recv": [{"interface": "deposit", "result": "success"},
                       {"interface": "query", "balance": 460}]}]


def set_answer(listing, event, **members):
    """Damage: other members of one answer; None takes one away."""
    def damage(output):
        answer = output[listing]["recv"][event]
        for key, value in members.items():
            if value is None:
                answer.pop(key)
            else:
                answer[key] = value
    return damage


def swap_customers(output):
    output[0]["id"], output[1]["id"] = 2, 1


def swap_listings(output):
    output[0], output[2] = output[2], output[0]


def all_zero(output):
    for listing in output:
        for answer in listing["recv"]:
            if "balance" in answer:
                answer["balance"] = 0


def both(*damages):
    def damage(output):
        for each in damages:
            each(output)
    return damage


# What is wrong, in what, how it ran, the damage, and words of the findings.
DAMAGED = [
    ("a balance off by one", BANK, "concurrent", set_answer(0, 1, balance=501),
     "event 2: query shows 501: no set of writes"),
    ("a balance off by a cent", BANK, "concurrent", set_answer(2, 1, balance=200.01),
     "query shows 200.01: no set of writes"),
    ("a query before its own write", BANK, "concurrent", set_answer(0, 1, balance=400),
     "customer 1, event 2: query shows 400"),
    ("a lost deposit", BANK, "concurrent",
     both(set_answer(0, 1, balance=400), set_answer(0, 2, balance=100)),
     "customer 1, event 2: query shows 400"),
    ("back in time between branches", BANK, "concurrent",
     both(set_answer(0, 1, balance=200), set_answer(0, 2, balance=500)),
     "customer 1, event 3: query shows 500"),
    ("a double spend", BANK, "concurrent",
     both(set_answer(2, 0, result="success"), set_answer(2, 1, balance=100)),
     "withdraw 300 is success"),
    ("a double spend that shows less than nothing", BANK, "concurrent",
     both(set_answer(2, 0, result="success"), set_answer(2, 1, balance=-100)),
     "shows -100"),
    ("all balances 0", BANK, "concurrent", all_zero, "query shows 0: no set of writes"),
    ("swapped customers", BANK, "concurrent", swap_customers,
     "customer 1: this answer belongs to no event"),
    ("a refused deposit", BANK, "concurrent", set_answer(0, 0, result="fail"),
     "deposit 100 is fail: it must succeed, whichever writes it saw"),
    ("both refused with money for one", BANK, "concurrent",
     both(set_answer(1, 0, result="fail"), set_answer(1, 1, balance=400),
          set_answer(2, 1, balance=400), set_answer(0, 2, balance=500)),
     "withdraw 300 is fail: it must succeed, whichever writes it saw"),
    ("an answer too much", BANK, "concurrent",
     lambda output: output[2]["recv"].append({"interface": "query", "balance": 200}),
     "customer 3: this answer belongs to no event"),
    ("an answer too few", BANK, "concurrent", lambda output: output[1]["recv"].pop(),
     "customer 2, event 2: query has no answer"),
    ("a missing customer", BANK, "concurrent", lambda output: output.pop(1),
     "customer 2 is missing"),
    ("a customer twice", BANK, "concurrent",
     lambda output: output.append(copy.deepcopy(output[0])),
     "customer 1: this answer belongs to no event"),
    ("a stranger", BANK, "concurrent",
     lambda output: output.append({"id": 9, "recv": [{"interface": "query", "balance": 400}]}),
     "customer 9: this answer belongs to no event"),
    ("a result that is nonsense", BANK, "concurrent", set_answer(0, 0, result="ok"),
     'deposit shows the result "ok"'),
    ("no result", BANK, "concurrent", set_answer(0, 0, result=None), "deposit shows no result"),
    ("no balance", BANK, "concurrent", set_answer(0, 1, balance=None), "query shows no balance"),
    ("another interface", BANK, "concurrent", set_answer(0, 0, interface="withdraw"),
     "customer 1, event 1: deposit has no answer"),
    ("another branch", BANK, "concurrent", set_answer(0, 0, branch=3),
     "customer 1, event 1: deposit has no answer"),
    ("a query that failed", BANK, "concurrent", set_answer(0, 1, result="fail", balance=None),
     "query is fail, expected success"),
    ("a closing query that lacks a write", ROUNDS, "settled", set_answer(1, 1, balance=350),
     "customer 2, event 2: query shows 350"),
    ("a closing query that lacks all others", ROUNDS, "settled", set_answer(0, 1, balance=500),
     "customer 1, event 2: query shows 500"),
    ("a closing query of the first round that shows the second", ROUNDS, "settled",
     set_answer(1, 1, balance=460), "customer 2, event 2: query shows 460"),
    ("the second round before the first", ROUNDS, "settled", swap_listings,
     "customer 1, event 2: query shows 460"),
]


class Outputs(ProcessTest):
    def check(self, scenario, output, *options):
        """The verdict as JSON, which goes with the exit status."""
        input_file = scenario if not isinstance(scenario, list) else self.write("in.json", scenario)
        text = output if isinstance(output, str) else json.dumps(output)
        done = self.passbook("check", "--input", input_file, "--output",
                             self.write("out.json", text), "-o", "json", *options)
        verdict = read_json(done.stdout) if done.stdout else {"verdict": done.stderr}
        self.assertEqual({"right": 0, "wrong": 1, "unreadable": 2, "undecided": 3}.get(
            verdict["verdict"]), done.returncode, verdict)
        return verdict

    def test_that_are_right_pass(self):
        for scenario, output, schedule in ((BANK, BANK_OUTPUT, "concurrent"),
                                           (ROUNDS, ROUNDS_OUTPUT, "settled")):
            verdict = self.check(scenario, output, "--schedule", schedule)
            self.assertEqual(verdict["verdict"], "right", verdict)
            self.assertEqual(verdict["answers"], verdict["explained"])

    def test_that_are_damaged_are_wrong(self):
        for what, scenario, schedule, damage, words in DAMAGED:
            with self.subTest(what):
                output = copy.deepcopy(BANK_OUTPUT if scenario is BANK else ROUNDS_OUTPUT)
                damage(output)
                verdict = self.check(scenario, output, "--schedule", schedule)
                self.assertEqual(verdict["verdict"], "wrong", verdict)
                self.assertIn(words, "\n".join(verdict["findings"]))
                self.assertLess(verdict["explained"], verdict["answers"] + 1)
                for finding in verdict["findings"]:
                    self.assertRegex(finding, r"out\.json:\d+:\d+: customer \d+")

    def test_in_every_style_are_judged(self):
        """Off by one is wrong whatever the style, and however the run was."""
        for schedule, style in itertools.product(("sequential", "concurrent", "settled"), STYLES):
            with self.subTest(schedule=schedule, style=style):
                self.passbook("run", self.write("in.json", BANK), "--schedule", schedule,
                              "--style", style)
                output = self.result()
                verdict = self.check(BANK, output, "--schedule", schedule)
                self.assertEqual(verdict["verdict"], "right", verdict)
                answer = output[-1] if style == "balance" else output[-1]["recv"][-1]
                answer["money" if style == "money" else "balance"] += 1
                verdict = self.check(BANK, output, "--schedule", schedule)
                self.assertEqual(verdict["verdict"], "wrong", verdict)

    def test_break_only_guarantees_that_were_promised(self):
        output = copy.deepcopy(BANK_OUTPUT)
        set_answer(0, 1, balance=400)(output)
        for consistency, verdict in (("eventual", "right"), ("monotonic-reads", "right"),
                                     ("read-your-writes", "wrong"), ("session", "wrong")):
            self.assertEqual(self.check(BANK, output, "--schedule", "concurrent", "--consistency",
                                        consistency)["verdict"], verdict, consistency)

    def test_of_one_order_are_told_from_those_of_replicas(self):
        """Either may come first, but not both."""
        scenario = [customer(1, deposit(1, 1), query(1)), customer(2, deposit(2, 2), query(2)),
                    *branches(2, 0)]
        output = [{"id": number, "recv": [{"interface": "deposit", "result": "success"},
                                          {"interface": "query", "balance": number}]}
                  for number in (1, 2)]
        concurrent = ("--schedule", "concurrent")
        self.assertEqual(self.check(scenario, output, *concurrent)["verdict"], "right")
        verdict = self.check(scenario, output, *concurrent, "--model", "sequential")
        self.assertEqual(verdict["verdict"], "wrong")
        self.assertIn("not possible together", verdict["findings"][0])
        set_answer(1, 1, balance=3)(output)
        verdict = self.check(scenario, output, *concurrent, "--model", "sequential")
        self.assertEqual(verdict["verdict"], "right")

    def test_that_are_nearly_json_are_read(self):
        sample = read_json((CASES / "spec-sample.out.json").read_text())
        lines = "\n".join(map(repr, sample))
        forms = {
            "Python's literals": repr(sample),
            "one object a line": lines,
            "a log around it": f"starting...\n{sample!r}\ndone\n",
            "a result that is a balance": lines.replace("'balance'", "'result': 'balance'"),
            "trailing commas": json.dumps(sample).replace("]", ",]"),
            "whole amounts as floats": json.dumps(sample).replace("570", "570.0"),
        }
        for form, text in forms.items():
            with self.subTest(form):
                verdict = self.check(CASES / "spec-sample.json", text)
                self.assertEqual(verdict["verdict"], "right", verdict)
                self.assertEqual(bool(verdict["notes"]), "floats" not in form, verdict)
                verdict = self.check(CASES / "spec-sample.json", text.replace("570", "571"))
                self.assertEqual(verdict["verdict"], "wrong", verdict)


class OurOwnRuns(ProcessTest):
    def assert_not_condemned(self, scenario, *options, schedule, consistency, decided=True):
        done = self.passbook("run", scenario, "--schedule", schedule, "--consistency", consistency,
                             *options)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        done = self.passbook("check", "--input", scenario, "--output", "output.json", "--schedule",
                             schedule, "--consistency", consistency, "--budget",
                             "10s" if decided else "500ms")
        self.assertIn(done.returncode, (0,) if decided else (0, 3),
                      f"{options} {schedule} {consistency}\n{done.stdout}{done.stderr}")

    def test_are_right(self):
        names = [CASES / name for name in ("spec-sample.json", "money-sample.json",
                                           "events-sample.json", "monotonic-writes.json")]
        names += [SCENARIOS / name for name in ("lost-order.json", "writes-follow-reads.json")]
        for scenario in (*names, self.write("bank.json", BANK), self.write("rounds.json", ROUNDS)):
            for schedule, ack, consistency in itertools.product(
                    ("sequential", "concurrent", "settled"), ("local", "all"),
                    ("session", "eventual")):
                with self.subTest(scenario=scenario.name, schedule=schedule, ack=ack,
                                  consistency=consistency):
                    self.assert_not_condemned(scenario, "--ack", ack, "--style", "full",
                                              schedule=schedule, consistency=consistency)

    @with_fifty_processes
    def test_of_fifty_branches_are_never_condemned(self):
        for schedule, ack, consistency in itertools.product(
                ("concurrent", "settled"), ("local", "majority", "all"), ("session", "eventual")):
            with self.subTest(schedule=schedule, ack=ack, consistency=consistency):
                self.assert_not_condemned(SCENARIOS / "fifty-branches.json", "--ack", ack,
                                          "--style", "full", schedule=schedule,
                                          consistency=consistency, decided=False)

    def test_of_random_customers_are_never_condemned(self):
        for seed in range(6):
            chance = random.Random(seed)
            events = [chance.choice((lambda: query(chance.randint(1, 4)),
                                     lambda: deposit(chance.randint(1, 99), chance.randint(1, 4)),
                                     lambda: withdraw(chance.randint(1, 99), chance.randint(1, 4))))()
                      for _ in range(80)]
            scenario = self.write("random.json", [
                *(customer(number + 1, *events[number::10]) for number in range(10)),
                *branches(4, 100)])
            for ack, consistency in itertools.product(("local", "all"), ("session", "eventual")):
                with self.subTest(seed=seed, ack=ack, consistency=consistency):
                    self.assert_not_condemned(scenario, "--ack", ack, "--style", "full",
                                              schedule="concurrent", consistency=consistency,
                                              decided=False)


class ManyOutputs(ProcessTest):
    def setUp(self):
        super().setUp()
        self.right = (CASES / "spec-sample.out.json").read_text()
        (self.folder / "class").mkdir()
        self.write("class/anna.json", self.right)
        self.write("class/ben.json", self.right.replace("570", "571"))
        self.write("class/cleo.json", "I had no time")

    def check(self, *words):
        return self.passbook("check", "--input", SAMPLE, *words)

    def test_have_a_line_each_and_totals(self):
        done = self.check("--output", "class")
        self.assertEqual((done.returncode, done.stderr), (2, ""))
        lines = done.stdout.splitlines()
        self.assertRegex(lines[0], r"^class/anna\.json +right +5 of 5$")
        self.assertRegex(lines[1], r"^class/ben\.json +wrong +4 of 5 +class/ben\.json:2:61: customer"
                                   r" 2, event 3: query shows 571, expected 570$")
        self.assertRegex(lines[2], r"^class/cleo\.json +unreadable +0 of 0 +class/cleo\.json:1:1: ")
        self.assertEqual(lines[3:], ["3 files: 1 right, 1 wrong, 1 unreadable, 0 undecided"])

    def test_exit_with_the_worst_status(self):
        for files, status in ((["anna", "anna"], 0), (["anna", "ben"], 1), (["cleo", "ben"], 2),
                              (["anna", "nobody"], 2)):
            done = self.check("--output", *(f"class/{name}.json" for name in files))
            self.assertEqual(done.returncode, status, files)

    def test_are_data_too(self):
        rows = list(csv.DictReader(io.StringIO(self.check("--output", "class", "-o", "csv").stdout)))
        self.assertEqual([(row["file"], row["verdict"], row["explained"], row["answers"])
                          for row in rows],
                         [("class/anna.json", "right", "5", "5"), ("class/ben.json", "wrong", "4", "5"),
                          ("class/cleo.json", "unreadable", "0", "0")])
        report = read_json(self.check("--output", "class", "-o", "json").stdout)
        self.assertEqual(report["totals"],
                         {"files": 3, "right": 1, "wrong": 1, "unreadable": 1, "undecided": 0})
        lines = [read_json(line) for line in
                 self.check("--output", "class", "-o", "jsonl").stdout.splitlines()]
        self.assertEqual(lines[:-1], report["files"])
        self.assertEqual(lines[-1], {"totals": report["totals"]})

    def test_of_an_empty_folder_are_an_error(self):
        (self.folder / "empty").mkdir()
        done = self.check("--output", "empty")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("empty: there are no files", done.stderr)

    def test_without_a_budget_may_stay_undecided(self):
        """What no attempt of the first length decides."""
        many = [customer(number, *(event for k in range(8)
                                   for event in (deposit(101 + 7 * number * k, 1), query(1))))
                for number in range(1, 31)]
        scenario = self.write("many.json", [*many, *branches(1, 1000)])
        self.passbook("run", scenario, "--schedule", "concurrent", "--ack", "local")
        done = self.passbook("check", "--input", scenario, "--output", "output.json", "--schedule",
                             "concurrent", "--budget", "0")
        self.assertIn(done.returncode, (0, 3))
        self.assertIn({0: "right", 3: "undecided"}[done.returncode], done.stdout)

    def test_words_that_mean_nothing_are_refused(self):
        for option, word in (("--schedule", "often"), ("--consistency", "strong"),
                             ("--budget", "long"), ("--model", "quantum"), ("-o", "xml")):
            done = self.check("--output", "class/anna.json", option, word)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn(word, done.stderr)


if __name__ == "__main__":
    main()
