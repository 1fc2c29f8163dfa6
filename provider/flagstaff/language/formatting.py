"""The canonical layout of a text: spaces between lexemes, indentation, and what stands under each other.

The layout is that of hclwrite, the formatter of HCL's own library, to the byte; only blanks change. A line has three
cells: what leads; an assignment, where `=` begins a value that ends on the line; a comment at the end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Final

from flagstaff.language.columns import columns
from flagstaff.language.lexemes import (
    COMMENT,
    END,
    END_HEREDOC,
    END_INTERPOLATION,
    END_QUOTE,
    HEREDOC,
    IN,
    INTERPOLATION,
    NAME,
    NEWLINE,
    NUMBER,
    QUOTE,
    STRING,
    TEXT,
    lines,
)
from flagstaff.language.source import BYTE_ORDER_MARK

_STEP: Final = 2
_DEPTH: Final = {"{": 1, "[": 1, "(": 1, INTERPOLATION: 1, "}": -1, "]": -1, ")": -1, END_INTERPOLATION: -1}
_NAMES: Final = frozenset({NAME, IN})
_NO_SPACE_BEFORE: Final = frozenset({NEWLINE, TEXT, END_QUOTE, END_HEREDOC, ",", "...", "."})
_NO_SPACE_AFTER: Final = frozenset({TEXT, QUOTE, HEREDOC})
# In literal text these are tokens of their own, so no mark joins them.
_SIGN: Final = re.compile(r"(\$\$\{|%%\{|[$%])")
# A minus behind one of these, or at the start of a cell, is a sign.
_BEFORE_SIGN: Final = frozenset(["", *"({[=:,?+*/%-!<>", "==", "!=", ">=", "<=", "&&", "||"])


@dataclass(slots=True)
class _Row:
    """A line: its cells without the blanks around them, and how wide they are."""

    lead: str
    lead_width: int
    assign: str
    assign_width: int
    comment: str
    depth: int  # more brackets are opened in it than closed
    indent: int = 0
    gap: int = 1  # blanks before `assign`
    comment_gap: int = 1

    def __str__(self) -> str:
        assign = " " * self.gap + self.assign if self.assign else ""
        comment = " " * self.comment_gap + self.comment if self.comment else ""
        return f"{' ' * self.indent}{self.lead}{assign}{comment}"


def layout(text: str) -> str:
    """The text in its canonical layout. Raises `ValueError` for a text with mistakes, where it notices them."""
    rows: list[_Row] = []
    last = ""
    for kinds, texts in lines(text):
        if kinds[-1] == END:
            kinds.pop()
            last = " " * len(texts.pop())
            if not (kinds or rows) and text.startswith(BYTE_ORDER_MARK):
                last += " " * len(BYTE_ORDER_MARK.encode())  # which hclwrite takes for blanks
        if kinds:
            rows.append(_row(kinds, texts))
    _indent(rows)
    for run in _runs(rows, lambda row: row.assign):
        widest = max(row.indent + row.lead_width for row in run)
        for row in run:
            row.gap = widest - row.indent - row.lead_width + 1
    for run in _runs(rows, lambda row: row.comment):
        widths = [row.indent + row.lead_width + row.assign_width + (row.gap if row.assign else 0) for row in run]
        widest = max(widths)
        for row, width in zip(run, widths, strict=True):
            row.comment_gap = widest - width + 1
    return "".join(map(str, rows)) + last


def _row(kinds: list[str], texts: list[str]) -> _Row:
    comment = ""
    if kinds[-1] == COMMENT and len(kinds) > 1:
        kinds.pop()
        comment = texts.pop()
    shape = _shape(tuple(kinds))
    cut = shape.cut
    lead, assign = shape.lead % tuple(texts[:cut]), shape.assign % tuple(texts[cut:])
    widths = (_width(lead, kinds[:cut], texts[:cut]), _width(assign, kinds[cut:], texts[cut:]))
    return _Row(lead, widths[0], assign, widths[1], comment, shape.depth)


@dataclass(frozen=True, slots=True)
class _Shape:
    """What the kinds of a line's lexemes say of it: the cells, as formats; where the second one starts."""

    cut: int
    lead: str
    assign: str
    depth: int


