# SPDX-License-Identifier: Apache-2.0
"""Input and options that are wrong are refused before anything begins: exit status 2, one line that
says where, and nothing touched."""

from support import CASES, SAMPLE, ProcessTest, branches, main

SPEC = (CASES / "spec-sample.json").read_text()
BRANCH = '{"id":1,"type":"branch","balance":400}'


def with_branch(rest):
    return f"[{BRANCH},\n{rest}]"


def with_event(event):
    return with_branch('{"id":1,"type":"customer","events":[{"id":3,"interface":"query"},\n'
                       f'{event}]}}')


def with_money(money):
    return with_event(f'{{"id":4,"interface":"deposit","money":{money}}}')


# What is wrong, the file, where that is seen, and words of the message.
FILES = [
    ("empty", "", "1:1", "the file is empty"),
    ("no JSON", "hello", "1:1", "syntax error"),
    ("truncated", SPEC[:len(SPEC) // 2], "29:6", "syntax error"),
    ("truncated before the end", SPEC[:SPEC.rindex("]")], "57:1", "syntax error"),
    ("prose after the array", SPEC + "\nThat was the input.", "58:1", "syntax error"),
    ("no array", "{\"all\":[" + BRANCH + "]}", "1:1", "must hold one array"),
    ("no branches", '[{"id":1,"type":"customer","events":[]}]', "1:1", "there are no branches"),
    ("a branch twice", with_branch(BRANCH), "2:1", "branch 1: duplicate branch"),
    ("disagreeing openings", with_branch('{"id":2,"type":"branch","balance":500}'), "2:35",
     "branch 2: the opening balance is 500, but branch 1 has 400"),
    ("a negative opening", '[{"id":1,"type":"branch","balance":-1}]', "1:36", "is negative"),
    ("an unknown type", with_branch('{"id":2,"type":"teller"}'), "2:16", 'unknown type "teller"'),
    ("no type", with_branch('{"id":2}'), "2:1", '"type" is missing'),
    ("an unknown interface", with_event('{"id":4,"interface":"borrow","money":1}'), "3:21",
     'customer 1, event 4: unknown interface "borrow"'),
    ("a missing amount", with_event('{"id":4,"interface":"deposit"}'), "3:1",
     "customer 1, event 4: the amount is missing"),
    ("a zero amount", with_money("0"), "3:39", "customer 1, event 4: the amount must be greater"),
    ("a negative amount", with_money("-5"), "3:39",
     "customer 1, event 4: the amount must be greater"),
    ("an over-precise amount", with_money("1.001"), "3:39", "more than two decimal places"),
    ("an overflowing amount", with_money("92233720368547758.08"), "3:39", "larger than a ledger"),
    ("a huge amount", with_money("9" * 400), "3:39", "out of range"),
    ("a branch that does not exist", with_event('{"id":4,"interface":"query","dest":9}'), "3:36",
     "customer 1, event 4: there is no branch 9"),
    ("a customer without a branch",
     with_branch('{"id":5,"type":"customer","events":[{"id":6,"interface":"query"}]}'), "2:37",
     "customer 5, event 6: there is no branch with the customer's id"),
    ("a key twice", with_event('{"id":4,"interface":"query","id":4}'), "3:29",
     'duplicate key "id"'),
    ("100,000 brackets", "[" * 100_000, "1:65", "nested more than 64 deep"),
    ("100,000 braces", '[' + '{"a":' * 100_000, "1:317", "nested more than 64 deep"),
    ("no UTF-8", b'[{"id":1,\n"typ\xe9":2}]', "2:5", "this is not UTF-8"),
    ("half a character of UTF-16", SPEC.encode("utf-16")[:-1], "1:1", "this is not UTF-8"),
    ("a zero byte", SPEC.encode() + b"\0", "57:2", "zero byte"),
    ("not a number", with_money("NaN"), "3:39", "syntax error"),
]

# Files that --lenient accepts, and the words of the hint.
LENIENT = [
    ("a trailing comma", f"[{BRANCH},]", "1:41", "trailing commas"),
    ("a missing comma", f"[{BRANCH}\n{BRANCH.replace('1', '2', 1)}]", "2:1", "missing commas"),
    ("prose after", f"[{BRANCH}]\nThat was it.", "2:1", "text after the array"),
    ("prose before", f"Input:\n[{BRANCH}]", "1:1", "text before the array"),
    ("single quotes", f"[{BRANCH}]".replace('"', "'"), "1:3", "single quotes"),
    ("curly quotes", f"[{BRANCH}]".replace('"type"', "“type”"), "1:10", "curly quotes"),
    ("a comment", f"[{BRANCH} // one\n]", None, "comments"),
    ("upper case", f"[{BRANCH}]".replace("branch", "Branch"), "1:17", "upper-case"),
    ("quoted money", f"[{BRANCH}]".replace("400", '"400"'), "1:36", "in quotes"),
    ("Python's None", f"[{BRANCH[:-1]},\"x\":None}}]", None, "Python"),
]

# Options of a run of the sample, and words of the message.
OPTIONS = [
    (["-o", "out.json"], "did you mean --output?"),
    (["-o", "xml"], "did you mean --output?"),
    (["--output", "nowhere/out.json"], "nowhere/out.json: cannot be written: No such file"),
    (["--output", f"{SAMPLE}/out.json"], "cannot be written: Not a directory"),
    (["--output", "."], ".: cannot be written: Is a directory"),
    (["--output", ""], "cannot be written"),
    (["--log-dir", f"{SAMPLE}/logs"], "logs: cannot be written: Not a directory"),
    (["--log-dir", SAMPLE], "cannot be written"),
    (["--log-dir", ""], "cannot be written"),
    (["--style", "fancy"], '--style takes auto, full, spec, money, events or balance, not "fancy"'),
    (["--schedule", "random"], '--schedule takes auto, sequential, concurrent or settled'),
    (["--ack", "none"], "--ack takes all, majority or local"),
    (["--consistency", "strong"], "--consistency takes session, eventual or a comma list"),
    (["--propagation-delay", "5"], '--propagation-delay: "5" has no unit; write 5s or 5ms'),
    (["--propagation-delay", "-5ms"], "is not a time"),
    (["--timeout", "0"], "--timeout must be more than zero"),
    (["--timeout", "soon"], "is not a time"),
    (["--base-port", "0"], "--base-port 0 leaves no ports for 3 branches"),
    (["--base-port", "65534"], "--base-port 65534 leaves no ports for 3 branches"),
    (["--base-port", "many"], "--base-port"),
    (["--no-such-option"], "--no-such-option"),
    (["another-file.json"], "another-file.json"),
]


class RefusalTest(ProcessTest):
    BEFORE = '["what was there before"]'

    def setUp(self):
        super().setUp()
        self.logs = self.folder / "logs"
        self.logs.mkdir()

    def refuse(self, *words, stdin=""):
        """Runs what must be refused, with nothing at the output's place and then with something;
        returns the one line. Every process of a run opens its log first: there must be none."""
        for before in (None, self.BEFORE):
            output = self.folder / "output.json"
            if before:
                output.write_text(before)
            there = sorted(self.folder.iterdir())
            done = self.passbook(*words, stdin=stdin)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertEqual(done.stdout, "")
            self.assertRegex(done.stderr, r"\Apassbook: [^\n]+\n\Z")
            self.assertLess(len(done.stderr), 500)
            self.assertEqual(sorted(self.folder.iterdir()), there)
            self.assertEqual(list(self.logs.iterdir()), [])
            if before:
                self.assertEqual(output.read_text(), before)
                output.unlink()
        return done.stderr


class RefusedRun(RefusalTest):
    def test_files(self):
        for what, content, place, words in FILES:
            for leniency in ([], ["--lenient"]):
                if leniency and "prose" in what:
                    continue
                with self.subTest(what, leniency=leniency):
                    self.write("bad.json", content)
                    line = self.refuse("run", "bad.json", "--log-dir", self.logs, *leniency)
                    self.assertIn(words, line)
                    if not leniency:
                        self.assertTrue(line.startswith(f"passbook: bad.json:{place}: "), line)

    def test_files_that_lenience_accepts(self):
        for what, content, place, words in LENIENT:
            with self.subTest(what):
                self.write("bad.json", content)
                line = self.refuse("run", "bad.json", "--log-dir", self.logs)
                self.assertRegex(line, r"^passbook: bad.json:\d+:\d+: ")
                if place:
                    self.assertTrue(line.startswith(f"passbook: bad.json:{place}: "), line)
                self.assertIn("--lenient accepts ", line)
                self.assertIn(words, line[line.index("--lenient accepts "):])
                done = self.passbook("run", "bad.json", "--lenient", "--output", "-")
                self.assertEqual((done.returncode, done.stdout), (0, "[]\n"), done.stderr)

    def test_standard_input(self):
        line = self.refuse("run", "-", "--log-dir", self.logs, stdin=with_money("0"))
        self.assertIn(":3:39: customer 1, event 4: the amount must be greater than 0", line)

    def test_files_that_cannot_be_read(self):
        self.assertIn("nowhere.json: No such file", self.refuse("run", "nowhere.json"))
        self.assertIn("Is a directory", self.refuse("run", self.logs))

    def test_options(self):
        for options, words in OPTIONS:
            with self.subTest(options):
                logs = [] if "--log-dir" in options else ["--log-dir", self.logs]
                self.assertIn(words, self.refuse("run", SAMPLE, *logs, *options))

    def test_a_log_that_cannot_be_written(self):
        (self.logs / "branch-2.log").mkdir()
        done = self.passbook("run", SAMPLE, "--log-dir", self.logs)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertRegex(done.stderr, r"\Apassbook: .*branch-2.log: cannot be written: .*\n\Z")
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["logs"])


class RefusedCommandLine(RefusalTest):
    def test_without_what_is_required(self):
        for words in ([], ["run"], ["walk"], ["check"], ["check", "--input", SAMPLE],
                      ["branch"], ["branch", "--bank", SAMPLE], ["customer"],
                      ["customer", "--id", "0", "--branch", "1=127.0.0.1:5"]):
            with self.subTest(words):
                self.refuse(*words)

    def test_branch(self):
        peers = ["--peer", "2=127.0.0.1:5", "--peer", "3=127.0.0.1:6"]
        everybody = ["--listen-peers", "127.0.0.1:0", *peers]
        for words, message in [
                (["--bank", SAMPLE, "--id", "4", *everybody], "has no branch 4"),
                (["--bank", SAMPLE, "--id", "1", "--listen-peers", "127.0.0.1:0"],
                 "branch 2 has no address: --peer 2=HOST:PORT"),
                (["--bank", SAMPLE, "--id", "1", *peers], "--listen-peers is required"),
                (["--bank", SAMPLE, "--id", "1", *peers, "--listen-peers", "0.0.0.0:0"],
                 "--insecure allows it"),
                (["--bank", SAMPLE, "--id", "1", *everybody, "--listen-operators", "0.0.0.0:0"],
                 "--insecure allows it"),
                (["--bank", SAMPLE, "--id", "1", *peers[2:], "--listen-peers", "127.0.0.1:0",
                  "--peer", "2=10.0.0.1:5"], "--insecure allows it"),
                (["--bank", SAMPLE, "--id", "1", *everybody, "-o", "yaml"], "yaml"),
                (["--bank", SAMPLE, "--id", "1", *everybody, "--peer", "9=127.0.0.1:7"],
                 "has no branch 9"),
                (["--bank", SAMPLE, "--id", "1", *everybody, "--peer", "two"],
                 "does not name a branch; write ID=HOST:PORT"),
                (["--bank", SAMPLE, "--id", "1", *everybody, "--listen", "0.0.0.0:0"],
                 "--insecure allows it"),
                (["--bank", SAMPLE, "--id", "1", *everybody, "--listen", "here"], "is not an address"),
                (["--bank", "nowhere.json", "--id", "1"], "No such file"),
                (["--bank", self.write("bad.json", with_branch(BRANCH)), "--id", "1"],
                 "bad.json:2:1: branch 1: duplicate branch")]:
            with self.subTest(message):
                self.assertIn(message, self.refuse("branch", *words))

    def test_customer(self):
        for words, message in [
                (["--branch", "one"], "does not name a branch"),
                (["--branch", "1=10.0.0.1:5"], "--insecure allows it"),
                (["--branch", "1=127.0.0.1:5", "--ack", "none"], "--ack takes"),
                (["--branch", "1=127.0.0.1:5", "--events", "nowhere.jsonl"], "cannot be read")]:
            with self.subTest(message):
                self.assertIn(message, self.refuse("customer", "--id", "1", *words))


class Accepted(ProcessTest):
    def test_a_bank_without_customers(self):
        scenario = self.write("quiet.json", branches(2, 3))
        self.assertEqual(self.passbook("run", scenario).returncode, 0)
        self.assertEqual(self.result(), [])

    def test_the_largest_amounts_to_the_cent(self):
        """No amount passes through floating point."""
        large = "90071992547409.93"
        scenario = self.write("large.json", with_money(large).replace("400", "0.07"))
        done = self.passbook("run", scenario, "--style", "full")
        self.assertEqual(done.returncode, 0, done.stdout)
        output = (self.folder / "output.json").read_text()
        self.assertIn('"balance":90071992547410}', output)


if __name__ == "__main__":
    main()
