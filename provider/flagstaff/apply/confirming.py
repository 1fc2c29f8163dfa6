"""Confirming: what a person did by hand is verified against what was read, and recorded as an apply would.

Only what stands where its move leaves it, and whose record is still as planned, is recorded. What is
open or stands elsewhere is told, and left to the next plan.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from flagstaff.addresses import Address
from flagstaff.apply.clock import Clock
from flagstaff.apply.events import Ended, MoveResult
from flagstaff.apply.ledger import Ledger
from flagstaff.apply.options import Options
from flagstaff.apply.preconditions import compare_record, live_of, value
from flagstaff.apply.prepare import Prepared, check_lineage
from flagstaff.apply.verify import Seen, Settled, seen
from flagstaff.diagnostics import Failure
from flagstaff.model.live import Dialect, LiveExposure, Raw, Snapshot
from flagstaff.model.recorded import Recorded, Standing, ToggleRecord
from flagstaff.model.times import exactly
from flagstaff.plan.codec import change_id
from flagstaff.plan.drift import standing_of
from flagstaff.plan.plan import Move, Plan, Precondition
from flagstaff.providers.protocols import StoreError
from flagstaff.state.store import StateStore


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the toggles were at `taken_at`; None: the store had no such toggle.

    `whole`: what isn't in it isn't in the store, either; else nothing is known of that. `source` says in a message
    where it comes from; `actors` how many there were, where it does not tell who.
    """

    toggles: Mapping[str, Raw | None]
    taken_at: datetime
    source: str
    whole: bool
    actors: Mapping[str, int] = field(default_factory=dict)

    def knows(self, key: str) -> bool:
        return self.whole or key in self.toggles

    def standing(self, key: str, dialect: Dialect) -> Standing | None:
        raw = self.toggles.get(key)
        found = standing_of(raw, dialect)
        if found is None or key not in self.actors:
            return found
        return replace(found, testers=found.testers + self.actors[key])


@dataclass(frozen=True, slots=True)
class EvidenceReader:
    """A reader of it, for recovering what an earlier run left open."""

    evidence: Evidence
    read_at: datetime

    def read(self, keys: Collection[str] | None = None) -> Snapshot:
        unknown = sorted(key for key in keys or () if not self.evidence.knows(key))
        if unknown:
            raise StoreError(
                "Moves are in flight",
                f"An earlier run left moves open, and {self.evidence.source} says nothing of "
                f"{', '.join(unknown)}. Confirm with an export of all toggles.",
            )
        toggles = {key: raw for key, raw in self.evidence.toggles.items() if raw is not None}
        wanted = toggles if keys is None else {key: toggles[key] for key in keys if key in toggles}
        return Snapshot(wanted, self.read_at, self.evidence.taken_at)


class Verdict(StrEnum):
    """What is true of a move: done and recorded now, or before; not done; elsewhere; done, but the state went on;
    not in the evidence."""

    CONFIRMED = "confirmed"
    RECORDED = "recorded before"
    OPEN = "open"
    DRIFT = "drift"
    OVERTAKEN = "overtaken"
    UNSEEN = "not seen"


@dataclass(frozen=True, slots=True)
class Verified:
    """`detail` says why it is not confirmed."""

    move: Move
    verdict: Verdict
    live: LiveExposure | None
    detail: str = ""

    @property
    def settled(self) -> bool:
        return self.verdict in {Verdict.CONFIRMED, Verdict.RECORDED}


@dataclass(frozen=True, slots=True)
class Confirmation:
    """All moves of the plan, in its order. `serial` is the state's; `recorded`: how many were recorded now."""

    moves: tuple[Verified, ...]
    serial: int
    recorded: int

    @property
    def complete(self) -> bool:
        return all(one.settled for one in self.moves)


def verify(plan: Plan, evidence: Evidence, dialect: Dialect, recorded: Recorded) -> tuple[Verified, ...]:
    """Every move of the plan against what was read, and against the state. Pure."""
    preconditions = {one.address: one for one in plan.core.preconditions}
    came_from = {change.address: change.moved_from for change in plan.core.records}

    def look(move: Move) -> Verified:
        """A toggle with a new address may be recorded in two places."""
        places = (move.address, came_from.get(move.address) or move.address)
        return _verify(move, evidence, dialect, recorded, preconditions[move.address], places)

    return tuple(map(look, plan.core.moves))


