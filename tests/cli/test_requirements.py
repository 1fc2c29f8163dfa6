"""What must be seen: raises that wait for others, the order up and down, and what a hand has done meanwhile."""

from __future__ import annotations

import json

import pytest

MEDICATIONS = "mhv_medications_cerner_pilot"
ALLERGIES = "mhv_accelerated_delivery_allergies_enabled"
LABS = "mhv_accelerated_delivery_labs_and_tests_enabled"
VITALS = "mhv_accelerated_delivery_vital_signs_enabled"


SECURE_MESSAGING = "mhv_secure_messaging_cerner_pilot"
VARIABLES = """
variable "environment" {
  default = "demo"
}
variable "wave_1a" {
  default = 5
}
variable "wave_1b" {
  default = 0
}
variable "medications" {
  default = 0
}
variable "secure_messaging" {
  default = 5
}
"""
PERCENTAGES = {
    "medical_records.hcl": {
        **dict.fromkeys(("allergies", "labs_and_tests", "care_notes"), "wave_1a"),
        **dict.fromkeys(("vitals", "conditions"), "wave_1b"),
    },
    "medications.hcl": {"medications": "medications"},
    "secure_messaging.hcl": {"secure_messaging": "secure_messaging"},
}


@pytest.fixture
def by_number(va):
    """configs/va without its rollouts: percentages of their own, from variables."""
    for path in va.path.glob("*_rollout.hcl"):
        path.unlink()
    va.write("variables.hcl", VARIABLES)
    for name, toggles in PERCENTAGES.items():
        for toggle, variable in toggles.items():
            start = f'toggle "{toggle}" {{\n'
            va.edit(start, f"{start}  percentage = var.{variable}\n\n", name)
    va.turn(SECURE_MESSAGING, 5)
    return va


def batches(va, *arguments):
    """Of a plan: the keys that each batch writes."""
    assert va.run("plan", "-out=order.plan", *arguments).code == 0
    document = json.loads(va.run("show", "-json", "order.plan").out)
    return [[item.removeprefix("toggle.") for item in batch] for batch in document["flagstaff"]["batches"]]


def test_the_demo_is_planned_applied_and_then_has_no_changes(va):
    first = va.run("plan", "-out=va.plan")
    assert first.code == 0
    assert "Plan: 1 to import, 0 to add, 1 to change, 0 to destroy." in first.out
    done = va.run("apply", "va.plan")
    assert done.code == 0
    assert "Apply complete! Resources: 0 added, 1 changed, 0 destroyed." in done.out
    again = va.run("plan", "-detailed-exitcode")
    assert again.code == 0
    assert "\nNo changes. Your infrastructure matches the configuration.\n" in again.out
    assert va.run("state", "verify").code == 0
    assert va.run("journal", "verify").code == 0


def test_the_open_decisions_are_listed_in_every_plan(va):
    va.apply()
    text = va.run("plan").out
    assert "Open decisions (15, none blocks this plan)" in text
    assert "share for the LH alignment of vaccines: the plan says X%" in text
    assert va.run("validate", "-strict").code == 1


@pytest.mark.parametrize("level", [5, 99])
def test_medications_are_blocked_while_allergies_are_below_100(by_number, level):
    by_number.apply()
    by_number.turn(LABS, 100)
    by_number.turn(ALLERGIES, level)
    for key in (ALLERGIES, LABS):
        name = "allergies" if key == ALLERGIES else "labs_and_tests"
        assert by_number.run("import", f"toggle.{name}", key).code == 0
    ran = by_number.run("plan", "-target=toggle.medications", "-var=medications=5")
    assert ran.code == 3
    assert f"toggle.allergies is at {level} %; it requires 100 %" in ran.out.replace("\n  ", " ")


def test_a_blocked_raise_names_the_chain_the_line_and_the_ways_out(by_number):
    by_number.apply()
    ran = by_number.run("plan", "-var=medications=5", "-var=wave_1b=5", COLUMNS="120")
    assert ran.code == 3
    assert ran.out.startswith("✗ 1 raise is blocked; 2 other changes can be applied.\n")
    section = ran.out[ran.out.index("✗ Requirement not met: toggle.medications stays at 0 %") :]
    assert "toggle.allergies is at 5 %; it requires 100 %" in section
    assert "medications.hcl:37" in section
    assert "^^^^^^^^^^^^^^ allergies: live and planned 5 %; labs_and_tests: live and planned 5 %" in section
    assert "Why it matters: The medication list shows allergies from the same source." in section
    assert "2. declare 100 % for toggle.allergies, too: it is raised first then" in section
    assert "a waiver is not possible: the requirement is hard" in section


def test_what_is_not_blocked_is_applied(by_number):
    by_number.apply()
    ran = by_number.run("apply", "-auto-approve", "-var=medications=5", "-var=wave_1b=5")
    assert ran.code == 3
    assert by_number.percentage(VITALS) == "5"
    assert by_number.percentage(MEDICATIONS) in {None, "0"}
    assert "1 change stayed blocked; flagstaff plan says why." in ran.out
    assert "Apply complete! Resources: 0 added, 2 changed, 0 destroyed." in ran.out


def test_prerequisites_go_up_first_and_dependents_go_down_first(by_number):
    by_number.edit("max_raise         = 95", "max_raise         = 100", "main.hcl")
    by_number.apply()
    up = batches(by_number, "-var=wave_1a=100", "-var=medications=5")
    assert up == [["allergies", "care_notes", "labs_and_tests"], ["medications"]]
    assert by_number.run("apply", "order.plan").code == 0
    assert (by_number.percentage(ALLERGIES), by_number.percentage(MEDICATIONS)) == ("100", "5")
    down = batches(by_number, "-var=wave_1a=5", "-var=medications=0")
    assert down[0][-1] == "medications"
    assert {"allergies", "labs_and_tests"} <= set(down[1])


