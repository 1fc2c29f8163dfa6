"""Confirming as an operation: evidence, lease, recover, verify, record, tell."""

from __future__ import annotations

import shlex
from datetime import timedelta
from pathlib import Path

from flagstaff.apply.confirming import Confirmation, Evidence, EvidenceReader, check_evidence, confirm
from flagstaff.apply.events import Event
from flagstaff.apply.options import Options
from flagstaff.apply.recover import recover
from flagstaff.cli.agreeing import Agreeing
from flagstaff.cli.applying import from_plan
from flagstaff.cli.backend_config import with_backend
from flagstaff.cli.evidence import evidence_of, given
from flagstaff.cli.handing_off import check_by_hand
from flagstaff.cli.planfile import load_plan
from flagstaff.cli.workspace import Workspace, check_state_outlives, never
from flagstaff.config.load import Inputs
from flagstaff.model.configuration import Desired
from flagstaff.model.times import exactly
from flagstaff.plan.plan import Plan
from flagstaff.providers.flipper.dialect import FlipperDialect
from flagstaff.providers.kinds import parse_duration
from flagstaff.providers.protocols import Provider
from flagstaff.views.confirm_human import confirm_page
from flagstaff.views.words import span


def confirm_plan(workspace: Workspace, path: Path, source: str, timeout: timedelta, inputs: Inputs) -> int:
    """The exit code. Raises `Failure`, `StateError` and `StoreError`."""
    plan = load_plan(path)
    workspace.terminal.zone = plan.core.zone
    check_by_hand(plan, path)
    desired = with_backend(from_plan(plan), inputs, workspace.directory)
    evidence = evidence_of(given(source), plan, workspace.clock.now(), _max_age(desired))
    check_evidence(plan, evidence)
    confirmation = _confirm(workspace, plan, desired, evidence, timeout)
    workspace.log.info("confirmed", moves=len(confirmation.moves), recorded=confirmation.recorded)
    age = span(max(0.0, (workspace.clock.now() - evidence.taken_at).total_seconds()))
    told = f"{evidence.source}, taken {exactly(evidence.taken_at, workspace.terminal.zone)}, {age} ago"
    page = confirm_page(confirmation, workspace.terminal.look, source=told, plan=shlex.quote(str(path)))
    workspace.terminal.show(page)
    return 0 if confirmation.complete else 1


def _confirm(
    workspace: Workspace, plan: Plan, desired: Desired, evidence: Evidence, timeout: timedelta
) -> Confirmation:
    """Under the lease. What an earlier run left open is asked of the evidence, which stands for the store."""
    clock, who, run = workspace.clock, workspace.who, workspace.run
    dialect = FlipperDialect()
    provider = Provider(
        name=plan.core.provider,
        title=evidence.source,
        dialect=dialect,
        reader=EvidenceReader(evidence, clock.now()),
        writer=None,
    )
    check_state_outlives(desired, provider)
    store = workspace.store(desired.settings.backend)
    with workspace.lease(store, "confirm", timeout, never) as lease:
        recovery = recover(provider, store, clock=clock, listener=_silent, who=who, run=run, took_over=lease.took_over)
        workspace.tell(recovery.notes)
        settled = Agreeing.of(workspace, plan, recovery.state, store).settled()
        return confirm(settled, evidence, dialect, store, clock, Options(who=who, run=run))


def _silent(_: Event) -> None:
    """What was recovered is told by the recovery's notes."""


def _max_age(desired: Desired) -> timedelta | None:
    value = desired.provider.settings.get("max_age")
    return parse_duration(value) if isinstance(value, str) else None
