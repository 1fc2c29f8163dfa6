"""`flagstaff plan`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flagstaff.cli import options
from flagstaff.cli.arguments import Command

if TYPE_CHECKING:
    from flagstaff.cli.planning import Asked, Planned
    from flagstaff.cli.workspace import Workspace
    from flagstaff.config.load import Inputs

HELP = """
Show what would change, in which order, for whom, and why the rest would not. Nothing is written to
the live store or the state.

A raise that does not pass its checks is blocked with whatever comes after it; the rest of the plan
can be applied. Save a plan to apply exactly what was reviewed:

  flagstaff plan -out=canary.plan
  flagstaff apply canary.plan

Exit code 0: done; 1: error; 2: changes (with -detailed-exitcode); 3: a change that was asked for is
blocked.
"""


def _run(
    out: str | None,
    detailed_exitcode: bool,
    json_: bool,
    target: tuple[str, ...],
    exclude: tuple[str, ...],
    accept_drift: tuple[str, ...],
    refresh_only: bool,
    unmanaged: bool,
    now: datetime | None,
    given: options.Given,
    no_color: bool,
) -> int:
    from flagstaff.cli.planning import Asked
    from flagstaff.cli.workspace import run

    _exclusive(target, exclude)
    asked = Asked(target, exclude, accept_drift, refresh_only, now, unmanaged)

    def body(workspace: Workspace) -> int:
        from flagstaff.cli.planning import exit_code

        planned = _plan(workspace, asked, options.inputs(given))
        if out is not None:
            _save(planned, asked, Path(out))
        _show(workspace, planned, out or "", json_=json_)
        return exit_code(planned.plan, detailed=detailed_exitcode)

    return run(body, no_color=no_color, json_=json_)


def _exclusive(target: tuple[str, ...], exclude: tuple[str, ...]) -> None:
    from flagstaff.cli.arguments import UsageFailure

    if target and exclude:
        raise UsageFailure("-target and -exclude can't be used together.")


def _plan(workspace: Workspace, asked: Asked, inputs: Inputs) -> Planned:
    from flagstaff.cli.planning import make

    desired = workspace.configuration(inputs)
    provider = workspace.provider(desired.provider, writable=False)
    planned = make(workspace, desired, provider, workspace.store(desired.settings.backend), asked)
    workspace.tell(planned.recovery.notes)
    return planned


def _save(planned: Planned, asked: Asked, path: Path) -> None:
    from flagstaff.cli.planfile import save_plan
    from flagstaff.diagnostics import Failure

    if asked.now is not None and not planned.provider.embedded:
        raise Failure.error(
            "Plan can't be saved",
            "A plan made with -now could be applied at a time for which it was not made. "
            "It can be saved for an embedded store only.",
        )
    save_plan(planned.plan, path)


def _show(workspace: Workspace, planned: Planned, saved_as: str, *, json_: bool) -> None:
    if json_:
        workspace.stream(planned.provider.name).plan(planned.plan, workspace.sources)
        return
    from flagstaff.views.plan_human import plan_page

    workspace.terminal.show(plan_page(workspace.view(planned, saved_as), workspace.terminal.look))


command = Command(
    name="plan",
    help=HELP,
    callback=_run,
    params=[
        click.Option(["--out"], metavar="FILE", help="Save the plan, to apply exactly this."),
        click.Option(["--detailed-exitcode"], is_flag=True, help="Exit with 2 where there are changes."),
        options.json_output("Stream Terraform's messages, one JSON object a line."),
        *options.selection(),
        click.Option(["--refresh-only"], is_flag=True, help="Only take the live values into the state."),
        click.Option(["--unmanaged"], is_flag=True, help="List the live toggles that nothing mentions, too."),
        options.now(),
        *options.variables(),
        options.color(),
    ],
)
