"""`flagstaff status`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from flagstaff.cli import options
from flagstaff.cli.arguments import Command

if TYPE_CHECKING:
    from flagstaff.cli.workspace import Workspace

HELP = """
Where everything is, on one screen: each rollout's stage and since when, what its next stage waits for
and until when, what is held and who can release it, what drifted, which waivers count, how many
decisions are open. Nothing is written.

Where the configuration is broken or the live store can't be read, it says so and shows what the
state has.
"""


def _run(json_: bool, no_network: bool, now: datetime | None, no_color: bool, given: options.Given) -> int:
    from flagstaff.cli.workspace import run

    def body(workspace: Workspace) -> int:
        from flagstaff.cli.looking import look
        from flagstaff.views.json_text import json_text
        from flagstaff.views.status_human import status_page
        from flagstaff.views.status_json import status_json

        status = look(workspace, options.inputs(given), network=not no_network, now=now).status
        if json_:
            workspace.terminal.data(json_text(status_json(status)))
        else:
            workspace.terminal.show(status_page(status, workspace.terminal.look))
        return 0

    return run(body, no_color=no_color)


command = Command(
    name="status",
    help=HELP,
    callback=_run,
    params=[
        options.json_output("Print one JSON object."),
        options.no_network(),
        options.now(),
        *options.variables(),
        options.color(),
    ],
)
