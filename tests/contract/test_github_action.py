"""The action's own scripts, run as a runner runs them: with its environment, event files, and a double of its API."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

ROOT = Path(__file__).parents[2]
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


@dataclass
class Api:
    """Comments of pull request 7; `refuse` is the answer to everything."""

    comments: list[dict] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    refuse: int = 0
    url: str = ""

    def add(self, body, login=BOT):
        self.comments.append({"id": 100 + len(self.comments), "body": body, "user": {"login": login}})

    def answer(self, method, path, body):
        self.asked.append((method, urlsplit(path).path))
        if self.refuse:
            return self.refuse, {"message": "no"}
        if method == "GET":
            page = int(parse_qs(urlsplit(path).query)["page"][0])
            return 200, self.comments[(page - 1) * 100 : page * 100]
        if method == "POST":
            self.add(body["body"])
            return 201, self.comments[-1]
        number = int(path.rpartition("/")[2])
        comment = next(one for one in self.comments if one["id"] == number)
        comment["body"] = body["body"]
        return 200, comment


@contextmanager
def serving(api: Api) -> Iterator[Api]:
    class Handler(BaseHTTPRequestHandler):
        def handle_any(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            api.tokens.add(self.headers["Authorization"])
            status, answer = api.answer(self.command, self.path, json.loads(body) if body else None)
            data = json.dumps(answer).encode()
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = handle_any  # noqa: N815 - the library's names

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    api.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield api
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def api():
    with serving(Api()) as made:
        yield made


@dataclass
class Run:
    code: int
    log: str
    summary: str
    output: dict[str, str]

    @property
    def commands(self):
        """What the runner takes for commands: it trims lines, and looks between marks for the end mark only."""
        found, until = [], None
        for line in map(str.strip, self.log.splitlines()):
            if until is not None:
                until = None if line == until else until
            elif match := re.fullmatch(r"::stop-commands::(.+)", line):
                until = f"::{match[1]}::"
            elif line.startswith("::"):
                found.append(line)
        assert until is None, "commands were stopped, and never taken up again"
        return found


@dataclass
class Runner:
    """A checkout with a configuration in configs/sm, and a run's files."""

    place: Path
    api: Api

    @property
    def config(self):
        return self.place / "configs" / "sm"

    def event(self, **content):
        (self.place / "event.json").write_text(json.dumps(content), encoding="utf-8")

    def run(self, command, **inputs) -> Run:
        for name in ("summary.md", "output.txt"):
            (self.place / name).write_text("", encoding="utf-8")
        env = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.place),
            "LANG": "C.UTF-8",
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": self.api.url,
            "GITHUB_EVENT_PATH": str(self.place / "event.json"),
            "GITHUB_REPOSITORY": "octo-org/toggles",
            "GITHUB_STEP_SUMMARY": str(self.place / "summary.md"),
            "GITHUB_OUTPUT": str(self.place / "output.txt"),
            "RUNNER_TEMP": str(self.place),
            "FLAGSTAFF_ACTION_COMMAND": command,
            "FLAGSTAFF_ACTION_DIRECTORY": "configs/sm",
            **{f"FLAGSTAFF_ACTION_{name.upper()}": value for name, value in inputs.items()},
        }
        done = subprocess.run(
            [shutil.which("bash"), str(ROOT / "action" / "run")],
            cwd=self.place,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=120,
        )
        output = (self.place / "output.txt").read_text(encoding="utf-8")
        return Run(
            done.returncode,
            done.stdout.decode(),
            (self.place / "summary.md").read_text(encoding="utf-8"),
            dict(line.split("=", 1) for line in output.splitlines()),
        )


@pytest.fixture
def runner(tmp_path, api):
    (tmp_path / ".git").mkdir()
    made = Runner(tmp_path, api)
    made.config.mkdir(parents=True)
    (made.config / "main.hcl").write_text(MAIN, encoding="utf-8")
    (made.config / "live.json").write_text(features(), encoding="utf-8")
    made.event(pull_request={"number": 7})
    return made


