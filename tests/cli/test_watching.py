"""`watch`: what it says, what it keeps, when it ends, and how it goes back."""

from __future__ import annotations

import json
import os
import signal
from datetime import UTC, datetime, timedelta

import pytest

from flagstaff.cli import going_back, watching
from flagstaff.providers.protocols import StoreError
from flagstaff.state.store import StateError
from flagstaff.testing.flipper_double import Response
from flagstaff.testing.flipper_server import serving
from flagstaff.views.watch_human import WatchPrinter

START = datetime(2026, 1, 27, 14, 0, tzinfo=UTC)
MAIN = """\
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

toggle "allergies" {
  key = "allergies_enabled"
}

toggle "notes" {
  key = "notes_enabled"
}

monitor "errors" {
  title = "Errors"
  source "http_json" {
    url         = "URL/stats"
    numerator   = "/errors"
    denominator = "/requests"
    delay       = "0s"
  }
  baseline {
    value = 0.01
  }
}

trigger "errors" {
  title   = "New errors"
  reason  = "People see error pages"
  action  = "Disable, and tell the owner"
  monitor = monitor.errors
}

trigger "calls" {
  title = "Calls to the help desk"
}

rollout "records" {
  go       = ["canary"]
  triggers = [trigger.errors, trigger.calls]
  soak     = "2h"
  stage "canary" {
    percentage = 5
    toggles    = [toggle.allergies, toggle.notes]
  }
  stage "half" {
    percentage = 50
    toggles    = [toggle.allergies, toggle.notes]
  }
}
"""


class Service:
    mount = ""

    def __init__(self):
        self.errors, self.answer = 10, None

    def handle(self, method, target, headers, body):
        return self.answer or Response(200, json.dumps({"errors": self.errors, "requests": 1000}).encode())


@pytest.fixture
def service():
    return Service()


@pytest.fixture
def records(new_project, feature, service):
    """The canary has just been verified."""
    with serving(service) as server:
        made = new_project(
            MAIN.replace("URL", server.url), {"allergies_enabled": feature(), "notes_enabled": feature()}
        )
        yield made


@pytest.fixture
def soaking(records, clock):
    records.apply()
    return records


def after(clock, minutes, action):
    """Do it once so many minutes have passed, while a watch sleeps."""
    done = []

    def look(_):
        if not done and clock.time >= START + timedelta(minutes=minutes):
            done.append(1)
            action()

    clock.on_sleep = look


def flat(ran):
    return " ".join(ran.both.split())


def facts(project, kind):
    return [entry["data"] for entry in project.journal if entry["kind"] == kind]


def readings(project):
    return [(fact["reading"]["at"][11:16], fact["reading"]["verdict"]) for fact in facts(project, "measured")]


def both(project):
    return [project.percentage(f"{name}_enabled") for name in ("allergies", "notes")]


def test_with_nothing_under_way_there_is_nothing_to_watch(records, clock):
    ran = records.run("watch")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "2026-01-27 14:00:00 UTC   No soak is running.\n"
    assert records.journal == []


def test_until_the_soak_is_served(soaking, clock):
    ran = soaking.run("watch", "-rollout=records", "-interval=1h")
    assert ran.code == 0
    assert ran.out.splitlines() == [
        "2026-01-27 14:00:00 UTC   rollout.records.stage.canary: runs since 2026-01-27 14:00 UTC, 2 h left of",
        "                          2 h",
        "2026-01-27 14:00:00 UTC   monitor.errors: pass. 1 % (10 of 1,000) against a baseline of 1 %: the",
        "                          data supports no increase (at 95 % -0.5194 to 0.8313 points).",
        "2026-01-27 15:00:00 UTC   still watching: rollout.records.stage.canary 1 h left of 2 h;",
        "                          monitor.errors pass",
        "2026-01-27 16:00:00 UTC   rollout.records.stage.canary: soak served (2 h)",
        "2026-01-27 16:00:00 UTC   No soak runs any more, and no trigger fired.",
    ]
    assert soaking.run("journal", "verify").code == 0


