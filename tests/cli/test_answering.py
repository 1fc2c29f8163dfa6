"""A person's answers: to manual monitors, and calls of triggers."""

from __future__ import annotations

import pytest

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

monitor "support_calls" {
  title = "Calls to the help desk"
  source "manual" {
    question = "Are there new kinds of calls?"
    valid    = "4h"
  }
}

monitor "measured" {
  title = "Measured"
  source "http_json" {
    url   = "http://127.0.0.1:1/x"
    value = "/n"
  }
  pass_when = measured == 0
}

trigger "booking_errors" {
  title  = "Errors when booking appointments"
  reason = "People can't book"
  action = "Disable, and tell the product owner"
}

trigger "lonely" {
  title = "Nothing has it"
}

rollout "records" {
  go       = ["canary"]
  monitors = [monitor.support_calls]
  triggers = [trigger.booking_errors]
  stage "canary" {
    percentage = 5
    toggles    = [toggle.allergies]
  }
}
"""


@pytest.fixture
def records(new_project, feature):
    return new_project(MAIN, {"allergies_enabled": feature()})


def flat(ran):
    return " ".join(ran.both.split())


def answers(project):
    return [entry["data"]["answer"] for entry in project.journal if entry["kind"] == "answered"]


def test_an_answer_lets_a_stage_begin(records):
    ran = records.run("plan")
    assert ran.code == 3
    assert (
        "Nobody has answered yet: Are there new kinds of calls? Look, and answer with -verdict=fail, or with: "
        'flagstaff answer monitor.support_calls -verdict=pass -note="..."'
    ) in flat(ran)
    assert "Way out 1. answer it, and plan again" in flat(ran)
    ran = records.run("answer", "monitor.support_calls", "-verdict=pass", "-note=none since noon")
    assert ran.code == 0
    assert ran.out.startswith("Recorded: pass for monitor.support_calls, by ")
    [said] = answers(records)
    assert (said["subject"], said["verdict"], said["note"]) == ("monitor.support_calls", "pass", "none since noon")
    records.apply()
    assert records.percentage("allergies_enabled") == "5"
    assert records.run("journal", "verify").code == 0


def test_an_answer_of_fail_blocks(records):
    assert records.run("answer", "monitor.support_calls", "-verdict=fail").code == 0
    ran = records.run("plan")
    assert ran.code == 3
    assert "Monitor does not pass" in ran.out


def hours(said):
    from datetime import datetime

    return round((datetime.fromisoformat(said["until"]) - datetime.fromisoformat(said["at"])).total_seconds() / 3600)


def test_how_long_an_answer_counts(records):
    records.run("answer", "monitor.support_calls", "-verdict=pass")
    records.run("answer", "monitor.support_calls", "-verdict=pass", "-for=7d")
    records.run("answer", "trigger.booking_errors", "-verdict=pass")
    assert list(map(hours, answers(records))) == [4, 168, 24]


def test_calling_a_trigger_stops_raises_and_says_how_to_roll_back(records):
    records.run("answer", "monitor.support_calls", "-verdict=pass")
    ran = records.run("answer", "trigger.booking_errors", "-verdict=fail", "-note=three calls")
    assert ran.code == 0
    assert ran.out.splitlines()[1:] == [
        "What to do: Disable, and tell the product owner",
        "No stage with this trigger is raised until that is over. Roll back with:",
        "  flagstaff rollback -rollout records -reason='Errors when booking appointments: three calls'",
    ]
    ran = records.run("plan")
    assert ran.code == 3
    assert "Trigger was called" in ran.out
    ran = records.run("answer", "trigger.booking_errors", "-verdict=pass")
    assert "The call is withdrawn: it stops no raise any more." in ran.out
    assert records.run("plan").code == 0


def test_a_trigger_of_no_rollout(records):
    ran = records.run("answer", "trigger.lonely", "-verdict=fail")
    assert ran.code == 0
    assert "No rollout has this trigger, so nothing is stopped by it." in ran.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("monitor.support_call", "-verdict=pass"), 'no trigger. Did you mean "monitor.support_calls"?'),
        (("nothing", "-verdict=pass"), "There are: monitor.support_calls, trigger.booking_errors, trigger.lonely."),
        (("monitor.measured", "-verdict=pass"), "monitor.measured is no question to a person"),
        (("monitor.support_calls", "-verdict=passed"), '-verdict is pass or fail, not "passed". Did you mean "pass"?'),
        (("monitor.support_calls", "-verdict=pass", "-for=0s"), "-for takes a duration such as 30m, 4h or 7d"),
        (("monitor.support_calls", "-verdict=pass", "-for=long"), '"long" is none.'),
        (("monitor.support_calls",), "needs VERDICT"),
    ],
)  # fmt: skip
def test_mistakes_write_nothing(records, arguments, message):
    ran = records.run("answer", *arguments)
    assert ran.code == 1
    assert message in flat(ran)
    assert records.journal == []


def test_nothing_can_be_answered(new_project, feature):
    project = new_project(MAIN[: MAIN.index("monitor ")], {"allergies_enabled": feature()})
    ran = project.run("answer", "monitor.x", "-verdict=pass")
    assert 'There is no monitor with source "manual", and no trigger.' in flat(ran)


def test_a_call_goes_by_the_last_apply_where_the_configuration_is_broken(records):
    records.run("answer", "monitor.support_calls", "-verdict=pass")
    records.apply()
    records.edit('toggle "allergies" {', "toggle allergies {{")
    broken = records.run("answer", "trigger.booking_errors", "-verdict=fail")
    assert broken.code == 1
    ran = records.run("answer", "trigger.booking_errors", "-verdict=fail", FLAGSTAFF_STATE="state.json")
    assert ran.code == 0, ran.both
    assert "flagstaff rollback -rollout records" in ran.out


def test_without_a_state_a_broken_configuration_knows_nothing(records):
    records.edit('toggle "allergies" {', "toggle allergies {{")
    ran = records.run("answer", "trigger.booking_errors", "-verdict=fail", FLAGSTAFF_STATE="state.json")
    assert ran.code == 1
    assert records.journal == []


def test_the_named_state_gets_the_answer(records):
    ran = records.run("answer", "monitor.support_calls", "-verdict=pass", FLAGSTAFF_STATE="other.json")
    assert ran.code == 0, ran.both
    assert records.journal == []
    assert (records.path / "other.journal.jsonl").exists()
