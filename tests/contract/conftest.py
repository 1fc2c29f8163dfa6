"""A runner of GitHub's, as far as our action and workflows need one: their YAML is read, and every `run:` step is run.

What GitHub does is done here by the documentation of its runner: expressions, the files behind `GITHUB_PATH`,
`GITHUB_OUTPUT` and `GITHUB_STEP_SUMMARY`, the shell of a step, and commands in a log. Its API is a double.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

ROOT = Path(__file__).parents[2]
BOT = "github-actions[bot]"


@dataclass
class Api:
    """Comments of pull request 7; `refuse` is the answer to the first `refusals` questions, or to all."""

    comments: list[dict] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    refuse: int = 0
    refusals: int = 1_000
    author: str = BOT
    url: str = ""

    def add(self, body, login=BOT):
        self.comments.append({"id": 100 + len(self.comments), "body": body, "user": {"login": login}})

    def answer(self, method, path, body):
        self.asked.append((method, urlsplit(path).path))
        if self.refuse and len(self.asked) <= self.refusals:
            return self.refuse, {"message": "no"}
        if method == "GET":
            page = int(parse_qs(urlsplit(path).query)["page"][0])
            return 200, self.comments[(page - 1) * 100 : page * 100]
        if method == "POST":
            self.add(body["body"], self.author)
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
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
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


def value(expression: str, context: Mapping[str, Any]) -> Any:
    """What an expression of a workflow is: names, texts, `==`, `!=`, `&&` and `||`."""
    for sign in ("||", "&&", "==", "!="):
        before, found, after = expression.partition(sign)
        if found:
            left, right = value(before, context), value(after, context)
            return {"||": left or right, "&&": left and right, "==": left == right, "!=": left != right}[sign]
    plain = expression.strip()
    if re.fullmatch(r"'[^']*'", plain):
        return plain[1:-1]
    assert re.fullmatch(r"[\w-]+(\.[\w-]+)*", plain), f"{plain!r} is more than this runner knows"
    here: Any = context
    for name in plain.split("."):
        here = here.get(name, "") if isinstance(here, Mapping) else ""
    return here


def filled(text: object, context: Mapping[str, Any]) -> str:
    """A value of a workflow with its expressions filled in."""
    plain = {True: "true", False: "false"}.get(text, str(text)) if isinstance(text, bool) else str(text)
    return re.sub(r"\$\{\{(.+?)\}\}", lambda match: str(value(match[1], context)), plain)


@dataclass
class Run:
    code: int
    log: str = ""
    summary: str = ""
    output: dict[str, str] = field(default_factory=dict)

    @property
    def commands(self):
        """What the runner takes for commands: it trims lines, and looks between marks for the end mark only."""
        found, until = [], None
        for line in map(str.strip, self.log.splitlines()):
            if until is not None:
                until = None if line == until else until
            elif match := re.fullmatch(r"::stop-commands::(.+)", line):
                until = f"::{match[1]}::"
            elif line.startswith("::") or "##[" in line:
                found.append(line)
        assert until is None, "commands were stopped, and never taken up again"
        return found


@dataclass
class Runner:
    """A checkout in `work`, with a configuration in configs/va, and what a runner has beside it."""

    place: Path
    api: Api
    ran: list[str] = field(default_factory=list)

    @property
    def work(self):
        return self.place / "work"

    @property
    def config(self):
        return self.work / "configs" / "va"

    @property
    def live(self):
        found = json.loads((self.config / "live.json").read_text(encoding="utf-8"))["features"]
        return {key: int(one["percentage_of_actors"] or 0) for key, one in found.items()}

    def start(self, event: Mapping[str, Any]) -> None:
        """A job: an empty path, and nothing but the event."""
        (self.place / "event.json").write_text(json.dumps(event), encoding="utf-8")
        (self.place / "path.txt").write_text("", encoding="utf-8")

    def surroundings(self, more: Mapping[str, str]) -> dict[str, str]:
        added = (self.place / "path.txt").read_text(encoding="utf-8").splitlines()[::-1]
        others = [path for path in os.environ["PATH"].split(os.pathsep) if Path(path) != Path(sys.executable).parent]
        return {
            "PATH": os.pathsep.join([*added, str(self.place / "tools"), *others]),
            "HOME": str(self.place / "home"),
            "LANG": "C.UTF-8",
            "CI": "true",
            "FLAGSTAFF_CLI_ARGS_plan": "-audience=none",  # saves half of a plan's time
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_API_URL": self.api.url,
            "GITHUB_EVENT_PATH": str(self.place / "event.json"),
            "GITHUB_REPOSITORY": "octo-org/toggles",
            "GITHUB_STEP_SUMMARY": str(self.place / "summary.md"),
            "GITHUB_OUTPUT": str(self.place / "output.txt"),
            "GITHUB_PATH": str(self.place / "path.txt"),
            "RUNNER_TEMP": str(self.place / "temp"),
            **more,
        }

    def step(self, script: str, env: Mapping[str, str]) -> Run:
        """A `run:` step with `shell: bash`."""
        self.ran.append(script)
        for name in ("summary.md", "output.txt"):
            (self.place / name).write_text("", encoding="utf-8")
        (self.place / "step.sh").write_text(script, encoding="utf-8")
        done = subprocess.run(
            [shutil.which("bash"), "--noprofile", "--norc", "-eo", "pipefail", str(self.place / "step.sh")],
            cwd=self.work,
            env=self.surroundings(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=120,
        )
        output = (self.place / "output.txt").read_text(encoding="utf-8")
        summary = (self.place / "summary.md").read_text(encoding="utf-8")
        return Run(done.returncode, done.stdout.decode(), summary, dict(x.split("=", 1) for x in output.splitlines()))

    def use(self, given: Mapping[str, str], env: Mapping[str, str]) -> Run:
        """The action with these inputs: its steps, up to the first one that fails."""
        action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
        assert given.keys() <= action["inputs"].keys()
        inputs = {name: given.get(name, one.get("default", "")) for name, one in action["inputs"].items()}
        steps, whole = {}, Run(0)
        for step in action["runs"]["steps"]:
            assert step["shell"] == "bash"
            context = {"inputs": inputs, "steps": steps}
            own = {name: filled(text, context) for name, text in step.get("env", {}).items()}
            ran = self.step(step["run"], {**env, **own})
            steps[step.get("id", "")] = {"outputs": ran.output}
            whole = Run(ran.code, whole.log + ran.log, whole.summary + ran.summary)
            if ran.code:
                break
        whole.output = {name: filled(one["value"], {"steps": steps}) for name, one in action["outputs"].items()}
        return whole

    def run(self, command: str, **inputs: str) -> Run:
        """The action in a step of its own."""
        given = {name.replace("_", "-"): text for name, text in inputs.items()}
        return self.use({"command": command, "directory": "configs/va", **given}, {})

    def workflow(self, name: str, *, event: Mapping[str, Any], **context: Any) -> dict[str, Run]:
        """The jobs of an example that run, by their names: their conditions are met, and what they need did not fail.

        The workspace is what a checkout would have made: `uses: actions/checkout` does nothing here.
        """
        jobs = yaml.safe_load((ROOT / "docs" / "how-to" / "ci" / name).read_text(encoding="utf-8"))["jobs"]
        ended: dict[str, Run] = {}
        needs: dict[str, Any] = {}
        for job_name, job in jobs.items():
            here = {**context, "github": {**context["github"], "event": event}, "needs": needs, "steps": {}}
            needed = [job["needs"]] if "needs" in job else []
            if any(one not in ended or ended[one].code for one in needed) or not value(job.get("if", "'yes'"), here):
                continue
            self.start(event)
            env = {key: filled(text, here) for key, text in job.get("env", {}).items()}
            for step in job["steps"]:
                if step["uses"].startswith("actions/checkout@"):
                    continue
                own = {key: filled(text, here) for key, text in step.get("env", {}).items()}
                ran = self.use({key: filled(text, here) for key, text in step["with"].items()}, {**env, **own})
                here["steps"][step.get("id", "")] = {"outputs": ran.output}
                ended[job_name] = ran
            outputs = {key: filled(text, here) for key, text in job.get("outputs", {}).items()}
            needs[job_name] = {"outputs": outputs}
        return ended


@pytest.fixture
def runner(tmp_path, api):
    """Flagstaff is installed already, in the place where `action/install` looks for it."""
    made = Runner(tmp_path, api)
    python = Path(sys.executable)
    for folder in ("work/.git", "work/configs/va", "temp/flagstaff/bin", "tools", "home"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "tools" / "python3").symlink_to(python.resolve())
    (tmp_path / "temp" / "flagstaff" / "bin" / "python").symlink_to(python)
    (tmp_path / "temp" / "flagstaff" / "bin" / "flagstaff").symlink_to(python.parent / "flagstaff")
    made.start({"pull_request": {"number": 7}})
    return made
