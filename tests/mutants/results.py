# SPDX-License-Identifier: Apache-2.0
"""Which mutants there are, what became of them, and how that is told."""

import hashlib
import json
import random
from collections import Counter, defaultdict
from pathlib import Path
from typing import NamedTuple

from sites import function_at, sites_of

CORE = ("src/branch", "src/ledger", "src/protocol", "src/customer")
WIDTH = 64  # of what is shown of a change


class Mutant(NamedTuple):
    """A file with one change. `before` and `after` are the changed lines, with single spaces."""
    place: int  # in the order of the seed
    file: str
    line: int
    kind: str
    function: str
    before: str
    after: str
    text: str  # of the whole file

    def name(self):
        """What it is called in the list of equivalent mutants: lines may move."""
        return self.file, self.function, self.before, self.after


def core_files(root):
    """The files that are mutated: those of the core, and no tests."""
    return sorted(str(path.relative_to(root)) for folder in CORE
                  for path in (Path(root) / folder).rglob("*.cc") if not is_test(path))


def is_test(path):
    return path.name.endswith("_test.cc") or path.name.startswith("test")


def plain(text):
    return " ".join(text.split())


def mutant_of(place, file, text, site, choice):
    first = text.rfind("\n", 0, site.start) + 1
    last = text.find("\n", site.end)
    ahead, behind = text[first:site.start], text[site.end:last if last >= 0 else len(text)]
    return Mutant(place=place, file=file, line=text.count("\n", 0, site.start) + 1, kind=site.kind,
                  function=function_at(text, site.start),
                  before=plain(ahead + text[site.start:site.end] + behind),
                  after=plain(ahead + site.choices[choice] + behind),
                  text=site.applied(text, choice))


def all_mutants(file, text):
    """Every mutant of a file, in the order of the text."""
    return [mutant_of(0, file, text, site, choice) for site in sites_of(text)
            for choice in range(len(site.choices))]


def mutants_of(root, seed):
    """Mutants of the core in the order that a seed gives them: each site comes once, and each is as
    likely as any other."""
    texts = {file: (Path(root) / file).read_text(encoding="utf-8") for file in core_files(root)}
    sites = [(file, site) for file in texts for site in sites_of(texts[file])]
    chance = random.Random(seed)
    for place, (file, site) in enumerate(chance.sample(sites, len(sites))):
        yield mutant_of(place, file, texts[file], site, chance.randrange(len(site.choices)))


def digest_of(root):
    """Of all that decides which mutants there are and what becomes of them, but for the unit tests:
    those are added to, and a mutant that is killed stays so."""
    names = [path for path in sorted((Path(root) / "src").rglob("*"))
             if path.suffix in (".h", ".cc") and not is_test(path)]
    names += [Path(__file__).parent / name for name in ("sites.py", "tokens.py", "results.py")]
    digest = hashlib.sha256()
    for path in names:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


class Results:
    """What became of the mutants of one seed, kept in a file of JSON lines; the last line counts."""

    def __init__(self, path):
        self.path = Path(path)
        self.of = {}
        if self.path.exists():
            for line in self.path.read_text(encoding="utf-8").splitlines():
                record = json.loads(line)
                self.of[record["place"]] = record

    def note(self, mutant, verdict):
        record = {**mutant._asdict(), **verdict._asdict()}
        del record["text"]
        self.of[mutant.place] = record
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")
        return record

    def counted(self):
        """Those that could be built, in the order of the seed."""
        return [self.of[place] for place in sorted(self.of)
                if self.of[place]["outcome"] != "not built"]


# --- equivalent mutants ---------------------------------------------------------------------------


def equivalents_in(text):
    """Reasons by mutants' names. An entry is a paragraph: FILE, FUNCTION; - BEFORE; + AFTER; and
    why nobody can tell the one from the other."""
    out = {}
    for paragraph in text.split("\n\n"):
        lines = [line for line in paragraph.splitlines() if line and not line.startswith("#")]
        if not lines:
            continue
        file, _, function = lines[0].partition(", ")
        before = " ".join(line[1:] for line in lines[1:] if line[0] == "-")
        after = " ".join(line[1:] for line in lines[1:] if line[0] == "+")
        reason = " ".join(line for line in lines[1:] if line[0] not in "+-")
        if not before or not reason:
            raise ValueError(f"not an entry with a reason:\n{paragraph}")
        out[file, function, plain(before), plain(after)] = plain(reason)
    return out


def name_of(record):
    return record["file"], record["function"], record["before"], record["after"]


def entry_of(record):
    """How a mutant is listed as equivalent, but for the reason."""
    return (f"{record['file']}, {record['function']}\n"
            f"- {record['before']}\n+ {record['after']}".rstrip())


# --- telling --------------------------------------------------------------------------------------


def short(before, after):
    """Where two texts differ, and a little of what is around that."""
    first = 0
    while first < min(len(before), len(after)) and before[first] == after[first]:
        first += 1
    start = max(0, first - WIDTH // 3)
    return cut(before, start), cut(after, start)


def cut(text, start):
    end = start + WIDTH
    return ("… " if start else "") + text[start:end] + (" …" if end < len(text) else "")


def line_of(number, record, reason=None):
    before, after = short(record["before"], record["after"])
    end = f"killed by {record['by']}" if record["outcome"] == "killed" else "SURVIVED"
    if reason:
        end = "equivalent"
    return (f"{number:4} {record['file']}:{record['line']} {record['kind']}: "
            f"{before or 'nothing'} => {after or 'nothing'}: {end}, {record['seconds']:.1f} s")


def percent(killed, all_of_them):
    return f"{100 * killed / all_of_them:.1f} %" if all_of_them else "-"


def summary(records, equivalents):
    """The score, in all and by file, and who is left."""
    counted = [r for r in records if r["outcome"] == "killed" or name_of(r) not in equivalents]
    equal = [r for r in records if r["outcome"] != "killed" and name_of(r) in equivalents]
    survivors = [r for r in counted if r["outcome"] == "survived"]
    out = ["", f"{'file':<40} {'mutants':>7} {'killed':>7} {'score':>8}"]
    by_file = defaultdict(Counter)
    for record in counted:
        by_file[record["file"]][record["outcome"]] += 1
    for file, found in [*sorted(by_file.items()), ("all", Counter(r["outcome"] for r in counted))]:
        out.append(f"{file:<40} {found.total():>7} {found['killed']:>7} "
                   f"{percent(found['killed'], found.total()):>8}")
    by_tests = sum(1 for r in counted if r["outcome"] == "killed" and ", seed " not in r["by"]
                   and not r["by"].startswith("simulator"))
    killed = len(counted) - len(survivors)
    out += ["", f"killed by unit tests {by_tests}, by the simulator alone {killed - by_tests}, "
            f"equivalent and not counted {len(equal)}"]
    for record in equal:
        out += ["", f"equivalent, line {record['line']}:", entry_of(record),
                equivalents[name_of(record)]]
    for record in survivors:
        out += ["", f"SURVIVED, line {record['line']}:", entry_of(record)]
    return out
