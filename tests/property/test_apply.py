"""Applying random plans with random failures and crashes: later runs converge, and records tell the truth."""

from __future__ import annotations

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from flagstaff.apply.events import Ended
from flagstaff.apply.options import Options
from flagstaff.model.exposure import Exposure
from flagstaff.plan.plan import Plan
from flagstaff.providers.protocols import StoreError
from flagstaff.state import invariants
from flagstaff.state.state import State
from flagstaff.testing import building as b
from flagstaff.testing.applying import Crash, HookedBatchWriter, HookedWriter, MemoryState, Scene
from flagstaff.testing.worlds import worlds

LEVELS = st.sampled_from(["0", "5", "20", "100", "on"])
NAMES = "abcdef"
CRASHED_PLACES = st.integers(1, 60)


def met(child: str, parent: str, at_least: str) -> bool:
    """Whether these exposures keep a requirement."""
    if child == "on":
        return parent == "on"
    return child == "0" or Exposure.parse(parent) >= Exposure.parse(at_least)


@st.composite
def scenes(draw):
    """A small configuration, partly of toggles that have to be made, over a store of either kind.

    Its end keeps all requirements; its start need not. (An end that breaks one is blocked or not, depending on
    where a plan starts, so that two plans need not come to the same end as one.)
    """
    names = NAMES[: draw(st.integers(1, 6))]
    toggles, live, wanted = [], {}, {}
    for index, name in enumerate(names):
        wanted[name] = draw(LEVELS)
        at_least = draw(st.sampled_from(["5", "20", "100"]))
        parents = draw(st.lists(st.sampled_from(names[:index]), unique=True, max_size=3)) if index else []
        kept = [parent for parent in parents if met(wanted[name], wanted[parent], at_least)]
        toggles.append(b.toggle(name, wanted[name], requires=kept, at_least=at_least, create=True))
        if draw(st.booleans()):
            live[name] = draw(LEVELS)
    kind = draw(st.sampled_from([HookedWriter, HookedBatchWriter]))
    return Scene(b.desired(*toggles), kind(b.snapshot(**live).toggles), atomic=draw(st.booleans()))


def copy(scene: Scene) -> Scene:
    """The same world once more, with nothing done in it."""
    state = MemoryState(scene.state.state, list(scene.state.journal), scene.state.saves)
    return Scene(scene.config, type(scene.live)(scene.live.read().toggles), state, atomic=scene.atomic)


def apply(scene: Scene):
    """With consent to everything, one call at a time."""
    scene.recover()
    plan = scene.plan()
    everything = frozenset(move.address for move in plan.core.moves)
    options = Options("ann", f"run-{scene.runs}", parallelism=1, consented=everything, save_every=0.0)
    return scene.execute(plan, options)


def live(scene: Scene):
    return b.exposures(scene.live.read())


def records(state: State | None):
    return {} if state is None else {record.key: str(record.exposure) for record in state.toggles.values()}


def alike(scene: Scene, planned: Scene) -> None:
    assert live(scene) == live(planned)
    assert records(scene.state.state) == records(planned.state.state)


def true_and_complete(scene: Scene, start) -> None:
    """What is recorded is so, and what was changed is recorded: only this run touched the store."""
    now, recorded = live(scene), records(scene.state.state)
    assert {key: now.get(key) for key in recorded} == recorded
    assert {key for key in now if now[key] != start.get(key)} <= recorded.keys()


def crashing(scene: Scene, place: int) -> None:
    """Die at that effect, and be dead from then on."""
    left = [place]

    def hook(_: str) -> None:
        left[0] -= 1
        if left[0] <= 0:
            raise Crash

    scene.hook(hook)


@given(scenes(), CRASHED_PLACES, CRASHED_PLACES)
def test_a_crash_anywhere_and_another_in_the_next_run_converge(scene, first, second):
    planned = copy(scene)
    start = live(scene)
    apply(planned)
    for place in (first, second):
        crashing(scene, place)
        with contextlib.suppress(Crash):
            apply(scene)
        scene.hook(lambda _: None)
    scene.recover()
    true_and_complete(scene, start)
    apply(scene)
    alike(scene, planned)
    assert invariants.verify(scene.state.state, scene.state.journal) == ()


