# SPDX-License-Identifier: Apache-2.0
"""What eventual consistency breaks can be seen, and is named in words; with the session guarantees
nothing breaks. One scenario for each guarantee, and one whose money waits by itself."""

from support import SCENARIOS, ProcessTest, branches, customer, deposit, main, query

DELAY = ("--ack", "local", "--propagation-delay", "500ms")

LOST_BY_2 = "branch 2 lacked customer 1's event 1 (deposit 100 at branch 1)"

# By scenario: what its events show, with the session guarantees and without, and what is broken
# without.
SCENARIO = {
    "read-your-writes": {
        "session": [400, 400], "eventual": [400, 0],
        "broken": [
            "customer 1, event 2 (query at branch 2): read your writes broken: branch 2 lacked "
            "customer 1's event 1 (deposit 400 at branch 1)",
            "customer 1, event 2 (query at branch 2): monotonic reads broken: branch 2 lacked "
            "customer 1's event 1 (deposit 400 at branch 1)"]},
    "lost-order": {
        "session": [100, 110, 110], "eventual": [100, 10, 10],
        "broken": [
            f"customer 1, event 2 (deposit 10 at branch 2): monotonic writes broken: {LOST_BY_2}",
            "customer 1, event 2 (deposit 10 at branch 2): writes follow reads broken: "
            f"{LOST_BY_2}",
            f"customer 2, event 3 (query at branch 2): monotonic writes broken: {LOST_BY_2}; "
            "it showed customer 1's event 2 (deposit 10 at branch 2)",
            f"customer 2, event 3 (query at branch 2): writes follow reads broken: {LOST_BY_2}; "
            "it showed customer 1's event 2 (deposit 10 at branch 2)"]},
    "monotonic-reads": {
        "session": [100, 100, 100], "eventual": [100, 100, 0],
        "broken": [
            f"customer 2, event 3 (query at branch 2): monotonic reads broken: {LOST_BY_2}"]},
    "writes-follow-reads": {
        "session": [100, 100, 110, 110], "eventual": [100, 100, 10, 10],
        "broken": [
            "customer 2, event 3 (deposit 10 at branch 2): writes follow reads broken: "
            f"{LOST_BY_2}",
            f"customer 3, event 4 (query at branch 2): writes follow reads broken: {LOST_BY_2}; "
            "it showed customer 2's event 3 (deposit 10 at branch 2)"]},
    # The withdrawal waits for a grant, which comes after the deposit.
    "monotonic-writes": {"session": [400, 0, 0], "eventual": [400, 0, 0], "broken": []},
}


class Guarantees(ProcessTest):
    def play(self, scenario, *options):
        report = self.report(scenario, *DELAY, *options)
        self.assertEqual({answer["result"] for answer in report["answers"]}, {"success"})
        self.assertTrue(report["agree"])
        return [answer["balance"] for answer in report["answers"]], report["broken_guarantees"]

    def test_hold_without_being_asked_for(self):
        for name, right in SCENARIO.items():
            with self.subTest(name):
                balances, broken = self.play(SCENARIOS / f"{name}.json")
                self.assertEqual(balances, right["session"])
                self.assertEqual(broken, [])

    def test_that_are_not_asked_for_break_and_are_named(self):
        for name, right in SCENARIO.items():
            with self.subTest(name):
                balances, broken = self.play(SCENARIOS / f"{name}.json", "--consistency",
                                             "eventual")
                self.assertEqual(balances, right["eventual"])
                self.assertEqual(broken, right["broken"])

    def test_that_are_asked_for_one_by_one_hold_one_by_one(self):
        """Each scenario is right when only its own guarantee is asked for."""
        for name in ("read-your-writes", "monotonic-reads", "writes-follow-reads"):
            with self.subTest(name):
                balances, broken = self.play(SCENARIOS / f"{name}.json", "--consistency", name)
                self.assertEqual(balances, SCENARIO[name]["session"])
                self.assertEqual([line for line in broken if name.replace("-", " ") in line], [])
        balances, _ = self.play(SCENARIOS / "lost-order.json", "--consistency", "monotonic-writes")
        self.assertEqual(balances, SCENARIO["lost-order"]["session"])

    def test_broken_ones_are_in_the_story_too(self):
        done = self.passbook("run", SCENARIOS / "read-your-writes.json", *DELAY, "--consistency",
                             "eventual")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(self.result(), [{"id": 1, "balance": 0}])
        story = done.stdout[done.stdout.index("Broken guarantees:\n"):]
        for line in SCENARIO["read-your-writes"]["broken"]:
            self.assertIn(f"  {line}\n", story)

    def test_without_them_a_settled_query_still_shows_all(self):
        """It waits for every write of its round, also for those that its customer has forgotten."""
        scenario = self.write("settled.json", [
            customer(1, deposit(100, 1), deposit(10, 2), query(2)), *branches(3, 0)])
        balances, _ = self.play(scenario, "--consistency", "eventual", "--schedule", "settled")
        self.assertEqual(balances[-1], 110)


if __name__ == "__main__":
    main()
