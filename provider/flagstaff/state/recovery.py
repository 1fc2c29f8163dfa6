"""Recovery: what the journal tells behind the state's head, taken into the state. Pure.

The only way from entries to records: a running apply uses it for what it saves, the next run for
what a killed one left. Taking in the same entries twice changes nothing, so the head may stay in
front of a move that is in flight, until a result or a `recovered` entry settles it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, assert_never

from flagstaff.addresses import Address
from flagstaff.model.evidence import Answer, Approval, Decision, Frozen
from flagstaff.model.exposure import Exposure
from flagstaff.model.recorded import Hold, StageRecord, ToggleRecord
from flagstaff.model.rollout import StageName
from flagstaff.plan.plan import Action
from flagstaff.state import stage_clock
from flagstaff.state.codec import decode_state
from flagstaff.state.fact_codec import decode_fact
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
    Takeover,
    Trusted,
    Unlocked,
)
from flagstaff.state.forms import Misfit
from flagstaff.state.journal import Entry, flaws_of
from flagstaff.state.state import State
from flagstaff.state.store import StateError


@dataclass(frozen=True, slots=True)
class InFlight:
    """A move that was begun and not seen to end: the store must be asked.

    `address` is the toggle's now, should it have been moved since; `intent` holds what the move
    was to do and the toggle as it was before. `told`: what its run had to say of it.
    """

    address: Address
    intent: Intent
    run: str
    who: str
    time: datetime
    told: str = ""


# An entry with what it tells.
Told = tuple[Entry, Fact]


@dataclass(frozen=True, slots=True)
class Folded:
    """`state` has the records of all entries; its serial is untouched.

    Its head is the last entry's or, while moves are in flight, that of the entry before the first
    of them; `pending` are the entries behind that. `interrupted` are the runs, in order, that
    did not finish (one of them may be running now). `last` is the journal's last entry.
    """

    state: State
    in_flight: tuple[InFlight, ...]
    interrupted: tuple[str, ...]
    pending: tuple[Entry, ...]
    last: Entry | None


def in_flight(state: State, entries: Iterable[Entry]) -> tuple[InFlight, ...]:
    """The moves that the entries behind the state's head leave open, in the order of the journal."""
    return fold(state, entries).in_flight


def fold(state: State, entries: Iterable[Entry]) -> Folded:
    """Take in the entries behind the state's head.

    Raises `StateError` where they don't follow on from it, or one of them can't be understood.
    """
    taken = tuple(entries)
    _check(state, taken)
    return take_in(state, told_by(taken))


def told_by(entries: Iterable[Entry]) -> tuple[Told, ...]:
    """The entries with what they tell; raises `StateError` where one can't be understood."""
    return tuple((entry, _fact(entry)) for entry in entries)


def take_in(state: State, told: Sequence[Told]) -> Folded:
    """`fold` for entries that this process has just made: they are whole, and what they tell is known."""
    work = _Work.of(state)
    for number, (entry, fact) in enumerate(told):
        work.take(number, entry, fact)
    work.end_moves()
    first = min((number for number, _ in work.open.values()), default=len(told))
    head = told[first - 1][0].hash if first else state.journal_head
    ordered = sorted(work.open.values(), key=lambda item: item[0])
    return Folded(
        state=replace(state, **work.parts(), journal_head=head),
        in_flight=tuple(move for _, move in ordered),
        interrupted=tuple(run for run, unfinished in work.runs.items() if unfinished),
        pending=tuple(entry for entry, _ in told[first:]),
        last=told[-1][0] if told else None,
    )


def _check(state: State, entries: tuple[Entry, ...]) -> None:
    """The entries are a chain that starts at the state's head."""
    previous, sequence = state.journal_head, None if state.journal_head else 1
    for entry in entries:
        for flaw in flaws_of(entry, previous, sequence):
            raise StateError(
                "Journal is damaged",
                f"Journal, {flaw}. Nothing was changed. `flagstaff journal verify` lists every flaw; restore the "
                "journal from a copy before going on.",
            )
        previous, sequence = entry.hash, entry.sequence + 1


def _fact(entry: Entry) -> Fact:
    try:
        return decode_fact(entry.kind, entry.data)
    except Misfit as misfit:
        raise StateError(
            "Journal entry is not understood",
            f"Entry {entry.sequence} ({entry.kind}): {misfit.sentence} It may come from a newer version of Flagstaff; "
            "use that one. Nothing was changed.",
        ) from None


