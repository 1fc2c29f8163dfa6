"""The ledger: what a run writes down, and in which order, so that a crash anywhere loses nothing.

Intents are durable before the first write. The state is what the journal tells: it is folded
from the entries, never set beside them.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from flagstaff import __version__
from flagstaff.apply.clock import Clock
from flagstaff.apply.events import MoveResult
from flagstaff.apply.journalling import Journal, intent_fact, record_facts, result_fact
from flagstaff.apply.options import Options
from flagstaff.apply.prepare import Prepared
from flagstaff.apply.verify import Settled
from flagstaff.model.live import Snapshot
from flagstaff.plan.codec import change_id, encode
from flagstaff.plan.plan import Move, Plan
from flagstaff.state.facts import ApplyFinished, ApplyStarted, Fact
from flagstaff.state.recovery import Told, fold, take_in
from flagstaff.state.state import State
from flagstaff.state.store import StateError, StateStore, Token


@dataclass(slots=True)
class Ledger:
    """`state` is up to date, `saved` is what the store has. Everything here raises `StateError`.

    `behind` is what was written behind the state's head and is not taken in, as a move is open.
    """

    plan: Plan
    store: StateStore
    journal: Journal
    change: str
    state: State
    saved: State | None
    token: Token
    behind: tuple[Told, ...] = ()
    _saved_at: float = field(default=0.0)

    @classmethod
    def begin(
        cls, plan: Plan, prepared: Prepared, store: StateStore, clock: Clock, options: Options, *, again: bool = False
    ) -> Ledger:
        """Write down that this apply starts, and do what it changes in the state only; `again`: that was done before.

        The first state of all is saved before the journal's first entry, so that whoever comes
        after a crash finds the lineage.
        """
        state = prepared.state or State(lineage=str(uuid.uuid4()))
        journal = Journal(store, clock, options.who, options.run, store.last())
        ledger = cls(plan, store, journal, change_id(plan.core), state, prepared.state, prepared.token)
        ledger._saved_at = clock.monotonic()
        folded = fold(state, store.entries(state.journal_head or None))
        ledger.state = replace(folded.state, tool=__version__, environment=plan.core.environment)
        if folded.pending:
            raise StateError(
                "Moves are in flight", "An earlier run left moves open that nobody has looked at. Plan again."
            )
        if prepared.state is None:
            ledger.save()
        started = ApplyStarted(ledger.change, plan.core.environment, encode(plan.core))
        ledger.write([started, *(() if again else record_facts(plan, ledger.state))])
        ledger.take_in()
        if plan.core.records:
            ledger.save()
        return ledger

    def intend(self, moves: Sequence[Move], snapshot: Snapshot) -> None:
        """Before the first write of a batch."""
        self.write([intent_fact(move, snapshot, self.change) for move in moves])

    def settle(self, ends: Sequence[tuple[Move, Settled]], at: datetime) -> None:
        """How the moves of a batch ended, as verified at that time."""
        self.write([result_fact(move, settled) for move, settled in ends], at)
        self.take_in()

    def finish(self, results: Sequence[MoveResult], stopped: str) -> None:
        """The end, whatever it was: what the plan puts in force is in force from now on."""
        counts = Counter(str(result.ended) for result in results)
        self.write([ApplyFinished(dict(sorted(counts.items())), stopped)])
        self.take_in()
        observed = self.plan.observed
        self.state = replace(self.state, applied=observed.applied, guards=observed.guards or self.state.guards)
        self.save()

    def write(self, facts: Sequence[Fact], at: datetime | None = None) -> None:
        self.behind += tuple(zip(self.journal.append(facts, at), facts, strict=True))

    def take_in(self) -> None:
        """Take what was written into the state, as far as no move in flight stands before it."""
        folded = take_in(self.state, self.behind)
        self.state, self.behind = folded.state, self.behind[len(self.behind) - len(folded.pending) :]

    def save_every(self, seconds: float) -> None:
        """Save if that much time has passed since the last one."""
        if self.journal.clock.monotonic() - self._saved_at >= seconds:
            self.save()

    def save(self) -> None:
        """Save what differs from the store's, under the next serial."""
        if self.saved is not None and replace(self.state, serial=self.saved.serial) == self.saved:
            return
        self.state = replace(self.state, serial=1 if self.saved is None else self.saved.serial + 1)
        self.token = self.store.save(self.state, self.token)
        self.saved = self.state
        self._saved_at = self.journal.clock.monotonic()
