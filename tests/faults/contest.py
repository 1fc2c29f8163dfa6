"""Eight processes that want the same at once, round after round, on one state store.

Run as `python contest.py DIRECTORY MODE STORE ROUNDS SETTINGS`; prints one line of JSON for each process of each round.
`apply`: each runs the whole command, under its own name. `save`: each saves and appends without any lease.
This process runs no thread, so that forking is safe.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kill_commands import CLOCK
from kill_places import warm

from flagstaff.cli import applying, main
from flagstaff.model.configuration import Backend
from flagstaff.state.journal import link
from flagstaff.state.registry import open_store
from flagstaff.state.store import StateConflict, StateStore

assert applying  # imported on use
PEOPLE = tuple(f"person-{number}" for number in range(8))
MAIN = """
flagstaff {{
  environment = "contest"
  backend "{kind}" {{
{settings}
  }}
}}
provider "flipper" {{
  source = "embedded"
  path   = "live.json"
}}
product "contest" {{
  title = "Contest"
}}
toggle "wanted" {{
  key        = "wanted_enabled"
  product    = product.contest
  percentage = {level}
}}
"""


def at_once(work: Callable[[str], Any]) -> list[Any]:
    """What each of the people gives; all begin at the same moment."""
    waiting, start = os.pipe()
    answers = []
    for name in PEOPLE:
        reading, writing = os.pipe()
        if not os.fork():
            os.close(start)
            os.read(waiting, 1)
            try:
                os.write(writing, json.dumps(work(name)).encode())
            except BaseException:  # noqa: BLE001  # a fork must not go on as its parent
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        os.close(writing)
        answers.append(reading)
    os.close(start)
    os.close(waiting)
    told = [json.loads(b"".join(iter(lambda pipe=pipe: os.read(pipe, 65_536), b""))) for pipe in answers]
    for pipe in answers:
        os.close(pipe)
        os.wait()
    return told


def apply(folder: Path, kind: str, rounds: int, settings: Mapping[str, Any]) -> None:
    """In each round there is one thing to do, and eight who want to do it."""
    (folder / ".git").mkdir()
    (folder / "live.json").write_text('{"version": 1, "features": {"wanted_enabled": {}}}')
    secret = ("access_key", "secret_key", "url")
    (folder / "given").write_text("".join(f'{name} = "{settings[name]}"\n' for name in secret if name in settings))
    said = {"path": "va.json"} if kind == "local" else {name: settings[name] for name in settings if name not in secret}
    lines = "\n".join(f"    {name} = {json.dumps(value)}" for name, value in said.items())
    os.environ.update({"FLAGSTAFF_BACKEND_CONFIG": str(folder / "given"), "HOME": str(folder), "NO_COLOR": "1"})
    os.environ.pop("CI", None)
    os.chdir(folder)

    def command(name: str) -> Any:
        os.environ["GITHUB_ACTOR"] = name
        err = io.StringIO()
        with contextlib.redirect_stderr(err), contextlib.redirect_stdout(io.StringIO()):
            code = main.run(["apply", "-auto-approve"])
        return {"who": name, "code": code, "text": " ".join(err.getvalue().split())}

    for number in range(1, rounds + 1):
        (folder / "main.hcl").write_text(MAIN.format(kind=kind, settings=lines, level=number))
        if number == 1:  # what reads configurations takes its time to begin: once, and not in every fork
            with contextlib.redirect_stdout(io.StringIO()):
                assert main.run(["validate"]) == 0
        for told in at_once(command):
            print(json.dumps({"round": number, **told}), flush=True)


def opened(folder: Path, kind: str, settings: Mapping[str, Any]) -> StateStore:
    path = {"path": "va.json"} if kind == "local" else {}
    return open_store(Backend(kind, given={**path, **settings}), folder)


def save(store: StateStore, rounds: int, name: str) -> Any:
    """Save so many times, each time with an entry that says so."""
    won, lost, told = list[int](), 0, list[str]()
    while len(won) < rounds:
        state, token = store.load()
        new = state.changed(tool=f"{name}-{len(won)}")
        try:
            store.save(new, token)
        except StateConflict as conflict:
            lost += 1
            told.append(conflict.detail)
            continue
        won.append(new.serial)
        while True:
            last = store.last()
            fact = ("removed", {"address": "toggle.a", "key": f"{name} {new.serial}"})
            entries = link(last, [fact], time=CLOCK.now(), run=name, who=name)
            with contextlib.suppress(StateConflict):
                store.append(entries, entries[0].previous)
                break
    return {"who": name, "won": won, "lost": lost, "told": sorted(set(told))}


def run(folder: Path, mode: str, kind: str, rounds: int, settings: dict[str, Any]) -> None:
    warm(kind, settings)
    if mode == "apply":
        apply(folder, kind, rounds, settings)
        return
    for told in at_once(lambda name: save(opened(folder, kind, settings), rounds, name)):
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    run(Path(sys.argv[1]), *sys.argv[2:4], int(sys.argv[4]), json.loads(sys.argv[5]))
