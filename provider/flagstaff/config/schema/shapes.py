"""What can be said of blocks and attributes without evaluating them.

Rule: what an attribute means is said where it is declared, once; the reference is made of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from flagstaff.language.types import ANY, BOOL, STRING, ListType, ReferenceType, Type


class Reading(Enum):
    """How an attribute's expression is understood."""

    VALUE = "evaluated, and converted to its type"
    CONDITION = "compiled, not evaluated"
    STATIC = "read by the block's own code: an address, a type, a constant"


@dataclass(frozen=True, slots=True)
class AttributeSchema:
    """`decided`: an undecided value is refused here. `credential`: a sensitive value is welcome.

    For the reference, in Markdown: `meaning`; `notation`, how it is written, where its type doesn't say that;
    `default`, what holds without it, where that is not simply nothing.
    """

    meaning: str
    type: Type = STRING
    required: bool = False
    decided: bool = False
    credential: bool = False
    reading: Reading = Reading.VALUE
    notation: str = ""
    default: str = ""


@dataclass(frozen=True, slots=True)
class BlockSchema:
    """`labels` says what each label is; the first one of a kind in `NAMED` is its name in an address.

    `others`: the schema of attributes that aren't listed, where any are allowed.
    `unique`: at most one in a configuration (or in the block around it).
    `alone`: why it takes no `for_each` or `count`, of which `{}` is the one; empty where it does.
    """

    meaning: str
    labels: tuple[str, ...] = ()
    attributes: Mapping[str, AttributeSchema] = field(default_factory=dict)
    blocks: Mapping[str, BlockSchema] = field(default_factory=dict)
    others: AttributeSchema | None = None
    unique: bool = False
    alone: str = ""

    @property
    def repeats(self) -> bool:
        return not self.alone

    def attribute(self, name: str) -> AttributeSchema | None:
        return self.attributes.get(name, self.others)


# Notations that several attributes share.
DURATION: Final = "duration"
TIME: Final = "date or time"
DAY: Final = "time of day"

TEXTS: Final = ListType(STRING)
PRODUCT: Final = ReferenceType("product")
ROLE: Final = ReferenceType("role")
TOGGLES: Final = ListType(ReferenceType("toggle"))


def prose(meaning: str = "for people") -> AttributeSchema:
    """A text that only people read."""
    return AttributeSchema(meaning)


def flag(meaning: str, *, decided: bool = False, default: str = "`false`") -> AttributeSchema:
    return AttributeSchema(meaning, BOOL, decided=decided, default=default)


def address(meaning: str, notation: str = "address") -> AttributeSchema:
    return AttributeSchema(meaning, ANY, required=True, reading=Reading.STATIC, notation=notation)


# What a block that `repeats` may have besides its own attributes.
REPETITION: Final[Mapping[str, AttributeSchema]] = {
    "for_each": AttributeSchema("a map or a set: an instance for each element", ANY, reading=Reading.STATIC),
    "count": AttributeSchema("a number: so many instances", ANY, reading=Reading.STATIC),
}
