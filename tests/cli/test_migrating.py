"""`init -migrate-state`: from one backend to another, whole or not at all."""

import json

import pytest

from flagstaff.state.appending import append
from flagstaff.state.fact_codec import LOCK_INFO
from flagstaff.state.facts import Unlocked
from flagstaff.state.local import LocalStore
from flagstaff.state.store import LockInfo, StateError
from flagstaff.testing.clock import FakeClock
from flagstaff.testing.postgres import PASSWORD

LOCAL = 'path = "state.json"'
ELSEWHERE = 'path = "new/home.json"'
DONE = "The old place is closed: it keeps what it has, says where the state went, and takes no more writes.\n"
OTHER = LockInfo("other", "apply", "joe", "build-7", 1, FakeClock().time, "0.1.0")


@pytest.fixture
def applied(project):
    project.apply()
    return project


@pytest.fixture
def moved(applied):
    applied.edit(LOCAL, ELSEWHERE)
    ran = applied.run("init", "-migrate-state", "-from=local:state.json")
    assert ran.code == 0, ran.both
    return applied


def journal(project, name):
    lines = (project.path / name).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_state_and_journal_go_to_the_new_place(applied):
    old_state, old_journal = applied.state, applied.journal
    applied.edit(LOCAL, ELSEWHERE)
    ran = applied.run("init", "-migrate-state", "-from=local:state.json")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        f"Copied the state (2 toggles, serial {old_state['serial']}) and the {len(old_journal)} entries of its journal "
        f"from local state.json to local new/home.json, and verified them there.\n{DONE}"
    )
    assert json.loads((applied.path / "new" / "home.json").read_text(encoding="utf-8")) == old_state
    there, here = journal(applied, "new/home.journal.jsonl"), journal(applied, "state.journal.jsonl")
    assert here[:-1] == old_journal
    assert there[:-1] == here
    assert [entry["kind"] for entry in there[-2:]] == ["migrated", "migrated"]
    assert there[-1]["data"] == {"source": "local state.json", "target": "local new/home.json", "arrived": True}
    assert applied.run("state", "verify").code == 0
    assert applied.run("journal", "verify").code == 0
    assert "No changes." in applied.run("plan").out
    assert "local state.json -> local new/home.json" in applied.run("history").out


def test_the_old_place_takes_no_more_writes(moved):
    moved.edit(ELSEWHERE, LOCAL)
    files = moved.files()
    for command in (
        ["apply", "-auto-approve"],
        ["state", "rm", "toggle.parent"],
        ["state", "mv", "toggle.parent", "toggle.x"],
    ):
        ran = moved.run(*command)
        assert ran.code == 1
        assert "Error: State was moved" in ran.err, ran.both
        text = " ".join(ran.err.split())
        assert "moved this state from local state.json to local new/home.json on " in text
        assert "Correct the backend block, or FLAGSTAFF_STATE." in text
    after = moved.files()
    assert {name: after[name] for name in files if "lease" not in name} == {
        name: data for name, data in files.items() if "lease" not in name
    }
    assert LocalStore(moved.path / "state.json").holder() is None
    assert moved.run("state", "list").code == 0


def test_what_needs_no_lease_is_refused_there_too(moved):
    store = LocalStore(moved.path / "state.json")
    with pytest.raises(StateError, match="State was moved"):
        append(store, [Unlocked(OTHER)], time=FakeClock().time, run="r", who="joe")
    moved.edit(ELSEWHERE, LOCAL)
    entries = moved.journal
    with store.acquire(OTHER):
        assert "The lease is free." in moved.run("unlock", "-force").out
    assert moved.journal == entries


