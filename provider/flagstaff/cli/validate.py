"""`flagstaff validate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from flagstaff.cli import options
from flagstaff.cli.arguments import Command

if TYPE_CHECKING:
    from flagstaff.diagnostics import Diagnostic
    from flagstaff.model.decisions import OpenDecision

HELP = """
Check the configuration of this directory without looking at any store or state: syntax, names,
types, references, cycles, percentages. All mistakes are shown at once.

Exit code 0: valid; 1: not.
"""


def _run(json_: bool, strict: bool, format: str, no_color: bool, given: options.Given) -> int:
    from dataclasses import replace

    from flagstaff.cli.formats import FOUND, check_format, write_diagnostics
    from flagstaff.cli.workspace import Workspace, run
    from flagstaff.diagnostics import Severity
    from flagstaff.views.diagnostics import validation_json, validation_page

    check_format(format, json_=json_, most=None)

    def body(workspace: Workspace) -> int:
        desired, found = workspace.check(replace(options.inputs(given), require_values=False))
        if strict and desired is not None:
            found += tuple(map(_undecided, desired.open_decisions))
        if json_:
            workspace.terminal.data(validation_json(found, workspace.sources))
        elif format in FOUND:
            write_diagnostics(workspace, found, format, "validate")
        else:
            workspace.terminal.show(validation_page(found, workspace.sources, workspace.terminal.look))
        return int(any(item.severity is Severity.ERROR for item in found))

    return run(body, no_color=no_color)


def _undecided(decision: OpenDecision) -> Diagnostic:
    from flagstaff.diagnostics import Diagnostic, Severity

    stop = "" if decision.why.endswith((".", "?", "!")) else "."
    whose = "" if decision.owner is None else f" It is for {decision.owner} to decide."
    detail = f"Nobody has decided this yet: {decision.why}{stop}{whose}"
    place = decision.place
    return Diagnostic(Severity.ERROR, "Undecided value", detail, decision.range, context=place, address=place or None)


command = Command(
    name="validate",
    help=HELP,
    callback=_run,
    params=[
        options.json_output("Print Terraform's diagnostics JSON."),
        options.choice(
            "format", "text (default), sarif, or github: annotations of a workflow.", "text", "sarif", "github"
        ),
        click.Option(["--strict"], is_flag=True, help="Fail on undecided values, too."),
        *options.variables(state=False),
        options.color(),
    ],
)