def test_a_plan_becomes_one_comment_that_is_kept_up_to_date(runner, api):
    api.add("<!-- flagstaff comment 0123456789abcdef -->\n\nof another directory")
    first = runner.run("plan", token=TOKEN)
    assert first.code == 0, first.log
    assert len(api.comments) == 2
    body = api.comments[1]["body"]
    assert re.match(r"<!-- flagstaff comment [0-9a-f]{16} -->\n\n<!-- flagstaff plan ", body)
    assert "## ✓ 2 changes can be applied" in body
    assert f"change {first.output['change']} -->" in body
    assert first.summary in body + "\n"
    assert Path(first.output["plan"]).exists()
    assert api.tokens == {f"Bearer {TOKEN}"}
    assert TOKEN not in first.log + first.summary

    assert "The comment says so already." in runner.run("plan", token=TOKEN).log
    assert "PATCH" not in {method for method, _ in api.asked}

    (runner.config / "main.hcl").write_text(MAIN.replace("default = 5", "default = 7"), encoding="utf-8")
    again = runner.run("plan", token=TOKEN)
    assert len(api.comments) == 2
    assert api.comments[1]["body"] != body
    assert again.output["change"] != first.output["change"]
    assert api.asked[-1] == ("PATCH", "/repos/octo-org/toggles/issues/comments/101")


def test_a_comment_that_only_looks_like_ours_is_not_touched(runner, api):
    runner.run("plan", token=TOKEN)
    api.comments[0]["user"]["login"] = "mallory"
    body = api.comments[0]["body"]
    (runner.config / "main.hcl").write_text(MAIN.replace("default = 5", "default = 7"), encoding="utf-8")
    assert runner.run("plan", token=TOKEN).code == 0
    assert [one["user"]["login"] for one in api.comments] == ["mallory", BOT]
    assert api.comments[0]["body"] == body


def test_our_comment_is_found_behind_many_others(runner, api):
    for number in range(205):
        api.add(f"comment {number}", "ann")
    runner.run("plan", token=TOKEN)
    runner.run("plan", token=TOKEN)
    assert len(api.comments) == 206


def test_without_a_token_or_a_pull_request_nothing_is_asked(runner, api):
    assert runner.run("plan").code == 0
    runner.event(ref="refs/heads/main")
    ran = runner.run("plan", token=TOKEN)
    assert ran.code == 0
    assert "## ✓ 2 changes can be applied" in ran.summary
    assert api.asked == []


@pytest.mark.parametrize("status", [302, 403, 500])
def test_a_comment_that_can_not_be_written_fails_the_step_and_the_summary_has_the_plan(runner, api, status):
    api.refuse = status
    ran = runner.run("plan", token=TOKEN)
    assert ran.code == 1
    assert f"with {status}; the plan is in the summary." in ran.log
    assert "## ✓ 2 changes" in ran.summary
    assert len(api.asked) == 1
    assert TOKEN not in ran.log


def test_a_token_is_sent_over_https_only(runner, api):
    api.url = "http://api.example.gov"
    ran = runner.run("plan", token=TOKEN)
    assert ran.code == 1
    assert "GITHUB_API_URL is not https" in ran.log


def test_a_blocked_plan_fails_the_step_with_annotations_and_no_text_of_it_is_a_command(runner, api):
    (runner.config / "main.hcl").write_text(MAIN + NEEDS, encoding="utf-8")
    ran = runner.run("plan", token=TOKEN)
    assert ran.code == 3
    assert "## ✗ 1 raise is blocked, " in api.comments[0]["body"]
    assert [re.match(r"::error file=([^,]+),line=(\d+)", command)[1] for command in ran.commands] == [
        "configs/sm/main.hcl"
    ]
    assert "title=Requirement not met::" in ran.commands[0]
    assert "::error::not a command" in ran.log


def test_a_text_that_is_a_command_stands_between_marks(runner):
    text = MAIN.replace('"Secure Messaging"', '"Secure Messaging ' + "x " * 60 + '::add-mask::configs"')
    (runner.config / "main.hcl").write_text(text, encoding="utf-8")
    ran = runner.run("plan")
    assert ran.code == 0
    assert ran.commands == []


def test_mistakes_become_annotations_and_a_comment(runner, api):
    (runner.config / "main.hcl").write_text(MAIN.replace("percentage = 0", "percentag = 0"), encoding="utf-8")
    ran = runner.run("plan", token=TOKEN)
    assert ran.code == 1
    assert any(command.startswith("::error file=configs/sm/main.hcl,line=28,") for command in ran.commands)
    assert api.comments[0]["body"].endswith("## ✗ No plan could be made\n\nThe log of this run says why.")


