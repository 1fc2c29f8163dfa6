"""`flagstaff schema`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from flagstaff.cli.arguments import Command, UsageFailure

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

HELP = """
Print the JSON Schema (draft 2020-12) of a format that Flagstaff reads or writes, or, without NAME,
list the formats.

Fields are added within a version, never changed or taken away: the schemas of what is printed allow
fields that they don't describe, and a reader should leave those alone. Those of what Flagstaff reads
back (saved plans, states, journals, approvals) are as strict as it is.

  flagstaff schema
  flagstaff schema plan > plan.schema.json
"""
_ENDING = ".json"


def names() -> list[str]:
    """All formats, sorted."""
    return sorted(one.name.removesuffix(_ENDING) for one in _folder().iterdir() if one.name.endswith(_ENDING))


def text(name: str) -> str:
    """The schema of one of them."""
    return _folder().joinpath(f"{name}{_ENDING}").read_text(encoding="utf-8")


def _folder() -> Traversable:
    from importlib.resources import files

    return files("flagstaff").joinpath("schemas")


def _run(name: str | None) -> int:
    known = names()
    if name is None:
        click.echo(_list(known), nl=False)
        return 0
    if name not in known:
        from flagstaff.diagnostics import did_you_mean

        hint = did_you_mean(name, known)
        raise UsageFailure(f'There is no format "{name}".{hint} `flagstaff schema` lists all of them.')
    click.echo(text(name), nl=False)
    return 0


def _list(known: list[str]) -> str:
    import json

    width = max(map(len, known))
    return "".join(f"{name:{width}}  {json.loads(text(name))['title']}\n" for name in known)


command = Command(
    name="schema",
    help=HELP,
    callback=_run,
    params=[
        click.Argument(
            ["name"],
            required=False,
            metavar="[NAME]",
            shell_complete=lambda _, __, start: [name for name in names() if name.startswith(start)],
        )
    ],
)
