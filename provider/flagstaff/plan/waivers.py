"""Waivers: the only override. What a check found is let through, once the role of what it overrides agrees.

A waived check becomes pending: the move waits for an approval of this very change. Nothing else of the
plan is loosened, a hard requirement can't be waived, and a waiver that is over counts for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Final

from flagstaff.addresses import Address
from flagstaff.diagnostics import Diagnostic, Severity
from flagstaff.model.configuration import Desired, Requirement, Toggle
from flagstaff.model.evidence import Verdict
from flagstaff.model.rollout import Rollout, Stage, Waiver
from flagstaff.model.times import moment
from flagstaff.plan.candidates import NOBODY, Candidate
from flagstaff.plan.check import Check, CheckName
from flagstaff.plan.guards import Guards
from flagstaff.plan.plan import Waived
from flagstaff.plan.settle import Round, Settlement, Strands, Unmet

WAIVABLE: Final = (
    CheckName.REQUIREMENT,
    CheckName.STAGE_ORDER,
    CheckName.NOT_BEFORE,
    CheckName.SOAK,
    CheckName.BLOCKER,
    CheckName.MONITOR,
    CheckName.TRIGGER,
    CheckName.MAX_RAISE,
    CheckName.CHANGED_SHARE,
    CheckName.FREEZE,
    CheckName.WORKING_HOURS,
)
# What the policy's own waivers are for.
_OF_THE_POLICY: Final = (CheckName.MAX_RAISE, CheckName.CHANGED_SHARE, CheckName.FREEZE, CheckName.WORKING_HOURS)


@dataclass(frozen=True, slots=True)
class Allowance:
    """A waiver that still counts: where it stands, and the role that has to agree (`role.none`: nobody could).

    `zone` is for texts.
    """

    waiver: Waiver
    subject: str
    role: Address
    zone: tzinfo

    def covers(self, check: Check) -> bool:
        """Whether it is about what this check found."""
        waiver = self.waiver
        open_ = check.verdict not in {Verdict.PASS, Verdict.PENDING}
        return open_ and waiver.check == check.name and waiver.of in {None, check.of}

    @property
    def waived(self) -> Waived:
        waiver = self.waiver
        return Waived(self.subject, CheckName(waiver.check), waiver.reason, waiver.until, self.role, waiver.of)


@dataclass(frozen=True, slots=True)
class Allowances:
    """By toggle (its own, and those of its stage), and of the policy, which holds for all."""

    toggles: Mapping[Address, tuple[Allowance, ...]]
    policy: tuple[Allowance, ...] = ()

    def of(self, address: Address) -> tuple[Allowance, ...]:
        return (*self.toggles.get(address, ()), *self.policy)


def allowances(desired: Desired, guards: Guards, now: datetime) -> Allowances:
    """The waivers that count now."""
    stages = {
        stage.name: (rollout, stage)
        for rollout in desired.rollouts.values()
        for stage in rollout.stages
        if stage.waivers
    }
    zone = desired.settings.zone
    found: dict[Address, tuple[Allowance, ...]] = {}
    for address, toggle in desired.toggles.items():
        own = _counting(toggle.waivers, str(address), _role(guards, (guards.owners.get(address),)), now, zone)
        place = stages.get(toggle.stage) if toggle.stage else None
        if place is not None:
            own += of_stage(*place, desired, guards, now)
        if own:
            found[address] = own
    policy = desired.policy
    mine = tuple(waiver for waiver in policy.waivers if waiver.check in _OF_THE_POLICY)
    return Allowances(found, _counting(mine, "policy", _role(guards, (guards.policy.owner,)), now, zone))


def of_stage(rollout: Rollout, stage: Stage, desired: Desired, guards: Guards, now: datetime) -> tuple[Allowance, ...]:
    """Those of one stage: approved by its own role, else the rollout's owner, else the product's."""
    product = desired.products.get(rollout.product) if rollout.product else None
    roles = (*stage.approvals, rollout.owner, product.owner if product else None)
    roles += tuple(guards.owners.get(toggle) for toggle in stage.toggles)
    return _counting(stage.waivers, str(stage.name), _role(guards, roles), now, desired.settings.zone)


def _counting(
    waivers: Iterable[Waiver], subject: str, role: Address, now: datetime, zone: tzinfo
) -> tuple[Allowance, ...]:
    return tuple(Allowance(waiver, subject, role, zone) for waiver in waivers if waiver.until > now)


def _role(guards: Guards, roles: Iterable[Address | None]) -> Address:
    """The first that names anybody."""
    return next((found for role in roles if (found := guards.enforceable(role))), NOBODY)


def waive(check: Check, allowances: Iterable[Allowance]) -> tuple[Check, Allowance | None]:
    """The check as it counts: pending where a waiver covers it, else as it is."""
    allowance = next((one for one in allowances if one.covers(check)), None)
    if allowance is None:
        return check, None
    waiver, role = allowance.waiver, allowance.role
    who = f"once {role} agrees" if role != NOBODY else "but no role is recorded that could agree"
    until = moment(waiver.until, allowance.zone)
    return (
        replace(
            check,
            verdict=Verdict.PENDING,
            detail=f"{check.detail} Waived until {until}, {who}: {waiver.reason}",
            ways_out=(f"an approval by {role}",) if role != NOBODY else (*check.ways_out, _owner(allowance.subject)),
            waived=True,
        ),
        allowance,
    )


def _owner(subject: str) -> str:
    """What makes somebody able to agree."""
    whose = "the policy" if subject == "policy" else "the product"
    return f"or give {whose} an `owner`, a role with signers, that can agree to the waiver"


def waive_all(candidate: Candidate, allowances: Iterable[Allowance]) -> Candidate:
    """The candidate with all its checks as they count."""
    ones = tuple(allowances)
    if not ones:
        return candidate
    results = [waive(check, ones) for check in candidate.checks]
    used = tuple(dict.fromkeys(one for _, one in results if one is not None))
    return _with(candidate, tuple(check for check, _ in results), used) if used else candidate


def waive_requirement(candidate: Candidate, requirement: Requirement, allowance: Allowance) -> Candidate:
    """The candidate, which goes though the requirement will not hold, once the role agrees."""
    check = Check(
        CheckName.REQUIREMENT,
        Verdict.FAIL,
        "Requirement not met",
        f"{requirement.child} requires {requirement.parent}, which will not be where it has to be.",
        requirement.range,
        why=requirement.reason,
        of=allowance.waiver.of,
    )
    waived, _ = waive(check, (allowance,))
    return _with(candidate, (*candidate.checks, waived), (allowance,))


def _with(candidate: Candidate, checks: tuple[Check, ...], used: tuple[Allowance, ...]) -> Candidate:
    approvals = dict.fromkeys((*candidate.approvals, *(one.role for one in used)))
    return replace(
        candidate.rejudged(checks),
        approvals=tuple(approvals),
        waived=tuple(dict.fromkeys((*candidate.waived, *(one.waived for one in used)))),
    )


def for_requirement(requirement: Requirement, allowances: Allowances) -> Allowance | None:
    """The waiver of the dependent that covers a requirement, if it can be waived at all."""
    if requirement.hard:
        return None
    for one in allowances.toggles.get(requirement.child, ()):
        if one.waiver.check == CheckName.REQUIREMENT and one.waiver.of in {None, requirement.parent}:
            return one
    return None


def waived_stops(settlement: Settlement, allowances: Allowances) -> tuple[tuple[Address, Requirement, Allowance], ...]:
    """The changes that are stopped by a requirement which may be waived: what would be let go, and by which waiver."""
    found = []
    for address, stop in settlement.stops.items():
        if stop.round is Round.FAILS and isinstance(stop.reason, Unmet | Strands):
            for requirement in stop.reason.requirements:
                allowance = for_requirement(requirement, allowances)
                if allowance is not None:
                    found.append((address, requirement, allowance))
    return tuple(found)


def expired(desired: Desired, now: datetime) -> Iterator[Diagnostic]:
    """A warning for each waiver that is over."""
    for subject, waiver in declared(desired):
        if waiver.until <= now:
            yield Diagnostic(
                Severity.WARNING,
                "Waiver has expired",
                f'The waiver of "{waiver.check}" of {subject} ended on '
                f"{moment(waiver.until, desired.settings.zone)}, and counts for nothing. Take it out.",
                waiver.range,
                context=subject,
            )


def declared(desired: Desired) -> Iterator[tuple[str, Waiver]]:
    """Every waiver of a configuration, with what it overrides; those of a rollout once for each stage."""
    toggles: Iterable[Toggle] = desired.toggles.values()
    yield from ((str(toggle.address), waiver) for toggle in toggles for waiver in toggle.waivers)
    for rollout in desired.rollouts.values():
        for stage in rollout.stages:
            yield from ((str(stage.name), waiver) for waiver in stage.waivers)
    yield from (("policy", waiver) for waiver in desired.policy.waivers)
