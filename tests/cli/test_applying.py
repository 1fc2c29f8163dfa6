"""Exit codes, questions, saved plans, drift, and what may be asked for with options."""

from __future__ import annotations

import json
import signal
import stat

import pytest


def squeezed(text: str) -> str:
    return " ".join(text.split())


def drifted(project):
    """The parent was applied at 5 % and turned up to 25 % by hand."""
    project.apply()
    project.turn("parent_enabled", 25)
    return project


# Exit codes, as DESIGN section 11 has them.


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([], 0),
        (["-detailed-exitcode"], 2),
        (["-var=child=5"], 3),
        (["-var=child=5", "-detailed-exitcode"], 3),
        (["-var=nobody=1"], 1),
        (["-var=parent=101"], 1),
        (["-target=nothing"], 1),
        (["-json"], 0),
        (["-json", "-var=child=5"], 3),
        (["-json", "-detailed-exitcode"], 2),
        (["-json", "-var=parent=101"], 1),
    ],
)
def test_exit_codes_of_plan(project, arguments, code):
    assert project.run("plan", *arguments).code == code


def test_a_toggle_is_made_during_a_freeze_but_not_turned_up(project):
    project.write(
        "new.hcl",
        """
policy {
  freeze "holidays" {
    from   = "2020-01-01"
    to     = "2090-01-01"
    reason = "the holidays"
  }
}
toggle "new" {
  key        = "new_enabled"
  create     = true
  percentage = 0
}
""",
    )
    assert project.run("apply", "-auto-approve", "-target=toggle.new").code == 0
    assert "new_enabled" in project.live
    assert project.run("plan").code == 3


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([], 0),
        (["-var=child=5"], 3),
        (["-var=parent=0"], 0),
        (["-var=parent=101"], 1),
        (["-json"], 0),
        (["-json", "-var=child=5"], 3),
    ],
)
def test_exit_codes_of_apply(project, arguments, code):
    assert project.run("apply", "-auto-approve", *arguments).code == code


def test_without_changes_the_exit_code_is_0(project):
    project.apply()
    assert project.run("plan", "-detailed-exitcode").code == 0
    assert project.run("apply", "-auto-approve").code == 0
    assert project.run("apply").code == 0  # nothing to ask about


def test_a_store_that_can_not_be_read_exits_with_1(project):
    project.write("live.json", "no JSON")
    for arguments in (["plan"], ["apply", "-auto-approve"]):
        ran = project.run(*arguments)
        assert (ran.code, ran.out) == (1, "")
        assert "live.json" in ran.err


def test_a_move_that_fails_exits_with_1_and_says_how_to_finish(project):
    project.run("plan", "-out=a.plan")
    (project.path / "live.json").chmod(0o444)
    ran = project.run("apply", "a.plan")
    assert ran.code == 1
    assert "Not applied: 0 applied, 1 failed" in ran.out
    assert "finish:  flagstaff apply" in ran.out
    assert project.percentage("parent_enabled") is None


# Questions.


def test_apply_takes_yes_and_nothing_else(project):
    for answer in ("y", ""):
        with project.terminal("apply") as terminal:
            terminal.answer(r'Do it in try-out\? Only "yes" is accepted: ', answer)
            assert terminal.end() == 1
        assert "Apply cancelled. Nothing was changed." in terminal.plain
        assert project.percentage("parent_enabled") is None
    with project.terminal("apply") as terminal:
        terminal.answer(r'Do it in try-out\? Only "yes" is accepted: ', "yes")
        assert terminal.end() == 0
    assert "✓ toggle.parent   0 % -> 5 %   verified" in terminal.plain
    assert project.percentage("parent_enabled") == "5"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_at_a_question_cancels(project, number):
    drifted(project)
    live = project.live
    with project.terminal("apply", "-var=child=0") as terminal:
        terminal.answer(r'Do it in try-out\? Only "yes" is accepted: ', "yes")
        terminal.wait_for(r"Lower them, too\?")
        terminal.process.send_signal(number)
        assert terminal.end() == 1
    assert "Apply cancelled. Nothing was changed." in terminal.plain
    assert project.live == live


