"""What the tests of the command line share: a small project, and three ways to run the command in it.

`project.run(...)` runs it in this process and is fast; `project.command(...)` starts the real
command; `project.terminal(...)` starts it on a terminal and answers its questions.
"""

from __future__ import annotations

import io
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from flagstaff.apply.clock import SystemClock
from flagstaff.cli import main
from flagstaff.monitors import registry
from flagstaff.monitors.http import Timing
from flagstaff.testing.clock import FakeClock

REPOSITORY = Path(__file__).parents[2]
DEADLINE = 60.0

MAIN = """\
flagstaff {
  environment = "try-out"
  backend "local" {
    path = "state.json"
  }
}

provider "flipper" {
  source = "embedded"
  path   = "live.json"
}

variable "parent" {
  type    = number
  default = 5
}

variable "child" {
  type    = number
  default = 0
}

product "example" {
  title  = "Example"
  people = 10000
}

toggle "parent" {
  key        = "parent_enabled"
  aliases    = ["isParent"]
  product    = product.example
  percentage = var.parent
}

toggle "child" {
  key        = "child_enabled"
  product    = product.example
  percentage = var.child

  requires {
    toggles = [toggle.parent]
    reason  = "The list shows data of the parent"
  }
}
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """How one run of the command ended."""

    code: int
    out: str
    err: str

    @property
    def both(self) -> str:
        return self.out + self.err

    def messages(self) -> list[dict[str, Any]]:
        """Standard output, of which every line must be a JSON object."""
        found = [json.loads(line) for line in self.out.splitlines()]
        assert all(isinstance(item, dict) for item in found)
        return found


def feature(percentage: int | str | None = None, *, on: bool = False, actors: Sequence[str] = ()) -> dict[str, Any]:
    """One toggle as Flipper's export has it."""
    return {
        "boolean": "true" if on else None,
        "groups": [],
        "actors": list(actors),
        "expression": None,
        "percentage_of_actors": None if percentage is None else str(percentage),
        "percentage_of_time": None,
    }


@pytest.fixture(name="feature")
def feature_():
    """For test files, which can't import this one."""
    return feature


def _environment(extra: Mapping[str, str]) -> dict[str, str]:
    """This process's, without what changes how the command behaves."""
    switches = {"CI", "NO_COLOR", "COLUMNS", "LINES", "FORCE_COLOR", "GITHUB_ACTOR", "GITLAB_USER_LOGIN"}
    kept = {
        name: value for name, value in os.environ.items() if name not in switches and not name.startswith("FLAGSTAFF_")
    }
    return {**kept, "TERM": "xterm-256color", **extra}


@contextmanager
def _restored() -> Iterator[None]:
    """The directory, the environment, the streams and the signal handlers are as before, whatever happens."""
    directory, environment = Path.cwd(), dict(os.environ)
    streams = sys.stdin, sys.stdout, sys.stderr
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
        assert {number: signal.getsignal(number) for number in handlers} == handlers, "a signal handler was left behind"
    finally:
        os.chdir(directory)
        os.environ.clear()
        os.environ.update(environment)
        sys.stdin, sys.stdout, sys.stderr = streams
        for number, handler in handlers.items():
            signal.signal(number, handler)


def run_here(directory: Path, arguments: Sequence[str], env: Mapping[str, str], stdin: str = "") -> Ran:
    """`flagstaff ARGUMENTS` in this process. Standard input is no terminal."""
    out, err = io.BytesIO(), io.BytesIO()
    with _restored():
        os.environ.clear()
        os.environ.update(_environment(env))
        os.chdir(directory)
        encoding = env.get("PYTHONIOENCODING", "utf-8")
        sys.stdin = io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
        sys.stdout = io.TextIOWrapper(out, encoding=encoding, write_through=True)
        sys.stderr = io.TextIOWrapper(err, encoding=encoding, write_through=True)
        code = main.run(arguments)
        sys.stdout.flush()
        sys.stderr.flush()
        return Ran(code, _decoded(out, encoding), _decoded(err, encoding))


def _decoded(stream: io.BytesIO, encoding: str) -> str:
    """What a terminal shows; data for programs is in UTF-8 even where the terminal's encoding is another."""
    try:
        return stream.getvalue().decode(encoding)
    except UnicodeDecodeError:
        return stream.getvalue().decode()


