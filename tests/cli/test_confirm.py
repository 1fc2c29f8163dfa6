"""`flagstaff confirm`: what a person did is verified against an export or a result block, and recorded."""

import hashlib
import json
import os
from datetime import UTC, datetime, timedelta

import pytest

MAIN = """\
flagstaff {
  environment = "va-try"
  backend "local" {
    path = "state.json"
  }
}

provider "flipper" {
  source  = "snapshot"
  path    = "live.json"
  max_age = "24h"
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
DONE = {"parent_enabled": 100, "child_enabled": 5}


def feature(percentage=None, **more):
    gates = {"boolean": None, "groups": [], "actors": ["ann@example.gov"], "expression": None}
    share = None if percentage is None else str(percentage)
    return {**gates, "percentage_of_actors": share, "percentage_of_time": None, **more}


@pytest.fixture
def adopted(new_project, planned_after_adoption):
    """A parent at 5 % and a child at 0 %, both adopted and the guards trusted; planned to 100 % and 5 %."""
    project = new_project(MAIN, {"parent_enabled": feature(5), "child_enabled": feature()})
    return planned_after_adoption(project)


def export(project, shares=DONE, **top):
    """A file `export.json` with these percentages; an exposure may also be a whole toggle."""
    features = {key: share if isinstance(share, dict) else feature(share) for key, share in shares.items()}
    project.write("export.json", json.dumps({"version": 1, **top, "features": features}))


def change_of(project):
    return json.loads((project.path / "a.plan").read_text(encoding="utf-8"))["change"]


def block(project, shares=DONE, **more):
    toggles = {key: {"gates": {"percentage_of_actors": str(share)}, "actors": 1} for key, share in shares.items()}
    body = {
        "format": 1,
        "change": change_of(project),
        "environment": "va-try",
        "outcome": "done",
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "flipper": "1.2.2",
        "toggles": toggles,
    }
    text = json.dumps(body | more, separators=(",", ":")).removesuffix("}")
    line = f'{text},"checksum":"{hashlib.sha256(text.encode()).hexdigest()}"}}'
    return f"-----BEGIN FLAGSTAFF RESULT-----\n{line}\n-----END FLAGSTAFF RESULT-----\n"


def kinds(project):
    return [entry["kind"] for entry in project.journal if entry["kind"] not in {"imported", "trusted"}]


def test_an_export_confirms_and_is_recorded_as_an_apply_would(adopted):
    export(adopted)
    ran = adopted.run("confirm", "a.plan", "-from=export.json")
    assert ran.code == 0, ran.both
    assert 'Checked with the export "export.json"' in ran.out
    assert "toggle.parent   5 % -> 100 %   now 100 %   confirmed and recorded" in ran.out
    assert "2 of 2 moves confirmed, 2 recorded now." in ran.out
    assert "Nothing is open." in ran.out
    records = adopted.state["toggles"]
    assert {name: record["exposure"] for name, record in records.items()} == {
        "toggle.child": "5",
        "toggle.parent": "100",
    }
    assert {record["change"] for record in records.values()} == {change_of(adopted)}
    assert records["toggle.child"]["standing"] == {"gates": {"percentage_of_actors": "5"}, "testers": 1}
    assert adopted.state["applied"]["toggles"]["toggle.child"]["exposure"] == "5"
    assert kinds(adopted) == ["apply_started", "intent", "intent", "result", "result", "apply_finished"]
    digest = hashlib.sha256((adopted.path / "export.json").read_bytes()).hexdigest()[:12]
    told = adopted.journal[-2]
    assert told["data"]["detail"].startswith(f'Done by hand. Confirmed with the export "export.json" (sha256 {digest})')
    assert "@" in told["who"]
    assert adopted.run("journal", "verify").code == 0


def test_a_second_time_writes_nothing(adopted):
    export(adopted)
    assert adopted.run("confirm", "a.plan", "-from=export.json").code == 0
    before = adopted.files()
    ran = adopted.run("confirm", "a.plan", "-from=export.json")
    assert ran.code == 0
    assert ran.out.count("confirmed, recorded before") == 2
    assert "The state is unchanged." in ran.out
    assert {name: data for name, data in adopted.files().items() if "lock" not in name and "lease" not in name} == {
        name: data for name, data in before.items() if "lock" not in name and "lease" not in name
    }


def test_from_adoption_to_no_changes(adopted):
    """The whole way of somebody who has no API."""
    assert adopted.run("handoff", "a.plan").code == 0
    export(adopted)
    assert adopted.run("confirm", "a.plan", "-from=export.json").code == 0
    adopted.set_live({key: feature(share) for key, share in DONE.items()})
    ran = adopted.run("plan", "-detailed-exitcode")
    assert (ran.code, "No changes." in ran.out) == (0, True), ran.both


def test_what_is_open_stays_open_and_is_recorded_later(adopted):
    export(adopted, {"parent_enabled": 100, "child_enabled": 0})
    ran = adopted.run("confirm", "a.plan", "-from=export.json")
    assert ran.code == 1
    assert "toggle.child    0 % -> 5 %     now 0 %     OPEN: not done yet" in ran.out
    assert "1 of 2 moves confirmed, 1 recorded now." in ran.out
    assert "flagstaff handoff a.plan" in ran.out
    assert adopted.state["toggles"]["toggle.child"]["exposure"] == "0"
    export(adopted)
    ran = adopted.run("confirm", "a.plan", "-from=export.json")
    assert (ran.code, "recorded before" in ran.out) == (0, True)
    assert kinds(adopted) == ["apply_started", "intent", "result", "apply_finished"] * 2


def test_nothing_done_records_nothing(adopted):
    export(adopted, {"parent_enabled": 5, "child_enabled": 0})
    state = adopted.state
    ran = adopted.run("confirm", "a.plan", "-from=export.json")
    assert (ran.code, adopted.state, kinds(adopted)) == (1, state, [])
    assert "0 of 2 moves confirmed, 0 recorded now." in ran.out


@pytest.mark.parametrize(
    ("child", "shown"),
    [
        (7, "It is at 7 %, neither at 0 % as before nor at 5 % as planned."),
        (feature(5, percentage_of_time="30"), "It is at other (percentage_of_time = 30), neither at 0 %"),
        (feature(boolean="true"), "It is on, neither at 0 % as before nor at 5 % as planned."),
    ],
)
def test_what_is_neither_is_drift_over_all_gates_and_not_recorded(adopted, child, shown):
    export(adopted, {"parent_enabled": 100, "child_enabled": child})
    ran = adopted.run("confirm", "a.plan", "-from=export.json")
    assert ran.code == 1
    assert "DRIFT: not as planned" in ran.out
    assert shown in " ".join(ran.out.split())
    assert adopted.state["toggles"]["toggle.child"]["exposure"] == "0"
    assert [entry["data"]["address"] for entry in adopted.journal if entry["kind"] == "result"] == ["toggle.parent"]


def test_a_toggle_that_is_gone_is_drift(adopted):
    export(adopted, {"parent_enabled": 100})
    ran = adopted.run("confirm", "a.plan", "-from=export.json")
    assert (ran.code, "It is not in the store, neither at 0 %" in ran.out) == (1, True)


def test_a_pasted_result_from_standard_input_or_a_file(adopted):
    ran = adopted.run("confirm", "a.plan", "-from", "-", stdin="irb(main)> load\n" + block(adopted))
    assert ran.code == 0, ran.both
    assert "Checked with the result of the console script" in ran.out
    assert adopted.state["toggles"]["toggle.child"]["standing"] == {
        "gates": {"percentage_of_actors": "5"},
        "testers": 1,
    }
    adopted.write("pasted.txt", block(adopted))
    assert adopted.run("confirm", "a.plan", "-from=pasted.txt").code == 0


def test_a_result_that_knows_only_some_toggles(adopted):
    ran = adopted.run("confirm", "a.plan", "-from=-", stdin=block(adopted, {"parent_enabled": 100}))
    assert ran.code == 1
    assert "NOT SEEN" in ran.out
    assert "confirm with an export of all toggles" in ran.out


def test_an_export_from_standard_input_needs_a_date(adopted):
    export(adopted)
    text = (adopted.path / "export.json").read_text(encoding="utf-8")
    ran = adopted.run("confirm", "a.plan", "-from=-", stdin=text)
    assert ran.err.startswith("Error: Age of the export is not known\n")
    export(adopted, exported_at=datetime.now(UTC).isoformat(), environment="va-try")
    text = (adopted.path / "export.json").read_text(encoding="utf-8")
    assert adopted.run("confirm", "a.plan", "-from=-", stdin=text).code == 0


def refused(project, ran, summary):
    assert ran.code == 1
    assert ran.err.startswith(f"Error: {summary}\n"), ran.err
    assert (kinds(project), project.state["toggles"]["toggle.child"]["exposure"]) == ([], "0")


def test_evidence_that_is_older_than_the_plan_or_too_old(adopted):
    export(adopted)
    old = datetime.now(UTC) - timedelta(hours=1)
    os.utime(adopted.path / "export.json", (old.timestamp(), old.timestamp()))
    refused(adopted, adopted.run("confirm", "a.plan", "-from=export.json"), "Evidence is older than the plan")
    export(adopted, exported_at=old.isoformat())
    refused(adopted, adopted.run("confirm", "a.plan", "-from=export.json"), "Evidence is older than the plan")
    export(adopted, exported_at=(old - timedelta(days=2)).isoformat())
    refused(adopted, adopted.run("confirm", "a.plan", "-from=export.json"), "Snapshot is too old")
    pasted = block(adopted, time=old.isoformat(timespec="seconds"))
    refused(adopted, adopted.run("confirm", "a.plan", "-from=-", stdin=pasted), "Evidence is older than the plan")


def test_evidence_of_something_else(adopted):
    export(adopted, environment="va-staging")
    refused(adopted, adopted.run("confirm", "a.plan", "-from=export.json"), "Evidence of another environment")
    for more, summary in (
        ({"environment": "va-staging"}, "Evidence of another environment"),
        ({"change": "0" * 64}, "Result of another change"),
        ({"format": 9}, "Result can't be used"),
    ):
        refused(adopted, adopted.run("confirm", "a.plan", "-from=-", stdin=block(adopted, **more)), summary)
    changed = block(adopted).replace('"100"', '"99"')
    refused(adopted, adopted.run("confirm", "a.plan", "-from=-", stdin=changed), "Result can't be used")
    refused(adopted, adopted.run("confirm", "a.plan", "-from=-", stdin="hello"), "Not an export")
    refused(adopted, adopted.run("confirm", "a.plan", "-from=missing.json"), "File can't be read")
    ran = adopted.run("confirm", "a.plan")
    assert "confirm needs -from" in ran.err


def test_a_state_that_went_on_is_not_set_back(adopted):
    """A later change was recorded, and somebody confirms the earlier plan with an export of the time between."""
    export(adopted)
    moment = datetime.now(UTC)
    assert adopted.run("confirm", "a.plan", "-from=export.json").code == 0
    adopted.set_live({"parent_enabled": feature(100), "child_enabled": feature(5)})
    adopted.edit("percentage = 5\n", "percentage = 20\n")
    assert adopted.run("plan", "-out=b.plan").code == 0
    export(adopted, {"parent_enabled": 100, "child_enabled": 20})
    assert adopted.run("confirm", "b.plan", "-from=export.json").code == 0
    export(adopted, exported_at=moment.isoformat())
    ran = adopted.run("confirm", "a.plan", "-from=export.json")
    assert ran.code == 1
    assert "NOT RECORDED" in ran.out
    assert "recorded at 20 % as child_enabled now" in " ".join(ran.out.split())
    assert adopted.state["toggles"]["toggle.child"]["exposure"] == "20"


def test_another_lineage_is_refused(adopted):
    state = adopted.state
    adopted.write("state.json", json.dumps(state | {"lineage": "another"}))
    export(adopted)
    ran = adopted.run("confirm", "a.plan", "-from=export.json")
    assert ran.err.startswith("Error: Saved plan does not match the given state\n")


def test_a_lowering_without_any_state_makes_one_and_is_confirmed_twice(new_project):
    project = new_project(MAIN, {"parent_enabled": feature(100), "child_enabled": feature(50)})
    assert project.run("plan", "-out=a.plan").code in {0, 3}
    export(project)
    for _ in range(2):
        ran = project.run("confirm", "a.plan", "-from=export.json")
        assert ran.code == 0, ran.both
    assert project.state["toggles"]["toggle.child"]["exposure"] == "5"


def test_what_a_killed_confirm_left_open_is_asked_of_the_evidence(adopted, monkeypatch):
    from flagstaff.apply.ledger import Ledger

    export(adopted)

    def die(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "settle", die)
        assert adopted.run("confirm", "a.plan", "-from=export.json").code == 1
    assert kinds(adopted) == ["apply_started", "intent", "intent"]
    ran = adopted.run("confirm", "a.plan", "-from=-", stdin=block(adopted, {"parent_enabled": 100}))
    assert ran.err.startswith("Error: Moves are in flight\n")
    ran = adopted.run("confirm", "a.plan", "-from=export.json")
    assert ran.code == 0, ran.both
    assert ran.err.count("Move was in flight") == 2
    assert adopted.state["toggles"]["toggle.child"]["exposure"] == "5"


def test_the_lease_is_taken_and_given_back(adopted):
    export(adopted)
    assert adopted.run("confirm", "a.plan", "-from=export.json", "-lock-timeout=1s").code == 0
    assert "Nobody holds" in adopted.run("unlock").both or adopted.run("apply", "-auto-approve").code in {0, 1}


def test_local_state_in_ci_is_refused(adopted):
    export(adopted)
    ran = adopted.run("confirm", "a.plan", "-from=export.json", CI="true")
    assert ran.err.startswith("Error: Local state in CI\n")


def test_an_embedded_store_needs_no_confirmation(project):
    assert project.run("plan", "-out=a.plan").code == 0
    ran = project.run("confirm", "a.plan", "-from=live.json")
    assert ran.err.startswith("Error: Nothing to do by hand\n")


def test_creating_and_deleting_by_hand(adopted):
    adopted.edit(
        'toggle "child" {',
        'toggle "new" {\n  key = "new_enabled"\n  percentage = 5\n  create = true\n}\n\ntoggle "child" {',
    )
    assert adopted.run("plan", "-out=a.plan").code == 0
    export(adopted, {**DONE, "new_enabled": 5})
    ran = adopted.run("confirm", "a.plan", "-from=export.json")
    assert ran.code == 0, ran.both
    assert adopted.state["toggles"]["toggle.new"]["created"] is True
