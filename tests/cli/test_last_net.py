"""What nobody expected: interrupts, bugs and gone readers end with a message and an exit code."""

from __future__ import annotations

import stat

import pytest

from flagstaff.cli import main, planning, starting
from flagstaff.cli.log import Log


def raising(error):
    def call(*_, **__):
        raise error

    return call


def test_an_interrupt_is_no_traceback(project, monkeypatch):
    monkeypatch.setattr(planning, "make", raising(KeyboardInterrupt()))
    ran = project.run("plan")
    assert (ran.code, ran.out, ran.err) == (1, "", "\nInterrupted. Running the command again is safe.\n")


def test_a_bug_names_its_place(project, monkeypatch):
    monkeypatch.setattr(planning, "make", raising(RuntimeError("with a value in it")))
    ran = project.run("plan")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("Error: Flagstaff has a bug\n\n  RuntimeError at test_last_net.py, line ")
    assert "with a value in it" not in ran.err


def test_a_bug_outside_of_any_workspace_too(project, monkeypatch):
    monkeypatch.setattr(main.cli, "main", raising(RuntimeError("x")))
    ran = project.run("plan")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("Error: Flagstaff has a bug\n")


def test_a_directory_that_can_not_be_written(project, monkeypatch):
    for path in project.path.iterdir():
        path.unlink()

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(starting.Path, "open", refuse)
    ran = project.run("init")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "Error: File can't be written\n\n  live.json: Permission denied.\n\n"


def test_a_plan_that_can_not_be_put_in_its_place_leaves_nothing_behind(project, monkeypatch):
    (project.path / "a.plan").mkdir()
    before = sorted(project.path.iterdir())
    ran = project.run("plan", "-out=a.plan")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("Error: Plan can't be saved\n\n  a.plan: ")
    assert sorted(project.path.iterdir()) == before


@pytest.mark.parametrize(
    ("wanted", "messages"), [("", 0), ("OFF", 0), ("error", 0), ("info", 1), ("debug", 2), ("?", 1)]
)
def test_levels_of_the_log(wanted, messages, capsys):
    import sys

    log = Log({"FLAGSTAFF_LOG": wanted}, sys.stderr, "run")
    log.info("one")
    log.debug("two")
    assert len(capsys.readouterr().err.splitlines()) == messages


def test_the_state_and_the_journal_are_for_their_owner_only(project):
    project.apply()
    for name in ("state.json", "state.journal.jsonl"):
        assert stat.S_IMODE((project.path / name).stat().st_mode) & 0o077 == 0