def test_one_reading_an_hour_is_kept_and_every_change(soaking, clock, service):
    after(clock, 90, lambda: setattr(service, "answer", Response(503, b"")))
    assert soaking.run("watch", "-interval=10m").code == 0
    assert readings(soaking) == [("14:00", "pass"), ("15:00", "pass"), ("15:40", "inconclusive")]
    serial = soaking.state["serial"]
    clock.time -= timedelta(minutes=15)
    for _ in range(3):
        assert soaking.run("watch", "-once").code == 0
    assert len(readings(soaking)) == 4, "a look that tells nothing new is not kept"
    assert soaking.state["serial"] == serial


def test_what_says_nothing_never_fires_and_is_said_loudly(soaking, clock, service):
    service.answer = Response(200, b'{"errors": 1000, "requests": ')
    ran = soaking.run("watch", "-interval=10m", "-auto-rollback")
    assert ran.code == 0
    assert both(soaking) == ["5", "5"]
    said = "monitor.errors: NOBODY IS WATCHING: 3 readings in a row say nothing, so no trigger of it can fire."
    assert flat(ran).count(said) == 1
    assert "2026-01-27 14:20:00 UTC   monitor.errors: NOBODY IS WATCHING" in ran.out


FIRED = """\

✗ 1 trigger fired

  New errors (trigger.errors)
  Why: monitor.errors: 10 % (100 of 1,000) against a baseline of 1 %: the data supports an increase
  of 9 percentage points (at 95 % 7.291 to 11.02 points).
  It matters because: People see error pages
  What to do: Disable, and tell the owner

Roll back with:
  flagstaff rollback -rollout records -reason 'New errors (trigger.errors): monitor.errors: 10 % (100 of 1,000)\
 against a baseline of 1 %: the data supports an increase of 9 percentage points (at 95 % 7.291 to 11.02 points)'
"""


def test_a_trigger_that_fires_is_told_with_what_to_do_and_remembered(soaking, clock, service):
    after(clock, 20, lambda: setattr(service, "errors", 100))
    ran = soaking.run("watch", "-interval=10m")
    assert ran.code == 1
    assert ran.out.endswith(f"{FIRED}\n")
    assert both(soaking) == ["5", "5"], "nothing is done without being asked for"
    [answer] = (fact["answer"] for fact in facts(soaking, "answered"))
    assert (answer["subject"], answer["verdict"], answer["until"]) == ("trigger.errors", "fail", "9999-01-01T00:00:00Z")
    assert readings(soaking)[-1] == ("14:30", "fail")
    service.errors = 10
    said = "trigger.errors fired at 2026-01-27 14:30 UTC: monitor.errors: 10 %"
    assert flat(soaking.run("status")).count(said) == 1
    clock.time = START + timedelta(hours=3)
    soaking.edit('["canary"]', '["canary", "half"]')
    ran = soaking.run("plan")
    assert ran.code == 3
    assert "Trigger has fired" in ran.out
    assert 'trigger.errors ("New errors") fired at 2026-01-27 14:30 UTC: monitor.errors: 10 %' in flat(ran)
    assert flat(soaking.run("status")).count(said) == 1
    assert soaking.run("answer", "trigger.errors", "-verdict=pass").code == 0
    assert said not in flat(soaking.run("status"))
    assert soaking.run("plan").code == 0


def test_one_that_fired_fires_until_somebody_answers(soaking, clock, service):
    service.errors = 100
    assert soaking.run("watch", "-once").code == 1
    service.errors = 10
    ran = soaking.run("watch", "-once")
    assert ran.code == 1
    assert "Why: monitor.errors: 10 % (100 of 1,000)" in ran.out
    assert len(facts(soaking, "answered")) == 1
    soaking.run("answer", "trigger.errors", "-verdict=pass")
    assert soaking.run("watch", "-once").code == 0


def test_a_person_s_call_fires_too(soaking, clock):
    after(clock, 10, lambda: soaking.run("answer", "trigger.calls", "-verdict=fail", "-note=three about 500s"))
    ran = soaking.run("watch", "-interval=5m", "-auto-rollback")
    assert ran.code == 1
    assert " called it: three about 500s" in ran.out
    assert both(soaking) == ["0", "0"]
    [begun] = facts(soaking, "rollback_started")
    assert begun["trigger"] == "trigger.calls"
    assert begun["reason"].startswith("Calls to the help desk (trigger.calls): ")
    assert sorted(one["address"] for one in facts(soaking, "held")) == ["toggle.allergies", "toggle.notes"]
    runs = {entry["kind"]: entry["run"] for entry in soaking.journal}
    assert runs["rollback_started"] != runs["measured"], "the rollback is a run of its own"


