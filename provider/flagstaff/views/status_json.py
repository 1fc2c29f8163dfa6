"""The status as one JSON object. Its fields only grow; `format` rises when one changes its meaning."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flagstaff.plan.plan import DriftKind
from flagstaff.plan.stages.view import StageView
from flagstaff.views.plan_json import encode
from flagstaff.views.status import Held, Row, Standing, Status, Wait
from flagstaff.views.words import rfc3339

Json = dict[str, Any]
FORMAT = 1


def status_json(status: Status) -> Json:
    return {
        "format": FORMAT,
        "environment": status.environment,
        "production": status.production,
        "time": rfc3339(status.now),
        "serial": status.serial,
        "read_at": _time(status.seen),
        "from_state_alone": status.alone or None,
        "rollouts": [_row(row) for row in status.rows],
        "held": [_held(held) for held in status.held],
        "drift": [
            {
                "address": str(one.address),
                "key": one.key,
                "kind": one.kind.value,
                "live": None if one.kind is DriftKind.GONE else encode(one.live),
                "recorded": encode(one.recorded),
                "cause": one.cause or None,
            }
            for one in status.drift
        ],
        "waivers": [_waiver(one) for one in status.waivers],
        "open_decisions": [
            {
                "why": one.why,
                "place": one.place or None,
                "owner": _text(one.owner),
                "range": str(one.range) if one.range else None,
            }
            for one in status.open_decisions
        ],
    }


def _row(row: Row) -> Json:
    return {
        "address": str(row.rollout),
        "title": row.title,
        "complete": row.complete,
        "at": _stage(row.at),
        "next": _stage(row.next),
        "waits_for": [_wait(wait) for wait in row.waits],
        "held": [str(address) for address in row.held],
    }


def _stage(stage: StageView | None) -> Json | None:
    if stage is None:
        return None
    return {
        "name": stage.stage.name,
        "title": stage.title,
        "state": stage.state.value,
        "go": stage.go,
        "exposure": encode(stage.exposure),
        "at_least": encode(stage.at_least),
        "toggles": [str(toggle) for toggle in stage.toggles],
        "meaning": stage.meaning or None,
        "since": _time(stage.since),
        "soak_until": _time(stage.served_at),
    }


def _wait(wait: Wait) -> Json:
    return {
        "check": wait.check,
        "verdict": wait.verdict.value,
        "text": wait.text,
        "of": _text(wait.of),
        "earliest": _time(wait.earliest),
    }


def _held(held: Held) -> Json:
    hold = held.hold
    return {
        "address": str(held.address),
        "implied": hold is None,
        "id": hold.id if hold else None,
        "cause": hold.cause if hold else held.text,
        "since": _time(hold.at) if hold else None,
        "who": hold.who if hold else None,
        "because_of": _text(hold.of) if hold else None,
        "before": encode(hold.before) if hold else None,
        "released_by": _text(held.role),
        "signers": list(held.signers),
    }


def _waiver(one: Standing) -> Json:
    return {
        "subject": one.subject,
        "check": one.waiver.check,
        "of": _text(one.waiver.of),
        "reason": one.waiver.reason,
        "until": rfc3339(one.waiver.until),
        "role": _text(one.role),
    }


def _time(when: datetime | None) -> str | None:
    return rfc3339(when) if when else None


def _text(value: object) -> str | None:
    return None if value is None else str(value)
