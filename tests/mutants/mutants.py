#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Changes the core a little, in one place after another, and sees whether anybody notices.

docs/testing.md says how to read what it prints. What was found is kept in build/mutants: a second
call goes on where the first ended."""

import argparse
import sys
import threading
import time
from pathlib import Path

from results import (Results, digest_of, equivalents_in, line_of, mutants_of, name_of, summary)
from trials import Build, Workshop, unit_tests_of

ROOT = Path(__file__).resolve().parent.parent.parent


def arguments():
    parser = argparse.ArgumentParser(prog="./dev mutants", description=__doc__)
    parser.add_argument("n", nargs="?", type=int, default=100, help="so many that can be built")
    parser.add_argument("seed", nargs="?", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="so many at a time")
    parser.add_argument("--for", type=float, default=float("inf"), dest="seconds",
                        help="begin no more after so many seconds")
    parser.add_argument("--again", action="store_true", help="try out those that survived again")
    parser.add_argument("--build", type=Path, default=ROOT / "build")
    return parser.parse_args()


class Campaign:
    """Tries out the first mutants of a seed that can be built, several at a time."""

    def __init__(self, options, build, results, equivalents):
        self.options, self.build, self.results = options, build, results
        self.equivalents = equivalents
        self.lock = threading.Lock()
        self.stop_at = time.monotonic() + options.seconds
        self.under_way = 0
        self.order = mutants_of(ROOT, options.seed)
        self.retries = self.survivors() if options.again else []

    def survivors(self):
        places = {record["place"] for record in self.results.counted()[:self.options.n]
                  if record["outcome"] == "survived" and name_of(record) not in self.equivalents}
        return [mutant for mutant in mutants_of(ROOT, self.options.seed) if mutant.place in places]

    def next(self):
        """The next mutant to be tried out, if there is one. One that can't be built is replaced."""
        with self.lock:
            if time.monotonic() >= self.stop_at:
                return None
            if self.options.again:
                return self.retries.pop(0) if self.retries else None
            while len(self.results.counted()) + self.under_way < self.options.n:
                mutant = next(self.order, None)
                if mutant is None or mutant.place not in self.results.of:
                    self.under_way += mutant is not None
                    return mutant
            return None

    def work(self, slot):
        workshop = Workshop(self.build, self.build.folder / "mutants" / f"work-{slot}")
        while mutant := self.next():
            verdict = workshop.try_out(mutant.file, mutant.text)
            with self.lock:
                self.under_way -= not self.options.again
                record = self.results.note(mutant, verdict)
                if verdict.outcome != "not built":
                    print(line_of(mutant.place, record, self.reason(record)), flush=True)

    def reason(self, record):
        return self.equivalents.get(name_of(record)) if record["outcome"] == "survived" else None

    def run(self):
        threads = [threading.Thread(target=self.work, args=(slot,))
                   for slot in range(self.options.jobs)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def main():
    options = arguments()
    folder = options.build / "mutants"
    folder.mkdir(parents=True, exist_ok=True)
    equivalents = equivalents_in((Path(__file__).parent / "equivalent").read_text(encoding="utf-8"))
    results = Results(folder / f"{options.seed}-{digest_of(ROOT)}.jsonl")
    build = Build(ROOT, options.build)
    tests = sorted({unit_tests_of(mutant.file) for mutant in mutants_of(ROOT, options.seed)})
    if problem := build.measure(tests, folder / "output"):
        sys.exit(problem)
    Campaign(options, build, results, equivalents).run()
    records = results.counted()[:options.n]
    print("\n".join(summary(records, equivalents)))
    if len(records) < options.n:
        print(f"\n{len(records)} of {options.n}: call again to go on")


if __name__ == "__main__":
    main()
