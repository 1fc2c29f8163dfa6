"""The output in `console` blocks, from running their commands on a copy of the example.

What differs from run to run (times, ids) doesn't make a block stale. A `diff` block that begins with `--- FILE` is an
edit that the reader makes: it is made here, too, so that what follows is what a reader gets.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

WIDTH: Final = 100
FOREIGN: Final = re.compile(r"FLAGSTAFF_|DD_|GITHUB_|GITLAB_|CI$")
# A block with commands and their output, an edit, or a comment with a command that is run without being shown.
BLOCK: Final = re.compile(
    r"^```console\n(?P<text>.*?)^```$|^```diff\n--- (?P<file>\S+)\n(?P<edit>.*?)^```$|^<!-- run: (?P<hidden>.*?) -->$",
    re.MULTILINE | re.DOTALL,
)
VARYING: Final = re.compile(
    r"\b[0-9a-f]{8,64}\b|\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"
    r"|\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?(Z|\+\d\d:\d\d)?|\b\d\d:\d\d(:\d\d)?\b|\b\d+(\.\d+)? (ms|s)\b"
)
# Whoever reads the page is jo on a laptop; a name of another length would break lines elsewhere.
WHO: Final = "import socket\nsocket.gethostname = lambda: 'laptop'\n"


def example(root: Path, directory: Path) -> Path:
    """A copy of the example as `make demo` starts it; the place where its commands are run."""
    (directory / "who").mkdir()
    (directory / "who" / "sitecustomize.py").write_text(WHO, encoding="utf-8")
    shutil.copytree(root / "configs", directory / "configs")
    (directory / "state").mkdir()
    (directory / ".git").mkdir()  # the repository's top: paths may not lead out of it
    shutil.copy(root / "configs" / "va" / "start.json", directory / "state" / "va-live.json")
    return directory / "configs" / "va"


def surroundings(directory: Path) -> Mapping[str, str]:
    """Nothing of this machine's or a CI's that a command would print or use."""
    kept = {name: value for name, value in os.environ.items() if not FOREIGN.match(name)}
    own = {"LOGNAME": "jo", "COLUMNS": str(WIDTH), "NO_COLOR": "1", "PYTHONUTF8": "1"}
    paths = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYTHONPATH": os.pathsep.join(filter(None, [str(directory / "who"), os.environ.get("PYTHONPATH")])),
    }
    return {**kept, **own, **paths}


def edited(text: str, edit: str) -> str:
    """The text after a diff without line numbers, whose parts stand between lines of `@@`.

    Raises `ValueError` for a part whose old lines don't stand there exactly once.
    """
    for part in re.split(r"^@@\n", edit, flags=re.MULTILINE):
        lines = [(line[:1], line[1:]) for line in part.splitlines(keepends=True)]
        old = "".join(line for sign, line in lines if sign != "+")
        new = "".join(line for sign, line in lines if sign != "-")
        if f"\n{text}".count(f"\n{old}") != 1 or old == new:
            raise ValueError(f"This edit can't be made, as its old lines don't stand there once:\n{part}")
        text = f"\n{text}".replace(f"\n{old}", f"\n{new}")[1:]
    return text


def page(root: Path, text: str) -> str:
    """The page with the output that its commands have now; they are run in order, on one copy of the example."""
    status = 0
    with tempfile.TemporaryDirectory() as name:
        place = example(root, Path(name))

        def run(command: str) -> str:
            nonlocal status
            done = subprocess.run(  # noqa: S603 - the commands are those of our own documents
                ["/bin/sh", "-c", f"(exit {status}); {command}"],
                cwd=place,
                env=surroundings(Path(name)),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                check=False,
                encoding="utf-8",
            )
            status = done.returncode
            return "".join(f"{line.rstrip()}\n" for line in done.stdout.splitlines())

        def block(match: re.Match[str]) -> str:
            if match["hidden"] is not None:
                run(match["hidden"])
                return match[0]
            if match["file"] is not None:
                path = place / match["file"]
                path.write_text(edited(path.read_text(encoding="utf-8"), match["edit"]), encoding="utf-8")
                return match[0]
            asked = re.findall(r"^\$ (.*)$", match["text"], re.MULTILINE)
            told = "".join(f"$ {command}\n{run(command)}" for command in asked)
            same = VARYING.sub("~", told) == VARYING.sub("~", match["text"])
            return match[0] if same else f"```console\n{told}```"

        return BLOCK.sub(block, text)
