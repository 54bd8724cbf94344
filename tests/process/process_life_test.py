# SPDX-License-Identifier: Apache-2.0
"""The processes of a run: found where they were asked to be, missed when they die, and never left
behind, however the run ends."""

import os
import re
import signal
import socket

from support import (SAMPLE, ProcessTest, branches, children_of_run, customer, deposit, main,
                     ports_below_the_kernels, query, read_json, wait_until,
                     withdraw)

# Entries reach nobody while a test lasts, so that a deposit, which all must have, is not answered.
NEVER = ("--propagation-delay", "10m", "--timeout", "10m")
STUCK = [customer(1, deposit(10, 1), query(1)), customer(2, query(2)), *branches(3, 400)]


class Died(ProcessTest):
    def partial_result(self):
        self.assertFalse((self.folder / "output.json").exists())
        return self.result("output.json.partial")

    def test_a_killed_branch_ends_the_run_and_is_reported_with_its_last_words(self):
        run = self.start_run(STUCK, "--schedule", "concurrent", *NEVER)
        self.wait_for_balance(run.ports[1], 410)
        os.kill(children_of_run(run)["branch-3"], signal.SIGKILL)
        self.assertEqual(run.wait(), 1)
        self.assertIn("branch 3 ended: signal 9 (Killed)", run.out)
        self.assertRegex(run.out, rf"\| .*\[branch 3\] info: serving customers on 127.0.0.1:{run.ports[3]}, ")
        self.assert_nobody_lives()
        self.assertEqual(self.partial_result(), [
            {"id": 1, "recv": [{"interface": "deposit", "branch": 1, "result": "unknown"}]},
            {"id": 1, "recv": [{"interface": "query", "branch": 1, "result": "fail"}]},
            {"id": 2, "recv": [{"interface": "query", "branch": 2, "balance": 400}]}])

    def test_the_report_for_machines_names_the_killed_branch_too(self):
        run = self.start("run", self.write("scenario.json", STUCK), "-o", "json", *NEVER)
        wait_until(lambda: len(children_of_run(run)) == 6, "all processes are there")
        os.kill(children_of_run(run)["branch-2"], signal.SIGKILL)
        self.assertEqual(run.wait(), 1)
        report = read_json(run.out)
        self.assertEqual(report["failure"], "branch 2 ended: signal 9 (Killed)")
        self.assertIsInstance(report["last_words"], list)
        self.assertFalse(report["agree"])
        self.assert_nobody_lives()

    def test_without_a_killed_customer_the_others_finish(self):
        scenario = [customer(1, deposit(10, 1), query(1)), customer(2, deposit(5, 2), query(2)),
                    *branches(3, 400)]
        run = self.start_run(scenario, "--schedule", "concurrent", "--style", "full",
                             "--propagation-delay", "2s")
        self.wait_for_balance(run.ports[1], 410)
        self.wait_for_balance(run.ports[2], 405)
        os.kill(children_of_run(run)["customer-1"], signal.SIGKILL)
        self.assertEqual(run.wait(), 1)
        self.assertIn("customer 1 ended: signal 9 (Killed)", run.out)
        killed, other = self.partial_result()
        self.assertEqual([event["result"] for event in killed["recv"]], ["unknown", "fail"])
        self.assertEqual([event["result"] for event in other["recv"]], ["success", "success"])
        self.assert_nobody_lives()

    def test_what_a_killed_customer_never_began_has_failed_for_certain(self):
        scenario = [customer(1, deposit(10, 1)), customer(2, deposit(5, 2), query(2)),
                    *branches(2, 400)]
        run = self.start_run(scenario, "--style", "full", "--propagation-delay", "1s")
        os.kill(children_of_run(run)["customer-2"], signal.SIGKILL)
        self.assertEqual(run.wait(), 1)
        first, killed = self.partial_result()
        self.assertEqual([event["result"] for event in first["recv"]], ["success"])
        self.assertEqual([(event["result"], event["reason"]) for event in killed["recv"]],
                         [("fail", "not performed: customer 2 ended: signal 9 (Killed)")] * 2)

    def test_a_death_that_is_noticed_with_the_answer_before_its_turn(self):
        """The runner, stopped meanwhile, finds both at once: customer 1's last answer, after which
        it is customer 2's turn, and that customer 2 is dead."""
        scenario = [customer(1, deposit(10, 1)), customer(2, deposit(5, 2)), *branches(2, 400)]
        run = self.start_run(scenario, "--style", "full", "--propagation-delay", "500ms")
        run.signal(signal.SIGSTOP)
        os.kill(children_of_run(run)["customer-2"], signal.SIGKILL)
        self.wait_for_balance(run.ports[2], 410)
        run.signal(signal.SIGCONT)
        self.assertEqual(run.wait(), 1)
        first, killed = self.partial_result()
        self.assertEqual(first["recv"][0]["result"], "success")
        self.assertIn(killed["recv"][0]["result"], ("unknown", "fail"))
        self.assertIn("customer 2 ended: signal 9 (Killed)", killed["recv"][0]["reason"])

    def test_a_customer_that_dies_while_the_run_starts_is_not_waited_for(self):
        """So many branches take about as long to start as it takes to find and kill a customer."""
        scenario = [customer(1, deposit(1, 1)), customer(2, query(2)), *branches(40, 400)]
        run = self.start("run", self.write("scenario.json", scenario), "--style", "full", *NEVER)
        dead = wait_until(lambda: children_of_run(run).get("customer-1"), "customer 1 is there")
        os.kill(dead, signal.SIGKILL)
        self.assertEqual(run.wait(20), 1)
        self.assertIn("customer 1 ended: signal 9 (Killed)", run.out)
        killed, other = (part["recv"][0] for part in self.partial_result())
        self.assertIn(killed["result"], ("unknown", "fail"))
        self.assertIn("customer 1 ended: signal 9 (Killed)", killed["reason"])
        self.assertEqual(other["balance"], 400)


