"""Doubles and a small world for tests of what applies plans: everything in memory, time stands still.

A `hook` is called with a word before and after each effect on a store or the state; it may raise
`Crash`, which is a kill at that place, or a store's own errors.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Self

from flagstaff.addresses import Address
from flagstaff.apply.events import Event, Outcome
from flagstaff.apply.executor import execute
from flagstaff.apply.interrupt import Interrupt
from flagstaff.apply.options import Options
from flagstaff.apply.recover import Recovery, recover
from flagstaff.model.configuration import Desired
from flagstaff.model.evidence import Reading
from flagstaff.model.live import Raw, Result, Snapshot, Step
from flagstaff.model.recorded import Recorded
from flagstaff.plan import inputs
from flagstaff.plan.plan import Plan
from flagstaff.plan.planner import make_plan
from flagstaff.providers.memory import MemoryBatchWriter, MemoryWriter, memory_provider
from flagstaff.providers.protocols import Provider
from flagstaff.state import invariants
from flagstaff.state.journal import Entry
from flagstaff.state.state import State
from flagstaff.state.store import Head, LockInfo, StateConflict, Token
from flagstaff.testing.clock import FakeClock

Hook = Callable[[str], None]
INFO = LockInfo("lease", "apply", "ann", "host", 1, FakeClock().time, "0.1.0")


def nothing(_: str) -> None:
    """The hook that lets everything pass."""


class Crash(BaseException):
    """The process dies here: nobody catches it."""


@dataclass(slots=True)
class MemoryState:
    """A `StateStore`; what is saved obeys the state's invariants."""

    state: State | None = None
    journal: list[Entry] = field(default_factory=list)
    saves: int = 0
    hook: Hook = nothing
    running: LockInfo | None = None

    def load(self) -> tuple[State | None, Token]:
        return self.state, str(self.saves or "")

    def save(self, state: State, expect: Token) -> Token:
        self.hook("save")
        if expect != str(self.saves or ""):
            raise StateConflict("State was changed by somebody else", "Nothing was overwritten.")
        assert self.state is None or (state.lineage == self.state.lineage and state.serial > self.state.serial)
        invariants.check(state, "The state")
        self.state, self.saves = state, self.saves + 1
        token = str(self.saves)
        self.hook("saved")
        return token

    def append(self, entries: Sequence[Entry], expect: Head) -> Head:
        self.hook("append")
        if expect != self.head():
            raise StateConflict("State was changed by somebody else", "The journal went on.")
        self.journal.extend(entries)
        head = self.head()
        self.hook("appended")
        return head

    def entries(self, after: Head | None = None) -> Iterator[Entry]:
        hashes = [entry.hash for entry in self.journal]
        return iter(self.journal[hashes.index(after) + 1 if after else 0 :])

    def last(self) -> Entry | None:
        return self.journal[-1] if self.journal else None

    def head(self) -> Head:
        return self.journal[-1].hash if self.journal else ""

    def holder(self) -> LockInfo | None:
        return self.running

    def acquire(self, info: LockInfo) -> FakeLease:
        return FakeLease(info)

    def break_lease(self) -> LockInfo | None:
        return None

    def request_stop(self, why: str) -> None:
        raise NotImplementedError


@dataclass(slots=True)
class FakeLease:
    """A lease that nobody disputes; `stop` is the stop mark, `lost` is raised at the next renewal."""

    info: LockInfo = INFO
    took_over: LockInfo | None = None
    stop: str | None = None
    lost: Exception | None = None
    renewed: int = 0

    def renew(self) -> None:
        self.renewed += 1
        if self.lost is not None:
            raise self.lost

    def stop_requested(self) -> str | None:
        return self.stop

    def release(self) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...


class HookedWriter(MemoryWriter):
    """Calls `hook` with `read`, `write KEY` and `written KEY`."""

    hook: Hook = staticmethod(nothing)

    def read(self, keys: Collection[str] | None = None) -> Snapshot:
        self.hook("read")
        return super().read(keys)

    def write(self, step: Step, expect: Raw | None) -> Raw | None:
        self.hook(f"write {step.key}")
        raw = super().write(step, expect)
        self.hook(f"written {step.key}")
        return raw


class HookedBatchWriter(MemoryBatchWriter):
    """Calls `hook` with `read`, `write` and `written`."""

    hook: Hook = staticmethod(nothing)

    def read(self, keys: Collection[str] | None = None) -> Snapshot:
        self.hook("read")
        return super().read(keys)

    def write_batch(self, steps: Sequence[Step], expect: Snapshot) -> Sequence[Result]:
        self.hook("write")
        results = super().write_batch(steps, expect)
        self.hook("written")
        return results


@dataclass(slots=True)
class Scene:
    """A configuration, a store and a state, and what was told of applying the one to the others."""

    config: Desired
    live: HookedWriter | HookedBatchWriter
    state: MemoryState = field(default_factory=MemoryState)
    clock: FakeClock = field(default_factory=FakeClock)
    lease: FakeLease = field(default_factory=FakeLease)
    interrupt: Interrupt = field(default_factory=Interrupt)
    propagation: timedelta = timedelta(0)
    atomic: bool = True
    writable: bool = True
    events: list[Event] = field(default_factory=list)
    runs: int = 0

    @property
    def provider(self) -> Provider:
        made = memory_provider(self.live, atomic=self.atomic, embedded=True)
        writer = made.writer if self.writable else None
        return replace(made, writer=writer, propagation=self.propagation, handoff="Use the web page.")

    def hook(self, hook: Hook) -> None:
        """Let `hook` see every effect from now on."""
        self.state.hook = hook
        self.live.hook = hook

    def plan(
        self,
        state: State | None = None,
        *,
        targets: frozenset[Address] = frozenset(),
        readings: Mapping[Address, Reading] | None = None,
    ) -> Plan:
        """Plan against what is in the store now, with `state` or the saved one."""
        base = state or self.state.state
        options = inputs.Options("memory", targets=targets, embedded=True)
        evidence = inputs.Evidence(self.clock.now(), "0.1.0", readings=readings or {})
        recorded = Recorded() if base is None else base.recorded
        return make_plan(self.config, self.live.read(), self.provider.dialect, recorded, evidence, options)

    def recover(self, *, write: bool = True) -> Recovery:
        self.runs += 1
        return recover(
            self.provider,
            self.state,
            clock=self.clock,
            listener=self.events.append,
            who="ann",
            run=f"run-{self.runs}",
            took_over=self.lease.took_over,
            write=write,
        )

    def execute(self, plan: Plan, options: Options | None = None) -> Outcome:
        self.runs += 1
        return execute(
            plan,
            self.provider,
            self.state,
            self.lease,
            clock=self.clock,
            listener=self.events.append,
            options=options or Options("ann", f"run-{self.runs}"),
            interrupt=self.interrupt,
        )

    def apply(self, options: Options | None = None) -> Outcome:
        """Recover, plan and execute, as a command does."""
        self.recover()
        return self.execute(self.plan(), options)
