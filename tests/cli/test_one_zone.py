"""Every screen tells its times in the zone of the configuration, or of what was applied where there is none."""

from __future__ import annotations

import json
import re

import pytest

MAIN = """
flagstaff {
  environment = "test"
  timezone    = "America/New_York"
  backend "local" {
    path = "state.json"
  }
}
provider "flipper" {
  source = "embedded"
  path   = "live.json"
}
toggle "a" {
  key        = "a_enabled"
  percentage = 5
}
"""
ZONED = re.compile(r"\d\d:\d\d(?::\d\d)? (?:E[SD]T)\b")


@pytest.fixture
def applied(new_project):
    project = new_project(MAIN, {})
    project.write("main.hcl", MAIN.replace("percentage = 5", "percentage = 5\n  create     = true"))
    project.apply()
    return project


@pytest.mark.parametrize(
    "command", [("plan",), ("history",), ("status",), ("show",), ("state", "show", "toggle.a")], ids=" ".join
)
def test_screens_have_the_zone_of_the_configuration(applied, command):
    ran = applied.run(*command)
    assert ZONED.search(ran.out), ran.out
    assert " UTC" not in ran.out


@pytest.mark.parametrize("command", [("history",), ("show",), ("state", "show", "toggle.a")], ids=" ".join)
def test_without_a_configuration_the_applied_one_says_it(applied, command):
    (applied.path / "main.hcl").unlink()
    ran = applied.run(*command, FLAGSTAFF_STATE="state.json")
    assert ZONED.search(ran.out), ran.both
    assert " UTC" not in ran.out


def test_machines_read_utc(applied):
    first = json.loads(applied.run("history", "-json").out.splitlines()[0])
    assert first["time"].endswith("+00:00")
    assert "EST" not in applied.run("status", "-json").out
