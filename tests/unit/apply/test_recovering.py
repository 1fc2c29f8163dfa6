"""What the next run makes of one that ended before it could tell."""

from __future__ import annotations

import pytest

from flagstaff.apply.events import Recovered
from flagstaff.apply.options import Options
from flagstaff.diagnostics import Failure
from flagstaff.model.exposure import Exposure
from flagstaff.providers.protocols import StoreError
from flagstaff.state import invariants
from flagstaff.state.store import StateError
from flagstaff.testing import building as b
from flagstaff.testing.applying import INFO, Crash, HookedBatchWriter, HookedWriter, Scene


def nothing(_):
    """Lets everything pass."""


def crashed(where, kind=HookedBatchWriter, scene=None):
    """A world in which an apply of `a` from 0 to 20 died at the first effect of that name after its intent."""
    scene = scene or Scene(b.desired(b.toggle("a", "20")), kind(b.snapshot(a="0").toggles))
    plan = scene.plan()

    def hook(what):
        if what == where and scene.state.journal[-1].kind == "intent":
            raise Crash

    scene.hook(hook)
    with pytest.raises(Crash):
        scene.execute(plan, Options("bob", "died"))
    scene.hook(nothing)
    scene.events.clear()
    return scene


NOTE = (
    "toggle.a (a_enabled): the apply of bob at 2026-01-27 14:00 UTC ended before it could tell how this move was done. "
    "It was at 0 % before and at 20 % is planned. The store says that it is {}"
)


def test_nothing_to_recover():
    scene = Scene(b.desired(b.toggle("a", "20")), HookedBatchWriter(b.snapshot(a="0").toggles))
    assert scene.recover().state is None
    assert scene.recover(write=False).state is None
    scene.apply()
    state, saves, length = scene.state.state, scene.state.saves, len(scene.state.journal)
    recovery = scene.recover()
    assert (recovery.state, recovery.notes, recovery.moves) == (state, (), ())
    assert (scene.state.saves, len(scene.state.journal)) == (saves, length)


def test_a_move_that_was_done():
    scene = crashed("written")
    recovery = scene.recover()
    event = Recovered(b.address("a"), "a_enabled", "applied", "died", Exposure.parse("20"))
    assert recovery.moves == (event,)
    assert scene.events == [event]
    (note,) = recovery.notes
    assert (note.summary, note.detail) == ("Move was in flight", NOTE.format("at 20 % now: it was applied."))
    assert note.address == "toggle.a"
    assert scene.state.state.toggles[b.address("a")].exposure == Exposure.parse("20")
    assert scene.state.state == recovery.state
    assert scene.state.journal[-1].kind == "recovered"
    assert invariants.verify(scene.state.state, scene.state.journal) == ()
    assert not scene.plan().core.moves


@pytest.mark.parametrize(
    ("where", "outcome", "said"),
    [
        ("write", "not applied", "each of them is as it was before, and was not applied"),
        ("written", "applied", "each of them is as planned now, and was applied"),
    ],
)
def test_many_moves_of_which_the_same_is_true_are_told_at_once(where, outcome, said):
    names = ["a", "m", "n", "o", "p", "q"]
    config = b.desired(*(b.toggle(name, "20") for name in names))
    scene = crashed(where, scene=Scene(config, HookedBatchWriter(b.snapshot(**dict.fromkeys(names, "0")).toggles)))
    (note,) = scene.recover(write=False).notes
    assert (note.summary, note.address) == ("Moves were in flight", None)
    assert note.detail == (
        "The apply of bob at 2026-01-27 14:00 UTC ended before it could tell how 6 moves were done. The store says "
        f"that {said}: {', '.join(f'toggle.{name}' for name in names)}. Nothing was written; the next apply records it."
    )
    assert [one.outcome for one in scene.recover().moves] == [outcome] * 6


def test_what_is_not_like_the_rest_is_told_by_itself():
    names = ["a", "m", "n", "o", "p", "q", "r"]
    config = b.desired(*(b.toggle(name, "20") for name in names))
    scene = crashed("write", scene=Scene(config, HookedBatchWriter(b.snapshot(**dict.fromkeys(names, "0")).toggles)))
    scene.live.toggles = {**scene.live.toggles, "n_enabled": b.raw("7")}
    assert [note.summary for note in scene.recover().notes] == ["Moves were in flight", "Move was in flight"]


def test_a_move_that_was_not_done():
    scene = crashed("write")
    recovery = scene.recover()
    assert recovery.moves[0].outcome == "not applied"
    assert recovery.notes[0].detail == NOTE.format("at 0 % now: it was not applied.")
    assert not scene.state.state.toggles
    assert scene.apply().succeeded


def test_a_toggle_that_stands_elsewhere_is_drift():
    config = b.desired(b.toggle("a", "20"))
    scene = Scene(config, HookedBatchWriter(b.snapshot(a="20").toggles))
    scene.apply()
    scene.config = b.desired(b.toggle("a", "50"))
    crashed("written", scene=scene)
    scene.live.toggles = b.snapshot(a="7").toggles
    recovery = scene.recover()
    assert recovery.moves[0].outcome == "unknown"
    assert recovery.moves[0].live == Exposure.parse("7")
    assert "The store says that it is at 7 % now: the move can't have left it there" in recovery.notes[0].detail
    assert scene.state.state.toggles[b.address("a")].exposure == Exposure.parse("20")
    assert scene.plan().observed.drift
    assert scene.recover().moves == ()


