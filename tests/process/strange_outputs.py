# SPDX-License-Identifier: Apache-2.0
"""Makes outputs and clock lists in the shapes in which programs write them, right ones and wrong.

It shares nothing with the command under test: its own bank, its own clocks, its own writers.
"""

import copy
import json


def make_scenario(chance):
    """Customers with unique event ids, some listed twice; a listing ends with a query."""
    opening = chance.choice((0, 50, 400))
    listings = []
    number = 0
    customers = list(range(1, chance.randint(2, 4) + 1))
    for round_ in range(chance.randint(1, 2)):
        for customer in customers:
            if round_ > 0 and chance.random() < 0.3:
                continue
            events = []
            for _ in range(chance.randint(0, 3)):
                kind = chance.choice(("deposit", "withdraw", "query"))
                number += 1
                event = {"id": number, "interface": kind}
                if kind != "query":
                    event["money"] = chance.randint(1, 60)
                events.append(event)
            number += 1
            events.append({"id": number, "interface": "query"})
            listings.append({"id": customer, "type": "customer", "events": events})
    branches = [{"id": number, "type": "branch", "balance": opening} for number in customers]
    return opening, listings, listings + branches


def right_answers(opening, listings):
    """For each listing its answers: (event id, interface, key, value)."""
    balance = opening
    out = []
    for listing in listings:
        answers = []
        for event in listing["events"]:
            kind = event["interface"]
            if kind == "query":
                answers.append((event["id"], kind, "balance", balance))
                continue
            done = kind == "deposit" or event["money"] <= balance
            if done:
                balance += event["money"] if kind == "deposit" else -event["money"]
            answers.append((event["id"], kind, "result", "success" if done else "fail"))
        out.append((listing["id"], answers))
    return out


def damage(chance, answers):
    """One thing wrong: a value, an answer missing or doubled, or two values swapped."""
    answers = [(customer, list(list_)) for customer, list_ in copy.deepcopy(answers)]
    places = [(i, j) for i, (_, list_) in enumerate(answers) for j in range(len(list_))]
    i, j = chance.choice(places)
    event, kind, key, value = answers[i][1][j]
    way = chance.choice(("value", "missing", "doubled", "swapped"))
    if way == "swapped":
        others = [(k, m) for k, m in places
                  if answers[k][1][m][2] == key and answers[k][1][m][3] != value]
        if others:
            k, m = chance.choice(others)
            other = answers[k][1][m]
            answers[i][1][j] = (event, kind, key, other[3])
            answers[k][1][m] = (*other[:3], value)
            return way, answers
        way = "value"
    if way == "missing":
        del answers[i][1][j]
    elif way == "doubled":
        answers[i][1].insert(j, answers[i][1][j])
    elif key == "balance":
        answers[i][1][j] = (event, kind, key, value + chance.choice((-1, 1, 0.01, 100)))
    else:
        answers[i][1][j] = (event, kind, key, "fail" if value == "success" else "success")
    return way, answers


def plain(answer):
    _, kind, key, value = answer
    return {"interface": kind, key: value}


def objects(answers):
    return [{"id": customer, "recv": [plain(each) for each in list_]}
            for customer, list_ in answers]


def by_customer(answers):
    """All answers of a customer together, customers in the order in which they first come."""
    out = {}
    for customer, list_ in answers:
        out.setdefault(customer, []).extend(list_)
    return list(out.items())


def shuffled_by_customer(chance, items):
    """Any order of customers, each one's own items in order."""
    order = [customer for customer, _ in items]
    chance.shuffle(order)
    queues = {customer: [each for each in items if each[0] == customer] for customer in set(order)}
    return [queues[customer].pop(0) for customer in order]


def one_each(answers):
    return [(customer, [answer]) for customer, list_ in answers for answer in list_]


SHAPES = {}


def shape(function):
    SHAPES[function.__name__] = function
    return function


@shape
def grouped(chance, answers):
    order = sorted(answers, key=lambda of: of[0])
    return json.dumps(objects(order))


