"""The order in which the parts of a configuration are evaluated: what is referred to comes first.

Rule: an explicit stack. A chain of ten thousand locals is long, not deep.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from flagstaff.diagnostics import Diagnostics, Range, Related
from flagstaff.language.nodes import Node


@dataclass(frozen=True, slots=True)
class Edge:
    """`source` refers to `target` at a place."""

    source: str
    target: str
    place: Node | Range

    @property
    def range(self) -> Range:
        # Worked out when it is asked for: most edges are in no cycle.
        return self.place.range if isinstance(self.place, Node) else self.place


@dataclass(frozen=True, slots=True)
class Order:
    """`parts` with what they refer to first; `broken` are those in a cycle."""

    parts: tuple[str, ...]
    broken: frozenset[str]


def order(parts: Mapping[str, Sequence[Edge]], diagnostics: Diagnostics) -> Order:
    """Sort the parts; a cycle is reported once, with the place of each of its edges.

    Edges to what is not a part are passed over.
    """
    done: dict[str, None] = {}
    broken: set[str] = set()
    for first in parts:
        if first in done:
            continue
        path: dict[str, Edge | None] = {first: None}
        stack: list[tuple[str, Iterator[Edge]]] = [(first, iter(parts[first]))]
        while stack:
            part, edges = stack[-1]
            edge = next((edge for edge in edges if edge.target in parts and edge.target not in done), None)
            if edge is None:
                stack.pop()
                del path[part]
                done[part] = None
            elif edge.target in path:
                cycle = _cycle(path, edge)
                broken.update(step.source for step in cycle)
                report_cycle(cycle, diagnostics)
            else:
                path[edge.target] = edge
                stack.append((edge.target, iter(parts[edge.target])))
    return Order(tuple(done), frozenset(broken))


def report_cycle(cycle: Sequence[Edge], diagnostics: Diagnostics) -> None:
    """Say a cycle: each edge leads to the next one, the last back to the first."""
    path = " -> ".join([*(edge.source for edge in cycle), cycle[0].source])
    diagnostics.error(
        "Reference cycle",
        f"A value can't depend on itself: {path}. Take one of these references out.",
        cycle[0].range,
        context=cycle[0].source,
        related=tuple(Related(edge.range, f"{edge.source} refers to {edge.target}") for edge in cycle),
    )


def _cycle(path: Mapping[str, Edge | None], last: Edge) -> list[Edge]:
    on_path = list(path)
    inner = [path[part] for part in on_path[on_path.index(last.target) + 1 :]]
    return [*(edge for edge in inner if edge is not None), last]
