"""`rollback` where the machine around it is what is broken: its output, its user, its home."""

from __future__ import annotations

import getpass
import os
from pathlib import Path

import pytest

DOWN = ("rollback", "isParent", "-reason=errors", "-auto-approve")


@pytest.fixture
def rolled_out(project):
    project.apply("-var=parent=100", "-var=child=5")
    return project


def down(project):
    return [project.percentage(key) for key in ("child_enabled", "parent_enabled")] == ["0", "0"]


def words(text):
    return " ".join(text.split())


def nobody_reads():
    """The writing end of a pipe whose reader is gone."""
    reading, writing = os.pipe()
    os.close(reading)
    return writing


def full():
    return os.open("/dev/full", os.O_WRONLY)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux's")
@pytest.mark.parametrize("streams", [("stdout",), ("stderr",), ("stdout", "stderr")])
@pytest.mark.parametrize("gone", [nobody_reads, full])
def test_output_that_nobody_can_take_stops_nothing(rolled_out, streams, gone):
    rolled_out.edit("toggle", "toggle {{{")  # so that there is something to say on both
    process = rolled_out.start(*DOWN, **{stream: gone() for stream in streams})
    process.communicate(timeout=60)
    assert process.returncode in {0, 1}
    assert down(rolled_out)
    assert set(rolled_out.state["holds"]) == {"toggle.parent", "toggle.child"}
    assert rolled_out.journal[-1]["kind"] == "rollback_finished"


def test_nobody_agrees_to_what_nobody_could_read(rolled_out):
    process = rolled_out.start("rollback", "isParent", stdout=nobody_reads())
    process.communicate(timeout=60)
    assert process.returncode == 1
    assert rolled_out.percentage("parent_enabled") == "100"


def test_a_user_whom_the_system_has_no_name_for(rolled_out, monkeypatch):
    """As in a container that runs under any number."""

    def nameless():
        raise KeyError("getpwuid(): uid not found: 12345")

    def homeless():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(getpass, "getuser", nameless)
    monkeypatch.setattr(Path, "home", homeless)
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    ran = rolled_out.run(*DOWN)
    assert ran.code == 0, ran.both
    assert down(rolled_out)
    assert rolled_out.journal[-1]["who"].startswith("uid 12345@")
    assert "could not be written" not in ran.both
    ran = rolled_out.run("rollback", "isParent", "-auto-approve", FLAGSTAFF_STATE="main.hcl/state.json")
    assert ran.code == 0, ran.both
    assert list(rolled_out.path.glob("flagstaff-rollback-*.jsonl"))


def test_a_configuration_that_hides_where_the_store_is_is_told(rolled_out):
    """Nothing else explains why the store of a directory full of files is not known."""
    for path in rolled_out.path.glob("state*"):
        path.unlink()
    rolled_out.write("main.hcl", "\x00" * 20)
    ran = rolled_out.run(*DOWN)
    assert ran.code == 1
    assert "The configuration has mistakes (" in words(ran.err)
    assert "Error: Live store is not known" in ran.err
