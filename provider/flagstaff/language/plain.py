"""Plain JSON from values, and values from plain JSON. Marks are lost: ask for them before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from math import isinf
from typing import Any

from flagstaff.language.numbers import from_float, parse_number
from flagstaff.language.values import (
    NULL,
    Reference,
    Value,
    boolean,
    normalized,
    number,
    object_of,
    tuple_of,
)

Json = None | bool | int | float | str | list[Any] | dict[str, Any]


class NotPlain(ValueError):
    """JSON can't hold the value: it is unknown, or an infinite number."""


def to_plain(value: Value) -> Json:
    """Lists, sets and tuples become lists, references the text of their address; raises `NotPlain`.

    A whole number becomes an int, any other the nearest float. Keys are sorted.
    """
    data = value.data
    match data:
        case None | bool() | int() | str():
            return data
        case tuple():
            return [to_plain(item) for item in data]
        case dict():
            return {key: to_plain(data[key]) for key in sorted(data)}
        case Reference(address):
            return str(address)
        case Fraction():
            return float(data)
        case float():
            raise NotPlain("an infinite number is not JSON")
        case _:
            raise NotPlain("an unknown value is not JSON")


def from_plain(json: Any) -> Value:
    """Arrays become tuples, objects objects; 0.1 is the number that is written so.

    Takes decimals, too, as a JSON decoder may give them; raises `NotPlain` for anything else.
    """
    match json:
        case None:
            return NULL
        case bool():
            return boolean(json)
        case str():
            return normalized(json)
        case int():
            return number(json)
        case float() if json == json and not isinf(json):  # noqa: PLR0124  # NaN differs from itself
            return number(from_float(json))
        case Decimal() if json.is_finite():
            return number(parse_number(str(json)))
        case Mapping():
            return object_of({normalized(key).text: from_plain(item) for key, item in json.items()})
        case Sequence():
            return tuple_of(map(from_plain, json))
        case _:
            raise NotPlain(f"JSON has no {type(json).__name__}")
