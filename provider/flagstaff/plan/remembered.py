"""The last applied configuration as a `Desired`, with rollouts and all that they wait for. Pure.

For readers, when the configuration is broken or gone. What can't be read is left out; what only the
configuration has (documents, risks) is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from flagstaff.addresses import Address
from flagstaff.diagnostics import Failure
from flagstaff.model.configuration import Desired, Role, Settings
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.exposure import Exposure
from flagstaff.model.live import Snapshot
from flagstaff.model.recorded import Recorded
from flagstaff.model.rollout import Blocker, Rollout, Soak, Stage, StageName, Trigger, Waiver
from flagstaff.plan.guards import Guards, declared, decode_guards
from flagstaff.plan.inputs import Evidence
from flagstaff.plan.monitor_forms import read_monitor
from flagstaff.plan.rollback.recalled import recall
from flagstaff.plan.stages.clock import Now
from flagstaff.plan.stages.entry import entries
from flagstaff.plan.stages.overview import rollout_views
from flagstaff.plan.stages.view import RolloutView

T = TypeVar("T")
Json = Mapping[str, Any]
_UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, ArithmeticError)


def remembered(document: Json) -> Desired:
    """What `plan.applied` wrote, as far as it can be read."""
    settings = Settings(
        environment=str(document.get("environment", "")),
        production=bool(document.get("production")),
        timezone=str(document.get("timezone", "UTC")),
    )
    return replace(
        recall(document),
        settings=settings,
        roles=dict(_all(document, "roles", _role)),
        rollouts=dict(_all(document, "rollouts", _rollout)),
        blockers=dict(_all(document, "blockers", _blocker)),
        monitors=dict(_all(document, "monitors", read_monitor)),
        triggers=dict(_all(document, "triggers", _trigger)),
    )


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


def _all(document: Json, name: str, read: Callable[[Address, Json], T]) -> Iterator[tuple[Address, T]]:
    found = document.get(name)
    for text, entry in found.items() if isinstance(found, Mapping) else ():
        with suppress(*_UNREADABLE):
            address = Address.parse(text)
            yield address, read(address, entry)


def _role(address: Address, entry: Json) -> Role:
    return Role(address, tuple(entry["signers"]), entry["github_team"])


def _blocker(address: Address, entry: Json) -> Blocker:
    return Blocker(
        address,
        entry["title"],
        entry["status"],
        entry["blocking"],
        owner=_address(entry["owner"]),
        evidence=entry["evidence"],
        note=entry["note"],
        product=_address(entry["product"]),
    )


def _trigger(address: Address, entry: Json) -> Trigger:
    return Trigger(address, entry["title"], entry["reason"], entry["action"], _address(entry["monitor"]))


def _rollout(address: Address, entry: Json) -> Rollout:
    return Rollout(
        address,
        entry["title"],
        _address(entry["product"]),
        _address(entry["owner"]),
        go=tuple(entry["go"]),
        stages=tuple(_stage(address, one) for one in entry["stages"]),
    )


def _stage(rollout: Address, entry: Json) -> Stage:
    stage = Stage(
        StageName(rollout, entry["name"]),
        entry["title"],
        exposure=_undecided(entry["exposure"]) or _exposure(entry["exposure"]),
        at_least=_exposure(entry["at_least"]),
        toggles=_addresses(entry["toggles"]),
        after=tuple(entry["after"]),
        not_before=_undecided(entry["not_before"]) or _moment(entry["not_before"]),
        soak=_undecided(entry["soak"]) or _soak(entry["soak"]),
        together=entry["together"],
        meaning=entry["meaning"],
        blocked_by=_addresses(entry["blocked_by"]),
        monitors=_addresses(entry["monitors"]),
        approvals=_addresses(entry["approvals"]),
        triggers=_addresses(entry["triggers"]),
        max_raise=entry["max_raise"],
        waivers=tuple(_waiver(one) for one in entry["waivers"]),
        note=entry["note"],
    )
    parts = (stage.exposure, stage.not_before, stage.soak)
    return replace(stage, open_decisions=tuple(one for one in parts if isinstance(one, OpenDecision)))


def _waiver(entry: Json) -> Waiver:
    return Waiver(entry["check"], entry["reason"], datetime.fromisoformat(entry["until"]), _address(entry["of"]))


def _undecided(value: Any) -> OpenDecision | None:
    return OpenDecision(value["undecided"], None) if isinstance(value, Mapping) and "undecided" in value else None


def _exposure(value: Any) -> Exposure | None:
    return None if value is None else Exposure.parse(value)


def _moment(value: Any) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def _soak(value: Any) -> Soak | None:
    if value is None:
        return None
    most = value["maximum"]
    return Soak(timedelta(seconds=value["minimum"]), None if most is None else timedelta(seconds=most))


def _address(text: Any) -> Address | None:
    return Address.parse(text) if text else None


def _addresses(texts: Iterable[str]) -> tuple[Address, ...]:
    return tuple(map(Address.parse, texts))
