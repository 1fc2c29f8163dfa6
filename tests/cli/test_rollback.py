"""`rollback` as somebody types it who was just woken up, and what it leaves."""

from __future__ import annotations

import pytest

from flagstaff.testing.flipper_double import FlipperDouble, Response
from flagstaff.testing.flipper_server import Fault, serving

REFUSED = Fault(Response(403, b"no", "text/plain"))

SEGMENTS = """  people = 10000

  segment "dual" {
    share = 0.08
    on    = "both records"
    off   = "MHV data only"
  }
"""


@pytest.fixture
def rolled_out(project):
    """The parent at 100 % with one tester, the child at 5 %."""
    project.edit("  people = 10000\n", SEGMENTS)
    project.apply("-var=parent=100", "-var=child=5")
    return project


def down(project):
    return [project.percentage(key) for key in ("child_enabled", "parent_enabled")] == ["0", "0"]


CHILD = (
    "  1. ▼ toggle.child      5 % -> 0 %   requires toggle.parent (The list shows data of the parent) · child_enabled"
)


@pytest.mark.parametrize("name", ["toggle.parent", "parent", "isParent", "parent_enabled"])
def test_whatever_name_is_typed(rolled_out, name):
    ran = rolled_out.run("rollback", name, "-reason=new class of errors", "-auto-approve", COLUMNS="120")
    assert ran.code == 0, ran.both
    assert ran.out.splitlines()[:9] == [
        "Down, in this order. No approval is needed to go down.",
        CHILD,
        "  2. ▼ toggle.parent   100 % -> 0 %   parent_enabled",
        "",
        "What people will see",
        "  Example: toggle.child (about 500 people), toggle.parent (about 10,000 people) go back",
        "    dual (8 %): MHV data only",
        "  1 tester keeps it (-testers removes them, too).",
        ran.out.splitlines()[8],
    ]
    assert "✓ toggle.child   5 % -> 0 %   written" in ran.out
    assert "Rolled back and verified in 0." in ran.out
    assert "1 tester still has it." in ran.out
    assert 'flagstaff release toggle.parent -note "ROOT CAUSE"   (no role is recorded that owns it)' in ran.out
    assert "toggle.child is released with toggle.parent" in ran.out
    assert "1. people of Example (dual) see: MHV data only" in ran.out
    assert down(rolled_out)
    assert rolled_out.live["parent_enabled"]["actors"] == ["ann@example.gov"]
    assert rolled_out.run("state", "verify").code == 0


def test_nothing_raises_what_is_held(rolled_out):
    assert rolled_out.run("rollback", "isParent", "-reason=errors", "-auto-approve").code == 0
    ran = rolled_out.run("apply", "-auto-approve", "-var=parent=100", "-var=child=5")
    assert down(rolled_out)
    assert "Held: toggle.parent waits at 0 %" in ran.out
    assert "flagstaff release toggle.parent, once the cause is known: it went down with toggle.parent" in " ".join(
        ran.out.split()
    )


def test_a_slip_gets_the_nearest_name_and_changes_nothing(rolled_out):
    before = rolled_out.files()
    ran = rolled_out.run("rollback", "isparent", "-auto-approve")
    assert ran.code == 1
    assert 'Did you mean "isParent"?' in ran.err
    assert rolled_out.files() == before


def test_nobody_named_is_a_wrong_command_line(project):
    ran = project.run("rollback", "-auto-approve")
    assert ran.code == 1
    assert "rollback needs a toggle, -product=NAME or -rollout=NAME." in ran.err


def test_it_asks_once_and_then_for_the_reason(rolled_out):
    with rolled_out.terminal("rollback", "isParent") as terminal:
        terminal.answer('Do it\\? Only "yes" is accepted: ', "yes")
        terminal.wait_for("Rolled back and verified")
        terminal.answer("Why\\? One line for the record, or just Enter: ", "errors when fetching")
        assert terminal.end() == 0
    assert down(rolled_out)
    holds = rolled_out.state["holds"]
    assert {hold["cause"] for hold in holds.values()} == {"errors when fetching"}
    assert rolled_out.journal[-1]["kind"] == "explained"


@pytest.mark.parametrize("answer", ["no", "y", ""])
def test_without_a_yes_nothing_happens(rolled_out, answer):
    before = rolled_out.files()
    with rolled_out.terminal("rollback", "isParent") as terminal:
        terminal.answer('Only "yes" is accepted: ', answer)
        terminal.wait_for("Rollback cancelled. Nothing was changed.")
        assert terminal.end() == 1
    assert rolled_out.files() == before


def test_ctrl_c_at_the_question_is_a_no(rolled_out):
    with rolled_out.terminal("rollback", "isParent") as terminal:
        terminal.answer('Only "yes" is accepted: ', "\x03")
        terminal.wait_for("Rollback cancelled")
        assert terminal.end() == 1
    assert not down(rolled_out)


