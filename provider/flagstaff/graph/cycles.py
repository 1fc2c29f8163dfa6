"""Cycles: found with networkx, and shown as a path with a place for every edge."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from itertools import pairwise

from flagstaff.addresses import Address
from flagstaff.diagnostics import Diagnostic, Related, Severity
from flagstaff.graph.edges import Edge


def cycles(edges: Sequence[Edge]) -> tuple[tuple[Edge, ...], ...]:
    """One shortest cycle of each group of toggles that need each other, starting at its first address."""
    if not edges:
        return ()
    import networkx as nx  # noqa: PLC0415  # 110 ms: only where there is something to look at

    by_pair = {(edge.child, edge.parent): edge for edge in reversed(edges)}
    graph: nx.DiGraph[Address] = nx.DiGraph(sorted(by_pair))
    found = []
    for group in nx.strongly_connected_components(graph):
        first = min(group)
        if len(group) > 1 or graph.has_edge(first, first):
            path = _shortest(first, {address: [p for p in graph[address] if p in group] for address in group})
            found.append(tuple(by_pair[pair] for pair in pairwise([*path, first])))
    return tuple(sorted(found, key=lambda cycle: cycle[0].child))


def _shortest(first: Address, parents: Mapping[Address, Sequence[Address]]) -> list[Address]:
    """The shortest way from an address back to it, breadth first; of several, the first one in order."""
    came_from: dict[Address, Address | None] = {first: None}
    queue = deque([first])
    while first not in parents[address := queue.popleft()]:
        new = [parent for parent in parents[address] if parent not in came_from]
        came_from.update(dict.fromkeys(new, address))
        queue += new
    path, step = [address], came_from[address]
    while step is not None:
        path.append(step)
        step = came_from[step]
    return path[::-1]


def cycle_diagnostics(edges: Sequence[Edge]) -> tuple[Diagnostic, ...]:
    """An error for each cycle."""
    return tuple(map(_diagnostic, cycles(edges)))


def _diagnostic(cycle: tuple[Edge, ...]) -> Diagnostic:
    steps = [f"  {edge.child} {edge.kind} {edge.parent}{_place(edge)}" for edge in cycle]
    detail = "\n".join(
        [
            "These toggles need each other in a circle, so there is no order in which they could be raised:",
            *steps,
            "Take one of these lines out.",
        ]
    )
    related = tuple(
        Related(edge.range, f"{edge.child} {edge.kind} {edge.parent}") for edge in cycle[1:] if edge.range is not None
    )
    return Diagnostic(
        Severity.ERROR,
        "Dependency cycle",
        detail,
        cycle[0].range,
        label=f"{cycle[0].child} {cycle[0].kind} {cycle[0].parent}",
        address=str(cycle[0].child),
        related=related,
    )


def _place(edge: Edge) -> str:
    return f"  ({edge.range})" if edge.range is not None else ""
