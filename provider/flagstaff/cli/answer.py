"""`flagstaff answer`."""

from __future__ import annotations

from datetime import datetime, timedelta

import click

from flagstaff.cli import options
from flagstaff.cli.arguments import Command, UsageFailure

HELP = """
Answer for a monitor that no machine can read (its source is "manual"), or call a trigger: one of the
conditions under which one rolls back.

An answer counts for a time, and is asked for again after that. Calling a trigger (fail) stops all
raises of its stages, and prints the command that rolls back; pass withdraws the call.

  flagstaff answer monitor.support_calls -verdict=pass -note="none since noon"
  flagstaff answer trigger.booking_errors -verdict=fail -note="three calls about 500s"

Exit code 0: the answer is recorded; 1: error, and nothing is recorded.
"""


def _duration(_: click.Context, __: click.Parameter, value: str | None) -> timedelta | None:
    from flagstaff.language.durations import read_duration

    if value is None:
        return None
    found = read_duration(value)
    if not found:
        raise UsageFailure(f'-for takes a duration such as 30m, 4h or 7d, and more than none; "{value}" is none.')
    return found


def _run(
    subject: str,
    verdict: str,
    note: str,
    for_: timedelta | None,
    now: datetime | None,
    given: options.Given,
    no_color: bool,
) -> int:
    from flagstaff.cli.answering import Request, answer
    from flagstaff.cli.workspace import run

    request = Request(subject, verdict, note, for_, options.inputs(given))
    return run(lambda workspace: answer(workspace, request), no_color=no_color, now=now)


command = Command(
    name="answer",
    help=HELP,
    callback=_run,
    params=[
        click.Argument(["subject"], metavar="ADDRESS"),
        click.Option(["--verdict"], metavar="VERDICT", required=True, help="What you found: pass or fail."),
        click.Option(["--note"], metavar="TEXT", default="", help="What you saw, for the record."),
        click.Option(
            ["--for", "for_"],
            metavar="DURATION",
            callback=_duration,
            help="How long it counts, e.g. 4h or 7d (default: what the monitor says, or 24h).",
        ),
        options.now(),
        *options.variables(),
        options.color(),
    ],
)
