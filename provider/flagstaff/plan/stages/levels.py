"""How far the toggles of a rollout were once it had got to a stage: where `rollback -to` leads. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from flagstaff.addresses import Address
from flagstaff.model.exposure import OFF, Exposure
from flagstaff.model.rollout import Rollout, Stage


def stage_levels(rollout: Rollout, name: str) -> Mapping[Address, Exposure]:
    """By toggle: 0 for those that only later stages move. A share that nobody decided counts as 0."""
    stages = {stage.name.name: stage for stage in rollout.stages}
    reached = {other: _reached(stages, other) for other in stages}
    listing: dict[Address, set[str]] = {toggle: set() for toggle in rollout.toggles}
    for other in reached[name]:
        for toggle in stages[other].toggles:
            listing[toggle].add(other)
    return {toggle: _level(name, names, reached, stages) for toggle, names in listing.items()}


def _reached(stages: Mapping[str, Stage], name: str) -> set[str]:
    """The stage, and all that come before it."""
    found, stack = {name}, [name]
    while stack:
        for before in stages[stack.pop()].after:
            if before in stages and before not in found:
                found.add(before)
                stack.append(before)
    return found


def _level(
    name: str, listing: Collection[str], reached: Mapping[str, Collection[str]], stages: Mapping[str, Stage]
) -> Exposure:
    """The latest stage that lists the toggle counts; of several that no order joins, the one with the least."""
    if name in listing:
        return _exposure(stages[name])
    latest = [one for one in listing if not any(one != other and one in reached[other] for other in listing)]
    return min((_exposure(stages[one]) for one in latest), default=OFF)


def _exposure(stage: Stage) -> Exposure:
    return stage.exposure if isinstance(stage.exposure, Exposure) else OFF
