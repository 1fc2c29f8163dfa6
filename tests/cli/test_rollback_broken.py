"""`rollback` where everything but the live store is broken, gone, locked or out of reach."""

from __future__ import annotations

import json
import os
import signal
import threading
import time

import pytest

from flagstaff.diagnostics import Failure
from flagstaff.testing.flipper_double import FlipperDouble, token_auth
from flagstaff.testing.flipper_server import Fault, serving

DEADLINE = 60.0


@pytest.fixture
def rolled_out(project):
    project.apply("-var=parent=100", "-var=child=5")
    return project


def down(project):
    return all(project.percentage(key) in {None, "0"} for key in ("child_enabled", "parent_enabled"))


def words(text):
    return " ".join(text.split())


def test_the_configuration_does_not_parse(rolled_out):
    rolled_out.edit("toggle", "toggle {{{")
    ran = rolled_out.run("rollback", "isParent", "-reason=errors", "-auto-approve")
    assert ran.code == 0, ran.both
    assert "The configuration has mistakes (" in ran.err
    assert "main.hcl:" in ran.err
    assert "this goes by the last apply. flagstaff validate shows them." in words(ran.err)
    assert down(rolled_out)
    assert set(rolled_out.state["holds"]) == {"toggle.parent", "toggle.child"}


@pytest.mark.parametrize("place", ["state.json", "local:state.json"])
def test_the_configuration_is_gone(rolled_out, place):
    (rolled_out.path / "main.hcl").unlink()
    ran = rolled_out.run("rollback", "parent_enabled", "-reason=errors", "-auto-approve", FLAGSTAFF_STATE=place)
    assert ran.code == 0, ran.both
    assert "There is no configuration in project; this goes by the last apply." in words(ran.err)
    assert down(rolled_out)
    assert set(rolled_out.state["holds"]) == {"toggle.parent", "toggle.child"}


@pytest.mark.parametrize(
    ("place", "junk"),
    [
        (("toggles", "toggle.parent", "aliases"), [1]),
        (("toggles", "toggle.child", "key"), {"a": 1}),
        (("toggles", "toggle.parent", "title"), 5),
        (("provider", "credentials"), 5),
        (("provider",), [1]),
    ],
    ids=str,
)
def test_a_part_of_what_was_applied_is_damaged(rolled_out, place, junk):
    state = rolled_out.state
    part = state["applied"]
    for name in place[:-1]:
        part = part[name]
    part[place[-1]] = junk
    rolled_out.write("state.json", json.dumps(state))
    rolled_out.edit("toggle", "toggle {{{")
    ran = rolled_out.run("rollback", "parent_enabled", "child_enabled", "-reason=errors", "-auto-approve")
    assert ran.code == 0, ran.both
    assert down(rolled_out)


def test_the_state_has_its_usual_name_and_nothing_else_is_there(rolled_out):
    (rolled_out.path / "main.hcl").unlink()
    for path in rolled_out.path.glob("state.*"):
        path.rename(path.with_name(path.name.replace("state.", "flagstaff.state.", 1)))
    ran = rolled_out.run("rollback", "parent", "-auto-approve")
    assert ran.code == 0, ran.both
    assert down(rolled_out)


def test_configuration_and_state_are_gone(rolled_out):
    for path in [rolled_out.path / "main.hcl", *rolled_out.path.glob("state.*")]:
        path.unlink()
    ran = rolled_out.run("rollback", "parent", "-auto-approve")
    assert ran.code == 1
    assert "Error: Live store is not known" in ran.err
    assert "name the state with FLAGSTAFF_STATE." in words(ran.err)
    assert [path.name for path in sorted(rolled_out.path.iterdir()) if path.name[0] != "."] == ["live.json"]


def test_a_broken_configuration_makes_no_state_where_none_was_named(rolled_out):
    rolled_out.edit('path = "state.json"', "path = {{")
    ran = rolled_out.run("rollback", "parent_enabled", "-auto-approve")
    assert ran.code == 0, ran.both
    assert not (rolled_out.path / "flagstaff.state.json").exists()
    assert "FLAGSTAFF_STATE names it." in words(ran.both)
    assert rolled_out.percentage("parent_enabled") == "0"
    assert list(rolled_out.path.glob("flagstaff-rollback-*.jsonl"))


