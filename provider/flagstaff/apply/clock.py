"""The clock: the one place where apply learns the time and lets it pass."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

_SLICE: Final = 0.1


class Clock(Protocol):
    def now(self) -> datetime:
        """The time of day, in UTC and aware: for records."""
        ...

    def monotonic(self) -> float:
        """Seconds from some point in the past; never goes back: for durations."""
        ...

    def sleep(self, seconds: float, woken: Callable[[], bool]) -> None:
        """Return after that time, or soon after `woken` became true."""
        ...


class SystemClock:
    """The machine's clock.

    It looks at `woken` every tenth of a second: a signal handler may not touch the lock inside a
    `threading.Event` on which its own thread waits.
    """

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float, woken: Callable[[], bool]) -> None:
        end = time.monotonic() + seconds
        while not woken() and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, _SLICE))


@dataclass(frozen=True, slots=True)
class PretendedClock:
    """Another clock, whose time of day is `ahead`: what is written down with it is dated so."""

    clock: Clock
    ahead: timedelta

    def now(self) -> datetime:
        return self.clock.now() + self.ahead

    def monotonic(self) -> float:
        return self.clock.monotonic()

    def sleep(self, seconds: float, woken: Callable[[], bool]) -> None:
        self.clock.sleep(seconds, woken)
