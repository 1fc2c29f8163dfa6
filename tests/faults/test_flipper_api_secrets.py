"""Secrets planted in a whole run of the command over HTTP: nothing that it says or leaves behind holds one."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from urllib.parse import quote

import pytest

from flagstaff.testing.flipper_double import FlipperDouble, Response, token_auth
from flagstaff.testing.flipper_server import BROKEN, HALF, Fault, serving

CANARY = "canary+4f1d9c7e/zz="
FORMS = [CANARY, quote(CANARY, safe=""), base64.b64encode(CANARY.encode()).decode(), CANARY.encode().hex()]
MAIN = """
flagstaff {
  environment = "test"
  backend "local" {
    path = "state.json"
  }
}

variable "flipper_token" {
  type      = string
  sensitive = true
}

provider "flipper" {
  source = "api"
  url    = "URL"
  token  = var.flipper_token
}

toggle "checkout" {
  key        = "checkout_enabled"
  percentage = 5
}
"""


class Project:
    def __init__(self, folder):
        self.folder = folder
        self.said = []

    def write(self, url):
        (self.folder / "main.hcl").write_text(MAIN.replace("URL", url), encoding="utf-8")

    def run(self, *arguments, **environment):
        """All that was said, in order of the runs; tracebacks, too."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("FLAGSTAFF_", "CI"))}
        done = subprocess.run(
            [sys.executable, "-m", "flagstaff", *arguments],
            cwd=self.folder,
            env={**clean, "FLAGSTAFF_VAR_flipper_token": CANARY, "FLAGSTAFF_LOG": "debug", **environment},
            capture_output=True,
            timeout=60,
            check=False,
        )
        self.said.append(done.stdout + done.stderr)
        assert b"Traceback" not in done.stderr, done.stderr.decode()
        return done.returncode, (done.stdout + done.stderr).decode()

    def leaks(self):
        files = [path.read_bytes() for path in sorted(self.folder.rglob("*")) if path.is_file()]
        return [form for form in FORMS for text in (*self.said, *files) if form.encode() in text]


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


def double():
    made = FlipperDouble(authorized=token_auth(CANARY))
    made.put("checkout_enabled", {"percentage_of_actors": "20", "actors": ["User;1"]})
    return made


def test_a_whole_circle(project):
    """Down, which needs nobody's yes."""
    made = double()
    with serving(made) as server:
        project.write(server.url)
        assert project.run("import", "toggle.checkout", "checkout_enabled")[0] == 0
        assert project.run("plan", "-out=x.plan")[0] == 0
        for command in (["show", "x.plan"], ["show", "-json", "x.plan"], ["plan", "-json"], ["graph"]):
            project.run(*command)
        code, said = project.run("apply", "-auto-approve")
        assert code == 0, said
        for command in (["state", "list"], ["show", "-json"], ["history"], ["journal", "verify"], ["plan"]):
            project.run(*command)
    assert made.features["checkout_enabled"]["percentage_of_actors"] == "5"
    assert made.features["checkout_enabled"]["actors"] == ["User;1"]
    assert {"state.json", "x.plan"} <= {path.name for path in project.folder.iterdir()}
    assert project.leaks() == []


TALKATIVE = Fault(Response(401, f'{{"code":1,"message":"no such token: {CANARY}"}}'.encode()))


@pytest.mark.parametrize("fault", [BROKEN, HALF, TALKATIVE], ids=["500", "half", "401"])
def test_runs_that_fail(project, fault):
    """Its retries make these the slowest: all of one request's waits."""
    left = [fault] * 2 if fault is not TALKATIVE else [fault]
    with serving(double(), lambda *_: left.pop() if left else None) as server:
        project.write(server.url)
        code, said = project.run("plan")
    assert code == (1 if fault is TALKATIVE else 0), said
    assert ("(secret)" in said) == (fault is TALKATIVE)
    assert project.leaks() == []


def test_another_host_is_refused_before_any_request(project):
    """A pull request that points the provider elsewhere: 192.0.2.1 is nobody's, and nobody waits for it."""
    project.write("https://192.0.2.1/api")
    for command in (["plan"], ["apply", "-auto-approve"], ["import", "toggle.checkout", "checkout_enabled"]):
        code, said = project.run(*command, FLAGSTAFF_ALLOWED_HOSTS="flipper.example.gov")
        assert code == 1
        assert "Credential not allowed for this host" in said
        assert 'add "192.0.2.1" to' in " ".join(said.split())
    assert project.leaks() == []


def test_a_secret_that_is_written_down_is_refused(project):
    project.write("http://127.0.0.1:1")
    main = project.folder / "main.hcl"
    main.write_text(main.read_text(encoding="utf-8").replace("var.flipper_token", '"dont-do-this"'), encoding="utf-8")
    code, said = project.run("validate")
    assert code == 1
    assert 'The argument "token" is a secret, and its value is not sensitive' in " ".join(
        said.replace("│", " ").split()
    )
