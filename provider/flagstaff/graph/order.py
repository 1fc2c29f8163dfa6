"""Order: from "comes after" to batches of things that may happen at the same time."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from flagstaff.addresses import Address


def generations(waits_for: Mapping[Address, Collection[Address]]) -> tuple[tuple[Address, ...], ...]:
    """Batches: each address is in the first one behind all that it waits for; sorted inside.

    What is waited for and not a key is taken as done. Raises ValueError on a cycle.
    """
    pairs = [(before, after) for after, befores in waits_for.items() for before in befores if before in waits_for]
    if not pairs:
        return (tuple(sorted(waits_for)),) if waits_for else ()
    import networkx as nx  # noqa: PLC0415  # 110 ms: only where there is an order to find

    graph: nx.DiGraph[Address] = nx.DiGraph()
    graph.add_nodes_from(waits_for)
    graph.add_edges_from(pairs)
    try:
        return tuple(tuple(sorted(batch)) for batch in nx.topological_generations(graph))
    except nx.NetworkXUnfeasible as error:
        raise ValueError("the order has a cycle") from error
