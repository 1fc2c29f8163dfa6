"""The example workflows from a pull request to a rollback: each job's steps are run as GitHub would run them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from flagstaff.testing.signing import make_key

ROOT = Path(__file__).parents[2]
SECRETS = {
    "FLIPPER_READ_TOKEN": "canary-read",
    "FLIPPER_WRITE_TOKEN": "canary-write",
    "DD_API_KEY": "canary-dd",
    "DD_APP_KEY": "canary-app",
    "STATE_URL": "postgresql://canary-state@db.example.gov/va",
    "STATE_READ_URL": "postgresql://canary-state-read@db.example.gov/va",
    "ORG_READ_TOKEN": "",
}
MAIN = """
flagstaff {
  environment = "va-production"
  backend "local" {
    path = "state.json"
  }
}
provider "flipper" {
  source = "embedded"
  path   = "live.json"
}
variable "flipper_token" {
  type      = string
  sensitive = true
  default   = ""
}
role "po" {
  signers = [SIGNER]
}
toggle "inbox" {
  key        = "inbox_enabled"
  percentage = 5
  protected  = true
}
product "sm" {
  title = "Secure Messaging"
  owner = role.po
}
toggle "outbox" {
  key        = "outbox_enabled"
  percentage = 0
}
"""


def feature(percentage):
    return {
        "boolean": None,
        "groups": [],
        "actors": [],
        "expression": None,
        "percentage_of_time": None,
        "percentage_of_actors": percentage,
    }


LIVE = json.dumps({"version": 1, "features": {"inbox_enabled": feature("5"), "outbox_enabled": feature(None)}})


class Repository:
    """A checkout of what the pull request, or main, is; and GitHub's side of each event."""

    def __init__(self, runner, key):
        self.runner, self.key = runner, key
        self.github = {"repository": "octo-org/toggles", "token": "canary-comment", "ref": "refs/heads/main"}
        text = MAIN.replace("SIGNER", json.dumps(key.signer("po@example.gov"))).replace(
            '  key        = "inbox_enabled"\n', '  key        = "inbox_enabled"\n  product    = product.sm\n'
        )
        (runner.config / "main.hcl").write_text(text, encoding="utf-8")
        (runner.config / "live.json").write_text(LIVE, encoding="utf-8")

    def edit(self, old, new):
        file = self.runner.config / "main.hcl"
        text = file.read_text(encoding="utf-8")
        assert text.count(old) == 1
        file.write_text(text.replace(old, new), encoding="utf-8")

    def on(self, name, *, inputs=None, head="octo-org/toggles", **event):
        if "pull_request" in event:
            pull = {"number": 7, "head": {"repo": {"full_name": head}}, "user": {"login": "ann"}, "base": {"sha": "b"}}
            event = {"pull_request": pull}
        ran = self.runner.workflow(name, event=event, github=self.github, secrets=SECRETS, inputs=inputs or {})
        for job in ran.values():
            assert "canary" not in job.log + job.summary + str(job.output)
        return ran

    def desk(self, *arguments):
        """At a person's desk, on the branch, with the shared state."""
        return subprocess.run(
            [str(Path(sys.executable).parent / "flagstaff"), "-chdir=configs/va", *arguments],
            cwd=self.runner.work,
            env={"PATH": "/usr/bin:/bin", "HOME": str(self.runner.place / "home"), "LANG": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    return make_key(tmp_path_factory.mktemp("flow-keys"), "po")


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    return tmp_path_factory.mktemp("begun") / "va"


@pytest.fixture
def repository(runner, key, begun):
    """With everything applied once: the role is recorded."""
    made = Repository(runner, key)
    if not begun.exists():
        assert runner.run("apply").code == 0
        shutil.copytree(runner.config, begun)
    shutil.copytree(begun, runner.config, dirs_exist_ok=True)
    return made


@pytest.mark.service("ssh-keygen")
def test_from_a_pull_request_to_the_apply_of_what_was_agreed_to(repository, api):
    runner = repository.runner
    repository.edit("percentage = 5", "percentage = 1")  # protected: lowering it needs its owner

    ran = repository.on("pull-request.yml", pull_request=True)
    assert list(ran) == ["plan"], "a branch of this repository has no preview"
    assert ran["plan"].code == 0, ran["plan"].log
    (comment,) = api.comments
    assert "1 lower waits for a person" in comment["body"]
    assert "`role.po` has not agreed to this change" in comment["body"]
    change = re.search(r"Change id, to apply just this: `([0-9a-f]{64})`", comment["body"])[1]

    # Merged before anybody agreed: it is planned, the environment's reviewers are asked, and nothing is done.
    ran = repository.on("apply.yml", ref="refs/heads/main")
    assert ran["plan"].output["change"] == change
    assert ran["plan"].output["changes"] == "true"
    assert "The approval of role.po is missing." in ran["apply"].log
    assert ran["apply"].code == 0
    assert runner.live["inbox_enabled"] == 5

    # The owner looks at it at a desk and signs; main moves on; the next run finds the approval.
    done = repository.desk("plan", "-out=canary.plan")
    assert done.returncode == 0, done.stderr
    done = repository.desk("approve", "canary.plan", "-as=role.po", f"-key={repository.key.file}")
    assert done.returncode == 0, done.stderr
    (runner.config / "other.hcl").write_text('output "team" {\n  value = "messaging"\n}\n', encoding="utf-8")
    ran = repository.on("apply.yml", ref="refs/heads/main")
    assert ran["apply"].code == 0, ran["apply"].log
    assert "Apply complete! Resources: 0 added, 1 changed, 0 destroyed." in ran["apply"].log
    assert runner.live["inbox_enabled"] == 1

    # There is nothing left to do, and so nobody is asked.
    ran = repository.on("apply.yml", schedule="17 14 * * 1-5")
    assert list(ran) == ["plan"]
    assert ran["plan"].output["changes"] == "false"


@pytest.mark.service("ssh-keygen")
def test_what_was_agreed_to_is_not_what_main_is_now(repository):
    repository.edit("percentage = 5", "percentage = 1")
    done = repository.desk("plan", "-out=canary.plan")
    assert repository.desk("approve", "canary.plan", "-as=role.po", f"-key={repository.key.file}").returncode == 0
    change = re.search(r"change ([0-9a-f]{8})", done.stdout)[1]

    repository.edit("percentage = 1", "percentage = 2")
    ran = repository.on("apply.yml", ref="refs/heads/main")
    assert not ran["plan"].output["change"].startswith(change)
    assert "The approval of role.po is missing." in ran["apply"].log
    assert repository.runner.live["inbox_enabled"] == 5
    ran = repository.on("apply.yml", inputs={"change": change + "0" * 56})
    assert ran["apply"].code == 1
    assert ran["apply"].commands[-1].startswith("::error title=Flagstaff::The change is another one now")


def test_what_changes_between_the_plan_that_was_seen_and_the_apply_is_not_applied(repository, monkeypatch):
    """Reviewers of the environment see the plan of the first job; hours may lie between it and the second."""
    runner = repository.runner
    repository.edit("percentage = 0", "percentage = 3")
    use = runner.use

    def meanwhile(given, env):
        if given["command"] == "apply":
            repository.edit("percentage = 3", "percentage = 4")
        return use(given, env)

    monkeypatch.setattr(runner, "use", meanwhile)
    ran = repository.on("apply.yml", ref="refs/heads/main")
    assert ran["plan"].code == 0
    assert ran["apply"].code == 1
    assert runner.live["outbox_enabled"] == 0


def test_a_plan_that_can_not_be_made_is_not_applied(repository):
    repository.edit("percentage = 0", "percentag = 0")
    ran = repository.on("apply.yml", ref="refs/heads/main")
    assert list(ran) == ["plan"]
    assert ran["plan"].code == 1


def test_a_fork(repository, api):
    snapshots = repository.runner.work / "base" / "snapshots"
    snapshots.mkdir(parents=True)
    shutil.copy(repository.runner.config / "live.json", snapshots / "va-live.json")
    shutil.copy(repository.runner.config / "state.json", snapshots / "va-state.json")
    repository.edit("percentage = 0", "percentage = 3")
    ran = repository.on("pull-request.yml", pull_request=True, head="mallory/toggles")
    assert list(ran) == ["preview"]
    assert ran["preview"].code == 0, ran["preview"].log
    assert "| 0 % | 3 % |" in ran["preview"].summary
    assert api.asked == []


def test_drift_at_night_and_a_rollback_by_dispatch(repository):
    runner = repository.runner
    assert repository.on("drift.yml", schedule="41 6 * * *")["drift"].code == 0
    (runner.config / "live.json").write_text(
        LIVE.replace('"percentage_of_actors": "5"', '"percentage_of_actors": "50"'), encoding="utf-8"
    )
    ran = repository.on("drift.yml", schedule="41 6 * * *")["drift"]
    assert ran.code == 1
    assert "changed outside of Flagstaff: 1." in ran.commands[-1]

    (runner.config / "broken.hcl").write_text("toggle {", encoding="utf-8")
    given = {"toggles": "inbox_enabled", "rollout": "", "reason": "errors are up"}
    ran = repository.on("rollback.yml", inputs=given)["rollback"]
    assert ran.code == 0, ran.log
    assert runner.live["inbox_enabled"] == 0


def test_each_run_step_of_the_action_and_the_workflows_is_run_by_these_tests(repository):
    """The workflows have none of their own: what they do is in the action, whose steps `Runner.use` runs."""
    for path in (ROOT / "docs" / "how-to" / "ci").glob("*.yml"):
        for job in yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values():
            assert [step for step in job["steps"] if "uses" not in step] == []
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    repository.runner.ran.clear()
    assert repository.on("drift.yml", schedule="")["drift"].code == 0
    assert repository.runner.ran == [step["run"] for step in action["runs"]["steps"]]
