"""Edges: which toggle needs, or comes after, which other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from flagstaff.addresses import Address
from flagstaff.diagnostics import Range
from flagstaff.model.configuration import Toggle


class Kind(StrEnum):
    REQUIRES = "requires"
    DEPENDS_ON = "depends on"


@dataclass(frozen=True, slots=True)
class Edge:
    """`child` needs `parent`; `range` is where the configuration says so."""

    child: Address
    parent: Address
    kind: Kind
    range: Range | None = None


def edges(toggles: Iterable[Toggle]) -> tuple[Edge, ...]:
    """Every requirement and dependency, in the order of the toggles."""
    found: list[Edge] = []
    for toggle in toggles:
        found += [Edge(r.child, r.parent, Kind.REQUIRES, r.range) for r in toggle.requirements]
        found += [Edge(d.child, d.parent, Kind.DEPENDS_ON, d.range) for d in toggle.depends_on]
    return tuple(found)