def test_a_condition_over_the_numbers(soaking, clock, service):
    soaking.edit("monitor = monitor.errors\n}", "monitor = monitor.errors\n  when    = numerator >= 50\n}")
    service.errors = 49  # which the monitor itself calls a failure
    ran = soaking.run("watch", "-once")
    assert ran.code == 0
    assert "monitor.errors: fail. " in ran.out
    service.errors = 50
    ran = soaking.run("watch", "-once")
    assert ran.code == 1
    assert "Why: monitor.errors: numerator >= 50 holds, with measured = 0.05, numerator = 50, samples =" in ran.out


def test_several_triggers_are_one_rollback(soaking, clock, service):
    service.errors = 100
    soaking.run("answer", "trigger.calls", "-verdict=fail")
    ran = soaking.run("watch", "-once", "-auto-rollback")
    assert ran.code == 1
    assert "✗ 2 triggers fired" in ran.out
    [begun] = facts(soaking, "rollback_started")
    assert begun["reason"].startswith("Calls to the help desk (trigger.calls): ")
    assert "; New errors (trigger.errors): monitor.errors: " in begun["reason"]


def test_a_toggle_turned_down_by_hand_stops_the_clock_where_it_was_last_seen(soaking, clock):
    after(clock, 60, lambda: soaking.turn("notes_enabled", 0))
    ran = soaking.run("watch", "-interval=30m", "-until=2026-01-27T17:10:00Z")
    assert ran.code == 1
    said = "rollout.records.stage.canary: its clock stands: toggle.notes is at 0 %, and counts from 5 % on"
    assert f"2026-01-27 15:30:00 UTC   {said}" in " ".join(ran.out.split()).replace("UTC r", "UTC   r")
    assert "No trigger fired. Not served: rollout.records.stage.canary, as the clock stands." in flat(ran)
    [stopped] = (fact for fact in facts(soaking, "stage_changed") if fact["event"] == "stopped")
    assert stopped["until"] == "2026-01-27T15:00:00Z"
    # The others still have people: their triggers count.
    assert "16:30:00 UTC still watching: rollout.records.stage.canary its clock stands; monitor.errors pass" in flat(
        ran
    )
    [record] = (one for name, one in soaking.state["stages"].items() if name.endswith("canary"))
    assert (record["served"], record["verified"]) == (3600, None)


def test_what_a_hand_did_before_anybody_watched_is_not_served(soaking, clock):
    soaking.turn("notes_enabled", 0)
    clock.advance(48 * 3600)
    assert soaking.run("watch", "-once").code == 1
    soaking.turn("notes_enabled", 5)
    soaking.edit('["canary"]', '["canary", "half"]')
    ran = soaking.run("plan")
    assert ran.code == 3
    assert "whose clock stands (toggle.notes is at 0 %, and counts from 5 % on; it ran 0 s in one piece)" in flat(ran)


def test_when_nobody_has_it_any_more_the_watch_is_over(soaking, clock):
    after(clock, 30, lambda: [soaking.turn(f"{name}_enabled", 0) for name in ("allergies", "notes")])
    ran = soaking.run("watch", "-interval=10m")
    assert ran.code == 1
    assert "nothing of it is up any more" in flat(ran)
    assert clock.time == START + timedelta(minutes=40)


def test_a_rollback_by_somebody_else_ends_it(soaking, clock):
    after(clock, 30, lambda: soaking.run("rollback", "-rollout=records", "-reason=x", "-auto-approve"))
    ran = soaking.run("watch", "-interval=10m", "-auto-rollback")
    assert ran.code == 1
    assert "its clock stands: toggle.allergies was rolled back" in flat(ran)
    assert len(facts(soaking, "rollback_started")) == 1


