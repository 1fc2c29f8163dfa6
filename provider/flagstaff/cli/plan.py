"""`flagstaff plan`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flagstaff.cli import options
from flagstaff.cli.arguments import Command

if TYPE_CHECKING:
    from flagstaff.cli.asking import Crowd
    from flagstaff.cli.planning import Asked, Planned
    from flagstaff.cli.previewing import Copies
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
    format: str,
    max_chars: int | None,
    target: tuple[str, ...],
    exclude: tuple[str, ...],
    accept_drift: tuple[str, ...],
    refresh_only: bool,
    unmanaged: bool,
    snapshot: str,
    state_snapshot: str,
    no_network: bool,
    crowd: Crowd,
    now: datetime | None,
    given: options.Given,
    no_color: bool,
) -> int:
    from flagstaff.cli.formats import check_format, told_in, write_plan
    from flagstaff.cli.planning import Asked, exit_code
    from flagstaff.cli.previewing import Copies
    from flagstaff.cli.workspace import run

    _exclusive(target, exclude)
    check_format(format, json_=json_, most=max_chars)
    copies = Copies(snapshot, state_snapshot)
    asked = Asked(target, exclude, accept_drift, refresh_only, now, unmanaged, not no_network, crowd)

    def body(workspace: Workspace) -> int:
        with told_in(workspace, format):
            planned = _plan(workspace, asked, options.inputs(given), copies)
            _save(planned, asked, out)
        if json_:
            workspace.stream(planned.provider.name).plan(planned.plan, workspace.sources)
        else:
            write_plan(workspace, workspace.view(planned, out or ""), format, max_chars)
        return exit_code(planned.plan, detailed=detailed_exitcode)

    return run(body, no_color=no_color, json_=json_)


def _exclusive(target: tuple[str, ...], exclude: tuple[str, ...]) -> None:
    from flagstaff.cli.arguments import UsageFailure

    if target and exclude:
        raise UsageFailure("-target and -exclude can't be used together.")


def _plan(workspace: Workspace, asked: Asked, inputs: Inputs, copies: Copies) -> Planned:
    from flagstaff.cli.planning import make
    from flagstaff.cli.previewing import check_offline

    declared = workspace.configuration(replace(inputs, require_secrets=not copies.live))
    if not asked.network:
        check_offline(declared, copies)
    desired = copies.desired(declared)
    provider = copies.open_provider(workspace, desired.provider)
    planned = make(workspace, desired, provider, copies.open_store(workspace, declared.settings.backend), asked)
    workspace.tell(planned.recovery.notes)
    return planned


def _save(planned: Planned, asked: Asked, out: str | None) -> None:
    from flagstaff.cli.planfile import save_plan
    from flagstaff.diagnostics import Failure

    if out is None:
        return
    if asked.now is not None and not planned.provider.embedded:
        raise Failure.error(
            "Plan can't be saved",
            "A plan made with -now could be applied at a time for which it was not made. "
            "It can be saved for an embedded store only.",
        )
    save_plan(planned.plan, Path(out))


command = Command(
    name="plan",
    help=HELP,
    callback=_run,
    params=[
        click.Option(["--out"], metavar="FILE", help="Save the plan, to apply exactly this."),
        click.Option(["--detailed-exitcode"], is_flag=True, help="Exit with 2 where there are changes."),
        options.json_output("Stream Terraform's messages, one JSON object a line."),
        options.choice(
            "format",
            "text (default); markdown: a comment for a pull request; html: a page; sarif, or github: what was found "
            "where.",
            "text",
            "markdown",
            "html",
            "sarif",
            "github",
        ),
        options.max_chars(),
        *options.selection(),
        click.Option(["--refresh-only"], is_flag=True, help="Only take the live values into the state."),
        click.Option(["--unmanaged"], is_flag=True, help="List the live toggles that nothing mentions, too."),
        click.Option(
            ["--snapshot"],
            metavar="FILE",
            default="",
            help="Plan against this export of the live toggles, not the store. Such a plan can't be applied.",
        ),
        click.Option(
            ["--state-snapshot"],
            metavar="FILE",
            default="",
            help="Plan against this state, as `flagstaff state pull` printed it. Such a plan can't be applied.",
        ),
        click.Option(["--no-network"], is_flag=True, help="Read no monitor, and no store or state elsewhere."),
        *options.people(),
        options.now(),
        *options.variables(),
        options.color(),
    ],
)
