"""`flagstaff release`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from flagstaff.cli import options
from flagstaff.cli.arguments import Command, UsageFailure

HELP = """
Let a toggle that was rolled back, or turned down by hand, be raised again. What brought it down has
to be written with it. Dependents that went down with it are released with it. Nothing is raised by
this: the next plan does that.

The owner of the toggle's product signs with an SSH key, as with `flagstaff approve`. Where no such
role is recorded, a yes is enough, and the record says that nobody signed.

  flagstaff release toggle.allergies -note "SCDF sent duplicates; fixed in 4.2.1"

Exit code 0: it is released; 1: error, and nothing is.
"""


def _run(
    name: str,
    note: str,
    role: str | None,
    key: str | None,
    auto_approve: bool,
    now: datetime | None,
    given: options.Given,
    no_color: bool,
) -> int:
    from flagstaff.cli.releasing import Request, release
    from flagstaff.cli.workspace import run

    if not note.strip():
        raise UsageFailure('release needs -note="ROOT CAUSE": what brought the toggle down, for the record.')
    request = Request(
        name=name,
        note=note.strip(),
        role=role,
        key=Path(key).expanduser() if key else None,
        auto_approve=auto_approve,
        inputs=options.inputs(given),
    )
    return run(lambda workspace: release(workspace, request), no_color=no_color, now=now)


command = Command(
    name="release",
    help=HELP,
    callback=_run,
    params=[
        click.Argument(["name"], metavar="TOGGLE"),
        click.Option(["--note"], metavar="TEXT", default="", help="The root cause."),
        click.Option(["--as", "role"], metavar="ROLE", help="The role for which you sign: the owner."),
        click.Option(["--key"], metavar="FILE", help="Your key: its private file, or the .pub file of an agent's."),
        options.auto_approve(),
        options.now(),
        *options.variables(),
        options.color(),
    ],
)
