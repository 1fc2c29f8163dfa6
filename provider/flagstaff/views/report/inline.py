"""Lines of text as values: plain, strong, code, links, and what nobody has chosen yet.

Every text in here may come from anybody; renderers make all of it inert.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Strong:
    text: str


@dataclass(frozen=True, slots=True)
class Code:
    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """An address that somebody gave as evidence. One that isn't http, https or mailto is shown as text."""

    url: str


@dataclass(frozen=True, slots=True)
class Undecided:
    """A value that nobody has chosen yet; `why` is the open question."""

    why: str


Inline = Text | Strong | Code | Link | Undecided
# One line of text.
Line = tuple[Inline, ...]

NONE: Final[Line] = (Text("-"),)


def line(*parts: str | Inline | None) -> Line:
    """The parts one after another; plain texts as they are, empty ones left out."""
    return tuple(Text(part) if isinstance(part, str) else part for part in parts if part)


def joined(lines: Sequence[Line], by: str = ", ") -> Line:
    """The lines as one, with `by` between them."""
    parts: list[Inline] = []
    for one in lines:
        if one:
            parts += [Text(by), *one] if parts else one
    return tuple(parts)


_UNDECIDED: Final = "undecided: "


def words(text: str) -> Line:
    """A text for people, which says of itself where nobody has written it yet."""
    if text.startswith(_UNDECIDED):
        return (Undecided(text.removeprefix(_UNDECIDED)),)
    return (Text(text),) if text else ()
