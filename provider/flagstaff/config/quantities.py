"""Quantities: percentages, shares, people, durations. Exact, and checked against their bounds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final, TypeVar

from flagstaff.config.hints import type_hint
from flagstaff.config.instance import Instance
from flagstaff.language.convert import ConversionError, convert
from flagstaff.language.durations import nearest_duration, read_duration
from flagstaff.language.types import NUMBER
from flagstaff.language.values import Value, is_wholly_known
from flagstaff.model.exposure import FULL

_OUT_OF_RANGE: Final = {
    "Percentage": "Percentage out of range",
    "Limit": "Limit out of range",
    "Requirement level": "Requirement level out of range",
}
_TOO_FINE: Final = {
    "Percentage": "Percentage too fine",
    "Limit": "Limit too fine",
    "Requirement level": "Requirement level too fine",
}
_T = TypeVar("_T", int, timedelta)

_STEPS: Final = 1000
# Two ends as people write them: `1-5%`, `24 to 48 h`.
_SPAN: Final = re.compile(r"\s*(\d{1,9})\s*(?:-|\u2013|to)\s*(\d{1,9})\s*(?:([smhd])[a-z]*|%)?\s*\Z", re.ASCII)


def level(instance: Instance, name: str, what: str = "Percentage") -> int | None:
    """A percentage in 1/1000 %; None where it is not set, undecided, or a mistake."""
    value = instance.number(name)
    return None if value is None else _steps(instance, name, value, what)


def levels(instance: Instance, name: str) -> tuple[int, int] | None:
    """The ends of a percentage that may be `between` two, in 1/1000 %: twice the same for a plain one."""
    ends = [
        None if (value := _number(instance, name, end)) is None else _steps(instance, name, value, "Percentage")
        for end in _ends(instance, name)
    ]
    return _span(instance, name, ends)


def _steps(instance: Instance, name: str, value: Decimal, what: str) -> int | None:
    if not 0 <= value <= FULL // _STEPS:
        detail = f'"{name}" of {instance.title} is {shown(value)}; it must be from 0 to 100.'
        instance.error(_OUT_OF_RANGE[what], detail, instance.range(name))
        return None
    steps = Fraction(value) * _STEPS  # exactly: Decimal's product would round to 28 digits
    if steps.denominator != 1:
        detail = (
            f'"{name}" of {instance.title} is {shown(value)}; the smallest step is 0.001, so it can have three decimal '
            "places at most."
        )
        instance.error(_TOO_FINE[what], detail, instance.range(name))
        return None
    return int(steps)


def warn_of_fraction(instance: Instance, name: str, steps: int | None) -> None:
    """0.05 is what 5 % is to a spreadsheet."""
    if steps is None or not 0 < steps < _STEPS:
        return
    percent = Decimal(steps) / _STEPS
    detail = (
        f'"{name}" of {instance.title} is {percent:f}: {percent:f} % is 1 person in {round(100 / percent):,}. '
        f"Did you mean {(percent * 100).normalize():f}?"
    )
    instance.warn("Percentage below 1", detail, instance.range(name))


def duration(instance: Instance, name: str) -> timedelta | None:
    """A duration; None where it is not set, undecided, or a mistake."""
    text = instance.value(name).data
    return _duration(instance, name, text) if isinstance(text, str) else None


def durations(instance: Instance, name: str) -> tuple[timedelta, timedelta] | None:
    """The ends of a duration that may be `between` two: twice the same for a plain one."""
    found: list[timedelta | None] = []
    for end in _ends(instance, name):
        if isinstance(end.data, str):
            found.append(_duration(instance, name, end.data))
        else:
            hours = isinstance(end.data, int) and not isinstance(end.data, bool)
            guess = f' Write "{end.data}h" for hours, "{end.data}d" for days.' if hours else ""
            detail = f'"{name}" of {instance.title} is a duration with a unit, such as "24h".{guess}'
            instance.error("Invalid duration", detail, instance.range(name))
            found.append(None)
    return _span(instance, name, found)


def _duration(instance: Instance, name: str, text: str) -> timedelta | None:
    found = read_duration(text)
    if found is None:
        detail = f'"{text}" is not a duration. Write a number with a unit, such as "90s", "2m" or "1h30m".'
        if (span := _SPAN.match(text)) is not None and span[3]:
            detail += f' Two ends are written between("{span[1]}{span[3]}", "{span[2]}{span[3]}").'
        elif (guess := nearest_duration(text)) is not None:
            detail += f' Did you mean "{guess}"?'
        instance.error("Invalid duration", detail, instance.range(name))
    return found


def _ends(instance: Instance, name: str) -> tuple[Value, ...]:
    """Both ends of a span, or the one plain value; none where it is not set or not known."""
    value = instance.value(name)
    if value.is_null or not is_wholly_known(value):
        return ()
    if isinstance(value.data, dict) and value.data.keys() == {"from", "to"}:
        return value.data["from"], value.data["to"]
    return (value,)


def _span(instance: Instance, name: str, ends: Sequence[_T | None]) -> tuple[_T, _T] | None:
    if not ends or ends[0] is None or ends[-1] is None:
        return None
    low, high = ends[0], ends[-1]
    if low > high:
        detail = f'"{name}" of {instance.title} has its ends in the wrong order: from is the smaller one. Swap the two.'
        instance.error("Span without anything in it", detail, instance.range(name))
        return None
    return low, high


def _span_hint(value: Value) -> str:
    """For `1-5%`."""
    span = _SPAN.match(value.data) if isinstance(value.data, str) else None
    return "" if span is None or span[3] else f" Two ends are written between({span[1]}, {span[2]})."


def _number(instance: Instance, name: str, value: Value) -> Decimal | None:
    try:
        data = convert(value, NUMBER).data
    except ConversionError as error:
        hint = _span_hint(value) or type_hint(name, NUMBER, value, instance.attribute(name).value)
        detail = f'"{name}" of {instance.title} has the wrong type: {error}.{hint}'
        instance.error("Wrong type", detail, instance.range(name))
        return None
    assert isinstance(data, int | Fraction | float), "the value is known"
    return instance.exact(name, data)


def share(instance: Instance, name: str) -> Decimal | None:
    """A part of a whole, from 0 to 1."""
    value = instance.number(name)
    if value is None or 0 <= value <= 1:
        return value
    hint = f" {value:f} % is {value / 100:f}." if 1 < value <= 100 else ""
    detail = f'"{name}" of {instance.title} is {shown(value)}; it must be from 0 to 1.{hint}'
    instance.error("Share out of range", detail, instance.range(name))
    return None


def people(instance: Instance, name: str) -> int | None:
    """A count of people: a whole number, not negative."""
    value = instance.number(name)
    if value is None:
        return None
    if value < 0 or value != int(value):
        detail = f'"{name}" of {instance.title} is {shown(value)}; it must be a whole number, 0 or more.'
        instance.error("Invalid number of people", detail, instance.range(name))
        return None
    return int(value)


def count(instance: Instance, name: str) -> int | None:
    """A whole number from 1."""
    value = instance.number(name)
    if value is None:
        return None
    if value < 1 or value != int(value):
        detail = f'"{name}" of {instance.title} is {shown(value)}; it must be a whole number, 1 or more.'
        instance.error("Number out of range", detail, instance.range(name))
        return None
    return int(value)


def shown(value: Decimal) -> str:
    """A number in a message: cut off where 100 / 3 would fill the screen."""
    text = f"{value:f}"
    return text if len(text) <= 24 else f"{text[:20]}..."
