# SPDX-License-Identifier: Apache-2.0
"""`passbook simulate`: what `run` does with processes, and whole campaigns, the same on every run."""

from support import CASES, SAMPLE, SCENARIOS, ProcessTest, main, read_json

# Results, not scenarios.
OUTPUTS = {"spec-sample.out.json", "money-sample.out.json", "events-sample.out.json"}
LENIENT = {"trailing-comma.json"}
# A scenario whose results say little: 50 processes a run are too many for every combination.
LARGE = SCENARIOS / "fifty-branches.json"


def without_wall_time(document):
    return {name: value for name, value in document.items() if not name.endswith("_wall")}


class Scenarios(ProcessTest):
    FILES = sorted([path for path in CASES.glob("*.json") if path.name not in OUTPUTS] + [SAMPLE])

    def written(self, command, file, *options):
        """The bytes that a command writes, or what it says when it refuses."""
        output = self.folder / f"{command}.out"
        output.unlink(missing_ok=True)
        done = self.passbook(command, file, "--output", output, *options)
        if done.returncode == 2:
            self.assertEqual(done.stdout, "")
            self.assertFalse(output.exists())
            return done.stderr
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        return output.read_bytes()

    def assert_same(self, file, *options):
        real = self.written("run", file, *options)
        for seed in (1, 2, 77):
            with self.subTest(file=file.name, options=options, seed=seed):
                self.assertEqual(self.written("simulate", file, "--seed", seed, *options), real)

    def test_are_refused_in_the_same_words(self):
        refused = []
        for file in self.FILES:
            with self.subTest(file.name):
                real = self.written("run", file)
                if isinstance(real, str):
                    refused.append(file.name)
                    self.assertEqual(self.written("simulate", file), real)
        self.assertIn("clock-sample.all_events.json", refused)
        self.assertIn("trailing-comma.json", refused)
        self.assertLess(len(refused), len(self.FILES))

    def accepted(self):
        for file in self.FILES:
            if not file.name.endswith("_events.json"):
                yield file, ["--lenient"] if file.name in LENIENT else []

    def test_give_the_bytes_of_a_run_with_processes(self):
        for file, options in self.accepted():
            for schedule in ("sequential", "settled"):
                for ack in ("all", "majority", "local"):
                    self.assert_same(file, *options, "--schedule", schedule, "--ack", ack)

    def test_give_the_bytes_of_a_run_in_every_style(self):
        for style in ("full", "spec", "money", "events", "balance"):
            self.assert_same(SAMPLE, "--style", style)

    def test_large_ones_give_the_bytes_of_a_run_with_processes(self):
        self.assertEqual(self.written("simulate", LARGE), self.written("run", LARGE))

    def test_tell_the_story_and_the_seed(self):
        done = self.passbook("simulate", SAMPLE, "--seed", "7")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("Simulated, from seed 7.\n", done.stdout)
        self.assertIn("  All 3 replicas agree: 500.\n", done.stdout)
        self.assertEqual(done.stdout, self.passbook("simulate", SAMPLE, "--seed", "7").stdout)

    def test_report_what_a_run_reports_and_the_figures_of_the_seed(self):
        report = read_json(self.passbook("simulate", SAMPLE, "--seed", "7", "-o", "json").stdout)
        self.assertLessEqual(set(self.report(SAMPLE)), set(report))
        self.assertEqual((report["seed"], report["invariant"]), (7, None))
        lines = self.passbook("simulate", SAMPLE, "-o", "jsonl").stdout.splitlines()
        self.assertEqual(read_json(lines[-1])["seed"], 1)


