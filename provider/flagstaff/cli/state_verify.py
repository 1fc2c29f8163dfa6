"""`flagstaff state verify`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flagstaff.cli import options
from flagstaff.cli.arguments import Command

if TYPE_CHECKING:
    from flagstaff.cli.workspace import Workspace

HELP = """
Check the numbered invariants of the state, alone and against the journal.

Exit code 0: all hold; 1: one does not.
"""


def _run(no_color: bool, given: options.Given) -> int:
    from flagstaff.cli.workspace import run

    def body(workspace: Workspace) -> int:
        from flagstaff.cli.recording import present_state, state_store
        from flagstaff.diagnostics import Diagnostic, Severity
        from flagstaff.state.invariants import verify
        from flagstaff.views.words import count

        store = state_store(workspace, options.inputs(given))
        present_state(store)
        state, _ = store.load()
        assert state is not None
        found = verify(state, store.entries())
        workspace.terminal.diagnostics(
            [
                Diagnostic(
                    Severity.ERROR,
                    "Invariant does not hold",
                    str(violation),
                    address=str(violation.address) if violation.address else None,
                )
                for violation in found
            ],
            {},
        )
        if not found:
            toggles = count(len(state.toggles), "toggle")
            workspace.terminal.data(f"All invariants hold: {toggles}, serial {state.serial}.")
        return int(bool(found))

    return run(body, no_color=no_color)


command = Command(name="verify", help=HELP, callback=_run, params=[*options.variables(), options.color()])
