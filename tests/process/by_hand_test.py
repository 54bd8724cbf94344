# SPDX-License-Identifier: Apache-2.0
"""A bank started by hand: branch processes with addresses, customers fed with lines, and any gRPC
tool, which learns from the servers what they speak."""

import json
import re
import signal

from support import (ROOT, SAMPLE, HandMadeBank, ProcessTest, branches, main,
                     ports_below_the_kernels, read_json, wait_until)

CALL = ROOT / "tools" / "call"
BANK = "passbook.v1.BankService"


class HandServedBank(HandMadeBank):
    """Its customers are processes, or any gRPC tool."""

    def customer(self, number, *events, options=()):
        """A customer process that performs the events: its exit status, and its answers."""
        everywhere = [word for branch in self.ports
                      for word in ("--branch", f"{branch}={self.address(branch)}")]
        done = self.passbook("customer", "--id", number, *everywhere, *options,
                             stdin="".join(json.dumps(event) + "\n" for event in events))
        self.assertEqual(done.stderr, "")
        return done.returncode, [read_json(line) for line in done.stdout.splitlines()]

    def call(self, number, method, request=None):
        words = [method] if request is None else [method, json.dumps(request)]
        return self.run_command(CALL, self.address(number), *words)

    def answer(self, number, method, request):
        done = self.call(number, f"{BANK}/{method}", request)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return read_json(done.stdout)["header"]


def header(number, **more):
    return {"id": {"branch": 1, "customer": 9, "session": 1, "number": number}, **more}


