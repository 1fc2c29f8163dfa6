"""Rolling back: everything that goes down is written, whatever happens to the rest, and looked at afterwards.

Holds and intents are durable before the first write. What somebody else sets meanwhile is set again. Verified means:
nobody but testers has more of it than was wanted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flagstaff.addresses import Address
from flagstaff.apply.clock import Clock
from flagstaff.apply.interrupt import Interrupt
from flagstaff.apply.preconditions import value
from flagstaff.apply.rollback.books import Books
from flagstaff.apply.rollback.events import Ended, Lingering, Listener, Options, Outcome, Result, Waited
from flagstaff.apply.rollback.facts import held_facts, intent, result
from flagstaff.apply.rollback.writing import ROUNDS, Pen
from flagstaff.model.live import Raw, Refusal, Snapshot
from flagstaff.model.recorded import Hold
from flagstaff.plan.rollback.retreat import Down, Retreat, again, is_down, missing_testers
from flagstaff.providers.protocols import Provider, StoreError
from flagstaff.state.facts import RollbackFinished, RollbackStarted

# How long a run that was asked to stop is waited for before the last look, in seconds.
_LINGER: Final = 15.0
_LOOK: Final = 0.1
_TICK: Final = 1.0
# Seconds between two words about the same wait.
_SAY_AGAIN: Final = 30.0


def roll_back(
    retreat: Retreat,
    provider: Provider,
    books: Books,
    options: Options,
    *,
    clock: Clock,
    interrupt: Interrupt,
    listener: Listener,
) -> Outcome:
    """Write down, write, look, write down. Raises nothing of a store's: trouble is in the outcome.

    The caller has begun the books, and closes them afterwards.
    """
    holds = leave_holds(retreat, books, options, clock.now())
    pause = _Pause(provider, options, clock, interrupt, listener)
    pen = Pen(provider, options, clock, interrupt, listener, pause)
    return _Run(retreat, provider, books, clock, interrupt, listener, pen, pause).to_the_end(holds)


def leave_holds(
    retreat: Retreat, books: Books, options: Options, at: datetime, *, by_hand: bool = False
) -> Mapping[Address, Hold]:
    """The start of it: the holds and, unless a person does the writing, what is about to be written."""
    known = {} if books.state is None else books.state.holds
    held = held_facts(retreat, known, options.who, options.run, options.reason, at)
    wanted = {down.wanted for down in (*retreat.downs, *retreat.resting) if down.named}
    to = wanted.pop() if len(wanted) == 1 else None
    moves = () if by_hand else tuple(map(intent, retreat.downs))
    started = RollbackStarted(options.environment, options.targets, options.reason, to, options.trigger)
    books.write([started, *held, *moves])
    everything = {down.address for down in (*retreat.downs, *retreat.resting)}
    return {
        **{address: hold for address, hold in known.items() if address in everything},
        **{fact.address: fact.hold for fact in held},
    }


@dataclass(frozen=True, slots=True)
class _Pause:
    """Waits until readers have seen what was written, where that was asked for."""

    provider: Provider
    options: Options
    clock: Clock
    interrupt: Interrupt
    listener: Listener

    def __call__(self) -> None:
        end = self.clock.monotonic() + self.provider.propagation.total_seconds()
        told = float("inf")
        while self.options.wait and not self.interrupt.requested() and (left := end - self.clock.monotonic()) > 0:
            if told - left >= _SAY_AGAIN:
                self.listener(Waited(left))
                told = left
            self.clock.sleep(min(left, _TICK), self.interrupt.requested)


@dataclass(frozen=True, slots=True)
class _Run:
    retreat: Retreat
    provider: Provider
    books: Books
    clock: Clock
    interrupt: Interrupt
    listener: Listener
    pen: Pen
    pause: _Pause

    def to_the_end(self, holds: Mapping[Address, Hold]) -> Outcome:
        start = self.clock.monotonic()
        self.pen.write(self.retreat.batches)
        seen = self._set_again(self._look())
        if self._linger():
            seen = self._set_again(self._look())
        if self.pause.options.wait and self.retreat.downs:
            self.pause()
            seen = self._set_again(self._look())
        results = tuple(self._result(down, seen) for down in self.retreat.downs)
        stopped = "Interrupted." if self.interrupt.requested() else ""
        self._write_down(results, seen, stopped)
        ends = None if isinstance(seen, str) else seen.toggles
        return Outcome(results, holds, ends, self.clock.monotonic() - start, stopped)

    def _look(self) -> Snapshot | str:
        """What the store says now, or why it doesn't."""
        downs = self.retreat.downs
        if not downs:
            return Snapshot({}, self.clock.now())
        try:
            return self.provider.reader.read([down.key for down in downs])
        except StoreError as error:
            return f"{error.summary}: {error.detail}"

    def _set_again(self, seen: Snapshot | str) -> Snapshot | str:
        """Until all is as wanted: what somebody else set, and once more what could not be written."""
        failed: set[Address] = set()
        for _ in range(ROUNDS):
            if isinstance(seen, str) or self.interrupt.now():
                return seen
            tried = failed | self.pen.skipped
            left = [self._once_more(down, seen) for down in self.retreat.downs if down.address not in tried]
            left = [down for down in left if not isinstance(down.steps, Refusal)]
            open_ = [down for down in left if not self._is_done(down, seen)]
            if not open_:
                return seen
            failed |= {down.address for down in open_ if down.address in self.pen.errors}
            places = {down.address: down for down in open_}
            self.pen.write([[places[one.address] for one in b if one.address in places] for b in self.retreat.batches])
            seen = self._look()
        return seen

    def _once_more(self, down: Down, seen: Snapshot) -> Down:
        return again(down, seen.toggles.get(down.key), self.provider.dialect)

    def _is_done(self, down: Down, seen: Snapshot) -> bool:
        raw, dialect = seen.toggles.get(down.key), self.provider.dialect
        return raw is None or (is_down(down, raw, dialect) and not len(missing_testers(down, raw, dialect)))

    def _linger(self) -> bool:
        """Wait for a run that was asked to stop: its moves in flight may end after ours. Whether there was one."""
        holder = self.books.stopped
        if holder is None:
            return False
        end = self.clock.monotonic() + _LINGER
        if not self.books.is_stopped():
            self.listener(Lingering(holder.who, holder.operation))
        while not self.books.is_stopped() and self.clock.monotonic() < end and not self.interrupt.requested():
            self.clock.sleep(_LOOK, self.interrupt.requested)
        return True

    def _result(self, down: Down, seen: Snapshot | str) -> Result:
        error, seconds = self.pen.errors.get(down.address, ""), self.pen.seconds.get(down.address, 0.0)
        skipped = down.address in self.pen.skipped
        if isinstance(seen, str):
            detail = error or f"It could not be read after the write. {seen}"
            return Result(down, Ended.SKIPPED if skipped else Ended.UNKNOWN, detail, seconds=seconds)
        raw, dialect = seen.toggles.get(down.key), self.provider.dialect
        live, missing = dialect.public(raw), missing_testers(down, raw, dialect)
        if is_down(down, raw, dialect):
            return Result(down, Ended.DOWN, error if len(missing) else "", live, missing, seconds)
        if skipped:
            return Result(down, Ended.SKIPPED, "Interrupted before it was begun.", live)
        why = error or "Something else keeps setting it."
        return Result(down, Ended.FAILED, f"{why} It is {value(live)} now.", live, seconds=seconds)

    def _write_down(self, results: Sequence[Result], seen: Snapshot | str, stopped: str) -> None:
        raws: Mapping[str, Raw] = {} if isinstance(seen, str) else seen.toggles
        counts = Counter(str(one.ended) for one in results)
        told = [result(one, raws.get(one.down.key), self.provider.dialect) for one in results]
        self.books.write([*told, RollbackFinished(dict(sorted(counts.items())), stopped)])
