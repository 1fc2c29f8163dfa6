"""Every command, on its way to success and to failure."""

from __future__ import annotations

import json
import re

import pytest

OUTPUTS = """
output "share" {
  value       = var.parent
  description = "How far"
}
output "name" {
  value = "a name"
}
output "both" {
  value = [1, "x"]
}
"""


def squeezed(text: str) -> str:
    return " ".join(text.split())


def test_init_writes_a_configuration_that_can_be_planned_and_applied(new_project, tmp_path):
    project = new_project("", {})
    for name in ("main.hcl", "live.json"):
        (project.path / name).unlink()
    ran = project.run("init")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("Wrote main.hcl and live.json.\n\nNext:\n  flagstaff plan")
    assert project.run("validate").out == "Success! The configuration is valid.\n"
    plan = project.run("plan")
    assert plan.code == 0
    assert "Plan: 1 to import, 0 to add, 1 to change, 0 to destroy." in plan.out
    project.apply()
    assert project.run("plan", "-detailed-exitcode").code == 0


def test_init_overwrites_nothing(project):
    before = project.files()
    ran = project.run("init")
    assert (ran.code, ran.out) == (1, "")
    assert "Error: Configuration exists\n\n  project has main.hcl already, and nothing was written." in ran.err
    assert project.files() == before
    (project.path / "main.hcl").unlink()
    ran = project.run("init")
    assert "Error: File exists\n\n  live.json is there already and was left as it is; nothing was written." in ran.err
    assert sorted(project.files()) == ["live.json"]


def test_validate(project):
    assert project.run("validate").out == "Success! The configuration is valid.\n"
    assert json.loads(project.run("validate", "-json").out)["valid"] is True
    project.edit("var.parent", "var.parnt")
    ran = project.run("validate")
    assert ran.code == 1
    assert 'Did you mean "parent"?' in squeezed(ran.out)
    document = json.loads(project.run("validate", "-json").out)
    assert (document["valid"], document["error_count"]) == (False, 1)
    assert document["diagnostics"][0]["range"]["start"]["line"] == 32


def test_validate_strict_fails_on_what_nobody_decided(project):
    project.edit("percentage = var.child", 'percentage = undecided("share of the list")')
    assert project.run("validate").code == 0
    ran = project.run("validate", "-strict")
    assert ran.code == 1
    assert "Error: Undecided value" in ran.out
    assert "share of the list" in ran.out
    assert json.loads(project.run("validate", "-strict", "-json").out)["error_count"] == 1


def test_an_empty_directory_is_told_what_to_do(project):
    for path in project.path.iterdir():
        path.unlink()
    for arguments in (["plan"], ["validate"]):
        ran = project.run(*arguments)
        assert ran.code == 1
        assert "flagstaff init" in squeezed(ran.both)


def test_plan_writes_nothing(project):
    before = project.files()
    assert project.run("plan").code == 0
    assert project.files() == before
    project.apply()
    before = project.files()
    assert project.run("plan", "-var=parent=9").code == 0
    assert project.files() == before


def test_show_a_saved_plan_as_it_was_printed(project):
    planned = project.run("plan", "-out=a.plan").out
    shown = project.run("show", "a.plan")
    assert shown.code == 0
    assert shown.out.splitlines()[-2:] == planned.splitlines()[-2:]
    assert "▲ toggle.parent   0 % -> 5 %" in shown.out


def test_show_json_of_a_plan_is_one_line_of_terraforms(project):
    project.write("out.hcl", OUTPUTS)
    project.run("plan", "-out=a.plan")
    ran = project.run("show", "-json", "a.plan")
    assert ran.out.count("\n") == 1
    document = json.loads(ran.out)
    assert document["format_version"] == "1.2"
    changes = {item["address"]: item["change"]["actions"] for item in document["resource_changes"]}
    assert changes == {"toggle.child": ["no-op"], "toggle.parent": ["update"]}
    assert {name: item["actions"] for name, item in document["output_changes"].items()} == {
        "both": ["create"],
        "name": ["create"],
        "share": ["create"],
    }
    assert "flagstaff" in document


def test_show_json_of_a_plan_knows_the_outputs_before(project):
    project.write("out.hcl", OUTPUTS)
    project.apply()
    project.write("out.hcl", OUTPUTS.replace('output "name"', 'output "title"'))
    project.run("plan", "-out=b.plan", "-var=parent=6")
    changes = json.loads(project.run("show", "-json", "b.plan").out)["output_changes"]
    assert {name: (item["actions"][0], item["before"], item["after"]) for name, item in changes.items()} == {
        "both": ("no-op", [1, "x"], [1, "x"]),
        "name": ("delete", "a name", None),
        "share": ("update", 5, 6),
        "title": ("create", None, "a name"),
    }


