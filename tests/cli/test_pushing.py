"""`state pull` and `state push`: Terraform's rules for lineage and serial, and a journal that stays checkable."""

import json

import pytest


@pytest.fixture
def applied(project):
    project.apply()
    return project


def pulled(project, **changes):
    """The present state as a file, changed."""
    state = {**json.loads(project.run("state", "pull").out), **changes}
    project.write("pushed.json", json.dumps(state))
    return state


def kinds(project):
    return [entry["kind"] for entry in project.journal]


def test_pull_prints_the_state_as_it_is_stored(applied):
    ran = applied.run("state", "pull")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (applied.path / "state.json").read_text(encoding="utf-8")


def test_there_may_be_nothing_to_pull(project):
    ran = project.run("state", "pull")
    assert (ran.code, ran.out) == (1, "")
    assert "Error: No state" in ran.err


def test_a_corrected_state_is_pushed_and_the_journal_says_so(applied):
    before = applied.state
    toggles = {**before["toggles"]}
    toggles["toggle.parent"] = {**toggles["toggle.parent"], "exposure": "3"}
    pulled(applied, serial=before["serial"] + 1, toggles=toggles, environment="renamed")
    ran = applied.run("state", "push", "pushed.json")
    assert (ran.code, ran.err) == (0, "")
    serial = before["serial"] + 1
    assert ran.out == f"Pushed serial {serial} over serial {before['serial']}: 2 toggles, now serial {serial}.\n"
    assert applied.state["toggles"]["toggle.parent"]["exposure"] == "3"
    assert applied.state["environment"] == "renamed"
    assert kinds(applied)[-1] == "pushed"
    assert applied.journal[-1]["data"]["over"] == before["serial"]
    assert applied.run("state", "verify").code == 0
    assert "pushed" in applied.run("history").out
    assert "lineage" not in applied.run("history").out


def test_what_a_crash_left_behind_a_push_is_taken_in_by_the_next_run(applied):
    """The journal has the entry, and the state was not saved."""
    before = (applied.path / "state.json").read_bytes()
    state = applied.state
    toggles = {"toggle.parent": {**state["toggles"]["toggle.parent"], "exposure": "3"}}
    pulled(applied, serial=state["serial"] + 1, toggles=toggles, environment="renamed")
    assert applied.run("state", "push", "pushed.json").code == 0
    (applied.path / "state.json").write_bytes(before)
    assert applied.run("state", "verify").code == 0
    assert applied.run("state", "list").out == "toggle.parent\n"
    assert applied.run("plan").code == 0
    assert "3 %" in applied.run("state", "show", "toggle.parent").out


def test_the_same_state_again_changes_nothing(applied):
    pulled(applied)
    files = applied.files()
    ran = applied.run("state", "push", "pushed.json")
    assert ran.code == 0
    assert ran.out == f"The state is that one already: serial {applied.state['serial']}, 2 toggles.\n"
    assert {**applied.files()} == files


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"lineage": "another"}, 'The file has the lineage "another", and the present state'),
        ({"serial": 0}, "The file has serial 0, and the present state is newer: it has serial"),
        ({"environment": "x"}, "like the present state, and says something else."),
    ],
)
def test_what_does_not_fit_is_refused(applied, changes, why):
    pulled(applied, **changes)
    files = applied.files()
    ran = applied.run("state", "push", "pushed.json")
    assert ran.code == 1
    assert "Error: State can't be pushed" in ran.err
    assert why in " ".join(ran.err.split())
    assert "-force" in ran.err
    assert applied.files() == files
    ran = applied.run("state", "push", "-force", "pushed.json")
    assert ran.code == 1
    assert "Error: Nobody to ask" in ran.err
    assert applied.files() == files


def test_force_asks_and_keeps_the_lineage_of_the_place(applied):
    before = applied.state
    pulled(applied, lineage="another", serial=0, environment="forced")
    with applied.terminal("state", "push", "-force", "pushed.json") as terminal:
        terminal.answer("Only .yes. is accepted: ", "no")
        assert terminal.end() == 1
        assert "Nothing was pushed." in terminal.plain
    assert applied.state == before
    with applied.terminal("state", "push", "-force", "pushed.json") as terminal:
        terminal.answer("Only .yes. is accepted: ", "yes")
        assert terminal.end() == 0
        assert f"Pushed serial 0 over serial {before['serial']}" in terminal.plain
    assert applied.state["lineage"] == before["lineage"]
    assert applied.state["serial"] == before["serial"] + 1
    assert applied.state["environment"] == "forced"
    assert applied.run("state", "verify").code == 0


def test_force_without_a_question(applied):
    pulled(applied, serial=0, environment="forced")
    assert applied.run("state", "push", "-force", "-auto-approve", "pushed.json").code == 0
    assert applied.state["environment"] == "forced"


def test_a_copy_is_brought_back_where_nothing_is(applied):
    text = applied.run("state", "pull").out
    lineage = applied.state["lineage"]
    for name in ("state.json", "state.json.backup", "state.journal.jsonl"):
        (applied.path / name).unlink(missing_ok=True)
    ran = applied.run("state", "push", "-", stdin=text)
    assert ran.code == 0, ran.both
    assert "where there was none" in ran.out
    assert applied.state["lineage"] == lineage
    assert applied.state["serial"] == json.loads(text)["serial"]
    assert applied.run("state", "verify").code == 0
    assert "No changes." in applied.run("plan").out


def test_files_that_are_no_state(applied):
    assert "Error: State file can't be read" in applied.run("state", "push", "missing.json").err
    (applied.path / "latin.json").write_bytes(b"\xff")
    assert "it is not in UTF-8" in applied.run("state", "push", "latin.json").err
    applied.write("text.json", "{}")
    assert "text.json" in applied.run("state", "push", "text.json").err
    pulled(applied, lineage="")
    assert "Error: State breaks an invariant" in applied.run("state", "push", "pushed.json").err
