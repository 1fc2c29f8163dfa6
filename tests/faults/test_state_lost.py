"""What is left when a part of the state is gone, old or of a newer version, in every store; and clocks that go back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from flagstaff.apply.executor import execute
from flagstaff.apply.interrupt import Interrupt
from flagstaff.apply.journalling import record
from flagstaff.apply.options import Options
from flagstaff.apply.recover import recover
from flagstaff.cli.recording import present_state
from flagstaff.diagnostics import Failure
from flagstaff.model.recorded import Hold, Recorded
from flagstaff.plan import inputs
from flagstaff.plan.planner import make_plan
from flagstaff.providers.memory import MemoryBatchWriter, memory_provider
from flagstaff.state import invariants
from flagstaff.state.codec import decode_state, encode_state
from flagstaff.state.facts import Held, Pushed
from flagstaff.state.journal import verify
from flagstaff.state.state import FORMAT
from flagstaff.state.store import StateError
from flagstaff.testing import building as b
from flagstaff.testing.applying import INFO
from flagstaff.testing.clock import FakeClock

A, B = b.address("a"), b.address("b")


class World:
    """Two toggles, of which one requires the other, and a state in that spot."""

    def __init__(self, spot):
        self.spot, self.clock = spot, FakeClock()
        self.live = MemoryBatchWriter(b.snapshot(a="0", b="0").toggles)
        self.provider = replace(memory_provider(self.live, embedded=True), propagation=timedelta(seconds=30))
        self.runs = 0

    def recover(self, *, write=False):
        self.runs += 1
        run = f"recover-{self.runs}"
        return recover(
            self.provider, self.spot.open(), clock=self.clock, listener=print, who="ann", run=run, write=write
        )

    def apply(self, a, b_):
        config = b.desired(b.toggle("a", a), b.toggle("b", b_, requires="a", at_least="5"))
        found = self.recover(write=True)
        recorded = Recorded() if found.state is None else found.state.recorded
        evidence = inputs.Evidence(self.clock.now(), "0.1.0")
        options = inputs.Options("memory", embedded=True)
        plan = make_plan(config, self.live.read(), self.provider.dialect, recorded, evidence, options)
        store = self.spot.open()
        with store.acquire(replace(INFO, id=f"lease-{self.runs}")) as lease:
            outcome = execute(
                plan, self.provider, store, lease, clock=self.clock, listener=lambda _: None,
                options=Options("ann", f"run-{self.runs}"), interrupt=Interrupt(),
            )  # fmt: skip
        assert outcome.succeeded
        assert self.whole()
        return found

    def whole(self):
        """Whether all invariants hold, of the state and its whole journal."""
        store = self.spot.open()
        state, _ = store.load()
        return state is not None and invariants.verify(state, store.entries()) == ()

    def levels(self, state):
        return {str(address): str(one.exposure) for address, one in state.toggles.items()}


@pytest.fixture
def world(spot):
    made = World(spot)
    made.apply("5", "5")
    hold = Hold("h1", "errors", made.clock.now(), "bob")
    record(spot.open(), [Held(B, "b_enabled", hold)], clock=made.clock, who="bob", run="hold")
    made.apply("20", "5")
    return made


def test_a_state_that_is_gone_is_made_again_from_its_journal(world, spot):
    """Toggles, exposures and holds are in it. That it is gone is told, and nobody takes it for a first apply."""
    before, _ = spot.open().load()
    spot.delete_state()
    with pytest.raises(Failure) as told:
        present_state(spot.open())
    (diagnostic,) = told.value.diagnostics
    assert diagnostic.summary == "State is gone"
    count = len(tuple(spot.open().entries()))
    assert diagnostic.detail == (
        f"The journal has {count} entries, and there is no state: it was deleted, or moved away. If you have it, or "
        "its backup, put it back. Without it, an apply makes a new one from the journal, which does not tell the "
        "guards and the configuration that were in force."
    )
    found = world.recover()
    assert [note.summary for note in found.notes] == ["State is gone"]
    assert (found.state.toggles, found.state.holds) == (before.toggles, before.holds)
    assert spot.open().load() == (None, "")
    world.apply("50", "5")
    after, _ = spot.open().load()
    assert world.levels(after) == {"toggle.a": "50 %", "toggle.b": "5 %"}
    assert after.holds == before.holds
    assert after.lineage != before.lineage


def test_a_journal_that_is_gone_stops_everything_until_the_state_is_pushed_to_an_empty_place(world, spot):
    before, _ = spot.open().load()
    spot.delete_journal()
    assert spot.open().load()[0] == before
    for call in (world.recover, lambda: world.recover(write=True)):
        with pytest.raises(Failure) as told:
            call()
        assert told.value.diagnostics[0].summary == "Journal does not fit the state"
    assert invariants.verify(before, spot.open().entries())[0].number == "J2"
    spot.delete_state()
    record(spot.open(), [Pushed(before.serial, None, encode_state(before))], clock=world.clock, who="ann", run="push")
    state, _ = spot.open().load()
    assert (state.toggles, state.holds) == (before.toggles, before.holds)
    world.apply("50", "5")


def test_a_journal_that_was_cut_is_found(world, spot):
    """What is behind the state's head may be cut unseen by the chain; what is before it may not."""
    store = spot.open()
    state, _ = store.load()
    entries = tuple(store.entries())
    assert [flaw.sequence for flaw in verify(entries[:-1], state.journal_head)] == [len(entries)]


def test_the_backup_is_one_save_old_and_the_journal_brings_it_up_to_date(world, spot):
    now, _ = spot.open().load()
    backup = decode_state(spot.backup(), "backup")
    assert backup.serial == now.serial - 1
    spot.put(spot.backup())
    assert spot.open().load()[0] == backup
    found = world.recover()
    assert world.levels(found.state) == world.levels(now)
    assert found.state.holds == now.holds
    world.apply("50", "5")


def test_a_newer_format_is_left_alone(world, spot):
    store = spot.open()
    state, token = store.load()
    text = json.dumps(json.loads(encode_state(state)) | {"format": FORMAT + 1, "tool": "7.8.9"})
    spot.put(text)
    calls = (spot.open().load, lambda: spot.open().save(state.changed(tool="mine"), token))
    for call in calls:
        with pytest.raises(StateError) as told:
            call()
    with pytest.raises(StateError) as told:
        spot.open().load()
    assert told.value.summary == "State has a newer format"
    assert "was written by version 7.8.9 of Flagstaff" in told.value.detail
    with pytest.raises(Failure, match="State has a newer format"):
        world.recover(write=True)


@pytest.mark.parametrize("back", [timedelta(seconds=1), timedelta(days=4000)], ids=["a second", "years"])
def test_a_clock_that_goes_back_loses_nothing_and_waits_no_longer(world, spot, back):
    """The order is the chain's; a write that is said to be of the future counts as of just now."""
    world.clock.time -= back
    slept = len(world.clock.slept)
    world.apply("50", "5")
    assert sum(world.clock.slept[slept:]) <= world.provider.propagation.total_seconds() + 1
    entries = tuple(spot.open().entries())
    assert verify(entries) == ()
    assert any(later.time < earlier.time for earlier, later in pairwise(entries))
    world.apply("100", "5")
