"""Where the boxes of a graph stand: columns by what must come first, rows near what they are joined to. Pure.

Columns are the generations of the order. An arrow over several columns takes a row in each of those between, so that
it runs beside the boxes. Inside a column rows are sorted by the mean row of their neighbours in the column before
(Sugiyama, Tagawa and Toda, 1981), then by name. Boxes without an arrow follow below, row by row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean
from typing import Final

from flagstaff.addresses import Address
from flagstaff.graph.order import generations
from flagstaff.views.report.figures import Arrow, Node

# With more arrows than this nobody follows each, and the drawing would only grow.
_MOST_WAYS: Final = 120
# Column and row, from 0.
Place = tuple[int, int]
Pair = tuple[Address, Address]
# A box, or an arrow on its way through a column.
_Point = tuple[Address, Address, int]


@dataclass(frozen=True, slots=True)
class Layout:
    """`ways`: where an arrow (child, parent) passes, from the child on."""

    places: Mapping[Address, Place]
    ways: Mapping[Pair, tuple[Place, ...]]

    @property
    def size(self) -> Place:
        """How many columns and rows there are."""
        found = [*self.places.values(), *(place for way in self.ways.values() for place in way)]
        return 1 + max(column for column, _ in found), 1 + max(row for _, row in found)


def layers(nodes: Iterable[Node], arrows: Sequence[Arrow], columns: int) -> Layout:
    """`columns`: how many lone boxes stand beside each other, at least. Raises ValueError on a cycle."""
    before: dict[Address, set[Address]] = {}
    for arrow in arrows:
        before.setdefault(arrow.child, set()).add(arrow.parent)
        before.setdefault(arrow.parent, set())
    column = {one: place for place, layer in enumerate(generations(before)) for one in layer}
    pairs = sorted((child, parent) for child, parents in before.items() for parent in parents)
    long = len(pairs) <= _MOST_WAYS
    between = {pair: range(column[pair[0]] - 1, column[pair[1]], -1) if long else range(0) for pair in pairs}
    rows = _rows(column, between)
    places = {one: (place, rows[one, one, place]) for one, place in column.items()}
    ways = {pair: tuple((place, rows[*pair, place]) for place in passed) for pair, passed in between.items()}
    below = 1 + max(rows.values(), default=-1)
    wide = max(columns, 1 + max(column.values(), default=0))
    lone = (node.address for node in nodes if node.address not in before)
    places |= {one: (number % wide, below + number // wide) for number, one in enumerate(sorted(lone))}
    return Layout(places, ways)


def _rows(column: Mapping[Address, int], between: Mapping[Pair, Sequence[int]]) -> dict[_Point, int]:
    """The row of each box, and of each arrow in the columns between."""
    points: defaultdict[int, set[_Point]] = defaultdict(set)
    joined: defaultdict[_Point, list[_Point]] = defaultdict(list)
    for one, place in column.items():
        points[place].add((one, one, place))
    for (child, parent), passed in between.items():
        way = [(child, child, column[child]), *((child, parent, place) for place in passed)]
        way.append((parent, parent, column[parent]))
        for point, following in pairwise(way):
            points[point[2]].add(point)
            joined[point].append(following)
    rows: dict[_Point, int] = {}
    for _, found in sorted(points.items()):
        means = {point: fmean([rows[other] for other in joined[point]] or [0]) for point in found}
        ordered = sorted(found, key=lambda point: (means[point], point))
        rows |= {point: row for row, point in enumerate(ordered)}
    return rows
