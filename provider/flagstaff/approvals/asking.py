"""Whom a plan waits for, and whether they agreed: by what is recorded, not by what is declared. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flagstaff.addresses import Address
from flagstaff.approvals.verify import Agreement, Question, Verifies, verified
from flagstaff.model.configuration import Role
from flagstaff.model.evidence import Approval
from flagstaff.model.recorded import Recorded
from flagstaff.plan.candidates import NOBODY
from flagstaff.plan.codec import change_id
from flagstaff.plan.guards import Guards, decode_guards
from flagstaff.plan.plan import Plan


def awaited(plan: Plan) -> tuple[Address, ...]:
    """The roles that must agree to something in it, sorted; those that nobody holds are left out."""
    core = plan.core
    found = {role for move in core.moves for role in move.approvals}
    found |= {role for stage in core.stages for role in stage.approvals}
    found |= {waived.role for waived in core.waived}
    return tuple(sorted((found | guarding(plan)) - {NOBODY}))


def guarding(plan: Plan) -> frozenset[Address]:
    """The roles without which no guard is loosened."""
    changes = plan.core.guard_changes
    return frozenset(change.role for change in changes if change.loosens and change.role is not None)


@dataclass(frozen=True, slots=True)
class Assembly:
    """The roles of one plan as they are in force: recorded, or declared where this is the first apply.

    `others`: who wrote a change can't be the only one who approves it, by the recorded or by the declared policy.
    """

    plan: Plan
    change: str
    roles: Mapping[Address, Role]
    others: bool

    @classmethod
    def of(cls, plan: Plan, recorded: Recorded) -> Assembly:
        """Raises `Failure` for guards that can't be read."""
        new = decode_guards(plan.observed.guards) if plan.observed.guards else Guards()
        old = decode_guards(recorded.guards) if recorded.guards is not None else new
        others = old.policy.prevent_self_approval or new.policy.prevent_self_approval
        return cls(plan, change_id(plan.core), old.roles, others)

    def question(self, role: Role, now: datetime) -> Question:
        core = self.plan.core
        return Question(
            change=self.change,
            role=role,
            environment=core.environment,
            lineage=core.lineage,
            now=now,
            author=self.plan.observed.author,
            others=self.others,
            zone=core.zone,
        )

    def agreements(
        self, approvals: Iterable[Approval], now: datetime, verifies: Verifies, reviews: Sequence[Approval] = ()
    ) -> Mapping[Address, Agreement]:
        """What each awaited role says."""
        told = tuple(approvals)
        found = {}
        for address in awaited(self.plan):
            role = self.roles.get(address)
            if role is None:
                found[address] = Agreement(approved=False, reasons=(unrecorded(address),))
            else:
                found[address] = verified(told, self.question(role, now), verifies, reviews)
        return found


def unrecorded(role: Address) -> str:
    return (
        f"{role} is not recorded yet, so nobody can approve for it: apply the rest first, which records it. On a store "
        "that is not embedded, `flagstaff init -trust` records the first roles."
    )
