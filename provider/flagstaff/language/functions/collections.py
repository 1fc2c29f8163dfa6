"""Functions on lists, tuples, and collections of any kind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from flagstaff.language import numbers
from flagstaff.language.convert import ConversionError, convert, unify
from flagstaff.language.functions.graphemes import clusters
from flagstaff.language.functions.signature import (
    ArgumentError,
    Parameter,
    Takes,
    anything,
    function,
    plain,
    quantity,
    whole,
)
from flagstaff.language.limits import MOST_ELEMENTS, TOO_MANY
from flagstaff.language.numbers import Number
from flagstaff.language.operations import equal
from flagstaff.language.types import ANY, BOOL, NUMBER, STRING, ListType, SetType, TupleType, Type, with_article
from flagstaff.language.values import (
    NULL,
    UNKNOWN,
    Value,
    boolean,
    identity,
    list_of,
    number,
    tuple_of,
    unknown,
)

_LIST: Final = Parameter("list", ListType(ANY))
_BOOLS: Final = Parameter("list", ListType(BOOL))
_RANGE_LIMIT: Final = 1024


@plain(BOOL, _BOOLS, example="alltrue([true, false])")
def alltrue(items: tuple[Value, ...]) -> bool:
    """Whether all are true; so it is of an empty list."""
    return all(item.data is True for item in items)


@plain(BOOL, _BOOLS, example="anytrue([true, false])")
def anytrue(items: tuple[Value, ...]) -> bool:
    """Whether any is true."""
    return any(item.data is True for item in items)


@function(ListType(ListType(ANY)), _LIST, quantity("size"), takes=Takes.PARTS, example='chunklist(["a", "b", "c"], 2)')
def chunklist(items: Value, size: Value) -> Value:
    """The list in pieces of a size; of size 0: one piece with everything."""
    length = whole(size.data, "the size", 1)
    if length < 0:
        raise ArgumentError("the size can't be negative", 1)
    step = length or max(len(items.items), 1)
    chunks = [items.items[at : at + step] for at in range(0, len(items.items), step)]
    return list_of(items.type, [Value(items.type, chunk) for chunk in chunks])


@function(ANY, variadic=Parameter("values", ANY, null=True), takes=Takes.ANYTHING, example='coalesce("", null, "labs")')
def coalesce(*values: Value) -> Value:
    """The first that is neither null nor an empty string, as the common type of all."""
    common = unify([value.type for value in values])
    if common is None:
        raise ArgumentError("the arguments have no common type")
    for index, value in enumerate(values):
        converted = _converted(value, common, index)
        if converted.data is UNKNOWN or converted.data not in (None, ""):
            return converted
    raise ArgumentError("all arguments are null or empty")


@function(ANY, variadic=Parameter("lists", ANY, null=True), takes=Takes.PARTS, example='coalescelist([], ["labs"])')
def coalescelist(*values: Value) -> Value:
    """The first that is neither null nor empty."""
    for index, value in enumerate(values):
        if value.data is not None and _sequence(value, index):
            return value
    raise ArgumentError("all arguments are null or empty")


@plain(ListType(STRING), Parameter("list", ListType(STRING)), example='compact(["labs", "", null])')
def compact(items: tuple[Value, ...]) -> list[str]:
    """Without nulls and empty strings."""
    return [item.text for item in items if item.data]


@function(ANY, anything("list"), variadic=anything("lists"), takes=Takes.PARTS, example='concat(["653"], ["687"])')
def concat(*values: Value) -> Value:
    """One after the other: a list where all are lists with a common type, else a tuple."""
    parts = [_sequence(value, index, sets=False) for index, value in enumerate(values)]
    if sum(map(len, parts)) > MOST_ELEMENTS:
        raise ArgumentError(TOO_MANY)
    items = [item for part in parts for item in part]
    if all(isinstance(value.type, ListType) for value in values):
        common = unify([value.type for value in values])
        if isinstance(common, ListType):
            return list_of(common.element, [convert(item, common.element) for item in items])
    return tuple_of(items)


@function(BOOL, anything("list"), anything("value"), example='contains(["653", "687"], "653")')
def contains(items: Value, value: Value) -> Value:
    """Whether the value is among the elements."""
    return boolean(any(equal(item, value).data is True for item in _sequence(items, 0)))


@function(ANY, _LIST, example='distinct(["653", "687", "653"])')
def distinct(items: Value) -> Value:
    """Each element once, where it stands first."""
    found: dict[object, Value] = {}
    for item in items.items:
        found.setdefault(identity(item), item)
    return Value(items.type, tuple(found.values()))


@function(ANY, anything("list"), quantity("index"), takes=Takes.PARTS, example='element(["a", "b"], 3)')
def element(items: Value, index: Value) -> Value:
    """The element with that index, from 0; wraps around at the end."""
    elements, at = _sequence(items, 0, sets=False), whole(index.data, "the index", 1)
    if not elements:
        raise ArgumentError("an empty list has no elements", 0)
    if at < 0:
        raise ArgumentError("the index can't be negative", 1)
    return elements[at % len(elements)]


@function(ANY, anything("list"), takes=Takes.PARTS, example='flatten([["653"], ["687", ["692"]]])')
def flatten(items: Value) -> Value:
    """The elements, with those of lists in it in their place."""
    result: list[Value] = []
    return tuple_of(result) if _flattened(_sequence(items, 0), result) else unknown(ANY)


def _flattened(items: Iterable[Value], result: list[Value]) -> bool:
    """False where something that may be a list is not known."""
    known = True
    for item in items:
        if item.data is UNKNOWN and (item.type == ANY or isinstance(item.type, ListType | SetType | TupleType)):
            known = False
        elif isinstance(item.data, tuple):
            known = _flattened(item.data, result) and known
        elif len(result) == MOST_ELEMENTS:
            raise ArgumentError(TOO_MANY)
        else:
            result.append(item)
    return known


@function(NUMBER, anything("list"), anything("value"), example='index(["653", "687"], "687")')
def index(items: Value, value: Value) -> Value:
    """The index, from 0, of the first element that is equal."""
    for at, item in enumerate(_sequence(items, 0, sets=False)):
        if equal(item, value).data is True:
            return number(at)
    raise ArgumentError("there is no such element", 1)


@function(NUMBER, anything("value"), takes=Takes.PARTS, example='length(["653", "687"])')
def length(value: Value) -> Value:
    """How many elements, attributes, or characters as people count them."""
    if isinstance(value.data, str):
        return number(len(clusters(value.data)))
    if isinstance(value.data, tuple | dict):
        return number(len(value.data))
    raise ArgumentError(f"it needs a string or a collection, not {with_article(value.type)}", 0)


@function(ANY, anything("list"), takes=Takes.PARTS, example='one(["653"])')
def one(items: Value) -> Value:
    """The only element; null where there is none."""
    elements = _sequence(items, 0)
    if len(elements) > 1:
        raise ArgumentError("it needs a list, set or tuple with at most one element", 0)
    if elements:
        return elements[0]
    return NULL if isinstance(items.type, TupleType) else Value(_element_type(items.type), None)


def _element_type(type: Type) -> Type:
    return type.element if isinstance(type, ListType | SetType) else ANY


@function(ListType(NUMBER), quantity("limit or start"), variadic=quantity("limit, step"), example="range(0, 100, 25)")
def range_(*values: Value) -> Value:
    """`range(limit)`, `range(start, limit)`, `range(start, limit, step)`: numbers before the limit."""
    if len(values) > 3:
        raise ArgumentError("it takes a start, a limit and a step, and nothing more", 3)
    given: list[Number] = [value.data for value in values]  # type: ignore[misc]  # numbers, by their parameters
    start, limit = (0, given[0]) if len(given) == 1 else given[:2]
    step: Number = given[2] if len(given) == 3 else 1 if start <= limit else -1
    if step == 0:
        raise ArgumentError("the step can't be zero", 2)
    if (step > 0) != (start < limit) and start != limit:
        raise ArgumentError("the step leads away from the limit", 2)
    items: list[Value] = []
    while start < limit if step > 0 else start > limit:
        if len(items) == _RANGE_LIMIT:
            raise ArgumentError(f"a range has at most {_RANGE_LIMIT} elements")
        items.append(number(start))
        start = numbers.add(start, step)
    return list_of(NUMBER, items)


@function(ANY, anything("list"), takes=Takes.PARTS, example='reverse(["a", "b"])')
def reverse(items: Value) -> Value:
    """In the reverse order."""
    elements = _sequence(items, 0)[::-1]
    return tuple_of(elements) if isinstance(items.type, TupleType) else list_of(_element_type(items.type), elements)


@function(
    ANY, anything("list"), quantity("start"), quantity("end"), takes=Takes.PARTS, example='slice(["a", "b", "c"], 1, 3)'
)
def slice_(items: Value, start: Value, end: Value) -> Value:
    """From `start` up to, and without, `end`."""
    elements = _sequence(items, 0, sets=False)
    first, last = whole(start.data, "the start", 1), whole(end.data, "the end", 2)
    if not 0 <= first <= len(elements):
        raise ArgumentError(f"the start must be from 0 to {len(elements)}, the length of the list", 1)
    if not first <= last <= len(elements):
        raise ArgumentError(f"the end must be from the start to {len(elements)}, the length of the list", 2)
    part = elements[first:last]
    return list_of(items.type.element, part) if isinstance(items.type, ListType) else tuple_of(part)


@plain(ListType(STRING), Parameter("list", ListType(STRING)), example='sort(["b", "a"])')
def sort(items: tuple[Value, ...]) -> list[str]:
    """In the order of code points: the same in every locale."""
    if any(item.data is None for item in items):
        raise ArgumentError("null has no place in an order", 0)
    return sorted(item.text for item in items)


def _sequence(value: Value, index: int, *, sets: bool = True) -> Sequence[Value]:
    if isinstance(value.data, tuple) and (sets or not isinstance(value.type, SetType)):
        return value.data
    wanted = "a list, set or tuple" if sets else "a list or tuple"
    raise ArgumentError(f"it needs {wanted}, not {with_article(value.type)}", index)


def _converted(value: Value, type: Type, index: int) -> Value:
    try:
        return convert(value, type)
    except ConversionError as error:
        raise ArgumentError(str(error), index) from None
