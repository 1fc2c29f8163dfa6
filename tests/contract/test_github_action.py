"""The action's own scripts, run as a runner runs them: with its environment, event files, and a double of its API."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

TOKEN = "ghs_comment-token-canary"
BOT = "github-actions[bot]"
MAIN = """
flagstaff {
  environment = "test"
  backend "local" {
    path = "state.json"
  }
}
provider "flipper" {
  source = "embedded"
  path   = "live.json"
}
variable "share" {
  type    = number
  default = 5
}
product "sm" {
  title  = "Secure Messaging"
  people = 10000
}
toggle "inbox" {
  key        = "inbox_enabled"
  product    = product.sm
  percentage = var.share
}
toggle "outbox" {
  key        = "outbox_enabled"
  product    = product.sm
  percentage = 0
}
"""
NEEDS = """
toggle "blocked" {
  key        = "blocked_enabled"
  percentage = 5
  requires {
    toggles = [toggle.inbox]
    reason  = "::error::not a command"
  }
}
"""


def features(**shares):
    def one(percentage):
        return {
            "boolean": None,
            "groups": [],
            "actors": [],
            "expression": None,
            "percentage_of_time": None,
            "percentage_of_actors": percentage,
        }

    keys = {"inbox_enabled": None, "outbox_enabled": None, "blocked_enabled": None} | shares
    return json.dumps({"version": 1, "features": {key: one(share) for key, share in keys.items()}})


@pytest.fixture
def sm(runner):
    """The runner, with a product's two toggles; inbox may go up to 5 %."""
    (runner.config / "main.hcl").write_text(MAIN, encoding="utf-8")
    (runner.config / "live.json").write_text(features(), encoding="utf-8")
    return runner


@pytest.fixture(scope="module")
def after_apply(tmp_path_factory):
    """Its files once that was applied."""
    return tmp_path_factory.mktemp("applied") / "va"


@pytest.fixture
def applied(sm, after_apply):
    """The same, with inbox at 5 %, as the action's own apply left it."""
    if not after_apply.exists():
        assert sm.run("apply").code == 0
        shutil.copytree(sm.config, after_apply)
    shutil.copytree(after_apply, sm.config, dirs_exist_ok=True)
    return sm


def edit(runner, old, new):
    text = (runner.config / "main.hcl").read_text(encoding="utf-8")
    assert old in text
    (runner.config / "main.hcl").write_text(text.replace(old, new), encoding="utf-8")


def test_a_plan_becomes_one_comment_that_is_kept_up_to_date(sm, api):
    api.add("<!-- flagstaff comment 0123456789abcdef -->\n\nof another directory")
    first = sm.run("plan", token=TOKEN)
    assert first.code == 0, first.log
    assert len(api.comments) == 2
    body = api.comments[1]["body"]
    change = first.output["change"]
    assert re.match(r"<!-- flagstaff comment [0-9a-f]{16} -->\n\n<!-- flagstaff plan ", body)
    assert "## ✓ 2 changes can be applied" in body
    assert f"change {change} -->" in body
    assert body.endswith(f"\n\nChange id, to apply just this: `{change}`")
    assert first.summary in body + "\n"
    assert first.output["changes"] == "true"
    assert Path(first.output["plan"]).exists()
    assert api.tokens == {f"Bearer {TOKEN}"}
    assert TOKEN not in first.log + first.summary

    edit(sm, "default = 5", "default = 7")
    again = sm.run("plan", token=TOKEN)
    assert len(api.comments) == 2
    assert api.comments[1]["body"] != body
    assert again.output["change"] != change
    assert api.asked[-1] == ("PATCH", "/repos/octo-org/toggles/issues/comments/101")

    assert sm.run("plan", token=TOKEN, arguments="-var=share=8").code == 0
    assert len(api.comments) == 3, "another environment of the same directory has a comment of its own"


def test_a_comment_that_can_not_be_written_fails_the_step_and_the_summary_has_the_plan(sm, api):
    api.refuse = 403
    ran = sm.run("plan", token=TOKEN)
    assert ran.code == 1
    assert ran.commands[-1].startswith("::error title=Flagstaff::The comment could not be written; the summary has ")
    assert "## ✓ 2 changes" in ran.summary


