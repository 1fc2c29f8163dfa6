"""Diagnostics: what a user did wrong, or should know, as values.

Functions collect diagnostics and go on, so that a user gets all mistakes at once. Exceptions
are for bugs and for the outside world; `Failure` carries diagnostics through the few places
that can't return them.

Summary: fixed text, terse, no user's names, no full stop. Detail: full sentences that say what
is wrong with which thing and what to do about it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypedDict, Unpack


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a file. Line and column are counted from 1 in code points, byte from 0 in UTF-8."""

    line: int
    column: int
    byte: int


@dataclass(frozen=True, slots=True, order=True)
class Range:
    """A piece of a file; `end` is exclusive."""

    filename: str
    start: Position
    end: Position

    def __str__(self) -> str:
        return f"{self.filename}:{self.start.line}"


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that explains a diagnostic: the first of two duplicates, an edge of a cycle."""

    range: Range
    message: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One message for the user.

    `range` is what the caret marks, `label` a short text behind the caret, `context` the block
    around it (`toggle "vitals"`), `address` the thing it is about.
    """

    severity: Severity
    summary: str
    detail: str
    range: Range | None = None
    label: str = ""
    context: str = ""
    address: str | None = None
    related: tuple[Related, ...] = ()

    @property
    def code(self) -> str:
        """A stable name of its kind: the same for all messages with this summary."""
        return code_of(self.summary)

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        """File and position first; those without a place come last."""
        if self.range is None:
            return ("\U0010ffff", 0, 0, self.summary, self.detail)
        start = self.range.start
        return (self.range.filename, start.line, start.column, self.summary, self.detail)


def code_of(text: str) -> str:
    """Of a summary or a name: `unknown-attribute` for "Unknown attribute"."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower().replace("'", "")).strip("-")


class _More(TypedDict, total=False):
    """The fields that most diagnostics do without."""

    label: str
    context: str
    address: str | None
    related: tuple[Related, ...]


@dataclass(slots=True)
class Diagnostics:
    """A collection that functions append to while they go on."""

    items: list[Diagnostic] = field(default_factory=list)

    def error(self, summary: str, detail: str, range: Range | None = None, **more: Unpack[_More]) -> None:
        self.items.append(Diagnostic(Severity.ERROR, summary, detail, range, **more))

    def warning(self, summary: str, detail: str, range: Range | None = None, **more: Unpack[_More]) -> None:
        self.items.append(Diagnostic(Severity.WARNING, summary, detail, range, **more))

    def extend(self, items: Iterable[Diagnostic]) -> None:
        self.items.extend(items)

    @property
    def has_errors(self) -> bool:
        return any(item.severity is Severity.ERROR for item in self.items)

    def sorted(self) -> tuple[Diagnostic, ...]:
        """By file and position, each said once."""
        return tuple(sorted(dict.fromkeys(self.items), key=lambda item: item.sort_key))

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


class Failure(Exception):
    """Work that can't go on, with the diagnostics that say why."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__("; ".join(f"{item.summary}: {item.detail}" for item in diagnostics))
        self.diagnostics = diagnostics

    @classmethod
    def error(cls, summary: str, detail: str, range: Range | None = None) -> Failure:
        return cls(Diagnostic(Severity.ERROR, summary, detail, range))


def edit_distance(left: str, right: str, limit: int) -> int:
    """Levenshtein distance, or `limit` + 1 as soon as it must be more than `limit`."""
    if abs(len(left) - len(right)) > limit:
        return limit + 1
    previous = list(range(len(right) + 1))
    for row, a in enumerate(left, 1):
        current = [row]
        for column, b in enumerate(right, 1):
            current.append(min(previous[column] + 1, current[-1] + 1, previous[column - 1] + (a != b)))
        if min(current) > limit:
            return limit + 1
        previous = current
    return min(previous[-1], limit + 1)


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that the user probably meant, or None.

    Short names allow two slips, longer ones a third of their length; case and surrounding
    white space are no slips, and the start of a name stands for it. Ties go to the first in sorted order.
    """
    limit = max(2, len(name) // 3)
    folded = name.strip().lower()
    best: tuple[int, str] | None = None
    for candidate in sorted(set(candidates)):
        if candidate == name:
            continue
        other = candidate.strip().lower()
        distance = edit_distance(folded, other, limit if best is None else best[0])
        if distance > limit and _abbreviates(folded, other):
            distance = limit
        if distance <= limit and distance < max(len(folded), 1) and (best is None or distance < best[0]):
            best = (distance, candidate)
    return None if best is None else best[1]


def _abbreviates(name: str, other: str) -> bool:
    """One is the start of the other: `percent` for `percentage`."""
    return min(len(name), len(other)) > 3 and (other.startswith(name) or name.startswith(other))


def did_you_mean(name: str, candidates: Iterable[str]) -> str:
    """` Did you mean "x"?`, with its leading blank, or nothing."""
    guess = nearest(name, candidates)
    return "" if guess is None else f' Did you mean "{guess}"?'