def test_a_move_that_was_done_in_part():
    scene = Scene(b.desired(b.toggle("a", "20", create=True)), HookedWriter({}), atomic=False)
    crashed("written a_enabled", scene=scene)
    recovery = scene.recover()
    assert recovery.moves[0].outcome == "applied in part"
    assert recovery.notes[0].detail.endswith("The store says that it is at 0 % now: it was applied in part.")
    record = scene.state.state.toggles[b.address("a")]
    assert (record.exposure, record.created) == (Exposure.parse("0"), True)


def test_a_toggle_that_is_gone():
    scene = crashed("written")
    scene.live.toggles = {}
    recovery = scene.recover()
    assert (recovery.moves[0].outcome, recovery.moves[0].live) == ("unknown", None)
    assert "it is not in the store now" in recovery.notes[0].detail


def test_planning_is_told_and_writes_nothing():
    scene = crashed("written")
    state, saves, length = scene.state.state, scene.state.saves, len(scene.state.journal)
    recovery = scene.recover(write=False)
    assert recovery.state.toggles[b.address("a")].exposure == Exposure.parse("20")
    assert recovery.state.lineage == state.lineage
    assert recovery.notes[0].detail.endswith("it was applied. Nothing was written; the next apply records it.")
    assert (scene.state.state, scene.state.saves, len(scene.state.journal)) == (state, saves, length)
    assert not scene.plan(recovery.state).core.moves


def test_planning_while_an_apply_is_at_work():
    scene = crashed("written")
    scene.state.running = INFO
    recovery = scene.recover(write=False)
    assert [note.summary for note in recovery.notes] == ["Another run is at work"]
    assert recovery.notes[0].detail == (
        "ann on host runs apply since 2026-01-27 14:00 UTC. "
        "What it has not finished yet is shown here as the store has it now."
    )
    assert recovery.state.toggles


def test_a_run_that_left_nothing_in_flight():
    scene = Scene(b.desired(b.toggle("a", "20")), HookedBatchWriter(b.snapshot(a="0").toggles))
    plan = scene.plan()

    def hook(what):
        if what == "appended" and scene.state.journal[-1].kind == "result":
            raise Crash

    scene.hook(hook)
    with pytest.raises(Crash):
        scene.execute(plan, Options("bob", "died"))
    scene.hook(nothing)
    assert not scene.state.state.toggles
    recovery = scene.recover()
    assert [(note.summary, note.detail) for note in recovery.notes] == [
        ("Apply did not finish", "Run died ended before it was done, and left no move in flight.")
    ]
    assert scene.state.state.toggles[b.address("a")].exposure == Exposure.parse("20")
    assert scene.recover().notes == ()


def test_what_a_run_had_to_say_is_said_again():
    scene = Scene(b.desired(b.toggle("a", "20")), HookedBatchWriter(b.snapshot(a="0").toggles))
    plan = scene.plan()

    def unread(what):
        if what == "read" and scene.state.journal and scene.state.journal[-1].kind == "intent":
            raise StoreError("Store is down", "Try again later.")

    scene.hook(unread)
    scene.execute(plan)
    scene.hook(nothing)
    (note,) = scene.recover().notes
    assert (
        " It said: It could not be read after the write. Store is down: Try again later. It was at 0 %" in note.detail
    )


def test_a_takeover_is_in_the_journal():
    scene = crashed("written")
    scene.lease.took_over = INFO
    scene.recover()
    assert [entry.kind for entry in scene.state.journal[-2:]] == ["takeover", "recovered"]
    assert scene.state.journal[-2].data["holder"]["who"] == "ann"


def test_a_takeover_before_there_is_a_state():
    scene = Scene(b.desired(b.toggle("a", "20")), HookedBatchWriter(b.snapshot(a="0").toggles))
    scene.lease.took_over = INFO
    assert scene.recover().state is None
    assert [entry.kind for entry in scene.state.journal] == ["takeover"]
    assert scene.execute(scene.plan()).succeeded
    assert invariants.verify(scene.state.state, scene.state.journal) == ()


def test_a_state_that_is_gone_comes_back_from_the_journal():
    scene = Scene(b.desired(b.toggle("a", "20")), HookedBatchWriter(b.snapshot(a="0").toggles))
    scene.apply()
    scene.state.state, scene.state.saves = None, 0
    assert scene.recover(write=False).state.toggles.keys() == {b.address("a")}
    assert scene.state.state is None
    scene.recover()
    assert scene.state.state.toggles.keys() == {b.address("a")}
    assert scene.state.state.lineage


def test_what_the_outside_world_refuses_is_a_failure():
    scene = crashed("written")

    def down(what):
        if what == "read":
            raise StoreError("Store is down", "Try again later.")

    scene.hook(down)
    with pytest.raises(Failure, match="Store is down: Try again later"):
        scene.recover()

    def full(what):
        if what == "append":
            raise StateError("Journal can't be written", "The disk is full.")

    scene.hook(full)
    with pytest.raises(Failure, match="Journal can't be written: The disk is full"):
        scene.recover()
