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

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Final
from unicodedata import normalize

from flagstaff.addresses import Address
from flagstaff.language.numbers import Number
from flagstaff.language.types import (
    ANY,
    BOOL,
    NUMBER,
    STRING,
    ListType,
    MapType,
    ObjectType,
    ReferenceType,
    SetType,
    TupleType,
    Type,
)


class _Unknown(Enum):
    UNKNOWN = "unknown"


UNKNOWN: Final = _Unknown.UNKNOWN
_SURROGATES: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Sensitive:
    """The value must not be shown or stored."""


SENSITIVE: Final = Sensitive()


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

    @property
    def items(self) -> tuple[Value, ...]:
        """The elements of a known list, set or tuple."""
        assert isinstance(self.data, tuple), "the type says that this is a sequence"
        return self.data

    @property
    def fields(self) -> dict[str, Value]:
        """The elements of a known map or object."""
        assert isinstance(self.data, dict), "the type says that this is a mapping"
        return self.data

    @property
    def text(self) -> str:
        """The text of a known string."""
        assert isinstance(self.data, str), "the type says that this is a string"
        return self.data


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


def normalized(raw: str) -> Value:
    """A string that was computed or read: in NFC, and without the halves of a broken surrogate pair."""
    return Value(STRING, raw if raw.isascii() else normalize("NFC", _SURROGATES.sub("\ufffd", raw)))


def unknown(type: Type, marks: Marks = NO_MARKS) -> Value:
    return Value(type, UNKNOWN, marks)


def tuple_of(items: Iterable[Value], marks: Marks = NO_MARKS) -> Value:
    data = tuple(items)
    return Value(TupleType(tuple([item.type for item in data])), data, marks)


def list_of(element: Type, items: Iterable[Value]) -> Value:
    return Value(ListType(element), tuple(items))


def map_of(element: Type, items: Mapping[str, Value]) -> Value:
    return Value(MapType(element), dict(items))


def object_of(items: Mapping[str, Value], marks: Marks = NO_MARKS) -> Value:
    attributes = tuple([(name, items[name].type) for name in sorted(items)])
    return Value(ObjectType(attributes), dict(items), marks)


def set_of(element: Type, items: Iterable[Value]) -> Value:
    """Sorted, without duplicates: null and unknown last; two unknowns may differ, so both stay.

    Marks of elements go to the set: which elements are equal depends on what they are.
    """
    distinct: dict[object, Value] = {}
    marks: set[Mark] = set()
    for number_of, item in enumerate(items):
        marks |= deep_marks(item)
        key = identity(item) if is_wholly_known(item) else (identity(item), number_of)
        distinct.setdefault(key, unmarked(item) if marks else item)
    return Value(SetType(element), tuple(sorted(distinct.values(), key=_rank)), frozenset(marks))


def children(value: Value) -> Iterator[Value]:
    """The elements of a collection or structure, in order; of anything else, none."""
    data = value.data
    if isinstance(data, tuple):
        yield from data
    elif isinstance(data, dict):
        for key in sorted(data):
            yield data[key]


def deep_marks(value: Value) -> Marks:
    """The marks of a value and of everything in it."""
    data = value.data
    if isinstance(data, tuple):
        return value.marks.union(*[deep_marks(item) for item in data])
    if isinstance(data, dict):
        return value.marks.union(*[deep_marks(item) for item in data.values()])
    return value.marks


def unmarked(value: Value) -> Value:
    """The value, and everything in it, without marks."""
    data = value.data
    if isinstance(data, tuple):
        return Value(value.type, tuple([unmarked(item) for item in data]))
    if isinstance(data, dict):
        return Value(value.type, {key: unmarked(item) for key, item in data.items()})
    return Value(value.type, data) if value.marks else value


def is_wholly_known(value: Value) -> bool:
    data = value.data
    if data is UNKNOWN:
        return False
    if isinstance(data, tuple):
        return all(map(is_wholly_known, data))
    if isinstance(data, dict):
        return all(map(is_wholly_known, data.values()))
    return True


def identity(value: Value) -> tuple[object, ...]:
    """Hashable, and equal for equal data of one type, whatever the marks."""
    data = value.data
    if isinstance(data, tuple):
        return ("sequence", *map(identity, data))
    if isinstance(data, dict):
        return ("mapping", *[(key, identity(data[key])) for key in sorted(data)])
    # True == 1 to Python, so the type's name takes part.
    return (type(data).__name__ if isinstance(data, bool) else "", data)


def _rank(value: Value) -> tuple[Any, ...]:
    """A total order over the values of one type: strings by code point, numbers by size."""
    data = value.data
    if data is None:
        return (1,)
    if data is UNKNOWN:
        return (2,)
    if isinstance(data, tuple):
        return (0, [_rank(item) for item in data])
    if isinstance(data, dict):
        return (0, [(key, _rank(data[key])) for key in sorted(data)])
    return (0, data.address.sort_key if isinstance(data, Reference) else data)


def reference(address: Address) -> Value:
    return Value(ReferenceType(address.kind), Reference(address))
