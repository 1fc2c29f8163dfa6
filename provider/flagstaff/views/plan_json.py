"""The key `flagstaff` of a plan's JSON: what Terraform's format has no words for.

A versioned contract, described by `flagstaff` in schemas/plan.json. Exposures are texts: "5", "on",
"other (why)"; null is "no such toggle". Lists are sorted as the plan is.
"""

from __future__ import annotations

from typing import Any, Final

from flagstaff.diagnostics import Range
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.exposure import Exposure
from flagstaff.model.live import LiveExposure
from flagstaff.plan.check import Check
from flagstaff.plan.plan import Broken, Change, Drift, GuardChange, Move, Plan, RecordChange, Status, Unmanaged
from flagstaff.views.audience_json import affected_json
from flagstaff.views.counts import Counts
from flagstaff.views.diagnostics import Sources, diagnostic_json, range_json
from flagstaff.views.plan_changes import Batches
from flagstaff.views.rollout_json import rollouts_json
from flagstaff.views.words import rfc3339

FORMAT: Final = 1


def flagstaff_json(plan: Plan, batches: Batches, change_id: str, sources: Sources) -> dict[str, Any]:
    core, observed = plan.core, plan.observed
    return {
        "format": FORMAT,
        "change_id": change_id,
        "environment": core.environment,
        "production": observed.production,
        "provider": core.provider,
        "lineage": core.lineage,
        "serial": observed.serial,
        "tool": observed.tool,
        "created": rfc3339(observed.created),
        "read_at": rfc3339(observed.read_at),
        "taken_at": rfc3339(observed.taken_at) if observed.taken_at else None,
        "known": observed.known,
        "managed": observed.managed,
        "refresh_only": observed.refresh_only,
        "outputs_changed": observed.outputs_changed,
        "summary": _summary(plan),
        "batches": [[str(move.address) for move in batch] for batch in batches],
        "moves": [_move(move) for move in core.moves],
        "records": [_record(record) for record in core.records],
        "changes": [_change(change) for change in sorted(observed.changes, key=lambda item: item.address)],
        "guard_changes": [_guard_change(change) for change in core.guard_changes],
        "broken": [_broken(item) for item in observed.broken],
        "drift": [_drift(item) for item in observed.drift],
        "open_decisions": [_decision(item) for item in observed.open_decisions],
        "left_out": [str(address) for address in observed.left_out],
        "warnings": [diagnostic_json(item, sources) for item in observed.warnings],
        "products": dict(sorted(observed.products.items())),
        **rollouts_json(plan, _check),
        "audience": affected_json(observed.affected),
        "unmanaged": None if observed.unmanaged is None else [_unmanaged(item) for item in observed.unmanaged],
    }


def encode(value: LiveExposure | None) -> str | None:
    """`5`, `on`, `other (why)`, or None."""
    return value.encode() if isinstance(value, Exposure) else None if value is None else str(value)


def _summary(plan: Plan) -> dict[str, int]:
    counts = Counts.of_core(plan.core)
    statuses = [change.status for change in plan.observed.changes]
    return {
        "import": counts.imported,
        "add": counts.added,
        "change": counts.changed,
        "destroy": counts.destroyed,
        "forget": counts.forgotten,
        "blocked": statuses.count(Status.BLOCKED),
        "pending": statuses.count(Status.PENDING),
    }


def _place(range: Range | None) -> dict[str, Any] | None:
    return range_json(range) if range else None


def _move(move: Move) -> dict[str, Any]:
    return {
        "address": str(move.address),
        "key": move.key,
        "action": move.action.value,
        "before": encode(move.before),
        "after": encode(move.after),
        "waits_for": [str(address) for address in move.waits_for],
        "consent": move.consent,
        "approvals": [str(role) for role in move.approvals],
        "group": move.group,
        "stage": str(move.stage) if move.stage else None,
        "steps": [
            {"operation": step.operation, "value": step.value, "leaves": encode(step.leaves)} for step in move.steps
        ],
    }


def _record(record: RecordChange) -> dict[str, Any]:
    return {
        "address": str(record.address),
        "key": record.key,
        "action": record.action.value,
        "exposure": encode(record.exposure),
        "moved_from": str(record.moved_from) if record.moved_from else None,
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "address": str(change.address),
        "key": change.key,
        "product": str(change.product) if change.product else None,
        "action": change.action.value,
        "status": change.status.value,
        "before": encode(change.before),
        "after": encode(change.after),
        "wanted": encode(change.wanted),
        "recorded": encode(change.recorded),
        "testers": change.testers,
        "moved_from": str(change.moved_from) if change.moved_from else None,
        "checks": [_check(check) for check in change.checks],
        "notes": list(change.notes),
        "range": _place(change.range),
    }


def _check(check: Check) -> dict[str, Any]:
    return {
        "name": check.name.value,
        "verdict": check.verdict.value,
        "summary": check.summary,
        "detail": check.detail,
        "label": check.label,
        "why": check.why,
        "ways_out": list(check.ways_out),
        "earliest": rfc3339(check.earliest) if check.earliest else None,
        "waived": check.waived,
        "of": str(check.of) if check.of else None,
        "range": _place(check.range),
    }


def _guard_change(change: GuardChange) -> dict[str, Any]:
    return {
        "guard": change.guard,
        "subject": change.subject,
        "before": change.before,
        "after": change.after,
        "loosens": change.loosens,
        "role": str(change.role) if change.role else None,
        "range": _place(change.range),
    }


def _broken(item: Broken) -> dict[str, Any]:
    return {
        "child": str(item.child),
        "parent": str(item.parent),
        "child_live": encode(item.child_live),
        "parent_live": encode(item.parent_live),
        "at_least": encode(item.at_least),
        "reason": item.reason,
        "repaired": item.repaired,
        "range": _place(item.range),
    }


def _drift(item: Drift) -> dict[str, Any]:
    return {
        "address": str(item.address),
        "key": item.key,
        "kind": item.kind.value,
        "recorded": encode(item.recorded),
        "live": encode(item.live),
        "consequence": item.consequence,
        "gates": [{"gate": gate.gate, "before": gate.before, "after": gate.after} for gate in item.gates],
        "testers": item.testers,
        "cause": item.cause,
        "expected": item.expected,
    }


def _unmanaged(item: Unmanaged) -> dict[str, Any]:
    return {
        "key": item.key,
        "live": encode(item.live),
        "testers": item.testers,
        "changed_at": rfc3339(item.changed_at) if item.changed_at else None,
    }


def _decision(item: OpenDecision) -> dict[str, Any]:
    owner = str(item.owner) if item.owner else None
    return {"why": item.why, "owner": owner, "place": item.place, "range": _place(item.range)}
