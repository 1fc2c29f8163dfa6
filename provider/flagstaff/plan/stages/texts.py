"""How durations and sentences read in what is said of stages."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

_UNITS: Final = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
# Up to this people count in hours: a soak is "24 h" or "48 h", and then "7 d".
_DAYS_FROM: Final = 49 * 3_600


def duration(span: timedelta) -> str:
    """As people say it, in its two largest units: `24 h`, `7 d`, `3 h 20 min`, `0 s`."""
    left = max(0, int(span.total_seconds()))
    parts: list[str] = []
    for unit, size in _UNITS if left >= _DAYS_FROM else _UNITS[1:]:
        count, left = divmod(left, size)
        if count or parts:
            parts.append(f"{count} {unit}" if count else "")
    return " ".join(part for part in parts[:2] if part) or "0 s"


def sentence(text: str) -> str:
    """With an end, where it has none."""
    return text if text.endswith((".", "?", "!")) else f"{text}."
