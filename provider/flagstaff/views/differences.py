"""Differences: two versions of a text as `diff -u` shows them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import groupby
from typing import Final

_CONTEXT: Final = 3

# From and to in the old lines, from and to in the new ones.
Change = tuple[int, int, int, int]


def unified(old: str, new: str, name: str) -> str:
    """Empty where nothing differs."""
    before, after = _lines(old), _lines(new)
    parts: list[str] = []
    for hunk in _hunks(_changes(before, after)):
        if not parts:
            parts += f"--- old/{name}\n", f"+++ new/{name}\n"
        parts += _shown(hunk, before, after)
    return "".join(parts)


def _lines(text: str) -> list[str]:
    """With their ends, which are line feeds and nothing else."""
    lines = [f"{line}\n" for line in text.split("\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def _changes(before: Sequence[str], after: Sequence[str]) -> Iterator[Change]:
    if len(before) == len(after):  # line by line, which takes no time for any length
        at = 0
        for same, run in groupby(map(str.__eq__, before, after)):
            size = len(list(run))
            if not same:
                yield at, at + size, at, at + size
            at += size
        return
    for tag, *change in SequenceMatcher(None, before, after).get_opcodes():
        if tag != "equal":
            yield change[0], change[1], change[2], change[3]


def _hunks(changes: Iterator[Change]) -> Iterator[list[Change]]:
    """Changes whose surroundings touch."""
    hunk: list[Change] = []
    for change in changes:
        if hunk and change[0] - hunk[-1][1] > 2 * _CONTEXT:
            yield hunk
            hunk = []
        hunk.append(change)
    if hunk:
        yield hunk


def _shown(hunk: Sequence[Change], before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    first, last = hunk[0], hunk[-1]
    ahead = min(first[0], _CONTEXT)
    behind = min(len(before) - last[1], _CONTEXT)
    old, new = (first[0] - ahead, last[1] + behind), (first[2] - ahead, last[3] + behind)
    yield f"@@ -{_span(*old)} +{_span(*new)} @@\n"
    at = old[0]
    for start, end, new_start, new_end in hunk:
        yield from (_line(" ", line) for line in before[at:start])
        yield from (_line("-", line) for line in before[start:end])
        yield from (_line("+", line) for line in after[new_start:new_end])
        at = end
    yield from (_line(" ", line) for line in before[at : old[1]])


def _span(start: int, end: int) -> str:
    if end - start == 1:
        return f"{end}"
    return f"{start + (end > start)},{end - start}"


def _line(sign: str, line: str) -> str:
    return f"{sign}{line}" if line.endswith("\n") else f"{sign}{line}\n\\ No newline at end of file\n"
