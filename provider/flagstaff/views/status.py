"""Where everything is, as one value: rollouts, holds, drift, waivers and open decisions. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Final

from flagstaff.addresses import Address
from flagstaff.model.configuration import Desired
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.evidence import UNTIL_ANSWERED, Reading, Verdict
from flagstaff.model.exposure import Exposure
from flagstaff.model.live import LiveExposure
from flagstaff.model.recorded import Hold, Recorded
from flagstaff.model.rollout import Waiver
from flagstaff.model.times import moment
from flagstaff.plan.check import Check, CheckName
from flagstaff.plan.plan import Change, Drift, DriftKind, Observed
from flagstaff.plan.stages.view import RolloutView, StageState, StageView

GO: Final = "go"


@dataclass(frozen=True, slots=True)
class Wait:
    """One thing that keeps a stage from starting. `check` is a check's name, or `go`; `earliest` where time decides."""

    check: str
    verdict: Verdict
    text: str
    of: Address | None = None
    earliest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One rollout. `at` and `next` are None before the first stage and behind the last."""

    rollout: Address
    title: str
    at: StageView | None
    next: StageView | None
    complete: bool
    waits: tuple[Wait, ...] = ()
    held: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """A toggle that no plan raises. `hold` None: a hand turned it down, and nobody has said yet what that means."""

    address: Address
    hold: Hold | None
    role: Address | None
    signers: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """A waiver that counts. `role` must have agreed to it."""

    subject: str
    waiver: Waiver
    role: Address | None


@dataclass(frozen=True, slots=True)
class Status:
    """`alone`: why only the state was looked at; "": the live store was read at `seen`."""

    environment: str
    production: bool
    now: datetime
    zone: tzinfo
    serial: int
    rows: tuple[Row, ...] = ()
    held: tuple[Held, ...] = ()
    drift: tuple[Drift, ...] = ()
    waivers: tuple[Standing, ...] = ()
    open_decisions: tuple[OpenDecision, ...] = ()
    seen: datetime | None = None
    alone: str = ""


@dataclass(frozen=True, slots=True)
class _World:
    desired: Desired
    recorded: Recorded
    now: datetime
    zone: tzinfo
    held: frozenset[Address]
    changes: Mapping[Address, Change] = field(default_factory=dict)
    readings: Mapping[Address, Reading] = field(default_factory=dict)

    def live(self, address: Address) -> LiveExposure | None:
        """What it has now, as far as that was looked at."""
        if address in self.changes:
            return self.changes[address].before
        record = self.recorded.toggles.get(address)
        return record.exposure if record else None


def status_of(desired: Desired, recorded: Recorded, observed: Observed) -> Status:
    """What a plan saw, which was made just now."""
    drift = tuple(one for one in observed.drift if not one.expected)
    changes = {change.address: change for change in observed.changes}
    readings = {reading.monitor: reading for reading in observed.readings}
    return _status(
        desired, recorded, observed.rollouts, observed.created, drift, changes, readings, seen=observed.read_at
    )


def status_alone(desired: Desired, recorded: Recorded, views: Sequence[RolloutView], now: datetime, why: str) -> Status:
    """What the record says, where nothing else can be looked at."""
    return _status(desired, recorded, views, now, (), {}, {}, alone=why)


def _status(
    desired: Desired,
    recorded: Recorded,
    views: Sequence[RolloutView],
    now: datetime,
    drift: tuple[Drift, ...],
    changes: Mapping[Address, Change],
    readings: Mapping[Address, Reading],
    *,
    seen: datetime | None = None,
    alone: str = "",
) -> Status:
    by_hand = [one for one in drift if one.kind is DriftKind.BELOW and one.address not in recorded.holds]
    held = frozenset(recorded.holds) | {one.address for one in by_hand}
    zone = desired.settings.zone
    world = _World(desired, recorded, now, zone, held, changes, readings)
    return Status(
        desired.settings.environment,
        desired.settings.production,
        now,
        zone,
        recorded.serial,
        tuple(_row(view, world) for view in views),
        tuple(sorted((*_holds(world), *_by_hand(by_hand, world)), key=lambda one: one.address)),
        drift,
        tuple(_waivers(desired, now)),
        tuple({one.why: one for one in reversed(desired.open_decisions)}.values())[::-1],
        seen,
        alone,
    )


def _row(view: RolloutView, world: _World) -> Row:
    stages = {stage.stage.name: stage for stage in view.stages}
    at, following = stages.get(view.at), stages.get(view.next)
    toggles = {toggle for stage in view.stages for toggle in stage.toggles}
    waits: list[Wait] = []
    if following is not None:
        waits = [*_go(view, following), *_stage_waits(following, world)]
    elif at is not None and not view.complete:
        waits = list(_stage_waits(at, world))
        if at.served_at is not None and at.state is StageState.RUNNING:
            text = f'the soak of "{at.stage.name}", until {moment(at.served_at, world.zone)}'
            waits.append(Wait(CheckName.SOAK.value, Verdict.FAIL, text, earliest=at.served_at))
    called = tuple(_called(view, world))
    waits = [*called, *(wait for wait in waits if wait.check != CheckName.TRIGGER)]
    held = tuple(sorted(toggles & world.held))
    return Row(view.rollout, view.title, at, following, view.complete, tuple(dict.fromkeys(waits)), held)


def _called(view: RolloutView, world: _World) -> Iterator[Wait]:
    """The rollout's triggers that fired, or that a person called: whatever it waits for, they come first."""
    rollout = world.desired.rollouts.get(view.rollout)
    for address in sorted({one for stage in rollout.stages for one in stage.triggers} if rollout else ()):
        answer = world.recorded.answers.get(address)
        if answer is not None and answer.verdict is Verdict.FAIL and answer.until > world.now:
            fired = answer.until >= UNTIL_ANSWERED
            what = f"{address} fired" if fired else f"{answer.who} called {address}"
            note = f": {answer.note}" if answer.note else ""
            yield Wait(
                CheckName.TRIGGER.value, Verdict.FAIL, f"{what} at {moment(answer.at, world.zone)}{note}", of=address
            )


