"""Releasing as an operation: find the hold, show it, have it signed or agreed to, write it down."""

from __future__ import annotations

import contextlib
import signal
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from flagstaff.addresses import Address
from flagstaff.apply.journalling import record
from flagstaff.approvals.message import Kind, Message
from flagstaff.approvals.signing import hand_of, sign_by
from flagstaff.approvals.ssh import Ssh
from flagstaff.approvals.verify import Question, verified_release
from flagstaff.cli.interrupts import signals
from flagstaff.cli.recording import present_state, tell_times_of
from flagstaff.cli.restoring import put_back
from flagstaff.cli.rollback_scene import Found, find, live_settings
from flagstaff.cli.workspace import Workspace
from flagstaff.config.load import Inputs
from flagstaff.diagnostics import Diagnostics, Failure, did_you_mean
from flagstaff.model.configuration import Role
from flagstaff.model.evidence import Approval, Decision
from flagstaff.model.exposure import Exposure
from flagstaff.model.recorded import Recorded
from flagstaff.plan.drift import standing_of
from flagstaff.plan.guards import Guards, decode_guards
from flagstaff.plan.rollback.ground import Ground
from flagstaff.plan.rollback.naming import Typed, named
from flagstaff.plan.rollback.releases import Release, held_with, of_hand, of_hold
from flagstaff.providers.protocols import Provider
from flagstaff.providers.surroundings import Surroundings
from flagstaff.state.facts import Fact, Imported, Released
from flagstaff.state.state import State
from flagstaff.state.store import StateStore
from flagstaff.views.release_human import release_page

