"""`init -trust`: the first guards of a real store, shown, agreed to and recorded."""

from __future__ import annotations

import pytest

GUARDS = """
role "owner" {
  signers = ["po@example.gov ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]
}

policy {
  max_raise = 50
}
"""


@pytest.fixture
def real(project):
    """A store that is not embedded, with a record of both toggles and guards that nobody agreed to."""
    main = (project.path / "main.hcl").read_text(encoding="utf-8") + GUARDS
    project.main(
        main.replace('source = "embedded"', 'source = "snapshot"').replace("= var.child", "= 0\n  protected = true")
    )
    for name in ("parent", "child"):
        assert project.run("import", f"toggle.{name}", f"{name}_enabled").code == 0
    return project


def test_raises_wait_for_it(real):
    ran = real.run("plan")
    assert ran.code == 0
    assert "? Guards not trusted yet: toggle.parent waits" in ran.out
    assert "flagstaff init -trust, which shows them and asks" in ran.out


def test_it_shows_what_restrains_and_records_it_after_a_yes(real):
    with real.terminal("init", "-trust") as terminal:
        terminal.answer("Trust these in try-out", "yes")
        terminal.wait_for("Recorded")
        assert terminal.end() == 0
    shown = terminal.plain
    assert "Guards of try-out" in shown
    assert "role.owner: po@example.gov ssh-ed25519 AAAAC3Nza" in " ".join(shown.split())
    assert "max_raise: 50 points" in shown
    assert "toggle.child requires toggle.parent: at least 100 %" in shown
    assert "  Protected toggles\n    toggle.child" in shown
    assert real.state["guards"]["policy"]["max_raise"] == 50_000
    assert real.journal[-1]["kind"] == "trusted"
    plan = real.run("plan")
    assert "Guards not trusted" not in plan.out
    assert "Plan: 0 to add, 1 to change, 0 to destroy." in plan.out
    real.edit("max_raise = 50", "max_raise = 90")
    assert "policy max_raise" in real.run("plan").out


def test_the_approvals_of_stages_are_among_them(real):
    real.edit(
        "policy {",
        'rollout "all" {\n  stage "wide" {\n    percentage = 20\n    toggles    = [toggle.other]\n'
        "    approval   = role.owner\n  }\n}\n\n"
        'toggle "other" {\n  key = "other_enabled"\n}\n\npolicy {',
    )
    ran = real.run("init", "-trust", "-auto-approve")
    assert ran.code == 0, ran.both
    assert (
        "  Approvals: who must agree before a stage begins\n    rollout.all.stage.wide: role.owner for 20 % of"
        in ran.out
    )
    assert real.state["guards"]["approvals"][0]["roles"] == ["role.owner"]


@pytest.mark.parametrize("answer", ["", "y", "no"])
def test_anything_but_yes_records_nothing(real, answer):
    before = real.state
    with real.terminal("init", "-trust") as terminal:
        terminal.answer("Trust these", answer)
        terminal.wait_for("Nothing was recorded.")
        assert terminal.end() == 1
    assert real.state == before


def test_it_needs_a_person(real):
    ran = real.run("init", "-trust", stdin="yes\n")
    assert ran.code == 1
    assert "Error: Nobody to ask" in ran.err
    assert real.state["guards"] is None


def test_where_nobody_can_be_there_it_is_told_so(real):
    assert "-auto-approve trusts them as they are declared" in real.run("init", "-trust").err
    ran = real.run("init", "-trust", "-auto-approve")
    assert ran.code == 0
    assert "max_raise: 50 points" in ran.out
    assert real.state["guards"]["policy"]["max_raise"] == 50_000


def test_it_is_for_the_first_guards_only(project):
    project.apply()
    ran = project.run("init", "-trust")
    assert ran.code == 1
    assert "Error: Guards are recorded already" in ran.err


def test_adopting_and_trusting_at_once(new_project, feature):
    provider = 'provider "flipper" {\n  source = "snapshot"\n  path   = "live.json"\n}\n'
    project = new_project(
        provider + 'flagstaff {\n  backend "local" {\n    path = "state.json"\n  }\n}\n', {"a": feature(5)}
    )
    with project.terminal("init", "-from-live", "-trust") as terminal:
        terminal.wait_for("1 toggle recorded")
        terminal.wait_for("None is declared: every plan may do anything.")
        terminal.answer("Trust these in default", "yes")
        assert terminal.end() == 0
    project.edit("percentage = 5", "percentage = 20", "other.hcl")
    assert "Plan: 0 to add, 1 to change, 0 to destroy." in project.run("plan").out


def test_it_may_come_before_everything_else(new_project, feature):
    provider = 'provider "flipper" {\n  source = "snapshot"\n  path   = "live.json"\n}\n'
    project = new_project(
        provider + 'flagstaff {\n  backend "local" {\n    path = "state.json"\n  }\n}\n', {"a": feature()}
    )
    with project.terminal("init", "-trust") as terminal:
        terminal.answer("Trust these", "yes")
        assert terminal.end() == 0
    assert project.state["guards"]["protected"] == []