API = """
flagstaff {
  environment = "test"
  backend "local" {
    path = "state.json"
  }
}
variable "token" {
  type      = string
  sensitive = true
}
provider "flipper" {
  source = "api"
  url    = "URL"
  token  = var.token
}
toggle "parent" {
  key        = "parent_enabled"
  percentage = 100
}
"""


@pytest.fixture
def api(new_project):
    double = FlipperDouble(authorized=token_auth("s3cret"))
    double.put("parent_enabled", {"percentage_of_actors": "100"})
    with serving(double) as server:
        project = new_project(API.replace("URL", server.url), {})
        project.env["FLAGSTAFF_VAR_token"] = "s3cret"
        assert project.run("import", "toggle.parent", "parent_enabled").code == 0
        project.apply()
        yield project, double


def test_credentials_come_from_what_is_left_of_the_configuration(api):
    project, double = api
    project.edit('toggle "parent" {', 'toggle "parent" {\n  nonsense = [')
    ran = project.run("rollback", "parent", "-auto-approve")
    assert ran.code == 0, ran.both
    assert double.features["parent_enabled"]["percentage_of_actors"] == "0"


@pytest.mark.parametrize("way", ["environment", "-var"])
def test_credentials_come_by_their_own_name_once_it_is_gone(api, way):
    project, double = api
    (project.path / "main.hcl").unlink()
    extra = [] if way == "environment" else ["-var=token=s3cret"]
    if extra:
        del project.env["FLAGSTAFF_VAR_token"]
    ran = project.run("rollback", "parent", "-auto-approve", *extra, FLAGSTAFF_STATE="state.json")
    assert ran.code == 0, ran.both
    assert double.features["parent_enabled"]["percentage_of_actors"] == "0"
    assert "s3cret" not in ran.both


def test_credentials_that_are_missing_are_named(api):
    project, _ = api
    (project.path / "main.hcl").unlink()
    del project.env["FLAGSTAFF_VAR_token"]
    ran = project.run("rollback", "parent", "-auto-approve", FLAGSTAFF_STATE="state.json")
    assert ran.code == 1
    assert "Give it by its name: FLAGSTAFF_VAR_token in the environment, or -var token=..." in words(ran.err)


@pytest.mark.parametrize("place", ["main.hcl/state.json", "postgresql://127.0.0.1:1/none?connect_timeout=1"])
def test_the_state_is_out_of_reach(rolled_out, place):
    """By the configuration alone; the journal beside it is taken over by the next command that writes."""
    ran = rolled_out.run("rollback", "isParent", "-reason=errors", "-auto-approve", FLAGSTAFF_STATE=place)
    assert ran.code == 0, ran.both
    assert down(rolled_out)
    assert "The state is out of reach." in ran.err
    assert "The state could not be written." in words(ran.out)
    (path,) = rolled_out.path.glob("flagstaff-rollback-*.jsonl")
    assert path.name in "".join(ran.out.split())
    kinds = [json.loads(line)["kind"] for line in path.read_text(encoding="utf-8").splitlines()]
    assert kinds[0] == "rollback_started"
    assert kinds[-1] == "rollback_finished"
    assert rolled_out.state["holds"] == {}
    ran = rolled_out.run("apply", "-auto-approve", "-var=parent=100", "-var=child=5")
    assert "entries are in the journal now." in words(ran.err)
    assert down(rolled_out)
    assert set(rolled_out.state["holds"]) == {"toggle.parent", "toggle.child"}
    assert [entry["kind"] for entry in rolled_out.journal].count("held") == 2
    assert path.with_suffix(".jsonl.merged").exists()
    assert rolled_out.run("state", "verify").code == 0


def test_the_journal_is_damaged(rolled_out):
    journal = rolled_out.path / "state.journal.jsonl"
    rolled_out.run("rollback", "child", "-reason=first", "-auto-approve")
    journal.write_text(journal.read_text(encoding="utf-8") + '{"nonsense": 1}\n', encoding="utf-8")
    ran = rolled_out.run("rollback", "isParent", "-reason=errors", "-auto-approve")
    assert ran.code == 0, ran.both
    assert down(rolled_out)
    assert list(rolled_out.path.glob("flagstaff-rollback-*.jsonl"))


