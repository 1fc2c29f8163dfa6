"""Unification: the one type that several types can be converted to.

Rules: cty's convert package (`UnifyUnsafe`). One difference: a type that is not known (of null,
of an undecided value) never stands in the way; the others decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flagstaff.language.types import (
    ANY,
    STRING,
    AnyType,
    ListType,
    MapType,
    ObjectType,
    Primitive,
    SetType,
    TupleType,
    Type,
)


def unify(types: Iterable[Type]) -> Type | None:
    """None where no common type exists; `any` where none of the types is known."""
    known = [type for type in dict.fromkeys(types) if not isinstance(type, AnyType)]
    if not known:
        return ANY
    if len(known) == 1:
        return known[0]
    return _structural(known) or _preferred(known)


def convertible(source: Type, to: Type) -> bool:
    """Whether some values of one type can be converted to the other."""
    if source == to or isinstance(source, AnyType) or isinstance(to, AnyType):
        return True
    match source, to:
        case Primitive(), Primitive():
            return STRING in {source, to}
        case (ListType(a) | SetType(a), ListType(b) | SetType(b)) | (MapType(a), MapType(b)):
            return convertible(a, b)
        case TupleType(elements), ListType(b) | SetType(b):
            return _all_convertible(elements, b)
        case ObjectType(attributes), MapType(b):
            return _all_convertible([a for _, a in attributes], b)
        case TupleType(a), TupleType(b):
            return len(a) == len(b) and all(map(convertible, a, b))
        case ObjectType(attributes), ObjectType(wanted):
            given = dict(attributes)
            return all(
                convertible(given[name], type) if name in given else name in to.optional for name, type in wanted
            )
        case MapType(a), ObjectType(wanted):
            return all(convertible(a, type) for _, type in wanted)
        case _:
            return False


def _all_convertible(elements: Sequence[Type], to: Type) -> bool:
    if isinstance(to, AnyType):
        return unify(elements) is not None
    return all(convertible(element, to) for element in dict.fromkeys(elements))


def _structural(types: Sequence[Type]) -> Type | None:
    """A new type for types of one structural kind, or of a kind and its loose form (object and map)."""
    lists = [type for type in types if isinstance(type, ListType)]
    sets = [type for type in types if isinstance(type, SetType)]
    maps = [type for type in types if isinstance(type, MapType)]
    tuples = [type for type in types if isinstance(type, TupleType)]
    objects = [type for type in types if isinstance(type, ObjectType)]
    total = len(types)
    if len(sets) == total:
        element = unify([type.element for type in sets])
        return None if element is None else SetType(element)
    if len(tuples) == total:
        return _tuples(tuples)
    if len(objects) == total:
        return _objects(objects)
    if len(lists) + len(tuples) == total:
        element = unify([type.element for type in lists] + [item for type in tuples for item in type.elements])
        return None if element is None else ListType(element)
    if len(maps) + len(objects) == total:
        element = unify([type.element for type in maps] + [item for type in objects for _, item in type.attributes])
        return None if element is None else MapType(element)
    return None


def _tuples(types: Sequence[TupleType]) -> Type | None:
    if len({len(type.elements) for type in types}) > 1:
        element = unify([item for type in types for item in type.elements])
        return None if element is None else ListType(element)
    elements: list[Type] = []
    for across in zip(*[type.elements for type in types], strict=True):
        common = unify(across)
        if common is None:
            return None
        elements.append(common)
    return TupleType(tuple(elements))


def _objects(types: Sequence[ObjectType]) -> Type | None:
    given = [dict(type.attributes) for type in types]
    names = list(given[0])
    if any(list(attributes) != names for attributes in given):
        element = unify([item for attributes in given for item in attributes.values()])
        return None if element is None else MapType(element)
    result: list[tuple[str, Type]] = []
    for name in names:
        common = unify([attributes[name] for attributes in given])
        if common is None:
            return None
        result.append((name, common))
    return ObjectType(tuple(result))


def _preferred(types: Sequence[Type]) -> Type | None:
    """The first, the most general ones first, that all the others can be converted to."""
    for wanted in sorted(types, key=_generality):
        if all(convertible(type, wanted) for type in types):
            return wanted
    return None


def _generality(type: Type) -> tuple[int, ...]:
    match type:
        case SetType(element) | MapType(element):
            return (0, *_generality(element))
        case ListType(element):
            return (1, *_generality(element))
        case _:
            return (0,) if type == STRING else (2,)
