"""Which monitors a plan needs, and what they are read with. Pure.

Those of the stages that may begin: what has its Go and doesn't run, and the next one of each rollout, so that it can
be said what that waits for. Before a rollout's first move, also those of its later stages and of its triggers that are
compared with the time before it: their baselines are frozen then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from flagstaff.addresses import Address
from flagstaff.model.configuration import Desired
from flagstaff.model.evidence import Frozen
from flagstaff.model.exposure import OFF, Exposure
from flagstaff.model.live import LiveExposure
from flagstaff.model.recorded import Recorded
from flagstaff.model.rollout import Monitor, Rollout, Stage
from flagstaff.monitors.protocols import Asked
from flagstaff.plan.stages.overview import monitors_of

Lives = Mapping[Address, LiveExposure | None]


def needed(desired: Desired, recorded: Recorded, lives: Lives) -> tuple[Monitor, ...]:
    """Sorted by address; `lives` are the live exposures of the toggles, None for those that the store doesn't have."""
    found = {
        monitor
        for rollout in desired.rollouts.values()
        for monitor in _of_rollout(rollout, desired, recorded, lives)
        if monitor in desired.monitors
    }
    return tuple(desired.monitors[address] for address in sorted(found))


def _of_rollout(rollout: Rollout, desired: Desired, recorded: Recorded, lives: Lives) -> Iterator[Address]:
    entering = [s for s in rollout.stages if s.name.name in rollout.go and not _runs(s, recorded, lives)]
    following = [s for s in rollout.stages if not _has_begun(s, recorded)][:1]
    for stage in (*entering, *following):
        yield from stage.monitors
    if entering:
        for address in monitors_of(rollout.stages, desired):
            monitor = desired.monitors.get(address)
            compares = monitor and monitor.baseline and monitor.baseline.window
            if compares and (rollout.address, address) not in recorded.baselines:
                yield address


def _has_begun(stage: Stage, recorded: Recorded) -> bool:
    record = recorded.stages.get(stage.name)
    return record is not None and record.started is not None


def _runs(stage: Stage, recorded: Recorded, lives: Lives) -> bool:
    """By its record, with the same meaning, and with every toggle where it has to be."""
    record = recorded.stages.get(stage.name)
    if record is None or record.verified is None or record.left or record.meaning != stage.meaning:
        return False
    if any(toggle in recorded.holds for toggle in stage.toggles):
        return False
    return record.least is None or all(_reaches(lives.get(toggle), record.least) for toggle in stage.toggles)


def _reaches(live: LiveExposure | None, least: Exposure) -> bool:
    return isinstance(live, Exposure) and live >= least


def asked(desired: Desired, recorded: Recorded, lives: Lives, now: datetime) -> Asked:
    """What all monitors are read with. One that several rollouts use has the oldest baseline of them."""
    baselines: dict[Address, Frozen] = {}
    began: dict[Address, datetime] = {}
    traffic: dict[Address, bool] = {}
    for rollout in desired.rollouts.values():
        first = _first_move(rollout, recorded)
        is_up = any(not (live is None or live == OFF) for live in map(lives.get, rollout.toggles))
        for monitor in monitors_of(rollout.stages, desired):
            traffic[monitor] = traffic.get(monitor, False) or is_up
            if first is not None:
                began[monitor] = min(first, began.get(monitor, first))
            frozen = recorded.baselines.get((rollout.address, monitor))
            if frozen is not None:
                known = baselines.get(monitor, frozen)
                baselines[monitor] = frozen if frozen.at < known.at else known
    return Asked(now, baselines, recorded.answers, traffic, began, desired.settings.zone)


def _first_move(rollout: Rollout, recorded: Recorded) -> datetime | None:
    """When the rollout began, if it did."""
    records = (recorded.stages.get(stage.name) for stage in rollout.stages)
    return min((record.started for record in records if record and record.started), default=None)
