"""`validate -strict`: every value that nobody has chosen is an error, with its place and who chooses."""

from __future__ import annotations

import json

OPEN = """
role "po" {
  github_team = "org/po"
}

blocker "data" {
  title  = "Vista data"
  status = undecided("is it done?")
  owner  = role.po
}

rollout "ramp" {
  stage "one" {
    percentage = undecided("how far?")
    toggles    = [toggle.child]
    soak       = undecided("how long?")
  }
}
"""


def test_each_open_decision_is_told_at_its_place(project):
    project.edit("percentage = var.child\n", "")
    (project.path / "ramp.hcl").write_text(OPEN, encoding="utf-8")
    assert project.run("validate").code == 0
    ran = project.run("validate", "-strict", "-json")
    document = json.loads(ran.out)
    assert (ran.code, document["valid"], document["error_count"]) == (1, False, 3)
    assert [(one["summary"], one["detail"], one["range"]["start"]["line"]) for one in document["diagnostics"]] == [
        ("Undecided value", "Nobody has decided this yet: is it done? It is for role.po to decide.", 8),
        ("Undecided value", "Nobody has decided this yet: how far?", 14),
        ("Undecided value", "Nobody has decided this yet: how long?", 16),
    ]
    page = project.run("validate", "-strict").out
    assert "blocker.data" in page
    assert "rollout.ramp.stage.one" in page