@lru_cache(maxsize=4096)  # files repeat a few shapes of lines
def _shape(kinds: tuple[str, ...]) -> _Shape:
    cut = _assignment(kinds)
    counted = kinds[: kinds.index(HEREDOC)] if HEREDOC in kinds[:cut] else kinds
    return _Shape(cut, _format(kinds[:cut]), _format(kinds[cut:]), sum(_DEPTH.get(kind, 0) for kind in counted))


def _assignment(kinds: Sequence[str]) -> int:
    """Where the second cell starts; the end, where there is none."""
    cut = next((place for place, kind in enumerate(kinds) if place and kind == "="), len(kinds))
    return len(kinds) if sum(_DEPTH.get(kind, 0) for kind in kinds[cut:]) else cut


def _format(kinds: Sequence[str]) -> str:
    befores, afters = ("", *kinds), kinds[1:]
    glue = (" " if _spaced(*three) else "" for three in zip(befores, kinds, afters, strict=False))
    return "".join(("%s" if kinds else "", *(f"{blank}%s" for blank in glue)))


def _spaced(before: str, kind: str, after: str) -> bool:
    """Whether a blank stands between `kind` and `after`; `before` is "" at the start of a cell. The
    first case that fits counts."""
    if (before, kind, after) == (NUMBER, ".", NUMBER):
        return True  # hclwrite makes one number of them: `a.0 .1` is two indexes, and `a.0.1` none
    if after in _NO_SPACE_BEFORE or kind == "." or (kind in _NAMES and after == "("):
        return False
    if kind == ",":
        return True
    if kind in _NO_SPACE_AFTER:
        return False
    if kind == IN and before in _NAMES:
        return True
    if after == "[" and (kind in _NAMES or kind == NUMBER or _DEPTH.get(kind, 0) < 0):
        return False
    if kind == "!":
        return False
    if kind == "-":
        return before not in _BEFORE_SIGN
    if kind == "{" or after == "}":
        return (kind, after) != ("{", "}")
    if (kind, after) in {(INTERPOLATION, "{"), ("}", END_INTERPOLATION)}:
        return True
    if (kind, after) == (END_INTERPOLATION, INTERPOLATION):
        return False
    return _DEPTH.get(kind, 0) <= 0 <= _DEPTH.get(after, 0)


def _width(cell: str, kinds: Sequence[str], texts: Sequence[str]) -> int:
    """In columns; no grapheme spans two lexemes."""
    if cell.isascii() and "\r" not in cell:
        return len(cell)
    blanks = len(cell) - sum(map(len, texts))
    return blanks + sum(map(_columns, kinds, texts))


def _columns(kind: str, text: str) -> int:
    if kind == STRING:
        return 2 + columns(text[1:-1])
    return sum(map(columns, _SIGN.split(text))) if kind == TEXT else columns(text)


def _indent(rows: Iterable[_Row]) -> None:
    """A line that opens brackets, however many, indents once; the line that closes them all goes back once."""
    opened: list[int] = []
    for row in rows:
        if row.lead[0] in "\r\n":
            continue
        closed = -row.depth
        while closed > 0 and opened:
            if closed < opened[-1]:
                opened[-1] -= closed
                break
            closed -= opened.pop()
        row.indent = _STEP * len(opened)
        if row.depth > 0:
            opened.append(row.depth)


def _runs(rows: Iterable[_Row], has: Callable[[_Row], object]) -> Iterator[list[_Row]]:
    """Lines behind each other that have it."""
    return (list(run) for there, run in groupby(rows, key=lambda row: bool(has(row))) if there)
