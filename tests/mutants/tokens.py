# SPDX-License-Identifier: Apache-2.0
"""C++ as a list of tokens: what the mutation tester may change, without comments, preprocessor
lines and white space. It relies on the layout of clang-format."""

import re
from typing import NamedTuple

PATTERN = re.compile(r"""
    (?P<skip> \s+ | //[^\n]* | /\*.*?\*/ | ^[ \t]*\#(?:[^\n\\]|\\.)*$ )
  | (?P<string> (?:u8|u|U|L)?R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)" | (?:u8|u|U|L)?"(?:[^"\\\n]|\\.)*" )
  | (?P<character> (?:u8|u|U|L)?'(?:[^'\\\n]|\\.)+' )
  | (?P<number> \.?\d(?:[eEpP][+-]|'?[\w.])* )
  | (?P<name> [A-Za-z_]\w* )
  | (?P<sign> <=> | <<= | >>= | \.\.\. | ->\* | -> | \+\+ | -- | :: | << | >> | [-+*/%&|^=!<>]=
            | && | \|\| | . )
""", re.VERBOSE | re.DOTALL | re.MULTILINE)

OPENING = {"(": ")", "[": "]", "{": "}"}
KEYWORDS = frozenset("""
    alignof and auto break case catch co_return co_yield const const_cast constexpr continue decltype
    default delete do dynamic_cast else enum explicit for goto if namespace new noexcept not operator
    or private protected public reinterpret_cast requires return sizeof static static_assert
    static_cast struct switch template this throw try typedef typename union using virtual void
    volatile while""".split())


class Token(NamedTuple):
    kind: str  # string, character, number, name or sign
    text: str
    start: int
    end: int


def tokens_of(text):
    """All tokens of a file in their order."""
    return [Token(found.lastgroup if found.lastgroup != "mark" else "string", found.group(),
                  found.start(), found.end())
            for found in PATTERN.finditer(text) if not found.group("skip")]


class Code:
    """A file's text and its tokens, and which bracket belongs to which."""

    def __init__(self, text):
        self.text = text
        self.tokens = tokens_of(text)
        self.partner = self._partners()

    def _partners(self):
        partner, opened = {}, []
        for i, token in enumerate(self.tokens):
            if token.kind != "sign":
                continue
            if token.text in OPENING:
                opened.append(i)
            elif token.text in OPENING.values() and opened:
                partner[i] = opened.pop()
                partner[partner[i]] = i
        return partner

    def word(self, i):
        """The text of a token, or nothing beyond both ends of the file."""
        return self.tokens[i].text if 0 <= i < len(self.tokens) else ""

    def is_name(self, i):
        """Whether a token is an identifier, and no keyword."""
        return (0 <= i < len(self.tokens) and self.tokens[i].kind == "name"
                and self.tokens[i].text not in KEYWORDS)

    def spaced(self, i):
        """Whether white space is on both sides of a token: so it is an operator of two operands, no
        bracket of a template, no sign of a number and no reference."""
        before, after = self.tokens[i].start - 1, self.tokens[i].end
        return (0 <= before and after < len(self.text)
                and self.text[before].isspace() and self.text[after].isspace())

    def angle(self, i):
        """By how many levels a token opens (or, below 0, closes) the arguments of a template."""
        token = self.tokens[i]
        if token.kind != "sign" or token.text not in ("<", ">", ">>") or self.spaced(i):
            return 0
        return {"<": 1, ">": -1, ">>": -2}[token.text]

    def between(self, first, last):
        """The text from the start of a token to the end of another."""
        return self.text[self.tokens[first].start:self.tokens[last].end]

    def parts(self, opening):
        """What stands between the commas of a pair of brackets: pairs of the first and the last
        token of each."""
        closing = self.partner[opening]
        out, first, depth, i = [], opening + 1, 0, opening + 1
        while i < closing:
            if self.word(i) in OPENING and i in self.partner:
                i = self.partner[i]
            else:
                depth += self.angle(i)
                if self.word(i) == "," and depth == 0:
                    out.append((first, i - 1))
                    first = i + 1
            i += 1
        if first < closing:
            out.append((first, closing - 1))
        return out