def test_show_the_state(project):
    ran = project.run("show")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("Error: No state\n")
    ran = project.run("show", "-json")
    assert (ran.code, json.loads(ran.out)) == (0, {"format_version": "1.0"})
    project.apply()
    assert "toggle.parent   5 %   written " in project.run("show").out
    document = json.loads(project.run("show", "-json").out)
    assert [item["address"] for item in document["values"]["root_module"]["resources"]] == [
        "toggle.child",
        "toggle.parent",
    ]
    assert project.run("show", "state.json").out == project.run("show").out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "Error: File can't be read\n\n  a.plan: No such file or directory.\n"),
        ("{", "Error: Not a plan\n\n  a.plan is not a plan of Flagstaff: it is not JSON.\n"),
        ("[]", "Error: Not a plan\n\n  a.plan can't be used: it is not a plan of Flagstaff."),
        ('{"a": 1}', "Error: Not a plan\n\n  a.plan can't be used: it is not a plan of Flagstaff."),
        ('{"lineage": 1}', "Error: "),
        ("\udcff", "Error: File can't be read\n\n  a.plan: it is not text in UTF-8.\n"),
    ],
)
def test_show_and_apply_say_why_a_file_is_no_plan(project, text, message):
    if text is not None:
        (project.path / "a.plan").write_bytes(text.encode("utf-8", "surrogateescape"))
    ran = project.run("show", "a.plan")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(message)
    assert "bug" not in ran.err
    ran = project.run("apply", "a.plan")
    assert (ran.code, ran.out) == (1, "")
    assert "bug" not in ran.err


def test_output(project):
    project.write("out.hcl", OUTPUTS)
    assert project.run("output").code == 1
    assert project.run("output", "-json").out == "{}\n"
    project.apply()
    assert "share = 5\n" in project.run("output").out
    assert project.run("output", "share").out == "5\n"
    assert project.run("output", "-json", "both").out == '[1, "x"]\n'
    assert project.run("output", "-raw", "name").out == "a name"
    assert json.loads(project.run("output", "-json").out)["share"]["value"] == 5
    ran = project.run("output", "shar")
    assert (ran.code, ran.out) == (1, "")
    assert 'Did you mean "share"?' in ran.err
    assert project.run("output", "-raw", "both").code == 1


def test_graph(project):
    assert '"toggle.child" -> "toggle.parent"' in project.run("graph").out
    assert project.run("graph", "-format=mermaid").out.startswith("flowchart LR\n")


def test_state_list_show_mv_rm_verify(project):
    assert project.run("state", "list").code == 1
    project.apply()
    assert project.run("state", "list").out == "toggle.child\ntoggle.parent\n"
    assert project.run("state", "list", "toggle.parent").out == "toggle.parent\n"
    assert "key                  = parent_enabled" in project.run("state", "show", "parent_enabled").out
    ran = project.run("state", "show", "toggle.parnt")
    assert ran.code == 1
    assert 'Did you mean "toggle.parent"?' in ran.err

    before = project.files()
    assert project.run("state", "mv", "-dry-run", "toggle.parent", "toggle.mother").out == (
        "Would move toggle.parent to toggle.mother.\n"
    )
    assert project.run("state", "rm", "-dry-run", "toggle.parent").out == "Would remove toggle.parent.\n"
    assert {name: data for name, data in project.files().items() if not name.startswith(".")} == {
        name: data for name, data in before.items() if not name.startswith(".")
    }
    taken = project.run("state", "mv", "toggle.parent", "toggle.child")
    assert taken.code == 1
    assert "Error: Address is taken" in taken.err
    assert project.run("state", "mv", "toggle.parent", "not an address").code == 1

    assert project.run("state", "mv", "toggle.parent", "toggle.mother").out == "Moved toggle.parent to toggle.mother.\n"
    assert project.run("state", "list").out == "toggle.child\ntoggle.mother\n"
    assert project.run("state", "rm", "toggle.mother", "child_enabled").out == (
        "Removed toggle.child.\nRemoved toggle.mother.\n"
    )
    assert project.run("state", "list").out == ""
    assert project.run("state", "rm", "toggle.mother").code == 1
    assert project.run("state", "verify").out.startswith("All invariants hold: 0 toggles, serial ")
    assert project.run("journal", "verify").code == 0


def test_a_state_that_was_edited_does_not_pass(project):
    project.apply()
    assert project.run("state", "verify").out.startswith("All invariants hold: 2 toggles")
    state = project.state
    state["toggles"]["toggle.parent"]["exposure"] = "75"
    project.write("state.json", json.dumps(state))
    ran = project.run("state", "verify")
    assert (ran.code, ran.out) == (1, "")
    assert "Error: Invariant does not hold" in ran.err
    assert "toggle.parent" in ran.err


