"""`flagstaff state show`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from flagstaff.cli import options
from flagstaff.cli.arguments import Command

if TYPE_CHECKING:
    from flagstaff.cli.workspace import Workspace

HELP = """
Show the record of one toggle: its key, what was last applied, when, and a hold if there is one.
"""


def _run(address: str, no_color: bool, given: options.Given) -> int:
    from flagstaff.cli.workspace import run

    def body(workspace: Workspace) -> int:
        from flagstaff.cli.recording import find_record, present_state, state_store, tell_times_of
        from flagstaff.views.records import state_show

        state = present_state(state_store(workspace, options.inputs(given)))
        tell_times_of(workspace.terminal, state)
        found = find_record(state, address)
        page = state_show(found, state.toggles[found], state.holds.get(found), workspace.terminal.look)
        workspace.terminal.show(page)
        return 0

    return run(body, no_color=no_color)


command = Command(
    name="show",
    help=HELP,
    callback=_run,
    params=[click.Argument(["address"], metavar="ADDRESS"), *options.variables(), options.color()],
)
