"""`-target` and `-exclude`: which candidates are in the plan at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from flagstaff.addresses import Address
from flagstaff.plan.candidates import Candidate
from flagstaff.plan.order import same_direction


def select(
    candidates: Mapping[Address, Candidate],
    order: Mapping[Address, set[Address]],
    targets: Collection[Address],
    excludes: Collection[Address],
) -> set[Address]:
    """The addresses that stay.

    A target brings along what it needs: a raise its prerequisites' raises, a lower its dependents'
    lowers. An exclusion takes along all that comes after it.
    """
    if targets:
        start = {address for address in candidates if _named(address, candidates[address], targets)}
        return _closure(start, same_direction(candidates, order))
    if excludes:
        start = {address for address in candidates if _named(address, candidates[address], excludes)}
        return set(candidates) - _closure(start, inverted(order))
    return set(candidates)


def _named(address: Address, candidate: Candidate, names: Collection[Address]) -> bool:
    return address in names or address.block in names or candidate.moved_from in names


def inverted(order: Mapping[Address, Iterable[Address]]) -> dict[Address, set[Address]]:
    """From what is waited for to those who wait."""
    found: defaultdict[Address, set[Address]] = defaultdict(set)
    for address, befores in order.items():
        for before in befores:
            found[before].add(address)
    return dict(found)


def _closure(start: set[Address], edges: Mapping[Address, set[Address]]) -> set[Address]:
    seen, stack = set(start), list(start)
    while stack:
        for other in edges.get(stack.pop(), ()):
            if other not in seen:
                seen.add(other)
                stack.append(other)
    return seen
