"""`flagstaff state list`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from flagstaff.cli import options
from flagstaff.cli.arguments import Command

if TYPE_CHECKING:
    from flagstaff.cli.workspace import Workspace

HELP = """
List the addresses in the state, one a line; with ADDRESS, only those toggles or the instances of
those blocks.
"""


def _run(address: tuple[str, ...], no_color: bool, given: options.Given) -> int:
    from flagstaff.cli.workspace import run

    def body(workspace: Workspace) -> int:
        from flagstaff.cli.recording import parse_address, present_state, state_store
        from flagstaff.views.records import state_list

        state = present_state(state_store(workspace, options.inputs(given)))
        workspace.terminal.show(state_list(state, workspace.terminal.look, map(parse_address, address)))
        return 0

    return run(body, no_color=no_color)


command = Command(
    name="list",
    help=HELP,
    callback=_run,
    params=[
        click.Argument(["address"], nargs=-1, metavar="[ADDRESS]..."),
        *options.variables(),
        options.color(),
    ],
)
