"""What an apply keeps besides exposures: how the store had each toggle, and the guards that were trusted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flagstaff.model.recorded import Standing
from flagstaff.state import invariants
from flagstaff.testing import building as b
from flagstaff.testing.applying import Crash, HookedBatchWriter, HookedWriter, Scene

A = b.address("a")


def scene(kind, exposure="20", **live):
    return Scene(b.desired(b.toggle("a", exposure)), kind(b.snapshot(**live).toggles))


@pytest.mark.parametrize("kind", [HookedBatchWriter, HookedWriter])
def test_a_verified_write_keeps_how_the_store_had_it(kind):
    world = scene(kind, a=b.raw("5", "ann@example.gov", "bob@example.gov"))
    world.apply()
    assert world.state.state.toggles[A].standing == Standing({"percentage_of_actors": "20"}, 2)
    assert "example.gov" not in str(world.state.state)


def test_so_does_an_adoption():
    world = scene(HookedBatchWriter, "5", a=b.raw("5", "ann@example.gov"))
    world.apply()
    assert world.state.state.toggles[A].standing == Standing({"percentage_of_actors": "5"}, 1)


def test_so_does_the_recovery_of_a_crash():
    world = scene(HookedBatchWriter, a=b.raw("5", "ann@example.gov"))

    def hook(what):
        if what == "written":
            raise Crash

    world.hook(hook)
    with pytest.raises(Crash):
        world.apply()
    world.hook(lambda _: None)
    world.recover()
    assert world.state.state.toggles[A].standing == Standing({"percentage_of_actors": "20"}, 1)
    assert invariants.verify(world.state.state, world.state.journal) == ()


def test_guards_that_nobody_trusted_are_not_recorded():
    world = scene(HookedBatchWriter, a="5")
    plan = world.plan()
    world.execute(replace(plan, observed=replace(plan.observed, guards={})))
    assert world.state.state.guards is None
    world.apply()
    assert world.state.state.guards is not None