def test_without_a_terminal_nobody_can_be_asked(project):
    before = project.live
    ran = project.run("apply", stdin="yes\n")
    assert ran.code == 1
    assert "Plan: 1 to import, 0 to add, 1 to change, 0 to destroy." in ran.out
    assert ran.err.startswith("Error: Nobody to ask\n")
    assert "flagstaff plan -out=FILE" in squeezed(ran.err)
    assert "-auto-approve" in squeezed(ran.err)
    assert project.live == before
    assert not project.journal


def test_a_saved_plan_was_agreed_to_when_it_was_reviewed(project):
    project.run("plan", "-out=a.plan")
    assert project.run("apply", "a.plan").code == 0


def test_a_plan_that_is_applied_at_once_says_nothing_of_saving(project):
    ran = project.run("apply", "-auto-approve")
    assert "-out=FILE" not in ran.out


def test_in_production_the_name_of_the_environment_is_typed(project):
    project.edit('environment = "try-out"', 'environment = "va-prod"\n  production = true')
    project.run("plan", "-out=a.plan")
    for arguments in (["apply"], ["apply", "a.plan"]):
        with project.terminal(*arguments) as terminal:
            terminal.answer(r"Type the environment's name \(va-prod\) to apply: ", "yes")
            assert terminal.end() == 1
        assert "Apply cancelled. Nothing was changed." in terminal.plain
    assert project.run("apply", "a.plan").code == 1
    assert project.percentage("parent_enabled") is None
    with project.terminal("apply", "a.plan") as terminal:
        terminal.answer(r"Type the environment's name \(va-prod\) to apply: ", "va-prod")
        assert terminal.end() == 0
    assert project.percentage("parent_enabled") == "5"
    assert "va-prod (production)" in project.run("plan").out


# Drift.


def test_what_a_hand_raised_is_lowered_after_a_yes_of_its_own(project):
    drifted(project)
    with project.terminal("apply") as terminal:
        terminal.answer(r'Do it in try-out\? Only "yes" is accepted: ', "yes")
        shown = terminal.wait_for(r"Somebody turned these up by hand(.|\n)*Lower them, too\?")
        assert "toggle.parent   25 % -> 5 %" in shown
        terminal.answer(r'Only "yes" is accepted: ', "yes")
        assert terminal.end() == 0
    assert project.percentage("parent_enabled") == "5"


def test_a_no_to_the_second_question_leaves_it_pending(project):
    drifted(project)
    with project.terminal("apply", "-var=child=0") as terminal:
        terminal.answer(r'Do it in try-out\? Only "yes" is accepted: ', "yes")
        terminal.answer(r'Lower them, too\? Only "yes" is accepted: ', "no")
        assert terminal.end() == 0
    assert "1 change waits for a person:" in terminal.plain
    assert project.percentage("parent_enabled") == "25"


def test_auto_approve_alone_leaves_it_pending_and_says_so(project):
    drifted(project)
    ran = project.run("apply", "-auto-approve")
    assert (ran.code, ran.err) == (0, "")
    assert "Partly applied" not in ran.out
    assert "Apply complete! Resources: 0 added, 0 changed, 0 destroyed." in ran.out
    assert "0 applied, 0 failed, 0 skipped, 1 waiting, 0 not started." in ran.out
    end = ran.out[ran.out.index("1 change waits for a person:") :]
    assert "-accept-drift toggle.parent" in squeezed(end)
    assert ran.out.count("needs a yes of its own") == 1
    assert project.percentage("parent_enabled") == "25"


def test_a_stream_tells_what_is_pending_as_a_warning(project):
    drifted(project)
    ran = project.run("apply", "-auto-approve", "-json")
    assert ran.code == 0
    assert ran.messages()[-1]["type"] == "change_summary"
    (warning,) = [item for item in ran.messages() if item["type"] == "diagnostic"]
    assert warning["diagnostic"]["summary"] == "Move waits"
    assert warning["diagnostic"]["address"] == "toggle.parent"