def test_both_at_100_come_in_an_earlier_batch_than_medications(by_number):
    by_number.apply()
    assert batches(by_number, "-var=wave_1a=100", "-var=medications=5")[-1] == ["medications"]


def saved(project, *arguments):
    assert project.run("plan", "-out=saved.plan", *arguments).code in {0, 3}
    return "saved.plan"


@pytest.mark.parametrize(
    ("by_hand", "value", "shown"),
    [
        (ALLERGIES, 7, ("toggle.allergies", "at 5 %", "at 7 %")),  # moved by the plan
        (MEDICATIONS, 3, ("toggle.medications", "at 0 %", "at 3 %")),  # its neighbour by requirement
    ],
)
def test_a_plan_is_refused_where_a_hand_was_faster(by_number, by_hand, value, shown):
    by_number.apply()
    plan = saved(by_number, "-var=wave_1a=20")
    by_number.turn(by_hand, value)
    before = by_number.files(), by_number.live
    ran = by_number.run("apply", plan)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("Error: Saved plan is stale\n")
    text = " ".join(ran.err.split())
    assert all(word in text for word in shown), text
    assert "Nothing was written." in text
    assert (by_number.files(), by_number.live) == before


def test_a_toggle_that_nothing_joins_to_the_plan_may_change(by_number):
    by_number.apply()
    plan = saved(by_number, "-var=wave_1a=20")
    by_number.turn("mhv_secure_messaging_large_attachments", 60)
    by_number.turn("mhv_secure_messaging_cerner_pilot", 4)
    assert by_number.run("apply", plan).code == 0


def test_a_state_that_went_on_is_named(by_number):
    by_number.apply()
    first, _ = (
        saved(by_number, "-var=wave_1a=20"),
        (by_number.path / "saved.plan").rename(by_number.path / "first.plan"),
    )
    second = saved(by_number, "-var=wave_1a=30")
    assert first == second
    assert by_number.run("apply", "first.plan").code == 0
    ran = by_number.run("apply", second)
    assert ran.code == 1
    assert "Error: Saved plan is stale" in ran.err


def test_a_toggle_turned_down_by_hand_is_not_turned_up_again(project):
    project.apply()
    project.turn("parent_enabled", 1)
    ran = project.run("plan", "-detailed-exitcode")
    assert ran.code == 0
    assert "? Turned down by hand: toggle.parent waits at 1 %" in ran.out
    assert "flagstaff import toggle.parent parent_enabled" in " ".join(ran.out.split())
    assert "There is nothing to apply yet." in ran.out
    assert project.run("apply", "-auto-approve").code == 0
    assert project.percentage("parent_enabled") == "1"
    # Whoever looked into it says so by importing the value; then it goes on from there.
    assert project.run("import", "toggle.parent", "parent_enabled").out == (
        "Imported parent_enabled as toggle.parent, at 1 %.\n"
    )
    project.apply()
    assert project.percentage("parent_enabled") == "5"


def test_what_is_behind_a_toggle_turned_down_by_hand_waits_too(project):
    project.apply("-var=parent=100")
    project.turn("parent_enabled", 1)
    ran = project.run("plan", "-var=parent=100", "-var=child=5")
    assert ran.code == 0
    assert "toggle.child" in ran.out
    assert "0 to change" in ran.out


def test_a_removed_block_is_forgotten_and_nothing_live_is_touched(project):
    project.apply()
    live = project.live
    text = (project.path / "main.hcl").read_text()
    project.main(text[: text.index('toggle "child"')])
    plan = project.run("plan")
    assert "0 to destroy, 1 to forget" in plan.out
    assert "the live toggle is left as it is" in " ".join(plan.out.split())
    project.apply()
    assert project.live == live
    assert project.run("state", "list").out == "toggle.parent\n"


MANY = """\
flagstaff {
  environment = "try-out"
  backend "local" {
    path = "state.json"
  }
}
provider "flipper" {
  source = "embedded"
  path   = "live.json"
}
locals {
  sites = [%s]
}
toggle "site" {
  for_each   = toset(local.sites)
  key        = "site_${each.key}"
  percentage = %s
}
policy {
  max_changed_share = 0.3
}
"""
SITES = ", ".join(f'"{number}"' for number in range(20))


def many(new_project, percentage):
    feature = {"percentage_of_actors": "50", "boolean": None, "groups": [], "actors": [], "percentage_of_time": None}
    features = {f"site_{number}": feature for number in range(20)}
    project = new_project(MANY % (SITES, 50), features)
    project.apply()
    project.main(MANY % (SITES, percentage))
    return project


def test_lowering_most_toggles_stops_at_the_changed_share(new_project):
    project = many(new_project, "contains([], each.key) ? 50 : 0")
    ran = project.run("plan")
    assert ran.code == 3
    assert "max_changed_share" in ran.out
    assert "Plan: 0 to add, 0 to change, 0 to destroy." in ran.out
    live = project.live
    assert project.run("apply", "-auto-approve").code == 3
    assert project.live == live


def test_an_emptied_for_each_stops_at_the_changed_share_and_touches_nothing(new_project):
    project = many(new_project, "50")
    project.main(MANY % ("", 50))
    live = project.live
    ran = project.run("plan")
    assert ran.code == 3
    assert "max_changed_share" in ran.out
    assert project.run("apply", "-auto-approve").code == 3
    assert project.live == live
    assert len(project.run("state", "list").out.splitlines()) == 20
