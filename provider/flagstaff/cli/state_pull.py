"""`flagstaff state pull`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flagstaff.cli import options
from flagstaff.cli.arguments import Command

if TYPE_CHECKING:
    from flagstaff.cli.workspace import Workspace

HELP = """
Print the state as it is stored, for looking at it or as a copy. Nothing is written.

  flagstaff state pull > va.json
"""


def _run(no_color: bool, given: options.Given) -> int:
    from flagstaff.cli.workspace import run

    def body(workspace: Workspace) -> int:
        from flagstaff.cli.recording import no_state, state_store
        from flagstaff.state.codec import encode_state

        state, _ = state_store(workspace, options.inputs(given)).load()
        if state is None:
            raise no_state()
        workspace.terminal.data(encode_state(state).rstrip("\n"))
        return 0

    return run(body, no_color=no_color)


command = Command(name="pull", help=HELP, callback=_run, params=[*options.variables(), options.color()])
