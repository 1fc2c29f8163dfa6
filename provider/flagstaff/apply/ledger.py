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
from flagstaff.addresses import Address
from flagstaff.apply.clock import Clock
from flagstaff.apply.events import Ended, MoveResult
from flagstaff.apply.journalling import TRIES, Journal, intent_fact, record_facts, result_fact
from flagstaff.apply.options import Options
from flagstaff.apply.prepare import Prepared
from flagstaff.apply.staging import StageBook, begin_facts
from flagstaff.apply.verify import Settled
from flagstaff.model.live import Snapshot
from flagstaff.model.recorded import Hold
from flagstaff.plan.codec import change_id, encode
from flagstaff.plan.plan import Move, Plan
from flagstaff.state.facts import ApplyFinished, ApplyStarted, Fact, Held
from flagstaff.state.journal import Entry
from flagstaff.state.recovery import Told, fold, take_in, told_by
from flagstaff.state.state import State
from flagstaff.state.store import StateConflict, StateError, StateStore, Token


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
    stages: StageBook
    behind: tuple[Told, ...] = ()
    # Holds that somebody left since this run began.
    held: dict[Address, Hold] = field(default_factory=dict)
    _known: frozenset[str] = frozenset()
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
        last = store.last()
        folded = fold(state, store.entries(state.journal_head or None))
        journal = Journal(store, clock, options.who, options.run, folded.last or last)
        change = change_id(plan.core)
        book = StageBook(plan, change, options.approved)
        ledger = cls(plan, store, journal, change, state, prepared.state, prepared.token, book)
        ledger._saved_at = clock.monotonic()
        ledger._known = frozenset(hold.id for hold in state.holds.values())
        journal.heard = ledger._hear
        ledger._note(folded.state)
        if folded.pending:
            raise StateError(
                "Moves are in flight", "An earlier run left moves open that nobody has looked at. Plan again."
            )
        if prepared.state is None:
            ledger.save()
        started = ApplyStarted(ledger.change, plan.core.environment, encode(plan.core))
        facts = () if again else (*begin_facts(plan, ledger.state), *record_facts(plan, ledger.state))
        ledger.write([started, *facts])
        ledger.take_in()
        if plan.core.records:
            ledger.save()
        return ledger

    def intend(self, moves: Sequence[Move], snapshot: Snapshot) -> bool:
        """Before the first write of a batch. False: somebody else wrote in between, and may have left holds."""
        facts = [intent_fact(move, snapshot, self.change) for move in moves]
        try:
            entries = self.journal.append_once(facts)
        except StateConflict:
            if not self.journal.listen():
                raise
            return False
        self.behind += tuple(zip(entries, facts, strict=True))
        return True

    def settle(self, ends: Sequence[tuple[Move, Settled]], at: datetime) -> None:
        """How the moves of a batch ended, as verified at that time."""
        applied = [move.address for move, settled in ends if settled.ended is Ended.APPLIED]
        begun = self.stages.settled(applied, self.state, self.held)
        self.write([*(result_fact(move, settled) for move, settled in ends), *begun], at)
        self.take_in()

    def finish(self, results: Sequence[MoveResult], stopped: str) -> None:
        """The end, whatever it was: what the plan puts in force is in force from now on."""
        counts = Counter(str(result.ended) for result in results)
        begun = () if stopped else self.stages.finished(self.state)
        self.write([*begun, ApplyFinished(dict(sorted(counts.items())), stopped)])
        self.take_in()
        observed = self.plan.observed
        self.state = replace(self.state, applied=observed.applied, guards=observed.guards or self.state.guards)
        self.save()

    def write(self, facts: Sequence[Fact], at: datetime | None = None) -> None:
        entries = self.journal.append(facts, at)  # which may hear of others' first
        self.behind += tuple(zip(entries, facts, strict=True))

    def take_in(self) -> None:
        """Take what was written into the state, as far as no move in flight stands before it."""
        folded = take_in(self.state, self.behind)
        self.state, self.behind = folded.state, self.behind[len(self.behind) - len(folded.pending) :]

    def save_every(self, seconds: float) -> None:
        """Save if that much time has passed since the last one."""
        if self.journal.clock.monotonic() - self._saved_at >= seconds:
            self.save()

    def save(self) -> None:
        """Save what differs from the store's, under the next serial. Where somebody else saved, theirs is kept, too."""
        for _ in range(TRIES):
            if self.saved is not None and replace(self.state, serial=self.saved.serial) == self.saved:
                return
            self.state = replace(self.state, serial=1 if self.saved is None else self.saved.serial + 1)
            try:
                self.token = self.store.save(self.state, self.token)
            except StateConflict as error:
                conflict = error
                self._catch_up(conflict)
            else:
                self.saved = self.state
                self._saved_at = self.journal.clock.monotonic()
                return
        raise conflict

    def _catch_up(self, conflict: StateConflict) -> None:
        """Take the state that somebody else saved, and what the journal tells behind it, ours and theirs."""
        self.journal.listen()
        ours, base = self.state, self.saved
        theirs, token = self.store.load()
        if theirs is None or base is None or (theirs.lineage, theirs.applied) != (base.lineage, base.applied):
            raise conflict  # another apply's, or another state
        told = told_by(self.store.entries(theirs.journal_head or None))
        folded = take_in(theirs, told)
        self.journal.last = folded.last or self.journal.last
        self.behind = told[len(told) - len(folded.pending) :]
        self._note(folded.state)
        self.state = replace(self.state, applied=ours.applied, guards=ours.guards)
        self.saved, self.token = theirs, token

    def _note(self, state: State) -> None:
        """This is the state now, as far as the journal tells it."""
        environment = self.plan.core.environment
        self.state = replace(state, tool=__version__, environment=environment)
        self.held.update({address: hold for address, hold in state.holds.items() if hold.id not in self._known})

    def _hear(self, entries: tuple[Entry, ...]) -> None:
        """What others wrote is told behind ours."""
        heard = told_by(entries)
        self.behind += heard
        self.held.update({fact.address: fact.hold for _, fact in heard if isinstance(fact, Held)})
