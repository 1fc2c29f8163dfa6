"""What a running apply tells: values for whoever displays them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from flagstaff.addresses import Address
from flagstaff.model.live import LiveExposure
from flagstaff.plan.plan import Move


@dataclass(frozen=True, slots=True)
class BatchStarted:
    number: int
    total: int
    moves: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Readers may still serve an old value: `seconds` left, on account of `neighbour`."""

    address: Address
    neighbour: Address
    seconds: float


@dataclass(frozen=True, slots=True)
class MoveStarted:
    move: Move


@dataclass(frozen=True, slots=True)
class MoveEnded:
    result: MoveResult


@dataclass(frozen=True, slots=True)
class Recovered:
    """A move of an earlier run that ended before it could tell: what the store says of it now.

    `outcome` is one of `applied`, `not applied`, `applied in part`, `unknown`; `live` the value
    read, None where the store has no such toggle.
    """

    address: Address
    key: str
    outcome: str
    run: str
    live: LiveExposure | None = None


@dataclass(frozen=True, slots=True)
class Stopping:
    """No new move is started: an interrupt, or somebody's request."""

    why: str


@dataclass(frozen=True, slots=True)
class Slow:
    """The store has not answered for `seconds`; told now and then. `doing` is what it was asked for."""

    doing: str
    seconds: float


Event = BatchStarted | Waiting | MoveStarted | MoveEnded | Recovered | Stopping | Slow
Listener = Callable[[Event], None]


class Ended(StrEnum):
    """`waiting`: for somebody's yes, which is no failure. `skipped`: because of one."""

    APPLIED = "applied"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"
    WAITING = "waiting"
    NOT_STARTED = "not started"


@dataclass(frozen=True, slots=True)
class MoveResult:
    """How one move ended. `detail` says why it failed, or because of what it was skipped or waits.

    `because` is the toggle whose own move is at the bottom of a skip or a wait. `live` is the value read last.
    """

    move: Move
    ended: Ended
    detail: str = ""
    live: LiveExposure | None = None
    seconds: float = 0.0
    because: Address | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an apply ended: a result for every move of the plan, in its order.

    `stopped` says why it was cut short, if it was; `serial` is the saved state's.
    """

    results: tuple[MoveResult, ...]
    serial: int
    records: int = 0
    stopped: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether all that was allowed is applied and verified; what waits for a yes may be left."""
        return not self.stopped and all(result.ended in {Ended.APPLIED, Ended.WAITING} for result in self.results)

    @property
    def waiting(self) -> tuple[MoveResult, ...]:
        return tuple(result for result in self.results if result.ended is Ended.WAITING)
