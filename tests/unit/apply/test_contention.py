"""Somebody else writes into the journal or the state while a run does: both sides stay, and held toggles are left."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flagstaff.addresses import Address
from flagstaff.apply.events import Ended
from flagstaff.apply.journalling import Journal, bring_up, record
from flagstaff.apply.local_journal import LocalJournal, merge, places
from flagstaff.apply.options import Options
from flagstaff.diagnostics import Failure
from flagstaff.model.exposure import OFF
from flagstaff.model.recorded import Hold
from flagstaff.state import invariants
from flagstaff.state.fact_codec import encode_fact
from flagstaff.state.facts import Explained, Held, RollbackStarted
from flagstaff.state.state import State
from flagstaff.state.store import StateConflict, StateError
from flagstaff.testing import building as b
from flagstaff.testing.applying import HookedWriter, MemoryState, Scene
from flagstaff.testing.clock import FakeClock

A, B = Address("toggle", "a"), Address("toggle", "b")
CLOCK = FakeClock()


def held(address, cause="errors"):
    return Held(address, f"{address.name}_enabled", Hold("id-" + address.name, cause, CLOCK.now(), "bob", rollback="r"))


def foreign(store, *facts):
    """What a rollback writes, past whoever else is at it."""
    journal = Journal(store, CLOCK, "bob", "r", store.last())
    journal.append_once(facts)


@pytest.fixture
def scene():
    config = b.desired(b.toggle("a", "5"), b.toggle("b", "5", requires="a", at_least="5"))
    return Scene(config, HookedWriter(b.snapshot(a="0", b="0").toggles))


def intrude(scene, point, *facts, save=False, nth=1):
    """Once, at that effect, somebody else writes."""
    count = []

    def hook(what):
        if what == point:
            count.append(what)
            if len(count) == nth:
                scene.hook(lambda _: None)
                foreign(scene.state, *facts)
                if save:
                    bring_up(scene.state)

    scene.hook(hook)


@pytest.mark.parametrize("nth", [2, 3, 4])
def test_an_apply_puts_its_entries_behind_anothers(scene, nth):
    intrude(scene, "append", Explained("r", "why"), nth=nth)
    outcome = scene.apply()
    assert outcome.succeeded
    kinds = [entry.kind for entry in scene.state.journal]
    assert kinds.count("explained") == 1
    assert invariants.verify(scene.state.state, scene.state.entries()) == ()


def test_an_apply_leaves_what_was_held_meanwhile(scene):
    intrude(scene, "append", held(B), nth=3)
    outcome = scene.apply()
    results = {result.move.address: result for result in outcome.results}
    assert results[A].ended is Ended.APPLIED
    assert results[B].ended is Ended.SKIPPED
    assert results[B].detail == "Held by a rollback of bob at 2026-01-27 14:00:00 UTC."
    assert scene.live.toggles["b_enabled"]["percentage_of_actors"] == "0"
    assert set(scene.state.state.holds) == {B}


def test_an_apply_leaves_what_was_held_just_before_its_intents(scene):
    intrude(scene, "append", held(A), nth=2)
    outcome = scene.apply()
    assert {result.ended for result in outcome.results} == {Ended.SKIPPED}
    assert [entry.kind for entry in scene.state.journal] == ["apply_started", "held", "apply_finished"]


@pytest.mark.parametrize("nth", [1, 2])
def test_an_apply_keeps_the_state_that_another_saved(scene, nth):
    scene.state.state, scene.state.saves = State("lineage", 1), 1
    intrude(scene, "save", held(B), save=True, nth=nth)
    outcome = scene.apply(Options("ann", "run", save_every=0.0))
    state = scene.state.state
    assert B in state.holds
    assert A in state.toggles
    assert state.applied is not None
    assert state.serial == outcome.serial
    assert invariants.verify(state, scene.state.entries()) == ()


def test_an_apply_that_loses_and_nobody_knows_to_whom_stops(scene):
    for point, nth in (("append", 2), ("save", 1)):
        scene.state.state, scene.state.saves, count = State("lineage", 1), 1, []
        scene.state.journal.clear()

        def refuse(what, point=point, nth=nth, count=count):
            count.extend([what] * (what == point))
            if what == point and len(count) >= nth:
                raise StateConflict("State was changed by somebody else", "Nobody knows by whom.")

        scene.state.hook = refuse
        outcome = scene.execute(scene.plan())
        assert outcome.stopped == "State was changed by somebody else: Nobody knows by whom."


def test_an_apply_does_not_overwrite_another_applys_state(scene):
    scene.state.state, scene.state.saves = State("lineage", 1), 1

    def hook(what):
        if what == "save":
            scene.hook(lambda _: None)
            other = replace(scene.state.state, serial=9, applied={"other": {}})
            scene.state.save(other, str(scene.state.saves))

    scene.hook(hook)
    outcome = scene.apply()
    assert outcome.stopped.startswith("State was changed by somebody else")
    assert scene.state.state.applied == {"other": {}}


def test_recovering_starts_over_where_somebody_wrote(scene):
    scene.state.state, scene.state.saves = State("lineage", 1), 1
    scene.apply()
    foreign(scene.state, Explained("r", "why"))
    intrude(scene, "save", held(B), save=True)
    recovery = scene.recover()
    assert B in recovery.state.holds


def test_recovering_gives_up_where_somebody_always_writes(scene):
    scene.state.state, scene.state.saves = State("lineage", 1), 1
    foreign(scene.state, Explained("r", "why"))

    def refuse(what):
        if what == "save":
            raise StateConflict("State was changed by somebody else", "Again.")

    scene.state.hook = refuse
    with pytest.raises(Failure, match=r"State was changed by somebody else: Again\."):
        scene.recover()


def test_a_conflict_without_any_news_is_told():
    store = MemoryState(State("lineage", 1), saves=1)
    journal = Journal(store, CLOCK, "ann", "1", None)

    def refuse(what):
        if what == "append":
            raise StateConflict("State was changed by somebody else", "Nobody knows how.")

    store.hook = refuse
    with pytest.raises(StateConflict):
        journal.append([Explained("r", "why")])


def test_facts_and_state_are_saved_whoever_else_writes():
    store = MemoryState(State("lineage", 1), saves=1)
    others = iter(["append", "save", "append"])

    def hook(what):
        if what == next(others, ""):
            foreign(store, Explained("r", "theirs"))
            state, token = store.load()
            if what == "save":
                store.hook = lambda _: None
                store.save(replace(state, serial=state.serial + 1, tool="other"), token)
                store.hook = hook

    store.hook = hook
    state = record(store, [held(A)], clock=CLOCK, who="ann", run="1")
    assert set(state.holds) == {A}
    assert store.state == state
    assert bring_up(store) == state


def test_a_state_that_always_changes_is_told():
    store = MemoryState(State("lineage", 1), saves=1)
    foreign(store, Explained("r", "why"))

    def refuse(what):
        if what == "save":
            raise StateConflict("State was changed by somebody else", "Again.")

    store.hook = refuse
    with pytest.raises(StateConflict):
        bring_up(store)


# Local journals.


def local(directory, *facts, run="r1"):
    journal = LocalJournal(directory, "ann", run)
    for fact in facts:
        journal.append([encode_fact(fact)], CLOCK.now())
    return journal.path


STARTED = RollbackStarted("test", ("toggle.a",), "errors", OFF)


def test_a_local_journal_is_merged_once_with_its_times_and_people(tmp_path):
    path = local(tmp_path, STARTED, held(A))
    store = MemoryState(State("lineage", 1, environment="test"), saves=1)
    foreign(store, Explained("r", "why"))
    (merged,) = merge(store, tmp_path)
    assert (merged.path, merged.entries) == (path, 2)
    assert [(entry.kind, entry.who, entry.run) for entry in store.journal[1:]] == [
        ("rollback_started", "ann", "r1"),
        ("held", "ann", "r1"),
    ]
    assert bring_up(store).holds[A].id == "id-a"
    assert merge(store, tmp_path) == ()


def test_a_crash_before_the_rename_merges_nothing_twice(tmp_path):
    path = local(tmp_path, STARTED, held(A))
    store = MemoryState(State("lineage", 1, environment="test"), saves=1)
    merge(store, tmp_path)
    path.with_suffix(".jsonl.merged").rename(path)
    assert merge(store, tmp_path)[0].entries == 0
    assert len(store.journal) == 2


def test_somebody_may_write_while_it_is_merged(tmp_path):
    local(tmp_path, STARTED, held(A))
    store = MemoryState(State("lineage", 1), saves=1)

    def hook(what):
        if what == "append":
            store.hook = lambda _: None
            foreign(store, Explained("r", "why"))

    store.hook = hook
    merge(store, tmp_path)
    assert [entry.kind for entry in store.journal] == ["explained", "rollback_started", "held"]


def test_a_merge_that_always_loses_is_told(tmp_path):
    local(tmp_path, STARTED)
    store = MemoryState(State("lineage", 1), saves=1)

    def refuse(what):
        if what == "append":
            raise StateConflict("State was changed by somebody else", "Again.")

    store.hook = refuse
    with pytest.raises(StateConflict):
        merge(store, tmp_path)


def test_another_environments_rollback_is_left_alone(tmp_path):
    local(tmp_path, STARTED)
    assert merge(MemoryState(State("lineage", 1, environment="other"), saves=1), tmp_path) == ()


def test_a_damaged_local_journal_is_told(tmp_path):
    path = local(tmp_path, STARTED, held(A))
    path.write_text(path.read_text().replace("errors", "nothing", 1))
    with pytest.raises(StateError, match="line 1: entry 1: its content does not match its hash"):
        merge(MemoryState(), tmp_path)
    path.write_text("no json\n")
    with pytest.raises(StateError, match="Local journal is damaged"):
        merge(MemoryState(), tmp_path)


def test_a_torn_last_line_was_never_told(tmp_path):
    path = local(tmp_path, STARTED)
    path.write_text(path.read_text() + '{"half')
    assert merge(MemoryState(), tmp_path)[0].entries == 1


def test_a_local_journal_that_can_not_be_read_or_renamed_is_told(tmp_path, monkeypatch):
    path = local(tmp_path, STARTED)
    path.rename(tmp_path / "away")
    path.mkdir()
    with pytest.raises(StateError, match="Local journal can't be read"):
        merge(MemoryState(), tmp_path)
    path.rmdir()
    (tmp_path / "away").rename(path)
    path.with_suffix(".jsonl.merged").mkdir()
    with pytest.raises(StateError, match="Local journal can't be renamed"):
        merge(MemoryState(), tmp_path)


def test_the_second_place_is_in_the_users_own_directory(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "own"))
    blocked = tmp_path / "project"
    blocked.write_text("")
    path = local(blocked, STARTED)
    assert path.parent == places(blocked)[1]
    assert path.parent.parent == tmp_path / "own" / "flagstaff"
    assert path.stat().st_mode & 0o777 == 0o600
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert places(blocked)[1].parent == tmp_path / ".local" / "state" / "flagstaff"