def test_a_blocked_plan_fails_the_step_with_annotations_and_no_text_of_it_is_a_command(sm, api):
    (sm.config / "main.hcl").write_text(MAIN + NEEDS, encoding="utf-8")
    ran = sm.run("plan", token=TOKEN)
    assert ran.code == 3
    assert "## ✗ 1 raise is blocked, " in api.comments[0]["body"]
    assert [re.match(r"::error file=([^,]+),line=(\d+)", command)[1] for command in ran.commands] == [
        "configs/va/main.hcl"
    ]
    assert "title=Requirement not met::" in ran.commands[0]
    assert "::error::not a command" in ran.log

    ran = sm.run("plan", blocked="warn")
    assert ran.code == 0
    assert ran.commands[-1].startswith("::warning title=Flagstaff::Raises are blocked")


def test_a_text_that_is_a_command_stands_between_marks(sm, api):
    edit(sm, '"Secure Messaging"', '"Secure Messaging ' + "x " * 60 + '::add-mask::configs ##[add-mask]configs"')
    ran = sm.run("plan")
    assert ran.code == 0
    assert ran.commands == []
    assert "##[add-mask]configs" in ran.log
    assert "## ✓ 2 changes can be applied" in ran.summary
    assert api.asked == [], "without a token"


def test_mistakes_become_annotations_and_a_comment(sm, api):
    edit(sm, "percentage = 0", "percentag = 0")
    ran = sm.run("plan", token=TOKEN)
    assert ran.code == 1
    assert any(command.startswith("::error file=configs/va/main.hcl,line=28,") for command in ran.commands)
    (comment,) = api.comments
    assert comment["body"].endswith("## ✗ No plan could be made\n\nThe log of this run says why.")
    assert "## ✗ No plan could be made" in ran.summary
    assert ran.output == {"change": "", "changes": "", "plan": ""}


def test_what_only_a_plan_finds_is_an_error_too(sm, api):
    """A value that is missing, a store that is out of reach: the configuration itself is valid."""
    edit(sm, "  default = 5\n", "")
    ran = sm.run("plan", token=TOKEN)
    assert ran.code == 1
    assert ran.commands == ["::error title=Flagstaff::No plan could be made: the log of this step says why."]
    assert "Error: No value for variable" in ran.log
    assert "## ✗ No plan could be made" in api.comments[0]["body"]


def test_a_directory_that_was_deleted(sm, api):
    shutil.rmtree(sm.config)
    ran = sm.run("plan", token=TOKEN)
    assert ran.code == 1
    assert "configs/va" in ran.log
    assert "## ✗ No plan could be made" in api.comments[0]["body"]


def test_arguments_are_one_a_line_and_never_code(sm):
    ran = sm.run("plan", arguments="-var=share=9\n\n-target=toggle.inbox")
    assert ran.code == 0
    assert "| 0 % | 9 % |" in ran.summary
    ran = sm.run("plan", arguments="-var=share=$(touch pwned)")
    assert ran.code == 1
    assert not list(sm.place.rglob("pwned"))


def test_no_file_of_a_pull_request_is_code(sm, api):
    """Python imports from where it is started, if it isn't told otherwise: that is the checkout."""
    evil = f"open({str(sm.place / 'pwned')!r}, 'w')\n"
    for name in ("json", "secrets", "sys", "hashlib", "pip", "venv", "facts", "comment", "sitecustomize", "flagstaff"):
        for folder in (sm.work, sm.config):
            (folder / f"{name}.py").write_text(evil, encoding="utf-8")
    assert sm.run("plan", token=TOKEN).code == 0
    assert len(api.comments) == 1
    assert not (sm.place / "pwned").exists()


