"""The application's catalogue, from the command line."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

FEATURES = """\
features:
  parent_enabled:
    actor_type: cookie_id
    description: A parent
  Child_enabled:
    actore_type: user
"""


@pytest.fixture
def listed(project):
    project.edit('path   = "live.json"', 'path   = "live.json"\n  catalogue = "features.yml"')
    project.write("features.yml", FEATURES)
    return project


def test_warnings_come_with_the_lines_of_both_files(listed):
    for command in ("validate", "plan"):
        text = listed.run(command).both
        assert "Warning: Percentage of cookies" in text
        assert "Warning: Key differs by case or white space" in text
        assert "Warning: Unknown attribute of a flag" in text
        assert "actore_type: user" in text


def test_as_json(listed):
    document = json.loads(listed.run("validate", "-json").out)
    assert document["valid"] is True
    assert document["warning_count"] == 3
    places = {item["summary"]: item["range"]["filename"] for item in document["diagnostics"]}
    assert places["Unknown attribute of a flag"] == "features.yml"
    assert places["Percentage of cookies"] == "main.hcl"


def test_a_damaged_one_stops_a_plan(listed):
    listed.write("features.yml", "features: [\n")
    for command in ("validate", "plan"):
        ran = listed.run(command)
        assert ran.code == 1
        assert "Error: Damaged catalogue" in ran.both
        assert "features.yml line 2" in ran.both


def test_its_keys_are_offered(listed):
    listed.edit('"child_enabled"', '"parent_enable"')
    listed.edit("default = 0", "default = 5")
    listed.write("features.yml", "features:\n  other:\n  parent_enables:\n")
    listed.edit('"parent_enabled"', '"other"')
    listed.set_live({"other": listed.live["parent_enabled"]})
    text = " ".join(listed.run("plan").out.split())
    assert 'Did you mean "parent_enables", which the catalogue lists?' in text


def test_a_saved_plan_is_applied_without_it(listed):
    listed.run("plan", "-out=p.plan")
    (listed.path / "features.yml").unlink()
    assert listed.run("apply", "p.plan").code == 0


def test_yaml_is_loaded_only_where_it_is_named(project):
    look = "import sys; from flagstaff.cli import main; sys.exit(main.run(['validate']) or 9 * ('yaml' in sys.modules))"
    for code, old, new in (
        (0, "", ""),
        (9, 'path   = "live.json"', 'path   = "live.json"\n  catalogue = "features.yml"'),
    ):
        project.edit(old, new)
        project.write("features.yml", FEATURES)
        ran = subprocess.run([sys.executable, "-c", look], cwd=project.path, capture_output=True)
        assert ran.returncode == code, ran.stdout
