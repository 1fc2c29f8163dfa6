"""`init -from-live`: blocks for what is live, a record of it as it is, and then nothing to do."""

from __future__ import annotations

import json

import pytest

MAIN = """\
flagstaff {
  environment = "production"
  backend "local" {
    path = "state.json"
  }
}

provider "flipper" {
  source = "embedded"
  path   = "live.json"
}
"""


@pytest.fixture
def live(feature):
    """Toggles of every kind."""
    return {
        "mhv_a": feature(5, actors=["ann@example.gov"]),
        "mhv_b": feature(),
        "mhv_c_OH": feature(on=True),
        "mhv_c_oh": feature("0.001", actors=["ann@example.gov", "bob@example.gov"]),
        "lonely": feature(100),
        "timed": {**feature(), "percentage_of_time": "50"},
        "grouped": {**feature(), "groups": ["secret_group", "staff"]},
        "tab\t": feature(3),
        "mhv_declared": feature(20),
    }


DECLARED = '\ntoggle "mhv_a" {\n  key        = "mhv_declared"\n  percentage = 20\n}\n'


def test_it_writes_and_records_what_is_live(new_project, live):
    project = new_project(MAIN + DECLARED, live)
    before = (project.path / project.live_file).read_bytes()
    ran = project.run("init", "-from-live")
    assert ran.code == 0, ran.both
    assert (project.path / project.live_file).read_bytes() == before
    text = (project.path / "mhv.hcl").read_text(encoding="utf-8")
    assert text.splitlines()[0].startswith('# Live toggles of flipper "live.json", as they were at ')
    assert text.partition("\n\n")[2] == (
        "# 1 tester has it besides.\n"
        'toggle "mhv_a_2" {\n  key        = "mhv_a"\n  percentage = 5\n}\n\n'
        'toggle "mhv_b" {\n  key        = "mhv_b"\n  percentage = 0\n}\n\n'
        'toggle "mhv_c_OH" {\n  key     = "mhv_c_OH"\n  enabled = true\n}\n\n'
        "# 2 testers have it besides.\n"
        'toggle "mhv_c_oh" {\n  key        = "mhv_c_oh"\n  percentage = 0.001\n}\n'
    )
    other = (project.path / "other.hcl").read_text(encoding="utf-8")
    assert other.partition("\n\n")[2] == (
        "# Open by groups (2).\n# No percentage says that, so it is known here, and never written.\n"
        'toggle "grouped" {\n  key = "grouped"\n}\n\n'
        'toggle "lonely" {\n  key        = "lonely"\n  percentage = 100\n}\n\n'
        "# Open by percentage_of_time = 50.\n# No percentage says that, so it is known here, and never written.\n"
        'toggle "timed" {\n  key = "timed"\n}\n'
    )
    assert "ann@" not in text + ran.both
    assert "secret_group" not in other + ran.both
    # The declared one is recorded as well: it is live as declared.
    assert sorted(project.state["toggles"]) == [
        "toggle.lonely",
        "toggle.mhv_a",
        "toggle.mhv_a_2",
        "toggle.mhv_b",
        "toggle.mhv_c_OH",
        "toggle.mhv_c_oh",
    ]
    assert {entry["kind"] for entry in project.journal} == {"imported"}
    assert len({entry["run"] for entry in project.journal}) == 1


def test_the_next_plan_has_nothing_to_do(new_project, live):
    project = new_project(MAIN + DECLARED, live)
    project.run("init", "-from-live")
    ran = project.run("plan", "-detailed-exitcode")
    assert ran.code == 0, ran.both
    assert "No changes." in ran.out


def test_what_it_says(new_project, live):
    ran = new_project(MAIN + DECLARED, live).run("init", "-from-live")
    assert ran.out == (
        "Wrote 2 files with 7 toggles:\n"
        "  mhv.hcl        4\n"
        "  other.hcl      3\n"
        "\n"
        "1 live toggle declared before, and left as declared.\n"
        "6 toggles recorded in the state, as they are live.\n"
        "\n"
        "Known, but not managed (2): open in a way that no percentage says. Their blocks have no exposure,\n"
        "and a comment that says why.\n"
        "  grouped\n"
        "  timed\n"
        "\n"
        "Left unmanaged (1): no configuration can name these.\n"
        '  "tab\\t": its key has white space around it\n'
        "\n"
        "Next:  flagstaff plan\n"
    )
    # Said once, though the configuration is read twice.
    assert ran.err.count("Keys differ by case only") == 1


def test_a_second_run_leaves_everything_as_it_is(new_project, live):
    project = new_project(MAIN, live)
    project.run("init", "-from-live")
    before = project.files()
    ran = project.run("init", "-from-live")
    assert ran.code == 0
    assert ran.out.startswith("No file was written: every live toggle that can be declared is declared.\n")
    assert project.files() == before