class Customers(HandServedBank):
    def test_are_answered_line_by_line(self):
        self.start_bank()
        status, answers = self.customer(
            1, {"interface": "query", "branch": 1},
            {"id": 7, "interface": "deposit", "money": 170.5, "branch": 2},
            {"interface": "withdraw", "money": 70, "branch": 3},
            {"interface": "withdraw", "money": 1000, "dest": 1},
            {"interface": "query", "branch": 1})
        self.assertEqual(status, 0)
        self.assertEqual([(answer["interface"], answer["branch"], answer["result"],
                           answer.get("balance"), answer.get("reason")) for answer in answers],
                         [("query", 1, "success", 400, None),
                          ("deposit", 2, "success", 570.5, None),
                          ("withdraw", 3, "success", 500.5, None),
                          ("withdraw", 1, "fail", 500.5, "INSUFFICIENT_FUNDS"),
                          ("query", 1, "success", 500.5, None)])
        self.assertEqual(answers[1]["id"], 7)

    def test_can_hand_on_their_passbook(self):
        """The second customer reads at another branch what the first wrote, although the entry is
        held back: its passbook says what to wait for."""
        for number in self.ports:
            self.start_branch(number, "--propagation-delay", "3s")
        deposit = {"interface": "deposit", "money": 5, "branch": 1}
        query = {"interface": "query", "branch": 2}
        _, [first] = self.customer(1, deposit, options=["--ack", "local"])
        _, [stale] = self.customer(2, query)
        _, [second] = self.customer(3, {"begin_with": first["passbook"]}, query)
        self.assertEqual((stale["balance"], second["balance"]), (400, 405))

    def test_are_told_which_line_is_wrong(self):
        self.start_bank()
        for line, words in [("garbage", "line 2: column 1"), ("{}", 'line 2: "interface" must be'),
                            ('{"interface":"deposit","branch":1}', 'line 2: "money" must be'),
                            ('{"interface":"deposit","money":-1,"branch":1}', "line 2: the amount"),
                            ('{"interface":"query"}', 'line 2: "branch" must be'),
                            ('{"begin_with":"xyz"}', "line 2: a passbook must be in hex")]:
            with self.subTest(line):
                query = '{"interface":"query","branch":1}\n'
                done = self.passbook("customer", "--id", "1", "--branch", f"1={self.address(1)}",
                                     stdin=query + line + "\n" + query)
                self.assertEqual(done.returncode, 2)
                first, wrong, last = map(read_json, done.stdout.splitlines())
                self.assertEqual((first["balance"], last["balance"]), (400, 400))
                self.assertEqual((wrong["line"], wrong["result"], wrong["text"]), (2, "fail", line))
                self.assertIn(words, f"line 2: {wrong['reason']}")
                self.assertIn(words, done.stderr)
                self.assertEqual(len(done.stderr.splitlines()), 1)

    def test_are_warned_of_keys_that_mean_nothing(self):
        self.start_bank()
        done = self.passbook("customer", "--id", "1", "--branch", f"1={self.address(1)}",
                             stdin='{"interface":"query","branch":1,"mony":5}\n')
        self.assertEqual((done.returncode, read_json(done.stdout)["balance"]), (0, 400))
        self.assertEqual(done.stderr, 'line 1: "mony" is not known and was ignored\n')

    def test_go_on_with_the_passbook_of_a_file(self):
        for number in self.ports:
            self.start_branch(number, "--propagation-delay", "3s")
        kept = ("--passbook", "kept", "--ack", "local")
        wrote, _ = self.customer(3, {"interface": "deposit", "money": 5, "branch": 1}, options=kept)
        self.assertEqual(wrote, 0)
        self.assertRegex((self.folder / "kept").read_text(), r"\A[0-9a-f]+\n\Z")
        query = {"interface": "query", "branch": 2}
        _, [without] = self.customer(3, query)
        _, [with_it] = self.customer(3, query, options=kept)
        self.assertEqual((without["balance"], with_it["balance"]), (400, 405))
        self.write("kept", "xyz")
        done = self.passbook("customer", "--id", "3", "--branch", f"1={self.address(1)}", *kept)
        self.assertEqual(done.returncode, 2)
        self.assertIn("kept: a passbook must be in hex", done.stderr)

    def test_are_told_of_an_address_for_others_that_nothing_came_of_it(self):
        self.start_bank()
        for here, address in (("peers", self.peer_address(1)),
                              ("operators", self.operator_address(1))):
            done = self.passbook("customer", "--id", "1", "--branch", f"1={address}",
                                 stdin='{"interface":"deposit","money":1,"branch":1}\n')
            answer = read_json(done.stdout)
            self.assertEqual(done.returncode, 1)
            self.assertEqual(answer["result"], "fail")
            self.assertEqual(answer["reason"], f"{address} serves {here}; customers must use the "
                                               "address given by --listen")

    def test_get_no_answer_from_nobody_in_bounded_time(self):
        events = [{"interface": "query", "branch": 1},
                  {"interface": "deposit", "money": 1, "branch": 2}]
        done = self.passbook("customer", "--id", "1", "--timeout", "300ms",
                             *(word for number in (1, 2)
                               for word in ("--branch", f"{number}={self.address(number)}")),
                             stdin="".join(json.dumps(event) + "\n" for event in events))
        answers = [read_json(line) for line in done.stdout.splitlines()]
        self.assertEqual(done.returncode, 1)
        for number in (1, 2):
            self.assertEqual(done.stderr.count(f"branch {number} at {self.address(number)} cannot "
                                               "be reached; trying again until the time-out"), 1)
        self.assertEqual([answer["result"] for answer in answers], ["fail", "unknown"])
        self.assertIn("no answer from branch 1", answers[0]["reason"])


