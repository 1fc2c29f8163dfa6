"""`flagstaff journal verify`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flagstaff.cli import options
from flagstaff.cli.arguments import Command

if TYPE_CHECKING:
    from flagstaff.cli.workspace import Workspace

HELP = """
Check that the journal is a whole chain, and that the entry which the state was saved with is in it:
an entry that was rewritten, taken out, put in or reordered is named.

Exit code 0: whole; 1: not.
"""


def _run(no_color: bool, given: options.Given) -> int:
    from flagstaff.cli.workspace import run

    def body(workspace: Workspace) -> int:
        from flagstaff.cli.recording import state_store
        from flagstaff.diagnostics import Diagnostic, Severity
        from flagstaff.state.journal import verify

        store = state_store(workspace, options.inputs(given))
        state, _ = store.load()
        entries = tuple(store.entries())
        flaws = verify(entries, state.journal_head if state else "")
        workspace.terminal.diagnostics(
            [Diagnostic(Severity.ERROR, "Journal is not whole", f"Journal, {flaw}.") for flaw in flaws], {}
        )
        if not flaws:
            workspace.terminal.data(f"The journal is whole: {len(entries)} entries.")
        return int(bool(flaws))

    return run(body, no_color=no_color)


command = Command(name="verify", help=HELP, callback=_run, params=[*options.variables(), options.color()])