def copies(runner):
    (runner.work / "base").mkdir()
    (runner.work / "base" / "live.json").write_text(features(inbox_enabled="5"), encoding="utf-8")
    shutil.copy(runner.config / "state.json", runner.work / "base" / "state.json")
    edit(runner, 'source = "embedded"\n  path   = "live.json"', FAR)
    edit(runner, 'backend "local" {\n    path = "state.json"', 'backend "postgres" {\n    name = "va"')
    edit(runner, "default = 5", "default = 8")
    return {"snapshot": "base/live.json", "state_snapshot": str(runner.work / "base" / "state.json")}


FAR = """source = "api"
  url    = "https://flipper.example.gov/api"
  token  = var.token
}
variable "token" {
  type      = string
  sensitive = true"""


def test_a_fork_is_planned_against_copies_and_writes_no_comment(applied, api):
    given = copies(applied)
    ran = applied.run("preview", token=TOKEN, **given)
    assert ran.code == 0, ran.log
    assert "| 5 % | 8 % |" in ran.summary
    assert "this plan can't be applied" in ran.summary
    assert api.asked == []
    assert applied.run("preview", snapshot="base/live.json").commands == [
        "::error title=Flagstaff::preview needs the inputs snapshot and state-snapshot."
    ]


def test_apply_plans_again_and_applies_only_the_change_that_was_agreed_to(sm):
    ran = sm.run("apply", change="0" * 64)
    assert ran.code == 1
    change = ran.output["change"]
    assert ran.commands[-1].startswith("::error title=Flagstaff::The change is another one now")
    ran = sm.run("apply", change=change[:8])
    assert ran.code == 1
    assert ran.commands[-1].startswith("::error title=Flagstaff::The input change is no whole change id")
    assert not (sm.config / "state.json").exists()
    ran = sm.run("apply", change=change)
    assert ran.code == 0, ran.log
    assert "Apply complete! Resources: 0 added, 1 changed, 0 destroyed." in ran.log


def test_apply_of_a_plan_with_blocked_raises_does_the_rest_and_says_so(sm):
    (sm.config / "main.hcl").write_text(MAIN + NEEDS, encoding="utf-8")
    ran = sm.run("apply")
    assert ran.code == 0, ran.log
    assert "::warning title=Flagstaff::Applied what is allowed; raises stay blocked, see the plan." in ran.commands
    assert sm.live["inbox_enabled"] == 5
    assert sm.run("plan").output["changes"] == "false"


def test_drift_fails_the_run(applied):
    assert applied.run("drift").code == 0
    (applied.config / "live.json").write_text(features(inbox_enabled="50"), encoding="utf-8")
    ran = applied.run("drift")
    assert ran.code == 1
    assert ran.commands[-1] == (
        "::error title=Flagstaff::Toggles that were changed outside of Flagstaff: 1. The summary of this run has them."
    )
    assert "### Drift: 1 toggle changed outside of Flagstaff" in ran.summary


def test_rollback_by_dispatch(applied):
    ran = applied.run("rollback", toggles="toggle.inbox\n outbox_enabled", reason="errors; $(touch pwned) -json")
    assert ran.code == 0, ran.log
    assert applied.live["inbox_enabled"] == 0
    assert not list(applied.place.rglob("pwned"))
    journal = (applied.config / "state.journal.jsonl").read_text(encoding="utf-8")
    assert "errors; $(touch pwned) -json" in journal
    ran = applied.run("rollback", toggles="-testers", reason="x")
    assert ran.code == 1
    assert '"-testers"' in ran.log
    ran = applied.run("rollback", reason="x")
    assert ran.code == 1
    assert "rollback needs a toggle" in ran.log


def test_a_rollback_takes_the_variables_that_the_configuration_needs(applied):
    edit(applied, "  default = 5\n", "")
    given = {"arguments": "-var=share=5"}
    assert applied.run("rollback", toggles="inbox_enabled", reason="x", **given).code == 0
    assert applied.live["inbox_enabled"] == 0


def test_an_unknown_command(sm):
    ran = sm.run("destroy")
    assert ran.code == 1
    assert ran.commands == ["::error title=Flagstaff::The input command is plan, preview, apply, drift or rollback."]
