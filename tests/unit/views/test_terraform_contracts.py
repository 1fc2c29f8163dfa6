"""What tools for Terraform rely on: JSON shapes, the UI stream, and lines of text."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from flagstaff.apply.events import MoveEnded, MoveStarted, Waiting
from flagstaff.model.evidence import Verdict
from flagstaff.plan.check import CheckName
from flagstaff.plan.plan import Action, DriftKind, Status
from flagstaff.testing.schemas import flaws, schema
from flagstaff.views.counts import Counts
from flagstaff.views.look import Look
from flagstaff.views.plan_human import plan_page
from flagstaff.views.stream import UiStream
from flagstaff.views.terraform_json import plan_json, values

ROOT = Path(__file__).parents[3]
DATA = ROOT / "tests" / "data" / "terraform-json"
PLANS = ("canary", "blocked", "undecided", "everything", "no_changes", "drift", "guard_changes", "big")
# Patterns that pull-request bots look for in text.
SUMMARY = re.compile(
    r"Plan: (?:(\d+) to import, )?(\d+) to add, (\d+) to change, (\d+) to destroy(?:, (\d+) to forget)?\."
)


def document(samples, name, **more):
    view = getattr(samples, name)()
    return json.loads(plan_json(view.plan, view.batches, samples.CHANGE_ID, sources=view.sources, **more))


def genuine_plans():
    return [json.loads(path.read_text()) for path in sorted(DATA.glob("plan-*.json"))]


def by_address(made):
    return {item["address"]: item for item in made["resource_changes"]}


@pytest.mark.parametrize("name", PLANS)
def test_a_plan_is_as_the_schema_says(samples, name):
    assert flaws("plan", document(samples, name)) == []


def test_the_schema_knows_every_word():
    defs = schema("plan")["$defs"]
    assert defs["check"]["properties"]["name"]["enum"] == [item.value for item in CheckName]
    assert defs["check"]["properties"]["verdict"]["enum"] == [item.value for item in Verdict]
    assert defs["change"]["properties"]["status"]["enum"] == [item.value for item in Status]
    assert defs["drift"]["properties"]["kind"]["enum"] == [item.value for item in DriftKind]
    assert set(defs["change"]["properties"]["action"]["enum"]) == {item.value for item in Action}
    assert set(defs["move"]["properties"]["action"]["enum"]) == {item.value for item in Action if item.writes}


@pytest.mark.parametrize("name", PLANS)
def test_only_terraforms_keys_and_ours(samples, name):
    known = {key for genuine in genuine_plans() for key in genuine} | {"resource_drift", "flagstaff"}
    assert set(document(samples, name)) <= known


def test_changes_have_the_shape_of_terraforms(samples):
    theirs = [item for genuine in genuine_plans() for item in genuine["resource_changes"]]
    keys = {key for item in theirs for key in item}
    change_keys = {key for item in theirs for key in item["change"]}
    actions = {tuple(item["change"]["actions"]) for item in theirs}
    needed = set.intersection(*(set(item["change"]) for item in theirs))
    for item in by_address(document(samples, "everything")).values():
        assert set(item) <= keys
        assert needed <= set(item["change"]) <= change_keys
        assert tuple(item["change"]["actions"]) in actions
        assert (item["change"]["before"] is None) == (item["change"]["before_sensitive"] is False)
        assert (item["change"]["after"] is None) == (item["change"]["after_sensitive"] is False)


def test_actions(samples):
    found = by_address(document(samples, "everything"))
    assert {address: item["change"]["actions"] for address, item in found.items()} == {
        "toggle.allergies": ["update"],
        "toggle.global": ["no-op"],
        "toggle.labs": ["update"],
        "toggle.medications": ["update"],
        "toggle.medications_web": ["no-op"],
        "toggle.old": ["forget"],
        "toggle.renamed": ["no-op"],
        'toggle.site["506"]': ["delete"],
        'toggle.site["653"]': ["create"],
    }
    assert found["toggle.global"]["change"]["importing"] == {"id": "mhv_accelerated_delivery_enabled"}
    assert found["toggle.renamed"]["previous_address"] == "toggle.former"
    assert found['toggle.site["653"]']["index"] == "653"
    assert found["toggle.medications"]["change"]["after"] == {
        "key": "mhv_medications_cerner_pilot",
        "exposure": "on",
        "percentage": 100,
        "enabled": True,
    }


def test_changes_are_sorted_by_address(samples):
    addresses = [item["address"] for item in document(samples, "big")["resource_changes"]]
    assert addresses == sorted(addresses)
    assert len(addresses) == 340


def test_planned_and_prior_values(samples):
    made = document(samples, "everything")
    planned = [item["address"] for item in made["planned_values"]["root_module"]["resources"]]
    assert 'toggle.site["653"]' in planned
    assert not {'toggle.site["506"]', "toggle.old"} & set(planned)
    prior = [item["address"] for item in made["prior_state"]["values"]["root_module"]["resources"]]
    assert "toggle.former" in prior
    assert 'toggle.site["653"]' not in prior
    theirs = genuine_plans()[0]["planned_values"]["root_module"]["resources"][0]
    assert {*made["planned_values"]["root_module"]["resources"][0]} <= {*theirs, "index"}


def test_configuration(samples):
    made = document(samples, "everything")["configuration"]
    assert made["provider_config"] == {"flipper": {"name": "flipper", "full_name": "flagstaff/flipper"}}
    blocks = {item["address"]: item for item in made["root_module"]["resources"]}
    assert "toggle.old" not in blocks
    assert blocks["toggle.labs"]["expressions"]["percentage"] == {"constant_value": 5}
    assert blocks["toggle.medications"]["expressions"]["enabled"] == {"constant_value": True}
    assert blocks["toggle.site"]["for_each_expression"] == {}


def test_counted_blocks(samples):
    moves = [samples.move(samples.toggle("n", number), samples.OFF, samples.FIVE) for number in (0, 1)]
    plan = samples.plan(moves, map(samples.change_of, moves))
    made = json.loads(plan_json(plan, (moves,), samples.CHANGE_ID))
    blocks = made["configuration"]["root_module"]["resources"]
    assert [(block["address"], block["count_expression"]) for block in blocks] == [("toggle.n", {})]


def test_checks_have_the_shape_of_terraforms(samples):
    genuine = next(made for made in genuine_plans() if "checks" in made)["checks"]
    theirs = next(item for item in genuine if item["address"]["kind"] == "resource")
    ours = document(samples, "blocked")["checks"]
    assert [list(item) for item in ours] == [list(theirs)]
    assert set(ours[0]["address"]) == set(theirs["address"])
    assert ours[0]["status"] == "fail"
    assert ours[0]["instances"][0]["problems"] == [
        {
            "message": "Requirement not met: It would be at 5 % while toggle.allergies is at 5 %; it requires 100 %.",
        }
    ]


def test_checks_of_instances_and_open_ones(samples):
    big = document(samples, "big")["checks"]
    assert len(big) == 1
    assert big[0]["instances"][7]["address"]["instance_key"] == "007"
    assert document(samples, "undecided")["checks"][0]["status"] == "unknown"


def test_drift(samples):
    found = {item["address"]: item["change"] for item in document(samples, "drift")["resource_drift"]}
    assert found["toggle.labs"]["actions"] == ["delete"]
    assert found["toggle.sm"]["after"] == {
        "key": "mhv_accelerated_delivery_sm_enabled",
        "exposure": "other (open to 30 % of the time)",
        "percentage": None,
        "enabled": None,
    }
    assert "resource_drift" not in document(samples, "canary")


def test_what_can_be_applied(samples):
    made = document(samples, "blocked")
    assert (made["applyable"], made["complete"], made["errored"]) == (True, False, False)
    made = document(samples, "no_changes")
    assert (made["applyable"], made["complete"]) == (False, True)


def test_variables(samples):
    made = document(samples, "everything")
    assert made["variables"] == {"percent": {"value": 5}, "token": {}}
    assert list(made)[2] == "variables"
    theirs = next(plan["variables"] for plan in genuine_plans() if "variables" in plan)
    assert set(made["variables"]["percent"]) == set(theirs["percent"])
    assert "variables" not in document(samples, "canary")


def test_output_changes(samples):
    made = document(samples, "everything")["output_changes"]
    actions = {name: item["actions"] for name, item in made.items()}
    assert actions == {"gone": ["delete"], "shares": ["update"], "title": ["create"], "token": ["create"]}
    assert (made["shares"]["before"], made["gone"]["after"]) == (1, None)
    assert made["token"]["after"] is None
    assert made["token"]["after_sensitive"] is True
    theirs = [item for plan in genuine_plans() for item in plan.get("output_changes", {}).values()]
    assert set().union(*theirs) == set(made["shares"])
    same = document(samples, "canary")["output_changes"]
    assert {item["actions"][0] for item in same.values()} == {"no-op"}


def test_percentages_are_plain_numbers(samples):
    assert values("k", samples.Exposure(5_000))["percentage"] == 5
    assert isinstance(values("k", samples.Exposure(5_000))["percentage"], int)
    assert values("k", samples.Exposure(1))["percentage"] == 0.001


@pytest.mark.parametrize("name", PLANS)
def test_bots_find_the_verdict(samples, name):
    view = getattr(samples, name)()
    lines = plan_page(view, Look(100)).text.splitlines()
    sums = [match for line in lines if (match := SUMMARY.fullmatch(line))]
    if name == "no_changes":
        assert "No changes. Your infrastructure matches the configuration." in lines
        assert not sums
    else:
        assert len(sums) == 1
        counts = Counts.of_core(view.plan.core)
        assert int(sums[0][3]) == counts.changed


def messages(samples, act):
    lines: list[str] = []
    act(UiStream(lines.append, lambda: samples.NOW, "flipper.api"))
    assert not any("\n" in line for line in lines)
    return [json.loads(line) for line in lines]


def genuine_messages():
    found: dict[str, list[dict]] = {}
    for path in sorted(DATA.glob("ui-*.jsonl")):
        for line in filter(str.strip, path.read_text().splitlines()):
            message = json.loads(line)
            found.setdefault(message["type"], []).append(message)
    return found


def keys(value, path=""):
    """The paths of all keys with the types there; outputs' names are the user's own."""
    if not isinstance(value, dict):
        return set()
    found = set()
    for key, item in value.items():
        found |= {f"{path}.{key}"}
        if path != ".outputs":
            found |= keys(item, f"{path}.{key}")
    return found


def test_messages_have_the_shape_of_terraforms(samples):
    view, outcome = samples.everything(), samples.partial()

    def act(ui):
        ui.version("0.1.0")
        ui.plan(view.plan, view.sources)
        ui(Waiting(outcome.results[0].move.address, outcome.results[1].move.address, 5.0))
        for result in outcome.results:
            ui(MoveStarted(result.move))
            ui(MoveEnded(result))
        ui.end(outcome)
        ui.end(samples.success(), {})

    theirs = genuine_messages()
    seen = set()
    for message in messages(samples, act):
        kind = message["type"]
        seen.add(kind)
        assert message["@module"] == "terraform.ui"
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", message["@timestamp"])
        if kind in {"log", "resource_drift"}:
            continue
        allowed = set().union(*(keys(item) for item in theirs[kind])) | {".flagstaff", ".changes.forget"}
        if kind == "outputs":
            allowed = {key for key in keys(message) if key.startswith(".outputs.")} | allowed
        assert keys(message) <= allowed | {".change.importing.id"}, kind
    assert seen >= {"version", "planned_change", "change_summary", "apply_start", "apply_complete", "apply_errored"}
    assert seen >= {"apply_progress", "diagnostic", "resource_drift", "outputs", "log"}


def test_progress_is_told_as_often_as_terraform_tells_it(samples):
    lines: list[str] = []
    seconds = iter(range(1000))
    ui = UiStream(lines.append, lambda: samples.NOW + timedelta(seconds=next(seconds) / 3))
    address = samples.toggle("a")
    for left in range(25, 0, -1):
        ui(Waiting(address, samples.toggle("b"), float(left)))
    told = [json.loads(line)["hook"]["elapsed_seconds"] for line in lines]
    assert told[0] == 0
    assert all(later - earlier >= 10 for earlier, later in pairwise(told))
    assert 1 < len(told) < 5


def test_a_plan_without_outputs_and_with_passed_checks(samples):
    change = samples.blocked_change()
    passed = replace(change.checks[0], verdict=Verdict.PASS, summary="Fine")
    plan = samples.plan(changes=[replace(change, checks=(passed, *change.checks))], applied={}, outputs_before={})
    made = messages(samples, lambda ui: ui.plan(plan, {}))
    assert [message["@message"] for message in made] == [
        "Plan: 0 to add, 0 to change, 0 to destroy.",
        "Warning: Requirement not met",
    ]


def test_a_failed_apply_has_no_sums_but_diagnostics(samples):
    made = messages(samples, lambda ui: ui.end(samples.partial()))
    assert [message["type"] for message in made] == ["diagnostic", "diagnostic"]
    assert made[0]["diagnostic"]["address"] == "toggle.care_notes"
    made = messages(samples, lambda ui: ui.end(samples.interrupted()))
    assert [message["diagnostic"]["summary"] for message in made] == ["Apply stopped"]


def test_a_whole_apply_ends_with_its_sums(samples):
    made = messages(samples, lambda ui: ui.end(samples.success()))
    assert made[-1]["changes"] == {"add": 0, "change": 3, "import": 0, "remove": 0, "operation": "apply"}
    assert made[-1]["@message"] == "Apply complete! Resources: 0 added, 3 changed, 0 destroyed."