@dataclass(slots=True)
class Terminal:
    """The command on a terminal: what it prints, and what is typed into it."""

    process: subprocess.Popen[bytes]
    master: int
    text: str = ""
    _seen: int = 0
    _closed: bool = False

    def wait_for(self, pattern: str) -> str:
        """Read until the pattern shows up behind what was waited for before; returns the match."""
        end = time.monotonic() + DEADLINE
        while not (match := re.compile(pattern).search(self.plain, self._seen)):
            assert not self._closed, f"it ended without {pattern!r}:\n{self.plain}"
            assert time.monotonic() < end, f"no {pattern!r} in:\n{self.plain}"
            self._read(1.0)
        self._seen = match.end()
        return match.group()

    @property
    def plain(self) -> str:
        """What was printed, without escape sequences."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.text).replace("\r\n", "\n")

    def answer(self, pattern: str, text: str) -> None:
        self.wait_for(pattern)
        os.write(self.master, text.encode() + b"\n")

    def end(self) -> int:
        """The exit code, once the command has ended."""
        end = time.monotonic() + DEADLINE
        while not self._closed:
            assert time.monotonic() < end, f"it did not end:\n{self.plain}"
            self._read(1.0)
        return self.process.wait(DEADLINE)

    def _read(self, seconds: float) -> None:
        ready, _, _ = select.select([self.master], [], [], seconds)
        if not ready:
            return
        try:
            data = os.read(self.master, 65536)
        except OSError:  # Linux says so once the other end is closed
            data = b""
        self._closed = not data
        self.text += data.decode("utf-8", "replace")


@dataclass(slots=True)
class Project:
    """A directory with a configuration and an embedded store."""

    path: Path
    env: dict[str, str] = field(default_factory=dict)
    live_file: str = "live.json"
    state_file: str = "state.json"

    def write(self, name: str, text: str) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def main(self, text: str) -> None:
        self.write("main.hcl", text)

    def edit(self, old: str, new: str, name: str = "main.hcl") -> None:
        text = (self.path / name).read_text(encoding="utf-8")
        assert old in text
        self.write(name, text.replace(old, new))

    @property
    def live(self) -> dict[str, Any]:
        """The toggles of the live store, by key."""
        found: dict[str, Any] = json.loads((self.path / self.live_file).read_text(encoding="utf-8"))["features"]
        return found

    def percentage(self, key: str) -> str | None:
        value: str | None = self.live[key]["percentage_of_actors"]
        return value

    def turn(self, key: str, percentage: int | None) -> None:
        """By hand, past Flagstaff."""
        self.set_live({**self.live, key: {**self.live[key], "percentage_of_actors": _text(percentage)}})

    def set_live(self, features: Mapping[str, Any]) -> None:
        self.write(self.live_file, json.dumps({"version": 1, "features": features}, indent=2) + "\n")

    @property
    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.path / self.state_file).read_text(encoding="utf-8"))
        return found

    @property
    def journal(self) -> list[dict[str, Any]]:
        path = (self.path / self.state_file).with_suffix(".journal.jsonl")
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []

    def files(self) -> dict[str, bytes]:
        """All that is in the project, for comparing."""
        found = (path for path in sorted(self.path.rglob("*")) if path.is_file())
        return {str(path.relative_to(self.path)): path.read_bytes() for path in found}

    def run(self, *arguments: str, stdin: str = "", **env: str) -> Ran:
        return run_here(self.path, arguments, {**self.env, **env}, stdin)

    def apply(self, *arguments: str) -> Ran:
        """Apply at once, and be content with nothing but success."""
        ran = self.run("apply", "-auto-approve", *arguments)
        assert ran.code == 0, ran.both
        return ran

    def start(self, *arguments: str, **streams: Any) -> subprocess.Popen[bytes]:
        """The real command, running."""
        return subprocess.Popen(
            [sys.executable, "-m", "flagstaff", *arguments],
            cwd=self.path,
            env=_environment(self.env),
            **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams},
        )

    def command(self, *arguments: str, **env: str) -> Ran:
        """The real command, to its end."""
        done = subprocess.run(
            [sys.executable, "-m", "flagstaff", *arguments],
            cwd=self.path,
            env=_environment({**self.env, **env}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=DEADLINE,
        )
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    @contextmanager
    def terminal(self, *arguments: str, **env: str) -> Iterator[Terminal]:
        """The real command on a terminal of 120 columns."""
        master, slave = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-m", "flagstaff", *arguments],
            cwd=self.path,
            env=_environment({"COLUMNS": "120", **self.env, **env}),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        try:
            yield Terminal(process, master)
        finally:
            os.close(master)
            process.kill()
            process.wait()


def _text(percentage: int | None) -> str | None:
    return None if percentage is None else str(percentage)


@pytest.fixture
def new_project(tmp_path: Path) -> Callable[[str, Mapping[str, Any]], Project]:
    """`new_project(main_hcl, {key: feature(...)})`: a project of one's own."""

    def make(text: str, features: Mapping[str, Any]) -> Project:
        path = tmp_path / "project"
        path.mkdir()
        # The root of a repository: nothing outside it may be read or written.
        (tmp_path / ".git").mkdir()
        project = Project(path)
        project.main(text)
        project.set_live(features)
        return project

    return make


@pytest.fixture
def project(new_project) -> Project:
    """A parent at 0 % that is to go to 5 %, and a child that requires it whole."""
    return new_project(MAIN, {"parent_enabled": feature(actors=["ann@example.gov"]), "child_enabled": feature()})


@pytest.fixture
def va(tmp_path: Path) -> Project:
    """configs/va with its own live store and state."""
    (tmp_path / ".git").mkdir()
    shutil.copytree(REPOSITORY / "configs" / "va", tmp_path / "configs" / "va")
    (tmp_path / "state").mkdir()
    shutil.copy(REPOSITORY / "configs" / "va" / "start.json", tmp_path / "state" / "va-live.json")
    return Project(tmp_path / "configs" / "va", live_file="../../state/va-live.json", state_file="../../state/va.json")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    """The time for all that runs in this process: it passes only when somebody sleeps. Monitors don't wait, either."""
    made = FakeClock()
    monkeypatch.setattr(SystemClock, "now", lambda _: made.now())
    monkeypatch.setattr(SystemClock, "monotonic", lambda _: made.monotonic())
    monkeypatch.setattr(SystemClock, "sleep", lambda _, seconds, woken: made.sleep(seconds, woken))
    monkeypatch.setattr(registry, "Timing", lambda: Timing(sleep=lambda _: None))
    return made


@pytest.fixture
def planned_after_adoption() -> Callable[[Project], Project]:
    """Take a real store with a parent and a child over, trust the guards, and save a plan as a.plan."""

    def take_over(project: Project) -> Project:
        for name in ("parent", "child"):
            assert project.run("import", f"toggle.{name}", f"{name}_enabled").code == 0
        assert project.run("init", "-trust", "-auto-approve").code == 0
        assert project.run("plan", "-out=a.plan").code == 0
        return project

    return take_over
