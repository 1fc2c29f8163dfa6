"""Watching as an operation: look, tell, keep what is evidence, and go back when a trigger fires.

Nothing that can't be reached ends it: that is told, and looked at again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from flagstaff.addresses import Address
from flagstaff.apply.interrupt import Interrupt
from flagstaff.apply.journalling import bring_up
from flagstaff.cli.failures import as_diagnostics
from flagstaff.cli.going_back import go_back
from flagstaff.cli.interrupts import signals
from flagstaff.cli.measuring import lives_of
from flagstaff.cli.workspace import Workspace
from flagstaff.config.load import Inputs
from flagstaff.diagnostics import Failure, did_you_mean
from flagstaff.model.configuration import Desired
from flagstaff.model.evidence import Reading, Verdict
from flagstaff.model.live import LiveExposure, Snapshot
from flagstaff.model.recorded import Recorded
from flagstaff.model.rollout import Monitor, StageName
from flagstaff.monitors.needs import asked
from flagstaff.monitors.registry import read_all
from flagstaff.monitors.watching import Firing, Soaking, clocks, firings, monitored, soaking, worth_keeping
from flagstaff.plan.stages.staging import staged
from flagstaff.plan.stages.view import StageState
from flagstaff.providers.protocols import Provider, StoreError
from flagstaff.providers.surroundings import Surroundings
from flagstaff.state.appending import append
from flagstaff.state.fact_codec import decode_fact
from flagstaff.state.facts import Answered, Fact, Measured, StageChanged, StageEvent
from flagstaff.state.recovery import fold
from flagstaff.state.store import StateError, StateStore
from flagstaff.views.watch import MANY, News, Sight, news
from flagstaff.views.watch_human import WatchPrinter
from flagstaff.views.watch_json import WatchStream
from flagstaff.views.words import span

# Seconds between two tries of a rollback, at the most.
_PAUSE: Final = 10.0
_SILENT: Final = frozenset({Verdict.INCONCLUSIVE, Verdict.PENDING})


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked of `watch`; no `rollouts`: all of them."""

    rollouts: tuple[str, ...]
    interval: timedelta
    once: bool
    until: datetime | None
    auto_rollback: bool
    inputs: Inputs


class Teller(AbstractContextManager["Teller"], Protocol):
    """Who tells the user."""

    def seen(self, sight: Sight, news: Sequence[News], following: datetime | None) -> None: ...

    def fired(self, firings: tuple[Firing, ...], *, rolls_back: bool) -> None: ...

    def say(self, text: str) -> None: ...

    def rest(self) -> None: ...


def watch(workspace: Workspace, request: Request) -> int:
    """The exit code. Raises `Failure` for a configuration or a name that is wrong."""
    desired = workspace.configuration(request.inputs)
    only = frozenset(_rollout(name, desired) for name in request.rollouts)
    store = workspace.store(desired.settings.backend)
    terminal = workspace.terminal
    teller: Teller = WatchPrinter(terminal.out, now=workspace.clock.now, zone=terminal.zone)
    if workspace.json_:
        teller = WatchStream(workspace.stream())
    interrupt = Interrupt()

    def interrupted(*_: object) -> None:
        if interrupt.requested():
            raise KeyboardInterrupt
        interrupt.request()

    with signals(interrupted), teller:
        return _Watching(workspace, request, desired, store, only, teller, interrupt).run()


def _rollout(name: str, desired: Desired) -> Address:
    """By its address or its name; raises `Failure`, with the nearest."""
    known = {str(address): address for address in desired.rollouts}
    known |= {text.removeprefix("rollout."): address for text, address in tuple(known.items())}
    if name not in known:
        raise Failure.error("Unknown rollout", f'There is no rollout "{name}".{did_you_mean(name, known)}')
    return known[name]


