"""Writes what is generated in the documents; `--check` only says whether it is current.

Two things are: docs/reference/cli.md, from the commands' own help, and the output in `console`
blocks, from running their commands on a copy of the example. What differs from run to run (times,
ids) doesn't make a block stale.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import click

from flagstaff.cli.main import cli

ROOT: Final = Path(__file__).resolve().parents[1]
CLI: Final = ROOT / "docs" / "reference" / "cli.md"
PAGES: Final = (
    ROOT / "README.md",
    *sorted((ROOT / "docs" / "tutorial").glob("*.md")),
    ROOT / "docs" / "how-to" / "who-is-affected.md",
    ROOT / "docs" / "explanation" / "percentages-are-people.md",
)
WIDTH: Final = 100

HEAD: Final = """# Commands

<!-- Written by docs/generate.py from the commands' own help: change them, then run `make docs`. -->

Long options take one dash or two, and `-name=value` or `-name value`. Exit codes: [exit-codes.md](exit-codes.md).
"""

# A block with commands and their output, or a comment with a command that stands for "edit the file".
BLOCK: Final = re.compile(r"^```console\n(?P<text>.*?)^```$|^<!-- run: (?P<hidden>.*?) -->$", re.MULTILINE | re.DOTALL)
VARYING: Final = re.compile(
    r"\b[0-9a-f]{8,64}\b|\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"
    r"|\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?(Z|\+\d\d:\d\d)?|\b\d\d:\d\d(:\d\d)?\b|\b\d+(\.\d+)? (ms|s)\b"
)


def commands(command: click.Command, context: click.Context) -> Iterator[tuple[str, str]]:
    """Each command's path and help, parents first, in alphabetical order."""
    yield context.command_path, command.get_help(context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None and not child.hidden:
                yield from commands(child, context_of(child, name, context))


def context_of(command: click.Command, name: str, parent: click.Context | None = None) -> click.Context:
    settings = {**command.context_settings, "terminal_width": WIDTH, "max_content_width": WIDTH}
    return click.Context(command, parent=parent, info_name=name, **settings)


def reference() -> str:
    """The page about the commands."""
    parts = [HEAD]
    for path, text in commands(cli, context_of(cli, "flagstaff")):
        lines = "\n".join(line.rstrip() for line in text.splitlines())
        parts.append(f"## {path}\n\n```text\n{lines}\n```\n")
    return "\n".join(parts)


def example(directory: Path) -> Path:
    """A copy of the example as `make demo` starts it; the place where its commands are run."""
    shutil.copytree(ROOT / "configs", directory / "configs")
    (directory / "state").mkdir()
    (directory / ".git").mkdir()  # the repository's top: paths may not lead out of it
    shutil.copy(ROOT / "configs" / "va" / "start.json", directory / "state" / "va-live.json")
    return directory / "configs" / "va"


def surroundings() -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FLAGSTAFF_")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return {**kept, "PATH": path, "COLUMNS": str(WIDTH), "NO_COLOR": "1", "PYTHONUTF8": "1"}


def rerun(page: str) -> str:
    """The page with the output that its commands have now; they are run in order, on one copy of the example."""
    status = 0
    with tempfile.TemporaryDirectory() as name:
        place = example(Path(name))

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

        return BLOCK.sub(block, page)


def main() -> None:
    check = sys.argv[1:] == ["--check"]
    current = {CLI: reference()}
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        if BLOCK.search(text):
            current[page] = rerun(text)
    stale = [page for page, text in current.items() if not page.exists() or page.read_text(encoding="utf-8") != text]
    for page in stale:
        if not check:
            page.write_text(current[page], encoding="utf-8")
    names = ", ".join(str(page.relative_to(ROOT)) for page in stale)
    if check and stale:
        sys.exit(f"Not what the commands print now: {names}. Run `make docs`, and read the difference.")
    sys.stdout.write(f"Written: {names}.\n" if stale else "The documents are current.\n")


if __name__ == "__main__":
    main()
