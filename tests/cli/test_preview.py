"""A pull request from outside: planned against copies, with no network, no credential, and nothing to apply."""

from __future__ import annotations

import json
import shutil
import socket

import pytest

FAR = """
flagstaff {
  environment = "va-production"
  production  = true
  backend "postgres" {
    name = "va"
  }
}

variable "token" {
  type      = string
  sensitive = true
}

variable "share" {
  type    = number
  default = 8
}

provider "flipper" {
  source      = "api"
  url         = "https://flipper.example.gov/api"
  token       = var.token
  propagation = "2m"
}

product "example" {
  title  = "Example"
  people = 10000
}

toggle "parent" {
  key        = "parent_enabled"
  product    = product.example
  percentage = var.share
}
"""
COPIES = ("-snapshot=live.json", "-state-snapshot=copy.json")


@pytest.fixture
def no_network(monkeypatch):
    """Whatever opens a socket, or asks for an address, ends the test."""
    opened = []

    def refuse(*arguments, **_):
        opened.append(arguments)
        raise AssertionError("a socket was opened")

    for name in ("socket", "create_connection", "getaddrinfo", "gethostbyname", "socketpair"):
        monkeypatch.setattr(socket, name, refuse)
    yield
    assert opened == []


@pytest.fixture
def fork(project):
    """What was applied, as copies; and a configuration of the store that they are of."""
    project.apply()
    shutil.copy(project.path / "state.json", project.path / "copy.json")
    (project.path / "state.json").unlink()
    (project.path / "state.journal.jsonl").unlink()
    project.main(FAR)
    return project


def test_a_plan_against_copies_opens_no_socket_and_asks_for_no_secret(fork, no_network):
    ran = fork.run("plan", "-no-network", *COPIES)
    assert ran.code == 0, ran.both
    assert "toggle.parent" in ran.out
    assert "5 % -> 8 %" in ran.out
    assert 'flipper "live.json" read' in ran.out
    assert "made against copies, to be looked at: it can't be applied" in " ".join(ran.out.split())
    assert ran.err == ""


@pytest.mark.parametrize("format_", ["markdown", "sarif", "github"])
def test_in_every_format(fork, no_network, format_):
    ran = fork.run("plan", "-no-network", f"-format={format_}", *COPIES)
    assert ran.code == 0, ran.both


def test_json_says_where_it_is_from(fork, no_network):
    assert fork.run("plan", "-no-network", "-out=a.plan", *COPIES).code == 0
    found = json.loads(fork.run("show", "-json", "a.plan").out)["flagstaff"]
    assert found["provider"] == "flipper.snapshot"
    assert found["environment"] == "va-production"


@pytest.mark.parametrize("command", ["apply", "approve", "handoff", "confirm"])
def test_such_a_plan_is_for_looking_only(fork, no_network, command):
    assert fork.run("plan", "-no-network", "-out=a.plan", *COPIES).code == 0
    more = {
        "apply": ["-auto-approve"],
        "approve": ["-as=role.x"],
        "handoff": ["-format=rails"],
        "confirm": ["-from=live.json"],
    }[command]
    before = fork.files()
    ran = fork.run(command, "a.plan", *more)
    assert ran.code == 1
    assert "Error: Plan is only for looking at" in ran.err
    assert "a.plan was made against copies" in ran.err
    assert fork.files() == before


def test_its_change_id_is_no_other_plans(project):
    """So that nobody agrees to a change that was planned against a file."""
    project.apply()
    project.edit("default = 5", "default = 8")
    shutil.copy(project.path / "state.json", project.path / "copy.json")
    ids = set()
    for more in ((), ("-snapshot=live.json",), ("-state-snapshot=copy.json",), COPIES):
        assert project.run("plan", "-out=a.plan", *more).code == 0
        ids.add(json.loads(project.run("show", "-json", "a.plan").out)["flagstaff"]["change_id"])
    assert len(ids) == 4


def test_one_copy_alone_is_for_looking_too(project):
    assert project.run("plan", "-snapshot=live.json", "-out=a.plan").code == 0
    assert "Error: Plan is only for looking at" in project.run("apply", "-auto-approve", "a.plan").err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (COPIES[1:], 'the source "api" of the provider is read over the network'),
        (COPIES[:1], 'the backend "postgres" is read over the network'),
    ],
)
def test_without_a_network_both_copies_are_needed(fork, no_network, arguments, said):
    ran = fork.run("plan", "-no-network", *arguments, FLAGSTAFF_VAR_token="x")
    assert ran.code == 1
    assert "Error: Plan needs the network" in ran.err
    assert said in " ".join(ran.err.split())


def test_without_a_snapshot_the_secret_is_needed(fork, no_network):
    ran = fork.run("plan", "-no-network", COPIES[1])
    assert ran.code == 1
    assert "Error: No value for variable" in ran.err


def test_a_variable_that_is_no_secret_is_still_needed(fork, no_network):
    fork.edit("  default = 8\n", "")
    ran = fork.run("plan", "-no-network", *COPIES)
    assert ran.code == 1
    assert "var.share has no default and was not given" in ran.err


def test_an_unknown_secret_is_no_exposure(fork, no_network):
    """What is not known is an error there, and never left out of the plan."""
    fork.edit("percentage = var.share", "percentage = length(var.token)")
    ran = fork.run("plan", "-no-network", *COPIES)
    assert ran.code == 1
    assert "Error: Sensitive value" in ran.err


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("copy.json", None, "No such file or directory"),
        ("copy.json", "{}", "State is damaged"),
        ("copy.json", "not json", "State is not readable"),
        ("copy.json", b"\xff", "it is not text in UTF-8"),
        ("live.json", None, "Toggle file not found"),
        ("live.json", "[]", "Damaged toggle file"),
    ],
)
def test_copies_that_are_none(fork, no_network, name, content, said):
    (fork.path / name).unlink()
    if content is not None:
        (fork.path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    ran = fork.run("plan", "-no-network", *COPIES)
    assert ran.code == 1
    assert said in ran.err


def test_a_state_that_is_too_large(fork, monkeypatch):
    monkeypatch.setattr("flagstaff.cli.previewing._LARGEST", 10)
    ran = fork.run("plan", "-no-network", *COPIES)
    assert "copy.json is larger than any state" in ran.err


def test_copies_may_lie_anywhere_for_the_user_names_them(fork, no_network, tmp_path):
    (tmp_path / ".git").rmdir()
    (fork.path / ".git").mkdir()
    shutil.move(fork.path / "live.json", tmp_path / "outside.json")
    ran = fork.run("plan", "-no-network", "-snapshot=../outside.json", COPIES[1])
    assert ran.code == 0, ran.both


def test_snapshots_are_flippers():
    """Another kind of provider reads exports of its own."""
    from flagstaff.cli.previewing import Copies
    from flagstaff.diagnostics import Failure
    from flagstaff.model.configuration import ProviderSettings

    with pytest.raises(Failure, match='-snapshot reads an export of Flipper, and the provider is "other"'):
        Copies("live.json").open_provider(None, ProviderSettings("other", "snapshot"))
