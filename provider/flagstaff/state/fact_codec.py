"""Facts as the data of journal entries, and back. Pure: reading never guesses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flagstaff.model.evidence import Answer, Approval, Decision, Frozen, Reading, Verdict
from flagstaff.model.live import Json, Step
from flagstaff.model.recorded import Hold, StageRecord, Standing, ToggleRecord
from flagstaff.model.rollout import StageName
from flagstaff.plan.plan import Action
from flagstaff.state.facts import (
    Answered,
    ApplyFinished,
    ApplyStarted,
    Approved,
    BaselineFrozen,
    Explained,
    Fact,
    Held,
    Imported,
    Intent,
    Measured,
    Migrated,
    Moved,
    Outcome,
    Pushed,
    Recovered,
    Released,
    Removed,
    Result,
    RollbackFinished,
    RollbackStarted,
    StageChanged,
    StageEvent,
    Takeover,
    Trusted,
    Unlocked,
)
from flagstaff.state.forms import (
    ADDRESS,
    BOOLEAN,
    DECIMAL,
    EXPOSURE,
    INTEGER,
    JSON,
    LIVE,
    OBJECT,
    SECONDS,
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


def _decode_stage_name(value: Json) -> StageName:
    try:
        return StageName.parse(TEXT.decode(value))
    except ValueError as error:
        raise Misfit(str(error)) from None


LOCK_INFO: Final = record(LockInfo, id=TEXT, operation=TEXT, who=TEXT, host=TEXT, pid=INTEGER, created=TIME, tool=TEXT)
_STANDING: Final = later(optional(record(Standing, gates=OBJECT, testers=INTEGER)))
TOGGLE: Final = record(
    ToggleRecord,
    key=TEXT,
    exposure=EXPOSURE,
    last_write_at=optional(TIME),
    change=optional(TEXT),
    created=BOOLEAN,
    standing=_STANDING,
)
HOLD: Final = record(
    Hold,
    id=TEXT,
    cause=TEXT,
    at=TIME,
    who=TEXT,
    of=later(optional(ADDRESS)),
    rollback=later(TEXT),
    before=later(optional(EXPOSURE)),
    testers=later(sequence(TEXT)),
)
STAGE: Final = record(
    StageRecord,
    toggles=sequence(ADDRESS),
    least=optional(EXPOSURE),
    meaning=TEXT,
    started=optional(TIME),
    verified=optional(TIME),
    served=SECONDS,
    stopped=TEXT,
    run=TEXT,
    left=BOOLEAN,
)
STAGE_NAME: Final = Form(str, _decode_stage_name)
FROZEN: Final = record(
    Frozen,
    measured=DECIMAL,
    at=TIME,
    numerator=optional(DECIMAL),
    samples=optional(DECIMAL),
    start=optional(TIME),
    end=optional(TIME),
    query=TEXT,
)
ANSWER: Final = record(Answer, subject=ADDRESS, verdict=choice(Verdict), who=TEXT, at=TIME, until=TIME, note=TEXT)
APPROVAL: Final = record(
    Approval,
    change=TEXT,
    role=ADDRESS,
    decision=choice(Decision),
    principal=TEXT,
    at=TIME,
    expires=TIME,
    note=TEXT,
    message=TEXT,
    signature=TEXT,
    via=TEXT,
)
READING: Final = record(
    Reading,
    monitor=ADDRESS,
    verdict=choice(Verdict),
    at=TIME,
    reason=TEXT,
    query=TEXT,
    start=optional(TIME),
    end=optional(TIME),
    measured=optional(DECIMAL),
    numerator=optional(DECIMAL),
    samples=optional(DECIMAL),
    baseline=optional(FROZEN),
    low=optional(DECIMAL),
    high=optional(DECIMAL),
    method=TEXT,
    fresh=BOOLEAN,
)
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
    "stage_changed": StageChanged,
    "baseline_frozen": BaselineFrozen,
    "measured": Measured,
    "answered": Answered,
    "approved": Approved,
    "rollback_started": RollbackStarted,
    "rollback_finished": RollbackFinished,
    "held": Held,
    "explained": Explained,
    "released": Released,
    "pushed": Pushed,
    "migrated": Migrated,
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
    "stage_changed": {
        "stage": STAGE_NAME,
        "event": choice(StageEvent),
        "toggles": sequence(ADDRESS),
        "least": optional(EXPOSURE),
        "meaning": TEXT,
        "why": TEXT,
        "until": later(optional(TIME)),
    },
    "baseline_frozen": {"rollout": ADDRESS, "monitor": ADDRESS, "baseline": FROZEN},
    "measured": {"reading": READING},
    "answered": {"answer": ANSWER},
    "approved": {"approval": APPROVAL},
    "rollback_started": {
        "environment": TEXT,
        "targets": sequence(TEXT),
        "reason": TEXT,
        "to": optional(EXPOSURE),
        "trigger": optional(ADDRESS),
    },
    "rollback_finished": {"counts": mapping(TEXT, INTEGER), "stopped": TEXT},
    "held": {"address": ADDRESS, "key": TEXT, "hold": HOLD},
    "explained": {"rollback": TEXT, "reason": TEXT},
    "released": {"hold": TEXT, "addresses": sequence(ADDRESS), "note": TEXT, "approval": optional(APPROVAL)},
    "pushed": {"serial": INTEGER, "over": optional(INTEGER), "document": TEXT},
    "migrated": {"source": TEXT, "target": TEXT, "arrived": BOOLEAN},
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