def test_nobody_to_ask_is_told(rolled_out):
    ran = rolled_out.run("rollback", "isParent")
    assert ran.code == 1
    assert (
        "Standard input is not a terminal, so nobody can say yes. Nothing was changed. Use -auto-approve."
        in " ".join(ran.err.split())
    )
    assert not down(rolled_out)


def test_a_protected_toggle_has_its_key_typed_and_nothing_else(rolled_out):
    rolled_out.edit("percentage = var.parent", "percentage = var.parent\n  protected  = true")
    with rolled_out.terminal("rollback", "isParent", "-reason=errors") as terminal:
        terminal.answer("Protected. Type its key \\(parent_enabled\\) to take it down: ", "parent_enabled")
        assert terminal.end() == 0
        assert "yes" not in terminal.plain
    assert down(rolled_out)
    rolled_out.run("release", "toggle.parent", "-note=x", "-auto-approve")
    rolled_out.apply("-var=parent=100", "-var=child=5")
    with rolled_out.terminal("rollback", "isParent") as terminal:
        terminal.answer("Type its key", "yes")
        terminal.wait_for("Rollback cancelled")
        assert terminal.end() == 1


def test_more_that_came_up_at_the_question_goes_down_too(rolled_out):
    rolled_out.turn("child_enabled", 0)
    with rolled_out.terminal("rollback", "isParent", "-reason=errors") as terminal:
        terminal.wait_for('Only "yes" is accepted: ')
        rolled_out.turn("child_enabled", 50)
        terminal.answer("", "yes")
        assert terminal.end() == 0
    assert down(rolled_out)


def test_only_leaves_dependents_and_says_what_that_breaks(rolled_out):
    ran = rolled_out.run("rollback", "isParent", "-only", "-reason=errors", "-auto-approve")
    assert ran.code == 0, ran.both
    text = " ".join(ran.out.split())
    assert "Will be broken: 1 requirement" in text
    assert (
        "Broken now: 1 requirement ✗ toggle.child is at 5 % and requires toggle.parent, which is at 0 %. "
        "The list shows data of the parent. People of Example have it without."
    ) in text
    assert rolled_out.percentage("child_enabled") == "5"


def test_a_toggle_at_0_is_held_too(project):
    project.apply()
    ran = project.run("rollback", "child", "-auto-approve")
    assert ran.code == 0
    assert "toggle.child (child_enabled) is at 0 % already, and is held from now on." in " ".join(ran.out.split())
    assert "Nothing had to go down." in ran.out
    assert project.run("rollback", "child", "-auto-approve").out.count("and held already") == 1
    assert list(project.state["holds"]) == ["toggle.child"]


def test_one_that_the_store_does_not_have_is_held(project):
    project.set_live({"child_enabled": project.live["child_enabled"]})
    ran = project.run("rollback", "parent", "-auto-approve")
    assert "toggle.parent: the live store has no parent_enabled, so nobody has it." in " ".join(ran.out.split())


def test_a_live_key_that_nobody_declared_goes_down(project, feature):
    project.set_live({**project.live, "stray": feature(20)})
    ran = project.run("rollback", "stray", "-auto-approve")
    assert ran.code == 0, ran.both
    assert project.percentage("stray") == "0"
    assert list(project.state["holds"]) == ["toggle.stray"]


@pytest.mark.parametrize(
    "gates",
    [
        {"boolean": "true"},
        {"boolean": "true", "groups": ["beta"]},
        {"percentage_of_time": "50"},
        {"expression": {"Equal": [1, 1]}, "percentage_of_actors": "5"},
        {"a_gate_of_next_year": "open"},
    ],
)
def test_whatever_holds_it_open(rolled_out, gates):
    parent = {**rolled_out.live["parent_enabled"], **gates}
    rolled_out.set_live({**rolled_out.live, "parent_enabled": parent})
    ran = rolled_out.run("rollback", "isParent", "-auto-approve")
    assert ran.code == 0, ran.both
    after = rolled_out.live["parent_enabled"]
    assert after["actors"] == ["ann@example.gov"]
    assert after["groups"] == gates.get("groups", [])
    assert [after.get(name) in (None, "0") for name in {*gates, "percentage_of_actors"} - {"groups"}].count(False) == 0
    kept = 2 if "groups" in gates else 1
    assert f"{kept} tester{'s' if kept > 1 else ''} still ha{'ve' if kept > 1 else 's'} it." in ran.out


