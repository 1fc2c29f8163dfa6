"""The rollouts of the applied configuration, with what they wait for, as plain JSON without secrets.

Whoever rolls back or looks again at a monitor reads it from here, whatever became of the configuration.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, assert_never

from flagstaff.addresses import Address
from flagstaff.model.configuration import Desired
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.exposure import Exposure
from flagstaff.model.rollout import Baseline, Blocker, Monitor, MonitorSource, Rollout, Soak, Stage, Trigger, Waiver
from flagstaff.plan.applied.monitors import condition_form

Json = dict[str, Any]


def documents(desired: Desired) -> Json:
    """By kind, then by address; without the kinds that the configuration does not use."""
    found = {
        "rollouts": {str(address): _rollout(rollout) for address, rollout in desired.rollouts.items()},
        "blockers": {str(address): _blocker(blocker) for address, blocker in desired.blockers.items()},
        "monitors": {str(address): monitor_document(monitor) for address, monitor in desired.monitors.items()},
        "triggers": {str(address): _trigger(trigger) for address, trigger in desired.triggers.items()},
    }
    return {kind: items for kind, items in found.items() if items}


def _rollout(rollout: Rollout) -> Json:
    return {
        "title": rollout.title,
        "product": _text(rollout.product),
        "owner": _text(rollout.owner),
        "go": list(rollout.go),
        "stages": [_stage(stage) for stage in rollout.stages],
    }


def _stage(stage: Stage) -> Json:
    return {
        "name": stage.name.name,
        "title": stage.title,
        "exposure": _plain(stage.exposure),
        "at_least": _plain(stage.at_least),
        "toggles": _texts(stage.toggles),
        "after": list(stage.after),
        "not_before": _plain(stage.not_before),
        "soak": _plain(stage.soak),
        "together": stage.together,
        "meaning": stage.meaning,
        "blocked_by": _texts(stage.blocked_by),
        "monitors": _texts(stage.monitors),
        "approvals": _texts(stage.approvals),
        "triggers": _texts(stage.triggers),
        "max_raise": stage.max_raise,
        "waivers": waiver_documents(stage.waivers),
        "note": stage.note,
    }


def waiver_documents(waivers: Iterable[Waiver]) -> list[Json]:
    return [
        {"check": one.check, "of": _text(one.of), "reason": one.reason, "until": _plain(one.until)} for one in waivers
    ]


def _blocker(blocker: Blocker) -> Json:
    return {
        "title": blocker.title,
        "status": blocker.status,
        "blocking": blocker.blocking,
        "owner": _text(blocker.owner),
        "evidence": blocker.evidence,
        "note": blocker.note,
        "product": _text(blocker.product),
    }


def monitor_document(monitor: Monitor) -> Json:
    """One monitor; times are in seconds, credentials appear by the name of their attribute only."""
    return {
        "title": monitor.title,
        "source": _source(monitor.source),
        "window": monitor.window.total_seconds(),
        "delay": monitor.delay.total_seconds(),
        "interval": monitor.interval.total_seconds(),
        "baseline": _baseline(monitor.baseline),
        "pass_when": {"undecided": monitor.pass_when.why}
        if isinstance(monitor.pass_when, OpenDecision)
        else monitor.pass_when_text or _text(monitor.pass_when),
        "condition": None
        if monitor.pass_when is None or isinstance(monitor.pass_when, OpenDecision)
        else condition_form(monitor.pass_when),
        "worse": monitor.worse,
        "tolerance": f"{monitor.tolerance:f}",
        "min_samples": monitor.min_samples,
        "before_traffic": monitor.before_traffic,
        "unit": monitor.unit,
        "where": monitor.where,
        "normal": monitor.normal,
        "concerning": monitor.concerning,
        "note": monitor.note,
    }


def _source(source: MonitorSource | OpenDecision) -> Json:
    if isinstance(source, OpenDecision):
        return {"undecided": source.why}
    return {"kind": source.kind, "settings": dict(source.settings), "credentials": sorted(source.sensitive)}


def _baseline(baseline: Baseline | None) -> Json | None:
    if baseline is None:
        return None
    value = baseline.value
    return {
        "window": None if baseline.window is None else baseline.window.total_seconds(),
        "value": {"undecided": value.why}
        if isinstance(value, OpenDecision)
        else None
        if value is None
        else f"{value:f}",
    }


def _trigger(trigger: Trigger) -> Json:
    return {
        "title": trigger.title,
        "reason": trigger.reason,
        "action": trigger.action,
        "monitor": _text(trigger.monitor),
        "condition": _text(trigger.condition),
    }


def _plain(value: Exposure | datetime | Soak | OpenDecision | None) -> Any:
    match value:
        case OpenDecision(why=why):
            return {"undecided": why}
        case Exposure():
            return value.encode()
        case datetime():
            return value.astimezone(UTC).isoformat()
        case Soak(minimum=minimum, maximum=maximum):
            return {
                "minimum": minimum.total_seconds(),
                "maximum": None if maximum is None else maximum.total_seconds(),
            }
        case None:
            return None
        case _:
            assert_never(value)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _texts(addresses: tuple[Address, ...]) -> list[str]:
    return [str(address) for address in addresses]
