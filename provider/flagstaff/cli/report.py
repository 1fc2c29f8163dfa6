"""`flagstaff report`: rollout."""

from __future__ import annotations

from flagstaff.cli.arguments import Group

command = Group(
    name="report",
    help="Documents for people, made from the configuration and the journal.",
    commands_at={"rollout": ("report_rollout", "The release plan of a rollout, with what is true of it now")},
)
