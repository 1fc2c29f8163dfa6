"""What a user reads while something is waited for: why and how long, now and then, on standard error."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from flagstaff.apply.clock import Clock
from flagstaff.providers.retries import Retrying
from flagstaff.views.words import clock as left_on_a_clock
from flagstaff.views.words import span

# Seconds between two lines: many calls may wait for one server at the same time.
_AGAIN: Final = 5.0
# And between two lines about one long wait.
_STILL: Final = 30.0
# After so many seconds without an answer a user wants to know what is asked.
_SLOW: Final = 10.0


@dataclass(slots=True)
class Retries:
    """Tells of requests that are repeated, from any thread; one that can't be told is no reason to stop."""

    say: Callable[[str], None]
    clock: Clock
    _said: float = field(default=float("-inf"))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, retrying: Retrying) -> None:
        with self._lock:
            now = self.clock.monotonic()
            if now - self._said < _AGAIN:
                return
            self._said = now
            try:
                self.say(f"{retrying.why} Trying again in {span(retrying.seconds)} (try {retrying.attempt + 1}).")
            except OSError:
                return


@dataclass(slots=True)
class Waiting:
    """A clock whose sleeps are told: `text` with the time left of `seconds`, again after a while.

    Nothing is said before `begin`: whoever need not wait is told nothing.
    """

    clock: Clock
    say: Callable[[str], None]
    seconds: float
    text: str = ""
    _end: float = 0.0
    _said: float = 0.0

    def begin(self, text: str) -> None:
        self.text, self._end = text, self.clock.monotonic() + self.seconds
        self._tell()

    def now(self) -> datetime:
        return self.clock.now()

    def monotonic(self) -> float:
        return self.clock.monotonic()

    def sleep(self, seconds: float, woken: Callable[[], bool]) -> None:
        if self.text and self.clock.monotonic() - self._said >= _STILL:
            self._tell()
        self.clock.sleep(seconds, woken)

    def _tell(self) -> None:
        self._said = self.clock.monotonic()
        self.say(f"{self.text} {left_on_a_clock(self._end - self._said)} left.")


@contextmanager
def told_if_slow(
    say: Callable[[str], None], clock: Clock, doing: str, *, slow: float = _SLOW, again: float = _STILL
) -> Iterator[None]:
    """Tell what is being done once it takes `slow` seconds, and then every `again`, from a thread of its own."""
    done, began = threading.Event(), clock.monotonic()

    def watch() -> None:
        pause = slow
        while not done.wait(pause):
            pause = again
            with suppress(OSError, ValueError):  # nobody reads it: no reason to stop
                say(f"{doing}: no answer after {span(clock.monotonic() - began)}, still waiting.")

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