def test_testers_go_and_come_back_with_the_release(rolled_out):
    ran = rolled_out.run("rollback", "isParent", "-testers", "-auto-approve")
    assert ran.code == 0
    assert "1 tester loses it, too; the release offers to put them back." in ran.out
    assert rolled_out.live["parent_enabled"]["actors"] == []
    assert rolled_out.state["holds"]["toggle.parent"]["testers"] == ["ann@example.gov"]
    ran = rolled_out.run("release", "parent", "-note=fixed", "-auto-approve")
    assert "1 tester put back." in ran.out
    assert rolled_out.live["parent_enabled"]["actors"] == ["ann@example.gov"]
    assert rolled_out.percentage("parent_enabled") == "0"


ROLLOUT = """
rollout "ramp" {
  product = product.example
  go      = ["one", "two"]
  stage "one" {
    percentage = 5
    toggles    = [toggle.parent]
  }
  stage "two" {
    percentage = 100
    toggles    = [toggle.parent, toggle.child]
  }
}
"""


@pytest.fixture
def ramped(rolled_out):
    rolled_out.edit("percentage = var.parent\n", "")
    rolled_out.edit("percentage = var.child\n", "")
    text = (rolled_out.path / "main.hcl").read_text(encoding="utf-8")
    rolled_out.main(text + ROLLOUT)
    return rolled_out


def test_a_rollout_goes_back_to_a_stage(ramped):
    ran = ramped.run("rollback", "-rollout=ramp", "-to=one", "-reason=errors", "-auto-approve")
    assert ran.code == 0, ran.both
    assert ramped.percentage("parent_enabled") == "5"
    assert ramped.percentage("child_enabled") == "0"
    assert "write down what happened: flagstaff report rollout ramp" in ran.out
    ran = ramped.run("rollback", "-rollout=ramp", "-to=oen", "-auto-approve")
    assert 'Did you mean "one"?' in ran.err


def test_a_product_goes_down_but_for_what_it_does_not_own(ramped):
    ramped.set_live({**ramped.live, "known_enabled": {**ramped.live["child_enabled"], "percentage_of_actors": "7"}})
    text = (ramped.path / "main.hcl").read_text(encoding="utf-8")
    ramped.main(text + 'toggle "known" {\n  key     = "known_enabled"\n  product = product.example\n}\n')
    ran = ramped.run("rollback", "-product=example", "-auto-approve")
    assert ran.code == 0, ran.both
    assert down(ramped)
    assert ramped.percentage("known_enabled") == "7"
    assert "toggle.known: Flagstaff does not move it." in ran.out


API = """
flagstaff {
  environment = "test"
  backend "local" {
    path = "state.json"
  }
}
provider "flipper" {
  source      = "api"
  url         = "URL"
  propagation = "90s"
}
toggle "parent" {
  key        = "parent_enabled"
  percentage = 100
}
toggle "child" {
  key        = "child_enabled"
  percentage = 5
  requires {
    toggles = [toggle.parent]
  }
}
"""


@pytest.fixture
def double():
    made = FlipperDouble()
    made.put("parent_enabled", {"boolean": "true", "actors": ["ann"], "groups": ["unknown"]})
    made.put("child_enabled", {"percentage_of_actors": "5"})
    return made


def test_over_the_api_a_failing_dependent_keeps_nothing_up(new_project, double):
    def child_fails(method, target):
        return REFUSED if "child_enabled" in target and method != "GET" else None

    with serving(double, child_fails) as server:
        project = new_project(API.replace("URL", server.url), {})
        ran = project.run("rollback", "parent_enabled", "-reason=errors", "-auto-approve")
    assert ran.code == 1
    text = " ".join(ran.out.split())
    assert "NOT all down: 1 of 2 verified." in text
    assert "toggle.child (child_enabled) is NOT down: " in text
    assert "It is at 5 % now." in text
    assert "Broken now: 1 requirement ✗ toggle.child is at 5 % and requires toggle.parent, which is at 0 %." in text
    assert "try again: flagstaff rollback parent_enabled" in text
    gates = double.features["parent_enabled"]
    assert (gates["boolean"], gates["actors"], gates["groups"]) == (None, ["ann"], ["unknown"])
    assert set(project.state["holds"]) == {"toggle.parent", "toggle.child"}


def test_over_the_api_readers_are_told_about_and_not_waited_for(new_project, double):
    with serving(double) as server:
        project = new_project(API.replace("URL", server.url), {})
        ran = project.run("rollback", "parent", "-reason=errors", "-auto-approve")
    assert ran.code == 0, ran.both
    assert "Readers may still serve the old values for up to 1:30." in " ".join(ran.out.split())


def test_a_dead_store_is_all_that_stops_it(new_project, double):
    with serving(double) as server:
        url = server.url
    project = new_project(API.replace("URL", url), {})
    ran = project.run("rollback", "parent", "-reason=errors", "-auto-approve")
    assert ran.code == 1
    assert "Flipper can't be reached" in ran.err or "reach" in ran.err
    assert project.journal == []
