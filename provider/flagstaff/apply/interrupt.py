"""Interrupts: what a signal handler sets and a running apply looks at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Interrupt:
    """Counts how often the user asked to stop. Safe to be set by a signal handler: it takes no lock."""

    times: int = 0

    def request(self) -> None:
        """The first time: finish the moves in flight. The second time: stop now."""
        self.times += 1

    def requested(self) -> bool:
        return self.times > 0

    def now(self) -> bool:
        """Whether even the moves in flight are to be left alone."""
        return self.times > 1