class Ended(ProcessTest):
    def stuck_run(self):
        self.write("output.json", "of an earlier run")
        run = self.start_run(STUCK, "--schedule", "concurrent", *NEVER)
        self.wait_for_balance(run.ports[1], 410)
        self.assertEqual(set(children_of_run(run)), {"branch-1", "branch-2", "branch-3",
                                                     "customer-1", "customer-2", "auditor"})
        return run

    def test_nobody_survives_a_killed_runner(self):
        run = self.stuck_run()
        run.signal(signal.SIGKILL)
        self.assertEqual(run.wait(), -signal.SIGKILL)
        self.assert_nobody_lives(5)

    def test_nobody_survives_a_runner_killed_while_it_starts(self):
        scenario = self.write("scenario.json", STUCK)
        for processes in range(6):
            run = self.start("run", scenario, *NEVER)
            wait_until(lambda: len(children_of_run(run)) >= processes, "so many processes")
            run.signal(signal.SIGKILL)
            run.wait()
            self.assert_nobody_lives(5)

    def assert_ended_in_order(self, run, number, signal_name):
        self.assertEqual(run.wait(20), 128 + number)
        self.assertIn(f"interrupted by {signal_name}", run.out)
        self.assertIn("Of 3 events, 1 was answered, 1 was under way, and 1 was not begun.", run.out)
        self.assertIn("Output: output.json.partial (answers so far); "
                      "output.json is unchanged", run.out)
        self.assertEqual(run.err, "")
        self.assertEqual((self.folder / "output.json").read_text(), "of an earlier run")
        self.assertEqual(self.result("output.json.partial"), [
            {"id": 1, "recv": [{"interface": "deposit", "branch": 1, "result": "unknown"}]},
            {"id": 1, "recv": [{"interface": "query", "branch": 1, "result": "fail"}]},
            {"id": 2, "recv": [{"interface": "query", "branch": 2, "balance": 400}]}])
        self.assert_nobody_lives()

    def test_control_c_ends_all_and_writes_what_is_known(self):
        run = self.stuck_run()
        os.killpg(run.pid, signal.SIGINT)
        self.assert_ended_in_order(run, signal.SIGINT, "Interrupt")

    def test_a_request_to_stop_ends_all_and_writes_what_is_known(self):
        run = self.stuck_run()
        run.signal(signal.SIGTERM)
        self.assert_ended_in_order(run, signal.SIGTERM, "Terminated")

    def test_a_closed_terminal_ends_all(self):
        run = self.stuck_run()
        run.signal(signal.SIGHUP)
        self.assert_ended_in_order(run, signal.SIGHUP, "Hangup")

    def test_before_any_answer_writes_nothing(self):
        scenario = self.write("stuck.json", [customer(1, deposit(10, 1)), *branches(3, 400)])
        for output in ("output.json", "-"):
            run = self.start("run", scenario, "--output", output, *NEVER)
            wait_until(lambda: "customer-1" in children_of_run(run), "it runs")
            run.signal(signal.SIGINT)
            self.assertEqual(run.wait(20), 128 + signal.SIGINT)
            self.assertIn("Output: none, since the run ended early", run.out + run.err)
            self.assertEqual(list(self.folder.glob("output*")), [])

    def test_only_the_output_is_left_behind(self):
        self.assertEqual(self.passbook("run", SAMPLE).returncode, 0)
        self.assertEqual([path.name for path in self.folder.iterdir()], ["output.json"])
        self.assert_nobody_lives()


