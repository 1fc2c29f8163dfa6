"""`flagstaff handoff`."""

from __future__ import annotations

from pathlib import Path

import click

from flagstaff.cli import options
from flagstaff.cli.arguments import Command

HELP = """
Write down what a person has to do where Flagstaff can't write: a saved plan as a script for the
application's Rails console, or as a list of clicks on Flipper's web page.

The script compares every toggle with the plan first, and does nothing if one differs. It keeps the
plan's order and its waits, reads back every write, and ends with a result to be pasted back. It is
safe to run twice. What is blocked, or waits for somebody's yes, is not part of either.

  flagstaff plan -out=canary.plan
  flagstaff handoff canary.plan -format=rails -out=canary.rb
  flagstaff confirm canary.plan -from export.json
"""


def _run(plan: str, format: str, out: str | None, given: options.Given, no_color: bool) -> int:
    from flagstaff.cli.handing_off import hand_off
    from flagstaff.cli.workspace import run

    target = None if out is None else Path(out)
    inputs = options.inputs(given)
    return run(lambda workspace: hand_off(workspace, Path(plan), format, target, inputs), no_color=no_color)


command = Command(
    name="handoff",
    help=HELP,
    callback=_run,
    params=[
        click.Argument(["plan"], metavar="PLAN"),
        options.choice("format", "rails (a console script, the default) or checklist (clicks).", "rails", "checklist"),
        click.Option(["--out"], metavar="FILE", help="Write it to a file, not to standard output."),
        options.backend_config(),
        options.color(),
    ],
)
