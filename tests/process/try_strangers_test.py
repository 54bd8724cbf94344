# SPDX-License-Identifier: Apache-2.0
"""The programs of tests/strangers, each on three scenarios: what `passbook try` finds is what is
wrong with it, and nothing where nothing is. tests/strangers/try_all does more."""

import json
import unittest

from support import ISOLATED, ROOT, ProcessTest, main

STRANGERS = ROOT / "tests" / "strangers"
STARTS = json.loads((STRANGERS / "starts.json").read_text())


@unittest.skipUnless(ISOLATED, "neither bwrap nor unshare works here")
class Programs(ProcessTest):
    def setUp(self):
        super().setUp()
        self.environment["PATH"] = "/usr/bin:" + self.environment["PATH"]

    def results(self, name):
        how = STARTS[name]
        words = ["--dir", STRANGERS / name, "--run", how["run"], "--no-shrink", "-o", "jsonl"]
        for option in ("serve", "place", "schedule"):
            if option in how:
                words += ["--" + option, how[option]]
        for case in how["cases"]:
            words += ["--case", case]
        words += ["--slow"] if how.get("slow") else []
        words += ["--timeout", "3s"] if name == "waits_for_money" else []
        done = self.passbook("try", *words)
        self.assertEqual(done.stderr, "")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_are_found_out(self):
        for name, how in STARTS.items():
            with self.subTest(name):
                results = self.results(name)
                self.assertEqual(len(results), 3)
                found = {each["result"] for each in results}
                self.assertIn(how["finds"], found, results)
                self.assertLessEqual(found, {how["finds"], "right"}, results)


if __name__ == "__main__":
    main()
