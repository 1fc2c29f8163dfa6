"""`flagstaff state`: list, show, mv, rm, pull, push, verify."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flagstaff.cli.arguments import Group

COMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    "list": ("state_list", "List the toggles in the state"),
    "show": ("state_show", "Show one toggle's record"),
    "mv": ("state_mv", "Give a record another address"),
    "rm": ("state_rm", "Forget records; live toggles stay as they are"),
    "pull": ("state_pull", "Print the state as it is stored"),
    "push": ("state_push", "Put a state in the place of the present one"),
    "verify": ("state_verify", "Check the state's and the journal's invariants"),
}

command = Group(
    name="state",
    help="""
Look at the record of what was applied, or correct it. The live store is never touched.

Where the configuration can't be read, set FLAGSTAFF_STATE to the state's file, or to its address:
postgresql://USER@HOST/DATABASE#name=NAME or s3://BUCKET/KEY?region=REGION.
""",
    commands_at=COMMANDS,
)