@pytest.mark.parametrize("name", ["toggle.parent", "isParent", "parent_enabled"])
def test_accept_drift_lowers_it(project, name):
    drifted(project)
    assert project.run("apply", "-auto-approve", f"-accept-drift={name}").code == 0
    assert project.percentage("parent_enabled") == "5"


def test_drift_has_a_section_of_its_own(project):
    ran = drifted(project).run("plan")
    assert ran.code == 0
    assert (
        "Drift: 1 toggle changed outside of Flagstaff\n  ▲ toggle.parent raised: live 25 %, last applied 5 %" in ran.out
    )
    assert ran.out.startswith("? 1 lower waits for a person.")


def test_refresh_only_takes_the_live_values_into_the_state(project):
    drifted(project)
    plan = project.run("plan", "-refresh-only")
    assert "This plan only records what is live; it writes to no toggle." in plan.out
    assert project.run("apply", "-refresh-only", "-auto-approve").code == 0
    assert project.percentage("parent_enabled") == "25"
    assert project.state["toggles"]["toggle.parent"]["exposure"] == "25"
    ran = project.run("plan")
    assert "▼ toggle.parent   25 % -> 5 %" in ran.out
    assert "Drift" not in ran.out


# Saved plans.


def test_a_saved_plan_is_readable_by_its_owner_only(project):
    (project.path / "a.plan").write_text("something else")
    (project.path / "a.plan").chmod(0o666)
    assert project.run("plan", "-out=a.plan").code == 0
    assert stat.S_IMODE((project.path / "a.plan").stat().st_mode) == 0o600


def test_a_plan_that_can_not_be_saved_is_an_error(project):
    ran = project.run("plan", "-out=nowhere/a.plan")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (
        "Error: Plan can't be saved\n\n  nowhere/a.plan: No such file or directory. Name another file with -out.\n\n"
    )


def edited(project, change):
    project.run("plan", "-out=a.plan")
    path = project.path / "a.plan"
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    before = project.files()
    ran = project.run("apply", "a.plan")
    assert (ran.code, ran.out) == (1, "")
    assert project.files() == before
    return squeezed(ran.err)


def test_an_edited_plan_is_refused(project):
    def raise_further(document):
        document["core"]["moves"][0]["after"] = "50"

    text = edited(project, raise_further)
    assert text.startswith("Error: Not a plan a.plan can't be used: its change id does not fit what it would do:")
    assert "Make a new one with `flagstaff plan -out`." in text


def test_a_plan_of_a_newer_format_is_refused(project):
    text = edited(project, lambda document: document.update(format=99))
    assert "it has format 99, written by Flagstaff 0." in text


def test_a_saved_plan_says_what_it_is_when_it_is_applied(project):
    project.run("plan", "-out=a.plan")
    ran = project.run("apply", "a.plan")
    assert ran.out.startswith("Applying a.plan (change ")
    assert ran.err == ""


def test_a_plan_is_applied_once(project):
    project.run("plan", "-out=a.plan")
    assert project.run("apply", "a.plan").code == 0
    before = project.live
    ran = project.run("apply", "a.plan")
    assert (ran.code, ran.out) == (1, "")
    assert "Plan again." in ran.err
    assert project.live == before


def test_a_saved_plan_without_changes_says_so(project):
    project.apply()
    project.run("plan", "-out=a.plan")
    ran = project.run("apply", "a.plan")
    assert ran.code == 0
    assert "No changes. Your infrastructure matches the configuration." in ran.out


# Which toggles, which values, which time.


