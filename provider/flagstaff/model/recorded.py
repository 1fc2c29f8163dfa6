"""What was recorded: the part of the state that planning needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flagstaff.addresses import Address
from flagstaff.model.evidence import Answer, Approval, Frozen
from flagstaff.model.exposure import Exposure
from flagstaff.model.live import Raw
from flagstaff.model.rollout import StageName


@dataclass(frozen=True, slots=True)
class Standing:
    """How a store had a toggle: what decides its exposure, as `Dialect.gates` says it, and how many testers."""

    gates: Raw
    testers: int


@dataclass(frozen=True, slots=True)
class ToggleRecord:
    """A toggle as it was last applied. `created`: Flagstaff made it in the store.

    `standing` is what was read when that was verified; None: it was not kept.
    """

    key: str
    exposure: Exposure
    last_write_at: datetime | None = None
    change: str | None = None
    created: bool = False
    standing: Standing | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """A toggle that is not raised until it is released.

    `id` is of this one hold, `cause` the reason that was given ("" while nobody gave one). `of`: it went down
    because of that toggle's hold, and is released with it. `rollback` is the run that left it, `before` where the
    toggle stood, `testers` the actors that `-testers` took out, to be put back.
    """

    id: str
    cause: str
    at: datetime
    who: str
    of: Address | None = None
    rollback: str = ""
    before: Exposure | None = None
    testers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StageRecord:
    """A stage that had its Go.

    `toggles` and `least` (the exposure from which they count) are as they were then; least None: it moves no toggle.
    `started`: its first move was verified. `verified`: all of them were, and the soak clock runs since; None: it
    stands, for the reason in `stopped`. `served` is the longest that it ever ran in one piece. `run` is the apply
    that verified it last. `left`: it has no Go any more.
    """

    toggles: tuple[Address, ...] = ()
    least: Exposure | None = None
    meaning: str = ""
    started: datetime | None = None
    verified: datetime | None = None
    served: timedelta = timedelta(0)
    stopped: str = ""
    run: str = ""
    left: bool = False


@dataclass(frozen=True, slots=True)
class Recorded:
    """A projection of the state; `applied` and `guards` are as `plan.applied.written` and `plan.guards` wrote them.

    `baselines` are those of a rollout's monitors (rollout, monitor), frozen at its first move. `approvals` are
    decisions as they were written down, none of them verified; `answers` the last one for each subject.
    """

    lineage: str = ""
    serial: int = 0
    toggles: Mapping[Address, ToggleRecord] = field(default_factory=dict)
    holds: Mapping[Address, Hold] = field(default_factory=dict)
    applied: Mapping[str, Any] | None = None
    guards: Mapping[str, Any] | None = None
    stages: Mapping[StageName, StageRecord] = field(default_factory=dict)
    baselines: Mapping[tuple[Address, Address], Frozen] = field(default_factory=dict)
    answers: Mapping[Address, Answer] = field(default_factory=dict)
    approvals: tuple[Approval, ...] = ()