class Tools(HandServedBank):
    def setUp(self):
        super().setUp()
        self.start_bank()

    def test_learn_which_services_there_are(self):
        done = self.call(1, "list")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout.splitlines(), [
            BANK, "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
            "grpc.reflection.v1alpha.ServerReflection"])
        for address, service in ((self.peer_address(1), "passbook.v1.ReplicationService"),
                                 (self.operator_address(1), "passbook.v1.OperatorService")):
            listed = self.run_command(CALL, address, "list").stdout.splitlines()
            self.assertEqual(listed, [service, *done.stdout.splitlines()[1:]])

    def test_learn_which_methods_a_service_has(self):
        done = self.run_command(CALL, self.address(2), "list", BANK)
        self.assertEqual(done.stdout.splitlines(), [
            f"{name}(passbook.v1.{name}Request) returns (passbook.v1.{name}Response)"
            for name in ("Query", "Deposit", "Withdraw", "Abandon")])

    def test_see_that_a_branch_is_healthy(self):
        done = self.call(3, "grpc.health.v1.Health/Check", {})
        self.assertEqual(read_json(done.stdout), {"status": "SERVING"})

    def test_deposit_withdraw_and_query(self):
        account = {"account": 1}
        first = self.answer(1, "Query", {"header": header(1), **account})
        self.assertEqual((first["result"], first["balance"]), ("RESULT_OK", "40000"))
        deposit = {"header": header(2), **account, "amount": 17050, "ack": "ACK_LEVEL_ALL"}
        second = self.answer(1, "Deposit", deposit)
        self.assertEqual((second["result"], second["balance"], second["confirmed"]),
                         ("RESULT_OK", "57050", 3))
        third = self.answer(2, "Withdraw", {**account, "amount": 57051, "header": {
            "id": {"branch": 2, "customer": 9, "session": 1, "number": 3},
            "passbook": second["passbook"]}})
        self.assertEqual(third["result"], "RESULT_INSUFFICIENT_FUNDS")
        fourth = self.answer(2, "Withdraw", {**account, "amount": 57050, "header": {
            "id": {"branch": 2, "customer": 9, "session": 1, "number": 4},
            "passbook": second["passbook"]}})
        self.assertEqual((fourth["result"], fourth["balance"]), ("RESULT_OK", "0"))
        last = self.answer(3, "Query", {**account, "header": {
            "id": {"branch": 3, "customer": 9, "session": 1, "number": 5},
            "passbook": fourth["passbook"]}})
        self.assertEqual(last["balance"], "0")

    def test_may_retry_a_write(self):
        """The same id is the same write, however often it is sent."""
        deposit = {"header": header(1), "account": 1, "amount": 100}
        for _ in range(3):
            answer = self.answer(1, "Deposit", deposit)
            self.assertEqual((answer["result"], answer["balance"]), ("RESULT_OK", "40100"))
        other = self.answer(1, "Deposit", {**deposit, "amount": 200})
        self.assertEqual(other["result"], "RESULT_REQUEST_ID_REUSED")

    def test_are_refused_what_is_no_request(self):
        for method in ("Query", "Deposit", "Withdraw"):
            for request in ({}, {"header": {}}, {"account": 1}):
                with self.subTest(method, request=request):
                    done = self.call(1, f"{BANK}/{method}", request)
                    self.assertEqual((done.returncode, done.stdout), (1, ""))
                    self.assertIn("INVALID_ARGUMENT: the request has no header.id", done.stderr)

    def test_are_told_what_is_wrong_with_a_request(self):
        deposit = {"account": 1, "amount": 100}
        for number, change, result in [
                (1, {"header": header(1, passbook="AAAA")}, "RESULT_INVALID_PASSBOOK"),
                (2, {"account": 2}, "RESULT_UNKNOWN_ACCOUNT"),
                (3, {"amount": 0}, "RESULT_BAD_AMOUNT"), (4, {"amount": -5}, "RESULT_BAD_AMOUNT"),
                (5, {"amount": 2**63 - 1}, "RESULT_OVERFLOW")]:
            with self.subTest(result):
                request = {"header": header(number), **deposit, **change}
                self.assertEqual(self.answer(1, "Deposit", request)["result"], result)
        self.assertEqual(self.answer(1, "Query", {"header": header(9), "account": 1})["balance"],
                         "40000")

    def test_say_when_they_cannot_call(self):
        for words, status, message in [
                ((f"{BANK}/Steal", "{}"), 2, f"{BANK} has no method Steal"),
                (("passbook.v1.Nothing/Query", "{}"), 2, "there is no service passbook.v1.Nothing"),
                ((f"{BANK}/Query", "{"), 2, "the request does not fit"),
                ((f"{BANK}/Query", '{"money":1}'), 2, 'no field named "money"')]:
            with self.subTest(message):
                done = self.run_command(CALL, self.address(1), *words)
                self.assertEqual((done.returncode, done.stdout), (status, ""))
                self.assertIn(message, done.stderr)
        self.assertEqual(self.run_command(CALL, "127.0.0.1:1", "list").returncode, 1)