def _verify(
    move: Move,
    evidence: Evidence,
    dialect: Dialect,
    recorded: Recorded,
    planned: Precondition,
    places: tuple[Address, Address],
) -> Verified:
    if not evidence.knows(move.key):
        return Verified(move, Verdict.UNSEEN, None, f"{evidence.source} says nothing of it.")
    live = live_of(evidence.toggles.get(move.key), dialect)
    where = seen(move, live)
    match where:
        case Seen.BEFORE:
            return Verified(move, Verdict.OPEN, live)
        case Seen.BETWEEN | Seen.OTHER:
            detail = f"It is {value(live)}, neither {value(move.before)} as before nor {value(move.after)} as planned."
            return Verified(move, Verdict.DRIFT, live, detail)
        case Seen.AFTER:
            verdict, detail = _against_record(move, recorded, planned, places)
            return Verified(move, verdict, live, detail)
        case _:
            assert_never(where)


def _against_record(
    move: Move, recorded: Recorded, planned: Precondition, places: tuple[Address, Address]
) -> tuple[Verdict, str]:
    records = [recorded.toggles.get(place) for place in places]
    if _is_recorded(move, planned, records):
        return Verdict.RECORDED, ""
    mismatch = compare_record(planned, records, [recorded.holds.get(place) for place in places])
    if mismatch is not None:
        return Verdict.OVERTAKEN, f"It is as planned, but the state has changed since. {mismatch}"
    return Verdict.CONFIRMED, ""


def _is_recorded(move: Move, planned: Precondition, records: Sequence[ToggleRecord | None]) -> bool:
    """Whether the end of the move was recorded since the plan was made."""
    record = records[0]
    if move.after is None:
        return planned.recorded is not None and not any(records)
    if record is None or record.key != move.key or record.exposure != move.after:
        return False
    return record != planned.recorded


def confirm(
    plan: Plan, evidence: Evidence, dialect: Dialect, store: StateStore, clock: Clock, options: Options
) -> Confirmation:
    """Record what is confirmed, under the caller's lease and behind `recover`; without any, nothing is written.

    Raises `Failure` where the state is another one, and `StateError`.
    """
    state, token = store.load()
    change = change_id(plan.core)
    begun = state is not None and any(record.change == change for record in state.toggles.values())
    if plan.core.lineage or not begun:
        check_lineage(plan, state)
    found = verify(plan, evidence, dialect, Recorded() if state is None else state.recorded)
    done = [one for one in found if one.verdict is Verdict.CONFIRMED]
    if not done:
        return Confirmation(found, 0 if state is None else state.serial, 0)
    ledger = Ledger.begin(plan, Prepared(state, token), store, clock, options, again=begun)
    _record(ledger, done, evidence, dialect)
    ledger.finish([_result(one) for one in found if one.verdict is not Verdict.RECORDED], "")
    return Confirmation(found, ledger.state.serial, len(done))


def _record(ledger: Ledger, done: Sequence[Verified], evidence: Evidence, dialect: Dialect) -> None:
    """The intents have the gates as planned, as nobody of ours saw the toggles before they were written."""
    now = ledger.journal.clock.now()
    before = {one.move.key: one.move.gates for one in done if one.move.gates is not None}
    ledger.intend([one.move for one in done], Snapshot(before, now))
    age = max(0, round((now - evidence.taken_at).total_seconds()))
    detail = (
        f"Done by hand. Confirmed with {evidence.source}, taken {exactly(evidence.taken_at, ledger.plan.core.zone)}, "
        f"{age} s before this."
    )
    ends = [(one.move, _settled(one, detail, evidence.standing(one.move.key, dialect))) for one in done]
    # It has been so since the evidence was taken at the latest; no other clock runs ahead of ours.
    ledger.settle(ends, min(evidence.taken_at, now))


def _settled(one: Verified, detail: str, standing: Standing | None) -> Settled:
    return Settled(Ended.APPLIED, detail, one.live, Seen.AFTER, ours=True, standing=standing)


def _result(one: Verified) -> MoveResult:
    ended = Ended.APPLIED if one.settled else Ended.NOT_STARTED
    return MoveResult(one.move, ended, one.detail, one.live)


def check_evidence(plan: Plan, evidence: Evidence) -> None:
    """Refuse what was read before the plan was made; raises `Failure`. Seconds count: an export may be cut to them."""
    made, zone = plan.observed.created, plan.core.zone
    if evidence.taken_at >= made.replace(microsecond=0):
        return
    raise Failure.error(
        "Evidence is older than the plan",
        f"{evidence.source[:1].upper()}{evidence.source[1:]} was taken {exactly(evidence.taken_at, zone)}, and "
        f"the plan was made {exactly(made, zone)}. It can't tell what was done since: export the toggles again.",
    )
