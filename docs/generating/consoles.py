"""The output in `console` blocks, from running their commands on a copy of the example.

What differs from run to run (times, ids) doesn't make a block stale.
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
# A block with commands and their output, or a comment with a command that stands for "edit the file".
BLOCK: Final = re.compile(r"^```console\n(?P<text>.*?)^```$|^<!-- run: (?P<hidden>.*?) -->$", re.MULTILINE | re.DOTALL)
VARYING: Final = re.compile(
    r"\b[0-9a-f]{8,64}\b|\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"
    r"|\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?(Z|\+\d\d:\d\d)?|\b\d\d:\d\d(:\d\d)?\b|\b\d+(\.\d+)? (ms|s)\b"
)


def example(root: Path, directory: Path) -> Path:
    """A copy of the example as `make demo` starts it; the place where its commands are run."""
    shutil.copytree(root / "configs", directory / "configs")
    (directory / "state").mkdir()
    (directory / ".git").mkdir()  # the repository's top: paths may not lead out of it
    shutil.copy(root / "configs" / "va" / "start.json", directory / "state" / "va-live.json")
    return directory / "configs" / "va"


def surroundings() -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FLAGSTAFF_")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return {**kept, "PATH": path, "COLUMNS": str(WIDTH), "NO_COLOR": "1", "PYTHONUTF8": "1"}


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
                env=surroundings(),
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
            asked = re.findall(r"^\$ (.*)$", match["text"], re.MULTILINE)
            told = "".join(f"$ {command}\n{run(command)}" for command in asked)
            same = VARYING.sub("~", told) == VARYING.sub("~", match["text"])
            return match[0] if same else f"```console\n{told}```"

        return BLOCK.sub(block, text)
