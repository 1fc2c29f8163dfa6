"""Plans and states in Terraform's JSON formats, for the tools that read those.

Source: Terraform's JSON output format, plan "1.2" and state "1.0". What Terraform has no words for
stands under the one key `flagstaff`. A blocked change is a no-op here: nothing would be written.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any, Final

from flagstaff.addresses import Address
from flagstaff.model.evidence import Verdict
from flagstaff.model.exposure import Exposure
from flagstaff.model.live import LiveExposure
from flagstaff.plan.check import Check
from flagstaff.plan.plan import Action, Change, Drift, Move, Plan, RecordChange
from flagstaff.state.state import State
from flagstaff.views.diagnostics import Sources
from flagstaff.views.json_text import json_text
from flagstaff.views.outputs import outputs_json, outputs_of
from flagstaff.views.plan_changes import Batches
from flagstaff.views.plan_json import encode, flagstaff_json
from flagstaff.views.words import rfc3339

# Readers compare it with the Terraform versions they know; ours stands in `flagstaff.tool`.
TERRAFORM_VERSION: Final = "1.11.4"

Json = dict[str, Any]


def plan_json(
    plan: Plan,
    batches: Batches,
    change_id: str,
    *,
    sources: Sources | None = None,
) -> str:
    """`show -json PLAN`: one line, because some readers take only one."""
    writer = _Writer(plan)
    changes = sorted(plan.observed.changes, key=lambda change: change.address)
    after = outputs_json(outputs_of(plan.observed.applied))
    before = outputs_json(outputs_of({"outputs": plan.observed.outputs_before}))
    document: Json = {
        "format_version": "1.2",
        "terraform_version": TERRAFORM_VERSION,
        **_unless_empty("variables", dict(sorted(plan.observed.variables.items()))),
        "planned_values": _values(after, writer.planned(changes)),
        **_unless_empty("resource_drift", [writer.drift(item) for item in plan.observed.drift]),
        "resource_changes": [writer.change(change) for change in changes],
        **_unless_empty("output_changes", _output_changes(before, after)),
        "prior_state": _state(before, writer.prior(changes)),
        "configuration": writer.configuration(changes),
        **_unless_empty("checks", _checks(changes)),
        "timestamp": rfc3339(plan.observed.created),
        "applyable": plan.has_changes,
        "complete": not plan.blocked and not plan.observed.left_out,
        "errored": False,
        "flagstaff": flagstaff_json(plan, batches, change_id, sources or {}),
    }
    return _one_line(document)


def _one_line(document: Json) -> str:
    return json_text(document, compact=True)


def _unless_empty(name: str, value: Any) -> Json:
    """Terraform leaves these out where there is nothing to say."""
    return {name: value} if value else {}


def _values(outputs: Json, resources: list[Json]) -> Json:
    return {"outputs": outputs, "root_module": {"resources": resources}}


def _state(outputs: Json, resources: list[Json]) -> Json:
    return {
        "format_version": "1.0",
        "terraform_version": TERRAFORM_VERSION,
        "values": _values(outputs, resources),
    }


def state_json(state: State | None, provider: str) -> str:
    """`show -json` of a state; without one, the version alone, as Terraform has it."""
    if state is None:
        return _one_line({"format_version": "1.0"})
    resources = [
        resource(address, provider_name(provider), values(record.key, record.exposure))
        for address, record in sorted(state.toggles.items())
    ]
    return _one_line(_state(outputs_json(outputs_of(state.applied)), resources))


def provider_name(provider: str) -> str:
    """`flagstaff/flipper` for every way to reach a Flipper."""
    return f"flagstaff/{provider.partition('.')[0]}"


def values(key: str, exposure: LiveExposure) -> Json:
    """A toggle's attributes. `percentage` is a number wherever there is one: policies compare it."""
    known = exposure if isinstance(exposure, Exposure) else None
    return {
        "key": key,
        "exposure": encode(exposure),
        "percentage": _number(known) if known else None,
        "enabled": known.is_on if known else None,
    }


def _number(exposure: Exposure) -> int | float:
    percent = exposure.percent
    return int(percent) if percent == int(percent) else float(percent)


def resource(address: Address, provider: str, attributes: Json) -> Json:
    return {
        **_identity(address, provider),
        "schema_version": 0,
        "values": attributes,
        "sensitive_values": {},
    }


def _identity(address: Address, provider: str) -> Json:
    made: Json = {"address": str(address), "mode": "managed", "type": address.kind, "name": address.name}
    if address.index is not None:
        made["index"] = address.index
    return {**made, "provider_name": provider}


