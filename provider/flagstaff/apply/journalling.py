"""Journalling: what an apply tells the journal, as facts, and the chain that they are added to."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from flagstaff import __version__
from flagstaff.apply.clock import Clock
from flagstaff.apply.events import Ended
from flagstaff.apply.verify import Seen, Settled, seen
from flagstaff.model.live import Snapshot
from flagstaff.plan.plan import Action, Move, Plan
from flagstaff.state.fact_codec import encode_fact
from flagstaff.state.facts import Fact, Imported, Intent, Moved, Outcome, Removed, Result
from flagstaff.state.journal import Entry, link
from flagstaff.state.recovery import fold
from flagstaff.state.state import State
from flagstaff.state.store import StateConflict, StateStore

# How often somebody else may be first before we give up.
TRIES: Final = 50


def _nobody(_: tuple[Entry, ...]) -> None:
    """Nobody wants to know what others wrote."""


@dataclass(slots=True)
class Journal:
    """One run's hand on the journal; `last` is the entry that the next one follows.

    Others may write, too: a rollback waits for no lease. `heard` is told of their entries before ours are put behind.
    """

    store: StateStore
    clock: Clock
    who: str
    run: str
    last: Entry | None
    heard: Callable[[tuple[Entry, ...]], None] = _nobody

    def append(self, facts: Iterable[Fact], at: datetime | None = None) -> tuple[Entry, ...]:
        """Write one or more durably, with one time for all, behind whatever is there; raises `StateError`."""
        listed = tuple(facts)
        for _ in range(TRIES):
            try:
                return self.append_once(listed, at)
            except StateConflict as error:
                conflict = error
            if not self.listen():
                break
        raise conflict

    def append_once(self, facts: Iterable[Fact], at: datetime | None = None) -> tuple[Entry, ...]:
        """The same, but a `StateConflict` where somebody else wrote since."""
        entries = link(self.last, map(encode_fact, facts), time=at or self.clock.now(), run=self.run, who=self.who)
        self.store.append(entries, entries[0].previous)
        self.last = entries[-1]
        return entries

    def listen(self) -> bool:
        """Take note of what others wrote since; whether there was anything."""
        entries = tuple(self.store.entries(self.last.hash if self.last else None))
        if entries:
            self.last = entries[-1]
            self.heard(entries)
        return bool(entries)


def record(store: StateStore, facts: Iterable[Fact], *, clock: Clock, who: str, run: str) -> State:
    """Write facts down and save the state that they lead to, whoever else writes meanwhile; raises `StateError`."""
    Journal(store, clock, who, run, store.last()).append(facts)
    return bring_up(store)


def bring_up(store: StateStore, *, lineage: str = "", serial: int = 0) -> State:
    """Save the state that the journal tells of, unless it is saved already; raises `StateError`.

    `lineage` is for a state that is not there yet, `serial` the least that the new one gets.
    """
    for _ in range(TRIES):
        state, token = store.load()
        base = state or State(lineage=lineage or str(uuid.uuid4()))
        folded = fold(base, store.entries(base.journal_head or None)).state
        if state is not None and folded == state and state.serial >= serial:
            return state
        after = replace(folded, serial=max(base.serial + 1, serial), tool=__version__)
        try:
            store.save(after, token)
        except StateConflict as error:
            conflict = error
        else:
            return after
    raise conflict


def intent_fact(move: Move, snapshot: Snapshot, change: str) -> Intent:
    return Intent(
        address=move.address,
        key=move.key,
        action=move.action,
        before=move.before,
        after=move.after,
        steps=move.steps,
        gates=snapshot.toggles.get(move.key),
        change=change,
    )


def result_fact(move: Move, settled: Settled) -> Result:
    """A value that was not read leaves the move open. One that another hand set, though the move
    might have, is told in words only: what a result says of the exposure may be recorded."""
    if settled.seen is None:
        outcome = Outcome.UNKNOWN
    else:
        outcome = Outcome.APPLIED if settled.ended is Ended.APPLIED else Outcome.FAILED
    told = settled.ours or seen(move, settled.live) in {Seen.BEFORE, Seen.OTHER}
    live, standing = (settled.live, settled.standing) if told else (None, None)
    return Result(move.address, move.key, outcome, live, settled.detail, standing)


def record_facts(plan: Plan, state: State) -> tuple[Fact, ...]:
    """What is forgotten, then what moves, then what is adopted: a record may come to a place that another leaves."""
    changes, standings = plan.core.records, plan.observed.standings
    forgotten = (
        Removed(change.moved_from or change.address, change.key) for change in changes if change.action is Action.FORGET
    )
    moved = (
        Moved(change.moved_from, change.address, change.key)
        for change in changes
        if change.action is not Action.FORGET and change.moved_from is not None and change.moved_from in state.toggles
    )
    adopted = (
        Imported(change.address, change.key, change.exposure, standing=standings.get(str(change.address)))
        for change in changes
        if change.action is Action.ADOPT and change.exposure is not None
    )
    return (*forgotten, *moved, *adopted)
