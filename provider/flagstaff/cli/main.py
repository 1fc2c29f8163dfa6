"""The `flagstaff` command: global options, and what happens to mistakes and failures."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Final, NoReturn

import click

from flagstaff.cli.arguments import WANTS_JSON, Group

COMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    "init": ("init", "Write a commented starting configuration"),
    "fmt": ("fmt", "Rewrite configuration files in the canonical layout"),
    "validate": ("validate", "Check the configuration, without looking at any store"),
    "plan": ("plan", "Show what would change, for whom, and why the rest would not"),
    "approve": ("approve", "Agree to a saved plan for a role, signed with an SSH key"),
    "answer": ("answer", "Answer for a manual monitor, or call a trigger"),
    "apply": ("apply", "Do what a plan says"),
    "rollback": ("rollback", "Turn toggles down, now, and hold them"),
    "release": ("release", "Let a toggle that was rolled back be raised again"),
    "handoff": ("handoff", "Write down what a person has to do where Flagstaff can't write"),
    "confirm": ("confirm", "Verify and record what a person did by hand"),
    "show": ("show", "Show a saved plan, or the state"),
    "output": ("output", "Show output values of the last apply"),
    "audience": ("audience", "Show who has what, what would change for whom, or what one person gets"),
    "graph": ("graph", "Print what depends on what, as DOT or Mermaid"),
    "state": ("state", "Look at the record of what was applied, or correct it"),
    "import": ("import_", "Take a live toggle's value into the state"),
    "watch": ("watch", "Watch the soaks that run, and go back when a trigger fires"),
    "status": ("status", "Where every rollout is, what it waits for, what is held"),
    "history": ("history", "List what was done, by whom and when"),
    "report": ("report", "Write the release plan of a rollout, with what is true of it now"),
    "journal": ("journal", "Check the journal"),
    "unlock": ("unlock", "Take the state's lease away from whoever holds it"),
    "schema": ("schema", "Print the JSON Schema of a format, or list the formats"),
    "completion": ("completion", "Print a script for a shell's completion: bash, zsh or fish"),
    "version": ("version", "Print the version"),
}

HELP: Final = """
Feature-toggle rollouts under plan and apply.

Declare in *.hcl files how far each toggle is turned up, what it depends on and what must be true
before it goes further. `flagstaff plan` shows what would change; `flagstaff apply` does it.

  flagstaff validate             find mistakes in the configuration
  flagstaff plan -out=my.plan    look at what would change
  flagstaff apply my.plan        do exactly that

`flagstaff COMMAND -help` explains a command.
"""


def _version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        from flagstaff import __version__

        click.echo(f"Flagstaff v{__version__}")
        ctx.exit()


def _chdir(_: click.Context, __: click.Parameter, value: str | None) -> None:
    if value is None:
        return
    try:
        os.chdir(value)
    except OSError as error:
        raise click.UsageError(
            f'-chdir: "{value}" is not a directory that can be entered: {error.strerror}.'
        ) from error


cli = Group(
    name="flagstaff",
    help=HELP,
    commands_at=COMMANDS,
    params=[
        click.Option(
            ["--chdir"],
            metavar="DIR",
            expose_value=False,
            is_eager=True,
            callback=_chdir,
            help="Work as if started in this directory.",
        ),
        click.Option(
            ["--version"],
            is_flag=True,
            expose_value=False,
            is_eager=True,
            callback=_version,
            help="Print the version.",
        ),
    ],
)


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code. Prints; never raises."""
    try:
        result = cli.main(args=list(arguments), prog_name="flagstaff", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        # A script that forgot the command shall notice.
        click.echo(error.format_message(), err=True)
        return 1
    except click.UsageError as error:
        return _usage(error)
    except click.exceptions.Exit as error:
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("Interrupted. Running the command again is safe.", err=True)
        return 1
    except BrokenPipeError:
        from flagstaff.cli.failures import let_go_of_output

        let_go_of_output()
        return 1
    except Exception as error:  # noqa: BLE001  # the last net: a message instead of a traceback with values in it
        from flagstaff.cli.failures import let_go_of_output, output_is_lost, report

        if output_is_lost(error):
            let_go_of_output()
        return report(error)
    return result if isinstance(result, int) else 0


# These answer -json with JSON even where they fail; the others print documents, and then none.
_ALWAYS_JSON: Final = frozenset({"validate", "plan", "apply", "watch"})


def _usage(error: click.UsageError) -> int:
    path = error.ctx.command_path if error.ctx else "flagstaff"
    command = path.partition(" ")[2]
    if error.ctx and error.ctx.meta.get(WANTS_JSON) and command in _ALWAYS_JSON:
        from flagstaff.cli.failures import report_as_json
        from flagstaff.diagnostics import Diagnostic, Severity

        return report_as_json(command, Diagnostic(Severity.ERROR, "Wrong command line", error.format_message()))
    click.echo(f"Error: Wrong command line\n\n  {error.format_message()}\n\n  See: {path} -help", err=True)
    return 1


def collect_seldom() -> None:
    """Parsing and planning make many objects and hardly any cycles: collecting as usual would take half of the time."""
    gc.set_threshold(100_000, 50, 100)


def main() -> NoReturn:
    _open_streams()
    collect_seldom()
    if "_FLAGSTAFF_COMPLETE" in os.environ:
        from flagstaff.cli.completing import register

        register()
    sys.exit(run(sys.argv[1:]))


def _open_streams() -> None:
    """A stream that was closed before we started (`>&-`) leads nowhere, and to no file opened later either."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115  # for the process's life
