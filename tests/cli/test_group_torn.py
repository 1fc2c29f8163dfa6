"""A group that goes together, over HTTP, of which one write fails: nothing of it is begun behind that."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from flagstaff.testing.flipper_double import FlipperDouble, Response
from flagstaff.testing.flipper_server import Fault, serving

NAMES = tuple(f"t{number}" for number in range(6))
LISTED = ", ".join(f"toggle.{name}" for name in NAMES)
MAIN = (
    """
flagstaff {
  environment = "test"
  backend "local" {
    path = "state.json"
  }
}
provider "flipper" {
  source      = "api"
  url         = "URL"
  propagation = "0s"
}
rollout "r" {
  go = ["a"]
  stage "a" {
    percentage = 5
    toggles    = [LISTED]
    together   = true
  }
}
""".replace("LISTED", LISTED)
    + "".join(f'toggle "{name}" {{\n  key = "{name}_enabled"\n}}\n' for name in NAMES)
)
CONFLICT = Fault(Response(409, json.dumps({"message": "conflict"}).encode()))


@pytest.mark.parametrize("fault", [CONFLICT, None])
def test_nothing_of_a_group_is_begun_behind_a_failure(new_project, fault):
    """`fault` None: another hand writes the same toggle at the same moment, and its value is read."""
    double, writes = FlipperDouble(), Counter()
    for name in NAMES:
        double.put(f"{name}_enabled", {"actors": ["ann"]})

    def fourth_fails(method, target):
        if method == "GET":
            return None
        writes[target.split("/")[2]] += 1
        if "t3_" in target and fault is None:
            double.rivals["t3_enabled"] = ["7"] * 4
        return fault if "t3_" in target else None

    with serving(double, fourth_fails) as server:
        project = new_project(MAIN.replace("URL", server.url), {})
        for name in NAMES:
            assert project.run("import", f"toggle.{name}", f"{name}_enabled").code == 0
        assert project.run("init", "-trust", "-auto-approve").code == 0
        ran = project.run("apply", "-auto-approve", "-parallelism=1")
        now = [double.features[f"{name}_enabled"]["percentage_of_actors"] for name in NAMES]
        printed = ["rollback", "toggle.t0", "toggle.t1", "toggle.t2", "-reason", "..."]
        assert f'flagstaff {" ".join(printed[:-1])} "..."' in ran.out
        assert project.run(*printed, "-auto-approve").code == 0
    assert ran.code == 1
    assert set(writes) == {f"{name}_enabled" for name in NAMES[:4]}
    assert now == ["5", "5", "5", None if fault else "7", None, None]
    text = " ".join(ran.out.split())
    assert "3 applied" in text
    assert "2 not started" in text
    assert "toggle.t4, toggle.t5: Not started: writing toggle.t3, with which it goes together, gave an error." in text
    assert "rollout.r.stage.a goes together, and is apart now: 3 of 6 are done." in text
    assert [double.features[f"{name}_enabled"]["percentage_of_actors"] for name in NAMES[:3]] == ["0"] * 3
    assert project.run("journal", "verify").code == 0
    assert project.run("state", "verify").code == 0


def test_a_group_that_came_from_a_stage_is_brought_back_to_it(new_project):
    """Down to 0 % would take away what worked."""
    double, broken = FlipperDouble(), []
    for name in NAMES:
        double.put(f"{name}_enabled", {"actors": ["ann"]})

    def fourth_fails(method, target):
        return CONFLICT if broken and method != "GET" and "t3_" in target else None

    with serving(double, fourth_fails) as server:
        project = new_project(MAIN.replace("URL", server.url), {})
        for name in NAMES:
            assert project.run("import", f"toggle.{name}", f"{name}_enabled").code == 0
        assert project.run("init", "-trust", "-auto-approve").code == 0
        assert project.run("apply", "-auto-approve").code == 0
        more = f"""
  stage "b" {{
    percentage = 20
    after      = ["a"]
    toggles    = [{LISTED}]
    together   = true
  }}
"""
        project.write(
            "main.hcl",
            MAIN.replace("URL", server.url)
            .replace("  }\n}\ntoggle", f"  }}{more}}}\ntoggle", 1)
            .replace('go = ["a"]', 'go = ["a", "b"]'),
        )
        broken.append(True)
        ran = project.run("apply", "-auto-approve", "-parallelism=1")
        torn = [double.features[f"{name}_enabled"]["percentage_of_actors"] for name in NAMES]
        printed = ["rollback", "toggle.t0", "toggle.t1", "toggle.t2", "-to=a", "-reason", "..."]
        went = project.run(*printed, "-auto-approve")
    assert (ran.code, went.code) == (1, 0), (ran.out, ran.err, went.err)
    assert torn == ["20", "20", "20", "5", "5", "5"]
    lines = [line.strip() for line in ran.out.splitlines()]
    assert f'revert:  flagstaff {" ".join(printed[:-1])} "..."   (back to "a", where they were)' in lines
    assert 'or:      flagstaff rollback toggle.t0 toggle.t1 toggle.t2 -reason "..."   (down to 0 %)' in lines
    assert {double.features[f"{name}_enabled"]["percentage_of_actors"] for name in NAMES} == {"5"}
