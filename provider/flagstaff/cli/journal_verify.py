"""`flagstaff journal verify`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flagstaff.cli import options
from flagstaff.cli.arguments import Command

if TYPE_CHECKING:
    from flagstaff.cli.workspace import Workspace

HELP = """
Check that the journal is a whole chain, and that it has the entry which the state was saved with and
every decision that the state knows: an entry that was rewritten, taken out, put in or reordered is
named. Where the state can't be read, what can be checked without it still is.

Exit code 0: whole; 1: not.
"""


def _run(no_color: bool, given: options.Given) -> int:
    from flagstaff.cli.workspace import run

    def body(workspace: Workspace) -> int:
        from flagstaff.cli.recording import state_store
        from flagstaff.cli.verifying import verified

        result = verified(state_store(workspace, options.inputs(given)))
        workspace.terminal.diagnostics(result.found, {})
        if not result.found:
            workspace.terminal.data(f"The journal is whole: {result.entries} entries.")
        return int(bool(result.found))

    return run(body, no_color=no_color)


command = Command(name="verify", help=HELP, callback=_run, params=[*options.variables(), options.color()])
