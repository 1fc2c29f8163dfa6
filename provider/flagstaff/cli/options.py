"""Options that several commands share, and the inputs that they make."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flagstaff.cli.arguments import TYPED, UsageFailure
from flagstaff.diagnostics import did_you_mean

if TYPE_CHECKING:
    from flagstaff.cli.asking import Crowd
    from flagstaff.config.load import Inputs


# `-var`, `-var-file` and `-backend-config` as typed: which of them, and its value.
Given = tuple[tuple[str, str], ...]
_GIVEN = ("var", "var-file", "backend-config")


def variables(*, state: bool = True) -> list[click.Parameter]:
    """All in one argument of the command, `given`: the last one of all counts, whichever it is.

    `state` false: the command opens none, and takes no `-backend-config`.
    """
    return [
        *([_backend_config(expose_value=False)] if state else []),
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


def _backend_config(*name: str, **fields: Any) -> click.Parameter:
    return click.Option(
        ["--backend-config", *name],
        multiple=True,
        metavar="KEY=VALUE|FILE",
        help="A setting of the backend, or a file of such lines, over what the configuration says. Repeatable.",
        **fields,
    )


def backend_config() -> click.Parameter:
    """For a command that takes no variables: by itself, it makes the argument `given`."""
    return _backend_config("given", callback=_given)


def _given(ctx: click.Context, option: click.Parameter, values: tuple[str, ...]) -> Given:
    if "--var" in option.opts and not all("=" in value for value in values):
        raise UsageFailure('-var takes NAME=VALUE, and there is one without "=".')  # which may be a secret
    pairs = (argument.removeprefix("--").partition("=") for argument in ctx.meta[TYPED])
    return tuple((name, value) for name, _, value in pairs if name in _GIVEN)


def has_variables(given: Given) -> bool:
    return any(name != "backend-config" for name, _ in given)


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


def people(*, detail: bool = True) -> list[click.Parameter]:
    """Whose ids are looked at, and how much is said of them; all in one argument of the command, `crowd`.

    `detail` false: the command says it all anyway, and takes no `-audience`.
    """
    audience = choice("audience", "Who is affected: short (default), none or full.", "short", "none", "full")
    audience.expose_value = False
    return [
        *([audience] if detail else []),
        click.Option(
            ["--population"],
            metavar="FILE",
            expose_value=False,
            help="The ids of your people: text (an id a line), .csv or .parquet; or uuids (default) or emails, "
            "made up. Only counts of them are kept.",
        ),
        click.Option(
            ["--column", "crowd"],
            multiple=True,
            metavar="[KIND=]NAME",
            callback=_crowd,
            help="The population's column of ids, or of a kind of ids. Repeatable.",
        ),
    ]


def _crowd(ctx: click.Context, _: click.Parameter, columns: tuple[str, ...]) -> Crowd:
    from flagstaff.cli.asking import Crowd

    typed = {name: value for name, _, value in (one.removeprefix("--").partition("=") for one in ctx.meta[TYPED])}
    return Crowd(typed.get("population", ""), columns, typed.get("audience", "short"))


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


def expires() -> click.Parameter:
    return click.Option(
        ["--expires"],
        metavar="DURATION",
        default="72h",
        callback=_duration,
        help="How long a go counts, e.g. 30m or 24h (default 72h). A no-go counts until you say go.",
    )


def auto_approve() -> click.Parameter:
    return click.Option(["--auto-approve"], is_flag=True, help="Do not ask.")


def no_network() -> click.Parameter:
    return click.Option(
        ["--no-network", "no_network"], is_flag=True, help="Ask no store, monitor or state over the network."
    )


def now() -> click.Parameter:
    return click.Option(
        ["--now"],
        metavar="RFC3339",
        callback=_moment,
        help="Pretend that it is this time; an apply is dated so. Embedded stores only.",
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


def max_chars() -> click.Parameter:
    return number(
        "max-chars", "The most that -format=markdown may write (default 65536): the least important gives way."
    )


def choice(name: str, text: str, *values: str) -> click.Parameter:
    """One of a few words, the first unless something else is said."""

    def read(_: click.Context, __: click.Parameter, value: str) -> str:
        if value not in values:
            raise UsageFailure(f'-{name} is {" or ".join(values)}, not "{value}".{did_you_mean(value, values)}')
        return value

    def complete(_: click.Context, __: click.Parameter, start: str) -> list[str]:
        return [value for value in values if value.startswith(start)]

    return click.Option(
        [f"--{name}"], metavar=name.upper(), default=values[0], callback=read, help=text, shell_complete=complete
    )


def inputs(given: Given) -> Inputs:
    """The variable values that the user gave."""
    from flagstaff.config.load import Inputs, Variable, VariableFile

    def one(option: str, text: str) -> Variable | VariableFile:
        if option == "var-file":
            return VariableFile(Path(text))
        name, _, value = text.partition("=")
        return Variable(name.strip(), value)

    return Inputs(
        tuple(one(*pair) for pair in given if pair[0] != "backend-config"),
        os.environ,
        backend=tuple(text for option, text in given if option == "backend-config"),
    )


_UNITS = {"s": 1, "m": 60, "h": 3600}


def _duration(_: click.Context, option: click.Parameter, value: str) -> timedelta:
    number, unit = value[:-1], value[-1:]
    if unit not in _UNITS or not number.isdigit():
        raise UsageFailure(f'{option.opts[0][1:]} takes a duration such as 30s, 10m or 1h; "{value}" is none.')
    return timedelta(seconds=int(number) * _UNITS[unit])


def since(text: str) -> click.Parameter:
    return click.Option(["--since"], metavar="DATE", callback=date, help=text)


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