@dataclass(slots=True)
class _Work:
    toggles: dict[Address, ToggleRecord]
    holds: dict[Address, Hold]
    # Which address has the record of a key.
    owners: dict[str, Address]
    guards: Mapping[str, Any] | None
    stages: dict[StageName, StageRecord] = field(default_factory=dict)
    baselines: dict[tuple[Address, Address], Frozen] = field(default_factory=dict)
    answers: dict[Address, Answer] = field(default_factory=dict)
    approvals: tuple[Approval, ...] = ()
    open: dict[Address, tuple[int, InFlight]] = field(default_factory=dict)
    runs: dict[str, bool] = field(default_factory=dict)
    run: str = ""
    # Of the `moved` entries of a run in a row: where they put something, and what they found there.
    placed: set[Address] = field(default_factory=set)
    displaced: dict[Address, _Place] = field(default_factory=dict)
    new_names: dict[Address, Address] = field(default_factory=dict)
    unmoved: dict[StageName, StageRecord] = field(default_factory=dict)
    # What only a pushed state changes.
    pushed: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, state: State) -> _Work:
        owners = {record.key: address for address, record in state.toggles.items()}
        return cls(
            toggles=dict(state.toggles),
            holds=dict(state.holds),
            owners=owners,
            guards=state.guards,
            stages=dict(state.stages),
            baselines=dict(state.baselines),
            answers=dict(state.answers),
            approvals=state.approvals,
        )

    def parts(self) -> dict[str, Any]:
        """The fields of the state that entries change."""
        names = ("toggles", "holds", "guards", "stages", "baselines", "answers", "approvals")
        return {**{name: getattr(self, name) for name in names}, **self.pushed}

    def take(self, number: int, entry: Entry, fact: Fact) -> None:
        if not isinstance(fact, Moved) or entry.run != self.run:
            self.end_moves()
        self.run = entry.run
        match fact:
            case ApplyStarted() | RollbackStarted():
                self.runs[entry.run] = True
            case ApplyFinished() | RollbackFinished():
                self.runs[entry.run] = False
            case Intent(address):
                self.runs[entry.run] = True
                self.open[address] = (number, InFlight(address, fact, entry.run, entry.who, entry.time))
            case Result() | Recovered():
                self._settle(entry, fact)
            case Imported(address, key, exposure, since, standing):
                self.open.pop(address, None)
                stage_clock.lowered(self.stages, address, exposure, self._last_ours(address, entry.time))
                self._put(address, ToggleRecord(key, exposure, since, None, self._created(key), standing))
            case Moved(source, target, key):
                self._move(source, target, key)
            case Removed(address):
                self.open.pop(address, None)
                self._drop(address)
            case Trusted(guards):
                self.guards = guards
            case Pushed(document=document):
                self._push(decode_state(document, f"The state in entry {entry.sequence} of the journal"))
            case Takeover() | Unlocked() | Migrated() | Measured():
                pass
            case _:
                self._evidence(entry, fact)

    def end_moves(self) -> None:
        """The moves in a row are over: a toggle that went down with another is released with it by its new name."""
        if self.new_names:
            self._rename_causes(self.new_names)
        self.placed.clear()
        self.displaced.clear()
        self.new_names.clear()
        self.unmoved = self.stages

    def _rename_causes(self, names: Mapping[Address, Address]) -> None:
        for address, hold in self.holds.items():
            if hold.of is not None and hold.of in names:
                self.holds[address] = replace(hold, of=names[hold.of])

    def _evidence(
        self,
        entry: Entry,
        fact: StageChanged | BaselineFrozen | Answered | Approved | Held | Explained | Released,
    ) -> None:
        """What a rollout rests on: taken in a second time it makes no difference."""
        match fact:
            case StageChanged():
                stage_clock.change(self.stages, fact, entry.time, entry.run)
            case BaselineFrozen(rollout, monitor, baseline):
                self.baselines.setdefault((rollout, monitor), baseline)
            case Answered(answer):
                self.answers[answer.subject] = answer
            case Approved(approval):
                kept = (one for one in self.approvals if _counts(one, approval, entry.time))
                self.approvals = (*kept, approval)
            case Held(address, _, hold):
                self.holds[address] = hold
                stage_clock.stop(self.stages, address, entry.time, f"{address} was rolled back")
            case Explained(rollback, reason):
                for address, hold in self.holds.items():
                    if hold.rollback == rollback:
                        self.holds[address] = replace(hold, cause=reason)
            case Released(addresses=addresses):
                for address in addresses:
                    self.holds.pop(address, None)
            case _:
                assert_never(fact)

    def _push(self, state: State) -> None:
        """All is as that state says. No move is in flight then."""
        new = _Work.of(state)
        self.open.clear()
        self.owners = new.owners
        for name, value in new.parts().items():
            setattr(self, name, value)
        self.pushed = {"environment": state.environment, "applied": state.applied}

    def _settle(self, entry: Entry, fact: Result | Recovered) -> None:
        """Record what a move left, as far as it was the move that left it.

        A value that no step of the move leaves was set by a hand: the record stays, and planning
        sees the difference as drift, which for a lower value is a hold.
        """
        if fact.address not in self.open:
            self._late(entry, fact)
            return
        number, move = self.open[fact.address]
        if fact.outcome is Outcome.UNKNOWN:
            self.open[fact.address] = (number, replace(move, told=fact.detail))
            return
        del self.open[fact.address]
        intent, read = move.intent, fact.exposure
        if read is None and intent.action is Action.DELETE and fact.outcome is Outcome.APPLIED:
            self._drop(fact.address)
        elif isinstance(read, Exposure) and _is_ours(intent, read):
            created = intent.action is Action.CREATE or self._created(intent.key)
            self._put(fact.address, ToggleRecord(intent.key, read, entry.time, intent.change, created, fact.standing))
            stage_clock.lowered(self.stages, fact.address, read, entry.time)

    def _late(self, entry: Entry, fact: Result | Recovered) -> None:
        """A run was taken for dead and its move for open, and it ended that move all the same: so it is ours."""
        record = self.toggles.get(fact.address)
        applied = isinstance(fact, Result) and fact.outcome is Outcome.APPLIED
        if applied and record is not None and record.key == fact.key and isinstance(fact.exposure, Exposure):
            seen = replace(record, exposure=fact.exposure, last_write_at=entry.time, standing=fact.standing)
            self.toggles[fact.address] = seen
            stage_clock.lowered(self.stages, fact.address, fact.exposure, entry.time)

    def _last_ours(self, address: Address, now: datetime) -> datetime:
        """When a toggle that a hand may have changed is known to have been as we left it."""
        record = self.toggles.get(address)
        return record.last_write_at or now if record else now

    def _created(self, key: str) -> bool:
        """Whether the live toggle is known to have been made by us."""
        owner = self.owners.get(key)
        return owner is not None and self.toggles[owner].created

    def _put(self, address: Address, record: ToggleRecord) -> None:
        """A live toggle has one record: another address that had it (of a renamed block) loses it, and its hold."""
        self._drop(address)
        other = self.owners.get(record.key)
        if other is not None:
            self._drop(other)
            if other in self.holds:
                self.holds.setdefault(address, self.holds.pop(other))
                self._rename_causes({other: address})
        self.toggles[address] = record
        self.owners[record.key] = address

    def _drop(self, address: Address) -> ToggleRecord | None:
        record = self.toggles.pop(address, None)
        if record is not None:
            del self.owners[record.key]
        return record

    def _move(self, source: Address, target: Address, key: str) -> None:
        """Moves in a row are made at once: each takes what was at its source before the first of them."""
        moved = self.displaced.pop(source, None) or self._lift(source)
        if target not in self.placed and target in self.toggles:
            self.displaced[target] = self._lift(target)
        self.placed.add(target)
        self.new_names[source] = target
        self.stages = stage_clock.renamed(self.unmoved, self.new_names)
        if moved.record is not None:
            self._put(target, replace(moved.record, key=key))
        if moved.hold is not None:
            self.holds[target] = moved.hold
        if moved.open is not None:
            number, move = moved.open
            self.open[target] = (number, replace(move, address=target))

    def _lift(self, address: Address) -> _Place:
        return _Place(self._drop(address), self.holds.pop(address, None), self.open.pop(address, None))


@dataclass(frozen=True, slots=True)
class _Place:
    """All that is known under one address."""

    record: ToggleRecord | None
    hold: Hold | None
    open: tuple[int, InFlight] | None


def _counts(old: Approval, new: Approval, now: datetime) -> bool:
    """Whether it is kept beside a new one. Neither is verified: what the new one says takes nothing away."""
    return old != new and (old.decision is Decision.NO_GO or old.expires > now)


def _is_ours(intent: Intent, read: Exposure) -> bool:
    """Whether the move can have left this: its end, or one of its steps. What was there before is not."""
    return read == intent.after or (read != intent.before and any(read == step.leaves for step in intent.steps))