@given(scenes(), st.lists(st.sampled_from(["fine", "refused", "lost before", "lost after"]), max_size=20))
def test_random_failures_converge(scene, fates):
    planned = copy(scene)
    start = live(scene)
    apply(planned)
    plan = scene.plan()
    todo = list(fates)
    fate = ["fine"]

    def hook(what: str) -> None:
        word = what.split(maxsplit=1)[0]
        if word == "write":
            fate[0] = todo.pop() if todo else "fine"
            if fate[0] in {"refused", "lost before"}:
                raise StoreError("Store failed", "It is broken.", unknown=fate[0] == "lost before")
        elif word == "written" and fate[0] == "lost after":
            raise StoreError("Store failed", "It is broken.", unknown=True)

    scene.hook(hook)
    outcome = scene.execute(plan, Options("ann", "run", parallelism=1))
    scene.hook(lambda _: None)
    assert len(outcome.results) == len(plan.core.moves)
    ended = {result.move.address: result.ended for result in outcome.results}
    for move in plan.core.moves:
        if any(ended[before] is not Ended.APPLIED for before in move.waits_for):
            assert ended[move.address] is Ended.SKIPPED
    true_and_complete(scene, start)
    for result in outcome.results:
        if result.ended is Ended.APPLIED:
            assert live(scene).get(result.move.key) == str(result.move.after)
    apply(scene)
    alike(scene, planned)


@given(scenes(), st.data())
def test_requirements_that_hold_at_start_and_end_hold_after_every_write(scene, data):
    planned = copy(scene)
    apply(planned)
    keeping = [
        requirement
        for requirement in (r for toggle in scene.config.toggles.values() for r in toggle.requirements)
        if holds(scene, requirement) and holds(planned, requirement)
    ]
    failing = data.draw(st.sets(st.sampled_from([f"{name}_enabled" for name in NAMES])))
    plan = scene.plan()

    def hook(what: str) -> None:
        word, _, key = what.partition(" ")
        if word == "write" and key in failing:
            raise StoreError("Store refused", "No.")
        if word == "written":
            broken = [requirement for requirement in keeping if not holds(scene, requirement)]
            assert not broken, f"{broken[0].child} above {broken[0].parent} after {what}"

    scene.hook(hook)
    scene.execute(plan, Options("ann", "run", parallelism=1))


def holds(scene: Scene, requirement) -> bool:
    def at(address) -> str:
        exposure = scene.provider.dialect.live(scene.live.toggles.get(scene.config.toggles[address].key)).exposure
        assert isinstance(exposure, Exposure)
        return exposure.encode()

    return met(at(requirement.child), at(requirement.parent), Exposure(requirement.at_least).encode())


def consented(plan: Plan) -> Options:
    return Options("ann", "run", consented=frozenset(move.address for move in plan.core.moves))


@given(worlds())
def test_with_drift_holds_and_limits_the_second_plan_has_nothing_left_to_move(world):
    config, snapshot, recorded = world
    state = State("lineage", 1, toggles=recorded.toggles, guards=recorded.guards)
    scene = Scene(config, HookedBatchWriter(snapshot.toggles), MemoryState(state, saves=1))
    plan = scene.plan()
    outcome = scene.execute(plan, consented(plan))
    ended = {result.move.address: result.ended for result in outcome.results}
    for move in plan.core.moves:
        behind = any(ended[before] is not Ended.APPLIED for before in move.waits_for)
        assert ended[move.address] is (Ended.WAITING if move.approvals or behind else Ended.APPLIED)
    assert outcome.succeeded
    applied = {address for address, end in ended.items() if end is Ended.APPLIED}
    assert not applied & {move.address for move in scene.plan().core.moves}
