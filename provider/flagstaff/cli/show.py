"""`flagstaff show`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from flagstaff.cli import options
from flagstaff.cli.arguments import Command

if TYPE_CHECKING:
    from flagstaff.cli.workspace import Workspace
    from flagstaff.state.state import State

HELP = """
Show a saved plan as it was printed, or, without FILE, the state.

With -format=markdown: a plan as a comment for a pull request; with sarif or github (annotations):
what was found where. With -json: Terraform's plan or state JSON on one line, with one key of our
own, `flagstaff`.
"""


def _run(
    file: str | None, json_: bool, format: str, max_chars: int | None, no_color: bool, given: options.Given
) -> int:
    from flagstaff.cli.arguments import UsageFailure
    from flagstaff.cli.formats import check_format
    from flagstaff.cli.workspace import run

    check_format(format, json_=json_, most=max_chars)
    if file is None and format != "text":
        raise UsageFailure(f"-format={format} is for a saved plan: name its FILE.")

    def body(workspace: Workspace) -> int:
        if file is None:
            from flagstaff.cli.recording import known_state, present_state, state_store

            store = state_store(workspace, options.inputs(given))
            _show_state(workspace, known_state(store) if json_ else present_state(store), json_=json_)
        else:
            _show_file(workspace, Path(file), format, max_chars, json_=json_)
        return 0

    return run(body, no_color=no_color)


def _show_file(workspace: Workspace, path: Path, format_: str, most: int | None, *, json_: bool) -> None:
    from flagstaff.cli.planfile import as_plan, read_document
    from flagstaff.plan.codec import change_id
    from flagstaff.plan.order import batches

    document = read_document(path)
    if isinstance(document, dict) and "lineage" in document:
        from flagstaff.state.codec import decode_state

        _show_state(workspace, decode_state(path.read_text(encoding="utf-8"), str(path)), json_=json_)
        return
    plan = as_plan(document, path)
    steps, change = batches(plan.core.moves), change_id(plan.core)
    if json_:
        from flagstaff.views.terraform_json import plan_json

        workspace.terminal.data(plan_json(plan, steps, change))
        return
    from flagstaff.cli.formats import write_plan
    from flagstaff.views.plan_human import PlanView

    write_plan(workspace, PlanView(plan, steps, change, saved_as=str(path)), format_, most)


def _show_state(workspace: Workspace, state: State | None, *, json_: bool) -> None:
    """None: nothing was applied yet, which is told as JSON only."""
    if state is not None and not json_:
        from flagstaff.cli.recording import tell_times_of
        from flagstaff.views.records import state_page

        tell_times_of(workspace.terminal, state)
        workspace.terminal.show(state_page(state, workspace.terminal.look))
        return
    from flagstaff.views.terraform_json import state_json

    applied = (state and state.applied) or {}
    provider = applied.get("provider", {})
    name = f"{provider.get('kind', 'flipper')}.{provider.get('source', '')}"
    workspace.terminal.data(state_json(state, name))


_FORMATS = ("text", "markdown", "html", "sarif", "github")

command = Command(
    name="show",
    help=HELP,
    callback=_run,
    params=[
        click.Argument(["file"], required=False, metavar="[FILE]"),
        options.json_output("Print Terraform's JSON."),
        options.choice("format", "Of a plan: text (default), markdown, html, sarif or github.", *_FORMATS),
        options.max_chars(),
        *options.variables(),
        options.color(),
    ],
)
