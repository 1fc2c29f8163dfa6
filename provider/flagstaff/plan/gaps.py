"""Gaps: what a move of several writes leaves for a moment must break no requirement either.

Most moves are one write. Where a store can't go from boolean-on to a percentage at once, everybody
is off in between: nobody above 0 may depend on the toggle then, and where it may be, the plan says so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from flagstaff.addresses import Address
from flagstaff.model.configuration import Requirement
from flagstaff.model.evidence import Verdict
from flagstaff.model.exposure import Exposure
from flagstaff.model.live import LiveExposure
from flagstaff.plan.candidates import Candidate
from flagstaff.plan.check import Check, CheckName
from flagstaff.plan.requirements import by_toggle, holds

Lives = Mapping[Address, LiveExposure | None]


def check_gaps(
    candidates: Mapping[Address, Candidate], lives: Lives, requirements: Collection[Requirement]
) -> dict[Address, Candidate]:
    """Block every move of several writes that would break, in between, a requirement that holds now."""
    result = dict(candidates)
    several = [candidate for candidate in candidates.values() if len(candidate.steps) > 1]
    joined = by_toggle(requirements) if several else {}
    for candidate in several:
        result[candidate.address] = _with_note(candidate)
        for requirement in joined.get(candidate.address, ()):
            now = holds(requirement, lives.get(requirement.child), lives.get(requirement.parent))
            broken = next(_broken(candidate, requirement, candidates, lives), None)
            if now and broken is not None:
                result[candidate.address] = candidate.with_check(_check(candidate, requirement, broken))
                break
    return result


def _with_note(candidate: Candidate) -> Candidate:
    """Says it where the move passes through less than it has at its start and at its end."""
    lowest = min(step.leaves for step in candidate.steps[:-1])
    ends = (candidate.live.exposure, candidate.steps[-1].leaves)
    if not all(lowest < end for end in ends if isinstance(end, Exposure)):
        return candidate
    note = f"not in one write: for a moment it is at {lowest} on the way, and testers may be off too"
    return replace(candidate, notes=(*candidate.notes, note))


def _broken(
    candidate: Candidate, requirement: Requirement, candidates: Mapping[Address, Candidate], lives: Lives
) -> Iterator[Exposure]:
    """What the move passes through that the requirement doesn't bear, wherever the other toggle is by then."""
    own_child = requirement.child == candidate.address
    other = requirement.parent if own_child else requirement.child
    places = [lives.get(other)]
    moving = candidates.get(other)
    if moving is not None and moving.action.writes:
        places.append(moving.wanted)
    for step in candidate.steps[:-1]:
        for place in places:
            pair = (step.leaves, place) if own_child else (place, step.leaves)
            if not holds(requirement, *pair):
                yield step.leaves


def _check(candidate: Candidate, requirement: Requirement, moment: Exposure) -> Check:
    other = requirement.parent if requirement.child == candidate.address else requirement.child
    return Check(
        CheckName.STORE,
        Verdict.FAIL,
        "Change would leave a gap",
        f"This store can't go from {candidate.live.exposure} to {candidate.wanted} in one write: for a moment it would "
        f"be at {moment}, while {requirement.child} requires {requirement.parent}.",
        requirement.range,
        why=requirement.reason,
        ways_out=(
            f"lower {other} to 0 % first, in a change of its own, and raise it again afterwards"
            if other == requirement.child
            else f"raise {other} first, in a change of its own",
            "or let a person make the change in one transaction of the application's console",
        ),
    )