def test_existing_files_are_not_overwritten(new_project, feature):
    project = new_project(MAIN, {f"mhv_{number}": feature() for number in range(3)})
    project.write("MHV.hcl", "# mine\n")
    project.run("init", "-from-live")
    assert (project.path / "MHV.hcl").read_text(encoding="utf-8") == "# mine\n"
    assert (project.path / "mhv_2.hcl").exists()


def test_a_raise_is_possible_at_once_and_only_as_far_as_declared(new_project, feature):
    project = new_project(MAIN, {"a": feature(5)})
    project.run("init", "-from-live")
    project.edit("percentage = 5", "percentage = 20", "other.hcl")
    project.apply()
    assert project.percentage("a") == "20"


def test_an_interrupted_run_is_finished_by_the_next(new_project, feature):
    """Files that were written before the records are taken as declared, and recorded then."""
    project = new_project(MAIN, {"a": feature(5), "b": feature()})
    project.run("init", "-from-live")
    for name in ("state.json", "state.journal.jsonl"):
        (project.path / name).unlink()
    ran = project.run("init", "-from-live")
    assert "2 toggles recorded in the state" in ran.out
    assert sorted(project.state["toggles"]) == ["toggle.a", "toggle.b"]


def test_without_a_provider_it_says_what_to_write(tmp_path, project):
    (project.path / "main.hcl").unlink()
    ran = project.run("init", "-from-live")
    assert ran.code == 1
    assert "Error: No provider declared" in ran.err


def test_a_mistake_in_the_configuration_stops_it_before_anything(new_project, feature):
    project = new_project(MAIN + "\ntogle {\n}\n", {"a": feature(5)})
    before = project.files()
    ran = project.run("init", "-from-live")
    assert ran.code == 1
    assert "Unknown block type" in ran.err
    assert project.files() == before


def test_files_that_cant_be_written_are_taken_away_again(new_project, feature, monkeypatch):
    project = new_project(MAIN, {**{f"mhv_{n}": feature() for n in range(3)}, "z": feature()})
    before = project.files()
    from pathlib import Path

    real = Path.open

    def refuse(path, mode="r", *args, **kwargs):
        if path.name == "other.hcl" and mode == "x":
            raise OSError(28, "No space left on device", str(path))
        return real(path, mode, *args, **kwargs)

    monkeypatch.setattr(Path, "open", refuse)
    ran = project.run("init", "-from-live")
    assert ran.code == 1
    assert "Error: File can't be written" in ran.err
    after = {name: data for name, data in project.files().items() if "lock" not in name and "lease" not in name}
    assert after == before


def test_seven_hundred_toggles(new_project, feature):
    keys = [f"{team}_{area}_{number}" for team in ("mhv", "va", "form") for area in "abcdefg" for number in range(33)]
    project = new_project(MAIN, {key: feature(number % 101) for number, key in enumerate(keys)})
    ran = project.run("init", "-from-live")
    assert ran.code == 0
    assert f"Wrote 21 files with {len(keys)} toggles:" in ran.out
    assert json.loads(json.dumps(sorted(path.name for path in project.path.glob("mhv_*.hcl")))) == [
        f"mhv_{area}.hcl" for area in "abcdefg"
    ]
    assert "No changes." in project.run("plan").out


def test_unmanaged_toggles_are_listed_only_where_asked(project, feature):
    project.set_live({**project.live, "zz": feature(7, actors=["ann@example.gov"])})
    assert "nmanaged" not in project.run("plan").both
    ran = project.run("plan", "-unmanaged", "-out=p.plan")
    assert "Unmanaged: 1 live toggle that nothing mentions\n  zz  7 %, 1 tester\n" in ran.out
    shown = json.loads(project.run("show", "-json", "p.plan").out)
    assert shown["flagstaff"]["unmanaged"] == [{"key": "zz", "live": "7", "testers": 1, "changed_at": None}]
    assert "ann@" not in ran.both


def test_files_that_are_not_read_back_are_taken_away_again(new_project, feature, monkeypatch):
    """Whatever the cause: nothing half done stays, and nothing is recorded."""
    from flagstaff.cli import adopting
    from flagstaff.config.writing import File

    broken = File("other.hcl", 'toggle "a" {\n', ("a",))
    monkeypatch.setattr(adopting, "files", lambda *_, **__: (broken,))
    project = new_project(MAIN, {"a": feature(5)})
    ran = project.run("init", "-from-live")
    assert ran.code == 1
    assert "Error:" in ran.err
    assert not (project.path / "other.hcl").exists()
    assert not (project.path / "state.json").exists()
