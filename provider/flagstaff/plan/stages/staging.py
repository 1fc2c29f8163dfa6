"""Staging: what the stages of rollouts make of a configuration, and of the stages themselves.

A toggle whose rollout had one of its stages go, and has none now, goes back to 0; one whose rollout
never got so far is left as it was found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from flagstaff.addresses import Address
from flagstaff.model.configuration import Desired, Toggle
from flagstaff.model.exposure import OFF, Exposure
from flagstaff.model.live import LiveExposure
from flagstaff.model.recorded import Recorded
from flagstaff.model.rollout import Stage, StageName
from flagstaff.plan.candidates import Candidate, renames
from flagstaff.plan.inputs import Options
from flagstaff.plan.plan import StageMove
from flagstaff.plan.stages.clock import least
from flagstaff.plan.stages.entry import Entries, Entry

Candidates = Mapping[Address, Candidate]


def staged(desired: Desired, recorded: Recorded) -> Desired:
    """The configuration with 0 for every toggle that lost its last stage."""
    if not any(toggle.rollout and toggle.exposure is None for toggle in desired.toggles.values()):
        return desired
    names = renames(recorded, desired)
    begun = {names.get(toggle, toggle) for record in recorded.stages.values() for toggle in record.toggles}
    return replace(desired, toggles={a: _lost(toggle, desired, begun) for a, toggle in desired.toggles.items()})


def _lost(toggle: Toggle, desired: Desired, begun: set[Address]) -> Toggle:
    if toggle.rollout is None or toggle.exposure is not None or toggle.address not in begun:
        return toggle
    rollout = desired.rollouts.get(toggle.rollout)
    return replace(toggle, exposure=OFF, exposure_range=rollout.go_range if rollout else None)


def stage_moves(
    entries: Entries,
    candidates: Candidates,
    lives: Mapping[Address, LiveExposure | None],
    options: Options,
) -> tuple[StageMove, ...]:
    """The stages that begin with a plan, or lose their Go: `candidates` are its settled changes."""
    begins = (_begins(entry, candidates, lives) for entry in entries.stages.values() if entry.enters)
    chosen = (one for one in begins if one is not None and _chosen(one.toggles, candidates, options))
    left = (one for one in _left(entries) if _chosen(one.toggles, candidates, options))
    return (*chosen, *left)


def _chosen(toggles: tuple[Address, ...], candidates: Candidates, options: Options) -> bool:
    """Whether `-target` and `-exclude` leave anything of it in the plan."""
    if not toggles:
        return not options.targets
    return not (options.targets or options.excludes) or any(toggle in candidates for toggle in toggles)


def _begins(entry: Entry, candidates: Candidates, lives: Mapping[Address, LiveExposure | None]) -> StageMove | None:
    stage = entry.stage
    toggles = tuple(sorted(stage.toggles))
    moving = {toggle for toggle in toggles if _goes(candidates.get(toggle))}
    entering = {toggle for toggle in moving if _stage_of(candidates[toggle]) == stage.name}
    if entry.blocked and not any(candidates[toggle].up for toggle in entering):
        return None
    standing = {t for t in toggles if _stands(t, stage, candidates, lives, moving) and t not in entry.held}
    partial = len(standing) < len(toggles)
    moves = tuple(sorted(moving & standing))
    if partial and not moves:
        return None
    return StageMove(
        stage.name, toggles, moves, least(stage), stage.meaning, partial=partial, approvals=entry.all_approvals
    )


def _goes(candidate: Candidate | None) -> bool:
    return candidate is not None and candidate.goes and candidate.action.writes


def _stage_of(candidate: Candidate) -> StageName | None:
    return candidate.toggle.stage if candidate.toggle else None


def _stands(
    toggle: Address,
    stage: Stage,
    candidates: Candidates,
    lives: Mapping[Address, LiveExposure | None],
    moving: set[Address],
) -> bool:
    """Whether the toggle is where the stage wants it, at the end of the plan."""
    end = candidates[toggle].wanted if toggle in moving else lives.get(toggle)
    floor = least(stage)
    return isinstance(end, Exposure) and floor is not None and end >= floor


def _left(entries: Entries) -> Iterator[StageMove]:
    for name, record in sorted(entries.recorded.stages.items()):
        if not record.left and name not in entries.go:
            toggles = tuple(sorted(entries.names.get(toggle, toggle) for toggle in record.toggles))
            yield StageMove(name, toggles, (), record.least, record.meaning, left=True)
