"""Durations, as texts write them. Pure."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

_UNITS: Final = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
_DURATION: Final = re.compile(r"(?:\d{1,9}(?:\.\d{1,9})?(?:ms|s|m|h|d))+\Z", re.ASCII)
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", re.ASCII)
_LOOSE: Final = re.compile(r"\s*(\d{1,9})\s*(?:(ms|[smhd])[a-z]*)?\s*\Z", re.ASCII | re.IGNORECASE)


def read_duration(text: str) -> timedelta | None:
    """`90s`, `2m`, `1h30m`, `7d`; None where the text is no duration."""
    if text == "0":
        return timedelta(0)
    if not _DURATION.match(text):
        return None
    total = timedelta(0)
    for amount, unit in _PART.findall(text):
        try:
            total += float(amount) * _UNITS[unit]
        except OverflowError:
            return None
    return total


def nearest_duration(text: str) -> str | None:
    """The duration that a text probably means: `2m` for `2 min`."""
    loose = _LOOSE.match(text)
    return None if loose is None else f"{loose[1]}{(loose[2] or 's').lower()}"
