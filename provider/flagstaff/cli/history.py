"""`flagstaff history`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from flagstaff.cli import options
from flagstaff.cli.arguments import Command

if TYPE_CHECKING:
    from flagstaff.cli.recalling import Wanted
    from flagstaff.cli.workspace import Workspace

HELP = """
List what was done to this environment, oldest first, with when and who: moves with their results,
stages, decisions, readings, rollbacks, holds and releases, corrections of the state.

ADDRESS is a toggle (also its key or an alias), a monitor, a trigger, a role, a stage. Several of them
add up; -rollout, -who and -since narrow down.
"""


def _run(
    addresses: tuple[str, ...],
    json_: bool,
    rollout: str | None,
    who: str | None,
    since: datetime | None,
    limit: int | None,
    no_color: bool,
    given: options.Given,
) -> int:
    from flagstaff.cli.recalling import Wanted
    from flagstaff.cli.workspace import run

    wanted = Wanted(addresses, rollout, who, since, limit)

    def body(workspace: Workspace) -> int:
        return _list(workspace, wanted, given, json_=json_)

    return run(body, no_color=no_color)


def _list(workspace: Workspace, wanted: Wanted, given: options.Given, *, json_: bool) -> int:
    from flagstaff.cli.recalling import matching
    from flagstaff.cli.recording import state_store, tell_times_of
    from flagstaff.views.history import events, history_json, history_page
    from flagstaff.views.json_text import json_text

    store = state_store(workspace, options.inputs(given))
    state, _ = store.load()
    tell_times_of(workspace.terminal, state)
    found = events(store.entries(), UTC if json_ else workspace.terminal.zone)
    if not found:
        workspace.terminal.tell("Nothing was done here yet.")
        return 0
    kept = matching(found, wanted, state)
    if json_:
        for event in kept:
            workspace.terminal.data(json_text(history_json(event)))
    elif kept:
        workspace.terminal.show(history_page(kept, workspace.terminal.look))
    else:
        workspace.terminal.tell("Nothing of that was done here.")
    return 0


command = Command(
    name="history",
    help=HELP,
    callback=_run,
    params=[
        click.Argument(["addresses"], nargs=-1, metavar="[ADDRESS...]"),
        options.json_output("Print one JSON object for each entry, all of it."),
        click.Option(
            ["--rollout"], metavar="NAME", help="Only of this rollout: its stages, toggles, monitors and triggers."
        ),
        click.Option(["--who"], metavar="NAME", help="Only by people whose name has this in it."),
        options.since("Only from this day or time on."),
        options.number("limit", "Only the last N entries."),
        *options.variables(),
        options.color(),
    ],
)
