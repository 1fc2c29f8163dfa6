"""The books of a rollback: where it writes down what it does, whatever state the state is in.

It waits for no lease, and no trouble with the state stops it: what can't go into the journal goes into a local file,
which the next command that writes takes over.
"""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from flagstaff.apply.clock import Clock
from flagstaff.apply.crew import Crew
from flagstaff.apply.journalling import Journal, bring_up
from flagstaff.apply.local_journal import LocalJournal, Merged, merge
from flagstaff.apply.watch import ROLLBACK
from flagstaff.state.fact_codec import encode_fact
from flagstaff.state.facts import Explained, Fact, Takeover
from flagstaff.state.recovery import InFlight, fold
from flagstaff.state.state import State
from flagstaff.state.store import Lease, LeaseHeld, LockInfo, StateError, StateStore

T = TypeVar("T")
# How long an answer of the state is waited for, in seconds.
PATIENCE: Final = 10.0


@dataclass(slots=True)
class Books:
    """`state` is what could be read; `trouble` says why the journal can't be written, `lost` why nothing can.

    `in_flight` are moves that earlier runs left open, `stopped` is whoever was asked to stop.
    """

    store: StateStore | None
    local: LocalJournal
    clock: Clock
    state: State | None = None
    trouble: str = ""
    lost: str = ""
    in_flight: tuple[InFlight, ...] = ()
    merged: tuple[Merged, ...] = ()
    stopped: LockInfo | None = None
    patience: float = PATIENCE
    _lease: Lease | None = None
    _reached: bool = False

    @classmethod
    def open(
        cls,
        store: StateStore | None,
        directory: Path,
        clock: Clock,
        who: str,
        run: str,
        why: str = "",
        patience: float = PATIENCE,
    ) -> Books:
        """Read what can be read; raises nothing. `why`: there is no `store`. `patience`: for each of its answers."""
        books = cls(store, LocalJournal(directory, who, run), clock, trouble=why, patience=patience)
        books._try(books._read)
        return books

    def _read(self, store: StateStore) -> None:
        self.state, _ = store.load()
        self._reached = True
        if self.state is not None:
            folded = fold(self.state, store.entries(self.state.journal_head or None))
            self.state, self.in_flight = folded.state, folded.in_flight

    def _try(self, call: Callable[[StateStore], T]) -> T | None:
        """Whatever goes wrong, or gets stuck, is the state's trouble, and no reason to leave anything up."""
        if self.store is None:
            return None
        crew: Crew[str, T] = Crew(1)
        crew.start({"": partial(call, self.store)})
        end = time.monotonic() + self.patience
        try:
            while time.monotonic() < end:
                if (answer := crew.hear()) is not None:
                    return answer[1]
            trouble = f"It does not answer: nothing came back for {self.patience:g} s."
        except Exception as error:  # noqa: BLE001  # a mistake in a state store, too, must not stop a rollback
            trouble = _text(error)
        self.trouble = self.trouble or trouble
        return None

    def begin(self, info: LockInfo, stop: str) -> None:
        """Take the lease if it is free or its holder is dead; else ask the holder to stop, and go on without.

        What earlier rollbacks had to write elsewhere is taken over first.
        """
        if not self._reached:
            return
        held = self._try(lambda store: _lease(store, info))
        if isinstance(held, LockInfo):
            self.stopped = held
            self._try(lambda store: store.request_stop(f"{ROLLBACK}{stop}"))
        else:
            self._lease = held
        if self._lease is not None and self._lease.took_over is not None:
            self.write([Takeover(self._lease.took_over)])
        if not self.trouble:
            self.merged = self._try(self._merge) or ()

    def _merge(self, store: StateStore) -> tuple[Merged, ...]:
        """One that can't be read stays where it is: the next command says what is wrong with it."""
        with contextlib.suppress(StateError):
            return merge(store, self.local.directory)
        return ()

    def is_stopped(self) -> bool:
        """Whether the run that was asked to stop is gone."""
        if self.stopped is None:
            return True
        holders = self._try(lambda store: (store.holder(),))
        return holders is not None and (holders[0] is None or holders[0].id != self.stopped.id)

    def write(self, facts: Sequence[Fact]) -> None:
        """Durably, somewhere; if in two places, as the first did not answer, then with the same time, so that a merge
        knows them again."""
        at = self.clock.now()
        if not self.trouble:
            self._try(lambda store: self._append(store, facts, at))
            if not self.trouble:
                return
        try:
            self.local.append([encode_fact(fact) for fact in facts], at)
        except OSError as error:
            self.lost = f"{error.strerror}: {error.filename}"

    def _append(self, store: StateStore, facts: Sequence[Fact], at: datetime) -> None:
        if self.state is None:
            # The first of all is saved before the journal's first entry: whoever comes after a crash finds the lineage.
            self.state = bring_up(store, lineage=str(uuid.uuid4()))
        Journal(store, self.clock, self.local.who, self.local.run, store.last()).append(facts, at)

    def explain(self, fact: Explained) -> None:
        """The reason, given once all was closed."""
        self.write([fact])
        self.close()

    def close(self) -> int | None:
        """Save what was written, and give the lease back. The state's serial; None: the next run takes the rest in."""
        state = None if self.trouble else self._try(bring_up)
        self.state = state or self.state
        lease, self._lease = self._lease, None
        if lease is not None:
            self._try(lambda _: lease.release())
        return None if state is None else state.serial


def _lease(store: StateStore, info: LockInfo) -> Lease | LockInfo:
    """The lease, or who has it."""
    try:
        return store.acquire(info)
    except LeaseHeld as held:
        return held.holder


def _text(error: Exception) -> str:
    if isinstance(error, StateError):
        return f"{error.summary}: {error.detail}"
    return type(error).__name__  # its text may hold anything
