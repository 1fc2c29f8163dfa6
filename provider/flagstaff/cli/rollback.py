"""`flagstaff rollback`."""

from __future__ import annotations

from datetime import datetime

import click

from flagstaff.cli import options
from flagstaff.cli.arguments import Command, UsageFailure

HELP = """
Turn toggles down, now. TOGGLE is an address, an alias or a live key; -product and -rollout take all
that they have. Down to 0 %, or with -to to where a stage of the rollout was.

Dependents go first, but none of them keeps a named toggle up. No approval, no open window and no
free lease is needed, and the configuration may be broken or gone. What went down is held: nothing
turns it up again before `flagstaff release`.

  flagstaff rollback isAcceleratingAllergies -reason "errors when fetching allergies"
  flagstaff rollback -rollout medical_records -to wave_1a

Ctrl-C leaves dependents that were not begun; a second one stops at once.

Exit code 0: all is down and verified; 1: error, or something is not, or a person has to do it.
"""


def _run(
    names: tuple[str, ...],
    product: tuple[str, ...],
    rollout: tuple[str, ...],
    to: str | None,
    reason: str | None,
    wait: bool,
    only: bool,
    testers: bool,
    auto_approve: bool,
    now: datetime | None,
    given: options.Given,
    no_color: bool,
) -> int:
    from flagstaff.cli.rolling_back import Request, roll_back
    from flagstaff.cli.workspace import run
    from flagstaff.plan.rollback.naming import Typed

    if not (names or product or rollout):
        raise UsageFailure("rollback needs a toggle, -product=NAME or -rollout=NAME.")
    request = Request(
        typed=Typed(names, product, rollout, to or ""),
        inputs=options.inputs(given),
        reason=(reason or "").strip(),
        wait=wait,
        only=only,
        testers=testers,
        auto_approve=auto_approve,
    )
    return run(lambda workspace: roll_back(workspace, request), no_color=no_color, now=now)


command = Command(
    name="rollback",
    help=HELP,
    callback=_run,
    params=[
        click.Argument(["names"], nargs=-1, required=False, metavar="[TOGGLE...]"),
        click.Option(["--product"], multiple=True, metavar="NAME", help="All toggles that this product moves."),
        click.Option(["--rollout"], multiple=True, metavar="NAME", help="All toggles of this rollout's stages."),
        click.Option(["--to"], metavar="STAGE", help="Only down to where this stage was."),
        click.Option(["--reason"], metavar="TEXT", help="Why; it is asked for afterwards if it is not given."),
        click.Option(["--wait"], is_flag=True, help="Wait for readers between dependents and what they need."),
        click.Option(["--only"], is_flag=True, help="Leave dependents alone."),
        click.Option(["--testers"], is_flag=True, help="Take it away from testers, too."),
        options.auto_approve(),
        options.now(),
        *options.variables(),
        options.color(),
    ],
)
