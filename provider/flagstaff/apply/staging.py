"""Staging: what a run tells the journal of the stages of its plan, as facts.

A stage begins with the first of its moves that is verified, and runs once all of them are. One that moves
nothing runs at the end of the run. What it rests on, readings and baselines, is told with it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from flagstaff.addresses import Address
from flagstaff.apply.preconditions import Mismatch
from flagstaff.model.recorded import StageRecord
from flagstaff.model.rollout import StageName
from flagstaff.model.times import moment
from flagstaff.plan.plan import Plan, StageMove
from flagstaff.state.facts import BaselineFrozen, Fact, Measured, StageChanged, StageEvent
from flagstaff.state.state import State


def begin_facts(plan: Plan, state: State) -> Iterator[Fact]:
    """The readings that the plan rests on, then the stages that have lost their Go."""
    relied_on = {monitor for gate in plan.observed.gates for monitor in gate.monitors}
    yield from (Measured(reading) for reading in plan.observed.readings if reading.monitor in relied_on)
    for stage in plan.core.stages:
        record = state.stages.get(stage.stage)
        if stage.left and record is not None and not record.left:
            yield _changed(stage, StageEvent.LEFT)


def stale_stages(plan: Plan, stages: Mapping[StageName, StageRecord]) -> tuple[Mismatch, ...]:
    """What is not as the plan saw it: a stage that somebody else began since, or one it relies on that has stopped."""
    found = []
    for move in plan.core.stages:
        record = stages.get(move.stage)
        if not move.left and record and record.verified and record.verified > plan.observed.created:
            found.append(
                _mismatch(move.stage, "not in force", f"in force (since {moment(record.verified, plan.core.zone)})")
            )
    for name in sorted({name for gate in plan.observed.gates for name in gate.after}):
        record = stages.get(name)
        if record is None or record.verified is None:
            found.append(_mismatch(name, "in force", f"stopped: {record.stopped}" if record else "not recorded"))
    return tuple(found)


def _mismatch(stage: StageName, planned: str, now: str) -> Mismatch:
    return Mismatch(stage.rollout, f'stage "{stage.name}"', planned, now)


@dataclass(slots=True)
class StageBook:
    """What this run has seen and told of stages. `change` is the change id, `approved` are the roles that agreed."""

    plan: Plan
    change: str
    approved: Collection[Address]
    verified: set[Address] = field(default_factory=set)
    _told: set[tuple[object, ...]] = field(default_factory=set)

    def settled(self, applied: Iterable[Address], state: State, held: Collection[Address]) -> tuple[Fact, ...]:
        """What follows from these moves, verified now; `held`: toggles that somebody rolled back meanwhile."""
        now = set(applied)
        self.verified |= now
        facts: list[Fact] = []
        for stage in self.plan.core.stages:
            if not now.isdisjoint(stage.moves) and not stage.left:
                facts += self._started(stage, state)
                if self._is_whole(stage, state, held):
                    facts.append(_changed(stage, StageEvent.VERIFIED))
        return tuple(facts)

    def finished(self, state: State) -> tuple[Fact, ...]:
        """The stages that move nothing, at the end of a run that nobody stopped."""
        facts: list[Fact] = []
        for stage in self.plan.core.stages:
            quiet = not (stage.moves or stage.partial or stage.left)
            if quiet and set(stage.approvals) <= set(self.approved) and not self._runs_already(stage, state):
                facts += [*self._started(stage, state), _changed(stage, StageEvent.VERIFIED)]
        return tuple(facts)

    def _started(self, stage: StageMove, state: State) -> Iterator[Fact]:
        if self._once("started", stage.stage):
            if self._was_served(stage, state):
                # Its clock starts anew; what it served is kept.
                yield _changed(stage, StageEvent.STOPPED, "toggles of it were changed by hand")
            yield from self._baselines(stage.stage.rollout, state)
            yield _changed(stage, StageEvent.STARTED)

    def _baselines(self, rollout: Address, state: State) -> Iterator[Fact]:
        """What the rollout's monitors are compared with from its first move on."""
        monitors = {one for view in self.plan.observed.rollouts if view.rollout == rollout for one in view.monitors}
        for reading in self.plan.observed.readings:
            if reading.monitor not in monitors or not reading.fresh or reading.baseline is None:
                continue
            pair = (rollout, reading.monitor)
            if pair not in state.baselines and self._once("frozen", *pair):
                yield BaselineFrozen(*pair, reading.baseline)

    def _is_whole(self, stage: StageMove, state: State, held: Collection[Address]) -> bool:
        """Whether all of its moves are verified, by this run or an earlier one of the same change."""
        if stage.partial or not set(held).isdisjoint(stage.toggles):
            return False
        earlier = {one for one in stage.moves if (record := state.toggles.get(one)) and record.change == self.change}
        return self.verified.union(earlier).issuperset(stage.moves)

    def _was_served(self, stage: StageMove, state: State) -> bool:
        """Whether it had served its soak though its clock, by the record, never stood."""
        record = state.stages.get(stage.stage)
        if record is None or record.verified is None or record.meaning != stage.meaning:
            return False
        views = (view for rollout in self.plan.observed.rollouts for view in rollout.stages)
        return any(v.stage == stage.stage and v.served_at and v.served_at <= self.plan.observed.created for v in views)

    def _runs_already(self, stage: StageMove, state: State) -> bool:
        """Whether this very plan began it before: a confirmation may be given in parts."""
        record = state.stages.get(stage.stage)
        return bool(record and record.verified and record.verified >= self.plan.observed.created)

    def _once(self, *what: object) -> bool:
        new = what not in self._told
        self._told.add(what)
        return new


def _changed(stage: StageMove, event: StageEvent, why: str = "") -> StageChanged:
    return StageChanged(stage.stage, event, stage.toggles, stage.least, stage.meaning, why)
