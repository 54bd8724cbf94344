# SPDX-License-Identifier: Apache-2.0
"""Runs that keep their journals: the balances outlive the run, for those who ask for them."""

import shutil
import signal

from support import (ProcessTest, branches, customer, deposit, main, query, read_json, wait_until,
                     withdraw)


class DataDirectory(ProcessTest):
    def scenario(self, *customers, opening=400):
        return self.write("scenario.json", [*customers, *branches(3, opening)])

    def refused(self, *words):
        done = self.passbook("run", *words)
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        return done.stderr

    def test_a_later_run_goes_on_from_the_balances_when_it_is_told_to(self):
        scenario = self.scenario(customer(1, deposit(100, 2), withdraw(450, 3), query(1)))
        self.report(scenario, "--data-dir", "data")
        again = self.write("again.json", [customer(1, query(2), deposit(7, 1)), *branches(3, 400)])
        report = self.report(again, "--data-dir", "data", "--resume")
        self.assertEqual([answer["balance"] for answer in report["answers"]], [50, 57])
        self.assertEqual({final["balance"] for final in report["finals"]}, {57})

    def test_a_later_run_that_is_not_told_to_changes_nothing(self):
        scenario = self.scenario(customer(1, deposit(100, 2)))
        self.report(scenario, "--data-dir", "data")
        self.assertIn("data/branch-1 belongs to an earlier run: --resume",
                      self.refused(scenario, "--data-dir", "data"))
        report = self.report(self.scenario(customer(1, query(3))), "--data-dir", "data", "--resume")
        self.assertEqual(report["answers"][0]["balance"], 500)

    def test_there_must_be_something_to_resume(self):
        scenario = self.scenario(customer(1, deposit(100, 2)))
        self.assertIn("data/branch-1 is not there",
                      self.refused(scenario, "--data-dir", "data", "--resume"))
        self.report(scenario, "--data-dir", "data")
        shutil.rmtree(self.folder / "data" / "branch-2")
        self.assertIn("data/branch-2 is not there",
                      self.refused(scenario, "--data-dir", "data", "--resume"))
        self.assertIn("--data-dir", self.refused(scenario, "--resume"))

    def test_another_bank_is_not_resumed(self):
        self.report(self.scenario(customer(1, deposit(100, 2))), "--data-dir", "data")
        other = self.scenario(customer(1, query(2)), opening=401)
        done = self.passbook("run", other, "--data-dir", "data", "--resume")
        self.assertEqual(done.returncode, 1)
        self.assertIn("belongs to another bank", done.stdout)
        report = self.report(self.scenario(customer(1, query(3))), "--data-dir", "data", "--resume")
        self.assertEqual(report["answers"][0]["balance"], 500)

    def test_a_killed_run_is_resumed_with_all_that_it_ever_showed(self):
        events = [deposit(1, 1 + number % 3) for number in range(4000)]
        run = self.start_run([customer(1, *events), *branches(3, 400)], "--data-dir", "data")
        shown = []
        wait_until(lambda: shown.append(self.balance_at(run.ports[1]) or 0) or shown[-1] > 450,
                   "the run gets on")
        run.signal(signal.SIGKILL)
        run.wait()
        self.assert_nobody_lives()
        report = self.report(self.scenario(customer(1, query(1))), "--data-dir", "data", "--resume")
        self.assertGreaterEqual(report["answers"][0]["balance"], max(shown))
        self.assertLess(report["answers"][0]["balance"], 4400, "it was killed in the middle")
        self.assertTrue(report["agree"])

    def test_the_final_balances_count_entries_of_which_no_customer_of_the_run_has_heard(self):
        """A deposit that branch 2 alone had when the run before was killed."""
        run = self.start_run([customer(1, deposit(100, 2), query(1)), *branches(3, 400)],
                             "--data-dir", "data", "--ack", "local", "--propagation-delay", "60s")
        self.wait_for_balance(run.ports[2], 500)
        run.signal(signal.SIGKILL)
        run.wait()
        report = self.report(self.scenario(customer(1, query(1))), "--data-dir", "data", "--resume",
                             "--propagation-delay", "500ms")
        self.assertEqual([final["balance"] for final in report["finals"]], [500, 500, 500])

    def test_a_branch_of_a_run_can_be_started_by_hand(self):
        """What a run leaves behind is what `passbook branch` works on."""
        scenario = self.scenario(customer(1, deposit(100, 2)))
        self.report(scenario, "--data-dir", "data")
        branch = self.start("branch", "--bank", scenario, "--id", 1, "--listen-peers",
                            "127.0.0.1:0", "--peer", "2=127.0.0.1:1", "--peer", "3=127.0.0.1:1",
                            "--data-dir", "data/branch-1", "-o", "json")
        address = read_json(wait_until(lambda: branch.out, "it serves"))["customers"]
        port = int(address.rsplit(":", 1)[1])
        self.assertEqual(self.balance_at(port), 500)


if __name__ == "__main__":
    main()
