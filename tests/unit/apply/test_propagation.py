"""How long to wait for a neighbour's readers."""

from __future__ import annotations

from datetime import timedelta

from flagstaff.apply.neighbours import Neighbours
from flagstaff.apply.propagation import Wait, longest_wait
from flagstaff.model.exposure import OFF
from flagstaff.model.recorded import ToggleRecord
from flagstaff.testing import building as b

A, B, C = b.address("a"), b.address("b"), b.address("c")
NEIGHBOURS = Neighbours(required={A: (B,), B: (A,)}, ordered={A: (C,), B: ()})
TWO_MINUTES = timedelta(minutes=2)


def left(seconds, *addresses, propagation=TWO_MINUTES):
    """The wait, where each toggle was written so many seconds ago."""
    records = {
        address: ToggleRecord("key", OFF, None if ago is None else b.NOW - timedelta(seconds=ago))
        for address, ago in seconds.items()
    }
    return longest_wait(addresses, NEIGHBOURS, records, propagation, b.NOW)


def test_a_toggle_waits_for_the_last_of_its_neighbours():
    assert left({B: 90, C: 30}, A) == Wait(A, C, 90.0)
    assert left({B: 30, C: 90}, A) == Wait(A, B, 90.0)
    assert left({B: 120, C: 300}, A) is None


def test_its_own_write_and_those_of_strangers_do_not_count():
    assert left({A: 0}, A) is None
    assert left({C: 0}, B) is None
    assert left({A: 100}, B) == Wait(B, A, 20.0)


def test_of_several_toggles_the_one_that_waits_longest():
    assert left({A: 10, B: 50}, A, B) == Wait(B, A, 110.0)


def test_a_clock_that_is_ahead_makes_no_wait_longer_than_propagation():
    assert left({B: -3600}, A) == Wait(A, B, 120.0)


def test_what_was_never_written_and_stores_without_propagation():
    assert left({B: None}, A) is None
    assert left({B: 0}, A, propagation=timedelta(0)) is None


def test_neighbours_come_from_requirements_dependencies_and_order():
    config = b.desired(
        b.toggle("a", "5", requires=["b"]), b.toggle("b", "100"), b.toggle("c", "5", after=["a"]), b.toggle("d", "5")
    )
    found = Neighbours.of(b.plan(config, b.snapshot(a="0", b="0", c="0", d="0")))
    assert found.joined_to(A) == (B, C)
    assert found.around(A) == (B, C)
    assert found.around(B) == (A,)
    assert found.around(C) == (A,)
    assert found.joined_to(b.address("d")) == ()
