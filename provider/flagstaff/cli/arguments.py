"""Arguments as this field writes them, on top of click.

Long options take one dash or two, `-x=value` or `-x value`, flags also `-x=true` and `-x=false`;
the only short option is `-h`. Click itself would split `-out=f` into letters, so every command
normalises its arguments before click sees them.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Final

import click

from flagstaff.diagnostics import nearest

_HELP: Final = frozenset({"h", "help"})
_JSON: Final = frozenset({"-json", "--json", "-json=true", "--json=true"})
# In a context's `meta`: whether -json was typed, so that a wrong command line can be told in JSON, too.
WANTS_JSON: Final = "flagstaff.json"
TYPED: Final = "flagstaff.typed"


class UsageFailure(click.UsageError):
    """The user's command line is wrong; `str()` says how."""


def normalised(command: click.Command, ctx: click.Context, arguments: Sequence[str]) -> list[str]:
    """`normalise` with a command's own options; a failure knows its context, for the hint."""
    with _told(ctx):
        return normalise(arguments, options_of(command), ctx.command_path)


@contextmanager
def _told(ctx: click.Context) -> Iterator[None]:
    try:
        yield
    except UsageFailure as failure:
        failure.ctx = failure.ctx or ctx
        raise


def normalise(arguments: Sequence[str], options: Mapping[str, click.Option], command: str) -> list[str]:
    """Arguments in the one form that click reads. Raises `UsageFailure`.

    `options` are the command's by name, without dashes.
    """
    result: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        if argument == "--":
            return [*result, "--", *rest]
        if not is_option(argument):
            result.append(argument)
            continue
        name, equals, value = argument.lstrip("-").partition("=")
        if name in _HELP and not equals:
            return ["--help"]
        option = options.get(name)
        if option is None:
            raise UsageFailure(_unknown(name, options, command))
        if option.is_flag:
            _flag(result, name, value if equals else "true", command)
            continue
        if not equals:
            try:
                value = next(rest)
            except StopIteration:
                raise UsageFailure(f"-{name} needs a value: {shown(option)}.") from None
        result.append(f"--{name}={value}")
    return result


def is_option(argument: str) -> bool:
    """A single dash is a name, for standard input."""
    return argument.startswith("-") and argument != "-"


def _flag(result: list[str], name: str, value: str, command: str) -> None:
    """The last of several counts."""
    if value not in {"true", "false"}:
        raise UsageFailure(f'-{name} of "{command}" is true or false, not "{value}".')
    while f"--{name}" in result:
        result.remove(f"--{name}")
    if value == "true":
        result.append(f"--{name}")


def _unknown(name: str, options: Mapping[str, click.Option], command: str) -> str:
    guess = nearest(name, options)
    hint = f' Did you mean "-{guess}"?' if guess else ""
    return f'"{command}" has no option "-{name}".{hint}'


def shown(option: click.Option) -> str:
    """An option as help shows it: `-out=FILE`, `-auto-approve`."""
    name = option.opts[0].lstrip("-")
    return f"-{name}" if option.is_flag else f"-{name}={option.make_metavar(click.Context(click.Command('x')))}"


class Command(click.Command):
    """A command whose options take one dash; its environment variable adds arguments in front."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        with _told(ctx):
            given = [*_from_environment(ctx.command_path), *args]
        ctx.meta[WANTS_JSON] = any(argument in _JSON for argument in given)
        ctx.allow_extra_args = True
        try:
            ctx.meta[TYPED] = tuple(normalised(self, ctx, given))
            super().parse_args(ctx, list(ctx.meta[TYPED]))
        except click.MissingParameter as error:
            name = error.param.make_metavar(ctx) if error.param else "an argument"
            raise UsageFailure(f'"{ctx.command_path}" needs {name.rstrip(".")}.', ctx) from error
        if ctx.args:
            raise UsageFailure(f'"{ctx.command_path}" takes no argument "{ctx.args[0]}".', ctx)
        return ctx.args

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        _format_options(self.get_params(ctx), formatter)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        pieces = [p.make_metavar(ctx) for p in self.params if isinstance(p, click.Argument)]
        formatter.write_usage(ctx.command_path, " ".join(["[options]", *pieces]))

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        _write_text(self.help or "", formatter)


class Group(click.Group):
    """A group whose commands are imported when they are called."""

    def __init__(self, *args: Any, commands_at: Mapping[str, tuple[str, str]], **kwargs: Any) -> None:
        """`commands_at`: name -> (module below `flagstaff.cli`, one line of help)."""
        super().__init__(*args, **kwargs)
        self.commands_at = commands_at

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands_at)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = self.commands_at.get(cmd_name)
        if found is None:
            return None
        command: click.Command = import_module(f"flagstaff.cli.{found[0]}").command
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Options before the command are the group's own."""
        end = self._command_at(args)
        rest = super().parse_args(ctx, [*normalised(self, ctx, args[:end]), *args[end:]])
        if end == len(args):
            raise click.exceptions.NoArgsIsHelpError(ctx)
        return rest

    def _command_at(self, args: Sequence[str]) -> int:
        """Where the command's name is, behind the options and their values; else the end."""
        options, place = options_of(self), 0
        while place < len(args) and is_option(args[place]):
            option = options.get(args[place].lstrip("-"))
            place += 1 if option is None or option.is_flag else 2
        return min(place, len(args))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in self.commands_at:
            guess = nearest(name, self.commands_at)
            hint = f' Did you mean "{guess}"?' if guess else ""
            raise UsageFailure(f'"{ctx.command_path}" has no command "{name}".{hint}', ctx)
        return super().resolve_command(ctx, args)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage(
            ctx.command_path, "[global options] COMMAND [options]" if ctx.parent is None else "COMMAND"
        )

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in self.commands_at.items()])

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.format_commands(ctx, formatter)
        _format_options(self.get_params(ctx), formatter)

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        _write_text(self.help or "", formatter)


def options_of(command: click.Command) -> dict[str, click.Option]:
    return {
        name.lstrip("-"): option
        for option in command.params
        if isinstance(option, click.Option)
        for name in option.opts
    }


def _from_environment(command_path: str) -> list[str]:
    """`FLAGSTAFF_CLI_ARGS`, and `FLAGSTAFF_CLI_ARGS_state_list` for one command."""
    _, _, command = command_path.partition(" ")
    name = command.replace(" ", "_").replace("-", "_")
    return [
        argument
        for variable in ("FLAGSTAFF_CLI_ARGS", f"FLAGSTAFF_CLI_ARGS_{name}")
        for argument in _words(variable, os.environ.get(variable, ""))
    ]


def _words(variable: str, text: str) -> list[str]:
    """Split as a shell would. Raises `UsageFailure`."""
    try:
        return shlex.split(text)
    except ValueError as error:
        raise UsageFailure(f"The environment variable {variable} can't be read: {error}.") from error


def _format_options(params: Iterable[click.Parameter], formatter: click.HelpFormatter) -> None:
    rows = [(shown(p), p.help or "") for p in params if isinstance(p, click.Option) and not p.hidden]
    if rows:
        with formatter.section("Options"):
            formatter.write_dl(rows, col_max=26)


def _write_text(text: str, formatter: click.HelpFormatter) -> None:
    """Paragraphs are wrapped; indented ones (examples) are kept as they are."""
    for paragraph in text.strip().split("\n\n"):
        formatter.write_paragraph()
        if paragraph.startswith(" "):
            formatter.write("\n".join(paragraph.split("\n")) + "\n")
        else:
            formatter.write_text(" ".join(paragraph.split()))
