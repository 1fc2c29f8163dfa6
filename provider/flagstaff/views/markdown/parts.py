"""Fitting a document into a number of characters: the parts that matter least give way first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

# Between two parts.
_GAP: Final = "\n\n"


class Yields(IntEnum):
    """What is shortened in which order, the first one first."""

    UNMANAGED = 1
    ORDER = 2
    CHECKS = 3
    RECORDS = 4
    AUDIENCE = 5
    ROLLOUTS = 6
    WARNINGS = 7
    REFUSALS_WAYS_OUT = 8
    CHANGES_KEYS = 9
    DECISIONS = 10
    DRIFT = 11
    CHANGES_EACH = 12
    REFUSALS_EACH = 13
    GUARDS_DETAIL = 14
    WAITING = 15
    CHANGES_NAMES = 16
    NAMES = 17
    NEVER = 99


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a part; it gives way to the next, shorter one when it is the turn of `yields`."""

    text: str
    yields: Yields = Yields.NEVER


@dataclass(frozen=True, slots=True)
class Part:
    """`name` is what a reader is told was shortened. `forms` from the longest to the shortest, which may be empty."""

    name: str
    forms: tuple[Form, ...]

    @classmethod
    def of(cls, text: str) -> Part:
        """One that stays as it is."""
        return cls("", (Form(text),))


def length(text: str) -> int:
    """In UTF-16 units, as GitHub counts at worst: a sign beyond the usual ones is two."""
    return len(text) + sum(sign > "\uffff" for sign in text) if not text.isascii() else len(text)


def fitted(parts: Sequence[Part], limit: int, note: str) -> str:
    """The parts in their order, in `limit` characters where their shortest forms allow it.

    `note` is added where something was shortened; `{}` in it stands for the names of those parts.
    """
    chosen = [0] * len(parts)
    turns = sorted(
        (form.yields, index, number) for index, part in enumerate(parts) for number, form in enumerate(part.forms[:-1])
    )
    sizes = [_size(part.forms[0].text) for part in parts]
    room = limit - length(note) - sum(len(part.name) + 2 for part in parts)
    total = sum(sizes)
    if total <= limit:
        return _joined(parts, chosen, "")
    for _, index, number in turns:
        if total <= room:
            break
        chosen[index] = number + 1
        total += (size := _size(parts[index].forms[number + 1].text)) - sizes[index]
        sizes[index] = size
    shortened = dict.fromkeys(part.name for part, form in zip(parts, chosen, strict=True) if form)
    return _joined(parts, chosen, note.format(", ".join(shortened)))


def _size(text: str) -> int:
    return length(text) + len(_GAP) if text else 0


def _joined(parts: Sequence[Part], chosen: Sequence[int], note: str) -> str:
    texts = [part.forms[form].text for part, form in zip(parts, chosen, strict=True)]
    return _GAP.join(text for text in (*texts, note) if text) + "\n"
