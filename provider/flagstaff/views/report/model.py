"""A document as a value: sections of blocks of inline text. Renderers decide how it looks, and make all of it inert.

Every text in here may come from anybody. `Prose` alone is Markdown, of which renderers keep what they know.
"""

from __future__ import annotations

from dataclasses import dataclass

from flagstaff.views.report.figures import Figure
from flagstaff.views.report.inline import (
    NONE,
    Code,
    Inline,
    Line,
    Link,
    Strong,
    Text,
    Undecided,
    joined,
    line,
    words,
)

__all__ = [
    "NONE",
    "Block",
    "Bullets",
    "Code",
    "Commands",
    "Inline",
    "Line",
    "Link",
    "Paragraph",
    "Prose",
    "Report",
    "Section",
    "Strong",
    "Table",
    "Text",
    "Undecided",
    "joined",
    "line",
    "words",
]


@dataclass(frozen=True, slots=True)
class Paragraph:
    line: Line


@dataclass(frozen=True, slots=True)
class Bullets:
    """`ordered`: numbered from 1. `ticks`: for each item whether it is done, where they are check boxes."""

    items: tuple[Line, ...]
    ordered: bool = False
    ticks: tuple[bool, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """The first cell of each row is its head. All rows have as many cells as `heads`. `caption` "": its section's."""

    heads: tuple[str, ...]
    rows: tuple[tuple[Line, ...], ...]
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Commands:
    """Command lines, to be copied."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prose:
    """Markdown by the configuration's author."""

    markdown: str


Block = Paragraph | Bullets | Table | Commands | Prose | Figure


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    blocks: tuple[Block | Section, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """`facts` are the header's lines, each with its name. `lead` comes before them: what matters most."""

    title: str
    facts: tuple[tuple[str, Line], ...]
    sections: tuple[Section, ...]
    lead: tuple[Line, ...] = ()
