"""Numbers and spans of time as the sentences of readings show them. Pure."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal


def number(value: Decimal | float) -> str:
    """Four digits, and all of those before the point: `1,234,567`, `0.09412`."""
    exact = Decimal(value)
    if exact == exact.to_integral_value() or abs(exact) >= 1000:
        return f"{exact.to_integral_value() + 0:,f}"
    places = min(8, max(0, 3 - exact.adjusted()))
    return f"{round(exact, places) + 0:f}".rstrip("0").rstrip(".")


def percent(part: Decimal | float) -> str:
    """`0.0125` is `1.25 %`."""
    return f"{number(Decimal(part) * 100)} %"


def duration(span: timedelta) -> str:
    """In the largest unit that fits: `7d`, `36h`, `90s`."""
    seconds = round(span.total_seconds())
    for unit, length in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= length and seconds % length == 0:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"
