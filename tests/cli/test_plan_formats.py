"""`-format`: a plan, and what was found where, for a pull request, for code scanning, for a workflow's log."""

from __future__ import annotations

import json

import pytest


def test_a_plan_as_markdown_and_the_saved_one_are_alike(project):
    ran = project.run("plan", "-out=a.plan", "-format=markdown")
    assert ran.code == 0, ran.both
    assert ran.out.startswith("<!-- flagstaff plan ")
    assert "\n## ✓ 2 changes can be applied\n" in ran.out
    assert "\n**1 toggle up, about 500 people**\n" in ran.out
    assert "| ▲ up | `toggle.parent` | `parent_enabled` | 0 % | 5 % | +500 |" in ran.out
    assert "- Trusted testers stay as they are." in ran.out
    shown = project.run("show", "-format=markdown", "a.plan")
    assert shown.out.replace("`try-out`", "`try-out` · `project`") == ran.out


def test_it_is_the_same_a_minute_later_and_after_another_serial(project):
    first = project.run("plan", "-format=markdown", "-now=2026-01-27T14:00:00Z").out
    assert project.run("plan", "-format=markdown", "-now=2026-02-27T14:00:00Z").out == first


def test_blocked_raises_in_markdown(project):
    ran = project.run("plan", "-format=markdown", "-var=child=5")
    assert ran.code == 3
    assert "## ✗ 1 raise is blocked, 1 change can be applied" in ran.out
    assert "- `toggle.child` stays at 0 % (declared: 5 %)\n  - **Requirement not met**" in ran.out
    assert "`project/main.hcl:" in ran.out


def test_a_configuration_at_the_root_has_no_folder(project, tmp_path):
    (tmp_path / ".git").rmdir()
    (project.path / ".git").mkdir()
    ran = project.run("plan", "-format=markdown", "-var=child=5")
    assert "`main.hcl:" in ran.out
    assert "`project/main.hcl" not in ran.out
    found = json.loads(project.run("plan", "-format=sarif", "-var=child=5").out)["runs"][0]
    uri = found["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "main.hcl"
    assert found["automationDetails"]["id"] == "flagstaff/plan/try-out//"


def test_a_limit_for_characters(project):
    assert len(project.run("plan", "-format=markdown", "-max-chars=2000").out) <= 2000


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("plan", "-format=markdwn"), 'Did you mean "markdown"?'),
        (("plan", "-format=markdown", "-json"), "-json and -format=markdown can't be used together."),
        (("plan", "-max-chars=9000"), "-max-chars is for -format=markdown."),
        (("plan", "-format=markdown", "-max-chars=100"), "-max-chars is a whole number from 2000 on, not 100"),
        (("plan", "-format=markdown", "-max-chars=x"), '-max-chars is a whole number from 1 on, not "x".'),
        (("show", "-format=markdown"), "-format=markdown is for a saved plan: name its FILE."),
        (("validate", "-format=sarif", "-json"), "-json and -format=sarif can't be used together."),
    ],
)
def test_what_does_not_go_together(project, arguments, said):
    ran = project.run(*arguments)
    assert ran.code == 1
    assert said in ran.both


def test_mistakes_as_annotations_and_as_sarif(project):
    project.edit("percentage = var.child", "percentag = var.child")
    for command in ("validate", "plan"):
        ran = project.run(command, "-format=github")
        assert ran.code == 1
        assert ran.out.startswith("::error file=project/main.hcl,line=")
        assert "title=Unknown attribute::" in ran.out
        assert ran.out.count("\n") == 1
        run = json.loads(project.run(command, "-format=sarif").out)["runs"][0]
        assert [result["ruleId"] for result in run["results"]] == ["message/unknown-attribute"]
        assert run["automationDetails"]["id"] == f"flagstaff/{command}/project/"
    assert "Error: Unknown attribute" in project.run("plan", "-format=github").err


def test_a_valid_configuration_has_nothing_to_annotate(project):
    ran = project.run("validate", "-format=github")
    assert (ran.code, ran.out) == (0, "")
    assert json.loads(project.run("validate", "-format=sarif").out)["runs"][0]["results"] == []


def test_warnings_of_the_configuration_are_findings_of_the_plan(project):
    project.write("typo.auto.hclvars", "chlid = 5\n")
    ran = project.run("plan", "-format=github")
    assert ran.code == 0
    assert ran.out.startswith("::warning file=project/typo.auto.hclvars,line=1,")
    assert "Warning: Undeclared variable" in ran.err


def test_a_store_that_can_not_be_read_is_a_finding(project):
    (project.path / "live.json").unlink()
    ran = project.run("plan", "-format=sarif")
    assert ran.code == 1
    (result,) = json.loads(ran.out)["runs"][0]["results"]
    assert result["ruleId"] == "message/toggle-file-not-found"
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "project/main.hcl"
    assert "Error: Toggle file not found" in ran.err


def test_a_variable_file_from_elsewhere_keeps_its_name(project, tmp_path_factory):
    place = tmp_path_factory.mktemp("elsewhere") / "x.hclvars"
    place.write_text("chlid = 5\n", encoding="utf-8")
    ran = project.run("plan", "-format=github", f"-var-file={place}")
    assert f"file={place},".replace(":", "%3A") in ran.out


def test_a_saved_plan_in_every_format(project):
    assert project.run("plan", "-out=a.plan", "-var=child=5").code == 3
    assert project.run("show", "-format=github", "a.plan").out.startswith("::error file=project/main.hcl,line=")
    run = json.loads(project.run("show", "-format=sarif", "a.plan").out)["runs"][0]
    assert len(run["properties"]["changeId"]) == 64
    assert project.run("show", "a.plan").out == project.run("show", "-format=text", "a.plan").out
