"""Functions on maps and objects."""

from __future__ import annotations

from typing import Final

from flagstaff.diagnostics import nearest
from flagstaff.language.convert import ConversionError, convert
from flagstaff.language.functions.signature import ArgumentError, Parameter, Takes, anything, function, text
from flagstaff.language.types import ANY, STRING, ListType, MapType, TupleType, with_article
from flagstaff.language.values import Value, children, list_of, map_of, object_of, string, tuple_of

_TEXTS: Final = ListType(STRING)


@function(ANY, anything("map"), takes=Takes.PARTS, example="keys({ web = 5, app = 20 })")
def keys(value: Value) -> Value:
    """The keys, in alphabetical order."""
    names = [string(key) for key in sorted(_fields(value, 0))]
    return list_of(STRING, names) if isinstance(value.type, MapType) else tuple_of(names)


@function(ANY, anything("map"), takes=Takes.PARTS, example="values({ web = 5, app = 20 })")
def values(value: Value) -> Value:
    """The values, in the order of the keys."""
    _fields(value, 0)
    items = list(children(value))
    return list_of(value.type.element, items) if isinstance(value.type, MapType) else tuple_of(items)


@function(
    ANY,
    anything("map"),
    text("key"),
    variadic=Parameter("default", ANY, null=True),
    takes=Takes.PARTS,
    example='lookup({ web = 5 }, "app", 0)',
)
def lookup(value: Value, key: Value, *default: Value) -> Value:
    """The value of a key, or the default where there is none."""
    fields = _fields(value, 0)
    if len(default) > 1:
        raise ArgumentError("it takes one default", 3)
    if key.text in fields:
        return fields[key.text]
    if not default:
        guess = nearest(key.text, fields)
        hint = "" if guess is None else f' (the nearest is "{guess}")'
        raise ArgumentError(f'there is no key "{key.text}"{hint}, and no default', 1)
    if not isinstance(value.type, MapType):
        return default[0]
    try:
        return convert(default[0], value.type.element)
    except ConversionError as error:
        raise ArgumentError(f"the default must be like the elements: {error}", 2) from None


@function(
    ANY,
    variadic=Parameter("maps", ANY, null=True),
    takes=Takes.PARTS,
    example="merge({ web = 5, app = 5 }, { app = 20 })",
)
def merge(*maps: Value) -> Value:
    """All keys of all maps; the last map with a key wins, and nulls are left out. Maps of one type give a map, else an
    object.
    """
    given = [value for value in maps if value.data is not None]
    fields: dict[str, Value] = {}
    for index, value in enumerate(maps):
        if value.data is not None:
            fields.update(_fields(value, index))
    types = {value.type for value in given}
    if len(types) == 1:
        (type,) = types
        if isinstance(type, MapType):
            return map_of(type.element, fields)
    return object_of(fields)


@function(
    MapType(_TEXTS), Parameter("map", MapType(_TEXTS)), example='transpose({ web = ["653", "687"], app = ["653"] })'
)
def transpose(value: Value) -> Value:
    """From keys with lists of strings to those strings with lists of keys."""
    result: dict[str, list[Value]] = {}
    for key in sorted(value.fields):
        items = value.fields[key]
        if items.data is None or any(item.data is None for item in items.items):
            raise ArgumentError("null can't become a key", 0)
        for item in items.items:
            result.setdefault(item.text, []).append(string(key))
    return map_of(_TEXTS, {key: list_of(STRING, result[key]) for key in sorted(result)})


@function(ANY, Parameter("keys", _TEXTS), anything("values"), example='zipmap(["web", "app"], [5, 20])')
def zipmap(names: Value, items: Value) -> Value:
    """Keys and values, pair by pair: a map where the values are a list, an object where they are a tuple."""
    if not isinstance(items.type, ListType | TupleType):
        raise ArgumentError(f"it needs a list or tuple, not {with_article(items.type)}", 1)
    if len(names.items) != len(items.items):
        raise ArgumentError(f"there are {len(names.items)} keys and {len(items.items)} values", 1)
    if any(name.data is None for name in names.items):
        raise ArgumentError("null can't be a key", 0)
    fields = {name.text: item for name, item in zip(names.items, items.items, strict=True)}
    return map_of(items.type.element, fields) if isinstance(items.type, ListType) else object_of(fields)


def _fields(value: Value, index: int) -> dict[str, Value]:
    if isinstance(value.data, dict):
        return value.data
    raise ArgumentError(f"it needs a map or object, not {with_article(value.type)}", index)
