# SPDX-License-Identifier: Apache-2.0
"""Where a file of C++ can be changed a little, and how: the places of all mutants that there are."""

import re
from typing import NamedTuple

from tokens import Code

OPERATORS = {
    "<": ("comparison", ("<=", ">=")),
    "<=": ("comparison", ("<", ">")),
    ">": ("comparison", (">=", "<=")),
    ">=": ("comparison", (">", "<")),
    "==": ("comparison", ("!=",)),
    "!=": ("comparison", ("==",)),
    "+": ("arithmetic", ("-",)),
    "-": ("arithmetic", ("+",)),
    "+=": ("arithmetic", ("-=",)),
    "-=": ("arithmetic", ("+=",)),
    "&&": ("logic", ("||",)),
    "||": ("logic", ("&&",)),
}
EXTREMES = {"min": "max", "max": "min", "min_element": "max_element", "max_element": "min_element"}
QUANTIFIERS = ("all_of", "any_of", "none_of")
# A check says what must never be: without it, nothing is different.
CHECKS = ("PASSBOOK_CHECK", "check_failed")
INTEGER = re.compile(r"(0[xX][0-9a-fA-F']+|[0-9][0-9']*)([uUlLzZ]*)$")
DECLARED = re.compile(r"(const\s+)?[A-Za-z_][\w:]*(<.*>)?(\s*[&*]+\s*|\s+)[A-Za-z_]\w*(\s*=.*)?$", re.S)


class Site(NamedTuple):
    kind: str
    start: int  # offsets in the file's text
    end: int
    choices: tuple  # what can stand there instead

    def applied(self, text, choice):
        return text[:self.start] + self.choices[choice] + text[self.end:]


def sites_of(text):
    """All places of a file's text that can be changed, in the order of the text."""
    code = Code(text)
    finders = (operators, extremes, quantifiers, constants, conditions, jumps, calls, swaps)
    asserted = list(static_assertions(code))
    return sorted(site for finder in finders for site in finder(code)
                  if not any(start < site.start < end for start, end in asserted))


def static_assertions(code):
    """Where the compiler itself checks: a change there is no mutant that can run."""
    for i, token in enumerate(code.tokens):
        if token.text == "static_assert":
            yield token.start, code.tokens[code.partner[i + 1]].end


def of_token(code, i, kind, choices):
    return Site(kind, code.tokens[i].start, code.tokens[i].end, tuple(choices))


def operators(code):
    for i, token in enumerate(code.tokens):
        if token.kind == "sign" and token.text in OPERATORS and code.spaced(i):
            yield of_token(code, i, *OPERATORS[token.text])


def extremes(code):
    for i, token in enumerate(code.tokens):
        if (token.text in EXTREMES and code.word(i - 1) == "::"
                and code.word(i - 2) in ("std", "ranges") and code.word(i + 1) in ("(", "<")):
            yield of_token(code, i, "extreme", (EXTREMES[token.text],))


def quantifiers(code):
    for i, token in enumerate(code.tokens):
        if token.text in QUANTIFIERS and code.word(i + 1) == "(":
            yield of_token(code, i, "quantifier", (q for q in QUANTIFIERS if q != token.text))


def constants(code):
    for i, token in enumerate(code.tokens):
        found = INTEGER.match(token.text) if token.kind == "number" else None
        if found:
            value, suffix = number(found.group(1)), found.group(2)
            near = (value + 1, value - 1) if value > 0 else (value + 1,)
            yield of_token(code, i, "constant", (f"{each}{suffix}" for each in near))


def number(digits):
    plain = digits.replace("'", "")
    if plain[:2].lower() == "0x":
        return int(plain, 16)
    return int(plain, 8 if plain.startswith("0") else 10)


def conditions(code):
    """if (C) and if (I; C) become if (!(C)); if (auto x = I) becomes if (auto x = I; !x)."""
    for i, token in enumerate(code.tokens):
        if token.text not in ("if", "while") or code.word(i + 1) != "(":
            continue
        opening, closing = i + 1, code.partner[i + 1]
        ends = [at for at in top_level(code, opening) if code.word(at) == ";"]
        first = ends[-1] + 1 if ends else opening + 1
        start, end = code.tokens[first].start, code.tokens[closing].start
        text = code.text[start:end]
        names = [at for at in top_level(code, opening) if code.word(at) == "="]
        if not names or names[0] < first:
            yield Site("condition", start, end, (f"!({text})",))
        elif token.text == "if" and code.is_name(names[0] - 1):
            yield Site("condition", start, end, (f"{text}; !{code.word(names[0] - 1)}",))