@shape
def interleaved(chance, answers):
    return json.dumps(objects(shuffled_by_customer(chance, one_each(answers))))


@shape
def merged_rounds(chance, answers):
    return json.dumps(objects(by_customer(answers)))


@shape
def completion_order(chance, answers):
    return json.dumps(objects(shuffled_by_customer(chance, answers)))


@shape
def array_per_customer(chance, answers):
    return "\n".join(json.dumps(objects([each])) for each in by_customer(answers))


@shape
def one_per_line(chance, answers):
    return "\n".join(json.dumps(each) for each in objects(shuffled_by_customer(chance, answers)))


@shape
def flat(chance, answers):
    return json.dumps([{"id": customer, **plain(list_[0])} for customer, list_ in one_each(answers)])


@shape
def other_key(chance, answers):
    return json.dumps([{"id": each["id"], "respData": each["recv"]} for each in objects(answers)])


@shape
def nested(chance, answers):
    out = objects(answers)
    for each in out:
        for answer in each["recv"]:
            if "balance" in answer:
                answer["result"] = {"balance": answer.pop("balance")}
    return json.dumps(out)


@shape
def float_ids(chance, answers):
    out = objects(answers)
    for each in out:
        each["id"] = float(each["id"])
        for answer in each["recv"]:
            if "balance" in answer:
                answer["balance"] = float(answer["balance"])
    return json.dumps(out)


# What is wrong with the form of these alone; no value is.
FORM = {"other_key": '"recv" is missing; the answers are under "respData"',
        "nested": 'its balance is inside "result", expected under "balance"'}


class Clocks:
    """A bank whose messages tick. Every event has (process, request, clock, interface, comment)."""

    def __init__(self, chance):
        self.branches = chance.randint(2, 4)
        self.clock = {}
        self.events = []
        self.steps = []
        self.requests = chance.randint(2, 4)
        for request in range(1, self.requests + 1):
            self.request(chance, request)

    def tick(self, process, heard=0):
        self.clock[process] = max(self.clock.get(process, 0), heard) + 1
        return self.clock[process]

    def log(self, process, request, clock, interface, comment):
        self.events.append((process, request, clock, interface, comment))

    def request(self, chance, request):
        kind = chance.choice(("deposit", "withdraw", "query"))
        number = chance.randint(1, self.branches)
        customer, home = ("customer", number), ("branch", number)
        sent = self.tick(customer)
        self.log(customer, request, sent, kind, f"event_sent from customer {number}")
        at = self.tick(home, sent)
        self.log(home, request, at, kind, f"event_recv from customer {number}")
        self.steps.append((number, request, at, f"{kind}_request"))
        self.steps.append((number, request, self.tick(home), f"{kind}_execute"))
        for other in range(1, self.branches + 1):
            if kind == "query" or other == number:
                continue
            sent = self.tick(home)
            self.log(home, request, sent, f"propogate_{kind}", f"event_sent to branch {other}")
            peer = ("branch", other)
            at = self.tick(peer, sent)
            self.log(peer, request, at, f"propogate_{kind}", f"event_recv from branch {number}")
            self.steps.append((other, request, at, f"{kind}_propagate_request"))
            done = self.tick(peer)
            self.steps.append((other, request, done, f"{kind}_propagate_execute"))
            self.steps.append((number, request, self.tick(home, done),
                               f"{kind}_propagate_response"))
        self.steps.append((number, request, self.tick(home), f"{kind}_response"))


def damage_events(chance, events):
    """One event of a message wrong in a way that no other run explains."""
    events = list(events)
    i = chance.randrange(len(events))
    process, request, clock, interface, comment = events[i]
    way = chance.choice(("clock", "missing", "doubled", "swapped"))
    received = [k for k, event in enumerate(events) if "recv" in event[4]]
    if way == "clock":
        i = chance.choice(received)
        process, request, clock, interface, comment = events[i]
        events[i] = (process, request, 0, interface, comment)
    elif way == "missing":
        del events[i]
    elif way == "doubled":
        events.insert(i, events[i])
    else:
        # The clocks of a message's two ends, so that it arrives before it was sent.
        i = chance.choice(received)
        kind, number = comment_of(events[i])
        j = next(k for k, event in enumerate(events)
                 if event[1] == events[i][1] and event[0] == (kind, number)
                 and "sent" in event[4]
                 and (kind == "customer" or event[4].endswith(f"branch {events[i][0][1]}")))
        a, b = events[i], events[j]
        events[i], events[j] = (*a[:2], b[2], *a[3:]), (*b[:2], a[2], *b[3:])
    return way, events