class Ports(ProcessTest):
    def test_are_numbered_in_branch_order_from_the_base(self):
        first = ports_below_the_kernels(3)[0]
        scenario = [{"id": 7, "type": "branch", "balance": 1}, customer(12, query(12)),
                    {"id": 12, "type": "branch", "balance": 1},
                    {"id": 30, "type": "branch", "balance": 1}]
        run = self.start_run(scenario, "--base-port", first)
        self.assertEqual(run.wait(), 0)
        self.assertEqual(run.ports, {7: first, 12: first + 1, 30: first + 2})

    def test_one_that_is_taken_is_named(self):
        ports = ports_below_the_kernels(3)
        with socket.socket() as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(("127.0.0.1", ports[1]))
            taken.listen()
            done = self.passbook("run", SAMPLE, "--base-port", ports[0])
        self.assertEqual(done.returncode, 1)
        self.assertIn("branch 2 ended", done.stdout)
        self.assertIn(f"cannot listen on 127.0.0.1:{ports[1]}: the address is in use", done.stdout)
        self.assertEqual(list(self.folder.iterdir()), [])
        self.assert_nobody_lives()

    def test_are_free_again_after_a_run(self):
        first = ports_below_the_kernels(3)[0]
        for _ in range(3):
            done = self.passbook("run", SAMPLE, "--base-port", first)
            self.assertEqual(done.returncode, 0, done.stdout)


class Logs(ProcessTest):
    LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}[+-]\d\d:\d\d "
                      r"\[[a-z0-9 -]+\] info: .+")

    def test_are_one_file_per_process_and_have_no_complaints(self):
        for _ in range(5):
            done = self.passbook("run", SAMPLE, "--log-dir", "logs/of/run")
            self.assertEqual(done.returncode, 0, done.stdout)
            folder = self.folder / "logs" / "of" / "run"
            logs = {path.name: path.read_text() for path in folder.iterdir()}
            self.assertEqual(set(logs), {"branch-1.log", "branch-2.log", "branch-3.log",
                                         "customer-1.log", "customer-2.log", "customer-3.log",
                                         "auditor.log"})
            for name, text in logs.items():
                for line in text.splitlines():
                    self.assertRegex(line, self.LINE, name)
            for number in (1, 2, 3):
                self.assertIn(f"[branch {number}] info: stopped", logs[f"branch-{number}.log"])

    def test_tell_the_story_of_each_branch_and_customer(self):
        scenario = self.write("two.json", [customer(2, deposit(170, 2), withdraw(9999, 1)),
                                           *branches(2, 400)])
        self.assertEqual(self.passbook("run", scenario, "--log-dir", "logs").returncode, 0)
        logs = {path.stem: [line.split(" info: ", 1)[1] for line in path.read_text().splitlines()]
                for path in (self.folder / "logs").iterdir()}
        for name, lines in {
                "branch-2": ["> branch 2 received deposit from customer 2 for the amount of $170",
                             "*** propagating branch 2 deposit of $170 to branches [1] ***",
                             "< branch 2 confirms that branch 1 has it",
                             "^ answered customer 2, request 1: OK, balance $570"],
                "branch-1": ["> branch 1 received deposit from branch 2 for the amount of $170",
                             "> branch 1 received withdraw from customer 2 for the amount of $9999",
                             "^ answered customer 2, request 2: INSUFFICIENT_FUNDS, balance $570"],
                "customer-2": ["calls branch 2, request 1",
                               "deposit 170 at branch 2: success, balance 570",
                               "calls branch 1, request 2",
                               "withdraw 9999 at branch 1: fail, balance 570, "
                               "INSUFFICIENT_FUNDS"]}.items():
            found = [line for line in logs[name] if line in lines]
            self.assertEqual(found, lines, logs[name])
        self.assertTrue(any("branch 2" in line for line in logs["branch-1"]), logs["branch-1"])

    def test_a_killed_branch_keeps_its_own(self):
        run = self.start_run(STUCK, "--log-dir", "logs", *NEVER)
        os.kill(children_of_run(run)["branch-2"], signal.SIGKILL)
        self.assertEqual(run.wait(), 1)
        self.assertIn("serving customers on", (self.folder / "logs" / "branch-2.log").read_text())


if __name__ == "__main__":
    main()
