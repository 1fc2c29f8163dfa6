"""`flagstaff state`: list, show, mv, rm, verify."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flagstaff.cli.arguments import Group

COMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    "list": ("state_list", "List the toggles in the state"),
    "show": ("state_show", "Show one toggle's record"),
    "mv": ("state_mv", "Give a record another address"),
    "rm": ("state_rm", "Forget records; live toggles stay as they are"),
    "verify": ("state_verify", "Check the state's and the journal's invariants"),
}

command = Group(
    name="state",
    help="""
Look at the record of what was applied, or correct it. The live store is never touched.

Where the configuration can't be read, set FLAGSTAFF_STATE to the state's file.
""",
    commands_at=COMMANDS,
)
