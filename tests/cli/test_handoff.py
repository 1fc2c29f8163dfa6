"""`flagstaff handoff`: which document, for which plan, and what it is refused for."""

import json

import pytest

from flagstaff.cli import handing_off

SNAPSHOT = """\
flagstaff {
  environment = "va-try"
  backend "local" {
    path = "state.json"
  }
}

provider "flipper" {
  source      = "snapshot"
  path        = "live.json"
  max_age     = "24h"
  propagation = "2m"
  ui_url      = "https://api.example.gov/flipper"
}

variable "parent" {
  type    = number
  default = 100
}

toggle "parent" {
  key        = "parent_enabled"
  percentage = var.parent
}

toggle "child" {
  key        = "child_enabled"
  percentage = 5

  requires {
    toggles = [toggle.parent]
    reason  = "The list shows data of the parent"
  }
}
"""


def feature(percentage=None, **more):
    gates = {"boolean": None, "groups": [], "actors": [], "expression": None}
    share = None if percentage is None else str(percentage)
    return {**gates, "percentage_of_actors": share, "percentage_of_time": None, **more}


@pytest.fixture
def adopted(new_project, planned_after_adoption):
    """A parent at 5 % and a child at 0 %, both adopted and the guards trusted; planned to 100 % and 5 %."""
    project = new_project(SNAPSHOT, {"parent_enabled": feature(5), "child_enabled": feature()})
    return planned_after_adoption(project)


def test_the_script_is_the_default_and_goes_to_standard_output(adopted):
    ran = adopted.run("handoff", "a.plan")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("Class.new do\n  # Flagstaff hand-off: 2 changes of feature toggles in va-try")
    assert ran.out.endswith("end.new.run\n")
    assert ran.out == adopted.run("handoff", "-format=rails", "a.plan").out


def test_to_a_file(adopted):
    ran = adopted.run("handoff", "a.plan", "-format=checklist", "-out=clicks.md")
    assert (ran.code, ran.out) == (0, "")
    assert "Wrote clicks.md: 2 moves for va-try." in ran.err
    assert "flagstaff confirm a.plan -from export.json" in ran.err.replace("\n", " ")
    text = (adopted.path / "clicks.md").read_text(encoding="utf-8")
    assert "<https://api.example.gov/flipper/features/parent_enabled>" in text
    assert "**WAIT 2 minutes**" in text
    ran = adopted.run("handoff", "a.plan", "-out=no/where.rb")
    assert ran.err.startswith("Error: Hand-off can't be written\n")


def test_another_format(adopted):
    ran = adopted.run("handoff", "a.plan", "-format=railz")
    assert (ran.code, ran.out) == (1, "")
    assert 'Did you mean "rails"?' in ran.err


def test_it_writes_nothing_but_its_document(adopted):
    before = adopted.files()
    adopted.run("handoff", "a.plan")
    assert adopted.files() == before


def test_what_is_blocked_is_counted_and_listed(adopted):
    assert adopted.run("plan", "-out=b.plan", "-var=parent=20").code == 3
    ran = adopted.run("handoff", "b.plan", "-format=checklist", "-out=b.md")
    assert "1 change left out." in ran.err
    assert "toggle.child" in (adopted.path / "b.md").read_text(encoding="utf-8").partition("## NOT part")[2]


def test_apply_refuses_before_it_asks_and_names_both_commands(adopted):
    for arguments in (["a.plan"], ["-auto-approve"], []):
        ran = adopted.run("apply", *arguments)
        told = " ".join(ran.err.split())
        assert (ran.code, told.startswith("Error: Store can't be written")) == (1, True)
        assert "`flagstaff handoff PLAN -format=rails`" in told
        assert "`flagstaff confirm PLAN -from export.json`" in told


def test_a_saved_plan_says_what_comes_next(adopted):
    ran = adopted.run("plan", "-out=a.plan")
    assert "flagstaff handoff a.plan" in ran.out
    assert "flagstaff apply a.plan" not in ran.out


def test_an_embedded_store_is_written_by_flagstaff_itself(project):
    assert project.run("plan", "-out=a.plan").code == 0
    ran = project.run("handoff", "a.plan")
    assert ran.code == 1
    assert ran.err.startswith("Error: Nothing to do by hand\n")
    assert "flagstaff apply a.plan" in ran.err


def test_another_kind_of_store(adopted, monkeypatch):
    monkeypatch.setattr(handing_off, "load_plan", lambda _: _plan_for("unleash.api"))
    ran = adopted.run("handoff", "a.plan")
    assert ran.err.startswith("Error: No hand-off for this store\n")


def _plan_for(provider):
    from flagstaff.plan.plan import Core, Observed, Plan
    from flagstaff.testing.building import NOW

    return Plan(Core("va-try", provider, ""), Observed(NOW, "", 0, NOW))


def test_a_plan_without_moves(new_project):
    project = new_project(SNAPSHOT, {"parent_enabled": feature(100), "child_enabled": feature(5)})
    assert project.run("plan", "-out=a.plan").code == 0
    ran = project.run("handoff", "a.plan")
    assert ran.err.startswith("Error: Nothing to hand off\n")
    assert "only what is recorded" in ran.err
    assert "flagstaff apply a.plan" in " ".join(ran.err.split())
    assert project.run("apply", "a.plan").code == 0
    assert project.run("plan", "-out=a.plan").code == 0
    assert "The plan changes nothing." in project.run("handoff", "a.plan").err


def test_a_plan_of_which_everything_waits_for_a_yes(adopted):
    adopted.turn("parent_enabled", 50)
    adopted.edit("default = 100", "default = 5")
    adopted.edit("percentage = 5\n", "percentage = 0\n")
    assert adopted.run("plan", "-out=a.plan").code == 0
    ran = adopted.run("handoff", "a.plan")
    assert "Every change of this plan waits for somebody:" in ran.err
    assert "-accept-drift toggle.parent" in " ".join(ran.err.split())


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "https://a b", "https://ann@api.example.gov", "api.example.gov"]
)
def test_a_page_is_a_web_address(adopted, url):
    adopted.edit("https://api.example.gov/flipper", url)
    ran = adopted.run("validate", "-json")
    [found] = json.loads(ran.out)["diagnostics"]
    assert 'The argument "ui_url" must be a web address' in found["detail"]
