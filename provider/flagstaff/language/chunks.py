"""Pieces of a masked text in the form in which they are parsed.

Only the form of a piece matters to the grammar, so every name is `Q`, every number `1` and every
run of blanks one: pieces of the same form are the same text, which `grammar` parses once. (It also
takes `-15` for a literal wherever it stands, as in `100-15`; `-1` it does not.) `starts` and `ends`
lead from a place in that text to the offsets in the file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from flagstaff.language.tokens import NAME, NUMBER

KEYWORDS = frozenset({"for", "in", "if", "for_each", "else", "endif", "endfor", "true", "false", "null"})
_RUN = re.compile(rf"(?P<name>{NAME.pattern})|(?P<number>{NUMBER.pattern})|\n[ \t\r\n]*|[ \t\r]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Chunk:
    """`starts[i]` and `ends[i]` are the offsets in the file of what stands at `text[i]`."""

    text: str
    starts: list[int]
    ends: list[int]

    def start(self, at: int) -> int:
        """The offset in the file; behind the last character for the end of the text."""
        return self.starts[at] if at < len(self.starts) else self.ends[-1]

    def end(self, at: int) -> int:
        """The offset in the file of an exclusive end."""
        return self.ends[at - 1]


def squeeze(masked: str, start: int, end: int) -> Chunk:
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = start
    for run in _RUN.finditer(masked, start, end):
        first, last = run.span()
        if first > at:
            parts.append(masked[at:first])
            starts.extend(range(at, first))
            ends.extend(range(at + 1, first + 1))
        at = last
        token = run.group()
        if token in KEYWORDS:
            parts.append(token)
            starts.extend(range(first, last))
            ends.extend(range(first + 1, last + 1))
            continue
        parts.append("Q" if run.lastgroup == "name" else "1" if run.lastgroup == "number" else token[0])
        starts.append(first)
        ends.append(last)
    parts.append(masked[at:end])
    starts.extend(range(at, end))
    ends.extend(range(at + 1, end + 1))
    return Chunk("".join(parts), starts, ends)


def wrap(chunk: Chunk) -> Chunk:
    """A lone expression as the value of an argument, in parentheses, so that the grammar takes it."""
    first = chunk.starts[0] if chunk.starts else 0
    last = chunk.ends[-1] if chunk.ends else 0
    return Chunk(f"Q=({chunk.text})", [first] * 3 + chunk.starts + [last], [first] * 3 + chunk.ends + [last])
