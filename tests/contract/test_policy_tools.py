"""Tools that read Terraform's plan JSON, on ours: policies that pass and fail, and reports."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
POLICIES = ROOT / "docs" / "how-to" / "policies"
pytestmark = pytest.mark.service("policy-tools")

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
  type = number
}
toggle "inbox" {
  key        = "inbox_enabled"
  percentage = var.share
}
toggle "site" {
  for_each   = toset(["653", "687"])
  key        = "site_${each.key}_enabled"
  percentage = 5
}
"""
REGO = """
import json, sys, regopy
rego = regopy.Interpreter()
rego.add_module("canary", open(sys.argv[1]).read())
rego.set_input(json.load(open(sys.argv[2])))
print(json.dumps(sorted(json.loads(str(rego.query("data.main.deny")))["expressions"][0])))
"""


def program(name):
    folder = os.environ.get("FLAGSTAFF_TEST_POLICY_TOOLS") or ROOT / ".venv-policy" / "bin"
    return str(Path(folder) / name)


@pytest.fixture(scope="module")
def plans(tmp_path_factory):
    """Our JSON of a plan to 5 %, and of one to 50 %."""
    place = tmp_path_factory.mktemp("policies")
    flagstaff = (sys.executable, "-m", "flagstaff", f"-chdir={place}")
    (place / "main.hcl").write_text(MAIN, encoding="utf-8")
    gates = {"boolean": None, "groups": [], "actors": [], "expression": None}
    off = {**gates, "percentage_of_actors": None, "percentage_of_time": None}
    features = dict.fromkeys(("inbox_enabled", "site_653_enabled", "site_687_enabled"), off)
    (place / "live.json").write_text(json.dumps({"version": 1, "features": features}), encoding="utf-8")
    made = {}
    for share in (5, 50):
        file = place / f"{share}.json"
        subprocess.run(
            [*flagstaff, "plan", f"-out={share}.plan", f"-var=share={share}"], check=True, capture_output=True
        )
        shown = subprocess.run([*flagstaff, "show", "-json", f"{share}.plan"], check=True, capture_output=True)
        file.write_bytes(shown.stdout)
        made[share] = file
    return made


def run(*arguments, cwd):
    done = subprocess.run(
        list(map(str, arguments)),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=300,
        env={"PATH": os.environ["PATH"], "HOME": str(cwd), "LANG": "C.UTF-8", "NO_COLOR": "1"},
    )
    return done.returncode, re.sub(r"\x1b\[[0-9;]*m", "", done.stdout.decode())


def test_terraform_compliance(plans, tmp_path):
    shutil.copy(POLICIES / "canary.feature", tmp_path)
    check = (program("terraform-compliance"), "-f", tmp_path, "--no-ansi", "-p")
    code, said = run(*check, plans[5], cwd=tmp_path)
    assert (code, "3 steps (3 passed" in said or "4 steps (4 passed)" in said) == (0, True), said
    code, said = run(*check, plans[50], cwd=tmp_path)
    assert code == 1, said
    assert "toggle.inbox on toggle. 50 is not less and equal than 20" in said


def test_checkov(plans, tmp_path):
    checks = tmp_path / "checks"
    checks.mkdir()
    shutil.copy(POLICIES / "checkov.yaml", checks)
    options = ("--framework", "terraform_plan", "--external-checks-dir", checks, "--skip-download", "--compact")
    check = (program("checkov"), *options, "-c", "CKV2_FLAGSTAFF_1", "-f")
    code, said = run(*check, plans[5], cwd=tmp_path)
    assert code == 0, said
    assert "Passed checks: 3, Failed checks: 0" in said
    code, said = run(*check, plans[50], cwd=tmp_path)
    assert code == 1, said
    assert "Passed checks: 2, Failed checks: 1" in said
    assert "FAILED for resource: toggle.inbox" in said


def test_opa(plans, tmp_path):
    check = (program("python"), "-c", REGO, POLICIES / "canary.rego")
    assert run(*check, plans[5], cwd=tmp_path) == (0, "[]\n")
    code, said = run(*check, plans[50], cwd=tmp_path)
    assert (code, said) == (0, '["toggle.inbox goes to 50 %"]\n')


def test_tf_peek(plans, tmp_path):
    code, said = run(program("tf-peek"), plans[5], cwd=tmp_path)
    assert code == 0, said
    assert "| `toggle` |" in said
    assert "Update |  | 3 |" in said


def test_readtheplan(plans, tmp_path):
    code, said = run(program("readtheplan"), "analyze", plans[5], cwd=tmp_path)
    assert code == 0, said
    assert "Resource changes: 3" in said
    assert "- update: 3" in said


def test_tofui(plans, tmp_path):
    code, said = run(program("tofui"), "--build-name", "report", plans[5], cwd=tmp_path)
    assert code == 0, said
    assert "toggle.site[&quot;653&quot;]" in (page := (tmp_path / "report.html").read_text(encoding="utf-8")) or (
        'toggle.site["653"]' in page
    )
