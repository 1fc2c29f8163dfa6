"""`flagstaff approve`."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import click

from flagstaff.cli import options
from flagstaff.cli.arguments import Command

HELP = """
Decide on a saved plan for a role, and sign that with an SSH key: what is signed is the change, its
environment and its state, so that it holds for exactly this and can't be carried over.

What would be done is shown first. The key must be one of the role's as it was last applied; without
-key it is git's signing key, one in ~/.ssh, or one of the agent's. A no-go stands until the same
person says go.

  flagstaff approve canary.plan -as role.medical_records_po
  flagstaff approve canary.plan -as role.medical_records_po -decision=no_go -note="errors are up"

Exit code 0: the decision is recorded; 1: error, and nothing is recorded.
"""


def _run(
    file: str,
    role: str,
    key: str | None,
    decision: str,
    note: str,
    expires: timedelta,
    now: datetime | None,
    given: options.Given,
    no_color: bool,
) -> int:
    from flagstaff.cli.approving import Request, approve
    from flagstaff.cli.workspace import run

    request = Request(
        file=Path(file),
        role=role,
        key=Path(key).expanduser() if key else None,
        decision=decision,
        note=note,
        expires=expires,
        inputs=options.inputs(given),
    )
    return run(lambda workspace: approve(workspace, request), no_color=no_color, now=now)


command = Command(
    name="approve",
    help=HELP,
    callback=_run,
    params=[
        click.Argument(["file"], metavar="FILE"),
        click.Option(["--as", "role"], metavar="ROLE", required=True, help="The role for which you decide."),
        click.Option(["--key"], metavar="FILE", help="Your key: its private file, or the .pub file of an agent's."),
        options.choice("decision", "What you decide (default go).", "go", "no_go"),
        click.Option(["--note"], metavar="TEXT", default="", help="Why, for the record."),
        options.expires(),
        options.now(),
        options.backend_config(),
        options.color(),
    ],
)
