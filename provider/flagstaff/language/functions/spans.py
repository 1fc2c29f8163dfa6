"""Spans: a value that may be anything between two ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flagstaff.language.convert import ConversionError, convert
from flagstaff.language.durations import nearest_duration, read_duration
from flagstaff.language.functions.signature import ArgumentError, anything, function
from flagstaff.language.types import ANY, BOOL, NUMBER, with_article
from flagstaff.language.values import Value, object_of

_WANTED = 'it takes two numbers, or two durations such as "24h"'


@function(ANY, anything("from"), anything("to"), example='between("24h", "48h")')
def between(low: Value, high: Value) -> Value:
    """`{ from = low, to = high }`: any value from the one to the other, of two numbers or two durations."""
    first, second = _number(low), _number(high)
    if first is not None and second is not None:
        _check_order(first.data, second.data)
        return object_of({"from": first, "to": second})
    _check_order(_duration(low, 0), _duration(high, 1))
    return object_of({"from": low, "to": high})


def _number(value: Value) -> Value | None:
    try:
        return None if value.type == BOOL else convert(value, NUMBER)
    except ConversionError:
        return None


def _duration(value: Value, index: int) -> timedelta:
    text = value.data
    duration = read_duration(text) if isinstance(text, str) else None
    if duration is not None:
        return duration
    if _number(value) is not None:
        raise ArgumentError(f"{_WANTED}, and the other end is no number", index)
    if not isinstance(text, str):
        raise ArgumentError(f"{_WANTED}, and this is {with_article(value.type)}", index)
    guess = nearest_duration(text)
    hint = "" if guess is None else f'; write "{guess}"'
    raise ArgumentError(f'{_WANTED}, and "{text}" is neither{hint}', index)


def _check_order(low: Any, high: Any) -> None:
    if low > high:
        raise ArgumentError("the smaller end comes first; swap the two")
