"""`flagstaff completion`."""

from __future__ import annotations

import click

from flagstaff.cli.arguments import Command, UsageFailure
from flagstaff.diagnostics import did_you_mean

HELP = """
Print a script that lets a shell complete commands, options, and the addresses of this directory's
configuration: bash, zsh or fish.

  bash, in ~/.bashrc:   eval "$(flagstaff completion bash)"
  zsh, in ~/.zshrc:     eval "$(flagstaff completion zsh)"    (behind compinit)
  fish:                 flagstaff completion fish > ~/.config/fish/completions/flagstaff.fish
"""


def _run(shell: str) -> int:
    from flagstaff.cli.completing import SHELLS, script
    from flagstaff.cli.main import cli

    if shell not in SHELLS:
        raise UsageFailure(f'There is no completion for "{shell}": bash, zsh or fish.{did_you_mean(shell, SHELLS)}')
    click.echo(script(shell, cli), nl=False)
    return 0


command = Command(
    name="completion",
    help=HELP,
    callback=_run,
    params=[
        click.Argument(
            ["shell"],
            metavar="SHELL",
            shell_complete=lambda _, __, start: [name for name in ("bash", "zsh", "fish") if name.startswith(start)],
        )
    ],
)
