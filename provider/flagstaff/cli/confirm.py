"""`flagstaff confirm`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import click

from flagstaff.cli import options
from flagstaff.cli.arguments import Command, UsageFailure

HELP = """
Verify what a person did by hand for a saved plan, and record it as an apply would. The proof is an
export that was made since, or the result that the console script printed; `-from -` reads either
from standard input, until Ctrl-D.

What stands as planned is recorded, with who confirmed it and from what. What is not done yet stays
open; what stands elsewhere is told and not recorded. Running it again is safe.

  flagstaff confirm canary.plan -from export.json
  flagstaff confirm canary.plan -from -

Exit code 0: every move is confirmed; 1: error, or something is still open.
"""


def _run(plan: str, source: str | None, lock_timeout: timedelta, given: options.Given, no_color: bool) -> int:
    from flagstaff.cli.confirming import confirm_plan
    from flagstaff.cli.workspace import run

    if source is None:
        raise UsageFailure("confirm needs -from: an export, the pasted result of the console script, or - for input.")
    inputs = options.inputs(given)
    return run(lambda workspace: confirm_plan(workspace, Path(plan), source, lock_timeout, inputs), no_color=no_color)


command = Command(
    name="confirm",
    help=HELP,
    callback=_run,
    params=[
        click.Argument(["plan"], metavar="PLAN"),
        click.Option(["--from", "source"], metavar="FILE", help="An export, or the script's result; - for input."),
        options.lock_timeout(),
        options.backend_config(),
        options.color(),
    ],
)
