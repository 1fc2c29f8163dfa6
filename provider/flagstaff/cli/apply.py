"""`flagstaff apply`."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flagstaff.cli import options
from flagstaff.cli.arguments import Command, UsageFailure

if TYPE_CHECKING:
    from flagstaff.cli.asking import Crowd

HELP = """
Do what a plan says: the saved plan FILE, exactly as it was reviewed, or else a new plan, which is
shown first and needs a `yes`.

Every toggle is read again before it is written and verified after. If anything is no longer as the
plan saw it, that move and all that comes after it stop, and the end says what was done, what was
not, and which command finishes it. Ctrl-C finishes the moves in flight; a second one stops at once.
Running the command again is always safe.

  flagstaff plan -out=canary.plan
  flagstaff apply canary.plan

Exit code 0: every allowed move was applied and verified; 1: error, or a move failed; 3: a change
that was asked for stayed blocked.
"""


def _run(
    file: str | None,
    auto_approve: bool,
    parallelism: int,
    lock_timeout: timedelta,
    json_: bool,
    target: tuple[str, ...],
    exclude: tuple[str, ...],
    accept_drift: tuple[str, ...],
    refresh_only: bool,
    crowd: Crowd,
    now: datetime | None,
    given: options.Given,
    no_color: bool,
) -> int:
    from flagstaff.cli.applying import Request, apply
    from flagstaff.cli.planning import Asked
    from flagstaff.cli.workspace import run

    if target and exclude:
        raise UsageFailure("-target and -exclude can't be used together.")
    asks = (target, exclude, accept_drift, refresh_only, not crowd.is_default)
    if file is not None and (options.has_variables(given) or any(asks)):
        raise UsageFailure("A saved plan is applied as it is: only a new plan takes options such as -var and -target.")
    if json_ and not auto_approve and file is None:
        raise UsageFailure("-json can't ask: use -auto-approve, or apply a saved plan.")
    request = Request(
        file=Path(file) if file is not None else None,
        asked=Asked(target, exclude, accept_drift, refresh_only, now, crowd=crowd),
        inputs=options.inputs(given),
        auto_approve=auto_approve,
        parallelism=parallelism,
        lock_timeout=lock_timeout,
    )
    return run(lambda workspace: apply(workspace, request), no_color=no_color, now=now, json_=json_)


command = Command(
    name="apply",
    help=HELP,
    callback=_run,
    params=[
        click.Argument(["file"], required=False, metavar="[FILE]"),
        options.auto_approve(),
        options.number(
            "parallelism", "How many toggles are written at the same time (default 10).", default=10, most=100
        ),
        options.lock_timeout(),
        options.json_output("Stream Terraform's messages, one JSON object a line."),
        *options.selection(),
        click.Option(["--refresh-only"], is_flag=True, help="Only take the live values into the state."),
        *options.people(),
        options.now(),
        *options.variables(),
        options.color(),
    ],
)
