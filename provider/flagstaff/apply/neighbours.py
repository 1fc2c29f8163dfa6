"""Neighbours: which toggles a requirement, or the plan's order, joins to a moved one. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flagstaff.addresses import Address
from flagstaff.plan.plan import Plan


@dataclass(frozen=True, slots=True)
class Neighbours:
    """`required`: joined by a requirement or `depends_on`, either way round. `ordered`: the moves that come before.

    Both are sorted, so that what is said of "the first" of them does not depend on a hash seed.
    """

    required: Mapping[Address, tuple[Address, ...]]
    ordered: Mapping[Address, tuple[Address, ...]]

    @classmethod
    def of(cls, plan: Plan) -> Neighbours:
        """Read them from the plan's moves and the requirements that it puts in force."""
        joined: dict[Address, set[Address]] = {}
        for child, parent in _pairs(plan.observed.applied):
            joined.setdefault(child, set()).add(parent)
            joined.setdefault(parent, set()).add(child)
        return cls(
            required={address: tuple(sorted(others)) for address, others in joined.items()},
            ordered={move.address: move.waits_for for move in plan.core.moves},
        )

    def joined_to(self, address: Address) -> tuple[Address, ...]:
        """The toggles that a requirement joins to this one."""
        return self.required.get(address, ())

    def around(self, address: Address) -> tuple[Address, ...]:
        """All whose last write readers must have seen before this one is written."""
        return tuple(sorted({*self.joined_to(address), *self.ordered.get(address, ())}))


def _pairs(applied: Mapping[str, Any]) -> list[tuple[Address, Address]]:
    """(child, parent), as `plan.applied.written` writes them."""
    parse = Address.parse
    return [
        (parse(child), parse(parent))
        for child, toggle in applied.get("toggles", {}).items()
        for parent in (*(one["toggle"] for one in toggle["requires"]), *toggle["depends_on"])
    ]
