"""Two applies at once that no lease kept apart: the second to save is told who was first, and stops there."""

from flagstaff.apply.options import Options
from flagstaff.state import invariants
from flagstaff.testing import building as b
from flagstaff.testing.applying import HookedBatchWriter, Scene

A = b.address("a")


def test_whoever_lost_the_state_never_saves_over_the_winners():
    """Also not at its end, when it writes down that it was cut short."""
    scene = Scene(b.desired(b.toggle("a", "5")), HookedBatchWriter(b.snapshot(a="0").toggles))
    scene.apply()
    scene.config = b.desired(b.toggle("a", "20"))
    plan = scene.plan()
    theirs, saves = Scene(b.desired(b.toggle("a", "50")), scene.live, scene.state, scene.clock), []

    def hook(what: str) -> None:
        if what == "save":
            saves.append(scene.state.state.serial)
            if len(saves) == 1:
                scene.hook(lambda _: None)
                theirs.runs = 90
                theirs.apply()
                scene.hook(hook)

    scene.hook(hook)
    outcome = scene.execute(plan, Options("ann", "ours", save_every=0.0))
    scene.hook(lambda _: None)
    assert outcome.stopped.startswith("State was changed by somebody else: ")
    assert not outcome.succeeded
    state = scene.state.state
    assert str(state.toggles[A].exposure) == "50 %"
    assert state.applied["toggles"]["toggle.a"]["exposure"] == "50"
    # Once before theirs, once at the end: both were refused.
    assert len(saves) == 2
    assert saves[1] == state.serial
    assert invariants.verify(state, scene.state.journal) == ()
