"""Approving as an operation: show what would be done, sign, verify, write down, and say what is still missing."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from flagstaff.addresses import Address, AddressError
from flagstaff.approvals.asking import Assembly, awaited, unrecorded
from flagstaff.approvals.message import Kind, Message
from flagstaff.approvals.signing import Hand, hand_of, sign_by
from flagstaff.approvals.ssh import Ssh
from flagstaff.cli.agreeing import Agreeing
from flagstaff.cli.applying import from_plan
from flagstaff.cli.arguments import UsageFailure
from flagstaff.cli.backend_config import with_backend
from flagstaff.cli.planfile import load_plan
from flagstaff.cli.workspace import Workspace
from flagstaff.config.load import Inputs
from flagstaff.diagnostics import Failure, did_you_mean
from flagstaff.model.configuration import Role
from flagstaff.model.evidence import Approval, Decision
from flagstaff.model.times import exactly
from flagstaff.plan.candidates import NOBODY
from flagstaff.plan.plan import Plan
from flagstaff.state.appending import append
from flagstaff.state.facts import Approved
from flagstaff.views.agreements import approve_command
from flagstaff.views.approval import approval_page
from flagstaff.views.words import SHORT_ID, count


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked of `approve`."""

    file: Path
    role: str
    key: Path | None
    decision: str
    note: str
    expires: timedelta
    inputs: Inputs


def approve(workspace: Workspace, request: Request) -> int:
    """Raises `Failure` and `StateError`, with nothing written."""
    if not request.expires:
        raise UsageFailure("-expires is how long it counts: more than 0s.")
    plan = load_plan(request.file)
    workspace.terminal.zone = plan.core.zone
    workspace.check_time(embedded=plan.core.provider.endswith(".embedded"))
    address = _asked(plan, request.role)
    desired = with_backend(from_plan(plan), request.inputs, workspace.directory)
    store = workspace.store(desired.settings.backend)
    agreeing = Agreeing.with_store(workspace, plan, store)
    role = agreeing.assembly.roles.get(address)
    if role is None:
        raise Failure.error("Role is not recorded", unrecorded(address))
    terminal = workspace.terminal
    terminal.show(approval_page(plan, agreeing.assembly.change, terminal.look))
    ssh = Ssh()
    hand = hand_of(role, ssh, request.key)
    _say_whose(workspace, agreeing, role, hand)
    approval = sign_by(_message(workspace, agreeing.assembly, request, address), hand, ssh)
    agreeing.approvals += (approval,)
    _check(agreeing, role, approval)
    append(store, [Approved(approval)], time=approval.at, run=workspace.run, who=workspace.who)
    _tell(workspace, agreeing, request, approval)
    return 0


def _asked(plan: Plan, text: str) -> Address:
    """The role that the user means, if the plan waits for it; raises `Failure`."""
    try:
        address = Address.parse(text if text.startswith("role.") else f"role.{text}")
    except AddressError as error:
        raise Failure.error("Not a role", f"{error}.") from error
    roles = awaited(plan)
    if address in roles:
        return address
    if not roles:
        raise Failure.error("Nothing to approve", "This plan waits for nobody: it can be applied as it is.")
    names = ", ".join(map(str, roles))
    guess = did_you_mean(str(address), map(str, roles))
    raise Failure.error("Plan does not wait for this role", f"{address} is not asked. It waits for {names}.{guess}")


def _say_whose(workspace: Workspace, agreeing: Agreeing, role: Role, hand: Hand) -> None:
    principal, author = hand.signer.principal, agreeing.plan.observed.author
    told = f"Signing as {principal} for {role.address}."
    if agreeing.assembly.others and principal.casefold() == author.casefold():
        told += f" You wrote this change: the policy wants somebody else of {role.address} to agree, too."
    elif agreeing.assembly.others and not author:
        told += f" Nobody knows who wrote this change, so the policy wants two people of {role.address} to agree."
    workspace.terminal.tell(told)


def _message(workspace: Workspace, assembly: Assembly, request: Request, role: Address) -> Message:
    now = workspace.clock.now()
    core = assembly.plan.core
    return Message(
        kind=Kind.CHANGE,
        change=assembly.change,
        role=role,
        decision=Decision(request.decision),
        environment=core.environment,
        lineage=core.lineage,
        at=now,
        expires=now + request.expires,
        note=request.note,
    )


def _check(agreeing: Agreeing, role: Role, approval: Approval) -> None:
    """What was just signed is believed by the same rules as apply's, before it is written. Raises `Failure`."""
    alone = Assembly(agreeing.plan, agreeing.assembly.change, {role.address: role}, others=False)
    judged = alone.agreements([approval], approval.at, agreeing.ssh.verifies)[role.address]
    if approval.decision is Decision.GO and not judged.approved:
        raise Failure.error("Approval does not count", " ".join(judged.reasons))


def _tell(workspace: Workspace, agreeing: Agreeing, request: Request, approval: Approval) -> None:
    terminal, file = workspace.terminal, str(request.file)
    word = "go" if approval.decision is Decision.GO else "no-go"
    until = (
        f"until {exactly(approval.expires, terminal.zone)}"
        if approval.decision is Decision.GO
        else "until the same person says go"
    )
    change = agreeing.assembly.change[:SHORT_ID]
    terminal.data(f"Recorded: {word} of {approval.principal} for {approval.role} on change {change}, {until}.")
    missing = {role: one for role, one in agreeing.agreements().items() if not one.approved}
    for role, agreement in missing.items():
        reasons = " ".join(agreement.reasons)
        terminal.data(f"Still missing: {role}. {reasons}".rstrip())
    stuck = sum(NOBODY in move.approvals for move in agreeing.plan.core.moves)
    if stuck:
        waits, them = ("waits", "it") if stuck == 1 else ("wait", "them")
        who = "a role that is not recorded"
        terminal.data(f"Still missing: {count(stuck, 'move')} {waits} for {who}, so nobody can let {them} go.")
    if approval.decision is Decision.NO_GO:
        return
    if others := [role for role in missing if role != approval.role]:
        terminal.data("\n".join(["Next:", *(f"  {approve_command(file, role)}" for role in others)]))
    elif not missing and (not stuck or stuck < len(agreeing.plan.core.moves)):
        terminal.data(f"Next:\n  flagstaff apply {shlex.quote(file)}")