class Stopping(HandServedBank):
    def test_a_branch_that_is_asked_to_stops_in_order(self):
        self.start_bank()
        self.customer(1, {"interface": "deposit", "money": 1, "branch": 1})
        for number in (2, 1, 3):
            branch = self.branches[number]
            branch.signal(signal.SIGTERM if number != 3 else signal.SIGINT)
            self.assertEqual(branch.wait(8), 0, branch.err)
            self.assertTrue(branch.err.endswith(f"[branch {number}] info: stopped\n"), branch.err)

    def start_call_in_flight(self, timeout):
        """A deposit at branch 1 that its peers, who are not there, would have to confirm."""
        self.start_branch(1, "--without", 2, "--without", 3)
        caller = self.start_customer({"interface": "deposit", "money": 5, "branch": 1}, timeout)
        self.wait_for_balance(self.ports[1], 405)
        return caller

    def start_customer(self, event, timeout):
        events = self.write("events.jsonl", json.dumps(event) + "\n")
        return self.start("customer", "--id", "1", "--branch", f"1={self.address(1)}", "--events",
                          events, "--timeout", timeout)

    def test_a_call_in_flight_is_still_answered(self):
        caller = self.start_call_in_flight("3s")
        self.branches[1].signal(signal.SIGTERM)
        self.assertEqual(self.branches[1].wait(8), 0)
        self.assertEqual(caller.wait(), 1)
        answer = read_json(caller.out)
        self.assertEqual(answer["result"], "success")
        self.assertIn("UNCONFIRMED", answer["reason"])
        self.assertIn("confirmed by 1", answer["reason"])

    def test_a_call_in_flight_does_not_hold_it_up_for_ever(self):
        self.start_call_in_flight("10m")
        self.branches[1].signal(signal.SIGTERM)
        self.assertEqual(self.branches[1].wait(8), 0, self.branches[1].err)

    def test_a_second_request_ends_it_at_once(self):
        self.start_call_in_flight("10m")
        self.branches[1].signal(signal.SIGTERM)
        wait_until(lambda: "stopping; calls in work" in self.branches[1].err,
                   "the first one is heeded")
        self.branches[1].signal(signal.SIGTERM)
        self.assertEqual(self.branches[1].wait(3), 1)

    def test_a_branch_says_which_address_is_taken(self):
        self.start_branch(1)
        for chosen, taken in (("--listen", self.peer_address(1)),
                              ("--listen-peers", self.operator_address(1)),
                              ("--listen-operators", self.address(1))):
            words = dict([("--listen-peers", "127.0.0.1:0"), (chosen, taken)])
            done = self.passbook("branch", "--bank", SAMPLE, "--id", 1, "--peer", "2=127.0.0.1:5",
                                 "--peer", "3=127.0.0.1:6", *sum(words.items(), ()))
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn(f"cannot listen on {taken}: the address is in use", done.stderr)

    def test_a_branch_that_comes_back_is_brought_up_to_date(self):
        """Killed and started again it has an empty journal, so this one comes late instead."""
        self.start_branch(1, "--without", 3)
        self.start_branch(2, "--without", 3)
        _, [answer] = self.customer(1, {"interface": "deposit", "money": 5, "branch": 1},
                                    options=["--ack", "majority"])
        self.assertEqual(answer["result"], "success")
        self.start_branch(3)
        _, [begun] = self.customer(2, {"begin_with": answer["passbook"]},
                                   {"interface": "query", "branch": 3})
        self.assertEqual(begun["balance"], 405)


    def test_a_branch_in_memory_that_was_killed_does_not_give_its_numbers_again(self):
        """Started again it has forgotten what it told the others, and finds out from them."""
        self.start_bank()
        _, [answer] = self.customer(1, {"interface": "deposit", "money": 5, "branch": 1})
        self.assertEqual(answer["result"], "success")
        self.branches[1].signal(signal.SIGKILL)
        self.branches[1].wait(8)
        again = self.start_branch(1)
        self.assertEqual(again.wait(8), 1)
        self.assertIn("FORK: branch", again.err)
        self.assertIn("passbook branch --rejoin rebuilds it", again.err)

    def test_an_empty_branch_takes_no_writes_before_all_others_have_spoken(self):
        """Nobody is there who could know what it has forgotten."""
        self.start_branch(1)
        deposit = {"interface": "deposit", "money": 5, "branch": 1}
        _, [alone] = self.customer(1, deposit, options=["--timeout", "1s", "--ack", "local"])
        self.assertEqual(alone["result"], "unknown")
        self.assertEqual(alone["reason"], "UNKNOWN")
        status = self.passbook("status", "--branch", self.operator_address(1))
        self.assertIn("is waiting to hear from branch 2, 3", status.stdout)
        self.start_branch(2)
        self.start_branch(3)
        _, [together] = self.customer(1, deposit)
        self.assertEqual(together["result"], "success")

    def test_of_two_processes_of_one_branch_one_is_told_to_stop(self):
        """The second has the first one's number and name, and an address of its own."""
        self.start_bank()
        twin = self.start("branch", "--bank", SAMPLE, "--id", 3, "--listen", "127.0.0.1:0",
                          "--listen-peers", "127.0.0.1:0",
                          *[word for other in (1, 2)
                            for word in ("--peer", f"{other}={self.peer_address(other)}")])
        self.assertEqual(twin.wait(10), 1)
        self.assertIn("Two must not run at once", twin.err)
        self.assert_all_live()
        _, [answer] = self.customer(1, {"interface": "deposit", "money": 5, "branch": 3})
        self.assertEqual(answer["result"], "success")


