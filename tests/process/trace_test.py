#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Traces: what every process did, with clocks that tell what happened before what."""

import json
import re
from collections import Counter

from support import SAMPLE, SCENARIOS, HandMadeBank, ProcessTest, main, read_json


class Trace:
    """A whole file, read anew."""

    def __init__(self, text):
        head, *lines = [read_json(line) for line in text.splitlines()]
        self.processes = head["trace"]["processes"]
        self.accounts = head["trace"]["accounts"]
        self.events = lines

    def of(self, **members):
        return [event for event in self.events
                if all(event.get(name) == value for name, value in members.items())]


class Traced(ProcessTest):
    def trace_of(self, *words):
        done = self.passbook(*words, "--trace", "t.jsonl")
        self.assertEqual(done.returncode, 0, done.stderr)
        return Trace((self.folder / "t.jsonl").read_text())

    def assert_clocks(self, trace):
        """Both kinds of clock, against what the messages say."""
        sends, lamport, vectors = {}, Counter(), {}
        zero = [0] * len(trace.processes)
        for event in trace.events:
            name = event["process"]
            lane = trace.processes.index(name)
            vector = list(vectors.get(name, zero))
            if event["act"] == "receive":
                sent = sends.get((event["peer"], event["sent"]))
                self.assertIsNotNone(sent, f"nobody sent what {event} received")
                self.assertGreater(event["lamport"], event["sent"])
                vector = [max(pair) for pair in zip(vector, sent)]
            vector[lane] += 1
            self.assertEqual(event["vector"], vector, event)
            vectors[name] = vector
            if "lamport" in event:
                self.assertGreater(event["lamport"], lamport[name], event)
                lamport[name] = event["lamport"]
            if event["act"] == "send":
                sends[(name, event["lamport"])] = vector

    def test_of_a_run_is_whole(self):
        trace = self.trace_of("run", SAMPLE)
        self.assertEqual(trace.processes, ["branch 1", "branch 2", "branch 3", "customer 1",
                                           "customer 2", "customer 3"])
        self.assertEqual(trace.accounts, [{"account": 1, "opening": 400}])
        self.assert_clocks(trace)
        requests = [event for event in trace.events
                    if event["act"] == "send" and event["process"].startswith("customer")]
        self.assertEqual(Counter(event["message"] for event in requests),
                         {"query": 3, "deposit": 1, "withdraw": 1})
        self.assertEqual(len(trace.of(act="receive", message="answer")), 5)
        self.assertEqual(len(trace.of(act="accept", message="deposit")), 1)
        self.assertEqual(len(trace.of(act="apply", message="deposit")), 2)
        self.assertEqual([event["balance"] for event in trace.of(act="accept")
                          if event["message"] != "grant"], [570, 500])
        self.assertEqual({event["process"] for event in trace.of(act="start")},
                         {"branch 1", "branch 2", "branch 3"})

    def test_clocks_hold_when_all_happens_at_once(self):
        for words in (("--schedule", "concurrent"), ("--schedule", "settled", "--ack", "local"),
                      ("--schedule", "concurrent", "--ack", "majority")):
            self.assert_clocks(self.trace_of("run", SCENARIOS / "lost-order.json", *words))

    def test_an_acknowledged_write_was_applied_by_all_before_its_answer(self):
        trace = self.trace_of("run", SAMPLE, "--ack", "all")
        deposit = trace.of(act="accept", message="deposit")[0]
        applied = trace.of(act="apply", message="deposit", entry=deposit["entry"])
        [answered] = [event for event in trace.of(act="receive", message="answer")
                      if event["request"] == deposit["request"]]
        for event in applied:
            lane = trace.processes.index(event["process"])
            self.assertLessEqual(event["vector"][lane], answered["vector"][lane])

    def test_of_a_simulation_is_the_same_each_time_and_leaves_its_hash_alone(self):
        words = ("simulate", "--seed", "7", "--duration", "1s", "--branches", "3", "-o", "json")
        plain = read_json(self.passbook(*words).stdout)
        texts = set()
        for _ in range(2):
            done = self.passbook(*words, "--trace", "t.jsonl")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(read_json(done.stdout)["hash"], plain["hash"])
            texts.add((self.folder / "t.jsonl").read_text())
        self.assertEqual(len(texts), 1)

    def test_of_a_simulated_scenario_with_trouble_shows_the_trouble(self):
        # Some events may fail: the exit status says so.
        self.passbook("simulate", SCENARIOS / "fifty-branches.json", "--faults", "all", "--seed",
                      "3", "--schedule", "concurrent", "--trace", "t.jsonl")
        trace = Trace((self.folder / "t.jsonl").read_text())
        acts = Counter(event["act"] for event in trace.events)
        self.assertGreater(acts["cut"] + acts["crash"] + acts["pause"], 0, acts)
        self.assertGreater(acts["apply"], 100)

    def test_becomes_a_shiviz_log(self):
        self.trace_of("run", SAMPLE)
        done = self.passbook("trace", "t.jsonl", "--as", "shiviz")
        self.assertEqual(done.returncode, 0, done.stderr)
        expression, delimiter, *lines = done.stdout.splitlines()
        self.assertEqual(delimiter, "")
        pattern = re.compile(expression.replace("(?<", "(?P<"))
        last = Counter()
        found = list(pattern.finditer("\n".join(lines)))
        self.assertEqual(len(found), len(lines) // 2)
        for match in found:
            clock = json.loads(match["clock"])
            last[match["host"]] += 1  # ShiViz wants each host's own count to go up by one
            self.assertEqual(clock[match["host"]], last[match["host"]])

    def test_many_files_become_one(self):
        trace = self.trace_of("run", SAMPLE)
        whole = (self.folder / "t.jsonl").read_text()
        head = whole.splitlines()[0]
        for process in trace.processes:
            lines = [json.dumps({key: value for key, value in event.items() if key != "vector"})
                     for event in trace.of(process=process)]
            self.write(f"{process}.jsonl", "\n".join([head, *lines]) + "\n")
        done = self.passbook("trace", *(f"{process}.jsonl" for process in trace.processes), "--as",
                             "jsonl")
        self.assertEqual(done.stdout, whole)

    def test_is_refused_with_its_place(self):
        self.trace_of("run", SAMPLE)
        text = (self.folder / "t.jsonl").read_text()
        for content, said in ((text.replace('"act":"accept"', '"act":"acept"'), 'bad.jsonl:'),
                              ("", "bad.jsonl: not a trace"), ("{}\n", "bad.jsonl:1: ")):
            self.write("bad.jsonl", content)
            done = self.passbook("trace", "bad.jsonl", "--html", "out.html")
            self.assertEqual(done.returncode, 2)
            self.assertIn(said, done.stderr)
            self.assertFalse((self.folder / "out.html").exists())
        self.assertEqual(self.passbook("trace", "t.jsonl").returncode, 2)
        self.assertEqual(self.passbook("trace", "none.jsonl", "--html", "x").returncode, 2)

    def test_becomes_a_page_and_a_picture(self):
        self.trace_of("run", SAMPLE)
        done = self.passbook("trace", "t.jsonl", "--html", "t.html", "--svg", "t.svg")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        page = (self.folder / "t.html").read_text()
        self.assertTrue(page.startswith("<!doctype html>"), page[:40])
        # Nothing is fetched: no address of anything.
        self.assertIsNone(re.search(r'(?:src|href)="(?!#|data:)', page))
        self.assertTrue((self.folder / "t.svg").read_text().startswith("<svg "))


class ByHand(HandMadeBank):
    def begin_branch(self, number, *options):
        return super().begin_branch(number, "--trace", f"trace-{number}.jsonl", *options)

    def test_a_branch_that_was_killed_goes_on_in_its_file(self):
        self.start_bank()
        self.kill(2)
        self.restart(2)
        self.wait_for_balance(self.ports[2], 400)
        done = self.passbook("customer", "--id", "1", "--branch", f"2={self.address(2)}", "--trace",
                             "customer.jsonl",
                             stdin='{"interface":"deposit","money":10,"branch":2}\n')
        self.assertEqual(done.returncode, 0, done.stderr)
        files = [f"trace-{number}.jsonl" for number in (1, 2, 3)] + ["customer.jsonl"]
        done = self.passbook("trace", *files, "--as", "jsonl")
        self.assertEqual(done.returncode, 0, done.stderr)
        trace = Trace(done.stdout)
        self.assertEqual(len(trace.of(process="branch 2", act="start")), 2)
        self.assertEqual(len(trace.of(act="apply", message="deposit")), 2)
        self.assertEqual(len(trace.of(process="customer 1")), 2)


if __name__ == "__main__":
    main()
