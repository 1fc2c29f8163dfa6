"""`flagstaff state mv`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from flagstaff.cli import options
from flagstaff.cli.arguments import Command

if TYPE_CHECKING:
    from flagstaff.cli.workspace import Workspace

HELP = """
Give the record of a toggle another address, after its block was renamed. The live toggle is not
touched. In a configuration that others apply too, write a `moved` block instead.

  flagstaff state mv toggle.allergy toggle.allergies
"""


def _run(
    source: str,
    target: str,
    dry_run: bool,
    lock_timeout: timedelta,
    no_color: bool,
    given: options.Given,
) -> int:
    from flagstaff.cli.workspace import run

    def body(workspace: Workspace) -> int:
        from flagstaff.cli.recording import Record, find_record, parse_address, present_state, state_store
        from flagstaff.diagnostics import Failure
        from flagstaff.state.facts import Moved

        record = Record(workspace, state_store(workspace, options.inputs(given)), "state mv", lock_timeout)
        with record.lease():
            state = present_state(record.store)
            old, new = find_record(state, source), parse_address(target)
            if new in state.toggles:
                raise Failure.error(
                    "Address is taken", f"{new} is in the state already. Remove it first: flagstaff state rm '{new}'"
                )
            if not dry_run:
                record.change([Moved(old, new, state.toggles[old].key)])
        workspace.terminal.data(f"{'Would move' if dry_run else 'Moved'} {old} to {new}.")
        return 0

    return run(body, no_color=no_color)


command = Command(
    name="mv",
    help=HELP,
    callback=_run,
    params=[
        click.Argument(["source"], metavar="ADDRESS"),
        click.Argument(["target"], metavar="NEW_ADDRESS"),
        click.Option(["--dry-run"], is_flag=True, help="Only say what would be done."),
        options.lock_timeout(),
        *options.variables(),
        options.color(),
    ],
)
