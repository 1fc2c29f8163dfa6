"""Order among moves: which comes after which, and the batches that follow from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from flagstaff.addresses import Address
from flagstaff.graph.order import generations
from flagstaff.plan.candidates import Candidate
from flagstaff.plan.plan import Move

Pair = tuple[Address, Address]


def waits_for(candidates: Mapping[Address, Candidate], pairs: Iterable[Pair]) -> dict[Address, set[Address]]:
    """What each writing candidate comes after; `pairs` are (child, parent) of requirements and dependencies.

    Both up: the parent first. Both down: the child first. One of each: the down first.
    """
    found: dict[Address, set[Address]] = {
        address: set() for address, candidate in candidates.items() if candidate.action.writes
    }
    for child, parent in pairs:
        if child in found and parent in found and child != parent:
            first, second = _first(candidates[child], candidates[parent])
            found[second].add(first)
    return found


def _first(child: Candidate, parent: Candidate) -> Pair:
    if child.up and parent.up:
        return parent.address, child.address
    if child.down and parent.down:
        return child.address, parent.address
    return (child.address, parent.address) if child.down else (parent.address, child.address)


def same_direction(
    candidates: Mapping[Address, Candidate], order: Mapping[Address, set[Address]]
) -> dict[Address, set[Address]]:
    """The part of the order that is a need: a raise needs its prerequisites, a lower its dependents."""
    return {
        address: {before for before in befores if candidates[before].up == candidates[address].up}
        for address, befores in order.items()
    }


def inverted(order: Mapping[Address, Iterable[Address]]) -> dict[Address, set[Address]]:
    """From what is waited for to those who wait."""
    found: defaultdict[Address, set[Address]] = defaultdict(set)
    for address, befores in order.items():
        for before in befores:
            found[before].add(address)
    return dict(found)


def batches(moves: Sequence[Move]) -> tuple[tuple[Move, ...], ...]:
    """Sets of moves that may run at the same time, in order; sorted by address inside.

    The batches of a group follow each other, with nothing else in them.
    """
    by_address = {move.address: move for move in moves}
    order = {move.address: move.waits_for for move in moves}
    if not any(move.group for move in moves):
        return tuple(tuple(by_address[address] for address in batch) for batch in generations(order))
    owner = {move.address: move.group or str(move.address) for move in moves}
    members: defaultdict[str, list[Address]] = defaultdict(list)
    outer: defaultdict[str, set[str]] = defaultdict(set)
    for move in moves:
        node = owner[move.address]
        members[node].append(move.address)
        outer[node].update(owner[before] for before in move.waits_for if owner.get(before, node) != node)
    found: list[tuple[Address, ...]] = []
    for names in generations(outer):
        single = sorted(members[name][0] for name in names if not by_address[members[name][0]].group)
        found += [tuple(single)] if single else []
        for name in names:
            if by_address[members[name][0]].group:
                found += generations({address: order[address] for address in members[name]})
    return tuple(tuple(by_address[address] for address in batch) for batch in found)