@dataclass(slots=True)
class _Watching:
    workspace: Workspace
    request: Request
    desired: Desired
    store: StateStore
    only: frozenset[Address]
    teller: Teller
    interrupt: Interrupt
    before: Sight | None = None
    _provider: Provider | None = None
    # What was read last of the state: where it can't be read, that counts on.
    _recorded: Recorded | None = None
    _kept: dict[Address, Reading] = field(default_factory=dict)
    _wrote: bool = False
    # When each stage was last seen to run.
    _ran: dict[StageName, datetime] = field(default_factory=dict)

    def run(self) -> int:
        code = self._run()
        if self._wrote and not self.request.once:
            # The state knows the end of the journal then, and that nobody cut it off.
            with suppress(StateError):
                bring_up(self.store)
        return code

    def _run(self) -> int:
        while True:
            sight = self._look()
            ended = sight is not None and not sight.under_way and not sight.troubles
            following = self._following(ended=ended)
            if sight is not None:
                self.teller.seen(sight, tuple(news(self.before, sight)), following)
                if sight.firings:
                    return self._fired(sight)
                self.before = sight
            if following is None:
                return self._end(ended=ended)
            self.workspace.clock.sleep(
                (following - self.workspace.clock.now()).total_seconds(), self.interrupt.requested
            )
            if self.interrupt.requested():
                self.teller.rest()
                self.workspace.terminal.tell("Interrupted. Nobody watches any more; running the command again is safe.")
                return 1

    def _following(self, *, ended: bool) -> datetime | None:
        """When to look again; None: not any more."""
        if ended or self.request.once:
            return None
        following = self.workspace.clock.now() + self.request.interval
        return None if self.request.until is not None and following > self.request.until else following

    def _end(self, *, ended: bool) -> int:
        """Nothing fired."""
        self.teller.rest()
        sight = self.before
        if sight is None:
            return 1
        standing = [str(one.stage.name) for one in sight.stages if _stands(one)]
        if standing:
            self.teller.say(f"No trigger fired. Not served: {', '.join(standing)}, as the clock stands.")
            return 1
        if ended:
            self.teller.say("No soak runs any more, and no trigger fired." if self._ran else "No soak is running.")
        else:
            names = ", ".join(str(one.stage.name) for one in sight.under_way)
            self.teller.say(f"No trigger fired so far. Not served yet: {names or 'nothing'}.")
        return 1 if sight.troubles else 0

    def _look(self) -> Sight | None:
        """One evaluation; None: nothing is known yet, which was told."""
        at, troubles = self.workspace.clock.now(), []
        try:
            self._read_state()
        except StateError as error:
            troubles.append(self._trouble("The state can't be read", error))
        if self._recorded is None:
            self.teller.say(" ".join(troubles))
            return None
        recorded = self._recorded
        try:
            snapshot, lives = self._live()
        except (Failure, StoreError) as error:
            troubles.append(self._trouble("The live store can't be read", error))
            # Until it can be, its toggles are where they were left.
            snapshot, lives = Snapshot({}, at), {a: record.exposure for a, record in recorded.toggles.items()}
        desired = staged(self.desired, recorded)
        stages = soaking(clocks(desired, recorded, snapshot, lives, at), recorded, self.only)
        under_way = [one for one in stages if one.under_way]
        readings = self._measure(monitored(under_way, desired), recorded, lives, at)
        fired = firings(under_way, desired, recorded.answers, readings, at)
        try:
            self._keep(stages, readings, fired, at)
        except StateError as error:
            troubles.append(self._trouble("What was seen can't be written down", error))
        self._ran.update({one.stage.name: at for one in stages if one.state is StageState.RUNNING})
        zone = desired.settings.zone
        return Sight(at, zone, stages, readings, fired, tuple(troubles), self._silent(readings))

    def _trouble(self, what: str, error: Exception) -> str:
        first = as_diagnostics(error)[0]
        again = "" if self.request.once else f" It is tried again in {span(self.request.interval.total_seconds())}."
        return f"{what}. {first.summary}: {first.detail}{again}"

    def _read_state(self) -> None:
        state, _ = self.store.load()
        if state is None:
            self._recorded = Recorded()
            return
        entries = tuple(self.store.entries(state.journal_head or None))
        self._recorded = fold(state, entries).state.recorded
        facts = (decode_fact(entry.kind, entry.data) for entry in entries if entry.kind == "measured")
        self._kept.update({fact.reading.monitor: fact.reading for fact in facts if isinstance(fact, Measured)})

    def _live(self) -> tuple[Snapshot, Mapping[Address, LiveExposure | None]]:
        if self._provider is None:
            self._provider = self.workspace.provider(self.desired.provider, writable=False)
        snapshot = self._provider.reader.read()
        return snapshot, lives_of(self.desired, snapshot, self._provider.dialect)

    def _measure(
        self,
        monitors: Sequence[Monitor],
        recorded: Recorded,
        lives: Mapping[Address, LiveExposure | None],
        at: datetime,
    ) -> Mapping[Address, Reading]:
        return read_all(monitors, asked(self.desired, recorded, lives, at), Surroundings.of_process())

    def _keep(
        self, stages: Sequence[Soaking], readings: Mapping[Address, Reading], fired: Sequence[Firing], at: datetime
    ) -> None:
        """What is evidence, into the journal."""
        facts: list[Fact] = [_stopped(one, self._ran) for one in stages if one.stopped_by_hand]
        because = {one.trigger.monitor for one in fired if one.call is None}
        kept = {address: reading for address, reading in self._kept.items() if address not in because}
        facts += [Measured(reading) for reading in worth_keeping(readings, kept)]
        facts += [Answered(one.answer(self.workspace.who, at)) for one in fired if one.call is None]
        if not facts:
            return
        append(self.store, facts, time=at, run=self.workspace.run, who=self.workspace.who)
        self._wrote = True
        self._kept.update({fact.reading.monitor: fact.reading for fact in facts if isinstance(fact, Measured)})
        if not all(isinstance(fact, Measured) for fact in facts):
            bring_up(self.store)

    def _silent(self, readings: Mapping[Address, Reading]) -> Mapping[Address, int]:
        """How many readings in a row say nothing, by monitor."""
        before = self.before.silent if self.before else {}
        silent = {address: before.get(address, 0) + 1 for address, one in readings.items() if one.verdict in _SILENT}
        for address, many in silent.items():
            if many == MANY:
                self.workspace.log.info("monitor is silent", monitor=str(address))
        return silent

    def _fired(self, sight: Sight) -> int:
        rolls_back = self.request.auto_rollback
        # Whatever has become of the output, the rollback goes on.
        with suppress(OSError):
            self.teller.fired(sight.firings, rolls_back=rolls_back)
        self.workspace.log.info("triggers fired", triggers=[str(one.trigger.address) for one in sight.firings])
        if rolls_back:
            by_hand = self._provider is not None and self._provider.handoff != ""
            pause = min(_PAUSE, self.request.interval.total_seconds())
            go_back(self.workspace, sight.firings, self.request.inputs, self.interrupt, pause, by_hand=by_hand)
        return 1


def _stands(one: Soaking) -> bool:
    return one.state is StageState.STOPPED and not one.place.served


def _stopped(one: Soaking, ran: Mapping[StageName, datetime]) -> StageChanged:
    """A hand stopped its clock: it ran until it was last known to."""
    record = one.place.record
    assert record is not None
    assert record.verified is not None
    until = max(record.verified + one.place.piece, ran.get(one.stage.name, record.verified))
    why = one.place.trouble
    return StageChanged(one.stage.name, StageEvent.STOPPED, record.toggles, record.least, record.meaning, why, until)