def test_work_goes_on_in_the_new_place_and_may_come_back(moved):
    moved.edit("default = 5", "default = 7")
    moved.apply()
    moved.edit(ELSEWHERE, LOCAL)
    ran = moved.run("init", "-migrate-state", "-from=local:new/home.json")
    assert ran.code == 0, ran.both
    assert moved.state["toggles"]["toggle.parent"]["exposure"] == "7"
    assert moved.run("state", "verify").code == 0
    moved.edit("default = 7", "default = 8")
    moved.apply()
    moved.edit(LOCAL, ELSEWHERE)
    assert "Error: State was moved" in moved.run("apply", "-auto-approve").err


def test_once_is_enough(moved):
    files = moved.files()
    ran = moved.run("init", "-migrate-state", "-from=local:state.json")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == ("The state of local state.json came to local new/home.json already. Nothing was copied.\n")
    assert {name: data for name, data in moved.files().items() if "lease" not in name} == {
        name: data for name, data in files.items() if "lease" not in name
    }


def test_a_new_place_that_went_on_is_left_alone(applied):
    """Its journal begins like the old one, but the old one has gone another way since."""
    old = applied.files()
    applied.edit(LOCAL, ELSEWHERE)
    assert applied.run("init", "-migrate-state", "-from=local:state.json").code == 0
    for name in ("state.json", "state.journal.jsonl"):
        (applied.path / name).write_bytes(old[name])
    ran = applied.run("init", "-migrate-state", "-from=local:state.json")
    assert ran.code == 1
    assert "Error: Target has another state" in ran.err
    assert "went on by itself" in ran.err


def test_the_default_place_to_leave(new_project, feature, project):
    text = (project.path / "main.hcl").read_text(encoding="utf-8")
    project.main(text.replace('  backend "local" {\n    path = "state.json"\n  }\n', ""))
    project.apply()
    project.main(text)
    ran = project.run("init", "-migrate-state")
    assert ran.code == 0, ran.both
    assert "from local flagstaff.state.json to local state.json" in " ".join(ran.out.split())


@pytest.mark.parametrize("left", ["journal", "state", "marked", "marker"])
def test_a_run_that_was_broken_off_is_ended_by_the_next(applied, left):
    """Cut back to what a run leaves that dies behind each of its steps."""
    whole = (applied.path / "state.journal.jsonl").read_bytes()
    applied.edit(LOCAL, ELSEWHERE)
    assert applied.run("init", "-migrate-state", "-from=local:state.json").code == 0
    home = applied.path / "new" / "home.journal.jsonl"
    lines = home.read_bytes().splitlines(keepends=True)
    if left == "journal":
        (applied.path / "state.journal.jsonl").write_bytes(whole)
        (applied.path / "new" / "home.json").unlink()
        home.write_bytes(b"".join(lines[:2]))
    elif left == "state":
        (applied.path / "state.journal.jsonl").write_bytes(whole)
        home.write_bytes(whole)
    elif left == "marked":
        home.write_bytes(whole)
    else:
        home.write_bytes(b"".join(lines[:-1]))
        assert "If that move broke off" in " ".join(applied.run("apply", "-auto-approve").err.split())
    ran = applied.run("init", "-migrate-state", "-from=local:state.json")
    assert ran.code == 0, ran.both
    assert f"the {len(whole.splitlines())} entries" in ran.out
    kinds = [entry["kind"] for entry in journal(applied, "new/home.journal.jsonl")]
    assert kinds.count("migrated") == 2
    assert applied.run("state", "verify").code == 0
    assert "No changes." in applied.run("plan").out
    applied.edit("default = 5", "default = 6")
    applied.apply()


def test_what_was_closed_goes_nowhere_else(moved):
    moved.edit(ELSEWHERE, 'path = "third.json"')
    ran = moved.run("init", "-migrate-state", "-from=local:state.json")
    assert ran.code == 1
    assert "moved the state of local state.json to local new/home.json already." in " ".join(ran.err.split())
    assert not (moved.path / "third.json").exists()


