"""`flagstaff state rm`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from flagstaff.cli import options
from flagstaff.cli.arguments import Command

if TYPE_CHECKING:
    from flagstaff.cli.workspace import Workspace

HELP = """
Forget the records of toggles. The live toggles stay as they are; one that is still declared is
taken up again by the next apply, as it is found then.
"""


def _run(
    address: tuple[str, ...],
    dry_run: bool,
    lock_timeout: timedelta,
    no_color: bool,
    given: options.Given,
) -> int:
    from flagstaff.cli.workspace import run

    def body(workspace: Workspace) -> int:
        from flagstaff.cli.recording import Record, find_record, present_state, state_store
        from flagstaff.state.facts import Removed

        record = Record(workspace, state_store(workspace, options.inputs(given)), "state rm", lock_timeout)
        with record.lease():
            state = present_state(record.store)
            found = sorted({find_record(state, text) for text in address})
            if not dry_run:
                record.change([Removed(item, state.toggles[item].key) for item in found])
        for item in found:
            workspace.terminal.data(f"{'Would remove' if dry_run else 'Removed'} {item}.")
        return 0

    return run(body, no_color=no_color)


command = Command(
    name="rm",
    help=HELP,
    callback=_run,
    params=[
        click.Argument(["address"], nargs=-1, required=True, metavar="ADDRESS..."),
        click.Option(["--dry-run"], is_flag=True, help="Only say what would be done."),
        options.lock_timeout(),
        *options.variables(),
        options.color(),
    ],
)
