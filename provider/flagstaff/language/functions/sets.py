"""Functions on sets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from math import prod
from typing import Any, Final

from flagstaff.language.convert import ConversionError, convert, unify
from flagstaff.language.functions.signature import ArgumentError, Parameter, anything, function
from flagstaff.language.types import ANY, ListType, SetType, TupleType, with_article
from flagstaff.language.values import Value, identity, list_of, set_of, tuple_of

_SET: Final = Parameter("set", SetType(ANY))
_SETS: Final = Parameter("sets", SetType(ANY))
# A few lists of a hundred elements must not fill the memory.
_MOST_ROWS: Final = 100_000
_Keys = set[tuple[object, ...]]


@function(SetType(ANY), _SET, variadic=_SETS, example='setunion(["653"], ["687", "653"])')
def setunion(*sets: Value) -> Value:
    """What is in any of the sets."""
    return _combined(sets, lambda first, other: first | other)


@function(SetType(ANY), _SET, variadic=_SETS, example='setintersection(["653", "687"], ["687"])')
def setintersection(*sets: Value) -> Value:
    """What is in all of the sets."""
    return _combined(sets, lambda first, other: first & other)


@function(SetType(ANY), _SET, Parameter("without", SetType(ANY)), example='setsubtract(["653", "687"], ["687"])')
def setsubtract(items: Value, without: Value) -> Value:
    """What is in the first set and not in the second."""
    return _combined((items, without), lambda first, other: first - other)


def _combined(sets: Sequence[Value], combine: Callable[[_Keys, _Keys], _Keys]) -> Value:
    """Sets of one type, combined by what is in them."""
    common = unify([value.type for value in sets])
    if not isinstance(common, SetType):
        raise ArgumentError("the elements of the sets have no common type")
    known: dict[tuple[object, ...], Value] = {}
    keys: list[_Keys] = []
    for index, value in enumerate(sets):
        try:
            items = convert(value, common).items
        except ConversionError as error:
            raise ArgumentError(str(error), index) from None
        keys.append({identity(item) for item in items})
        known.update((identity(item), item) for item in items)
    result = keys[0]
    for other in keys[1:]:
        result = combine(result, other)
    return set_of(common.element, [known[key] for key in result])


@function(
    ANY,
    anything("set"),
    anything("other"),
    variadic=anything("sets"),
    example='setproduct(["web", "app"], ["653", "687"])',
)
def setproduct(*values: Value) -> Value:
    """All combinations: a set where an argument is a set, else a list, in the order of the arguments."""
    for index, value in enumerate(values):
        if not isinstance(value.data, tuple):
            raise ArgumentError(f"it needs a list, set or tuple, not {with_article(value.type)}", index)
    columns = [_column(value, index) for index, value in enumerate(values)]
    if prod(len(items) for _, items in columns) > _MOST_ROWS:
        raise ArgumentError(f"it makes at most {_MOST_ROWS} combinations")
    element = TupleType(tuple([column.element for column, _ in columns]))
    rows = [tuple_of(row) for row in product(*[items for _, items in columns])]
    unordered = any(isinstance(value.type, SetType) for value in values)
    return set_of(element, rows) if unordered else list_of(element, rows)


def _column(value: Value, index: int) -> tuple[ListType, tuple[Value, ...]]:
    try:
        column: Any = convert(value, ListType(ANY))
    except ConversionError as error:
        raise ArgumentError(str(error), index) from None
    return column.type, column.items
