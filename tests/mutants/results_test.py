#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Which mutants are chosen, how they are named and counted, and that those listed as equivalent are
mutants of the code as it is."""

import signal
import tempfile
import unittest
from itertools import islice
from pathlib import Path

import trials
from results import (Results, all_mutants, core_files, equivalents_in, mutants_of, short, summary)

ROOT = Path(__file__).resolve().parent.parent.parent
TEXT = """Money Account::rights(Origin origin) const {
  return found ?
      a + 1 : b;
}
"""


class Mutants(unittest.TestCase):
    def test_are_of_the_core_and_of_no_test(self):
        files = core_files(ROOT)
        self.assertIn("src/branch/escrow.cc", files)
        self.assertEqual({file.split("/")[1] for file in files}, {"branch", "ledger", "customer"})
        self.assertEqual([file for file in files if "test" in file], [])

    def test_are_the_same_for_the_same_seed(self):
        one, same, other = (list(islice(mutants_of(ROOT, seed), 50)) for seed in (1, 1, 2))
        self.assertEqual(one, same)
        self.assertNotEqual(one, other)

    def test_come_once_for_each_site(self):
        mutants = list(mutants_of(ROOT, 1))
        self.assertEqual(len({mutant.place for mutant in mutants}), len(mutants))
        self.assertGreater(len(mutants), 1000)

    def test_are_named_by_their_line_and_function(self):
        found = [m for m in all_mutants("a.cc", TEXT) if m.kind == "arithmetic"]
        self.assertEqual([m.name() for m in found],
                         [("a.cc", "Account::rights", "a + 1 : b;", "a - 1 : b;")])
        self.assertEqual(found[0].line, 3)
        self.assertEqual(found[0].text, TEXT.replace("+", "-"))


class Killers(unittest.TestCase):
    def test_unit_tests_that_pass_kill_nobody(self):
        self.assertIsNone(trials.killed_by_unit_tests(trials.Ended(0, "")))

    def test_the_first_failure_is_named(self):
        output = "[ RUN      ] A.B\n[  FAILED  ] A.B (0 ms)\n[  FAILED  ] 1 test, listed below:\n"
        self.assertEqual(trials.killed_by_unit_tests(trials.Ended(1, output)), "A.B")

    def test_a_crash_is_of_the_test_that_ran(self):
        output = "[ RUN      ] A.B\n[       OK ] A.B (0 ms)\n[ RUN      ] C.D\n"
        self.assertEqual(trials.killed_by_unit_tests(trials.Ended(-11, output)), "C.D: SIGSEGV")
        self.assertEqual(trials.killed_by_unit_tests(trials.Ended(None, output)), "C.D: no end")

    def test_judges_are_named_with_the_seed(self):
        said = trials.Ended(1, "escrow-sums+deadlines 17 17 0.2 account 1 has\n")
        self.assertEqual(trials.killed_by_simulator(said), "escrow-sums+deadlines, seed 17")
        self.assertIsNone(trials.killed_by_simulator(trials.Ended(0, "- - 200 4.0 nothing\n")))
        self.assertEqual(trials.killed_by_simulator(trials.Ended(-24, "")), "simulator: no end")

    def test_who_uses_too_much_time_is_ended(self):
        with tempfile.TemporaryDirectory() as folder:
            ended = trials.run(["bash", "-c", "while :; do :; done"], folder, 1, f"{folder}/output")
        self.assertEqual(ended.status, -signal.SIGXCPU)


def record(place, outcome, by="", **members):
    return {"place": place, "file": "a.cc", "line": 3, "kind": "call", "function": "f",
            "before": f"g({place});", "after": "", "outcome": outcome, "by": by, "seconds": 1.0,
            **members}


class Counting(unittest.TestCase):
    EQUIVALENT = "# licence\n\na.cc, f\n- g(2);\n+\nIt does\nnothing.\n"

    def test_equivalent_mutants_have_a_reason(self):
        self.assertEqual(equivalents_in(self.EQUIVALENT),
                         {("a.cc", "f", "g(2);", ""): "It does nothing."})
        with self.assertRaises(ValueError):
            equivalents_in("a.cc, f\n- g(2);\n+\n")

    def test_what_is_equivalent_is_shown_and_not_counted(self):
        records = [record(1, "killed", "A.B"), record(2, "survived"), record(3, "survived"),
                   record(4, "killed", "deadlines, seed 3")]
        said = summary(records, equivalents_in(self.EQUIVALENT))
        self.assertIn("all 3 2 66.7 %", [" ".join(line.split()) for line in said])
        self.assertIn("killed by unit tests 1, by the simulator alone 1, equivalent and not "
                      "counted 1", said)
        self.assertIn("It does nothing.", said)
        self.assertIn("a.cc, f\n- g(3);\n+", said)

    def test_the_last_result_counts(self):
        mutant = all_mutants("a.cc", TEXT)[0]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "results"
            Results(path).note(mutant, trials.Verdict("survived", "", 1.0))
            Results(path).note(mutant, trials.Verdict("killed", "A.B", 1.0))
            self.assertEqual([r["by"] for r in Results(path).counted()], ["A.B"])

    def test_changes_are_shown_with_what_is_around_them(self):
        before, after = short("x" * 100 + " + 1;" + "y" * 100, "x" * 100 + " - 1;" + "y" * 100)
        self.assertIn("x + 1;y", before)
        self.assertIn("x - 1;y", after)
        self.assertLess(len(before), 70)


class Equivalents(unittest.TestCase):
    def test_are_mutants_of_the_code(self):
        listed = equivalents_in((Path(__file__).parent / "equivalent").read_text(encoding="utf-8"))
        for file in sorted({name[0] for name in listed}):
            text = (ROOT / file).read_text(encoding="utf-8")
            real = {mutant.name() for mutant in all_mutants(file, text)}
            self.assertEqual([name for name in listed if name[0] == file and name not in real], [])


if __name__ == "__main__":
    unittest.main()
