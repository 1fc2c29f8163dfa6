"""The executor: batch by batch, it does what the plan says, and decides nothing new.

For each batch: wait until readers have seen the neighbours' last writes; read the store and compare
with what the plan saw; write the intents down; write; read again; write the results down.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from flagstaff.addresses import Address
from flagstaff.apply.calls import LeftAloneError
from flagstaff.apply.choosing import Progress, groups, skips, with_mates
from flagstaff.apply.clock import Clock
from flagstaff.apply.events import BatchStarted, Ended, Listener, MoveEnded, MoveResult, MoveStarted, Outcome
from flagstaff.apply.interrupt import Interrupt
from flagstaff.apply.ledger import Ledger
from flagstaff.apply.neighbours import Neighbours
from flagstaff.apply.options import Options
from flagstaff.apply.preconditions import Guard, live_of
from flagstaff.apply.prepare import prepare
from flagstaff.apply.propagation import Wait, longest_wait
from flagstaff.apply.verify import Seen, Settled, seen, settle, unread
from flagstaff.apply.watch import Watch
from flagstaff.apply.writing import Attempt, write_alone, write_together
from flagstaff.diagnostics import Failure
from flagstaff.model.live import Snapshot
from flagstaff.model.times import exactly
from flagstaff.plan.drift import standing_of
from flagstaff.plan.order import batches
from flagstaff.plan.plan import Action, Move, Plan
from flagstaff.providers.protocols import BatchWriter, Provider, StoreError
from flagstaff.state.store import Lease, StateError, StateStore

_RAISES: Final = frozenset({Action.CREATE, Action.RAISE, Action.SWITCH_ON})


def execute(
    plan: Plan,
    provider: Provider,
    store: StateStore,
    lease: Lease,
    *,
    clock: Clock,
    listener: Listener,
    options: Options,
    interrupt: Interrupt,
) -> Outcome:
    """Apply a plan under a lease, and tell how each of its moves ended.

    Raises `Failure` with nothing written where `prepare` does, or where the start can't be written
    down. From then on trouble is in the outcome. `recover` comes first.
    """
    prepared = prepare(plan, provider, store)
    try:
        ledger = Ledger.begin(plan, prepared, store, clock, options)
    except StateError as error:
        raise Failure.error(error.summary, error.detail) from error
    watch = Watch(clock, lease, interrupt, listener)
    neighbours = Neighbours.of(plan)
    guard = Guard.of(plan, neighbours, provider.dialect)
    run = _Run(plan, provider, ledger, watch, options, Progress(neighbours, groups(plan.core.moves)), guard)
    run.to_the_end()
    return run.outcome()


@dataclass(slots=True)
class _Run:
    plan: Plan
    provider: Provider
    ledger: Ledger
    watch: Watch
    options: Options
    progress: Progress
    guard: Guard
    began: dict[Address, float] = field(default_factory=dict)
    # By group: the first of its moves that failed in writing.
    torn: dict[str, Address] = field(default_factory=dict)

    def to_the_end(self) -> None:
        """Every batch, then the end, whatever the stores do meanwhile."""
        try:
            self._batches()
        except LeftAloneError:
            self.watch.stop("Interrupted twice: what was in flight was left alone.")
        except StateError as error:
            self.watch.stop(f"{error.summary}: {error.detail}")
        for move in self.plan.core.moves:
            if move.address not in self.progress.results:
                self._end(self._unfinished(move))
        try:
            self.ledger.finish(self._results(), self.watch.why)
        except StateError as error:
            self.watch.stop(f"{error.summary}: {error.detail}")

    def outcome(self) -> Outcome:
        saved = self.ledger.saved
        serial = 0 if saved is None else saved.serial
        return Outcome(self._results(), serial, len(self.plan.core.records), self.watch.why)

    def _results(self) -> tuple[MoveResult, ...]:
        return tuple(self.progress.results[move.address] for move in self.plan.core.moves)

    def _unfinished(self, move: Move) -> MoveResult:
        if move.address in self.began:
            detail = "It was begun, and how it ended could not be recorded. The next run asks the store."
            return self._result(move, Settled(Ended.UNKNOWN, detail, None, None))
        return MoveResult(move, Ended.NOT_STARTED, self.watch.why)

    def _batches(self) -> None:
        all_batches = batches(self.plan.core.moves)
        for number, batch in enumerate(all_batches, 1):
            if self.watch.stopped():
                return
            self.watch.tell(BatchStarted(number, len(all_batches), len(batch)))
            ready = self._without(batch, skips(batch, self.progress, self.options))
            if self.watch.wait(self._countdown([move.address for move in ready])):
                self._batch(self._without(ready, with_mates(ready, self._stopped_raises(ready))))
                self.ledger.save_every(self.options.save_every)

    def _countdown(self, addresses: Sequence[Address]) -> Callable[[], Wait | None]:
        """What is left of the wait before these may be written; it passes whatever the time of day does meanwhile."""
        clock, records, propagation = self.watch.clock, self.ledger.state.toggles, self.provider.propagation
        longest = longest_wait(addresses, self.progress.neighbours, records, propagation, clock.now())
        began = clock.monotonic()

        def left() -> Wait | None:
            seconds = 0.0 if longest is None else longest.seconds - (clock.monotonic() - began)
            return replace(longest, seconds=seconds) if longest is not None and seconds > 0 else None

        return left

    def _stopped_raises(self, moves: Sequence[Move]) -> Mapping[Address, MoveResult]:
        """Raises that time, monitors or approvals don't let through now."""
        raises = [move for move in moves if move.action in _RAISES and move.after and not move.after.is_off]
        check = self.options.raise_check
        reasons = check(raises) if check is not None and raises else {}
        return {
            move.address: MoveResult(move, Ended.SKIPPED, reasons[move.address])
            for move in raises
            if move.address in reasons
        }

    def _batch(self, moves: Sequence[Move]) -> None:
        """Compare, write and verify the moves of one batch that may start."""
        if not moves:
            return
        try:
            snapshot = self._read(self.guard.keys(moves))
        except StoreError as error:
            detail = f"Not written. {error.summary}: {error.detail}"
            self._without(moves, {move.address: MoveResult(move, Ended.FAILED, detail) for move in moves})
            return
        moves = self._without(moves, with_mates(moves, self._mismatches(moves, snapshot)))
        while moves and not self.watch.stopped():
            moves = self._without(moves, with_mates(moves, self._held(moves)))
            if moves and self.ledger.intend(moves, snapshot):
                self._settle(moves, self._write(moves, snapshot))
                return

    def _held(self, moves: Sequence[Move]) -> Mapping[Address, MoveResult]:
        """Moves whose toggles somebody rolled back since this apply began."""
        held = self.ledger.held
        return {
            move.address: MoveResult(
                move, Ended.SKIPPED, f"Held by a rollback of {hold.who} at {exactly(hold.at, self.plan.core.zone)}."
            )
            for move in moves
            if (hold := held.get(move.address)) is not None
        }

    def _mismatches(self, moves: Sequence[Move], snapshot: Snapshot) -> Mapping[Address, MoveResult]:
        """Moves that were planned for another store than this one is now."""
        found = {}
        for move in moves:
            mismatch = self.guard.mismatch(move, snapshot, self.progress.results)
            if mismatch is None:
                continue
            live = live_of(snapshot.toggles.get(move.key), self.provider.dialect)
            if seen(move, live, 0) is Seen.OTHER:
                self.progress.shake(move.address)
            found[move.address] = MoveResult(move, Ended.FAILED, f"Not written: {mismatch}", live)
        return found

    def _write(self, moves: Sequence[Move], snapshot: Snapshot) -> Mapping[Address, Attempt]:
        """The attempts of those that were begun."""
        writer, dialect = self.provider.writer, self.provider.dialect
        if isinstance(writer, BatchWriter):
            for move in moves:
                self._begin(move)
            return self.watch.call(partial(write_together, writer, moves, snapshot, dialect), _doing(moves))
        assert writer is not None
        give_up = self.watch.interrupt.now
        writes = [partial(write_alone, writer, move, snapshot, dialect, give_up) for move in moves]
        calls = [partial(self._unless_torn, *pair) for pair in zip(moves, writes, strict=True)]
        attempts = self.watch.calls(
            calls, self.options.parallelism, lambda index: self._begin(moves[index]), _doing(moves)
        )
        return {moves[index].address: attempt for index, attempt in attempts.items() if attempt is not None}

    def _unless_torn(self, move: Move, write: Callable[[], Attempt]) -> Attempt | None:
        """None: a move of its group failed before this one was begun, so it is not. On a thread of its own."""
        if move.group in self.torn:
            return None
        attempt = write()
        if attempt.error and move.group:
            self.torn.setdefault(move.group, move.address)
        return attempt

    def _settle(self, moves: Sequence[Move], attempts: Mapping[Address, Attempt]) -> None:
        """Read the batch again, and write down how each move ended."""
        try:
            after, trouble = self._read([move.key for move in moves]), ""
        except StoreError as error:
            after, trouble = None, f"{error.summary}: {error.detail}"
        at = self.watch.clock.now()
        why = self.watch.why if self.watch.stopped() else ""
        ends = []
        for move in moves:
            attempt = attempts.get(move.address, Attempt(0, why))
            if after is None:
                settled = unread(attempt, trouble)
            else:
                raw, dialect = after.toggles.get(move.key), self.provider.dialect
                settled = replace(settle(move, attempt, live_of(raw, dialect)), standing=standing_of(raw, dialect))
            if move.address not in attempts:
                settled = replace(settled, ended=Ended.NOT_STARTED, detail=why or self._torn(move))
            ends.append((move, settled))
        self.ledger.settle(ends, at)
        for move, settled in ends:
            if settled.shakes:
                self.progress.shake(move.address)
            self._end(self._result(move, settled))

    def _torn(self, move: Move) -> str:
        mate = self.torn.get(move.group)
        return f"Not started: writing {mate}, with which it goes together, gave an error." if mate else ""

    def _read(self, keys: Collection[str]) -> Snapshot:
        return self.watch.call(partial(self.provider.reader.read, keys), "reading the store")

    def _without(self, moves: Sequence[Move], ended: Mapping[Address, MoveResult]) -> list[Move]:
        """The moves that are left; the others end."""
        for move in moves:
            if move.address in ended:
                self._end(ended[move.address])
        return [move for move in moves if move.address not in ended]

    def _begin(self, move: Move) -> None:
        self.began[move.address] = self.watch.clock.monotonic()
        self.watch.tell(MoveStarted(move))

    def _end(self, result: MoveResult) -> None:
        self.progress.add(result)
        self.watch.tell(MoveEnded(result))

    def _result(self, move: Move, settled: Settled) -> MoveResult:
        now = self.watch.clock.monotonic()
        seconds = now - self.began.get(move.address, now)
        return MoveResult(move, settled.ended, settled.detail, settled.live, seconds)


def _doing(moves: Sequence[Move]) -> str:
    return f"writing {moves[0].address}" if len(moves) == 1 else f"writing {len(moves)} toggles"
