"""Entries: what each stage of each rollout waits for before it may begin.

All of it is found once a stage, whatever the number of its toggles. Checks are asked of every stage that
has its Go and isn't in force, and of the next one of each rollout, so that it can be said what it waits for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from flagstaff.addresses import Address
from flagstaff.model.evidence import Verdict
from flagstaff.model.exposure import OFF
from flagstaff.model.recorded import Recorded
from flagstaff.model.rollout import Rollout, Stage, StageName
from flagstaff.plan.check import Check
from flagstaff.plan.guards import Guards
from flagstaff.plan.inputs import Evidence
from flagstaff.plan.plan import StageMove, Waived
from flagstaff.plan.stages.calendar import calendar_checks
from flagstaff.plan.stages.clock import Now, Place, place_of
from flagstaff.plan.stages.evidence import World, approval_checks, approvals, evidence_checks, open_parts, skips
from flagstaff.plan.stages.meaning import InForce, in_force
from flagstaff.plan.stages.order import Subject, order_checks
from flagstaff.plan.waivers import Allowance, of_stage, waive


@dataclass(frozen=True, slots=True)
class Entry:
    """One stage.

    `enters`: it has its Go and isn't in force yet. `checks` and `approvals` are for each of its toggles that goes up;
    `counted` are the checks of the stage as such, with its waivers (`waived`, to which `agree` must agree). `held`
    are its toggles that no plan raises, `skipped` the monitors that are not looked at yet, `relies_on` the stages
    before it whose clocks run.
    """

    rollout: Rollout
    stage: Stage
    place: Place
    enters: bool
    checks: tuple[Check, ...] = ()
    counted: tuple[Check, ...] = ()
    approvals: tuple[Address, ...] = ()
    waived: tuple[Waived, ...] = ()
    agree: tuple[Address, ...] = ()
    held: frozenset[Address] = frozenset()
    skipped: frozenset[Address] = frozenset()
    relies_on: tuple[StageName, ...] = ()

    @property
    def go(self) -> bool:
        return self.stage.name.name in self.rollout.go

    @property
    def blocked(self) -> bool:
        """Whether it may not begin, whoever agrees."""
        return any(check.verdict not in {Verdict.PASS, Verdict.PENDING} for check in self.counted)

    @property
    def all_approvals(self) -> tuple[Address, ...]:
        return tuple(dict.fromkeys((*self.approvals, *self.agree)))


@dataclass(frozen=True, slots=True)
class Entries:
    """Of all stages, in the order of rollouts and their stages. `go`: those that have it; `last`: in force so far."""

    stages: Mapping[StageName, Entry]
    go: frozenset[StageName]
    last: InForce
    recorded: Recorded
    names: Mapping[Address, Address]

    def of(self, stage: StageName | None) -> Entry | None:
        return self.stages.get(stage) if stage else None

    def waived(self, moves: Iterable[StageMove]) -> Iterator[Waived]:
        """By the waivers of the stages that begin."""
        for move in moves:
            entry = self.of(move.stage)
            yield from entry.waived if entry and not move.left else ()


def entries(
    now: Now, recorded: Recorded, evidence: Evidence, guards: Guards, policy: tuple[Allowance, ...] = ()
) -> Entries:
    """Look at every stage once; `policy` are the policy's own waivers."""
    desired = now.desired
    places = {
        stage.name: place_of(stage, recorded.stages.get(stage.name), now)
        for rollout in desired.rollouts.values()
        for stage in rollout.stages
    }
    traffic = frozenset(rollout.address for rollout in desired.rollouts.values() if _is_up(rollout, now))
    world = World(desired, recorded, evidence, guards, traffic, policy)
    made = (entry for rollout in desired.rollouts.values() for entry in _of_rollout(rollout, places, now, world))
    return Entries(
        {entry.stage.name: entry for entry in made},
        frozenset(StageName(r.address, name) for r in desired.rollouts.values() for name in r.go),
        in_force(recorded.stages, now.names),
        recorded,
        now.names,
    )


def _is_up(rollout: Rollout, now: Now) -> bool:
    lives = (now.lives.get(toggle) for stage in rollout.stages for toggle in stage.toggles)
    return any(not (live is None or live == OFF) for live in lives)


def _of_rollout(rollout: Rollout, places: Mapping[StageName, Place], now: Now, world: World) -> Iterator[Entry]:
    following = next_stage(rollout, places)
    for stage in rollout.stages:
        place = places[stage.name]
        go = stage.name.name in rollout.go
        enters = go and not place.running
        held = frozenset(toggle for toggle in stage.toggles if toggle in now.holds)
        if not (enters or stage is following) or (enters and _passed(place, now)):
            yield Entry(rollout, stage, place, enters, held=held)
        else:
            monitors = (world.desired.monitors.get(address) for address in stage.monitors)
            told = frozenset(part for monitor in monitors if monitor for part in open_parts(monitor))
            subject = Subject(rollout, stage, places, now.at, world.desired.settings.zone, told)
            yield _checked(subject, place, world, enters=enters, held=held)


def next_stage(rollout: Rollout, places: Mapping[StageName, Place]) -> Stage | None:
    """The first that hasn't begun, or lost its Go since with nothing in force behind it."""
    going = (n for n, stage in enumerate(rollout.stages) if _goes_on(stage, rollout, places[stage.name]))
    at = max(going, default=-1)
    return next((s for n, s in enumerate(rollout.stages) if n > at or not has_begun(places[s.name])), None)


def _goes_on(stage: Stage, rollout: Rollout, place: Place) -> bool:
    return stage.name.name in rollout.go and place.record is not None and not place.record.left and has_begun(place)


def has_begun(place: Place) -> bool:
    return place.record is not None and place.record.started is not None


def _passed(place: Place, now: Now) -> bool:
    """Whether it ran, and its toggles belong to later stages since: it comes back with those, and asks nobody."""
    if place.record is None or place.record.left or not place.stage.toggles:
        return False
    return all(now.desired.toggles[toggle].stage != place.stage.name for toggle in place.stage.toggles)


def _checked(subject: Subject, place: Place, world: World, *, enters: bool, held: frozenset[Address]) -> Entry:
    stage, guards = subject.stage, world.guards
    checks = (*order_checks(subject), *evidence_checks(subject, world))
    asked = tuple(approval_checks(subject, guards))
    calendar = calendar_checks(guards.policy, _products(subject, world), subject.now, subject.zone)
    allowed = (*of_stage(subject.rollout, stage, world.desired, guards, subject.now), *world.policy)
    results = [waive(check, allowed) for check in chain(checks, calendar)]
    used = tuple(dict.fromkeys(one for _, one in results if one is not None))
    return Entry(
        subject.rollout,
        stage,
        place,
        enters,
        (*checks, *asked),
        (*(check for check, _ in results), *asked),
        approvals(subject, guards),
        tuple(one.waived for one in used),
        tuple(one.role for one in used),
        held,
        frozenset(address for address in stage.monitors if skips(subject, world.desired.monitors.get(address), world)),
        tuple(sorted(name for name in subject.before if subject.places[name].running)),
    )


def _products(subject: Subject, world: World) -> frozenset[Address]:
    toggles = world.desired.toggles
    own = (toggles[address].product for address in subject.stage.toggles)
    return frozenset(product for product in (subject.rollout.product, *own) if product is not None)
