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
from flagstaff.model.exposure import Exposure
from flagstaff.model.recorded import Hold, ToggleRecord
from flagstaff.plan.plan import Action
from flagstaff.state.facts import (
    ApplyFinished,
    ApplyStarted,
    Fact,
    Imported,
    Intent,
    Moved,
    Outcome,
    Recovered,
    Removed,
    Result,
    Takeover,
    Trusted,
    Unlocked,
    decode_fact,
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
    return take_in(state, [(entry, _fact(entry)) for entry in taken])


def take_in(state: State, told: Sequence[Told]) -> Folded:
    """`fold` for entries that this process has just made: they are whole, and what they tell is known."""
    owners = {record.key: address for address, record in state.toggles.items()}
    work = _Work(dict(state.toggles), dict(state.holds), owners, state.guards)
    for number, (entry, fact) in enumerate(told):
        work.take(number, entry, fact)
    first = min((number for number, _ in work.open.values()), default=len(told))
    head = told[first - 1][0].hash if first else state.journal_head
    ordered = sorted(work.open.values(), key=lambda item: item[0])
    return Folded(
        state=replace(state, toggles=work.toggles, holds=work.holds, guards=work.guards, journal_head=head),
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
    open: dict[Address, tuple[int, InFlight]] = field(default_factory=dict)
    runs: dict[str, bool] = field(default_factory=dict)
    run: str = ""
    # Of the `moved` entries of a run in a row: where they put something, and what they found there.
    placed: set[Address] = field(default_factory=set)
    displaced: dict[Address, _Place] = field(default_factory=dict)

    def take(self, number: int, entry: Entry, fact: Fact) -> None:
        if not isinstance(fact, Moved) or entry.run != self.run:
            self.placed.clear()
            self.displaced.clear()
        self.run = entry.run
        match fact:
            case ApplyStarted():
                self.runs[entry.run] = True
            case ApplyFinished():
                self.runs[entry.run] = False
            case Intent(address):
                self.runs[entry.run] = True
                self.open[address] = (number, InFlight(address, fact, entry.run, entry.who, entry.time))
            case Result() | Recovered():
                self._settle(entry, fact)
            case Imported(address, key, exposure, since, standing):
                self.open.pop(address, None)
                self._put(address, ToggleRecord(key, exposure, since, None, self._created(key), standing))
            case Moved(source, target, key):
                self._move(source, target, key)
            case Removed(address):
                self.open.pop(address, None)
                self._drop(address)
            case Trusted(guards):
                self.guards = guards
            case Takeover() | Unlocked():
                pass
            case _:
                assert_never(fact)

    def _settle(self, entry: Entry, fact: Result | Recovered) -> None:
        """Record what a move left, as far as it was the move that left it.

        A value that no step of the move leaves was set by a hand: the record stays, and planning
        sees the difference as drift, which for a lower value is a hold.
        """
        if fact.address not in self.open:
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


def _is_ours(intent: Intent, read: Exposure) -> bool:
    """Whether the move can have left this: its end, or one of its steps. What was there before is not."""
    return read == intent.after or (read != intent.before and any(read == step.leaves for step in intent.steps))