def test_a_lease_that_is_held_is_waited_for_or_refused(applied):
    applied.edit(LOCAL, ELSEWHERE)
    with LocalStore(applied.path / "state.json").acquire(OTHER):
        ran = applied.run("init", "-migrate-state", "-from=local:state.json")
    assert ran.code == 1
    assert "Error: State is in use" in ran.err
    assert not (applied.path / "new").exists()


def test_a_dead_holder_is_written_down_first(applied):
    applied.edit(LOCAL, ELSEWHERE)
    (applied.path / ".state.json.lease").write_text(json.dumps(LOCK_INFO.encode(OTHER)) + "\n", encoding="utf-8")
    assert applied.run("init", "-migrate-state", "-from=local:state.json").code == 0
    kinds = [entry["kind"] for entry in journal(applied, "new/home.journal.jsonl")]
    assert kinds[-3:] == ["takeover", "migrated", "migrated"]


def test_another_lineage_in_the_new_place_is_refused(applied):
    applied.edit(LOCAL, ELSEWHERE)
    applied.apply()
    files = applied.files()
    ran = applied.run("init", "-migrate-state", "-from=local:state.json")
    assert ran.code == 1
    assert "Error: Target has another state" in ran.err
    assert "Nothing was changed. Choose another place, or remove that state yourself." in " ".join(ran.err.split())
    assert applied.files()["new/home.json"] == files["new/home.json"]
    assert applied.files()["state.journal.jsonl"] == files["state.journal.jsonl"]


def test_a_source_that_is_not_sound_stays_where_it_is(applied):
    path = applied.path / "state.journal.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    applied.edit(LOCAL, ELSEWHERE)
    ran = applied.run("init", "-migrate-state", "-from=local:state.json")
    assert ran.code == 1
    assert "Error: State breaks an invariant" in ran.err
    assert "J2" in ran.err
    assert not (applied.path / "new" / "home.json").exists()


def test_places_that_make_no_sense(applied):
    ran = applied.run("init", "-migrate-state", "-from=local:state.json")
    assert "Error: Nothing to migrate" in ran.err
    applied.edit(LOCAL, ELSEWHERE)
    ran = applied.run("init", "-migrate-state", "-from=local:nowhere.json")
    assert "There is no state in local nowhere.json." in ran.err
    assert "Error: No state" in applied.run("init", "-migrate-state").err
    ran = applied.run("init", "-from=local:state.json")
    assert "-from is for -migrate-state." in ran.err
    ran = applied.run("init", "-migrate-state", "-from=postgresql://joe:s3cret@h/db#nam=x")
    assert "Error: Invalid place of a state" in ran.err
    assert 'Did you mean "name"?' in ran.err
    assert "s3cret" not in ran.both


@pytest.mark.service("postgres")
def test_to_postgresql_and_back(applied, database):
    old = applied.journal
    applied.edit('  backend "local" {\n    path = "state.json"\n  }', '  backend "postgres" {\n    name = "va"\n  }')
    password = PASSWORD.replace(" ", "%20")
    url = database.url.replace("@", f":{password}@")
    applied.env["FLAGSTAFF_STATE_URL"] = url
    ran = applied.run("init", "-migrate-state", "-from=local:state.json")
    assert ran.code == 0, ran.both
    assert f'to postgresql://127.0.0.1:{database.cluster.port}/{database.name}, state "va"' in ran.out
    assert "No changes." in applied.run("plan").out
    applied.edit("default = 5", "default = 6")
    assert applied.run("apply", "-auto-approve").code == 0
    assert applied.run("state", "verify").code == 0
    applied.edit('  backend "postgres" {\n    name = "va"\n  }', '  backend "local" {\n    path = "state.json"\n  }')
    ran = applied.run("init", "-migrate-state", f"-from={url}#name=va")
    assert ran.code == 0, ran.both
    assert PASSWORD not in ran.both
    assert password not in ran.both + json.dumps(applied.journal)
    assert applied.journal[: len(old)] == old
    assert applied.state["toggles"]["toggle.parent"]["exposure"] == "6"
    assert applied.run("state", "verify").code == 0