def _go(view: RolloutView, stage: StageView) -> Iterator[Wait]:
    if not stage.go:
        place = f" ({view.range})" if view.range else ""
        yield Wait(GO, Verdict.PENDING, f'its Go: put "{stage.stage.name}" into `go`{place}')


def _stage_waits(stage: StageView, world: _World) -> Iterator[Wait]:
    for check in stage.checks:
        if check.name is not CheckName.APPROVAL:
            yield _wait(check, world)
    yield from _approvals(stage, world)
    said = set(stage.checks)
    for toggle in stage.toggles:
        change = world.changes.get(toggle)
        own = change.checks if change and stage.go else ()
        for check in own:
            if check.verdict is not Verdict.PASS and check not in said and check.name not in _OF_A_STAGE:
                said.add(check)
                yield _wait(check, world)
        if not stage.go or stage.state is StageState.WAITING:
            yield from _requirements(toggle, world)


# What a toggle's own checks say once more of its stage.
_OF_A_STAGE: Final = frozenset(
    {CheckName.APPROVAL, CheckName.TOGETHER, CheckName.ORDER, CheckName.HOLD, CheckName.REQUIREMENT}
)


def _approvals(stage: StageView, world: _World) -> Iterator[Wait]:
    asked = [check for check in stage.checks if check.name is CheckName.APPROVAL]
    rollout = world.desired.rollouts.get(stage.stage.rollout)
    declared = rollout.stage(stage.stage.name) if rollout else None
    roles = declared.approvals if declared else ()
    for number, check in enumerate(asked):
        if number < len(roles):
            yield Wait(check.name.value, check.verdict, f"approval of {roles[number]}", of=roles[number])
        else:
            yield Wait(check.name.value, check.verdict, check.detail)


