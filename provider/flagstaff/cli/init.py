"""`flagstaff init`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flagstaff.cli import options
from flagstaff.cli.arguments import Command

if TYPE_CHECKING:
    from flagstaff.cli.workspace import Workspace

HELP = """
Write a commented starting configuration into this directory: main.hcl, and live.json, a small
embedded store to try things on. Existing files are never overwritten.

  mkdir rollout && cd rollout
  flagstaff init
  flagstaff plan
"""


def _run(no_color: bool) -> int:
    from flagstaff.cli.workspace import run

    def body(workspace: Workspace) -> int:
        from flagstaff.cli.starting import write_start

        return write_start(workspace)

    return run(body, no_color=no_color)


command = Command(name="init", help=HELP, callback=_run, params=[options.color()])
