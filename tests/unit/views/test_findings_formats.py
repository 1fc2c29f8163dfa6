"""What was found where, as SARIF and as annotations of a GitHub workflow."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagstaff.addresses import Address
from flagstaff.diagnostics import Diagnostic, Position, Range, Related, Severity
from flagstaff.model.evidence import Verdict
from flagstaff.model.rollout import StageName
from flagstaff.plan.check import Check, CheckName
from flagstaff.plan.stages.view import RolloutView, StageState, StageView
from flagstaff.testing.schemas import flaws
from flagstaff.views.findings import of_diagnostics, of_plan
from flagstaff.views.github import workflow_commands
from flagstaff.views.sarif import sarif

PLANS = ("canary", "blocked", "undecided", "everything", "no_changes", "drift", "guard_changes", "big")


def locate(name):
    return f"configs/va/{name}"


def document(findings, **more):
    made = json.loads(sarif(findings, locate, tool="0.1.0", run="plan/va/configs/va", **more))
    assert flaws("sarif", made) == []
    return made["runs"][0]


@pytest.mark.parametrize("name", PLANS)
def test_every_plan_fits_the_schema(samples, name):
    view = getattr(samples, name)()
    run = document(of_plan(view.plan), change=view.change_id)
    assert run["properties"] == {"changeId": view.change_id}
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == sorted(set(rules))
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in run["results"])


def test_mistakes_of_a_configuration(samples):
    run = document(of_diagnostics(samples.mistakes()), fallback="configs/va/main.hcl")
    first, second, third, last = run["results"]
    assert first["ruleId"] == "message/unknown-toggle-key"
    assert first["level"] == "error"
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "configs/va/medical_records.hcl"
    assert place["region"] == {"startLine": 8, "startColumn": 16, "endLine": 8, "endColumn": 57}
    assert second["relatedLocations"][0]["message"] == {"text": "allergies requires medications"}
    assert third["level"] == "warning"
    assert third["locations"] == [{"physicalLocation": {"artifactLocation": {
        "uri": "configs/va/main.hcl", "uriBaseId": "ROOT"}}}]  # fmt: skip
    assert last["locations"][0]["logicalLocations"] == [{"fullyQualifiedName": "toggle.sm", "kind": "resource"}]
    assert "locations" not in document(of_diagnostics(samples.mistakes()[2:3]))["results"][0]


def test_checks_of_a_plan(samples):
    findings = of_plan(samples.drift().plan)
    assert [(one.rule, one.level.value, one.about) for one in findings] == [
        ("check/hold", "note", "toggle.care_notes"),
        ("check/drift", "note", "toggle.vaccines"),
    ]
    undecided = of_plan(samples.undecided().plan)
    assert [one.level.value for one in undecided] == ["warning"]
    assert undecided[0].text.startswith("toggle.vitals, live 20 %: The percentage of toggle.vitals is not decided")


def test_stages_that_may_not_begin(samples):
    check = Check(CheckName.NOT_BEFORE, Verdict.FAIL, "Too early", "Not before 2026-02-01.")
    passed = replace(check, verdict=Verdict.PASS)
    name = StageName(Address("rollout", "mr"), "full")
    stage = StageView(name, "", StageState.WAITING, go=True, checks=(passed, check))
    plan = samples.no_changes().plan
    rollout = RolloutView(name.rollout, "", None, (stage,))
    (found,) = of_plan(replace(plan, observed=replace(plan.observed, rollouts=(rollout,))))
    assert found.text == "rollout.mr.stage.full does not begin: Not before 2026-02-01."
    assert found.rule == "check/not-before"


def test_a_finding_is_known_again_when_its_lines_move(samples):
    plan = samples.blocked().plan
    moved = [replace(change, checks=tuple(replace(check, range=None, detail="other") for check in change.checks))
             for change in plan.observed.changes]  # fmt: skip
    again = replace(plan, observed=replace(plan.observed, changes=tuple(moved)))

    def prints(plan):
        return [result["partialFingerprints"]["flagstaff/v1"] for result in document(of_plan(plan))["results"]]

    assert prints(plan) == prints(again)


def test_each_reason_of_a_toggle_is_a_finding_of_its_own(samples):
    change = samples.blocked_change()
    checks = tuple(replace(change.checks[0], of=Address("blocker", name)) for name in ("a", "b"))
    plan = samples.plan(changes=[replace(change, checks=checks)])
    found = {result["partialFingerprints"]["flagstaff/v1"] for result in document(of_plan(plan))["results"]}
    assert len(found) == 2


def at(line, column, end_line, end_column, name="main.hcl"):
    return Range(name, Position(line, column, 0), Position(end_line, end_column, 1))


def told(*diagnostics):
    return workflow_commands(of_diagnostics(diagnostics), locate).splitlines()


def test_annotations_are_errors_first_with_their_places():
    warning = Diagnostic(Severity.WARNING, "Variable not used", "The file sets x.")
    error = Diagnostic(Severity.ERROR, "Unknown attribute", "Did you mean y?", at(3, 5, 3, 9))
    block = Diagnostic(Severity.ERROR, "Cycle: a, b", "100 %\nand more", at(3, 5, 7, 2, "a,b:c.hcl"))
    assert told(warning, error, block) == [
        "::error file=configs/va/main.hcl,line=3,col=5,endColumn=9,title=Unknown attribute::Did you mean y?",
        "::error file=configs/va/a%2Cb%3Ac.hcl,line=3,col=5,endLine=7,title=Cycle%3A a%2C b::100 %25%0Aand more",
        "::warning title=Variable not used::The file sets x.",
    ]
    assert told() == []


HOSTILE = st.one_of(
    st.text(),
    st.lists(
        st.sampled_from(["::error::x", "\n::add-mask::y", "\r", "\u2028::", "%0A::set-env::", ",title=z::", "\x1b[31m",
                         "\u202e", "[click](1)", "[a](http://evil.example)", "{0}", "%", "\x00", "\ud800",
                         "a" * 10_000])
    ).map("".join),
)  # fmt: skip


@given(text=HOSTILE, name=HOSTILE)
def test_no_text_is_a_command_or_a_link(text, name):
    item = Diagnostic(
        Severity.ERROR, "Fixed text", text, at(1, 1, 1, 2, name), address=name, related=(Related(at(1, 1, 1, 2), text),)
    )
    findings = of_diagnostics([item])
    line = workflow_commands(findings, lambda name: name)
    # .NET, of which the runner is made, ends a line at these.
    assert not re.search(r"[\r\n\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]", line)
    properties, _, data = line.removeprefix("::error ").partition("::")
    assert [part.partition("=")[0] for part in properties.split(",")] == ["file", "line", "col", "endColumn", "title"]
    assert "::" not in properties
    assert len(data) < 60_000
    run = document(findings)
    for message in (run["results"][0]["message"], run["results"][0]["relatedLocations"][0]["message"]):
        assert "](" not in message["text"]
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", message["text"])
