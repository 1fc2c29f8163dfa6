"""The action and the example workflows: well formed, least rights, and no text of anybody's in a shell."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
ACTION = ROOT / "action.yml"
WORKFLOWS = sorted((ROOT / "docs" / "how-to" / "ci").glob("*.yml"))
SCRIPTS = [ROOT / "action" / "install", ROOT / "action" / "run"]
# The rights that a job's token may have, of those that GitHub knows.
WRITES = {"pull-request.yml": {"plan": {"pull-requests"}}}


def parsed(path):
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    # YAML 1.1 takes the key `on` for true.
    return {("on" if key is True else key): value for key, value in found.items()}


def jobs(path):
    return parsed(path)["jobs"].items()


def steps():
    yield from (("action.yml", step) for step in parsed(ACTION)["runs"]["steps"])
    for path in WORKFLOWS:
        for _, job in jobs(path):
            yield from ((path.name, step) for step in job["steps"])


def test_there_is_a_workflow_for_each_part_of_the_flow():
    assert [path.name for path in WORKFLOWS] == ["apply.yml", "drift.yml", "pull-request.yml", "rollback.yml"]


def test_no_expression_stands_in_a_shell():
    """`${{ ... }}` is put into the text of a script before the shell reads it: a title would be code."""
    for name, step in steps():
        assert "${{" not in step.get("run", ""), name


def test_every_action_is_pinned_to_a_commit():
    for path in WORKFLOWS:
        for line in path.read_text(encoding="utf-8").splitlines():
            if "uses:" in line:
                assert re.fullmatch(r" +- uses: [\w-]+/[\w-]+@[0-9a-f]{40} # .+", line), f"{path.name}: {line}"
    used = {step["uses"] for _, step in steps() if "uses" in step}
    assert len(used) == 2, "one version of each"


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_programs_that_stop_at_mistakes(path):
    text = path.read_text(encoding="utf-8")
    assert path.stat().st_mode & 0o111
    assert text.startswith("#!/usr/bin/env bash\n")
    assert "set -euo pipefail" in text
    assert "eval" not in text
    assert "${{" not in text
    bash = shutil.which("bash")
    assert bash is not None
    assert subprocess.run([bash, "-n", str(path)], capture_output=True).returncode == 0


def test_every_input_of_the_action_goes_to_a_variable_that_the_script_reads():
    action, script = parsed(ACTION), (ROOT / "action" / "run").read_text(encoding="utf-8")
    given = action["runs"]["steps"][1]["env"]
    assert set(given.values()) == {f"${{{{ inputs.{name} }}}}" for name in action["inputs"]}
    for variable in given:
        assert variable in script
    outputs = set(re.findall(r"^ +output (\w+)", script, re.MULTILINE))
    assert {value["value"] for value in action["outputs"].values()} == {
        f"${{{{ steps.run.outputs.{name} }}}}" for name in outputs
    }


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_no_workflow_runs_a_pull_request_with_rights_of_the_base(path):
    text, triggers = path.read_text(encoding="utf-8"), parsed(path)["on"]
    assert "pull_request_target" not in text
    assert "workflow_run" not in text
    assert set([triggers] if isinstance(triggers, str) else triggers) <= {
        "pull_request", "push", "schedule", "workflow_dispatch",
    }  # fmt: skip


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_rights_are_given_job_by_job_and_only_the_comment_writes(path):
    assert parsed(path)["permissions"] == {}
    for name, job in jobs(path):
        writes = {right for right, level in job["permissions"].items() if level == "write"}
        assert writes == WRITES.get(path.name, {}).get(name, set())
        assert set(job["permissions"].values()) <= {"read", "write"}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_checkout_leaves_no_credential_behind(path):
    for _, job in jobs(path):
        checkouts = [step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@")]
        assert checkouts
        assert all(step["with"]["persist-credentials"] is False for step in checkouts)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_secrets_are_given_to_single_steps_in_jobs_of_an_environment(path):
    for _, job in jobs(path):
        here = str(job)
        assert "secrets." not in str({key: value for key, value in job.items() if key != "steps"})
        if "secrets." in here:
            assert "environment" in job
        for step in job["steps"]:
            if "secrets." in str(step):
                assert step["uses"].startswith("example-org/flagstaff@")
                assert "secrets." not in str(step["with"])


def test_a_fork_gets_nothing():
    job = dict(jobs(ROOT / "docs" / "how-to" / "ci" / "pull-request.yml"))["preview"]
    assert job["if"] == "github.event.pull_request.head.repo.full_name != github.repository"
    assert job["permissions"] == {"contents": "read"}
    assert "environment" not in job
    assert "secrets." not in str(job)
    assert "token" not in job["steps"][-1]["with"]
    assert job["steps"][-1]["with"]["snapshot"].startswith("base/")
    assert job["steps"][-1]["with"]["state-snapshot"].startswith("base/")


def test_an_apply_does_what_reviewers_of_its_environment_could_see():
    both = dict(jobs(ROOT / "docs" / "how-to" / "ci" / "apply.yml"))
    assert both["apply"]["needs"] == "plan"
    assert both["apply"]["steps"][-1]["with"]["change"] == "${{ inputs.change || needs.plan.outputs.change }}"
    assert both["plan"]["environment"] != both["apply"]["environment"]
    assert "WRITE" not in str(both["plan"])


def test_the_writing_jobs_run_code_that_was_merged():
    for name in ("apply.yml", "drift.yml", "rollback.yml"):
        workflow = parsed(ROOT / "docs" / "how-to" / "ci" / name)
        assert "pull_request" not in workflow["on"]
        for job in workflow["jobs"].values():
            assert all("ref" not in step.get("with", {}) for step in job["steps"])


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_the_inputs_of_a_use_are_inputs_of_the_action(path):
    action = parsed(ACTION)["inputs"]
    for _, job in jobs(path):
        used = [step for step in job["steps"] if step.get("uses", "").startswith("example-org/flagstaff@")]
        assert len(used) == 1
        assert set(used[0]["with"]) <= set(action)
        assert {name for name, one in action.items() if one.get("required")} <= set(used[0]["with"])


def test_every_test_that_the_security_page_names_is_there():
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(test_\w+)`", text))
    tests = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    assert len(named) > 15
    assert {name for name in named if f"def {name}(" not in tests} == set()


def test_the_security_page_has_each_job():
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| (\w+) \| .* \|$", text.split("## Jobs")[1].split("## Threats")[0], re.MULTILINE))
    assert rows == {name for path in WORKFLOWS for name, _ in jobs(path)}
