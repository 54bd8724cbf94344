# SPDX-License-Identifier: Apache-2.0
"""Scenarios that are made up can be run, and come out as foretold."""

from support import ProcessTest, main, read_json

DIALECTS = ("spec", "money", "dest", "branch", "clock")


class Generated(ProcessTest):
    def generate(self, *words):
        return self.passbook("generate", *words)

    def made(self, *words):
        done = self.generate(*words)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def test_run_as_foretold(self):
        for dialect in DIALECTS:
            for options in ([], ["--refusals"]):
                with self.subTest(dialect, options=options):
                    text = self.made("--dialect", dialect, "--branches", 4, "--customers", 4,
                                     "--events", 40, "--seed", 5, "--expected", "right.json",
                                     *options)
                    file = self.write("made.json", text)
                    done = self.passbook("run", file, "--schedule", "sequential")
                    self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
                    self.assertEqual((self.folder / "output.json").read_bytes(),
                                     (self.folder / "right.json").read_bytes())
                    # What shows balances alone shows no refusal.
                    if dialect != "dest":
                        self.assertEqual('"fail"' in (self.folder / "output.json").read_text(),
                                         bool(options))
                    done = self.passbook("check", "--input", file, "--schedule", "sequential",
                                         "--output", "right.json")
                    self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)

    def test_at_the_same_time_end_every_write_as_foretold(self):
        options = ("--branches", 4, "--customers", 4, "--events", 40, "--seed", 6, "--refusals",
                   "--expected", "right.json")
        file = self.write("made.json", self.made(*options))
        done = self.passbook("run", file, "--schedule", "concurrent")
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        results = [[[answer.get("result") for answer in customer["recv"]]
                    for customer in self.result(name)] for name in ("output.json", "right.json")]
        self.assertEqual(results[0], results[1])

    def test_are_the_same_from_the_same_seed(self):
        for dialect in DIALECTS:
            first = self.made("--dialect", dialect, "--seed", 3)
            self.assertEqual(self.made("--dialect", dialect, "--seed", 3), first)
            self.assertNotEqual(self.made("--dialect", dialect, "--seed", 4), first)

    def test_have_as_many_events_as_were_asked_for(self):
        scenario = read_json(self.made("--dialect", "clock", "--branches", 5, "--customers", 5,
                                       "--events", 12))
        requests = [len(part["customer-requests"]) for part in scenario
                    if part["type"] == "customer"]
        self.assertEqual(sorted(requests), [2, 2, 2, 3, 3])

    def test_bad_options_are_refused(self):
        for words, reason in ((["--branches", "0"], "--branches must be from 1 to 1000, not 0"),
                              (["--branches", "2"], "--customers must be at most --branches"),
                              (["--events", "-1"], "--events"),
                              (["--customers", "many"], "--customers"),
                              (["--seed", "1.5"], "--seed"),
                              (["--dialect", "welsh"], '--dialect takes spec, money, dest, branch '
                                                       'or clock, not "welsh"'),
                              (["--expected", "no/such/folder"], "no/such/folder"),
                              (["made.json"], "made.json")):
            with self.subTest(words):
                done = self.generate(*words)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn(reason, done.stderr)
                self.assertEqual(list(self.folder.iterdir()), [])


if __name__ == "__main__":
    main()