def _requirements(toggle: Address, world: _World) -> Iterator[Wait]:
    known = world.desired.toggles.get(toggle)
    for requirement in known.requirements if known else ():
        live, least = world.live(requirement.parent), Exposure(requirement.at_least)
        if not (isinstance(live, Exposure) and live >= least):
            now = "" if live is None else f" (now {live})"
            text = f"{toggle} requires {requirement.parent} at {least}{now}"
            yield Wait(CheckName.REQUIREMENT.value, Verdict.FAIL, text, of=requirement.parent)


def _wait(check: Check, world: _World) -> Wait:
    text = _TEXTS.get(check.name, _as_it_is)(check, world)
    if check.waived:
        text = f"{text} (waived, once that is approved)"
    return Wait(check.name.value, check.verdict, text, check.of, check.earliest)


def _as_it_is(check: Check, _: _World) -> str:
    return f"{check.summary.lower()}: {check.label or check.detail}"


def _decision(check: Check, world: _World) -> str:
    decisions = (one for one in world.desired.open_decisions if one.range is not None and one.range == check.range)
    found = next(decisions, None)
    return f"undecided: {found.why}" if found else check.detail


def _blocker(check: Check, world: _World) -> str:
    blocker = world.desired.blockers.get(check.of) if check.of else None
    return f"{blocker.title} ({blocker.status.replace('_', ' ')})" if blocker else check.detail


def _monitor(check: Check, world: _World) -> str:
    monitor = world.desired.monitors.get(check.of) if check.of else None
    said = check.detail.partition(f"waits for {check.of}. ")[2] or check.detail
    normal = f" (normal: {monitor.normal})" if monitor and monitor.normal and check.verdict is Verdict.FAIL else ""
    return f"{check.of}: {said}{normal}"


def _soak(check: Check, _: _World) -> str:
    return f"soak: {check.label}" if check.label else check.detail


def _order(check: Check, _: _World) -> str:
    return check.label or check.detail


_TEXTS: Final[Mapping[CheckName, Callable[[Check, _World], str]]] = {
    CheckName.DECISION: _decision,
    CheckName.BLOCKER: _blocker,
    CheckName.MONITOR: _monitor,
    CheckName.SOAK: _soak,
    CheckName.STAGE_ORDER: _order,
}


def _holds(world: _World) -> Iterator[Held]:
    for address, hold in world.recorded.holds.items():
        role, signers = _who_releases(hold.of or address, world)
        text = f"held because of {hold.of}, and released with it" if hold.of else ""
        yield Held(address, hold, role, signers, text)


def _by_hand(drift: Iterable[Drift], world: _World) -> Iterator[Held]:
    for one in drift:
        role, signers = _who_releases(one.address, world)
        text = f"turned down by hand to {one.live}, last applied {one.recorded}"
        yield Held(one.address, None, role, signers, text)


def _who_releases(address: Address, world: _World) -> tuple[Address | None, tuple[str, ...]]:
    toggle = world.desired.toggles.get(address)
    role = world.desired.owner(toggle) if toggle else None
    known = world.desired.roles.get(role) if role else None
    lines = known.signers if known else ()
    return role, tuple(line.split(maxsplit=1)[0] for line in lines if line.strip())


def _waivers(desired: Desired, now: datetime) -> Iterator[Standing]:
    """Of toggles, stages and the policy; one that a rollout gives to all of its stages is said once."""
    for address, toggle in desired.toggles.items():
        yield from (Standing(str(address), one, desired.owner(toggle)) for one in toggle.waivers if one.until > now)
    for address, rollout in desired.rollouts.items():
        product = desired.products.get(rollout.product) if rollout.product else None
        owner = rollout.owner or (product.owner if product else None)
        places: dict[Waiver, list[str]] = {}
        for stage in rollout.stages:
            for one in stage.waivers:
                places.setdefault(one, []).append(str(stage.name))
        for one, names in places.items():
            if one.until > now:
                yield Standing(names[0] if len(names) == 1 else str(address), one, owner)
    yield from (Standing("policy", one, desired.policy.owner) for one in desired.policy.waivers if one.until > now)
