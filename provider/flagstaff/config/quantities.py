"""Numbers with a meaning: percentages, shares, people. Exact, and checked against their bounds."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Final

from flagstaff.config.instance import Instance
from flagstaff.model.exposure import FULL

_STEPS: Final = 1000


def level(instance: Instance, name: str, what: str = "Percentage") -> int | None:
    """A percentage in 1/1000 %; None where it is not set, undecided, or a mistake."""
    value = instance.number(name)
    if value is None:
        return None
    if not 0 <= value <= FULL // _STEPS:
        detail = f'"{name}" of {instance.title} is {shown(value)}; it must be from 0 to 100.'
        instance.error(f"{what} out of range", detail, instance.range(name))
        return None
    steps = Fraction(value) * _STEPS  # exactly: Decimal's product would round to 28 digits
    if steps.denominator != 1:
        detail = (
            f'"{name}" of {instance.title} is {shown(value)}; the smallest step is 0.001, so it can have three decimal '
            "places at most."
        )
        instance.error(f"{what} too fine", detail, instance.range(name))
        return None
    return int(steps)


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


def shown(value: Decimal) -> str:
    """A number in a message: cut off where 100 / 3 would fill the screen."""
    text = f"{value:f}"
    return text if len(text) <= 24 else f"{text[:20]}..."