def comment_of(event):
    kind, number = event[4].split()[-2:]
    return kind, int(number)


def damage_steps(chance, steps):
    """One step wrong."""
    steps = list(steps)
    i = chance.randrange(len(steps))
    branch, request, clock, name = steps[i]
    way = chance.choice(("clock", "missing", "doubled", "swapped"))
    if way == "missing":
        del steps[i]
    elif way == "doubled":
        steps.insert(i, steps[i])
    elif way == "clock":
        i = chance.choice([k for k, step in enumerate(steps) if not step[3].endswith("y_request")
                           and step[3].count("_request") == 0])
        steps[i] = (*steps[i][:2], 0, steps[i][3])
    else:
        i = chance.choice([k for k, step in enumerate(steps) if step[3].count("_") == 1
                           and step[3].endswith("_execute")])
        j = next(k for k, step in enumerate(steps)
                 if step[1] == steps[i][1] and step[3].endswith("_request")
                 and step[3].count("_") == 1)
        a, b = steps[i], steps[j]
        steps[i], steps[j] = (*a[:2], b[2], a[3]), (*b[:2], a[2], b[3])
    return way, steps


def event_json(event, request="customer-request-id"):
    _, number, clock, interface, comment = event
    return {request: number, "logical_clock": clock, "interface": interface, "comment": comment}


def processes(clocks, kinds):
    """All processes of the bank in order; a process may have nothing to tell."""
    out = []
    if "customer" in kinds:
        out += sorted({event[0] for event in clocks.events if event[0][0] == "customer"})
    if "branch" in kinds:
        out += [("branch", number) for number in range(1, clocks.branches + 1)]
    return out


def lists_by(clocks, events, kinds, **options):
    return [{"id": process[1], "type": process[0],
             "events": [event_json(each, **options) for each in
                        sorted((event for event in events if event[0] == process),
                               key=lambda event: event[2])]}
            for process in processes(clocks, kinds)]


def flat_json(event):
    return {"id": event[0][1], "type": event[0][0], **event_json(event)}


def turned(text):
    for kind in ("deposit", "withdraw"):
        text = text.replace(f"propogate_{kind}", f"{kind}_propagate")
    return text


CLOCK_SHAPES = {
    "by process": lambda clocks, events: json.dumps(lists_by(clocks, events, ("customer",))) + "\n"
    + turned(json.dumps(lists_by(clocks, events, ("branch",)))),
    "other keys": lambda clocks, events: json.dumps(
        lists_by(clocks, events, ("customer", "branch"), request="customer_request_id")),
    "one per line": lambda clocks, events: "\n".join(
        json.dumps(each) for each in lists_by(clocks, events, ("customer", "branch"))),
    "flat by process": lambda clocks, events: json.dumps(
        [flat_json(event) for process in processes(clocks, ("customer", "branch"))
         for event in sorted((event for event in events if event[0] == process),
                             key=lambda event: event[2])]),
}


def steps_text(clocks, steps):
    by_branch = [{"pid": number,
                  "data": [{"id": request, "name": name, "clock": clock}
                           for branch, request, clock, name in
                           sorted(steps, key=lambda step: step[2]) if branch == number]}
                 for number in range(1, clocks.branches + 1)]
    by_request = [{"eventid": number,
                   "data": [{"clock": clock, "name": name} for _, request, clock, name in
                            sorted(steps, key=lambda step: step[2]) if request == number]}
                  for number in range(1, clocks.requests + 1)]
    return json.dumps(by_branch + by_request)
