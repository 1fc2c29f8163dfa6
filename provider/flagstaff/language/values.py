"""Values: what expressions evaluate to, with marks that flow through every operation.

A value is a type, a payload and marks. `data` is
    None        null
    UNKNOWN     not known: undecided, or the result of a mistake that was already reported
    bool, str   themselves; strings in NFC
    Number      see `numbers`
    tuple       the `Value`s of a list, tuple, or set (sorted, without duplicates)
    dict        str -> `Value`, for a map or an object
    Reference   `toggle.x` where it stands for the thing, not for a value
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from flagstaff.addresses import Address
from flagstaff.language.numbers import Number
from flagstaff.language.types import ANY, BOOL, NUMBER, STRING, ReferenceType, Type


class _Unknown(Enum):
    UNKNOWN = "unknown"


UNKNOWN: Final = _Unknown.UNKNOWN


@dataclass(frozen=True, slots=True)
class Sensitive:
    """The value must not be shown or stored."""


@dataclass(frozen=True, slots=True)
class Undecided:
    """Nobody has chosen the value yet: `undecided("why")`. `place` is `file:line`."""

    why: str
    place: str


Mark = Sensitive | Undecided
Marks = frozenset[Mark]
NO_MARKS: Final[Marks] = frozenset()


@dataclass(frozen=True, slots=True)
class Reference:
    """The thing at an address."""

    address: Address


Data = None | _Unknown | bool | str | Number | tuple["Value", ...] | dict[str, "Value"] | Reference


@dataclass(frozen=True, slots=True)
class Value:
    type: Type
    data: Data
    marks: Marks = NO_MARKS

    @property
    def is_null(self) -> bool:
        return self.data is None

    @property
    def is_unknown(self) -> bool:
        """This value itself; an object with an unknown attribute is known."""
        return self.data is UNKNOWN

    @property
    def is_sensitive(self) -> bool:
        return any(isinstance(mark, Sensitive) for mark in self.marks)

    def with_marks(self, marks: Iterable[Mark]) -> Value:
        added = self.marks.union(marks)
        return self if added == self.marks else replace(self, marks=added)


NULL: Final = Value(ANY, None)
TRUE: Final = Value(BOOL, True)
FALSE: Final = Value(BOOL, False)
# What a mistake evaluates to: it is reported once, and everything built on it is silent.
MISTAKE: Final = Value(ANY, UNKNOWN)


def string(text: str) -> Value:
    return Value(STRING, text)


def boolean(value: bool) -> Value:
    return TRUE if value else FALSE


def number(value: Number) -> Value:
    return Value(NUMBER, value)


def reference(address: Address) -> Value:
    return Value(ReferenceType(address.kind), Reference(address))
