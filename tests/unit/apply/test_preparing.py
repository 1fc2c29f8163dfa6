"""What refuses a plan as a whole."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flagstaff.apply.prepare import prepare
from flagstaff.diagnostics import Failure
from flagstaff.model.recorded import Hold
from flagstaff.providers.protocols import StoreError
from flagstaff.state.state import State
from flagstaff.state.store import StateError
from flagstaff.testing import building as b
from flagstaff.testing.applying import HookedBatchWriter, Scene


def scene(**live):
    config = b.desired(b.toggle("a", "100"), b.toggle("b", "5", requires=["a"]))
    return Scene(config, HookedBatchWriter(b.snapshot(**(live or {"a": "50", "b": "0"})).toggles))


def refusal(scene, plan):
    """The one diagnostic; nothing was written."""
    before = scene.live.toggles
    with pytest.raises(Failure) as caught:
        scene.execute(plan)
    assert scene.live.toggles == before
    assert scene.state.journal == []
    (diagnostic,) = caught.value.diagnostics
    return diagnostic.summary, diagnostic.detail


def test_what_was_read_is_handed_on():
    world = scene()
    assert prepare(world.plan(), world.provider, world.state).state is None
    world.state.state, world.state.saves = State("lineage", 3), 1
    assert prepare(world.plan(), world.provider, world.state).token == "1"


def test_a_store_that_only_a_person_can_write():
    world = scene()
    world.writable = False
    assert refusal(world, world.plan()) == (
        "Store can't be written",
        "Flagstaff only reads memory; 2 toggles would have to be changed by hand. Use the web page.",
    )


def test_a_plan_for_another_store():
    world = scene()
    plan = world.plan()
    assert refusal(world, replace(plan, core=replace(plan.core, provider="flipper.api"))) == (
        "Saved plan is for another store",
        "The plan was made for flipper.api, and the configuration names memory (memory) now. Plan again.",
    )


@pytest.mark.parametrize(
    ("planned", "now", "why"),
    [
        ("", "new", "The plan was made before there was a state, and there is one now."),
        ("old", None, "The plan was made with a state that is gone now."),
        ("old", "new", "The plan was made with the state of lineage old, and the state's is new."),
    ],
)
def test_another_lineage(planned, now, why):
    world = scene()
    plan = world.plan()
    if now is not None:
        world.state.state, world.state.saves = State(now, 1), 1
    plan = replace(plan, core=replace(plan.core, lineage=planned))
    assert refusal(world, plan) == (
        "Saved plan does not match the given state",
        f"{why} Nothing was written. Plan again.",
    )


def test_a_moved_toggle_that_was_changed():
    world = scene()
    plan = world.plan()
    world.live.toggles = b.snapshot(a="60", b="0").toggles
    summary, detail = refusal(world, plan)
    assert summary == "Saved plan is stale"
    assert detail.splitlines() == [
        "toggle.a (a_enabled) was at 50 % when the plan was made and is at 60 % now.",
        "Nothing was written. Plan again, and look at what the new plan says.",
    ]


def test_a_neighbour_that_was_changed_though_it_is_not_moved():
    world = scene(a="100", b="0")
    plan = world.plan()
    assert [str(move.address) for move in plan.core.moves] == ["toggle.b"]
    world.live.toggles = b.snapshot(a="99.5", b="0").toggles
    assert "toggle.a (a_enabled) was at 100 % when the plan was made and is at 99.5 % now." in refusal(world, plan)[1]


def test_a_toggle_that_is_gone_or_has_come():
    world = scene()
    plan = world.plan()
    world.live.toggles = b.snapshot(b="0").toggles
    assert (
        "toggle.a (a_enabled) was at 50 % when the plan was made and is not in the store now."
        in (refusal(world, plan)[1])
    )
    world = Scene(b.desired(b.toggle("a", "5", create=True)), HookedBatchWriter({}))
    plan = world.plan()
    world.live.toggles = b.snapshot(a="0").toggles
    assert (
        "toggle.a (a_enabled) was not in the store when the plan was made and is at 0 % now."
        in (refusal(world, plan)[1])
    )


def test_the_same_exposure_by_other_gates():
    world = scene(a="50", b="on")
    world.config = b.desired(b.toggle("b", "5"))
    plan = world.plan()
    world.live.toggles = {"b_enabled": b.raw("on", percentage_of_actors="3")}
    assert (
        "toggle.b (b_enabled) was on when the plan was made and is on, by other settings now."
        in (refusal(world, plan)[1])
    )


def test_testers_may_come_and_go():
    world = scene()
    plan = world.plan()
    world.live.toggles = {"a_enabled": b.raw("50", "User;1"), "b_enabled": b.raw("0")}
    assert prepare(plan, world.provider, world.state).state is None


def test_a_record_that_was_changed_and_a_hold_that_came():
    world = scene()
    world.apply()
    world.config = b.desired(b.toggle("a", "100"), b.toggle("b", "7", requires=["a"]))
    plan = world.plan()
    state = world.state.state
    record = state.toggles[b.address("b")]
    journal, world.state.journal = world.state.journal, []
    changed = {**state.toggles, b.address("b"): replace(record, exposure=b.Exposure.parse("6"))}
    world.state.state = replace(state, toggles=changed)
    assert refusal(world, plan)[1].startswith(
        "toggle.b (b_enabled) was recorded at 5 % as b_enabled when the plan was made and is recorded at 6 % as "
        "b_enabled now."
    )
    world.state.state = replace(state, toggles={b.address("a"): state.toggles[b.address("a")]})
    assert "and is not recorded now." in refusal(world, plan)[1]
    hold = Hold("h1", "rollback", b.NOW, "bob")
    world.state.state = replace(state, holds={b.address("b"): hold})
    assert "toggle.b (b_enabled) was not held when the plan was made and is held by h1 now." in refusal(world, plan)[1]
    # Written again as it was: no reason to refuse.
    world.state.journal = journal
    again = replace(record, change="another", last_write_at=b.NOW)
    world.state.state = replace(state, toggles={**state.toggles, b.address("b"): again})
    assert world.execute(plan).succeeded


def test_a_neighbour_with_a_new_address_that_the_plan_leaves_out():
    """Its record is still under the old address, by which the state knows it."""
    world = scene()
    world.apply()
    child = b.toggle("new", "7", requires=["a"], at_least="10", key="b_enabled")
    world.config = b.desired(b.toggle("a", "60"), child)
    plan = world.plan(targets=frozenset({b.address("a")}))
    assert [(str(p.address), p.key) for p in plan.core.preconditions] == [
        ("toggle.a", "a_enabled"),
        ("toggle.new", "b_enabled"),
    ]
    assert plan.core.records == ()
    assert world.execute(plan).succeeded
    assert [str(record.address) for record in world.plan().core.records] == ["toggle.new"]


def test_many_differences_are_cut_short():
    names = [f"t{number:02}" for number in range(12)]
    world = Scene(
        b.desired(*(b.toggle(name, "20") for name in names)),
        HookedBatchWriter(b.snapshot(**dict.fromkeys(names, "0")).toggles),
    )
    plan = world.plan()
    world.live.toggles = b.snapshot(**dict.fromkeys(names, "1")).toggles
    lines = refusal(world, plan)[1].splitlines()
    assert len(lines) == 12
    assert lines[-2] == "2 more toggles differ."


def test_what_the_outside_world_refuses_is_a_failure():
    world = scene()
    plan = world.plan()

    def broken(what):
        if what == "read":
            raise StoreError("Store is down", "Try again later.")

    world.hook(broken)
    assert refusal(world, plan) == ("Store is down", "Try again later.")

    def full(what):
        if what == "save":
            raise StateError("State can't be saved", "The disk is full.")

    world.hook(full)
    assert refusal(world, plan) == ("State can't be saved", "The disk is full.")

    class Unreadable(type(world.state)):
        def load(self):
            raise StateError("State is damaged", "Line 3.")

    world.state = Unreadable()
    assert refusal(world, plan) == ("State is damaged", "Line 3.")


def test_moves_in_flight_must_be_recovered_first():
    world = scene()
    plan = world.plan()

    def unread(what):
        if what == "read" and any(entry.kind == "intent" for entry in world.state.journal):
            raise StoreError("Store is down", "Try again later.")

    world.hook(unread)
    world.execute(plan)
    world.hook(lambda _: None)
    with pytest.raises(Failure, match="Moves are in flight: An earlier run left moves open"):
        world.execute(world.plan())
