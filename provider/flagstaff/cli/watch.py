"""`flagstaff watch`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click

from flagstaff.cli import options
from flagstaff.cli.arguments import Command, UsageFailure

HELP = """
Watch the rollouts that are under way until their soaks are over: the monitors and triggers of the
stages that people have, the time that is left, and whether a hand turned one of their toggles down.

A trigger fires when its monitor fails or its condition holds, or when a person calls it (`flagstaff
answer`). Then the line that rolls back is printed; with -auto-rollback that is done at once, without
a question. The stages stay blocked until somebody answers that it is over. What says too little
never fires a trigger; three times in a row, it is said loudly.

Changes of a verdict, and one reading an hour, are kept in the journal. A store or network that can't
be reached does not end the watch.

  flagstaff watch -rollout=medical_records -auto-rollback
  flagstaff watch -once -json

Exit code 0: no trigger fired, and no soak stands still; 1: one fired, or stands still, or error.
"""


def _interval(_: click.Context, __: click.Parameter, value: str) -> timedelta:
    from flagstaff.language.durations import read_duration

    found = read_duration(value)
    if not found:
        raise UsageFailure(f'-interval takes a duration such as 30s or 5m, and more than none; "{value}" is none.')
    return found


def _until(_: click.Context, __: click.Parameter, value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise UsageFailure(f'-until takes a time such as 2026-01-27T14:00:00Z, with its zone; "{value}" is none.')
    return found.astimezone(UTC)


def _run(
    rollout: tuple[str, ...],
    interval: timedelta,
    once: bool,
    until: datetime | None,
    auto_rollback: bool,
    json_: bool,
    no_color: bool,
    now: datetime | None,
    given: options.Given,
) -> int:
    from flagstaff.cli.watching import Request, watch
    from flagstaff.cli.workspace import run

    request = Request(rollout, interval, once, until, auto_rollback, options.inputs(given))
    return run(lambda workspace: watch(workspace, request), no_color=no_color, now=now, json_=json_)


command = Command(
    name="watch",
    help=HELP,
    callback=_run,
    params=[
        click.Option(["--rollout"], multiple=True, metavar="NAME", help="Only this rollout. Repeatable."),
        click.Option(
            ["--interval"],
            metavar="DURATION",
            default="1m",
            callback=_interval,
            help="How often to look, e.g. 30s or 5m (default 1m).",
        ),
        click.Option(["--once"], is_flag=True, help="Look once."),
        click.Option(["--until"], metavar="RFC3339", callback=_until, help="End at this time at the latest."),
        click.Option(["--auto-rollback"], is_flag=True, help="When a trigger fires, roll back without a question."),
        options.json_output("Print one JSON object a line."),
        options.now(),
        *options.variables(),
        options.color(),
    ],
)
