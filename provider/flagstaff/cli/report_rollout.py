"""`flagstaff report rollout`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from flagstaff.cli import options
from flagstaff.cli.arguments import Command

if TYPE_CHECKING:
    from flagstaff.cli.workspace import Workspace

HELP = """
Write the release plan of a rollout: what its `document` says, people, stages with their dates, what
blocks, what is watched and why one goes back, filled in with what is true now and with what happened.

NAME is the rollout's name or address. Everything that nobody has chosen yet is marked UNDECIDED.
"""


def _run(
    name: str,
    format: str,  # as the option is called
    out: str | None,
    no_network: bool,
    now: datetime | None,
    no_color: bool,
    given: options.Given,
) -> int:
    from flagstaff.cli.workspace import run

    def body(workspace: Workspace) -> int:
        from flagstaff.cli.reporting import rendered, save

        text = rendered(workspace, options.inputs(given), name, format, network=not no_network, now=now)
        if out is None:
            workspace.terminal.data(text, end="")
        else:
            save(out, text)
        return 0

    return run(body, no_color=no_color)


command = Command(
    name="rollout",
    help=HELP,
    callback=_run,
    params=[
        click.Argument(["name"], metavar="NAME"),
        options.choice("format", "md (Markdown, the default) or html (one file).", "md", "html"),
        click.Option(["--out"], metavar="FILE", help="Write it to this file."),
        options.no_network(),
        options.now(),
        *options.variables(),
        options.color(),
    ],
)
