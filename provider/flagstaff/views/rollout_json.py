"""Rollouts in a plan's JSON: stages that begin, where each rollout is, what was measured; `plan_json` puts it in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flagstaff.diagnostics import Range
from flagstaff.model.evidence import Frozen, Reading
from flagstaff.model.exposure import Exposure
from flagstaff.plan.check import Check
from flagstaff.plan.plan import Plan, StageMove, Waived
from flagstaff.plan.stages.overview import refused_stages
from flagstaff.plan.stages.view import Gate, RolloutView, StageView
from flagstaff.views.diagnostics import range_json
from flagstaff.views.words import rfc3339

Json = dict[str, Any]


def rollouts_json(plan: Plan, check: Callable[[Check], Json]) -> Json:
    """`check` writes one check as the rest of the document does."""
    core, observed = plan.core, plan.observed
    return {
        "stages": [_stage_move(move) for move in core.stages],
        "refused_stages": [str(view.stage) for view in refused_stages(plan)],
        "waived": [_waived(item) for item in core.waived],
        "rollouts": [_rollout(view, check) for view in observed.rollouts],
        "gates": [_gate(gate) for gate in observed.gates],
        "readings": [_reading(reading) for reading in observed.readings],
        "author": observed.author,
    }


def _stage_move(move: StageMove) -> Json:
    return {
        "stage": str(move.stage),
        "toggles": _texts(move.toggles),
        "moves": _texts(move.moves),
        "least": _exposure(move.least),
        "meaning": move.meaning,
        "partial": move.partial,
        "left": move.left,
        "approvals": _texts(move.approvals),
    }


def _waived(item: Waived) -> Json:
    return {
        "subject": item.subject,
        "check": item.check.value,
        "of": _text(item.of),
        "reason": item.reason,
        "until": rfc3339(item.until),
        "role": str(item.role),
    }


def _rollout(view: RolloutView, check: Callable[[Check], Json]) -> Json:
    return {
        "rollout": str(view.rollout),
        "title": view.title,
        "product": _text(view.product),
        "at": view.at,
        "next": view.next,
        "complete": view.complete,
        "monitors": _texts(view.monitors),
        "stages": [_stage(stage, check) for stage in view.stages],
        "range": _place(view.range),
    }


def _stage(view: StageView, check: Callable[[Check], Json]) -> Json:
    return {
        "stage": str(view.stage),
        "title": view.title,
        "state": view.state.value,
        "go": view.go,
        "exposure": _exposure(view.exposure),
        "at_least": _exposure(view.at_least),
        "toggles": _texts(view.toggles),
        "since": _time(view.since),
        "served_at": _time(view.served_at),
        "meaning": view.meaning,
        "checks": [check(item) for item in view.checks],
        "range": _place(view.range),
    }


def _gate(gate: Gate) -> Json:
    return {
        "stage": str(gate.stage),
        "not_before": _time(gate.not_before),
        "monitors": _texts(gate.monitors),
        "after": _texts(gate.after),
    }


def _reading(reading: Reading) -> Json:
    """Numbers are texts: they are exact."""
    return {
        "monitor": str(reading.monitor),
        "verdict": reading.verdict.value,
        "at": rfc3339(reading.at),
        "reason": reading.reason,
        "query": reading.query,
        "start": _time(reading.start),
        "end": _time(reading.end),
        "measured": _text(reading.measured),
        "numerator": _text(reading.numerator),
        "samples": _text(reading.samples),
        "baseline": _frozen(reading.baseline),
        "low": _text(reading.low),
        "high": _text(reading.high),
        "method": reading.method,
        "fresh": reading.fresh,
    }


def _frozen(baseline: Frozen | None) -> Json | None:
    if baseline is None:
        return None
    return {
        "measured": str(baseline.measured),
        "numerator": _text(baseline.numerator),
        "samples": _text(baseline.samples),
        "at": rfc3339(baseline.at),
        "start": _time(baseline.start),
        "end": _time(baseline.end),
        "query": baseline.query,
    }


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _texts(values: tuple[object, ...]) -> list[str]:
    return [str(value) for value in values]


def _time(when: datetime | None) -> str | None:
    return None if when is None else rfc3339(when)


def _exposure(value: Exposure | None) -> str | None:
    return None if value is None else value.encode()


def _place(range: Range | None) -> Json | None:
    return None if range is None else range_json(range)
