"""`flagstaff audience`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from flagstaff.cli import options
from flagstaff.cli.arguments import Command, UsageFailure

if TYPE_CHECKING:
    from flagstaff.cli.asking import Crowd
    from flagstaff.cli.wondering import Scene, Wondering
    from flagstaff.cli.workspace import Workspace

HELP = """
Show who has what: which share of people each toggle and each experience reaches, computed from the
engine's own hash. Nothing is written.

Without options: where everybody is now, in the live store. With -set: what would change if toggles
stood elsewhere. With -id: what one person gets, now and with what is declared (or -set), and why.

  flagstaff audience
  flagstaff audience -set toggle.allergies=20 -set toggle.vitals=20
  flagstaff audience -population people.csv -column email
  flagstaff audience -id someone@example.gov
"""


def _run(
    json_: bool,
    sets: tuple[str, ...],
    id: tuple[str, ...],
    segment: str | None,
    full: bool,
    no_network: bool,
    seed: int | None,
    size: int | None,
    crowd: Crowd,
    no_color: bool,
    given: options.Given,
) -> int:
    from flagstaff.cli.wondering import Wondering, scene
    from flagstaff.cli.workspace import run

    crowd = replace(crowd, size=size, seed=seed)
    _check(id, segment, crowd)
    wondering = Wondering(crowd, sets, id, segment, not no_network, full)

    def body(workspace: Workspace) -> int:
        found = scene(workspace, options.inputs(given), wondering)
        (_person if id else _everybody)(workspace, found, wondering, json_=json_)
        return 0

    return run(body, no_color=no_color)


def _check(ids: tuple[str, ...], segment: str | None, crowd: Crowd) -> None:
    if ids and crowd.is_chosen:
        raise UsageFailure("-id is about one person: it takes no -population, -column, -size or -seed.")
    if segment is not None and not ids:
        raise UsageFailure("-segment says what kind of person -id is: give both.")


def _everybody(workspace: Workspace, scene: Scene, wondering: Wondering, *, json_: bool) -> None:
    from flagstaff.cli.wondering import everybody
    from flagstaff.plan.people.warnings import audience_warnings
    from flagstaff.views.audience_human import audience_page
    from flagstaff.views.audience_json import document

    affected = everybody(scene, wondering)
    if json_:
        workspace.terminal.data(document(affected))
    else:
        workspace.terminal.show(audience_page(affected, workspace.terminal.look, what_if=bool(wondering.sets)))
    workspace.tell(audience_warnings(affected.audience))


def _person(workspace: Workspace, scene: Scene, wondering: Wondering, *, json_: bool) -> None:
    from flagstaff.cli.wondering import ids_of, person
    from flagstaff.views.person import person_json, person_page

    found = person(scene, wondering)
    if json_:
        workspace.terminal.data(person_json(found))
        return
    ids = ids_of(wondering.ids, scene.desired)
    page = person_page(found, scene.desired, ids, workspace.terminal.look, what_if=bool(wondering.sets))
    workspace.terminal.show(page)


command = Command(
    name="audience",
    help=HELP,
    callback=_run,
    params=[
        options.json_output("Print JSON."),
        click.Option(
            ["--set", "sets"],
            multiple=True,
            metavar="TOGGLE=N",
            help="As if the toggle (address, alias or key) stood at N: a percentage, on or off. Repeatable.",
        ),
        click.Option(
            ["--id", "id"],
            multiple=True,
            metavar="[KIND=]ID",
            help="What one person gets, and why; with KIND where the configuration names kinds of ids. Repeatable.",
        ),
        click.Option(["--segment"], metavar="NAME", help="The kind of person that -id is."),
        click.Option(["--full"], is_flag=True, help="Everything, with sampling errors, segments and distributions."),
        *options.people(detail=False),
        options.number("size", "How many people are made up."),
        options.number("seed", "Make up other people."),
        click.Option(["--no-network"], is_flag=True, help="Read no store over the network."),
        *options.variables(state=False),
        options.color(),
    ],
)
