"""Facts: what journal entries tell, one frozen class for each kind of entry. Pure.

The fields of a class, written as plain JSON (`state/fact_codec.py`), are the `data` of its entries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from flagstaff.addresses import Address
from flagstaff.model.evidence import Answer, Approval, Frozen, Reading
from flagstaff.model.exposure import Exposure
from flagstaff.model.live import Json, LiveExposure, Raw, Step
from flagstaff.model.recorded import Hold, Standing
from flagstaff.model.rollout import StageName
from flagstaff.plan.plan import Action
from flagstaff.state.store import LockInfo


class Outcome(StrEnum):
    """How a move ended. `unknown`: nobody can say what the store has now; the next run asks it."""

    APPLIED = "applied"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ApplyStarted:
    """`change` is the change id, `core` the plan's core as plain JSON."""

    change: str
    environment: str
    core: Json


@dataclass(frozen=True, slots=True)
class Intent:
    """Written before a move's first write. `gates` is the whole toggle as the store had it, testers included."""

    address: Address
    key: str
    action: Action
    before: LiveExposure | None
    after: Exposure | None
    steps: tuple[Step, ...] = ()
    gates: Raw | None = None
    change: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """How the move of an intent ended.

    `exposure` and `standing` are what was read then; None: not there, or not read.
    """

    address: Address
    key: str
    outcome: Outcome
    exposure: LiveExposure | None = None
    detail: str = ""
    standing: Standing | None = None


@dataclass(frozen=True, slots=True)
class ApplyFinished:
    """`counts`: moves by how they ended. `stopped`: why it was cut short, if it was."""

    counts: Mapping[str, int]
    stopped: str = ""


@dataclass(frozen=True, slots=True)
class Recovered:
    """What the store says of a move that was in flight when `of_run` ended."""

    address: Address
    key: str
    outcome: Outcome
    exposure: LiveExposure | None = None
    of_run: str = ""
    detail: str = ""
    standing: Standing | None = None


@dataclass(frozen=True, slots=True)
class Takeover:
    """The lease of a holder that had died, or let it expire, was taken over."""

    holder: LockInfo


@dataclass(frozen=True, slots=True)
class Imported:
    """A live toggle was adopted as it was; `since`: when it is said to have become so."""

    address: Address
    key: str
    exposure: Exposure
    since: datetime | None = None
    standing: Standing | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """A record was given another address, with its hold; `key` is its key from then on.

    Entries of this kind of one run in a row are made at once: two toggles may change places. They are
    written only while no move is in flight, as they are not the same when taken in twice.
    """

    source: Address
    target: Address
    key: str


@dataclass(frozen=True, slots=True)
class Removed:
    """A record was forgotten; the live toggle was left alone."""

    address: Address
    key: str


@dataclass(frozen=True, slots=True)
class Unlocked:
    """A person took the lease away from `holder`."""

    holder: LockInfo


@dataclass(frozen=True, slots=True)
class Trusted:
    """A person agreed to the first guards, written as `plan.guards` does."""

    guards: Mapping[str, Any]


class StageEvent(StrEnum):
    STARTED = "started"
    VERIFIED = "verified"
    STOPPED = "stopped"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class StageChanged:
    """A stage's first move was verified, or all were, or its clock stands, or it lost its Go.

    What stops a clock by itself (a move of ours below `least`, a hold) is not told again: folding sees it.
    `until`: when a clock that stands now is known to have run last; None: until now.
    """

    stage: StageName
    event: StageEvent
    toggles: tuple[Address, ...] = ()
    least: Exposure | None = None
    meaning: str = ""
    why: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class BaselineFrozen:
    """What a rollout's monitor is compared with from now on."""

    rollout: Address
    monitor: Address
    baseline: Frozen


@dataclass(frozen=True, slots=True)
class Measured:
    """A reading that a decision rested on: of an apply, or of a watch."""

    reading: Reading


@dataclass(frozen=True, slots=True)
class Answered:
    """A person's answer to a `manual` monitor, or a person's call of a trigger."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class Approved:
    """A decision, go or no-go, on a change."""

    approval: Approval


@dataclass(frozen=True, slots=True)
class RollbackStarted:
    """`targets` are what was named, as addresses; `to` the exposure they go down to. The entry's run is the id."""

    environment: str
    targets: tuple[str, ...]
    reason: str = ""
    to: Exposure | None = None
    trigger: Address | None = None


@dataclass(frozen=True, slots=True)
class RollbackFinished:
    counts: Mapping[str, int]
    stopped: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """A toggle is not raised from now on."""

    address: Address
    key: str
    hold: Hold


@dataclass(frozen=True, slots=True)
class Explained:
    """The reason of a rollback (the run that made it), given afterwards: the cause of all its holds."""

    rollback: str
    reason: str


@dataclass(frozen=True, slots=True)
class Released:
    """Holds are gone: the one with this id, and those of its dependents. `approval` is the owner's, over the id."""

    hold: str
    addresses: tuple[Address, ...]
    note: str
    approval: Approval | None = None


@dataclass(frozen=True, slots=True)
class Pushed:
    """A person put a state over the one with serial `over` (None: there was none), and what it says is so from then on.

    `document` is its text. Lineage and journal stay those of the place.
    """

    serial: int
    over: int | None
    document: str


@dataclass(frozen=True, slots=True)
class Migrated:
    """The state went from one place to another. It is the last entry of the place that was left, and there nothing
    more is written; in the other one an entry with `arrived` follows."""

    source: str
    target: str
    arrived: bool = False


Fact = (
    ApplyStarted
    | Intent
    | Result
    | ApplyFinished
    | Recovered
    | Takeover
    | Imported
    | Moved
    | Removed
    | Unlocked
    | Trusted
    | StageChanged
    | BaselineFrozen
    | Measured
    | Answered
    | Approved
    | RollbackStarted
    | RollbackFinished
    | Held
    | Explained
    | Released
    | Pushed
    | Migrated
)