class Campaigns(ProcessTest):
    def document(self, *words):
        done = self.passbook("simulate", *words, "-o", "json")
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        return without_wall_time(read_json(done.stdout))

    def test_are_the_same_with_any_number_of_threads_and_on_every_run(self):
        once = self.document("--seeds", "1..40", "--jobs", "1")
        self.assertEqual((once["from"], once["to"], once["result"], once["invariant"]),
                         (1, 40, "passed", None))
        self.assertEqual(self.document("--seeds", "1..40", "--jobs", "2"), once)
        self.assertEqual(self.document("--seeds", "1..40", "--jobs", "2"), once)
        self.assertNotEqual(self.document("--seeds", "2..41")["hash"], once["hash"])

    def test_of_one_seed_are_the_same_on_every_run(self):
        once = self.document("--seed", "7")
        self.assertEqual((once["seed"], once["result"], once["invariant"]), (7, "passed", None))
        self.assertRegex(once["hash"], "^[0-9a-f]{16}$")
        self.assertGreater(once["events"], 1000)
        self.assertGreater(sum(once["faults"].values()), 0)
        self.assertEqual(self.document("--seed", "7"), once)
        self.assertNotEqual(self.document("--seed", "8")["hash"], once["hash"])

    def test_without_faults_have_none(self):
        self.assertEqual(self.document("--seeds", "1..10", "--faults", "none")["faults"], {})

    def test_take_what_is_chosen_and_leave_the_rest_to_the_seed(self):
        words = ("--seed", "3", "--faults", "crash,clock", "--branches", "2", "--customers", "1",
                 "--accounts", "1", "--duration", "2s")
        brief = self.document(*words)
        self.assertLess(brief["simulated_s"], self.document("--seed", "3")["simulated_s"])
        self.assertEqual(self.document(*words), brief)

    def test_are_told_seed_by_seed_and_in_the_end_in_total(self):
        done = self.passbook("simulate", "--seeds", "1..5", "--duration", "5s", "-o", "jsonl")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        *seeds, total = map(read_json, done.stdout.splitlines())
        self.assertEqual([seed["seed"] for seed in seeds], [1, 2, 3, 4, 5])
        self.assertEqual((total["from"], total["to"], total["result"]), (1, 5, "passed"))
        self.assertEqual(total["events"], sum(seed["events"] for seed in seeds))
        self.assertEqual(total["calls"], sum(seed["calls"] for seed in seeds))

    def test_of_two_hundred_seeds_hold_every_invariant_and_reach_every_kind(self):
        """With all faults: every kind of answer and of message between branches comes up."""
        total = self.document("--seeds", "1..200")
        self.assertEqual((total["result"], total["failed"], total["never_reached"]),
                         ("passed", [], []))
        self.assertTrue(all(total["answers"].values()), total["answers"])
        self.assertTrue(all(total["messages"].values()), total["messages"])


class Refused(ProcessTest):
    def test_what_is_wrong_is_said_in_one_line_before_anything_begins(self):
        for words, said in (
                (("--seeds", "5..1"), '--seeds takes FROM..TO, as in 1..1000, not "5..1"'),
                (("--seeds", "x"), '--seeds takes FROM..TO, as in 1..1000, not "x"'),
                (("--seeds", "1.."), '--seeds takes FROM..TO, as in 1..1000, not "1.."'),
                (("--faults", "nonsense"), 'not "nonsense"'),
                ((SAMPLE, "--faults", "nonsense"), 'not "nonsense"'),
                (("--branches", "0"), "--branches must be at least 1"),
                (("--customers", "0"), "--customers must be at least 1"),
                (("--accounts", "0"), "--accounts must be at least 1"),
                (("--duration", "0"), "--duration"),
                (("--duration", "0s"), "--duration must be more than zero"),
                (("--seed", "x"), "--seed"),
                (("--seed", "1", "--seeds", "1..2"), "--seed excludes --seeds"),
                ((SAMPLE, "--seeds", "1..2"), "FILE excludes --seeds"),
                ((SAMPLE, "--branches", "2"), "FILE excludes --branches"),
                ((SAMPLE, "--duration", "2s"), "FILE excludes --duration"),
                (("-o", "yaml"), "yaml"),
                (("nowhere.json",), "nowhere.json: No such file")):
            with self.subTest(words):
                done = self.passbook("simulate", *words)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn(said, done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
                self.assertEqual(list(self.folder.iterdir()), [])


if __name__ == "__main__":
    main()
