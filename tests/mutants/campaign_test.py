#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How many mutants are tried out and which, however many at a time; nothing is compiled here."""

import tempfile
import unittest
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import mutants
from results import Results, mutants_of, name_of
from trials import Verdict

BUILT = [mutant.place for mutant in islice(mutants_of(mutants.ROOT, 1), 60) if mutant.line % 3]


class FakeWorkshop:
    """Of all mutants, those whose change shows first in each third line can't be built."""

    outcome = "survived"
    tried = []

    def __init__(self, build, folder):
        pass

    def try_out(self, file, text):
        line = next(i for i, (a, b) in enumerate(zip_lines(file, text), 1) if a != b)
        self.tried.append((file, line))
        return Verdict("not built" if line % 3 == 0 else self.outcome, "", 0.1)


def zip_lines(file, text):
    return zip((mutants.ROOT / file).read_text(encoding="utf-8").splitlines(), text.splitlines())


@mock.patch("mutants.Workshop", FakeWorkshop)
@mock.patch("builtins.print", lambda *_, **__: None)
class Campaigns(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "results"
        FakeWorkshop.outcome, FakeWorkshop.tried = "survived", []

    def run_it(self, n, jobs=1, equivalents=(), **options):
        options = SimpleNamespace(n=n, seed=1, jobs=jobs,
                                  **{"again": False, "seconds": float("inf"), **options})
        results = Results(self.path)
        mutants.Campaign(options, SimpleNamespace(folder=self.path.parent), results,
                         dict.fromkeys(equivalents, "why")).run()
        return results.counted()

    def test_those_that_can_not_be_built_are_replaced(self):
        for jobs in (1, 2):
            with self.subTest(jobs):
                self.path.unlink(missing_ok=True)
                self.assertEqual([r["place"] for r in self.run_it(9, jobs)], BUILT[:9])

    def test_a_second_call_goes_on(self):
        self.run_it(5)
        tried = len(FakeWorkshop.tried)
        self.assertEqual([r["place"] for r in self.run_it(9)], BUILT[:9])
        self.assertEqual(len(set(FakeWorkshop.tried)), len(FakeWorkshop.tried))
        self.assertGreater(len(FakeWorkshop.tried), tried)

    def test_nothing_begins_when_the_time_is_up(self):
        self.assertEqual(self.run_it(5, seconds=0), [])

    def test_who_survived_is_tried_again_unless_it_is_equivalent(self):
        equivalent = name_of(self.run_it(5)[0])
        FakeWorkshop.outcome, FakeWorkshop.tried = "killed", []
        after = self.run_it(5, again=True, equivalents=[equivalent])
        self.assertEqual([r["outcome"] for r in after], ["survived"] + 4 * ["killed"])
        self.assertEqual(len(FakeWorkshop.tried), 4)
        self.run_it(5, again=True, equivalents=[equivalent])
        self.assertEqual(len(FakeWorkshop.tried), 4, "those were killed")


if __name__ == "__main__":
    unittest.main()
