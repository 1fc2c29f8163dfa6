"""Cycles as paths, and batches."""

import pytest

from flagstaff.diagnostics import Position, Range
from flagstaff.graph.cycles import cycle_diagnostics, cycles
from flagstaff.graph.edges import Edge, Kind, edges
from flagstaff.graph.order import generations
from flagstaff.testing import building as b


def at(line):
    return Range("a.hcl", Position(line, 3, line), Position(line, 9, line + 6))


def edge(child, parent, line=None, kind=Kind.REQUIRES):
    return Edge(b.address(child), b.address(parent), kind, at(line) if line else None)


def test_edges_are_requirements_and_dependencies():
    toggle = b.toggle("m", requires=["a"], after=["b"])
    assert edges([toggle]) == (edge("m", "a"), edge("m", "b", kind=Kind.DEPENDS_ON))


def test_no_edges_no_cycles():
    assert cycles([]) == ()
    assert cycles([edge("b", "a"), edge("c", "a"), edge("c", "b")]) == ()


def test_a_cycle_is_a_path_with_a_place_for_every_edge():
    found = cycle_diagnostics(
        [edge("c", "a", 9, Kind.DEPENDS_ON), edge("a", "b", 3), edge("b", "c", 6), edge("x", "a", 1)]
    )
    assert len(found) == 1
    assert found[0].summary == "Dependency cycle"
    assert found[0].detail == (
        "These toggles need each other in a circle, so there is no order in which they could be raised:\n"
        "  toggle.a requires toggle.b  (a.hcl:3)\n"
        "  toggle.b requires toggle.c  (a.hcl:6)\n"
        "  toggle.c depends on toggle.a  (a.hcl:9)\n"
        "Take one of these lines out."
    )
    assert found[0].range == at(3)
    assert [(r.range, r.message) for r in found[0].related] == [
        (at(6), "toggle.b requires toggle.c"),
        (at(9), "toggle.c depends on toggle.a"),
    ]


def test_each_group_gives_its_shortest_cycle_and_a_loop_is_one():
    found = cycles([edge("z", "z"), edge("a", "b"), edge("b", "c"), edge("c", "a"), edge("c", "b"), edge("b", "a")])
    assert [[e.child.name for e in cycle] for cycle in found] == [["a", "b"], ["z"]]
    assert "(a.hcl" not in cycle_diagnostics([edge("z", "z")])[0].detail


def test_of_several_shortest_cycles_the_first_one_in_order_is_told():
    found = cycles([edge("a", "c"), edge("a", "b"), edge("b", "a"), edge("c", "a"), edge("c", "b"), edge("x", "a")])
    assert [[e.child.name for e in cycle] for cycle in found] == [["a", "b"]]


def test_a_long_cycle_costs_no_more_than_its_length():
    count = 20_000
    (cycle,) = cycles([edge(f"t{number}", f"t{(number + 1) % count}") for number in range(count)])
    assert len(cycle) == count


def test_batches():
    a, m, n, z = (b.address(name) for name in "amnz")
    assert generations({}) == ()
    assert generations({z: [], a: []}) == ((a, z),)
    assert generations({m: [a], n: [m, z], a: [], b.address("q"): [b.address("elsewhere")]}) == (
        (a, b.address("q")),
        (m,),
        (n,),
    )


def test_an_order_with_a_cycle_is_refused():
    a, m = b.address("a"), b.address("m")
    with pytest.raises(ValueError, match="the order has a cycle"):
        generations({a: [m], m: [a]})
