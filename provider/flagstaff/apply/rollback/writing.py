"""The writes of a rollback: dependents before what they depend on, and nobody waits for one that fails or is slow.

A store that takes a batch gets all at once, so that nothing is in between. Where that fails, and in every other store,
each toggle is written by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from flagstaff.addresses import Address
from flagstaff.apply.clock import Clock
from flagstaff.apply.crew import Crew
from flagstaff.apply.interrupt import Interrupt
from flagstaff.apply.rollback.events import Listener, Options, WentOn, Written
from flagstaff.model.live import Raw, Refusal, Snapshot, Step
from flagstaff.plan.rollback.retreat import Down, again
from flagstaff.providers.protocols import BatchWriter, Conflict, Provider, StoreError, Writer

# How often somebody else's change of the same toggle is overruled.
ROUNDS: Final = 4


@dataclass(slots=True)
class Pen:
    """`errors` are of toggles that could not be written, `seconds` how long each took, `skipped` were not begun.

    `pause` is called between two batches.
    """

    provider: Provider
    options: Options
    clock: Clock
    interrupt: Interrupt
    listener: Listener
    pause: Callable[[], None]
    errors: dict[Address, str] = field(default_factory=dict)
    seconds: dict[Address, float] = field(default_factory=dict)
    skipped: set[Address] = field(default_factory=set)
    _began: dict[Address, float] = field(default_factory=dict)

    def write(self, batches: Sequence[Sequence[Down]]) -> None:
        batches = [batch for batch in map(self._writable, batches) if batch]
        everything = [down for batch in batches for down in batch]
        if not everything or (not self.options.wait and self._together(everything)):
            return
        crew: Crew[Address, str] = Crew(self.options.parallelism)
        downs = {down.address: down for down in everything}
        for number, batch in enumerate(batches):
            self._start(crew, batch)
            for_named = any(down.named for later in batches[number + 1 :] for down in later)
            self._hear(crew, downs, self.options.patience if for_named else None)
            if number + 1 < len(batches):
                self.pause()
        self._hear(crew, downs, None)

    def _writable(self, batch: Sequence[Down]) -> list[Down]:
        for down in batch:
            if isinstance(down.steps, Refusal):
                self._heard(down, _refused(down.steps))
        return [down for down in batch if not isinstance(down.steps, Refusal)]

    def _start(self, crew: Crew[Address, str], batch: Sequence[Down]) -> None:
        """Interrupted once, no further dependent is begun; what was named goes on."""
        left = {down.address for down in batch if self.interrupt.requested() and not down.named}
        self.skipped |= left
        calls = {down.address: partial(self._alone, down) for down in batch if down.address not in left}
        self._began.update(dict.fromkeys(calls, self.clock.monotonic()))
        crew.start(calls)

    def _hear(self, crew: Crew[Address, str], downs: Mapping[Address, Down], patience: float | None) -> None:
        """Until all have answered, or patience ends, or somebody asked twice to stop."""
        end = None if patience is None else self.clock.monotonic() + patience
        while crew.missing and not self.interrupt.now():
            if (answer := crew.hear()) is not None:
                self._heard(downs[answer[0]], answer[1])
            elif end is not None and self.clock.monotonic() >= end:
                self.listener(WentOn(tuple(sorted(crew.missing))))
                return

    def _heard(self, down: Down, error: str) -> None:
        now = self.clock.monotonic()
        self.seconds[down.address] = now - self._began.get(down.address, now)
        self.errors.pop(down.address, None)
        if error:
            self.errors[down.address] = error
        self.listener(Written(down, error, self.seconds[down.address]))

    def _together(self, downs: Sequence[Down]) -> bool:
        """All in one write; False: one stands in the way of the others, or it failed, or takes too long."""
        writer = self.provider.writer
        if not isinstance(writer, BatchWriter):
            return False
        expect = {down.key: down.live.raw for down in downs if down.live.raw is not None}
        steps = [step for down in downs for step in _steps(down)]
        self._began.update(dict.fromkeys((down.address for down in downs), self.clock.monotonic()))
        crew: Crew[str, bool] = Crew(1)
        crew.start({"": partial(_all_written, writer, steps, Snapshot(expect, self.clock.now()))})
        end = self.clock.monotonic() + self.options.patience
        answer: tuple[str, bool] | None = None
        while answer is None and not self.interrupt.now() and self.clock.monotonic() < end:
            answer = crew.hear()
        if answer is None or not answer[1]:
            return False
        for down in downs:
            self._heard(down, "")
        return True

    def _alone(self, down: Down) -> str:
        """One toggle, on a thread of its own; why not, or "". What somebody else changed meanwhile is read again."""
        trouble = ""
        for _ in range(ROUNDS):
            try:
                self._steps(down)
            except Conflict as error:
                trouble = _text(error)
            except StoreError as error:
                return _text(error)
            else:
                return ""
            try:
                raw = self.provider.reader.read([down.key]).toggles.get(down.key)
            except StoreError as error:
                return f"{trouble} {_text(error)}"
            down = again(down, raw, self.provider.dialect)
            if isinstance(down.steps, Refusal):
                return _refused(down.steps)
        return trouble

    def _steps(self, down: Down) -> None:
        raw = down.live.raw
        for step in _steps(down):
            if self.interrupt.now():
                raise StoreError("Interrupted", "It was left where it was.")
            raw = _one(self.provider.writer, step, raw, self.clock)


def _one(writer: Writer | BatchWriter | None, step: Step, raw: Raw | None, clock: Clock) -> Raw | None:
    assert writer is not None
    if not isinstance(writer, BatchWriter):
        return writer.write(step, raw)
    (answer,) = writer.write_batch([step], Snapshot({} if raw is None else {step.key: raw}, clock.now()))
    if answer.error is not None:
        raise StoreError("Not written", answer.error, unknown=answer.unknown)
    return answer.raw


def _all_written(writer: BatchWriter, steps: Sequence[Step], expect: Snapshot) -> bool:
    """Why it failed is found out toggle by toggle."""
    try:
        return all(answer.error is None for answer in writer.write_batch(steps, expect))
    except StoreError:
        return False


def _steps(down: Down) -> tuple[Step, ...]:
    return () if isinstance(down.steps, Refusal) else down.steps


def _refused(refusal: Refusal) -> str:
    return f"{refusal.summary}: {refusal.detail}"


def _text(error: StoreError) -> str:
    return f"{error.summary}: {error.detail}"
