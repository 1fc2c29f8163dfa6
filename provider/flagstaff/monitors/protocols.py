"""What a source of numbers is asked, and what it answers. Pure.

A source never raises: what went wrong is a `Trouble`, whose sentence says what to do about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Final, Protocol, Self

from flagstaff.addresses import Address
from flagstaff.model.evidence import Answer, Frozen, Verdict
from flagstaff.model.rollout import Monitor

# What stands in a query for the length of the window.
PLACEHOLDER: Final = "$window"
_ZERO: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` to `end`, `end` not included."""

    start: datetime
    end: datetime

    @classmethod
    def ending(cls, end: datetime, length: timedelta, interval: timedelta) -> Self:
        """The last one of that length that ends at a multiple of `interval`, at `end` or before it."""
        step = max(interval, timedelta(seconds=1))
        last = _ZERO + (end - _ZERO) // step * step
        return cls(last - length, last)

    @classmethod
    def of(cls, monitor: Monitor, now: datetime) -> Self:
        """The newest whole one whose points are at least `delay` old."""
        return cls.ending(now - monitor.delay, monitor.window, monitor.interval)

    @property
    def seconds(self) -> int:
        return round((self.end - self.start).total_seconds())


@dataclass(frozen=True, slots=True)
class Counted:
    """`numerator` of `samples`, each asked for by itself."""

    numerator: Decimal
    samples: Decimal
    query: str


@dataclass(frozen=True, slots=True)
class Valued:
    """A number, of which nobody can say from how many samples it was made."""

    measured: Decimal
    query: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A source that has a verdict of its own: a monitor elsewhere."""

    verdict: Verdict
    reason: str
    query: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """Nothing that could be relied on. `reason` is full sentences: what happened, and what to do."""

    reason: str
    query: str = ""


Measurement = Counted | Valued | Judged | Trouble


class Source(Protocol):
    def measure(self, window: Window) -> Measurement:
        """Ask for the numbers of that window. Raises nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """What monitors are read for, at `now`; the rest is by monitor.

    `baselines` are the frozen ones. `traffic`: whether anybody has any toggle of its rollouts (True where it says
    nothing). `began`: when the first of its rollouts made its first move; a baseline that is measured later ends then.
    `zone` is for texts.
    """

    now: datetime
    baselines: Mapping[Address, Frozen] = field(default_factory=dict)
    answers: Mapping[Address, Answer] = field(default_factory=dict)
    traffic: Mapping[Address, bool] = field(default_factory=dict)
    began: Mapping[Address, datetime] = field(default_factory=dict)
    zone: tzinfo = UTC
