"""Watching: which soaks run, which triggers fire and why, and what of it is kept. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

from flagstaff.addresses import Address
from flagstaff.model.configuration import Desired
from flagstaff.model.evidence import UNTIL_ANSWERED, Answer, Reading, Verdict
from flagstaff.model.exposure import OFF
from flagstaff.model.live import LiveExposure, Snapshot
from flagstaff.model.recorded import Recorded
from flagstaff.model.rollout import Monitor, Rollout, Soak, Stage, Trigger
from flagstaff.model.times import moment
from flagstaff.monitors.conditions import UnknowableError, holds
from flagstaff.monitors.evaluate import numbers_of
from flagstaff.monitors.words import number
from flagstaff.plan.candidates import renames
from flagstaff.plan.stages.clock import Now, Place, place_of
from flagstaff.plan.stages.overview import monitors_of, state_of
from flagstaff.plan.stages.view import StageState

# So often a reading is kept that says nothing new.
KEPT_EVERY: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Soaking:
    """A stage that has begun, with where it is. `up`: anybody may have it; `held`: a toggle of it was rolled back."""

    rollout: Rollout
    stage: Stage
    place: Place
    state: StageState
    up: bool = True
    held: bool = False

    @property
    def under_way(self) -> bool:
        """Whether its triggers count: people have it, and its soak is not over. Its clock may stand."""
        return self.up and not self.place.served and self.state is not StageState.LEFT

    @property
    def ends(self) -> datetime | None:
        """When its soak is served; None: it doesn't run, or nobody has decided for how long it has to."""
        return self.place.serves_at if self.state is StageState.RUNNING else None

    @property
    def length(self) -> timedelta | None:
        return self.stage.soak.minimum if isinstance(self.stage.soak, Soak) else None

    @property
    def stopped_by_hand(self) -> bool:
        """Whether its clock runs by the record, and the store says otherwise."""
        record = self.place.record
        return record is not None and record.verified is not None and not self.held and bool(self.place.trouble)


@dataclass(frozen=True, slots=True)
class Firing:
    """A trigger that fires, with the rollouts that go back for it. `call`: a person's; None: it was measured."""

    trigger: Trigger
    rollouts: tuple[Address, ...]
    why: str
    call: Answer | None = None

    def answer(self, who: str, at: datetime) -> Answer:
        """As it is remembered: it stops raises until a person answers that it is over."""
        return Answer(self.trigger.address, Verdict.FAIL, who, at, UNTIL_ANSWERED, self.why)


def clocks(
    desired: Desired,
    recorded: Recorded,
    snapshot: Snapshot,
    lives: Mapping[Address, LiveExposure | None],
    at: datetime,
) -> Now:
    """What places are computed from. `lives` are those of the rollouts' toggles."""
    names = renames(recorded, desired)
    records = {names.get(address, address): record for address, record in recorded.toggles.items()}
    held = {names.get(address, address): hold for address, hold in recorded.holds.items()}
    return Now(at, desired, snapshot, lives, records, held, names)


def soaking(now: Now, recorded: Recorded, only: frozenset[Address]) -> tuple[Soaking, ...]:
    """The stages that have begun, in the order of the configuration; `only` these rollouts, or all."""
    found = []
    for rollout in now.desired.rollouts.values():
        if only and rollout.address not in only:
            continue
        for stage in rollout.stages:
            place = place_of(stage, recorded.stages.get(stage.name), now)
            state = state_of(place, go=stage.name.name in rollout.go)
            if state is not StageState.WAITING:
                held = not now.holds.keys().isdisjoint(stage.toggles)
                found.append(Soaking(rollout, stage, place, state, _is_up(stage, now), held))
    return tuple(found)


def _is_up(stage: Stage, now: Now) -> bool:
    """What a rollback left up is where it has to be."""
    lives = (now.lives.get(toggle) for toggle in stage.toggles if toggle not in now.holds)
    return not stage.toggles or any(not (live is None or live == OFF) for live in lives)


def monitored(stages: Iterable[Soaking], desired: Desired) -> tuple[Monitor, ...]:
    """The monitors of these stages and of their triggers, sorted."""
    wanted = monitors_of((one.stage for one in stages), desired)
    return tuple(desired.monitors[address] for address in wanted if address in desired.monitors)


def firings(
    stages: Iterable[Soaking],
    desired: Desired,
    answers: Mapping[Address, Answer],
    readings: Mapping[Address, Reading],
    at: datetime,
) -> tuple[Firing, ...]:
    """The triggers of these stages that fire, sorted by address."""
    rollouts: dict[Address, dict[Address, None]] = {}
    for one in stages:
        for address in one.stage.triggers:
            rollouts.setdefault(address, {})[one.rollout.address] = None
    found = []
    for address in sorted(rollouts):
        trigger, answer = desired.triggers.get(address), answers.get(address)
        if trigger is None:
            continue
        called = answer if answer and answer.verdict is Verdict.FAIL and answer.until > at else None
        why = _called(called, desired.settings.zone) if called else _measured(trigger, readings)
        if why:
            found.append(Firing(trigger, tuple(rollouts[address]), why, called))
    return tuple(found)


def _called(answer: Answer, zone: tzinfo) -> str:
    if answer.until >= UNTIL_ANSWERED:
        return answer.note or f"It fired at {moment(answer.at, zone)}, and nobody has answered since."
    return f"{answer.who} called it{f': {answer.note}' if answer.note else '.'}"


def _measured(trigger: Trigger, readings: Mapping[Address, Reading]) -> str:
    """Why it fires; "" if it doesn't. What can't be relied on never does."""
    reading = readings.get(trigger.monitor) if trigger.monitor else None
    if reading is None or reading.verdict not in {Verdict.PASS, Verdict.FAIL}:
        return ""
    if trigger.condition is None:
        return f"{reading.monitor}: {reading.reason}" if reading.verdict is Verdict.FAIL else ""
    numbers = numbers_of(reading)
    try:
        if not holds(trigger.condition, numbers):
            return ""
    except UnknowableError:
        return ""
    shown = ", ".join(f"{name} = {number(value)}" for name, value in numbers.items() if value is not None)
    return f"{reading.monitor}: {trigger.condition} holds, with {shown}."


def worth_keeping(readings: Mapping[Address, Reading], kept: Mapping[Address, Reading]) -> Iterator[Reading]:
    """Those with another verdict than what was kept last, and one from time to time."""
    for address, reading in readings.items():
        last = kept.get(address)
        if last is None or last.verdict is not reading.verdict or reading.at - last.at >= KEPT_EVERY:
            yield reading
