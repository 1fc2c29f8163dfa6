"""The rollback's lines for a console, run with the real Flipper gem."""

from __future__ import annotations

import json
import subprocess

import pytest

from flagstaff.model.exposure import OFF, Exposure
from flagstaff.providers.flipper.rollback_console import rollback_script

pytestmark = pytest.mark.service("flipper")

FILL = """
require "json"
require "flipper"
Flipper.configure { |config| config.adapter { Flipper::Adapters::Memory.new } }
Flipper.register(:staff) { |_| false }
Flipper.enable(:on); Flipper[:on].enable_actor(Flipper::Actor.new("ann")); Flipper[:on].enable_group(:staff)
Flipper[:half].enable_percentage_of_actors(50); Flipper[:half].enable_actor(Flipper::Actor.new("bob"))
Flipper[:time].enable_percentage_of_time(30)
Flipper[:"quote\\"\\#{raise}"].enable_percentage_of_actors(50)
"""
SHOW = """
puts JSON.generate(Flipper.features.to_h { |f| [f.key, f.gate_values.then { |g|
  [g.boolean, g.percentage_of_actors, g.percentage_of_time, g.actors.to_a, g.groups.to_a] }] })
"""
KEYS = [("half", Exposure.parse("2.5")), ("on", OFF), ("time", OFF), ('quote"#{raise}', OFF), ("gone", OFF)]


def run(*, testers):
    script = rollback_script(KEYS, environment="va\nputs 1", testers=testers)
    done = subprocess.run(["ruby", "-"], input=FILL + script + SHOW, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    *said, last = done.stdout.splitlines()
    return said, json.loads(last)


def test_everything_goes_down_and_testers_stay():
    said, toggles = run(testers=False)
    assert toggles == {
        "on": [False, 0, 0, ["ann"], ["staff"]],
        "half": [False, 2.5, 0, ["bob"], []],
        "time": [False, 0, 0, [], []],
        'quote"#{raise}': [False, 0, 0, [], []],
    }
    assert said[0] == "half: 2.5 %, conditional, 1 actors"
    assert said[-1] == "gone: not here"


def test_testers_go_too():
    _, toggles = run(testers=True)
    assert [gates[3:] for gates in toggles.values()] == [[[], []]] * 4
