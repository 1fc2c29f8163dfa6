"""Recovering: what runs left open that ended before they could tell.

For each move in flight the store says what is true: as planned, as before, where one of the
move's steps leaves it, or none of these. The last is not recorded, so that planning sees it as drift.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from functools import partial
from typing import Final

from flagstaff import __version__
from flagstaff.apply.clock import Clock
from flagstaff.apply.events import Listener, Recovered
from flagstaff.apply.journalling import TRIES
from flagstaff.apply.preconditions import live_of, value
from flagstaff.apply.verify import Seen, seen
from flagstaff.diagnostics import Diagnostic, Failure, Severity
from flagstaff.model.live import LiveExposure
from flagstaff.model.recorded import Standing
from flagstaff.model.times import moment, zone_in
from flagstaff.plan.drift import standing_of
from flagstaff.providers.protocols import Provider, StoreError
from flagstaff.state import facts
from flagstaff.state.fact_codec import encode_fact
from flagstaff.state.facts import Fact, Outcome
from flagstaff.state.journal import Entry, link
from flagstaff.state.recovery import Folded, InFlight, fold
from flagstaff.state.state import State
from flagstaff.state.store import LockInfo, StateConflict, StateError, StateStore


@dataclass(frozen=True, slots=True)
class Recovery:
    """What a plan starts from. `state` None: there is none, and nothing to recover it from.

    `notes` are for the user: what was in flight, and what is true of it.
    """

    state: State | None
    notes: tuple[Diagnostic, ...] = ()
    moves: tuple[Recovered, ...] = ()


# Who only agreed to a first apply, or answered for it, made no state: that apply does.
_BEFORE_A_STATE: Final = frozenset({"answered", "approved", "takeover"})
GONE: Final = (
    "The journal has {count:,} entries, and there is no state: it was deleted, or moved away. If you have it, or its "
    "backup, put it back. Without it, an apply makes a new one from the journal, which does not tell the guards and "
    "the configuration that were in force."
)


def is_gone(entries: Sequence[Entry]) -> bool:
    """Of a journal without a state: whether there must have been one."""
    return any(entry.kind not in _BEFORE_A_STATE for entry in entries)


def recover(
    provider: Provider,
    store: StateStore,
    *,
    clock: Clock,
    listener: Listener,
    who: str,
    run: str,
    took_over: LockInfo | None = None,
    write: bool = True,
) -> Recovery:
    """Take in what the journal tells behind the state, and ask the store about what it leaves open.

    With `write`, it needs the lease: the journal gets what was found and the state is saved.
    Without, nothing is written, and the state is what it would be. Raises `Failure`.
    """
    attempt = partial(_recover, provider, store, clock=clock, listener=listener, who=who, run=run, write=write)
    trouble: StateError | StoreError
    for _ in range(TRIES):
        try:
            return attempt(took_over=took_over)
        except StateConflict as error:  # a rollback, say, which waits for no lease, wrote in between
            trouble = error
        except (StateError, StoreError) as error:
            trouble = error
            break
    raise Failure.error(trouble.summary, trouble.detail) from trouble


def _recover(
    provider: Provider,
    store: StateStore,
    *,
    clock: Clock,
    listener: Listener,
    who: str,
    run: str,
    took_over: LockInfo | None,
    write: bool,
) -> Recovery:
    """One attempt; raises `StateError` and `StoreError`. What it wrote in vain it finds the next time."""
    told: list[Fact] = [] if took_over is None else [facts.Takeover(took_over)]
    state, token = store.load()
    base = state or State(lineage=str(uuid.uuid4()) if write else "")
    last = store.last()  # before the entries: whatever comes in between shows when ours are written
    entries = tuple(store.entries(base.journal_head or None))
    gone = state is None and is_gone(entries)
    unborn = state is None and not gone
    base = replace(base, lineage="") if unborn else base
    folded = fold(base, entries)
    found = _ask(provider, folded)
    told += [one.fact for one in found]
    new = link(folded.last or last, map(encode_fact, told), time=clock.now(), run=run, who=who)
    after = fold(base, (*entries, *new)).state
    if write and new:
        store.append(new, new[0].previous)
    if state is None and not entries:
        return Recovery(None)
    if write and not unborn and (state is None or after != state):
        after = replace(after, serial=base.serial + 1, tool=__version__)
        store.save(after, token)
    running = None if write or not folded.interrupted else store.holder()
    for one in found:
        listener(one.event)
    notes = _notes(folded, found, running, zone_in(after.applied or {}), written=write)
    if gone:
        notes = (Diagnostic(Severity.WARNING, "State is gone", GONE.format(count=len(entries))), *notes)
    return Recovery(after, notes, tuple(one.event for one in found))


@dataclass(frozen=True, slots=True)
class _Found:
    move: InFlight
    live: LiveExposure | None
    seen: Seen
    standing: Standing | None

    @property
    def fact(self) -> facts.Recovered:
        """The move is closed by it, whatever was found: what is not recorded is for planning to see."""
        outcome = Outcome.APPLIED if self.seen is Seen.AFTER else Outcome.FAILED
        return facts.Recovered(
            self.move.address,
            self.move.intent.key,
            outcome,
            self.live,
            self.move.run,
            _OUTCOMES[self.seen],
            self.standing,
        )

    @property
    def event(self) -> Recovered:
        move = self.move
        return Recovered(move.address, move.intent.key, _OUTCOMES[self.seen], move.run, self.live)


_OUTCOMES: Final = {
    Seen.AFTER: "applied",
    Seen.BEFORE: "not applied",
    Seen.BETWEEN: "applied in part",
    Seen.OTHER: "unknown",
}
# More moves than this of which the same is true are told at once.
_MOST_ALIKE: Final = 5
_NOT_WRITTEN: Final = " Nothing was written; the next apply records it."
_SAID_OF_ALL: Final = {
    Seen.AFTER: "each of them is as planned now, and was applied",
    Seen.BEFORE: "each of them is as it was before, and was not applied",
}
_MEANINGS: Final = {
    Seen.AFTER: "it was applied",
    Seen.BEFORE: "it was not applied",
    Seen.BETWEEN: "it was applied in part",
    Seen.OTHER: "the move can't have left it there, so that the plan shows it as drift",
}


def _ask(provider: Provider, folded: Folded) -> tuple[_Found, ...]:
    """One read of the store for all moves in flight."""
    if not folded.in_flight:
        return ()
    toggles = provider.reader.read([move.intent.key for move in folded.in_flight]).toggles
    found = []
    for move in folded.in_flight:
        raw = toggles.get(move.intent.key)
        live = live_of(raw, provider.dialect)
        found.append(_Found(move, live, seen(move.intent, live), standing_of(raw, provider.dialect)))
    return tuple(found)


def _notes(
    folded: Folded, found: Sequence[_Found], running: LockInfo | None, zone: tzinfo, *, written: bool
) -> tuple[Diagnostic, ...]:
    if running is not None:
        return (_running(running, zone),)
    if folded.interrupted and not found:
        detail = f"Run {folded.interrupted[-1]} ended before it was done, and left no move in flight."
        return (Diagnostic(Severity.WARNING, "Apply did not finish", detail),)
    alike: dict[tuple[str, Seen], list[_Found]] = {}
    for one in found:
        alike.setdefault((one.move.run, one.seen), []).append(one)
    many = [group for (_, how), group in alike.items() if len(group) > _MOST_ALIKE and how in _SAID_OF_ALL]
    told = {one.move.address for group in many for one in group}
    single = (_note(one, zone, written=written) for one in found if one.move.address not in told)
    return (*(_note_of_all(group, zone, written=written) for group in many), *single)


def _note_of_all(group: Sequence[_Found], zone: tzinfo, *, written: bool) -> Diagnostic:
    """One for moves that were in flight together and of which the same is true."""
    move, names = group[0].move, ", ".join(str(one.move.address) for one in group)
    detail = (
        f"The apply of {move.who} at {moment(move.time, zone)} ended before it could tell how {len(group):,} "
        f"moves were done. The store says that {_SAID_OF_ALL[group[0].seen]}: {names}."
    )
    return Diagnostic(Severity.WARNING, "Moves were in flight", detail + ("" if written else _NOT_WRITTEN))


def _note(found: _Found, zone: tzinfo, *, written: bool) -> Diagnostic:
    move, intent = found.move, found.move.intent
    told = f" It said: {move.told}" if move.told else ""
    detail = (
        f"{move.address} ({intent.key}): the apply of {move.who} at {moment(move.time, zone)} ended before it "
        f"could tell how this move was done.{told} It was {value(intent.before)} before and {value(intent.after)} is "
        f"planned. The store says that it is {value(found.live)} now: {_MEANINGS[found.seen]}."
    )
    if not written:
        detail += _NOT_WRITTEN
    return Diagnostic(Severity.WARNING, "Move was in flight", detail, address=str(move.address))


def _running(holder: LockInfo, zone: tzinfo) -> Diagnostic:
    detail = (
        f"{holder.who} on {holder.host} runs {holder.operation} since {moment(holder.created, zone)}. "
        "What it has not finished yet is shown here as the store has it now."
    )
    return Diagnostic(Severity.WARNING, "Another run is at work", detail)
