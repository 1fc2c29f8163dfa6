"""Facts: what journal entries tell, one frozen class for each kind of entry. Pure.

The fields of a class, written as plain JSON, are the `data` of its entries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from flagstaff.addresses import Address
from flagstaff.model.exposure import Exposure
from flagstaff.model.live import Json, LiveExposure, Raw, Step
from flagstaff.model.recorded import Hold, Standing, ToggleRecord
from flagstaff.plan.plan import Action
from flagstaff.state.forms import (
    ADDRESS,
    BOOLEAN,
    EXPOSURE,
    INTEGER,
    JSON,
    LIVE,
    OBJECT,
    TEXT,
    TIME,
    Form,
    Misfit,
    choice,
    later,
    mapping,
    no_such,
    optional,
    record,
    sequence,
)
from flagstaff.state.journal import KINDS
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
)

LOCK_INFO: Final = record(LockInfo, id=TEXT, operation=TEXT, who=TEXT, host=TEXT, pid=INTEGER, created=TIME, tool=TEXT)
_STANDING: Final = later(record(Standing, gates=OBJECT, testers=INTEGER))
TOGGLE: Final = record(
    ToggleRecord,
    key=TEXT,
    exposure=EXPOSURE,
    last_write_at=optional(TIME),
    change=optional(TEXT),
    created=BOOLEAN,
    standing=_STANDING,
)
HOLD: Final = record(Hold, id=TEXT, cause=TEXT, at=TIME, who=TEXT)
_STEP: Final = record(Step, key=TEXT, operation=TEXT, value=JSON, leaves=EXPOSURE)
_LIVE: Final = optional(LIVE)
_OUTCOME: Final = choice(Outcome)
_CLASSES: Final[Mapping[str, type[Any]]] = {
    "apply_started": ApplyStarted,
    "intent": Intent,
    "result": Result,
    "apply_finished": ApplyFinished,
    "recovered": Recovered,
    "takeover": Takeover,
    "imported": Imported,
    "moved": Moved,
    "removed": Removed,
    "unlocked": Unlocked,
    "trusted": Trusted,
}
_FIELDS: Final[Mapping[str, Mapping[str, Form[Any]]]] = {
    "apply_started": {"change": TEXT, "environment": TEXT, "core": JSON},
    "intent": {
        "address": ADDRESS,
        "key": TEXT,
        "action": choice(Action),
        "before": _LIVE,
        "after": optional(EXPOSURE),
        "steps": sequence(_STEP),
        "gates": optional(OBJECT),
        "change": optional(TEXT),
    },
    "result": {
        "address": ADDRESS,
        "key": TEXT,
        "outcome": _OUTCOME,
        "exposure": _LIVE,
        "detail": TEXT,
        "standing": _STANDING,
    },
    "apply_finished": {"counts": mapping(TEXT, INTEGER), "stopped": TEXT},
    "recovered": {
        "address": ADDRESS,
        "key": TEXT,
        "outcome": _OUTCOME,
        "exposure": _LIVE,
        "of_run": TEXT,
        "detail": TEXT,
        "standing": _STANDING,
    },
    "takeover": {"holder": LOCK_INFO},
    "imported": {
        "address": ADDRESS,
        "key": TEXT,
        "exposure": EXPOSURE,
        "since": optional(TIME),
        "standing": _STANDING,
    },
    "moved": {"source": ADDRESS, "target": ADDRESS, "key": TEXT},
    "removed": {"address": ADDRESS, "key": TEXT},
    "unlocked": {"holder": LOCK_INFO},
    "trusted": {"guards": OBJECT},
}
_FORMS: Final[Mapping[str, Form[Any]]] = {kind: record(type_, **_FIELDS[kind]) for kind, type_ in _CLASSES.items()}
_KINDS: Final[Mapping[type[Any], str]] = {type_: kind for kind, type_ in _CLASSES.items()}


def encode_fact(fact: Fact) -> tuple[str, Mapping[str, Any]]:
    """The kind and the data of its entry."""
    kind = _KINDS[type(fact)]
    return kind, _FORMS[kind].encode(fact)


def decode_fact(kind: str, data: Mapping[str, Any]) -> Fact:
    """Raises `Misfit`, also for a kind that this version does not know."""
    if kind not in _FORMS:
        raise Misfit(no_such(f'kind of entry "{kind}" in this version', kind, KINDS))
    fact: Fact = _FORMS[kind].decode(data)
    return fact