_COUNTS_FOR: Final = timedelta(hours=72)
_OF_RUN: Final = "approval of run"


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked of `release`; `note` is the root cause."""

    name: str
    note: str
    role: str | None
    key: Path | None
    auto_approve: bool
    inputs: Inputs


def release(workspace: Workspace, request: Request) -> int:
    """The exit code. Raises `Failure`, `StateError` and `StoreError`, with nothing written."""
    found = find(workspace, request.inputs)
    if found.store is None:
        raise Failure.error("State is not known", f"A release is written into the state. {found.trouble}")
    workspace.take_over(found.store)
    state = present_state(found.store)
    tell_times_of(workspace.terminal, state)
    return _Releasing(workspace, request, found, found.store, state).run()


@dataclass(frozen=True, slots=True)
class _Releasing:
    workspace: Workspace
    request: Request
    found: Found
    store: StateStore
    state: State

    def run(self) -> int:
        recorded = self.state.recorded
        address = self._named(recorded)
        cause = held_with(address, recorded)
        if cause is not None:
            raise Failure.error(
                "Held with another toggle",
                f"{address} went down because of {cause}, and is released with it: flagstaff release {cause}",
            )
        what, facts = self._what(address, recorded)
        role, why = self._role(address, recorded)
        terminal = self.workspace.terminal
        terminal.show(release_page(what, role.address if role is not None else None, terminal.look))
        approval = self._unsigned(why) if role is None else self._approval(role, what)
        if role is None and approval is False:
            terminal.tell("Not released. Nothing was changed.")
            return 1
        signed = approval if isinstance(approval, Approval) else None
        released = Released(what.id, what.addresses, self.request.note, signed)
        workspace = self.workspace
        record(self.store, [*facts, released], clock=workspace.clock, who=workspace.who, run=workspace.run)
        by = f"signed by {signed.principal} for {signed.role}" if signed is not None else "unsigned"
        terminal.data(
            f"Released: {', '.join(map(str, what.addresses))}, {by}. flagstaff plan shows what it raises again."
        )
        if what.testers:
            put_back(
                workspace, self.found, self.request.inputs, self.state, what.testers, ask=not self.request.auto_approve
            )
        return 0

    def _named(self, recorded: Recorded) -> Address:
        diagnostics = Diagnostics()
        meant = named(Typed((self.request.name,)), Ground.of(self.found.desired, recorded), (), diagnostics)
        known = [address for address in recorded.holds if self.request.name in {str(address), address.name}]
        if known:
            return known[0]
        if diagnostics.has_errors:
            raise Failure(*diagnostics)
        if len(meant.toggles) > 1:
            listed = ", ".join(map(str, meant.toggles))
            raise Failure.error(
                "Name of several toggles", f"{self.request.name} may be any of {listed}. Release one by one."
            )
        return next(iter(meant.toggles))

    def _what(self, address: Address, recorded: Recorded) -> tuple[Release, tuple[Fact, ...]]:
        """The hold; or what a hand turned down, which is taken over as it is now."""
        held = of_hold(address, recorded)
        if held is not None:
            return held, ()
        now = recorded.toggles.get(address)
        if now is None:
            raise self._not_held(address, recorded)
        provider = self._provider()
        raw = provider.reader.read([now.key]).toggles.get(now.key)
        live = provider.dialect.live(raw).exposure
        by_hand = (
            of_hand(address, now, live, self.state.lineage) if raw is not None and isinstance(live, Exposure) else None
        )
        if by_hand is None or not isinstance(live, Exposure):
            raise self._not_held(address, recorded)
        return by_hand, (Imported(address, now.key, live, standing=standing_of(raw, provider.dialect)),)

    def _provider(self) -> Provider:
        document = self.state.applied or {}
        settings = live_settings(self.request.inputs, self.found.desired, self.found.partial, document)
        return self.workspace.provider(settings, writable=False)

    @staticmethod
    def _not_held(address: Address, recorded: Recorded) -> Failure:
        held = ", ".join(map(str, sorted(recorded.holds))) or "nothing"
        guess = did_you_mean(str(address), map(str, recorded.holds))
        return Failure.error("Not held", f"{address} is not held, and no hand turned it down. Held: {held}.{guess}")

    def _role(self, address: Address, recorded: Recorded) -> tuple[Role | None, str]:
        """The owner of its product, as recorded; None and why, where nobody could sign."""
        guards = decode_guards(recorded.guards) if recorded.guards is not None else Guards()
        owner = guards.owners.get(address)
        able = guards.enforceable(owner)
        if self.request.role is not None and self.request.role not in {str(owner), owner.name if owner else ""}:
            who = f"{owner} releases it" if owner is not None else "no role is recorded that owns it"
            raise Failure.error("Role does not release this", f"{self.request.role} does not own {address}: {who}.")
        if able is None:
            return None, f"{owner} is recorded without signers" if owner else f"no role is recorded that owns {address}"
        return guards.roles[able], ""

    def _unsigned(self, why: str) -> bool:
        """Whether somebody says yes instead."""
        if self.request.auto_approve:
            return True
        try:
            with signals(signal.default_int_handler):
                answer = self.workspace.terminal.ask(
                    f'\nNobody can sign: {why}. Release it unsigned? Only "yes" is accepted: '
                )
        except KeyboardInterrupt:
            self.workspace.terminal.tell("")
            return False
        if answer is None:
            raise Failure.error(
                "Nobody to ask",
                f"Nobody can sign, as {why}, and standard input is not a terminal. -auto-approve releases it unsigned.",
            )
        return answer == "yes"

    def _approval(self, role: Role, what: Release) -> Approval:
        """The owner's signature over the hold's id, or their approval of this run; raises `Failure`."""
        if not role.signers:
            return self._reviewed(role, what)
        ssh, now = Ssh(), self.workspace.clock.now()
        message = Message(
            kind=Kind.RELEASE,
            change=what.id,
            role=role.address,
            decision=Decision.GO,
            environment=self.state.environment,
            lineage=self.state.lineage,
            at=now,
            expires=now + _COUNTS_FOR,
            note=self.request.note,
        )
        approval = sign_by(message, hand_of(role, ssh, self.request.key), ssh)
        question = Question(
            change=what.id,
            role=role,
            environment=self.state.environment,
            lineage=self.state.lineage,
            now=now,
            kind=Kind.RELEASE,
            zone=self.workspace.terminal.zone,
        )
        if problem := verified_release(approval, question, ssh.verifies):
            raise Failure.error("Release does not count", problem)
        return approval

    def _reviewed(self, role: Role, what: Release) -> Approval:
        """Where a role is a team in GitHub: whoever of it let this very run go on. A review of code is none."""
        from flagstaff.approvals.github import Asked, Run, reviews
        from flagstaff.approvals.github_api import GitHubError

        try:
            run = Run.of(Surroundings.of_process())
        except GitHubError as error:
            raise Failure.error("GitHub can't be asked", str(error)) from error
        if run is None:
            raise Failure.error(
                "Release needs a run in GitHub",
                f"{role.address} has no signers, only the team {role.github_team}. Release it in a workflow run of "
                f'GitHub Actions that waits for the environment "{self.state.environment}", once somebody of the team '
                "let it go on; or give the role signers.",
            )
        with contextlib.closing(run):
            said = reviews(run, [role], Asked(what.id, self.state.environment, self.workspace.clock.now()))
        for approval in said.approvals:
            if approval.via.startswith(_OF_RUN) and approval.decision is Decision.GO:
                return approval
        reasons = " ".join(said.problems.get(role.address, ())) or "Nobody of the team let this run go on."
        raise Failure.error("Release is not approved", reasons)
