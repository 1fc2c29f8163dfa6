"""`flagstaff graph`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flagstaff.cli import options
from flagstaff.cli.arguments import Command

if TYPE_CHECKING:
    from flagstaff.cli.workspace import Workspace

HELP = """
Print what depends on what: DOT for Graphviz, or Mermaid for a Markdown page. An arrow points from
a toggle to what it needs.

  flagstaff graph | dot -Tsvg > graph.svg
  flagstaff graph -format=mermaid
"""


def _run(format: str, no_color: bool, given: options.Given) -> int:
    from flagstaff.cli.workspace import run

    def body(workspace: Workspace) -> int:
        from flagstaff.views.graph import dot, mermaid

        desired = workspace.configuration(options.inputs(given))
        workspace.terminal.data(dot(desired) if format == "dot" else mermaid(desired))
        return 0

    return run(body, no_color=no_color)


command = Command(
    name="graph",
    help=HELP,
    callback=_run,
    params=[
        options.choice("format", "dot (default) or mermaid.", "dot", "mermaid"),
        *options.variables(state=False),
        options.color(),
    ],
)
