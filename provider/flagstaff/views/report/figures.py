"""What a document draws: bars, timelines and graphs as values. Whatever they show, they say in text, too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from flagstaff.addresses import Address
from flagstaff.views.report.inline import Line


@dataclass(frozen=True, slots=True)
class Bar:
    """Shares from 0 to 1; `text` says them."""

    label: Line
    before: float
    after: float
    text: Line


@dataclass(frozen=True, slots=True)
class Bars:
    bars: tuple[Bar, ...]


class Period(StrEnum):
    """Of a stage: it ran; its soak goes on; when it could run at the earliest."""

    RAN = "ran"
    SOAK = "soak"
    PLANNED = "planned"


@dataclass(frozen=True, slots=True)
class Span:
    start: datetime
    end: datetime
    period: Period


@dataclass(frozen=True, slots=True)
class Row:
    """One stage. `sign` and `state` say the same; `waits` is what it waits for, one thing each."""

    title: str
    sign: str
    state: str
    text: Line
    spans: tuple[Span, ...] = ()
    waits: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Timeline:
    """`ends` are the first and last day as text; `now` is drawn as a line."""

    rows: tuple[Row, ...]
    now: datetime
    ends: tuple[str, str]


class Mark(StrEnum):
    """What becomes of a toggle; the value is its sign."""

    UP = "▲"
    DOWN = "▼"
    STOPPED = "✗"
    SAME = ""


@dataclass(frozen=True, slots=True)
class Node:
    """A toggle: its levels as text and from 0 to 1 (None: not known, or no share says it)."""

    address: Address
    title: str
    mark: Mark
    level: str
    before: float | None = None
    after: float | None = None


@dataclass(frozen=True, slots=True)
class Arrow:
    """`child` needs `parent`, or only comes after it (`soft`); `text` says how."""

    child: Address
    parent: Address
    text: str
    soft: bool = False


@dataclass(frozen=True, slots=True)
class Graph:
    """`description` says in a sentence what there is to see."""

    title: str
    description: str
    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]


Figure = Bars | Timeline | Graph
