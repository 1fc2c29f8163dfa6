"""Who wrote a change: what the run says, else what git says, else nobody knows."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace

import pytest

from flagstaff.cli import authoring
from flagstaff.cli.authoring import asks_for_others, author_of
from flagstaff.model.configuration import Policy
from flagstaff.model.recorded import Recorded
from flagstaff.testing import building as b


@pytest.fixture
def environment(tmp_path):
    return {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1"}


@pytest.fixture
def git(tmp_path, environment):
    """A repository in which ann@example.gov committed main.hcl."""
    place = tmp_path / "repository"
    place.mkdir()

    def run(*arguments: str) -> None:
        subprocess.run(["git", "-C", str(place), *arguments], check=True, env=environment, capture_output=True)

    run("init", "-q")
    run("config", "user.name", "Ann")
    run("config", "user.email", "ann@example.gov")
    (place / "main.hcl").write_text("a = 1\n")
    run("add", "main.hcl")
    run("commit", "-q", "-m", "first")
    run("config", "user.email", "bob@example.gov")
    run.place = place
    return run


def test_what_the_run_says_comes_first(git, environment):
    assert author_of(git.place, {**environment, "FLAGSTAFF_AUTHOR": " po@example.gov "}) == "po@example.gov"


def test_the_last_commit_of_the_configuration_has_an_author(git, environment):
    assert author_of(git.place, environment) == "ann@example.gov"
    (git.place / "notes.md").write_text("notes")
    git("add", "notes.md")
    git("commit", "-q", "-m", "notes by bob")
    assert author_of(git.place, environment) == "ann@example.gov"


def test_a_saved_plan_or_a_state_is_no_change(git, environment):
    (git.place / "a.plan").write_text("{}")
    (git.place / "state.json").write_text("{}")
    assert author_of(git.place, environment) == "ann@example.gov"


@pytest.mark.parametrize("name", ["main.hcl", "new.hcl", "modules/x/a.hclvars"])
def test_what_is_not_committed_is_the_users_own(git, environment, name):
    path = git.place / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("a = 2\n")
    assert author_of(git.place, environment) == "bob@example.gov"
    git("config", "--unset", "user.email")
    assert author_of(git.place, environment) == ""


def test_elsewhere_nobody_knows(tmp_path, environment, monkeypatch):
    assert author_of(tmp_path, environment) == ""
    assert author_of(tmp_path, {"PATH": str(tmp_path)}) == ""
    slow = tmp_path / "git"
    slow.write_text("#!/bin/sh\nexec sleep 30\n")
    slow.chmod(0o755)
    monkeypatch.setattr(authoring, "_LIMIT", 0.1)
    assert author_of(tmp_path, {"PATH": f"{tmp_path}:/usr/bin:/bin"}) == ""


def test_a_repository_without_a_commit(tmp_path, environment):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True, env=environment)
    assert author_of(tmp_path, environment) == ""


@pytest.mark.parametrize(
    ("declared", "recorded", "matters"),
    [
        (False, None, False),
        (True, None, True),
        (False, {}, False),
        (False, {"policy": {}}, False),
        (True, {"policy": {}}, True),
        (False, {"policy": {"prevent_self_approval": True}}, True),
    ],
)
def test_it_matters_where_either_policy_says_so(declared, recorded, matters):
    desired = replace(b.desired(), policy=Policy(prevent_self_approval=declared))
    assert asks_for_others(desired, Recorded(guards=recorded)) is matters
