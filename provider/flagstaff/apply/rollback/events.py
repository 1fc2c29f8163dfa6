"""What a rollback is told, and what it tells: values for whoever starts it and whoever displays it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from flagstaff.addresses import Address
from flagstaff.model.live import LiveExposure, Raw, Testers
from flagstaff.model.recorded import Hold
from flagstaff.plan.rollback.retreat import Down

# How long a named toggle waits for those before it, in seconds.
PATIENCE: Final = 5.0
NOBODY: Final = Testers()


@dataclass(frozen=True, slots=True)
class Options:
    """`wait`: for propagation, between dependents and what they depend on, and at the end. `targets`: as typed."""

    who: str
    run: str
    environment: str = ""
    targets: tuple[str, ...] = ()
    reason: str = ""
    trigger: Address | None = None
    wait: bool = False
    parallelism: int = 10
    patience: float = PATIENCE


@dataclass(frozen=True, slots=True)
class Written:
    """One toggle was written, or was not: `detail` says why."""

    down: Down
    detail: str
    seconds: float


@dataclass(frozen=True, slots=True)
class WentOn:
    """These are slow; what was named goes down without waiting for them."""

    slow: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class Waited:
    """Readers may still serve the old value of what was written: `seconds` left."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Lingering:
    """A run that was asked to stop is still there; the last look waits for it."""

    who: str
    operation: str


Event = Written | WentOn | Waited | Lingering
Listener = Callable[[Event], None]


class Ended(StrEnum):
    """`skipped`: a dependent that was not begun, as somebody interrupted."""

    DOWN = "down"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Result:
    """How one toggle ended. `live` is what people have who are no testers, as read at the end (None: not read);
    `missing` are testers that are not back."""

    down: Down
    ended: Ended
    detail: str = ""
    live: LiveExposure | None = None
    missing: Testers = NOBODY
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """`ends` are the toggles as read at the end, by key; None: not read. `holds` are all that there are."""

    results: tuple[Result, ...]
    holds: Mapping[Address, Hold]
    ends: Mapping[str, Raw] | None
    seconds: float
    stopped: str = ""

    @property
    def verified(self) -> bool:
        return all(one.ended is Ended.DOWN and not len(one.missing) for one in self.results)
