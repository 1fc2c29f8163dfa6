"""`flagstaff history`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flagstaff.cli import options
from flagstaff.cli.arguments import Command

if TYPE_CHECKING:
    from flagstaff.cli.workspace import Workspace

HELP = """
List what was done to this environment, oldest first: every apply, every write with its result,
every correction of the state, with when and who.
"""


def _run(json_: bool, last: int | None, no_color: bool, given: options.Given) -> int:
    from flagstaff.cli.workspace import run

    def body(workspace: Workspace) -> int:
        import json
        from collections import deque

        from flagstaff.cli.recording import state_store
        from flagstaff.views.records import history_json, history_page

        store = state_store(workspace, options.inputs(given))
        entries = deque(store.entries(), maxlen=last)
        if json_:
            for entry in entries:
                workspace.terminal.data(json.dumps(history_json(entry), ensure_ascii=False))
        elif entries:
            workspace.terminal.show(history_page(entries, workspace.terminal.look))
        else:
            workspace.terminal.tell("Nothing was done here yet.")
        return 0

    return run(body, no_color=no_color)


command = Command(
    name="history",
    help=HELP,
    callback=_run,
    params=[
        options.json_output("Print one JSON object for each entry, all of it."),
        options.number("last", "Only the last N entries."),
        *options.variables(),
        options.color(),
    ],
)