def test_a_live_store_out_of_reach_is_told_and_looked_at_again(soaking, clock, service):
    path = soaking.path / "live.json"
    whole = path.read_text()
    after(clock, 10, lambda: path.write_text("{"))
    ran = soaking.run("watch", "-interval=10m", "-until=2026-01-27T14:40:00Z")
    assert ran.code == 1, "it can't be said that all is well"
    assert flat(ran).count("The live store can't be read. ") == 1
    assert "It is tried again in 10 min." in flat(ran)
    # Triggers count meanwhile.
    service.errors = 100
    assert soaking.run("watch", "-once").code == 1
    path.write_text(whole)
    soaking.run("answer", "trigger.errors", "-verdict=pass")
    service.errors = 10
    path.write_text("{")
    after(clock, 50, lambda: path.write_text(whole))
    ran = soaking.run("watch", "-interval=10m")
    assert ran.code == 0
    assert "Everything can be looked at again." in ran.out


def test_a_state_out_of_reach_is_told_and_looked_at_again(soaking, clock):
    path = soaking.path / "state.json"
    whole = path.read_text()
    path.write_text("{")
    ran = soaking.run("watch", "-once")
    assert ran.code == 1
    assert "The state can't be read. " in ran.out
    after(clock, 10, lambda: path.write_text(whole))
    ran = soaking.run("watch", "-interval=10m", "-until=2026-01-27T14:30:00Z")
    assert ran.code == 0
    assert "No trigger fired so far. Not served yet: rollout.records.stage.canary." in flat(ran)
    clock.time = START
    after(clock, 10, lambda: path.write_text("{"))
    ran = soaking.run("watch", "-interval=10m", "-until=2026-01-27T14:30:00Z")
    assert ran.code == 1
    assert "rollout.records.stage.canary: runs since" in flat(ran)
    assert "The state can't be read. " in ran.out


def test_ctrl_c_ends_it_and_changes_nothing(soaking, clock):
    after(clock, 10, lambda: os.kill(os.getpid(), signal.SIGINT))
    ran = soaking.run("watch", "-interval=10m")
    assert ran.code == 1
    assert ran.err == "Interrupted. Nobody watches any more; running the command again is safe.\n"
    assert both(soaking) == ["5", "5"]


def test_for_programs(soaking, clock, service):
    after(clock, 10, lambda: setattr(service, "errors", 100))
    ran = soaking.run("watch", "-json", "-interval=10m", "-auto-rollback")
    assert ran.code == 1
    messages = ran.messages()
    assert messages[0]["type"] == "version"
    evaluations = [one["evaluation"] for one in messages if one["type"] == "watch_evaluation"]
    assert [one["fired"] for one in evaluations] == [[], [], ["trigger.errors"]]
    [stage] = evaluations[1]["stages"]
    assert stage == {
        "stage": "rollout.records.stage.canary",
        "state": "running",
        "under_way": True,
        "since": "2026-01-27T14:00:00+00:00",
        "served_at": "2026-01-27T16:00:00+00:00",
        "left": "1 h 50 min left of 2 h",
        "trouble": "",
    }
    assert evaluations[1]["next"] == "2026-01-27T14:20:00+00:00"
    assert evaluations[1]["readings"][0]["samples"] == "1000"
    [fired] = (one["fired"] for one in messages if one["type"] == "watch_trigger")
    assert (fired["trigger"], fired["rollouts"], fired["rolls_back"]) == ("trigger.errors", ["records"], True)
    assert fired["rollback"].startswith("flagstaff rollback -rollout records -reason 'New errors")
    assert both(soaking) == ["0", "0"]
    assert "toggle.allergies" in ran.err, "what the rollback says is beside the data"


def test_a_quiet_watch_for_programs(soaking, clock):
    ran = soaking.run("watch", "-json", "-interval=1h")
    assert ran.code == 0
    assert ran.messages()[-1]["@message"] == "No soak runs any more, and no trigger fired."


class Broken:
    """A rollback that is done only after a few tries."""

    def __init__(self, *outcomes):
        self.outcomes, self.requests = list(outcomes), []

    def __call__(self, workspace, request):
        self.requests.append(request)
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


