"""Polarity: which toggles give people something when they go down.

An experience that asks for `!toggle.x` is gained by those who lose x, so lowering x counts as a
raise.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from flagstaff.addresses import Address
from flagstaff.model.conditions import Always, And, Comparison, Condition, Is, Not, Or
from flagstaff.model.configuration import Experience


def negated(experiences: Iterable[Experience]) -> dict[Address, tuple[Address, ...]]:
    """Toggles under an odd number of `!`, each with the experiences that it gives when lowered."""
    found: dict[Address, list[Address]] = {}
    by_address = {experience.address: experience for experience in experiences}
    for experience in by_address.values():
        for toggle in sorted(_negated(experience.when, by_address, odd=False, seen=frozenset({experience.address}))):
            found.setdefault(toggle, []).append(experience.address)
    return {toggle: tuple(items) for toggle, items in found.items()}


def _negated(
    condition: Condition, experiences: dict[Address, Experience], *, odd: bool, seen: frozenset[Address]
) -> set[Address]:
    match condition:
        case Is(address=address) if address.kind == "experience":
            inner = experiences.get(address)
            if inner is None or address in seen:
                return set()
            return _negated(inner.when, experiences, odd=odd, seen=seen | {address})
        case Is(address=address):
            return {address} if odd and address.kind == "toggle" else set()
        case Not(operand=operand):
            return _negated(operand, experiences, odd=not odd, seen=seen)
        case And(operands=operands) | Or(operands=operands):
            return set().union(*(_negated(o, experiences, odd=odd, seen=seen) for o in operands))
        case Always() | Comparison():
            return set()
        case _:
            assert_never(condition)