def waiting(process):
    """Read until it waits for propagation."""
    end, seen = time.monotonic() + DEADLINE, ""
    while "waits: readers may still serve" not in seen:
        assert time.monotonic() < end, seen
        assert process.poll() is None, seen
        seen += os.read(process.stdout.fileno(), 4096).decode()
    return seen


@pytest.fixture
def slow(project):
    """An apply of the parent, and then of the child, which waits for readers in between."""
    project.edit('path   = "live.json"\n', 'path   = "live.json"\n  propagation = "10m"\n')
    return project


def test_an_apply_that_waits_for_readers_is_stopped(slow):
    process = slow.start("apply", "-auto-approve", "-var=parent=100", "-var=child=5")
    try:
        waiting(process)
        assert slow.percentage("parent_enabled") == "100"
        ran = slow.command("rollback", "isParent", "-reason=errors", "-auto-approve")
        out, _ = process.communicate(timeout=DEADLINE)
    finally:
        process.kill()
    assert ran.code == 0, ran.both
    assert "was running flagstaff apply on" in words(ran.out)
    assert process.returncode == 1
    assert "Rollback of toggle.parent by" in words(out.decode())
    assert down(slow)
    kinds = [entry["kind"] for entry in slow.journal]
    assert {"apply_started", "rollback_started", "held", "rollback_finished", "apply_finished"} <= set(kinds)
    assert "toggle.parent" in slow.state["holds"]
    assert slow.run("journal", "verify").code == 0
    assert slow.run("state", "verify").code == 0
    assert slow.run("plan", "-var=parent=100", "-var=child=5").out.count("Held: toggle.parent waits") == 1


def test_the_lease_of_a_dead_run_is_taken_over(slow):
    process = slow.start("apply", "-auto-approve", "-var=parent=100", "-var=child=5")
    waiting(process)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=DEADLINE)
    ran = slow.command("rollback", "isParent", "-reason=errors", "-auto-approve")
    assert ran.code == 0, ran.both
    assert down(slow)
    kinds = [entry["kind"] for entry in slow.journal]
    assert "takeover" in kinds
    assert slow.run("state", "verify").code == 0


def test_testers_are_put_back_by_the_next_one_if_it_is_killed_on_its_way(new_project):
    """Over the API, the boolean is closed by a write that wipes testers."""
    double, stuck = FlipperDouble(), threading.Event()
    double.put("parent_enabled", {"boolean": "true", "actors": ["ann", "bob"], "groups": ["beta"]})

    def faults(method, target):
        if method == "POST" and target.endswith("/actors") and not stuck.is_set():
            stuck.set()
            return Fault(delay=0.9, undone=True, drop=True)
        return None

    with serving(double, faults) as server:
        text = API.replace("URL", server.url).replace("  token  = var.token\n", "")
        project = new_project(text, {})
        project.env["FLAGSTAFF_VAR_token"] = "unused"
        process = project.start("rollback", "parent", "-reason=errors", "-auto-approve")
        assert stuck.wait(DEADLINE)
        process.kill()
        process.communicate(timeout=DEADLINE)
        assert double.features["parent_enabled"]["actors"] == []
        ran = project.run("rollback", "parent", "-auto-approve")
    assert ran.code == 0, ran.both
    assert sorted(double.features["parent_enabled"]["actors"]) == ["ann", "bob"]
    assert double.features["parent_enabled"]["groups"] == ["beta"]
    assert "3 testers still have it." in ran.out
    assert project.run("state", "verify").code == 0


def test_a_configuration_that_makes_the_loader_fail_stops_nothing(rolled_out, monkeypatch):
    def broken(*_):
        raise ValueError("a mistake of ours with s3cret in it")

    monkeypatch.setattr("flagstaff.cli.rollback_scene.load", broken)
    ran = rolled_out.run("rollback", "isParent", "-auto-approve", FLAGSTAFF_STATE="state.json")
    assert ran.code == 0, ran.both
    assert "The configuration can't be read (ValueError); this goes by the last apply." in words(ran.err)
    assert "s3cret" not in ran.both
    assert down(rolled_out)


def test_a_state_driver_that_makes_opening_fail_stops_nothing(rolled_out, monkeypatch):
    def broken(*_):
        raise ImportError("no driver")

    monkeypatch.setattr("flagstaff.cli.rollback_scene.state_store", broken)
    ran = rolled_out.run("rollback", "isParent", "-auto-approve", FLAGSTAFF_STATE="s3://bucket/key")
    assert ran.code == 0, ran.both
    assert "The state is out of reach. ImportError" in words(ran.err)
    assert down(rolled_out)


