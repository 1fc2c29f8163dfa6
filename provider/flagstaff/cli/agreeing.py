"""Who has agreed to a plan: recorded decisions, verified now and once more before each batch of raises."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from flagstaff.addresses import Address
from flagstaff.apply.prepare import check_lineage
from flagstaff.approvals.asking import Assembly, awaited, guarding
from flagstaff.approvals.signers import Signer
from flagstaff.approvals.ssh import Ssh
from flagstaff.approvals.verify import Agreement
from flagstaff.cli.workspace import Workspace
from flagstaff.diagnostics import Failure
from flagstaff.model.evidence import Approval
from flagstaff.model.recorded import Recorded
from flagstaff.plan.plan import Move, Plan
from flagstaff.providers.surroundings import Surroundings
from flagstaff.state.appending import append
from flagstaff.state.fact_codec import decode_fact
from flagstaff.state.facts import Approved
from flagstaff.state.recovery import fold
from flagstaff.state.state import State
from flagstaff.state.store import Head, StateStore

# How often, in seconds, the journal is asked for decisions that were made while an apply runs.
_AGAIN: Final = 30.0


@dataclass(slots=True)
class Agreeing:
    """The decisions on one plan. `now` is the time that counts; `monotonic` paces the reading of the journal."""

    plan: Plan
    assembly: Assembly
    store: StateStore
    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    approvals: tuple[Approval, ...]
    reviews: tuple[Approval, ...] = ()
    problems: Mapping[Address, tuple[str, ...]] = field(default_factory=dict)
    ssh: Ssh = field(default_factory=Ssh)
    _known: dict[tuple[str, str, Signer], bool] = field(default_factory=dict)
    _head: Head = ""
    _read_at: float = 0.0

    @classmethod
    def of(
        cls,
        workspace: Workspace,
        plan: Plan,
        state: State | None,
        store: StateStore,
        now: datetime | None = None,
        *,
        network: bool = True,
    ) -> Agreeing:
        """`now`: the time that is pretended. Without `network`, no review is read. Raises `Failure`."""
        recorded = Recorded() if state is None else state.recorded
        clock = workspace.clock
        made = cls(
            plan=plan,
            assembly=Assembly.of(plan, recorded),
            store=store,
            now=(lambda: now) if now else clock.now,
            monotonic=clock.monotonic,
            approvals=recorded.approvals,
        )
        made._head, made._read_at = "" if state is None else state.journal_head, clock.monotonic()
        if network:
            made._ask_for_reviews()
        return made

    @classmethod
    def with_store(cls, workspace: Workspace, plan: Plan, store: StateStore) -> Agreeing:
        """With what the store tells now, where nobody looks at it for more; raises `Failure` for another's plan."""
        state, _ = store.load()
        check_lineage(plan, state)
        base = state or State(lineage="")
        folded = fold(base, store.entries(base.journal_head or None))
        return cls.of(workspace, plan, folded.state, store)

    def agreements(self) -> Mapping[Address, Agreement]:
        """By role; a signature that nobody can verify does not count."""
        try:
            found = self.assembly.agreements(self.approvals, self.now(), self._verifies, self.reviews)
        except Failure as failure:
            why = " ".join(found.detail for found in failure.diagnostics)
            return {role: Agreement(approved=False, reasons=(why,)) for role in awaited(self.plan)}
        return {
            role: one if one.approved else replace(one, reasons=(*one.reasons, *self.problems.get(role, ())))
            for role, one in found.items()
        }

    def approved(self) -> frozenset[Address]:
        return frozenset(role for role, agreement in self.agreements().items() if agreement.approved)

    def settled(self) -> Plan:
        """The plan with the guards that it records: those that needed agreement, if all of it is there."""
        agreed = self.plan.observed.agreed
        if not agreed or not guarding(self.plan) <= self.approved():
            return self.plan
        return replace(self.plan, observed=replace(self.plan.observed, guards=agreed))

    def lapsed(self, moves: Sequence[Move]) -> Mapping[Address, str]:
        """Of raises that were approved when the apply began: those that aren't any more, and why. A `RaiseCheck`."""
        if not any(move.approvals for move in moves):
            return {}
        self._read_on()
        agreements = self.agreements()
        found = {}
        for move in moves:
            gone = [role for role in move.approvals if role not in agreements or not agreements[role].approved]
            if gone:
                reasons = [reason for role in gone if role in agreements for reason in agreements[role].reasons]
                found[move.address] = (
                    f"The approval of {', '.join(map(str, gone))} is gone. {' '.join(reasons)}".rstrip()
                )
        return found

    def write_down(self, *, run: str, who: str) -> None:
        """The reviews that count, into the journal. Raises `StateError`."""
        counted = (one for agreement in self.agreements().values() for one in agreement.by if one.via)
        known = {(one.change, one.role, one.via) for one in self.approvals if one.via}
        facts = [Approved(one) for one in counted if (one.change, one.role, one.via) not in known]
        if facts:
            self._head = append(self.store, facts, time=self.now(), run=run, who=who)[-1].hash

    def _ask_for_reviews(self) -> None:
        """What was agreed to in GitHub, where this is a run of its Actions and a role has a team there."""
        roles = [role for address in awaited(self.plan) if (role := self.assembly.roles.get(address))]
        teams = [role for role in roles if role.github_team]
        if not teams:
            return
        from flagstaff.approvals.github import Asked, Run, reviews
        from flagstaff.approvals.github_api import GitHubError

        try:
            run = Run.of(Surroundings.of_process())
        except GitHubError as error:
            self.problems = {role.address: (str(error),) for role in teams}
            return
        if run is not None:
            asked = Asked(self.assembly.change, self.plan.core.environment, self.now())
            with contextlib.closing(run):
                found = reviews(run, teams, asked)
            self.reviews, self.problems = found.approvals, found.problems

    def _read_on(self) -> None:
        """Decisions that were written since."""
        if self.monotonic() - self._read_at < _AGAIN:
            return
        for entry in self.store.entries(self._head or None):
            self._head = entry.hash
            if entry.kind == "approved":
                fact = decode_fact(entry.kind, entry.data)
                assert isinstance(fact, Approved)
                self.approvals += (fact.approval,)
        self._read_at = self.monotonic()

    def _verifies(self, text: str, signature: str, signer: Signer) -> bool:
        """Each signature is verified once."""
        asked = text, signature, signer
        if asked not in self._known:
            self._known[asked] = self.ssh.verifies(text, signature, signer)
        return self._known[asked]
