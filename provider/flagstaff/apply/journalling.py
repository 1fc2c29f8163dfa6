"""Journalling: what an apply tells the journal, as facts, and the chain that they are added to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flagstaff.apply.clock import Clock
from flagstaff.apply.events import Ended
from flagstaff.apply.verify import Seen, Settled, seen
from flagstaff.model.live import Snapshot
from flagstaff.plan.plan import Action, Move, Plan
from flagstaff.state.facts import Fact, Imported, Intent, Moved, Outcome, Removed, Result, encode_fact
from flagstaff.state.journal import Entry, link
from flagstaff.state.state import State
from flagstaff.state.store import StateStore


@dataclass(slots=True)
class Journal:
    """One run's hand on the journal; `last` is the entry that the next one follows."""

    store: StateStore
    clock: Clock
    who: str
    run: str
    last: Entry | None

    def append(self, facts: Iterable[Fact], at: datetime | None = None) -> tuple[Entry, ...]:
        """Write one or more durably, with one time for all; raises `StateError`."""
        entries = link(self.last, map(encode_fact, facts), time=at or self.clock.now(), run=self.run, who=self.who)
        self.store.append(entries, entries[0].previous)
        self.last = entries[-1]
        return entries


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
