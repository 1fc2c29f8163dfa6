"""Rollbacks of random graphs: named toggles end at 0, and no step breaks a requirement that holds, unless it must."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from flagstaff.addresses import Address
from flagstaff.apply.interrupt import Interrupt
from flagstaff.apply.rollback.books import Books
from flagstaff.apply.rollback.events import Options
from flagstaff.apply.rollback.run import roll_back
from flagstaff.model.exposure import OFF, Exposure
from flagstaff.model.recorded import Recorded
from flagstaff.plan.applied.written import applied
from flagstaff.plan.requirements import holds
from flagstaff.plan.rollback.ground import Ground
from flagstaff.plan.rollback.retreat import Wish, retreat
from flagstaff.providers.memory import memory_provider
from flagstaff.providers.protocols import StoreError
from flagstaff.state import invariants
from flagstaff.state.state import State
from flagstaff.testing import building as b
from flagstaff.testing.applying import HookedBatchWriter, HookedWriter, MemoryState
from flagstaff.testing.clock import FakeClock

NAMES = "abcdefg"
GATES = st.sampled_from([{}, {}, {}, {"percentage_of_time": "50"}, {"groups": ["g"]}, {"boolean": "true"}])


@st.composite
def worlds(draw):
    """Requirements point from later names to earlier ones, partly in the configuration, partly in the last apply."""
    names = NAMES[: draw(st.integers(1, 7))]
    graphs = []
    for _ in range(2):
        toggles = []
        for index, name in enumerate(names):
            parents = draw(st.lists(st.sampled_from(names[:index]), unique=True, max_size=3)) if index else []
            at_least = draw(st.sampled_from(["5", "20", "100"]))
            toggles.append(b.toggle(name, "5", requires=parents, at_least=at_least))
        graphs.append(b.desired(*toggles))
    actors = st.lists(st.sampled_from(["ann", "bob"]), unique=True)
    live = {
        name: {**b.raw(draw(st.sampled_from(["0", "5", "20", "100", "on"])), *draw(actors)), **draw(GATES)}
        for name in names
    }
    recorded = Recorded(applied=applied(graphs[1]))
    declared = graphs[0] if draw(st.booleans()) else None
    return Ground.of(declared, recorded), b.snapshot(**live).toggles


@st.composite
def wishes(draw, ground):
    named = draw(st.lists(st.sampled_from(sorted(ground.toggles)), unique=True, min_size=1, max_size=3))
    to = Exposure.parse(draw(st.sampled_from(["0", "0", "5", "20"])))
    return Wish(dict.fromkeys(named, to), testers=draw(st.booleans()))


def run(ground, live, wish, kind, atomic, broken=frozenset(), parallelism=1):
    """The outcome, and what each toggle was after each write."""
    store = kind(live)
    provider = memory_provider(store, atomic=atomic)
    states = [dict(live)]

    def hook(what):
        word, _, key = what.partition(" ")
        if word == "write" and key in broken:
            raise StoreError("Server failed", "It said 500.")
        if word == "written":
            states.append(dict(store.toggles))

    plan = retreat(wish, ground, live, provider.dialect)
    store.hook = hook
    state = MemoryState(State("lineage", 1), saves=1)
    with tempfile.TemporaryDirectory() as folder:
        books = Books.open(state, Path(folder), FakeClock(), "ann", "run")
        outcome = roll_back(
            plan,
            provider,
            books,
            Options("ann", "run", parallelism=parallelism),
            clock=FakeClock(),
            interrupt=Interrupt(),
            listener=lambda _: None,
        )
        books.close()
    return outcome, states, state, provider.dialect


@given(st.data())
def test_no_step_breaks_a_requirement_that_holds(data):
    ground, live = data.draw(worlds())
    wish = data.draw(wishes(ground))
    kind = data.draw(st.sampled_from([HookedWriter, HookedBatchWriter]))
    outcome, states, state, dialect = run(ground, live, wish, kind, data.draw(st.booleans()))
    assert outcome.verified

    def at(snapshot, address):
        return dialect.public(snapshot[f"{address.name}_enabled"])

    for one in ground.requirements:
        if holds(one, at(states[0], one.child), at(states[0], one.parent)):
            for snapshot in states:
                assert holds(one, at(snapshot, one.child), at(snapshot, one.parent)), one
    for address in ground.toggles:
        before, after = at(states[0], address), at(states[-1], address)
        assert after == before or not isinstance(before, Exposure) or after < before, "nothing goes up"
        if not wish.testers:
            assert (
                dialect.live(states[-1][f"{address.name}_enabled"]).testers
                == dialect.live(states[0][f"{address.name}_enabled"]).testers
            )
    for address, to in wish.named.items():
        assert at(states[-1], address) <= to
        assert state.state.holds[address].of is None
    assert invariants.verify(state.state, state.entries()) == ()


@given(st.data())
def test_named_toggles_go_down_whatever_dependents_do(data):
    ground, live = data.draw(worlds())
    wish = data.draw(wishes(ground))
    others = sorted(f"{address.name}_enabled" for address in ground.toggles if address not in wish.named)
    broken = frozenset(data.draw(st.lists(st.sampled_from(others), unique=True))) if others else frozenset()
    outcome, states, _, dialect = run(
        ground, live, wish, HookedWriter, data.draw(st.booleans()), broken, data.draw(st.sampled_from([1, 10]))
    )
    for address, to in wish.named.items():
        assert dialect.public(states[-1][f"{address.name}_enabled"]) <= to
    failed = {one.down.key for one in outcome.results if one.ended.value != "down"}
    assert failed <= broken


@given(st.integers(2, 40))
def test_a_long_chain_goes_down_from_its_end(length):
    toggles = [b.toggle(f"t{n}", "100", requires=[f"t{n - 1}"] if n else ()) for n in range(length)]
    ground = Ground.of(b.desired(*toggles), Recorded())
    live = b.snapshot(**{f"t{n}": "100" for n in range(length)}).toggles
    plan = retreat(Wish({Address("toggle", "t0"): OFF}), ground, live, b.DIALECT)
    assert [down.address.name for down in plan.downs] == [f"t{n}" for n in reversed(range(length))]
