"""docs/reference/cli.md, from the commands' own help."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from flagstaff.cli.main import cli

WIDTH: Final = 100
HEAD: Final = """# Commands

<!-- Written by docs/generate.py from the commands' own help: change them, then run `make docs`. -->

Long options take one dash or two, and `-name=value` or `-name value`. Exit codes: [exit-codes.md](exit-codes.md).
"""


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


def page(_root: Path) -> str:
    """The page about the commands."""
    parts = [HEAD]
    for path, text in commands(cli, context_of(cli, "flagstaff")):
        lines = "\n".join(line.rstrip() for line in text.splitlines())
        parts.append(f"## {path}\n\n```text\n{lines}\n```\n")
    return "\n".join(parts)
