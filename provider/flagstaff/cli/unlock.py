"""`flagstaff unlock`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from flagstaff.cli import options
from flagstaff.cli.arguments import Command

if TYPE_CHECKING:
    from flagstaff.cli.workspace import Workspace

HELP = """
Take the state's lease away from whoever holds it. The holder is shown first, and only `yes` is
accepted. A run that lost its lease stops before its next write.

The lease of a process that has died is free by itself and needs no unlock.
"""


def _run(force: bool, no_color: bool, given: options.Given) -> int:
    from flagstaff.cli.workspace import run

    def body(workspace: Workspace) -> int:
        from flagstaff.cli.recording import state_store
        from flagstaff.cli.unlocking import unlock

        return unlock(workspace, state_store(workspace, options.inputs(given)), force=force)

    return run(body, no_color=no_color)


command = Command(
    name="unlock",
    help=HELP,
    callback=_run,
    params=[
        click.Option(["--force"], is_flag=True, help="Do not ask."),
        *options.variables(),
        options.color(),
    ],
)
