"""Options that several commands share, and the inputs that they make."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flagstaff.cli.arguments import TYPED, UsageFailure
from flagstaff.diagnostics import did_you_mean

if TYPE_CHECKING:
    from flagstaff.config.load import Inputs


# `-var` and `-var-file` as typed: which of the two, and its value.
Given = tuple[tuple[str, str], ...]


def variables() -> list[click.Parameter]:
    """Both in one argument of the command, `given`: the last one of all counts, whichever it is."""
    return [
        click.Option(
            ["--var", "given"], multiple=True, metavar="NAME=VALUE", callback=_given, help="Set a variable. Repeatable."
        ),
        click.Option(
            ["--var-file"],
            multiple=True,
            metavar="FILE",
            expose_value=False,
            help="Read variables from a file. Repeatable.",
        ),
    ]


def _given(ctx: click.Context, _: click.Parameter, values: tuple[str, ...]) -> Given:
    if not all("=" in value for value in values):
        raise UsageFailure('-var takes NAME=VALUE, and there is one without "=".')  # which may be a secret
    pairs = (argument.removeprefix("--").partition("=") for argument in ctx.meta[TYPED])
    return tuple((name, value) for name, _, value in pairs if name in {"var", "var-file"})


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


def number(name: str, text: str, *, default: int | None = None, most: int | None = None) -> click.Parameter:
    """A whole number from 1 on."""

    def read(_: click.Context, __: click.Parameter, value: str | None) -> int | None:
        if value is None:
            return default
        if not (value.isdecimal() and value.isascii()) or not 1 <= int(value) <= (most or int(value)):
            limits = f"from 1 to {most}" if most else "from 1 on"
            raise UsageFailure(f'-{name} is a whole number {limits}, not "{value}".')
        return int(value)

    return click.Option([f"--{name}"], metavar="N", callback=read, help=text)


def choice(name: str, text: str, *values: str) -> click.Parameter:
    """One of a few words, the first unless something else is said."""

    def read(_: click.Context, __: click.Parameter, value: str) -> str:
        if value not in values:
            raise UsageFailure(f'-{name} is {" or ".join(values)}, not "{value}".{did_you_mean(value, values)}')
        return value

    return click.Option([f"--{name}"], metavar=name.upper(), default=values[0], callback=read, help=text)


def inputs(given: Given) -> Inputs:
    """The variable values that the user gave."""
    from flagstaff.config.load import Inputs, Variable, VariableFile

    def one(option: str, text: str) -> Variable | VariableFile:
        if option == "var-file":
            return VariableFile(Path(text))
        name, _, value = text.partition("=")
        return Variable(name.strip(), value)

    return Inputs(tuple(one(*pair) for pair in given), os.environ)


_UNITS = {"s": 1, "m": 60, "h": 3600}


def _duration(_: click.Context, __: click.Parameter, value: str) -> timedelta:
    number, unit = value[:-1], value[-1:]
    if unit not in _UNITS or not number.isdigit():
        raise UsageFailure(f'-lock-timeout takes a duration such as 30s, 10m or 1h; "{value}" is none.')
    return timedelta(seconds=int(number) * _UNITS[unit])


def date(_: click.Context, __: click.Parameter, value: str | None) -> datetime | None:
    """A day (its start, in UTC) or a moment with its zone."""
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise UsageFailure(
            f'-since takes a date such as 2026-01-27, or a time with its zone; "{value}" is none.'
        ) from error
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