def test_arguments_are_one_a_line_and_never_code(runner):
    ran = runner.run("plan", arguments="-var=share=9\n\n-target=toggle.inbox")
    assert ran.code == 0
    assert "| 0 % | 9 % |" in ran.summary
    ran = runner.run("plan", arguments="-var=share=$(touch pwned)")
    assert ran.code == 1
    assert not list(runner.place.rglob("pwned"))


def copies(runner):
    (runner.place / "base").mkdir()
    (runner.place / "base" / "live.json").write_text(features(inbox_enabled="5"), encoding="utf-8")
    assert runner.run("apply").code == 0
    shutil.copy(runner.config / "state.json", runner.place / "base" / "state.json")
    api_main = MAIN.replace('source = "embedded"\n  path   = "live.json"', FAR).replace(
        'backend "local" {\n    path = "state.json"', 'backend "postgres" {\n    name = "va"'
    )
    (runner.config / "main.hcl").write_text(api_main.replace("default = 5", "default = 8"), encoding="utf-8")
    return {"snapshot": "base/live.json", "state_snapshot": "base/state.json"}


FAR = """source = "api"
  url    = "https://flipper.example.gov/api"
  token  = var.token
}
variable "token" {
  type      = string
  sensitive = true"""


def test_a_fork_is_planned_against_copies_and_writes_no_comment(runner, api):
    given = copies(runner)
    ran = runner.run("preview", token=TOKEN, **given)
    assert ran.code == 0, ran.log
    assert "| 5 % | 8 % |" in ran.summary
    assert "this plan can't be applied" in ran.summary
    assert api.asked == []
    assert runner.run("preview", snapshot="base/live.json").commands == [
        "::error title=Flagstaff::preview needs the inputs snapshot and state-snapshot."
    ]


def test_apply_plans_again_and_applies_only_the_change_that_was_agreed_to(runner):
    change = runner.run("plan").output["change"]
    ran = runner.run("apply", change="0" * 64)
    assert ran.code == 1
    assert ran.commands[-1].startswith("::error title=Flagstaff::The change is another one now")
    assert not (runner.config / "state.json").exists()
    ran = runner.run("apply", change=change)
    assert ran.code == 0, ran.log
    assert "Apply complete! Resources: 0 added, 1 changed, 0 destroyed." in ran.log


def test_apply_of_a_plan_with_blocked_raises_does_the_rest_and_says_so(runner):
    (runner.config / "main.hcl").write_text(MAIN + NEEDS, encoding="utf-8")
    ran = runner.run("apply")
    assert ran.code == 0, ran.log
    assert "::warning title=Flagstaff::Applied what is allowed; raises stay blocked, see the plan." in ran.commands


def test_drift_fails_the_run(runner):
    assert runner.run("apply").code == 0
    assert runner.run("drift").code == 0
    (runner.config / "live.json").write_text(features(inbox_enabled="50"), encoding="utf-8")
    ran = runner.run("drift")
    assert ran.code == 1
    assert ran.commands[-1] == "::error title=Flagstaff::1 toggles were changed outside of Flagstaff: see the plan."
    assert "### Drift: 1 toggle changed outside of Flagstaff" in ran.summary


def test_rollback_by_dispatch(runner):
    assert runner.run("apply").code == 0
    ran = runner.run("rollback", toggles="toggle.inbox outbox_enabled", reason="errors; $(touch pwned) -json")
    assert ran.code == 0, ran.log
    live = json.loads((runner.config / "live.json").read_text(encoding="utf-8"))["features"]
    assert live["inbox_enabled"]["percentage_of_actors"] in {None, "0"}
    assert not list(runner.place.rglob("pwned"))
    journal = (runner.config / "state.journal.jsonl").read_text(encoding="utf-8")
    assert "errors; $(touch pwned) -json" in journal


def test_a_toggle_is_no_option(runner):
    assert runner.run("apply").code == 0
    ran = runner.run("rollback", toggles="-testers", reason="x")
    assert ran.code == 1
    assert '"-testers"' in ran.log


def test_an_unknown_command(runner):
    ran = runner.run("destroy")
    assert ran.code == 1
    assert ran.commands == ["::error title=Flagstaff::The input command is plan, preview, apply, drift or rollback."]
