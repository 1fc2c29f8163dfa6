"""Where each rollout stands by the state alone, when the configuration is broken or gone. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from flagstaff.addresses import Address
from flagstaff.diagnostics import Failure
from flagstaff.model.configuration import Desired
from flagstaff.model.live import Snapshot
from flagstaff.model.recorded import Recorded
from flagstaff.model.rollout import Rollout, StageName
from flagstaff.plan.guards import Guards, declared, decode_guards
from flagstaff.plan.inputs import Evidence
from flagstaff.plan.stages.clock import Now
from flagstaff.plan.stages.entry import entries
from flagstaff.plan.stages.overview import rollout_views
from flagstaff.plan.stages.view import RolloutView


def remembered_views(desired: Desired, recorded: Recorded, now: datetime, unread: str) -> tuple[RolloutView, ...]:
    """Where each rollout is if every toggle still is as it was recorded; `unread` says why nothing was measured."""
    rollouts = {
        toggle: rollout.address
        for rollout in desired.rollouts.values()
        for toggle in rollout.toggles
        if toggle in desired.toggles
    }
    toggles = {
        address: replace(toggle, rollout=rollouts.get(address), stage=_place(toggle.address, desired, rollouts))
        for address, toggle in desired.toggles.items()
    }
    whole = replace(desired, toggles=toggles, rollouts=_within(desired))
    lives = {address: record.exposure for address, record in recorded.toggles.items()}
    seen = Now(now, whole, Snapshot({}, now), lives, recorded.toggles, recorded.holds, {})
    return rollout_views(whole, entries(seen, recorded, Evidence(now, "", unread=unread), _guards(whole, recorded)))


def _place(toggle: Address, desired: Desired, rollouts: Mapping[Address, Address]) -> StageName | None:
    """The last stage with a Go that lists it."""
    rollout = desired.rollouts.get(rollouts[toggle]) if toggle in rollouts else None
    stages = rollout.stages if rollout else ()
    found = [one.name for one in stages if toggle in one.toggles and rollout and one.name.name in rollout.go]
    return found[-1] if found else None


def _within(desired: Desired) -> dict[Address, Rollout]:
    """The rollouts without toggles that could not be read."""
    return {
        address: replace(
            rollout,
            stages=tuple(
                replace(stage, toggles=tuple(one for one in stage.toggles if one in desired.toggles))
                for stage in rollout.stages
            ),
        )
        for address, rollout in desired.rollouts.items()
    }


def _guards(desired: Desired, recorded: Recorded) -> Guards:
    if recorded.guards is not None:
        with suppress(Failure):
            return decode_guards(recorded.guards)
    return declared(desired)