class Addresses(ProcessTest):
    def test_of_customers_can_stand_in_the_scenario_file(self):
        ports = ports_below_the_kernels(2)
        bank = branches(2, 50)
        for part, port in zip(bank, ports):
            part["address"] = f"127.0.0.1:{port}"
        path = self.write("bank.json", bank)
        peers = ports_below_the_kernels(4)[2:]
        for number, other in ((1, 2), (2, 1)):
            self.start("branch", "--bank", path, "--id", number, "--listen-peers",
                       f"127.0.0.1:{peers[number - 1]}", "--peer",
                       f"{other}=127.0.0.1:{peers[other - 1]}")
        events = '{"interface":"withdraw","money":50,"branch":2}\n'
        done = self.passbook("customer", "--id", "1", "--branch", f"2=127.0.0.1:{ports[1]}",
                             stdin=events)
        self.assertEqual(read_json(done.stdout)["balance"], 0)

    def test_the_kernel_chooses_a_port_when_none_is_named(self):
        bank = self.write("bank.json", branches(1, 50))
        branch = self.start("branch", "--bank", bank, "--id", 1)
        line = wait_until(lambda: branch.out, "it serves")
        told = re.fullmatch(r"branch 1 serves on 127.0.0.1:(\d+), operators on 127.0.0.1:(\d+)\n",
                            line)
        self.assertEqual(self.balance_at(int(told[1])), 50)
        status = self.passbook("status", "--branch", f"127.0.0.1:{told[2]}")
        self.assertEqual(status.returncode, 0, status.stderr)

    def test_are_one_json_line_for_programs(self):
        bank = self.write("bank.json", branches(2, 50))
        branch = self.start("branch", "--bank", bank, "--id", 1, "--listen-peers", "127.0.0.1:0",
                            "--peer", "2=127.0.0.1:1", "-o", "json")
        told = read_json(wait_until(lambda: branch.out, "it serves"))
        self.assertEqual(list(told), ["branch", "customers", "peers", "operators"])
        self.assertEqual(self.balance_at(int(told["customers"].rsplit(":", 1)[1])), 50)
        status = self.passbook("status", "--branch", told["operators"])
        self.assertEqual((status.returncode, status.stderr), (3, ""))
        self.assertIn("degraded: branch 2 is not connected", status.stdout)


if __name__ == "__main__":
    main()
