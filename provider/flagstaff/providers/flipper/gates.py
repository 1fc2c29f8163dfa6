"""Flipper's gates: what each value says, whatever form it is kept in.

Pure. Values come as a server stores them (`"5"`, `"true"`) or typed (`5`, true); what can't be read
counts as open, so that no toggle is taken for off by mistake.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from decimal import ROUND_CEILING, Decimal
from typing import Final

from flagstaff.model.exposure import FULL, Exposure
from flagstaff.model.live import Json, Raw

BOOLEAN: Final = "boolean"
ACTORS: Final = "actors"
GROUPS: Final = "groups"
PERCENTAGE: Final = "percentage_of_actors"
TIME: Final = "percentage_of_time"
EXPRESSION: Final = "expression"

# Ruby reads "1e-3" as 1 and "5abc" as 5, so an exponent counts only behind a decimal point.
_NUMBER = re.compile(r"\d+(?:\.\d+(?:[eE][+-]?\d{1,3})?)?", re.ASCII)
_SINGLE = frozenset({BOOLEAN, PERCENTAGE, TIME, EXPRESSION})
_CLOSED = frozenset({"", "0", "false"})


def new_feature() -> dict[str, Json]:
    """A feature with all gates closed, as Flipper's own export writes it."""
    return {BOOLEAN: None, GROUPS: [], ACTORS: [], PERCENTAGE: None, TIME: None, EXPRESSION: None}


def percentage(value: Json) -> Decimal | None:
    """A percentage in either form, unset as 0; None where it is not a number from 0 to 100."""
    match value:
        case None:
            return Decimal(0)
        case bool():
            return None
        case int():
            number = Decimal(value)
        case float():
            number = Decimal(repr(value))
        case str() if _NUMBER.fullmatch(value):
            number = Decimal(value)
        case _:
            return None
    return number if number.is_finite() and 0 <= number <= 100 else None


def level(value: Json) -> Exposure | None:
    """The exposure that a percentage gives; None where it can't be read.

    Flipper compares `bucket < percentage * 1000` for whole buckets, so any part of a bucket is the whole one.
    """
    number = percentage(value)
    if number is None:
        return None
    scaled = (number * (FULL // 100)).to_integral_value(ROUND_CEILING)
    return Exposure(int(scaled))


def opens(exposure: Exposure) -> int:
    """How many of Flipper's 100,000 buckets are open at an exposure, computed as Flipper does from its text.

    It compares `bucket < percentage * 1000` in binary floating point, where `2.007 * 1000` is 2007.0000000000002: at
    731 of the 100,001 levels, from 2.007 % to 65.534 %, one bucket more is open than the percentage says. Never fewer,
    and never more than one. A whole number is no float in Ruby, and exact.
    """
    text = "100" if exposure.is_on else exposure.encode()
    return math.ceil(float(text) * 1000) if "." in text else int(text) * 1000


def is_true(value: Json) -> bool:
    """Whether Flipper takes a boolean gate for open: true and 1, typed or as text."""
    return value is True or (isinstance(value, int | str) and value in {1, "1", "true"})


def is_closed(value: Json) -> bool:
    """Whether a value says "not set" or "off" in any form: null, false, 0, "", "0", "false", [], {}."""
    return value in _CLOSED if isinstance(value, str) else not value


def actors(raw: Raw) -> tuple[str, ...]:
    return _names(raw.get(ACTORS))


def groups(raw: Raw) -> tuple[str, ...]:
    return _names(raw.get(GROUPS))


def hidden(raw: Raw) -> Mapping[str, Json]:
    """The open gates that no percentage expresses, sorted by name; equal for values that say the same."""
    return {name: _normal(name, raw[name]) for name in sorted(raw) if _is_hidden(name, raw[name])}


def is_doubled(name: str, value: Json) -> bool:
    """Whether a gate that holds one value has several: rows that two writers at once left, one of which counts."""
    return isinstance(value, list) and len(value) > 1 and name in _SINGLE


def shown(name: str, value: Json) -> str:
    """A gate and its value, short enough for a sentence."""
    if is_doubled(name, value):
        values = _short(" and ".join(_names(value)))
        return f"{name} = {values} at once, of two writers at the same moment; the next write of it leaves one"
    if isinstance(value, list):
        return f"{name} = {_short(', '.join(_names(value)))}"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return f"{name} = {_short(text)}"


def _is_hidden(name: str, value: Json) -> bool:
    match name:
        case "actors":
            return False
        case "boolean":
            return not (is_closed(value) or is_true(value))
        case "percentage_of_actors":
            return percentage(value) is None
        case "percentage_of_time":
            return percentage(value) != 0
        case _:
            return not is_closed(value)


def _normal(name: str, value: Json) -> Json:
    if name == GROUPS and isinstance(value, list):
        return list(_names(value))
    exposure = level(value) if name == TIME else None
    return value if exposure is None else exposure.encode()


def _names(value: Json) -> tuple[str, ...]:
    """A set of names; sorted, because stores promise no order."""
    items = value if isinstance(value, list | tuple) else ()
    return tuple(sorted({item if isinstance(item, str) else json.dumps(item, sort_keys=True) for item in items}))


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