@pytest.mark.parametrize("damage", ["changed", "cut", "reordered"])
def test_a_journal_that_was_edited_does_not_pass(project, damage):
    project.apply()
    assert re.fullmatch(r"The journal is whole: \d+ entries\.\n", project.run("journal", "verify").out)
    path = project.path / "state.journal.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    if damage == "changed":
        lines[2] = lines[2].replace('"raise"', '"lower"').replace('"5"', '"6"')
    elif damage == "cut":
        del lines[-1]
    else:
        lines[1], lines[2] = lines[2], lines[1]
    path.write_text("".join(lines))
    ran = project.run("journal", "verify")
    assert (ran.code, ran.out) == (1, "")
    assert "Error: " in ran.err
    assert "bug" not in ran.err


def test_history(project):
    ran = project.run("history")
    assert (ran.code, ran.out, ran.err) == (0, "", "Nothing was done here yet.\n")
    project.apply()
    text = project.run("history").out
    assert "apply began: change " in text
    assert "toggle.parent raised 0 % -> 5 %, verified" in squeezed(text)
    assert len(project.run("history", "-limit=1").out.splitlines()) == 1
    lines = [json.loads(line) for line in project.run("history", "-json").out.splitlines()]
    assert [line["kind"] for line in lines] == [entry["kind"] for entry in project.journal]


def test_who_did_it_in_ci_is_whoever_started_the_run(project):
    project.run("apply", "-auto-approve", GITHUB_ACTOR="octo-ann")
    assert {entry["who"].partition("@")[0] for entry in project.journal} == {"octo-ann"}


@pytest.mark.parametrize(
    ("address", "key", "message"),
    [
        ("toggle.child", "parent_enabled", "Error: Another key is declared"),
        ("toggle.chld", "child_enabled", 'Did you mean "toggle.child"?'),
        ("toggle", "child_enabled", "Error: Not an address"),
        ("toggle.known", "known_enabled", "Error: Toggle is only known"),
        ("toggle.absent", "absent_enabld", 'Did you mean "absent_enabled"?'),
        ("toggle.timed", "timed_enabled", "Error: Toggle is open in another way"),
    ],
)
def test_import_says_why_not(project, address, key, message):
    extra = "".join(
        f'toggle "{name}" {{\n  key = "{key_}"\n{percentage}}}\n'
        for name, key_, percentage in (
            ("known", "known_enabled", ""),
            ("absent", "absent_enabld", "  percentage = 1\n"),
            ("timed", "timed_enabled", "  percentage = 1\n"),
        )
    )
    project.write("more.hcl", extra)
    closed = project.live["child_enabled"]
    project.set_live(
        {
            **project.live,
            "known_enabled": closed,
            "absent_enabled": closed,
            "timed_enabled": {**closed, "percentage_of_time": "5"},
        }
    )
    ran = project.run("import", address, key)
    assert (ran.code, ran.out) == (1, "")
    assert message in ran.err
    assert not project.journal


def test_import_takes_since_when_it_has_been_so(project):
    project.turn("parent_enabled", 3)
    ran = project.run("import", "toggle.parent", "parent_enabled", "-since=2026-01-27")
    assert ran.out == "Imported parent_enabled as toggle.parent, at 3 %.\n"
    assert "2026-01-27 00:00:00 UTC" in project.run("state", "show", "toggle.parent").out
    assert project.percentage("parent_enabled") == "3"


def test_unlock_where_nobody_holds_the_lease(project):
    ran = project.run("unlock")
    assert (ran.code, ran.out) == (0, "Nobody holds the lease.\n")


def test_the_state_is_found_without_a_configuration(project):
    project.apply()
    (project.path / "main.hcl").unlink()
    assert project.run("state", "list").code == 1
    ran = project.run("state", "list", FLAGSTAFF_STATE="state.json")
    assert (ran.code, ran.out) == (0, "toggle.child\ntoggle.parent\n")
    assert project.run("history", FLAGSTAFF_STATE="state.json").code == 0


def test_a_state_of_a_newer_format_is_refused(project):
    project.apply()
    project.write("state.json", json.dumps({**project.state, "format": 99}))
    for arguments in (["plan"], ["apply", "-auto-approve"], ["state", "list"]):
        ran = project.run(*arguments)
        assert (ran.code, ran.out) == (1, "")
        assert "newer" in ran.err


def test_a_configuration_for_a_newer_flagstaff_is_refused(project):
    project.edit('environment = "try-out"', 'environment = "try-out"\n  required_version = ">= 9.0"')
    ran = project.run("plan")
    assert (ran.code, ran.out) == (1, "")
    assert ">= 9.0" in ran.err