@pytest.mark.parametrize("name", ["toggle.parent", "isParent", "parent_enabled"])
def test_target_and_exclude_take_addresses_aliases_and_keys(project, name):
    project.write("other.hcl", 'toggle "other" {\n  key = "other_enabled"\n  percentage = 1\n}\n')
    project.set_live({**project.live, "other_enabled": project.live["child_enabled"]})
    only = project.run("plan", f"-target={name}").out
    assert "toggle.parent   0 % -> 5 %" in only
    assert "other_enabled" not in only
    without = project.run("plan", f"-exclude={name}").out
    assert "parent_enabled" not in without
    assert "other_enabled" in without


def test_a_target_takes_its_prerequisites_along(project):
    ran = project.run("plan", "-target=toggle.child", "-var=child=5", "-var=parent=100")
    assert ran.code == 0
    assert "toggle.parent   0 % -> 100 %" in ran.out
    assert "toggle.child    0 % -> 5 %" in ran.out


def test_what_is_targeted_twice_or_unknown(project):
    assert project.run("plan", "-target=toggle.parent", "-target=isParent").code == 0
    ran = project.run("plan", "-target=toggle.parrent")
    assert (ran.code, ran.out) == (1, "")
    assert 'Did you mean "toggle.parent"?' in squeezed(ran.err)


def test_where_variables_come_from(project):
    def parent(*arguments, **env):
        return project.run("plan", *arguments, **env).out.partition("toggle.parent   0 % -> ")[2].partition(" %")[0]

    assert parent() == "5"
    assert parent(FLAGSTAFF_VAR_parent="6") == "6"
    project.write("flagstaff.hclvars", "parent = 7\n")
    assert parent(FLAGSTAFF_VAR_parent="6") == "7"
    project.write("more.hclvars", "parent = 8\n")
    assert parent("-var-file=more.hclvars") == "8"
    assert parent("-var-file=more.hclvars", "-var=parent=9") == "9"
    assert parent("-var=parent=9", "-var-file=more.hclvars") == "8"


def test_a_variable_file_that_is_not_there(project):
    ran = project.run("plan", "-var-file=nowhere.hclvars")
    assert (ran.code, ran.out) == (1, "")
    assert "nowhere.hclvars" in ran.err


def test_now_is_for_embedded_stores(project):
    assert project.run("plan", "-now=2026-01-27T14:00:00Z", "-out=a.plan").code == 0
    assert project.run("apply", "-auto-approve", "-now=2026-01-27T14:00:00Z").code == 0
    project.edit('source = "embedded"', 'source = "snapshot"')
    assert project.run("plan", "-now=2026-01-27T14:00:00Z").code == 0
    ran = project.run("plan", "-now=2026-01-27T14:00:00Z", "-out=b.plan")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("Error: Plan can't be saved\n")
    ran = project.run("apply", "-auto-approve", "-now=2026-01-27T14:00:00Z")
    assert ran.err.startswith("Error: Time can't be pretended\n")


RAMP = """
flagstaff {
  backend "local" {
    path = "state.json"
  }
}

provider "flipper" {
  source = "embedded"
  path   = "live.json"
}

toggle "search" {
  key = "search_enabled"
}

rollout "search" {
  go = %s

  stage "canary" {
    percentage = 5
    toggles    = [toggle.search]
    soak       = "24h"
  }

  stage "full" {
    percentage = 100
    toggles    = [toggle.search]
  }
}
"""


def test_a_ramp_in_pretended_time(new_project, feature):
    project = new_project(RAMP % '["canary"]', {"search_enabled": feature()})
    assert project.run("apply", "-auto-approve", "-now=2026-01-27T14:00:00Z").code == 0
    project.edit('["canary"]', '["canary", "full"]')
    early = project.run("apply", "-auto-approve", "-now=2026-01-28T13:59:00Z")
    assert early.code == 3
    assert "2026-01-28 14:00 UTC" in squeezed(early.out)
    assert project.run("apply", "-auto-approve", "-now=2026-01-28T14:01:00Z").code == 0
    assert project.live["search_enabled"]["percentage_of_actors"] == "100"
    times = [line["time"] for line in project.journal if line["kind"] == "stage_changed"]
    assert [time[:16] for time in times] == [
        "2026-01-27T14:00",
        "2026-01-27T14:00",
        "2026-01-28T14:01",
        "2026-01-28T14:01",
    ]