SNAPSHOT = """
flagstaff {
  environment = "prod"
  backend "local" {
    path = "state.json"
  }
}
provider "flipper" {
  source  = "snapshot"
  path    = "live.json"
  max_age = "1h"
  ui_url  = "https://toggles.example.gov/flipper"
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
def by_hand(new_project, feature):
    project = new_project(SNAPSHOT, {"parent_enabled": feature(100, actors=["ann"]), "child_enabled": feature(5)})
    for name in ("parent", "child"):
        assert project.run("import", f"toggle.{name}", f"{name}_enabled").code == 0
    return project


def test_where_only_a_person_writes_it_prints_what_to_do_at_once(by_hand):
    old = time.time() - 100_000
    os.utime(by_hand.path / "live.json", (old, old))
    ran = by_hand.run("rollback", "parent", "-reason=errors")
    assert ran.code == 1
    assert ran.out.index("**1.** `child_enabled`: 5 % to **0 %**") < ran.out.index(
        "**2.** `parent_enabled`: 100 % to **0 %**"
    )
    assert '["child_enabled", 0],\n  ["parent_enabled", 0]' in ran.out
    assert "keep_testers = true" in ran.out
    assert "WAIT" not in ran.out
    assert "STOP" not in ran.out
    assert "turn it down all the same" in ran.out
    assert "NOT done until `confirm`. Held already." in words(ran.err)
    assert set(by_hand.state["holds"]) == {"toggle.parent", "toggle.child"}
    assert by_hand.journal[-1]["data"]["counts"] == {"by hand": 2}


def test_what_was_done_by_hand_is_confirmed(by_hand, feature):
    ran = by_hand.run("rollback", "parent", "-reason=errors")
    (plan,) = by_hand.path.glob("rollback-*.plan")
    assert f"flagstaff confirm {plan.name} -from export.json" in words(ran.err)
    assert plan.stat().st_mode & 0o777 == 0o600
    export = {"version": 1, "features": {"parent_enabled": feature(0, actors=["ann"]), "child_enabled": feature(0)}}
    by_hand.write("export.json", json.dumps(export))
    ran = by_hand.run("confirm", plan.name, "-from", "export.json")
    assert ran.code == 0, ran.both
    assert by_hand.state["toggles"]["toggle.parent"]["exposure"] == "0"
    assert set(by_hand.state["holds"]) == {"toggle.parent", "toggle.child"}
    assert by_hand.run("state", "verify").code == 0


def test_by_hand_and_without_a_state_the_holds_are_in_a_file(by_hand):
    ran = by_hand.run("rollback", "parent", "-reason=errors", FLAGSTAFF_STATE="main.hcl/state.json")
    assert ran.code == 1
    (path,) = by_hand.path.glob("flagstaff-rollback-*.jsonl")
    assert f"The holds are in {path} until then." in words(ran.err).replace("- ", "-")


def test_by_hand_a_plan_that_can_not_be_saved_is_told(by_hand, monkeypatch):
    def full(*_):
        raise Failure.error("Plan can't be saved", "The disk is full.")

    monkeypatch.setattr("flagstaff.cli.rollback_by_hand.save_plan", full)
    ran = by_hand.run("rollback", "parent", "-reason=errors")
    assert "NOT done until somebody did this. Plan can't be saved: The disk is full." in words(ran.err)


def test_by_hand_without_a_configuration(by_hand):
    by_hand.run("rollback", "child", "-reason=first")
    by_hand.main(SNAPSHOT + "toggle {{{")
    ran = by_hand.run("rollback", "parent", "-reason=errors", FLAGSTAFF_STATE="state.json")
    assert ran.code == 1
    assert "**1.** `parent_enabled`" in ran.out or "**1.** `child_enabled`" in ran.out


def test_an_export_in_which_it_is_down_proves_nothing(by_hand, feature):
    by_hand.set_live({"parent_enabled": feature(0), "child_enabled": feature(0)})
    ran = by_hand.run("rollback", "parent", "-reason=errors")
    assert ran.code == 1
    assert "nothing is up. Look whether that is still so." in words(ran.err)
    assert set(by_hand.state["holds"]) == {"toggle.parent"}
