"""Writing the steps of moves, by writers of both kinds."""

from __future__ import annotations

from flagstaff.apply.writing import Attempt, write_alone, write_together
from flagstaff.model.live import Result
from flagstaff.providers.protocols import Conflict
from flagstaff.testing import building as b
from flagstaff.testing.applying import HookedBatchWriter, HookedWriter, Scene


def creating(kind, *names):
    """Moves of two steps each: make the toggle, then turn it up."""
    config = b.desired(*(b.toggle(name, "20", create=True) for name in names))
    scene = Scene(config, kind({}), atomic=False)
    return scene, scene.plan().core.moves


def test_a_move_is_left_alone_between_its_steps():
    scene, (move,) = creating(HookedWriter, "a")
    asked = iter([False, True])
    attempt = write_alone(scene.live, move, scene.live.read(), scene.provider.dialect, lambda: next(asked))
    assert attempt == Attempt(1, "Stopped before the next step.")
    assert b.exposures(scene.live.read()) == {"a_enabled": "0 %"}


def test_no_second_step_where_the_first_was_answered_otherwise():
    class Deaf(HookedBatchWriter):
        def write_batch(self, steps, expect):
            results = super().write_batch([step for step in steps if step.key != "a_enabled"], expect)
            return [next((r for r in results if r.key == step.key), Result(step.key, None)) for step in steps]

    scene, moves = creating(Deaf, "a", "b")
    attempts = write_together(scene.live, moves, scene.live.read(), scene.provider.dialect)
    assert attempts == {
        b.address("a"): Attempt(1, "The store answered that it is not in the store after the write, not at 0 %."),
        b.address("b"): Attempt(2),
    }
    assert b.exposures(scene.live.read()) == {"b_enabled": "20 %"}


def test_a_conflict_at_the_second_step():
    scene, moves = creating(HookedBatchWriter, "a", "b")
    written = []

    def hook(what):
        written.extend([what] if what == "written" else [])
        if what == "write" and len(written) == 1 and len(scene.live.toggles) == 2:
            scene.live.toggles = {**scene.live.toggles, "a_enabled": b.raw("3")}

    scene.hook(hook)
    attempts = write_together(scene.live, moves, scene.live.read(), scene.provider.dialect)
    assert (attempts[b.address("a")].steps, attempts[b.address("a")].conflict) == (1, True)
    assert attempts[b.address("b")] == Attempt(2)


def test_a_conflict_that_names_nobody_fails_all():
    class Vague(HookedBatchWriter):
        def write_batch(self, steps, expect):
            raise Conflict("Something changed.", ())

    scene, moves = creating(Vague, "a", "b")
    attempts = write_together(scene.live, moves, scene.live.read(), scene.provider.dialect)
    why = "Not written, as the store kept changing. Something changed."
    assert set(attempts.values()) == {Attempt(0, why)}
