"""`flagstaff validate`."""

from __future__ import annotations

import click

from flagstaff.cli import options
from flagstaff.cli.arguments import Command

HELP = """
Check the configuration of this directory without looking at any store or state: syntax, names,
types, references, cycles, percentages. All mistakes are shown at once.

Exit code 0: valid; 1: not.
"""


def _run(json_: bool, strict: bool, no_color: bool, given: options.Given) -> int:
    from dataclasses import replace

    from flagstaff.cli.workspace import Workspace, run
    from flagstaff.diagnostics import Diagnostic, Severity
    from flagstaff.views.diagnostics import validation_json, validation_page

    def body(workspace: Workspace) -> int:
        desired, found = workspace.check(replace(options.inputs(given), require_values=False))
        if strict and desired is not None:
            found += tuple(
                Diagnostic(
                    Severity.ERROR, "Undecided value", f"Nobody has decided this yet: {decision.why}.", decision.range
                )
                for decision in desired.open_decisions
            )
        if json_:
            workspace.terminal.data(validation_json(found, workspace.sources))
        else:
            workspace.terminal.show(validation_page(found, workspace.sources, workspace.terminal.look))
        return int(any(item.severity is Severity.ERROR for item in found))

    return run(body, no_color=no_color)


command = Command(
    name="validate",
    help=HELP,
    callback=_run,
    params=[
        options.json_output("Print Terraform's diagnostics JSON."),
        click.Option(["--strict"], is_flag=True, help="Fail on undecided values, too."),
        *options.variables(),
        options.color(),
    ],
)
