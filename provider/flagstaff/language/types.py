"""Types: Terraform's, and references to blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


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
    """Attributes sorted by name; `optional` ones may be left out, and are null then."""

    attributes: tuple[tuple[str, Type], ...]
    optional: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ReferenceType:
    """A reference to a block of that kind: `toggle`, `product`, `role`."""

    kind: str


Type = Primitive | AnyType | ListType | SetType | MapType | TupleType | ObjectType | ReferenceType

STRING: Final = Primitive("string")
NUMBER: Final = Primitive("number")
BOOL: Final = Primitive("bool")
ANY: Final = AnyType()
