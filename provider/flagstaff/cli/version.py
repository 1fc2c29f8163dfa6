"""`flagstaff version`."""

from __future__ import annotations

import json
import platform

import click

from flagstaff import __version__
from flagstaff.cli.arguments import Command

HELP = """
Print the version of Flagstaff, and of the Python that runs it.
"""


def _run(json_: bool) -> None:
    if json_:
        click.echo(json.dumps({"flagstaff_version": __version__, "python_version": platform.python_version()}))
    else:
        click.echo(f"Flagstaff v{__version__}\non Python {platform.python_version()}")


command = Command(
    name="version",
    help=HELP,
    callback=_run,
    params=[click.Option(["--json", "json_"], is_flag=True, help="Print JSON.")],
)
