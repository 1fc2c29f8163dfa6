"""Handing off as an operation: a saved plan becomes a document for the person who will do it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Final

from flagstaff.addresses import Address
from flagstaff.apply.handoff import handoff_of
from flagstaff.apply.options import Options
from flagstaff.approvals.asking import awaited
from flagstaff.cli.agreeing import Agreeing
from flagstaff.cli.applying import from_plan
from flagstaff.cli.backend_config import with_backend
from flagstaff.cli.planfile import load_plan
from flagstaff.cli.workspace import Workspace
from flagstaff.config.load import Inputs
from flagstaff.diagnostics import Failure
from flagstaff.plan.plan import Plan
from flagstaff.providers.flipper.handoff import Handoff
from flagstaff.providers.flipper.handoff_checklist import checklist
from flagstaff.providers.flipper.handoff_rails import rails_script
from flagstaff.views.words import count

EMBEDDED: Final = "flipper.embedded"


def hand_off(workspace: Workspace, path: Path, format: str, out: Path | None, inputs: Inputs) -> int:
    """Raises `Failure` where there is nothing that a person could do."""
    plan = load_plan(path)
    check_by_hand(plan, path)
    agreed = Options(who=workspace.who, run=workspace.run, approved=_approved(workspace, plan, inputs))
    handoff = handoff_of(plan, made_by=workspace.who, made_at=workspace.clock.now(), options=agreed)
    if not handoff.moves:
        raise Failure.error("Nothing to hand off", _nothing(handoff, path))
    text = checklist(handoff) if format == "checklist" else rails_script(handoff)
    if out is None:
        workspace.terminal.data(text, end="")
        return 0
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Failure.error("Hand-off can't be written", f"{out}: {error.strerror}. Name another file.") from error
    left = f" {count(len(handoff.left_out), 'change')} left out." if handoff.left_out else ""
    workspace.terminal.tell(
        f"Wrote {out}: {count(len(handoff.moves), 'move')} for {handoff.environment}.{left} When it is done: "
        f"flagstaff confirm {shlex.quote(str(path))} -from export.json"
    )
    return 0


def _approved(workspace: Workspace, plan: Plan, inputs: Inputs) -> frozenset[Address]:
    """Who agreed, as the state's journal tells; it is looked at only where the plan waits for somebody."""
    if not awaited(plan):
        return frozenset()
    desired = with_backend(from_plan(plan), inputs, workspace.directory)
    return Agreeing.with_store(workspace, plan, workspace.store(desired.settings.backend)).approved()


def check_by_hand(plan: Plan, path: Path) -> None:
    """Refuse a plan for a store in which a person has nothing to do; raises `Failure`."""
    provider = plan.core.provider
    if provider == EMBEDDED:
        raise Failure.error(
            "Nothing to do by hand",
            f"Flagstaff writes this store itself: flagstaff apply {shlex.quote(str(path))}",
        )
    if not provider.startswith("flipper."):
        raise Failure.error("No hand-off for this store", f"Hand-offs are for Flipper, and the plan is for {provider}.")


def _nothing(handoff: Handoff, path: Path) -> str:
    core = handoff.plan.core
    if core.moves:
        waiting = {move.address for move in core.moves}
        reasons = [f"  {one.address}: {one.why}" for one in handoff.left_out if one.address in waiting]
        return "\n".join(["Every change of this plan waits for somebody:", *reasons])
    if handoff.plan.has_changes:
        return (
            "The plan changes no live toggle, only what is recorded. Flagstaff does that itself: "
            f"flagstaff apply {shlex.quote(str(path))}"
        )
    return "The plan changes nothing."
