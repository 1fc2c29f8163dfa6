"""Rollouts for readers: where each is, since when, and what its next stage waits for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from flagstaff.addresses import Address
from flagstaff.model.configuration import Desired
from flagstaff.model.evidence import Verdict
from flagstaff.model.exposure import Exposure
from flagstaff.model.rollout import Rollout, Stage
from flagstaff.plan.plan import Plan, Status
from flagstaff.plan.stages.clock import Place
from flagstaff.plan.stages.entry import Entries, Entry, next_stage
from flagstaff.plan.stages.view import RolloutView, StageState, StageView


def rollout_views(desired: Desired, entries: Entries) -> tuple[RolloutView, ...]:
    """Of every rollout, in the order of their addresses."""
    by_rollout: dict[Address, list[Entry]] = {}
    for entry in entries.stages.values():
        by_rollout.setdefault(entry.rollout.address, []).append(entry)
    return tuple(_view(rollout, by_rollout.get(address, []), desired) for address, rollout in desired.rollouts.items())


def monitors_of(stages: Iterable[Stage], desired: Desired) -> tuple[Address, ...]:
    """Those that the stages list, and those of their triggers; sorted."""
    found = set()
    for stage in stages:
        triggers = (desired.triggers[one] for one in stage.triggers if one in desired.triggers)
        found |= {*stage.monitors, *(one.monitor for one in triggers if one.monitor is not None)}
    return tuple(sorted(found))


def _view(rollout: Rollout, entries: list[Entry], desired: Desired) -> RolloutView:
    stages = tuple(map(_stage, entries))
    begun = [view for view in stages if view.state not in {StageState.WAITING, StageState.LEFT}]
    following = next_stage(rollout, {entry.stage.name: entry.place for entry in entries})
    stopped = _stopped(stages)
    # A stage without toggles goes on whatever becomes of them: where they are is what readers want to know.
    begun = stopped if begun and stopped and not begun[-1].toggles else begun
    return RolloutView(
        rollout.address,
        rollout.title,
        rollout.product,
        stages,
        at=begun[-1].stage.name if begun else "",
        next=following.name.name if following else "",
        complete=bool(stages) and following is None and stages[-1].state is StageState.SERVED and not stopped,
        range=rollout.go_range or rollout.range,
        monitors=monitors_of(rollout.stages, desired),
    )


def _stopped(stages: Sequence[StageView]) -> list[StageView]:
    """Those whose clock stands although a toggle of theirs has no later stage."""
    last = {toggle: stage.stage for stage in stages if stage.go for toggle in stage.toggles}
    return [
        stage
        for stage in stages
        if stage.state is StageState.STOPPED and any(last[toggle] == stage.stage for toggle in stage.toggles)
    ]


def _stage(entry: Entry) -> StageView:
    stage, place = entry.stage, entry.place
    exposure = stage.exposure if isinstance(stage.exposure, Exposure) else None
    return StageView(
        stage.name,
        stage.title,
        state_of(entry.place, go=entry.go),
        entry.go,
        exposure,
        stage.at_least,
        stage.toggles,
        since=_since(entry),
        served_at=place.serves_at if place.running or place.served else None,
        meaning=stage.meaning,
        checks=tuple(check for check in entry.counted if check.verdict is not Verdict.PASS),
        range=stage.range,
    )


def state_of(place: Place, *, go: bool) -> StageState:
    record = place.record
    if record is None or record.started is None:
        return StageState.WAITING
    if record.left or not go:
        return StageState.LEFT
    if place.running:
        return StageState.SERVED if place.served else StageState.RUNNING
    return StageState.STOPPED if place.was_verified else StageState.STARTED


def _since(entry: Entry) -> datetime | None:
    record = entry.place.record
    return (record.verified or record.started) if record else None


def refused_stages(plan: Plan) -> tuple[StageView, ...]:
    """The stages that have their Go and may not begin by this plan, where no change that is stopped says so already.

    With `-refresh-only` nothing is asked to begin.
    """
    if plan.observed.refresh_only:
        return ()
    begin = {move.stage for move in plan.core.stages}
    stuck = {change.address for change in plan.observed.changes if change.status is not Status.ALLOWED}
    return tuple(
        view
        for rollout in plan.observed.rollouts
        for view in rollout.stages
        if view.go and _refused(view) and view.stage not in begin and stuck.isdisjoint(view.toggles)
    )


def _refused(view: StageView) -> bool:
    return any(check.verdict not in {Verdict.PASS, Verdict.PENDING} for check in view.checks)
