"""`flagstaff fmt`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from flagstaff.cli import options
from flagstaff.cli.arguments import Command, UsageFailure

if TYPE_CHECKING:
    from flagstaff.cli.workspace import Workspace

HELP = """
Rewrite configuration files in the canonical layout, as `terraform fmt` does: *.hcl and *.hclvars of
this directory, of the directories named, or the files named. A single dash stands for standard
input, whose result goes to standard output. The names of changed files are printed.

  flagstaff fmt -recursive
  flagstaff fmt -check -diff -recursive

A file with a syntax error is left as it is.

Exit code 0: done; 2: a file has a mistake, or can't be read or written; 3: -check found differences.
"""


def _run(
    paths: tuple[str, ...], check: bool, diff: bool, recursive: bool, list: str, write: str, no_color: bool
) -> int:
    from flagstaff.cli.tidying import Tidying, Wanted
    from flagstaff.cli.workspace import run

    piped = "-" in paths
    if piped and len(paths) > 1:
        raise UsageFailure('A single dash, for standard input, stands alone: "fmt" takes no files beside it.')
    wanted = Wanted(
        names=list == "true" and not piped,
        writes=write == "true" and not check and not piped,
        diff=diff,
        result=piped and not check and not diff,
    )

    def body(workspace: Workspace) -> int:
        tidying = Tidying(workspace, wanted)
        if piped:
            tidying.standard_input()
        else:
            tidying.files(paths or (".",), recursive=recursive)
        if tidying.failed:
            return 2
        return 3 if check and tidying.changed else 0

    return run(body, no_color=no_color)


command = Command(
    name="fmt",
    help=HELP,
    callback=_run,
    params=[
        click.Argument(["paths"], nargs=-1, metavar="[FILE|DIR|-]..."),
        click.Option(["--check"], is_flag=True, help="Write nothing; exit code 3 if a file would change."),
        click.Option(["--diff"], is_flag=True, help="Show what changes."),
        click.Option(["--recursive"], is_flag=True, help="Also the directories below, but no hidden ones."),
        options.choice("list", "Print the names of changed files: true (default) or false.", "true", "false"),
        options.choice("write", "Write changed files: true (default) or false.", "true", "false"),
        options.color(),
    ],
)