@pytest.mark.parametrize(
    ("outcomes", "tries", "done"),
    [
        ((0,), 1, True),
        ((StoreError("Store can't be reached", "Try again."), 1, 0), 3, True),
        ((BrokenPipeError(32, "Broken pipe"), 0), 2, True),
        ((1, 1, 1), 3, False),
    ],
)
def test_a_rollback_that_could_not_be_finished_is_tried_again(
    soaking, clock, service, monkeypatch, outcomes, tries, done
):
    broken = Broken(*outcomes)
    monkeypatch.setattr(going_back, "roll_back", broken)
    service.errors = 100
    ran = soaking.run("watch", "-auto-rollback")
    assert ran.code == 1
    assert len(broken.requests) == tries
    assert all(one.auto_approve and one.typed.rollouts == ("records",) for one in broken.requests)
    assert ("NOT everything is down. Run the line above again" in flat(ran)) is not done


def test_where_only_a_person_can_write_the_list_is_printed_once(soaking, clock, service):
    soaking.edit('"embedded"', '"snapshot"')
    service.errors = 100
    ran = soaking.run("watch", "-auto-rollback")
    assert ran.code == 1
    assert len(facts(soaking, "rollback_started")) == 1
    assert "NOT everything is down" not in flat(ran)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-rollout=record",), 'There is no rollout "record". Did you mean "records"?'),
        (("-interval=0s",), "-interval takes a duration such as 30s or 5m"),
        (("-until=tomorrow",), "-until takes a time such as 2026-01-27T14:00:00Z"),
        (("-until=2026-01-27",), "-until takes a time such as 2026-01-27T14:00:00Z"),
    ],
)
def test_mistakes(records, arguments, message):
    ran = records.run("watch", *arguments)
    assert ran.code == 1
    assert message in flat(ran)


def test_another_rollout_is_left_alone(soaking, clock, service):
    soaking.edit('rollout "records" {', 'rollout "other" {\n  stage "all" {\n  }\n}\n\nrollout "records" {')
    service.errors = 100
    ran = soaking.run("watch", "-rollout=rollout.other")
    assert (ran.code, ran.out) == (0, "2026-01-27 14:00:00 UTC   No soak is running.\n")


def test_a_table_on_a_terminal(records):
    records.apply()
    with records.terminal("watch", "-interval=1s") as terminal:
        terminal.wait_for(r"rollout\.records\.stage\.canary: runs since")
        terminal.wait_for(r"rollout\.records\.stage\.canary 5 %   .* left of 2 h")
        terminal.wait_for(r"monitor\.errors +✓ pass   0\.01 \(10 of 1,000\), baseline 0\.01")
        terminal.wait_for(r"again in 0:0\d\. Ctrl-C ends the watch, and changes nothing\.")
        os.kill(terminal.process.pid, signal.SIGINT)
        terminal.wait_for("Interrupted. Nobody watches any more")
        assert terminal.end() == 1


def test_what_can_not_be_written_down_is_told_and_fires_all_the_same(soaking, clock, service, monkeypatch):
    def refuse(*_, **__):
        raise StateError("State can't be written", "The disk is full.")

    monkeypatch.setattr(watching, "append", refuse)
    ran = soaking.run("watch", "-once")
    assert ran.code == 1
    assert "What was seen can't be written down. State can't be written: The disk is full." in flat(ran)
    service.errors = 100
    ran = soaking.run("watch", "-auto-rollback")
    assert ran.code == 1
    assert both(soaking) == ["0", "0"]


def test_the_output_may_be_gone_when_it_has_to_go_back(soaking, clock, service, monkeypatch):
    def gone(*_, **__):
        raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr(WatchPrinter, "fired", gone)
    service.errors = 100
    assert soaking.run("watch", "-auto-rollback").code == 1
    assert both(soaking) == ["0", "0"]


def test_a_second_ctrl_c_ends_it_at_once(soaking, clock, monkeypatch):
    def twice(*_, **__):
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        raise AssertionError("it went on")

    monkeypatch.setattr(watching, "read_all", twice)
    ran = soaking.run("watch")
    assert (ran.code, ran.err.strip()) == (1, "Interrupted. Running the command again is safe.")
