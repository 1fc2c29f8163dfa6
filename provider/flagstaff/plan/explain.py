"""Explanations: from a stop to a check that says what is wrong, why it matters, and the ways out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from flagstaff.addresses import Address
from flagstaff.audience.results import Share
from flagstaff.model.configuration import Requirement
from flagstaff.model.evidence import Verdict
from flagstaff.model.live import LiveExposure
from flagstaff.plan.candidates import Candidate
from flagstaff.plan.check import Check, CheckName
from flagstaff.plan.people.figures import people, rough
from flagstaff.plan.requirements import by_toggle, holds, needed
from flagstaff.plan.settle import Apart, Behind, Round, Settlement, Stop, Strands, Unmet


@dataclass(frozen=True, slots=True)
class Ends:
    """Where everything ends, for the texts.

    `waiting`: requirements in force only until a role agrees. `lacking`: of those who would have the child, those
    who would lack the parent, where that was computed.
    """

    settlement: Settlement
    wanted: Mapping[Address, tuple[Requirement, ...]]
    in_force: Mapping[Address, tuple[Requirement, ...]]
    waiting: Mapping[tuple[Address, Address], Address]
    lacking: Mapping[tuple[Address, Address], Share] = field(default_factory=dict)

    def unmet_by(self, child: Address, round_: Round) -> tuple[Requirement, ...]:
        """All requirements that the child's raise would leave unmet at the end that is left."""
        rules = self.wanted if round_ is Round.FAILS else self.in_force
        candidate = self.settlement.candidates[child]
        return tuple(
            requirement
            for requirement in rules.get(child, ())
            if requirement.child == child
            and not holds(requirement, candidate.wanted, self.settlement.at(requirement.parent))
        )


def ends(
    settlement: Settlement,
    wanted: Iterable[Requirement],
    in_force: Iterable[Requirement],
    waiting: Mapping[tuple[Address, Address], Address],
) -> Ends:
    return Ends(settlement, by_toggle(wanted), by_toggle(in_force), waiting)


def checks(address: Address, stop: Stop, ends: Ends) -> tuple[Check, ...]:
    """The checks that say why a change was stopped."""
    candidate = ends.settlement.candidates[address]
    verdict = Verdict.FAIL if stop.round is Round.FAILS else Verdict.PENDING
    match stop.reason:
        case Unmet(requirements=first):
            found = ends.unmet_by(address, stop.round) or first
            return tuple(_unmet(candidate, group, verdict, ends) for group in _by_block(found))
        case Strands(requirements=requirements):
            return tuple(_strands(candidate, requirement, verdict, ends) for requirement in requirements)
        case Behind(first=first_address):
            return (_behind(candidate, first_address, verdict, ends),)
        case Apart(mate=mate):
            return (_apart(candidate, mate, verdict, ends),)
        case _:
            assert_never(stop.reason)


def met(candidate: Candidate, ends: Ends) -> tuple[Check, ...]:
    """A passed check for each `requires` block of a raise that goes."""
    found = [r for r in ends.in_force.get(candidate.address, ()) if r.child == candidate.address]
    return tuple(
        Check(
            CheckName.REQUIREMENT,
            Verdict.PASS,
            "Requirement met",
            "requires " + ", ".join(f"{r.parent} at {_level(r, candidate)}" for r in group),
            group[0].range,
        )
        for group in _by_block(found)
    )


def _by_block(requirements: Iterable[Requirement]) -> tuple[tuple[Requirement, ...], ...]:
    """Requirements written in one `requires` block are explained together."""
    groups: dict[object, list[Requirement]] = {}
    for requirement in requirements:
        groups.setdefault(requirement.range or requirement, []).append(requirement)
    return tuple(map(tuple, groups.values()))


def _unmet(candidate: Candidate, group: tuple[Requirement, ...], verdict: Verdict, ends: Ends) -> Check:
    waiting = next((role for r in group if (role := ends.waiting.get((r.child, r.parent)))), None)
    parts = [
        f"{r.parent} is at {_text(ends.settlement.at(r.parent))}; it requires {_demand(r, candidate)}" for r in group
    ]
    detail = f"It would be at {candidate.wanted} while " + ", and ".join(parts) + "."
    reasons = [text for r in group if (text := _chain(r.parent, ends))]
    return Check(
        CheckName.GUARD_CHANGE if waiting else CheckName.REQUIREMENT,
        verdict,
        "Requirement not met" if verdict is Verdict.FAIL else "Waits for a requirement",
        " ".join([detail + _until(waiting), *reasons]),
        group[0].range,
        label="; ".join(
            f"{r.parent.name if r.parent.index is None else r.parent}: {_label(r.parent, ends)}" for r in group
        ),
        why=_why(group, ends),
        ways_out=_ways_out(candidate, group, ends),
    )


def _until(role: Address | None) -> str:
    return (
        f" The requirement was loosened in the configuration, and stays in force until {role} agrees." if role else ""
    )


def _text(exposure: LiveExposure | None) -> str:
    return "nothing (not in the live store)" if exposure is None else str(exposure)


def _demand(requirement: Requirement, candidate: Candidate) -> str:
    need = needed(requirement, candidate.wanted)
    if need.is_on:
        return "it to be on, because the toggle itself would be on"
    return f"{need}"


