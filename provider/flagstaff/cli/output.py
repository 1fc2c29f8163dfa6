"""`flagstaff output`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from flagstaff.cli import options
from flagstaff.cli.arguments import Command, UsageFailure

if TYPE_CHECKING:
    from flagstaff.cli.workspace import Workspace

HELP = """
Show the output values of the last apply, or one of them. A sensitive value is never stored, and so
never shown.
"""


def _run(name: str | None, json_: bool, raw: bool, no_color: bool, given: options.Given) -> int:
    from flagstaff.cli.workspace import run

    if raw and (name is None or json_):
        raise UsageFailure("-raw takes the NAME of one output, and not -json.")

    def body(workspace: Workspace) -> int:
        from flagstaff.cli.recording import known_state, present_state, state_store
        from flagstaff.views.outputs import output_json, output_raw, outputs_of, outputs_page

        store = state_store(workspace, options.inputs(given))
        state = known_state(store) if json_ and name is None else present_state(store)
        outputs = outputs_of((state and state.applied) or {})
        if raw and name is not None:
            workspace.terminal.data(output_raw(outputs, name), end="")
        elif json_ or name is not None:
            workspace.terminal.data(output_json(outputs, name or ""))
        else:
            workspace.terminal.show(outputs_page(outputs, workspace.terminal.look))
        return 0

    return run(body, no_color=no_color)


command = Command(
    name="output",
    help=HELP,
    callback=_run,
    params=[
        click.Argument(["name"], required=False, metavar="[NAME]"),
        options.json_output("Print JSON."),
        click.Option(["--raw"], is_flag=True, help="Print one string, number or bool without quotes."),
        *options.variables(),
        options.color(),
    ],
)
