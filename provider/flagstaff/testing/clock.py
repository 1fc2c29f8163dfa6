"""A clock for tests: time passes only when somebody sleeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


@dataclass(slots=True)
class FakeClock:
    """Starts at `time`; `slept` lists every sleep.

    `each` passes at every look at the time of day, so that a test can let work take time.
    `on_sleep` is called before each sleep: a test's hand that interrupts or changes the store.
    """

    time: datetime = datetime(2026, 1, 27, 14, 0, tzinfo=UTC)
    each: timedelta = timedelta(0)
    on_sleep: Callable[[float], None] | None = None
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        self.time += self.each
        return self.time

    def monotonic(self) -> float:
        return self.time.timestamp()

    def sleep(self, seconds: float, woken: Callable[[], bool]) -> None:
        """A sleep that is woken takes no time."""
        if self.on_sleep is not None:
            self.on_sleep(seconds)
        self.slept.append(seconds)
        if not woken():
            self.time += timedelta(seconds=seconds)

    def advance(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)
