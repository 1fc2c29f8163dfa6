"""`flagstaff state push`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from flagstaff.cli import options
from flagstaff.cli.arguments import Command

if TYPE_CHECKING:
    from flagstaff.cli.workspace import Workspace

HELP = """
Put a state in the place of the present one: a copy that is brought back, or one that was corrected
by hand. FILE is a state as `flagstaff state pull` prints it, - is standard input. The live store is
not touched, the journal goes on, and it says who pushed what.

It is refused if the file is of another lineage, if its serial is lower than the present one, or if
it has the same serial and says something else: raise the serial by one after an edit. With -force
all of that is shown and asked instead.

  flagstaff state pull > va.json
  flagstaff state push va.json
"""


def _run(
    file: str, force: bool, auto_approve: bool, lock_timeout: timedelta, no_color: bool, given: options.Given
) -> int:
    from flagstaff.cli.workspace import run

    def body(workspace: Workspace) -> int:
        from flagstaff.cli.pushing import push, read_state
        from flagstaff.cli.recording import Record, state_store

        state = read_state(file)
        record = Record(workspace, state_store(workspace, options.inputs(given)), "state push", lock_timeout)
        return push(record, state, force=force, auto_approve=auto_approve)

    return run(body, no_color=no_color)


command = Command(
    name="push",
    help=HELP,
    callback=_run,
    params=[
        click.Argument(["file"], metavar="FILE"),
        click.Option(["--force"], is_flag=True, help="Push although lineage or serial do not fit; it asks."),
        options.auto_approve(),
        options.lock_timeout(),
        *options.variables(),
        options.color(),
    ],
)
