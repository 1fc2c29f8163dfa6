"""Small things said the same way everywhere: times, durations, counts, lists of addresses."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import groupby

from flagstaff.addresses import Address
from flagstaff.apply.events import Ended, MoveResult, Recovered
from flagstaff.model.live import LiveExposure, Unrepresentable

SHORT_ID = 8
# A longer exposure would push the column beside it out of sight.
_COLUMN = 40


def rfc3339(when: datetime) -> str:
    """`2026-01-27T14:02:11Z`, without fractions."""
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def span(seconds: float) -> str:
    """A duration in its two largest units: `2 d 4 h`, `3 min 20 s`, `0.2 s`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    left = round(seconds)
    parts: list[str] = []
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count or parts:
            parts.append(f"{count} {unit}" if count else "")
    return " ".join(part for part in parts[:2] if part)


def age(past: timedelta) -> str:
    """How long something has been so: `2 d 4 h`, `just now`."""
    seconds = past.total_seconds()
    return span(seconds) if seconds >= 60 else "just now"


def clock(seconds: float) -> str:
    """Time left, as a clock shows it: `1:58`, `1:00:05`."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def count(number: int, thing: str, plural: str = "") -> str:
    """`1 toggle`, `2 toggles`."""
    return f"{number:,} {thing if number == 1 else plural or thing + 's'}"


def exposure(value: LiveExposure | None) -> str:
    """`5 %`, `on`, `other (...)`; `none` where there is no toggle."""
    return "none" if value is None else str(value)


def level(value: LiveExposure | None) -> str:
    """The same for a column: `other`, where the reason would not fit into one."""
    text = exposure(value)
    return "other" if isinstance(value, Unrepresentable) and len(text) > _COLUMN else text


def ended_text(result: MoveResult) -> str:
    """`verified`, `failed: ...`, `skipped because of toggle.x`, `skipped: ...`, `not started`."""
    words = {Ended.APPLIED: "verified", Ended.UNKNOWN: "not known", Ended.WAITING: "waits"}
    word = words.get(result.ended, result.ended.value)
    if result.because is not None:
        return f"{word} because of {result.because}"
    return f"{word}: {result.detail}" if result.detail else word


def recovered_text(event: Recovered) -> str:
    """What an earlier run left behind, and what the store says of it now."""
    live = "the store has no such toggle" if event.live is None else f"the store says {event.live}"
    return f"{event.address} was in flight in run {event.run[:SHORT_ID]}: {event.outcome}; {live}"


def compact(addresses: Iterable[Address]) -> str:
    """Every address, the instances of one block together: `toggle.site["506", "653"], toggle.web[0..9]`."""
    parts = []
    for block, group in groupby(sorted(addresses), key=lambda address: address.block):
        members = list(group)
        parts.append(str(members[0]) if len(members) == 1 else f"{block}[{_indexes(members)}]")
    return ", ".join(parts)


def _indexes(members: list[Address]) -> str:
    """The indexes of sorted instances; numbers that follow one another as `first..last`."""
    runs: list[list[int]] = []
    names = []
    for member in members:
        match member.index:
            case int(number) if runs and runs[-1][-1] == number - 1:
                runs[-1].append(number)
            case int(number):
                runs.append([number])
            case other:
                names.append(json.dumps(other, ensure_ascii=False))
    numbers = [f"{run[0]}..{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs]
    return ", ".join([*numbers, *names])
