"""Order: from "comes after" to batches of things that may happen at the same time."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from typing import Any, Protocol, TypeVar


class _Sortable(Hashable, Protocol):
    def __lt__(self, other: Any, /) -> bool: ...


T = TypeVar("T", bound=_Sortable)


def generations(waits_for: Mapping[T, Collection[T]]) -> tuple[tuple[T, ...], ...]:
    """Batches: each thing is in the first one behind all that it waits for; sorted inside.

    What is waited for and not a key is taken as done. Raises ValueError on a cycle.
    """
    pairs = [(before, after) for after, befores in waits_for.items() for before in befores if before in waits_for]
    if not pairs:
        return (tuple(sorted(waits_for)),) if waits_for else ()
    import networkx as nx  # noqa: PLC0415  # 110 ms: only where there is an order to find

    graph: nx.DiGraph[T] = nx.DiGraph()
    graph.add_nodes_from(waits_for)
    graph.add_edges_from(pairs)
    try:
        return tuple(tuple(sorted(batch)) for batch in nx.topological_generations(graph))
    except nx.NetworkXUnfeasible as error:
        raise ValueError("the order has a cycle") from error


def tangles(waits_for: Mapping[T, Collection[T]]) -> tuple[frozenset[T], ...]:
    """The sets of things that all wait for each other, round and round."""
    pairs = [(before, after) for after, befores in waits_for.items() for before in befores]
    if not pairs:
        return ()
    import networkx as nx  # noqa: PLC0415  # as above

    graph: nx.DiGraph[T] = nx.DiGraph(pairs)
    found = (frozenset(names) for names in nx.strongly_connected_components(graph) if len(names) > 1)
    return tuple(sorted(found, key=lambda names: sorted(map(str, names))))
