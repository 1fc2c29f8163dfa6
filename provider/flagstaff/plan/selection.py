"""`-target` and `-exclude`: which candidates are in the plan at all."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from flagstaff.addresses import Address
from flagstaff.plan.candidates import Candidate
from flagstaff.plan.order import inverted, same_direction
from flagstaff.plan.together import mates


def select(
    candidates: Mapping[Address, Candidate],
    order: Mapping[Address, set[Address]],
    targets: Collection[Address],
    excludes: Collection[Address],
) -> set[Address]:
    """The addresses that stay.

    A target brings along what it needs: a raise its prerequisites' raises, a lower its dependents'
    lowers. An exclusion takes along all that comes after it. A group is in it as a whole, or not at all.
    """
    together = mates(candidates)
    if targets:
        start = {address for address in candidates if _named(address, candidates[address], targets)}
        return _closure(start, _joined(same_direction(candidates, order), together))
    if excludes:
        start = {address for address in candidates if _named(address, candidates[address], excludes)}
        return set(candidates) - _closure(start, _joined(inverted(order), together))
    return set(candidates)


def _joined(
    edges: Mapping[Address, set[Address]], together: Mapping[Address, tuple[Address, ...]]
) -> dict[Address, set[Address]]:
    """With an edge from each member of a group to all of them."""
    return {**edges, **{address: edges.get(address, set()).union(members) for address, members in together.items()}}


def _named(address: Address, candidate: Candidate, names: Collection[Address]) -> bool:
    return address in names or address.block in names or candidate.moved_from in names


def _closure(start: set[Address], edges: Mapping[Address, set[Address]]) -> set[Address]:
    seen, stack = set(start), list(start)
    while stack:
        for other in edges.get(stack.pop(), ()):
            if other not in seen:
                seen.add(other)
                stack.append(other)
    return seen
