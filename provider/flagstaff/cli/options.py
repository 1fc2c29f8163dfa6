"""Options that several commands share, and the inputs that they make."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from flagstaff.cli.arguments import UsageFailure


def variables() -> list[click.Parameter]:
    return [
        click.Option(["--var", "var"], multiple=True, metavar="NAME=VALUE", help="Set a variable. Repeatable."),
        click.Option(
            ["--var-file", "var_file"], multiple=True, metavar="FILE", help="Read variables from a file. Repeatable."
        ),
    ]


def selection() -> list[click.Parameter]:
    """Which toggles: by address, block, alias or live key."""
    return [
        click.Option(
            ["--target", "target"],
            multiple=True,
            metavar="TOGGLE",
            help="Only this toggle and what it needs: prerequisites to go up, dependents to go down. Repeatable.",
        ),
        click.Option(
            ["--exclude", "exclude"],
            multiple=True,
            metavar="TOGGLE",
            help="All but this toggle and what comes after it. Repeatable.",
        ),
        click.Option(
            ["--accept-drift", "accept_drift"],
            multiple=True,
            metavar="TOGGLE",
            help="Lower this toggle although a hand raised it. Repeatable.",
        ),
    ]


def color() -> click.Parameter:
    return click.Option(["--no-color", "no_color"], is_flag=True, help="Print without colour (as NO_COLOR does).")


def json_output(what: str) -> click.Parameter:
    return click.Option(["--json", "json_"], is_flag=True, help=what)


def lock_timeout() -> click.Parameter:
    return click.Option(
        ["--lock-timeout"],
        metavar="DURATION",
        default="0s",
        callback=_duration,
        help="How long to wait for the state's lease, e.g. 30s or 10m.",
    )


def auto_approve() -> click.Parameter:
    return click.Option(["--auto-approve"], is_flag=True, help="Do not ask.")


def now() -> click.Parameter:
    return click.Option(
        ["--now"], metavar="RFC3339", callback=_moment, help="Pretend that it is this time. Embedded stores only."
    )


def inputs(var: tuple[str, ...], var_file: tuple[str, ...]) -> Any:
    """The variable values that the user gave. Raises `UsageFailure`."""
    from flagstaff.config.load import Inputs

    pairs = []
    for item in var:
        name, equals, value = item.partition("=")
        if not equals:
            raise UsageFailure(f'-var takes NAME=VALUE, and "{item}" has no "=".')
        pairs.append((name.strip(), value))
    return Inputs(tuple(pairs), tuple(Path(name) for name in var_file), os.environ)


_UNITS = {"s": 1, "m": 60, "h": 3600}


def _duration(_: click.Context, __: click.Parameter, value: str) -> timedelta:
    number, unit = value[:-1], value[-1:]
    if unit not in _UNITS or not number.isdigit():
        raise UsageFailure(f'"{value}" is not a duration; write it as 30s, 10m or 1h.')
    return timedelta(seconds=int(number) * _UNITS[unit])


def date(_: click.Context, __: click.Parameter, value: str | None) -> datetime | None:
    """A day (its start, in UTC) or a moment with its zone."""
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise UsageFailure(f'"{value}" is not a date; write it as 2026-01-27, or as a time with its zone.') from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _moment(_: click.Context, __: click.Parameter, value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise UsageFailure(f'-now takes a time such as 2026-01-27T14:00:00Z, with its zone; "{value}" is none.')
    return moment.astimezone(UTC)