class _Writer:
    """One plan's moves and records by address, and how its parts are written."""

    def __init__(self, plan: Plan) -> None:
        self._provider = provider_name(plan.core.provider)
        self._moves: dict[Address, Move] = {move.address: move for move in plan.core.moves}
        self._records: dict[Address, RecordChange] = {record.address: record for record in plan.core.records}

    def _sides(self, change: Change) -> tuple[list[str], Json | None, Json | None]:
        """Terraform's actions, and the toggle before and after."""
        before = values(change.key, change.before) if change.before is not None else None
        move, record = self._moves.get(change.address), self._records.get(change.address)
        if move is not None:
            match move.action:
                case Action.CREATE:
                    return ["create"], None, self._after(change, move)
                case Action.DELETE:
                    return ["delete"], before, None
                case _:
                    return ["update"], before, self._after(change, move)
        if record is not None and record.action is Action.FORGET:
            return ["forget"], before, None
        return ["no-op"], before, before

    @staticmethod
    def _after(change: Change, move: Move) -> Json | None:
        return values(change.key, move.after) if move.after is not None else None

    def change(self, change: Change) -> Json:
        actions, before, after = self._sides(change)
        body = _change_body(actions, before, after)
        record = self._records.get(change.address)
        if record is not None and record.action is Action.ADOPT:
            body["importing"] = {"id": change.key}
        identity = _identity(change.address, self._provider)
        if change.moved_from is not None:
            address = identity.pop("address")
            identity = {"address": address, "previous_address": str(change.moved_from), **identity}
        made = {**identity, "change": body}
        if actions in (["delete"], ["forget"]):
            made["action_reason"] = "delete_because_no_resource_config"
        return made

    def drift(self, item: Drift) -> Json:
        before = values(item.key, item.recorded)
        after = values(item.key, item.live) if item.live is not None else None
        actions = ["delete"] if after is None else ["update"]
        return {**_identity(item.address, self._provider), "change": _change_body(actions, before, after)}

    def planned(self, changes: Iterable[Change]) -> list[Json]:
        """Every toggle that is ours afterwards."""
        sides = ((change, self._sides(change)[2]) for change in changes)
        return [resource(change.address, self._provider, after) for change, after in sides if after is not None]

    def prior(self, changes: Iterable[Change]) -> list[Json]:
        """Every toggle that is ours already, as it is live."""
        return [
            resource(change.moved_from or change.address, self._provider, values(change.key, change.before))
            for change in changes
            if change.recorded is not None and change.before is not None
        ]

    def configuration(self, changes: Iterable[Change]) -> Json:
        """The declared blocks. Of a repeated one only the shape: its instances differ."""
        kind = self._provider.partition("/")[2]
        declared = [change for change in changes if change.action not in {Action.FORGET, Action.DELETE}]
        blocks = []
        for address, group in groupby(declared, key=lambda change: change.address.block):
            first = next(group)
            block: Json = {
                "address": str(address),
                "mode": "managed",
                "type": address.kind,
                "name": address.name,
                "provider_config_key": kind,
                "expressions": {},
                "schema_version": 0,
            }
            match first.address.index:
                case None:
                    block["expressions"] = _expressions(first)
                case int():
                    block["count_expression"] = {}
                case _:
                    block["for_each_expression"] = {}
            blocks.append(block)
        provider = {kind: {"name": kind, "full_name": self._provider}}
        return {"provider_config": provider, "root_module": {"resources": blocks}}


def _expressions(change: Change) -> Json:
    made: Json = {"key": {"constant_value": change.key}}
    if change.wanted is not None:
        name, value = ("enabled", True) if change.wanted.is_on else ("percentage", _number(change.wanted))
        made[name] = {"constant_value": value}
    return made


def _change_body(actions: list[str], before: Json | None, after: Json | None) -> Json:
    return {
        "actions": actions,
        "before": before,
        "after": after,
        "after_unknown": {},
        "before_sensitive": False if before is None else {},
        "after_sensitive": False if after is None else {},
    }


def output_action(before: Json | None, after: Json | None) -> str:
    """What becomes of one output, from its values as `outputs_json` writes them."""
    if before is None:
        return "create"
    if after is None:
        return "delete"
    return "no-op" if before == after else "update"


def _output_changes(before: Json, after: Json) -> Json:
    made = {}
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        made[name] = {
            "actions": [output_action(old, new)],
            "before": (old or {}).get("value"),
            "after": (new or {}).get("value"),
            "after_unknown": False,
            "before_sensitive": bool((old or {}).get("sensitive")),
            "after_sensitive": bool((new or {}).get("sensitive")),
        }
    return made


_STATUS: Final = {Verdict.PASS: "pass", Verdict.FAIL: "fail"}


def _checks(changes: Iterable[Change]) -> list[Json]:
    """Terraform's check results: one a block, one instance a toggle. What is not decided is `unknown`."""
    made = []
    checked = [change for change in changes if change.checks]
    for block, group in groupby(checked, key=lambda change: change.address.block):
        instances = [_check_instance(change) for change in group]
        address = {
            "kind": "resource",
            "mode": "managed",
            "name": block.name,
            "to_display": str(block),
            "type": block.kind,
        }
        status = _worst(instance["status"] for instance in instances)
        made.append({"address": address, "status": status, "instances": instances})
    return made


def _check_instance(change: Change) -> Json:
    address: Json = {"to_display": str(change.address)}
    if change.address.index is not None:
        address["instance_key"] = change.address.index
    made: Json = {
        "address": address,
        "status": _worst(_STATUS.get(check.verdict, "unknown") for check in change.checks),
    }
    problems = [_problem(check) for check in change.checks if check.verdict is not Verdict.PASS]
    return {**made, "problems": problems} if problems else made


def _problem(check: Check) -> Json:
    return {"message": f"{check.summary}: {check.detail}" if check.detail else check.summary}


def _worst(statuses: Iterable[str]) -> str:
    return max(statuses, key=("pass", "unknown", "fail").index)