def top_level(code, opening):
    """The tokens inside a pair of brackets that are in no other."""
    i = opening + 1
    while i < code.partner[opening]:
        yield i
        i = code.partner.get(i, i) + 1


def jumps(code):
    for i, token in enumerate(code.tokens):
        if token.text in ("return", "continue", "break") and code.word(i + 1) == ";":
            yield Site("jump", token.start, code.tokens[i + 1].end, ("",))


def calls(code):
    """Statements that are a call, like a.b(c)->d(e);"""
    for i in range(len(code.tokens)):
        end = end_of_call(code, i) if code.word(i - 1) in (";", "{", "}", ":", "else") else None
        if end is not None:
            yield Site("call", code.tokens[i].start, code.tokens[end].end, ("",))


def end_of_call(code, i):
    """The semicolon of the statement that begins here, if that is a call and nothing else."""
    if code.word(i) in CHECKS or not (code.is_name(i) or code.word(i) in ("this", "*")):
        return None
    expects_name = True
    while code.word(i):
        if expects_name:
            i = i + 1 if code.word(i) == "*" else i
            if not (code.is_name(i) or code.word(i) == "this"):
                return None
            i, expects_name = i + 1, False
        elif code.word(i) in ("::", ".", "->"):
            i, expects_name = i + 1, True
        elif code.word(i) in ("(", "["):
            i = code.partner[i] + 1
        elif code.angle(i) > 0:
            i = end_of_angle(code, i)
        else:
            break
    return i if code.word(i) == ";" and code.word(i - 1) == ")" else None


def end_of_angle(code, i):
    depth = 0
    while code.word(i) and code.word(i) not in (";", "{"):
        depth += code.angle(i)
        i += 1
        if depth <= 0:
            break
    return i


# What takes two alike arguments, in either order.
ALIKE = {"min", "max"}


def swaps(code):
    """Two neighbouring arguments of a call."""
    for i in range(1, len(code.tokens)):
        if code.word(i) != "(" or not called(code, i - 1) or code.word(i - 1) in CHECKS:
            continue
        if code.word(i - 1) in ALIKE:
            continue
        parts = code.parts(i)
        if declares(code, i, parts):
            continue
        for (a, b), (c, d) in zip(parts, parts[1:]):
            one, between, other = (code.between(a, b), code.text[code.tokens[b].end:
                                   code.tokens[c].start], code.between(c, d))
            if one != other and may_swap(code.tokens[a], code.tokens[c]):
                yield Site("arguments", code.tokens[a].start, code.tokens[d].end,
                           (other + between + one,))


def may_swap(one, other):
    """Not a text, which is for people, nor a lambda with what is none: that does not compile."""
    texts = "string" in (one.kind, other.kind)
    return not texts and (one.text == "[") == (other.text == "[")


def called(code, i):
    """Whether what ends here can be the name of what is called."""
    return code.is_name(i) or code.angle(i) < 0


def declares(code, opening, parts):
    """Whether these are the parameters of a function, not the arguments of a call."""
    words = (code.between(first, last) for first, last in parts)
    return code.word(code.partner[opening] + 1) != ")" and any(DECLARED.match(w) for w in words)


FUNCTION = re.compile(
    r"^(?:[A-Za-z][^\n;#(]*?[\s*&])?((?:[A-Za-z]\w*::)*(?:operator\W+|~?[A-Za-z]\w*))\(", re.M)
CLASS = re.compile(r"^(?:class|struct) (\w+)[^;\n]*\{", re.M)


def function_at(text, offset):
    """The function, or class, that an offset of a file's text is in; nothing when it is in none."""
    names = [(found.start(), found.group(1)) for pattern in (FUNCTION, CLASS)
             for found in pattern.finditer(text, 0, text.find("\n", offset))]
    return max(names)[1] if names else ""