def test_a_saved_plan_in_pretended_time(new_project, feature):
    project = new_project(RAMP % '["canary"]', {"search_enabled": feature()})
    assert project.run("apply", "-auto-approve", "-now=2026-01-27T14:00:00Z").code == 0
    project.edit('["canary"]', '["canary", "full"]')
    assert project.run("plan", "-now=2026-01-28T14:01:00Z", "-out=full.plan").code == 0
    early = project.run("apply", "-now=2026-01-28T13:59:00Z", "full.plan")
    assert (early.code, project.live["search_enabled"]["percentage_of_actors"]) == (1, "5")
    assert "skipped: not before 2026-01-28 14:01 UTC" in early.out + early.err
    assert project.run("plan", "-now=2026-01-28T14:01:00Z", "-out=full.plan").code == 0
    assert project.run("apply", "-now=2026-01-28T14:02:00Z", "full.plan").code == 0
    assert project.live["search_enabled"]["percentage_of_actors"] == "100"


def test_an_apply_of_which_all_waits_takes_no_store_over(new_project, feature):
    project = new_project((RAMP % '["canary"]').replace('"embedded"', '"snapshot"'), {"search_enabled": feature()})
    for _ in range(2):
        ran = project.run("apply", "-auto-approve")
        assert ran.code == 0
        assert "Store not adopted yet: toggle.search waits at 0 %" in ran.out
        assert "state.json" not in project.files()


def test_a_snapshot_is_planned_and_not_applied(project):
    project.apply()
    project.edit('source = "embedded"', 'source = "snapshot"')
    ran = project.run("plan", "-var=parent=6")
    assert ran.code == 0
    live = project.live
    ran = project.run("apply", "-auto-approve", "-var=parent=6")
    assert ran.code == 1
    assert "Error: Store can't be written" in ran.err
    assert project.live == live


def test_local_state_in_ci_is_refused_where_the_store_is_not_embedded(project):
    assert project.run("apply", "-auto-approve", CI="true").code == 0
    project.edit('source = "embedded"', 'source = "snapshot"')
    before = project.files()
    ran = project.run("apply", "-auto-approve", "-var=parent=6", CI="true")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("Error: Local state in CI\n")
    assert project.files() == before
    ran = project.run("import", "toggle.parent", "parent_enabled", CI="true")
    assert ran.err.startswith("Error: Local state in CI\n")
    assert project.files() == before
    assert project.run("plan", CI="true").code == 0  # reads


def test_titles_that_changed_are_recorded_without_a_plan(project):
    project.apply()
    project.edit('"Example"', '"Another"')
    ran = project.run("apply", "-auto-approve")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.endswith("No changes. Your infrastructure matches the configuration.\n")
    assert project.state["applied"]["products"]["product.example"]["title"] == "Another"


def test_other_commands_in_pretended_time(new_project, feature):
    """An answer, a rollback, a release and what is approved are dated by the same time."""
    project = new_project(RAMP % '["canary"]', {"search_enabled": feature()})
    assert project.run("apply", "-auto-approve", "-now=2026-01-27T14:00:00Z").code == 0
    ran = project.run("rollback", "search", "-auto-approve", "-reason=errors", "-now=2026-01-28T09:00:00Z")
    assert ran.code == 0, ran.both
    assert project.state["holds"]["toggle.search"]["at"].startswith("2026-01-28T09:00")
    released = project.run("release", "search", "-note=fixed", "-auto-approve", "-now=2026-01-28T10:00:00Z")
    assert released.code == 0, released.both
    assert project.journal[-1]["time"].startswith("2026-01-28T10:00")
    project.edit('source = "embedded"', 'source = "snapshot"')
    ran = project.run("rollback", "search", "-auto-approve", "-now=2026-01-28T09:00:00Z")
    assert (ran.code, "Error: Time can't be pretended" in ran.err) == (1, True)
