# SPDX-License-Identifier: Apache-2.0
"""The story that --debug tells: the wording of the course's example, and causes before effects.

RUNS=200 /usr/bin/python3 tests/process/debug_story_test.py tries 200 concurrent runs, not 8.
"""

import os
import random
import re

from support import ProcessTest, branches, customer, deposit, main, query, repeats, withdraw

HEADING = re.compile(r"    ##### (QUERY|DEPOSIT|WITHDRAW) #####")
BEGINS = re.compile(r"Executing customer (\d+) events\.\.\.")
LINE = re.compile(r"    (?:\[customer (\d+), event (\d+)\] )?(.*)")

GOLDEN = """
Executing customer 2 events...

    ###################
    ##### DEPOSIT #####
    ###################
    > branch 2 received deposit from customer 2 for the amount of $170
    > branch 2 balance is $570
    *** propagating branch 2 deposit of $170 to branches [1] ***
    > branch 1 received deposit from branch 2 for the amount of $170
    > branch 1 balance is $570
    < branch 2 confirms that branch 1 has new balance of $570
    ^ customer 2 confirms that branch 2 has new balance of $570

    #################
    ##### QUERY #####
    #################
    > branch 2 received query from customer 2
    > branch 2 balance is $570
    ^ customer 2 confirms that branch 2 has balance of $570

Executing customer 1 events...

    ####################
    ##### WITHDRAW #####
    ####################
    > branch 1 received withdraw from customer 1 for the amount of $70.50
    > branch 1 balance is $499.50
    *** propagating branch 1 withdraw of $70.50 to branches [2] ***
    > branch 2 received withdraw from branch 1 for the amount of $70.50
    > branch 2 balance is $499.50
    < branch 1 confirms that branch 2 has new balance of $499.50
    ^ customer 1 confirms that branch 1 has new balance of $499.50
"""


def told_of(text):
    """The lines of the story as (customer, event, line); both are None for what is of no event."""
    text = text[text.index("Customers:\n") + len("Customers:\n"):]
    text = text[:text.index("\nFinal balances:")]
    begun, last, of_rights = {}, None, False
    for line in text.splitlines():
        if match := BEGINS.fullmatch(line):
            begun.setdefault(int(match[1]), 0)
        elif match := HEADING.fullmatch(line):
            yield None, None, match[1].lower()
        elif line.strip() and not set(line.strip()) == {"#"}:
            match = LINE.fullmatch(line)
            assert match, line
            arrival = re.match(r"> branch \d+ received \w+ from customer (\d+)", match[3])
            if arrival and match[1] is None:
                last = (int(arrival[1]), begun[int(arrival[1])] + 1)
                begun[int(arrival[1])] += 1
            # Rights that are handed over are of no event, nor is the balance that is told with them.
            of_rights = " grant" in match[3] or (of_rights and " balance is " in match[3])
            place = (int(match[1]), int(match[2])) if match[1] else last
            yield *((None, None) if of_rights else place), match[3]


class Debug(ProcessTest):
    RUNS = int(os.environ.get("RUNS", "8"))

    def story(self, scenario, *words):
        done = self.passbook("run", scenario, "--debug", *words)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        return done.stdout

    def test_has_the_wording_of_the_courses_example(self):
        scenario = self.write("two.json", [
            customer(2, deposit(170, 2), query(2)), customer(1, withdraw(70.5, 1)),
            *branches(2, 400)])
        told = self.story(scenario)
        story = told[told.index("Customers:\n") + len("Customers:\n"):told.index("\nFinal")]
        self.assertEqual(story, GOLDEN)

    def test_tells_causes_before_effects(self):
        for run in range(repeats(self.RUNS)):
            chance = random.Random(run)
            count = chance.choice((2, 3, 5, 8))
            ack = chance.choice(("all", "majority", "local"))
            events = {number: [chance.choice((deposit, withdraw))(chance.randint(1, 50),
                                                                  chance.randint(1, count))
                               if chance.random() < 0.7 else query(chance.randint(1, count))
                               for _ in range(chance.randint(1, 5))]
                      for number in range(1, chance.randint(2, 6))}
            scenario = self.write("many.json", [
                *(customer(number, *listed) for number, listed in events.items()),
                *branches(count, 1000)])
            text = self.story(scenario, "--schedule", "concurrent", "--ack", ack)
            with self.subTest(run=run, ack=ack):
                self.assert_causal(list(told_of(text)), events, count, ack, text)

    def assert_causal(self, story, events, count, ack, text):
        """Each entry is received after it was propagated, confirmed after it was received, and
        told to its customer after so many have it; a branch's balances follow one another."""
        balances = {number: 100_000 for number in range(1, count + 1)}
        pending, received, confirmed, done = {}, {}, set(), {number: 0 for number in events}
        for who, event, line in story:
            place = (who, event)
            if match := re.match(r"> branch (\d+) received (\w+) from (\w+) (\d+)"
                                 r"(?: for the amount of \$([\d.]+))?", line):
                branch, kind, source = int(match[1]), match[2], match[3]
                if source == "customer":
                    self.assertEqual(event, done[who] + 1, f"{line}\n{text}")
                if kind == "grant":
                    continue
                if source == "branch":
                    self.assertIn(place, received, f"received before it was sent: {line}\n{text}")
                    self.assertNotIn(branch, received[place], f"twice: {line}\n{text}")
                    received[place][branch] = None
                if kind != "query":
                    pending[branch, place] = (kind, round(100 * float(match[5])))
            elif match := re.match(r"> branch (\d+) balance is \$([\d.]+)", line):
                branch, shown = int(match[1]), round(100 * float(match[2]))
                if (branch, place) in pending:
                    kind, amount = pending.pop((branch, place))
                    balances[branch] += amount if kind == "deposit" else -amount
                    received.setdefault(place, {})[branch] = shown
                self.assertEqual(shown, balances[branch], f"{line}\n{text}")
            elif match := re.match(r"< branch \d+ confirms that branch (\d+) has new balance of "
                                   r"\$([\d.]+)", line):
                shown = round(100 * float(match[2]))
                self.assertEqual(received[place].get(int(match[1])), shown, f"{line}\n{text}")
                confirmed.add((place, int(match[1])))
            elif line.startswith("^ customer"):
                self.assertTrue(line.startswith(f"^ customer {who} confirms"), f"{line}\n{text}")
                written = events[who][event - 1]["interface"] != "query"
                least = {"all": count - 1, "majority": count // 2, "local": 0}[ack] * written
                self.assertGreaterEqual(sum(of == place for of, _ in confirmed), least,
                                        f"{line}\n{text}")
                done[who] = event
        self.assertEqual(done, {who: len(listed) for who, listed in events.items()}, text)


if __name__ == "__main__":
    main()