def _label(parent: Address, ends: Ends) -> str:
    live, end = ends.settlement.lives.get(parent), ends.settlement.at(parent)
    if live == end:
        return f"live and planned {_text(end)}"
    return f"live {_text(live)}, planned {_text(end)}"


def _chain(parent: Address, ends: Ends) -> str:
    """Why the parent itself doesn't go further, if it wanted to."""
    candidate = ends.settlement.candidates.get(parent)
    if candidate is None or not candidate.action.writes or ends.settlement.goes(parent):
        return ""
    stop = ends.settlement.stops.get(parent)
    text = f"{parent} itself does not go from {_text(candidate.before)} to {candidate.wanted}: "
    if stop is not None:
        match stop.reason:
            case Unmet() | Strands():
                others = [str(r.parent) for r in ends.unmet_by(parent, stop.round)]
                return text + "it requires " + " and ".join(others or ["another toggle"]) + "."
            case Behind(first=first):
                return text + f"it comes after {first}."
            case Apart(mate=mate):
                return text + f"it goes together with {mate}."
            case _:
                assert_never(stop.reason)
    failing = [check.summary for check in candidate.checks if check.verdict is not Verdict.PASS]
    return text + "; ".join(failing).lower() + "."


def _why(group: tuple[Requirement, ...], ends: Ends) -> str:
    reasons = [r.reason.rstrip(".") + "." for r in group if r.reason]
    figures = _figures(group, ends)
    if figures:
        reasons.append(figures)
    partial = any(
        (end := ends.settlement.at(r.parent)) is not None and not str(end).startswith(("0 ", "other")) for r in group
    )
    if partial:
        reasons.append("A share of one toggle and the same share of another are different people.")
    return " ".join(dict.fromkeys(reasons))


def _figures(group: tuple[Requirement, ...], ends: Ends) -> str:
    """Who would break it, in people."""
    found = [(r.parent, share) for r in group if (share := ends.lacking.get((r.child, r.parent))) and share.count]
    parts = [f"{rough(share)}{people(share)} would not have {parent}" for parent, share in found]
    return f"Of the people who would get {group[0].child}, {' and '.join(parts)}." if parts else ""


def _ways_out(candidate: Candidate, group: tuple[Requirement, ...], ends: Ends) -> tuple[str, ...]:
    needs = " and ".join(f"{r.parent} is at {_level(r, candidate)}" for r in group)
    stay = _text(candidate.before) if candidate.exists else "0 %"
    ways = [f"leave {candidate.address} at {stay} until {needs}"]
    for r in group:
        parent = ends.settlement.candidates.get(r.parent)
        if parent is None or parent.toggle is None or parent.wanted is None:
            ways.append(f"{r.parent} has no exposure in this configuration: whoever turns it must turn it up first")
        elif parent.wanted < needed(r, candidate.wanted):
            ways.append(f"declare {_level(r, candidate)} for {r.parent}, too: it is raised first then")
    if all(r.hard for r in group):
        ways.append("a waiver is not possible: the requirement is hard")
    return tuple(ways)


def _level(requirement: Requirement, candidate: Candidate) -> str:
    return str(needed(requirement, candidate.wanted))


def _strands(candidate: Candidate, requirement: Requirement, verdict: Verdict, ends: Ends) -> Check:
    child = requirement.child
    end = ends.settlement.at(child)
    role = ends.waiting.get((child, requirement.parent)) if verdict is Verdict.PENDING else None
    return Check(
        CheckName.GUARD_CHANGE if role else CheckName.REQUIREMENT,
        verdict,
        "Requirement would break" if verdict is Verdict.FAIL else "Waits for a dependent",
        f"It would go from {_text(candidate.before)} to {candidate.wanted} while {child} stays at {_text(end)}, "
        f"which requires {needed(requirement, end)} of it.{_until(role)} {_chain(child, ends)}".rstrip(),
        requirement.range,
        label=f"{child.name if child.index is None else child}: {_label(child, ends)}",
        why=requirement.reason,
        ways_out=(f"lower {child} to 0 %, too: it goes down first then",),
    )


def _behind(candidate: Candidate, first: Address, verdict: Verdict, ends: Ends) -> Check:
    other = ends.settlement.candidates[first]
    return Check(
        CheckName.ORDER,
        verdict,
        "Comes after a change that is blocked" if verdict is Verdict.FAIL else "Comes after a change that waits",
        f"It would go from {_text(candidate.before)} to {candidate.wanted} after {first} "
        f"({_text(other.before)} -> {other.wanted}), which does not go. {_chain(first, ends)}".rstrip(),
        candidate.toggle.range if candidate.toggle else None,
        ways_out=(f"see {first}",),
    )


def _apart(candidate: Candidate, mate: Address, verdict: Verdict, ends: Ends) -> Check:
    return Check(
        CheckName.TOGETHER,
        verdict,
        "Goes together with a change that is blocked"
        if verdict is Verdict.FAIL
        else "Goes together with one that waits",
        f"It would go from {_text(candidate.before)} to {candidate.wanted} together with {mate}, which does not go. "
        f"{_chain(mate, ends)}".rstrip(),
        candidate.toggle.exposure_range if candidate.toggle else None,
        ways_out=(f"see {mate}",),
    )
