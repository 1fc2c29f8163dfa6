"""`flagstaff import`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from flagstaff.cli import options
from flagstaff.cli.arguments import Command

if TYPE_CHECKING:
    from flagstaff.cli.workspace import Workspace

HELP = """
Take a live toggle into the state as it is now, under an address that the configuration declares
with that key. Nothing is written to the live store.

This is also how a toggle that a hand turned down is let go: its live value becomes the known one,
and the next plan may raise it from there.

  flagstaff import toggle.allergies mhv_accelerated_delivery_allergies_enabled
"""


def _run(
    address: str,
    key: str,
    since: datetime | None,
    lock_timeout: timedelta,
    no_color: bool,
    given: options.Given,
) -> int:
    from flagstaff.cli.workspace import run

    def body(workspace: Workspace) -> int:
        from flagstaff.cli.importing import Wanted, import_toggle

        wanted = Wanted(address, key, since)
        return import_toggle(workspace, options.inputs(given), wanted, lock_timeout)

    return run(body, no_color=no_color)


command = Command(
    name="import",
    help=HELP,
    callback=_run,
    params=[
        click.Argument(["address"], metavar="ADDRESS"),
        click.Argument(["key"], metavar="KEY"),
        click.Option(
            ["--since"],
            metavar="DATE",
            callback=options.date,
            help="Since when it has been as it is: 2026-01-27, or a time with its zone.",
        ),
        options.lock_timeout(),
        *options.variables(),
        options.color(),
    ],
)
