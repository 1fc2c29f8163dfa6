"""Where stages are, for readers, and what apply looks at again before they go on: values only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from flagstaff.addresses import Address
from flagstaff.diagnostics import Range
from flagstaff.model.exposure import Exposure
from flagstaff.model.rollout import StageName
from flagstaff.plan.check import Check


@dataclass(frozen=True, slots=True)
class Gate:
    """What is looked at again before a stage's moves start: it can only stop them.

    `not_before` is the latest of all times that must have passed, soaks included; `monitors` must pass. `toggles` are
    those that move, `products` theirs; the clocks of the stages `after` which it comes must still run.
    """

    stage: StageName
    not_before: datetime | None = None
    monitors: tuple[Address, ...] = ()
    toggles: tuple[Address, ...] = ()
    products: tuple[Address, ...] = ()
    after: tuple[StageName, ...] = ()


class StageState(StrEnum):
    """Where a stage is: `left` had its Go and lost it; `stopped` ran, and its clock stands."""

    WAITING = "waiting"
    STARTED = "started"
    RUNNING = "running"
    STOPPED = "stopped"
    SERVED = "served"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class StageView:
    """One stage for readers: where it is, since when, and what it waits for (`checks` that don't pass).

    `served_at`: when its soak is, or was, served, if its clock goes on.
    """

    stage: StageName
    title: str
    state: StageState
    go: bool
    exposure: Exposure | None = None
    at_least: Exposure | None = None
    toggles: tuple[Address, ...] = ()
    since: datetime | None = None
    served_at: datetime | None = None
    meaning: str = ""
    checks: tuple[Check, ...] = ()
    range: Range | None = None


@dataclass(frozen=True, slots=True)
class RolloutView:
    """`at` is the last stage that has begun, `next` the first that hasn't. `complete`: after the last soak.

    `range` is where its `go` stands, `monitors` are those of all its stages and their triggers.
    """

    rollout: Address
    title: str
    product: Address | None
    stages: tuple[StageView, ...]
    at: str = ""
    next: str = ""
    complete: bool = False
    range: Range | None = None
    monitors: tuple[Address, ...] = ()
