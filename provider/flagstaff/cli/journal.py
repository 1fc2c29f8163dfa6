"""`flagstaff journal`: verify."""

from __future__ import annotations

from flagstaff.cli.arguments import Group

command = Group(
    name="journal",
    help="The journal of everything that was done. `flagstaff history` lists it.",
    commands_at={"verify": ("journal_verify", "Check that no entry was changed, cut or reordered")},
)
