"""Requirements: when one holds, and which of two moves comes first.

The rule: a child above 0 needs its parent at `at_least` or more; a child that is `on` needs its
parent `on`, unless `actors_only`. Raising the child can only break it, raising the parent can only
mend it. So of two moves
    both up: parent first      both down: child first      one of each: the down first
and every set of moves that is closed under "comes after" keeps each requirement that holds at
the start and at the end (docs/explanation has the proof, tests/property the machine).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from flagstaff.addresses import Address
from flagstaff.model.configuration import Requirement
from flagstaff.model.exposure import ON, Exposure
from flagstaff.model.live import LiveExposure

At = Callable[[Address], LiveExposure | None]


def needed(requirement: Requirement, child: LiveExposure | None) -> Exposure:
    """What the parent must be at, for a child that is above 0."""
    if isinstance(child, Exposure) and child.is_on and not requirement.actors_only:
        return ON
    return Exposure(requirement.at_least)


def holds(requirement: Requirement, child: LiveExposure | None, parent: LiveExposure | None) -> bool:
    """Whether it holds. A child that no exposure describes counts as above 0, such a parent as 0."""
    if child is None or (isinstance(child, Exposure) and child.is_off):
        return True
    level = parent.level if isinstance(parent, Exposure) else 0
    return level >= needed(requirement, child).level


def holds_at(requirement: Requirement, at: At) -> bool:
    return holds(requirement, at(requirement.child), at(requirement.parent))


def by_toggle(requirements: Iterable[Requirement]) -> Mapping[Address, tuple[Requirement, ...]]:
    """The requirements in which a toggle is child or parent."""
    found: defaultdict[Address, list[Requirement]] = defaultdict(list)
    for requirement in requirements:
        found[requirement.child].append(requirement)
        found[requirement.parent].append(requirement)
    return {address: tuple(items) for address, items in found.items()}


def strictest(requirements: Iterable[Requirement]) -> tuple[Requirement, ...]:
    """One requirement a pair of toggles: the strictest demand of each kind, in order of first mention."""
    merged: dict[tuple[Address, Address], Requirement] = {}
    for new in requirements:
        pair = (new.child, new.parent)
        old = merged.get(pair)
        merged[pair] = new if old is None else _stricter(old, new)
    return tuple(merged.values())


def _stricter(old: Requirement, new: Requirement) -> Requirement:
    lead = new if new.at_least > old.at_least else old
    return Requirement(
        child=lead.child,
        parent=lead.parent,
        at_least=lead.at_least,
        hard=old.hard or new.hard,
        actors_only=old.actors_only and new.actors_only,
        reason=lead.reason,
        range=lead.range,
    )
