"""Types: Terraform's, and references to blocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, assert_never

if TYPE_CHECKING:
    from flagstaff.language.values import Value


@dataclass(frozen=True, slots=True)
class Primitive:
    name: str


@dataclass(frozen=True, slots=True)
class AnyType:
    """Not known, or left open: the type of null and of a mistake."""


@dataclass(frozen=True, slots=True)
class ListType:
    element: Type


@dataclass(frozen=True, slots=True)
class SetType:
    element: Type


@dataclass(frozen=True, slots=True)
class MapType:
    element: Type


@dataclass(frozen=True, slots=True)
class TupleType:
    elements: tuple[Type, ...]


@dataclass(frozen=True, slots=True)
class ObjectType:
    """Attributes sorted by name; `optional` ones may be left out.

    One that is left out, or null, is its default where it has one, else null. Defaults tell how
    to convert, not what the result is: they don't count when types are compared.
    """

    attributes: tuple[tuple[str, Type], ...]
    optional: frozenset[str] = frozenset()
    defaults: Mapping[str, Value] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ReferenceType:
    """A reference to a block of that kind: `toggle`, `product`, `role`."""

    kind: str


Type = Primitive | AnyType | ListType | SetType | MapType | TupleType | ObjectType | ReferenceType

STRING: Final = Primitive("string")
NUMBER: Final = Primitive("number")
BOOL: Final = Primitive("bool")
ANY: Final = AnyType()

EMPTY_TUPLE: Final = TupleType(())
EMPTY_OBJECT: Final = ObjectType(())

Collection = ListType | SetType | MapType


def type_name(type: Type) -> str:
    """As people say it: `list of string`."""
    match type:
        case Primitive(name):
            return name
        case AnyType():
            return "any type"
        case ListType(element):
            return f"list of {type_name(element)}"
        case SetType(element):
            return f"set of {type_name(element)}"
        case MapType(element):
            return f"map of {type_name(element)}"
        case TupleType():
            return "tuple"
        case ObjectType():
            return "object"
        case ReferenceType(kind):
            return f"reference to {_article(kind)} {kind}"
        case _:
            assert_never(type)


def with_article(type: Type) -> str:
    """`a list of string`, `an object`; `a value of any type`."""
    name = type_name(type)
    if isinstance(type, AnyType):
        return f"a value of {name}"
    return f"{_article(name)} {name}"


def _article(word: str) -> str:
    return "an" if word[0] in "aeiou" else "a"
