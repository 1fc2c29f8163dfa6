"""Rolling back in memory: what goes down, in which order, what is held and written down, whatever fails meanwhile."""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from flagstaff.addresses import Address
from flagstaff.apply.interrupt import Interrupt
from flagstaff.apply.rollback.books import Books
from flagstaff.apply.rollback.events import Ended, Lingering, Options, Waited, WentOn, Written
from flagstaff.apply.rollback.run import roll_back
from flagstaff.model.exposure import OFF, Exposure
from flagstaff.model.live import Result
from flagstaff.model.recorded import Hold, Recorded
from flagstaff.plan.rollback.ground import Ground
from flagstaff.plan.rollback.retreat import Wish, retreat
from flagstaff.providers.memory import memory_provider
from flagstaff.providers.protocols import StoreError
from flagstaff.state import invariants
from flagstaff.state.state import State
from flagstaff.state.store import StateError
from flagstaff.testing import building as b
from flagstaff.testing.applying import INFO, Crash, FakeLease, HookedBatchWriter, HookedWriter, MemoryState
from flagstaff.testing.clock import FakeClock

A, B, C = (Address("toggle", name) for name in "abc")
CHAIN = b.desired(b.toggle("a", "100"), b.toggle("b", "5", requires="a"), b.toggle("c", "5", requires="b"))
KINDS = pytest.mark.parametrize("kind", [HookedWriter, HookedBatchWriter])


@dataclass
class World:
    """A store, a state, and a rollback of `names` in them."""

    directory: object
    live: HookedWriter | HookedBatchWriter
    config: object = CHAIN
    state: MemoryState = field(default_factory=lambda: MemoryState(State("lineage", 1), saves=1))
    clock: FakeClock = field(default_factory=FakeClock)
    interrupt: Interrupt = field(default_factory=Interrupt)
    events: list = field(default_factory=list)
    propagation: float = 0.0
    atomic: bool = True
    books: Books | None = None

    def plan(self, *names, **wish):
        ground = Ground.of(self.config, Recorded())
        asked = Wish({Address("toggle", name): OFF for name in names}, **wish)
        return retreat(asked, ground, self.live.read().toggles, self.provider.dialect)

    @property
    def provider(self):
        return replace(memory_provider(self.live, atomic=self.atomic), propagation=timedelta(seconds=self.propagation))

    def go(self, *names, options=None, wish=None):
        books = Books.open(self.state, self.directory, self.clock, "ann", "run-1")
        books.begin(INFO, "of toggle.a by ann")
        self.books = books
        outcome = roll_back(
            self.plan(*names, **(wish or {})),
            self.provider,
            books,
            options or Options("ann", "run-1", "test", names, "errors"),
            clock=self.clock,
            interrupt=self.interrupt,
            listener=self.events.append,
        )
        books.close()
        return outcome

    @property
    def levels(self):
        return {key: str(self.provider.dialect.live(raw).exposure) for key, raw in self.live.read().toggles.items()}

    @property
    def kinds(self):
        return [entry.kind for entry in self.state.journal]


@pytest.fixture
def world(tmp_path):
    def make(kind=HookedWriter, *, live=None, **fields):
        toggles = b.snapshot(**(live or {"a": "100", "b": "5", "c": "5"})).toggles
        return World(tmp_path, kind(toggles), **fields)

    return make


def ends(outcome):
    return {one.down.address.name: one.ended for one in outcome.results}


@KINDS
def test_all_goes_down_is_verified_held_and_written_down(world, kind):
    w = world(kind)
    outcome = w.go("a")
    assert outcome.verified
    assert w.levels == {"a_enabled": "0 %", "b_enabled": "0 %", "c_enabled": "0 %"}
    assert w.kinds == ["rollback_started", *["held"] * 3, *["intent"] * 3, *["result"] * 3, "rollback_finished"]
    holds = w.state.state.holds
    assert {address: hold.of for address, hold in holds.items()} == {A: None, B: A, C: A}
    assert {hold.cause for hold in holds.values()} == {"errors"}
    assert {hold.rollback for hold in holds.values()} == {"run-1"}
    assert [holds[address].before for address in (A, B, C)] == [Exposure.parse(t) for t in ("100", "5", "5")]
    assert len({hold.id for hold in holds.values()}) == 3
    assert {record.exposure for record in w.state.state.toggles.values()} == {OFF}
    assert invariants.verify(w.state.state, w.state.entries()) == ()


def test_one_after_the_other_goes_dependents_first(world):
    w = world()
    seen = []
    w.live.hook = lambda what: seen.append(what.split()[1]) if what.startswith("written") else None
    w.go("a")
    assert seen == ["c_enabled", "b_enabled", "a_enabled"]
    assert [event.down.address.name for event in w.events if isinstance(event, Written)] == ["c", "b", "a"]


def failing(*keys):
    def hook(what):
        if what.startswith("write ") and what.split()[1] in keys:
            raise StoreError("Server failed", "It said 500.")

    return hook


def test_a_failing_dependent_keeps_nothing_up(world):
    w = world()
    w.live.hook = failing("b_enabled")
    outcome = w.go("a")
    assert ends(outcome) == {"c": Ended.DOWN, "b": Ended.FAILED, "a": Ended.DOWN}
    assert not outcome.verified
    (b_result,) = (one for one in outcome.results if one.down.address == B)
    assert b_result.detail == "Server failed: It said 500. It is at 5 % now."
    assert set(w.state.state.holds) == {A, B, C}
    finished = w.state.journal[-1]
    assert finished.data["counts"] == {"down": 2, "failed": 1}


def test_what_failed_is_tried_once_more(world):
    w = world()
    tries = []

    def hook(what):
        if what == "write a_enabled":
            tries.append(what)
            if len(tries) == 1:
                raise StoreError("Server failed", "It said 500.")

    w.live.hook = hook
    assert w.go("a").verified
    assert len(tries) == 2


def test_a_slow_dependent_is_not_waited_for(world):
    w = world()
    let_go = threading.Event()
    w.live.hook = lambda what: let_go.wait(5) if what == "write c_enabled" else None
    seen = []

    def listen(event):
        seen.append(event)
        w.clock.advance(1)
        if isinstance(event, Written) and event.down.address == A:
            let_go.set()

    w.events = type("Listener", (), {"append": staticmethod(listen)})()
    outcome = w.go("a", options=Options("ann", "run-1", patience=0.0))
    assert WentOn((C,)) in seen
    assert [event.down.address.name for event in seen if isinstance(event, Written)] == ["b", "a", "c"]
    assert outcome.verified


def test_a_batch_that_fails_is_written_toggle_by_toggle(world):
    w = world(HookedBatchWriter)
    calls = []

    def hook(what):
        if what == "write":
            calls.append(what)
            if len(calls) == 1:
                raise StoreError("Server failed", "It said 500.")

    w.live.hook = hook
    assert w.go("a").verified
    assert len(calls) == 4


@KINDS
def test_what_a_hand_or_an_apply_sets_meanwhile_is_set_again(world, kind):
    w = world(kind)
    others = iter(["20", "50"])

    def hook(what):
        if what.startswith("write") and (value := next(others, None)):
            w.live.toggles = {**w.live.toggles, "a_enabled": b.raw(value, "new")}

    w.live.hook = hook
    outcome = w.go("a")
    assert outcome.verified
    assert w.live.toggles["a_enabled"]["actors"] == ["new"]


def test_what_somebody_keeps_setting_is_told(world):
    w = world()

    def hook(what):
        if what == "read":
            w.live.toggles = {**w.live.toggles, "a_enabled": b.raw("20")}

    w.live.hook = hook
    outcome = w.go("a")
    assert ends(outcome)["a"] is Ended.FAILED
    assert outcome.results[-1].detail == "Something else keeps setting it. It is at 20 % now."


def test_a_toggle_that_went_away_is_down(world):
    w = world()

    def hook(what):
        if what == "write a_enabled":
            w.live.toggles = {key: raw for key, raw in w.live.toggles.items() if key != "a_enabled"}

    w.live.hook = hook
    assert w.go("a").verified


def test_a_store_that_can_not_be_read_afterwards_leaves_it_open(world):
    w = world()
    reads = []

    def hook(what):
        if what == "read":
            reads.append(what)
            if len(reads) > 1:
                raise StoreError("Server failed", "It said 500.")

    w.live.hook = hook
    outcome = w.go("a")
    assert set(ends(outcome).values()) == {Ended.UNKNOWN}
    assert outcome.results[0].detail == "It could not be read after the write. Server failed: It said 500."
    assert outcome.ends is None
    assert w.state.journal[-2].data["outcome"] == "unknown"
    assert len(Books.open(w.state, w.directory, w.clock, "ann", "2").in_flight) == 3


def test_what_can_not_be_written_keeps_nothing_else_up(world):
    """Here: a key that no request reaches."""
    config = b.desired(b.toggle("a", "100"), b.toggle("b", "5", key="..", requires="a"))
    w = world(config=config, atomic=False)
    w.live.toggles = {"a_enabled": b.raw("100"), "..": b.raw("5")}
    outcome = w.go("a")
    assert ends(outcome) == {"b": Ended.FAILED, "a": Ended.DOWN}
    assert outcome.results[0].detail.startswith("Toggle key can't be written: ")
    assert outcome.results[0].detail.endswith("It is at 5 % now.")


def test_a_change_that_can_not_be_looked_at_is_told(world):
    w = world()
    broken = []

    def hook(what):
        if what == "write a_enabled":
            w.live.toggles = {**w.live.toggles, "a_enabled": b.raw("20")}
            broken.append(what)
        elif what == "read" and broken:
            raise StoreError("Server failed", "It said 500.")

    w.live.hook = hook
    result = w.go("a").results[-1]
    assert result.ended is Ended.UNKNOWN
    assert result.detail.startswith("Toggle changed meanwhile: ")
    assert result.detail.endswith("Server failed: It said 500.")


def test_a_batch_writer_may_refuse_one(world):
    w = world(HookedBatchWriter)
    real = w.live.write_batch

    def refusing(steps, expect):
        return [
            replace(result, error="The row is locked.") if result.key == "b_enabled" else result
            for result in real([step for step in steps if step.key != "b_enabled"], expect)
            + tuple(Result(step.key, None) for step in steps if step.key == "b_enabled")
        ]

    w.live.write_batch = refusing
    outcome = w.go("a")
    assert ends(outcome) == {"c": Ended.DOWN, "b": Ended.FAILED, "a": Ended.DOWN}
    assert outcome.results[1].detail == "Not written: The row is locked. It is at 5 % now."


def test_a_lease_of_a_dead_run_is_taken_over(world):
    w = world()

    class Dead(MemoryState):
        def acquire(self, info):
            return FakeLease(info, took_over=replace(INFO, who="bob"))

    w.state = Dead(State("lineage", 1), saves=1)
    w.go("a")
    assert w.kinds[0] == "takeover"


def test_a_lease_that_can_not_be_had_stops_nothing(world):
    w = world()

    class Broken(MemoryState):
        def acquire(self, info):
            raise RuntimeError("a mistake of ours with s3cret in it")

    w.state = Broken(State("lineage", 1), saves=1)
    assert w.go("a").verified
    assert w.books.trouble == "RuntimeError"
    assert w.books.local.path is not None


@pytest.mark.parametrize("point", ["append", "appended", "save"])
def test_a_state_that_does_not_answer_stops_nothing(world, tmp_path, point):
    w = world()
    let_go = threading.Event()
    w.state.hook = lambda what: let_go.wait(10) if what == point else None
    books = Books.open(w.state, tmp_path, w.clock, "ann", "run-1", patience=0.1)
    books.begin(INFO, "")
    options = Options("ann", "run-1", "test")
    given = {"clock": w.clock, "interrupt": w.interrupt, "listener": w.events.append}
    outcome = roll_back(w.plan("a"), w.provider, books, options, **given)
    assert books.close() is None
    assert outcome.verified
    assert books.trouble == "It does not answer: nothing came back for 0.1 s."
    w.state.hook = lambda _: None
    let_go.set()
    end = time.monotonic() + 5
    while len(w.state.journal) < (0 if point == "save" else 7) and time.monotonic() < end:
        time.sleep(0.01)
    again = Books.open(w.state, tmp_path, w.clock, "bob", "run-2")
    again.begin(INFO, "")
    again.close()
    assert [entry.kind for entry in w.state.journal].count("held") == 3
    assert set(w.state.state.holds) == {A, B, C}


def test_testers_stay_or_go_and_are_kept_for_the_release(world):
    w = world(live={"a": b.raw("on", "ann", "bob", groups=["g"]), "b": "0", "c": "0"}, atomic=False)
    assert w.go("a").verified
    assert w.live.toggles["a_enabled"]["actors"] == ["ann", "bob"]
    assert w.live.toggles["a_enabled"]["groups"] == ["g"]
    assert w.go("a", wish={"testers": True}).verified
    assert w.live.toggles["a_enabled"]["actors"] == []
    assert w.state.state.holds[A].testers == ("ann", "bob", "group:g")


def test_testers_that_could_not_be_put_back_are_told(world):
    w = world(live={"a": b.raw("on", "ann"), "b": "0", "c": "0"}, atomic=False)
    writes = []

    def hook(what):
        if what == "write a_enabled":
            writes.append(what)
            if len(writes) > 1:
                raise StoreError("Server failed", "It said 500.")

    w.live.hook = hook
    outcome = w.go("a")
    (result,) = outcome.results
    assert (result.ended, result.missing.actors, outcome.verified) == (Ended.DOWN, ("ann",), False)
    assert result.detail == "Server failed: It said 500."


def test_a_toggle_at_0_is_held_too(world):
    w = world(live={"a": "0", "b": "0", "c": "0"})
    outcome = w.go("a")
    assert outcome.verified
    assert outcome.results == ()
    assert set(w.state.state.holds) == {A}


def test_a_hold_is_kept_and_gets_its_reason(world):
    w = world()
    held = Hold("old", "", w.clock.now(), "bob", rollback="run-0")
    dependent = Hold("dep", "why", w.clock.now(), "bob", of=A)
    w.state.state = replace(w.state.state, holds={A: held, B: dependent})
    w.go("a", "b")
    holds = w.state.state.holds
    assert holds[A] == replace(held, cause="errors")
    assert (holds[B].of, holds[B].id == "dep") == (None, False)


def test_what_is_missing_in_the_store_is_held(world):
    w = world(live={"b": "0", "c": "0"})
    w.go("a")
    assert set(w.state.state.holds) == {A}


def test_interrupted_once_named_toggles_still_go_down(world):
    w = world()
    w.live.hook = lambda what: w.interrupt.request() if what == "write c_enabled" else None
    outcome = w.go("a")
    assert ends(outcome) == {"c": Ended.DOWN, "b": Ended.SKIPPED, "a": Ended.DOWN}
    assert outcome.stopped == "Interrupted."
    assert w.state.journal[-1].data == {"counts": {"down": 2, "skipped": 1}, "stopped": "Interrupted."}


def test_interrupted_twice_it_stops_now(world):
    w = world()

    def hook(what):
        if what == "write c_enabled":
            w.interrupt.request()
            w.interrupt.request()

    w.live.hook = hook
    outcome = w.go("a")
    assert ends(outcome)["a"] is Ended.FAILED
    assert w.levels["a_enabled"] == "100 %"


def test_it_waits_for_readers_if_it_is_to(world):
    w = world(HookedBatchWriter, propagation=40.0)
    w.go("a", options=Options("ann", "run-1", wait=True))
    assert sum(w.clock.slept) == 120
    assert [event for event in w.events if isinstance(event, Waited)] == [Waited(40.0), Waited(10.0)] * 3
    w = world(propagation=3.0)
    w.go("a")
    assert w.clock.slept == []


def test_a_run_that_was_asked_to_stop_is_waited_for_before_the_last_look(world):
    w = world()
    asked = []

    class Held(MemoryState):
        def acquire(self, info):
            from flagstaff.state.store import LeaseHeld

            raise LeaseHeld("held", INFO)

        def request_stop(self, why):
            asked.append(why)

    w.state = Held(State("lineage", 1), saves=1, running=replace(INFO, id="lease"))

    def last_move(_):
        w.live.toggles = {**w.live.toggles, "a_enabled": b.raw("100")}
        w.state.running = None

    w.clock.on_sleep = last_move
    outcome = w.go("a")
    assert asked == ["rollback of toggle.a by ann"]
    assert outcome.verified
    assert Lingering("ann", "apply") in w.events


def test_a_run_that_does_not_stop_is_not_waited_for_for_ever(world):
    w = world()

    class Stubborn(MemoryState):
        def acquire(self, info):
            from flagstaff.state.store import LeaseHeld

            raise LeaseHeld("held", INFO)

        def request_stop(self, why): ...

    w.state = Stubborn(State("lineage", 1), saves=1, running=INFO)
    assert w.go("a").verified
    assert 14 < sum(w.clock.slept) < 16


def test_it_journals_beside_the_configuration_when_the_state_fails(world, tmp_path):
    w = world()

    def broken(what):
        if what == "append":
            raise StateError("State can't be reached", "The server is down.")

    w.state.hook = broken
    assert w.go("a").verified
    assert w.books.trouble == "State can't be reached: The server is down."
    assert w.books.local.path == tmp_path / "flagstaff-rollback-run-1.jsonl"
    w.state.hook = lambda _: None
    again = Books.open(w.state, tmp_path, w.clock, "bob", "run-2")
    again.begin(INFO, "")
    assert [(merged.path.name, merged.entries) for merged in again.merged] == [("flagstaff-rollback-run-1.jsonl", 11)]
    assert again.close() == 2
    assert set(w.state.state.holds) == {A, B, C}
    assert {entry.run for entry in w.state.journal} == {"run-1"}
    assert invariants.verify(w.state.state, w.state.entries()) == ()
    assert [path.name for path in tmp_path.iterdir()] == ["flagstaff-rollback-run-1.jsonl.merged"]


def test_the_first_state_of_all_is_made(world):
    w = world()
    w.state = MemoryState()
    assert w.go("a").verified
    assert set(w.state.state.holds) == {A, B, C}


def test_it_says_when_nothing_can_be_written(world, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    w = world()
    w.directory = tmp_path / "file"
    w.state.hook = failing_state
    assert w.go("a").verified
    assert "file" in w.books.lost


def failing_state(_):
    raise StateError("State can't be reached", "The server is down.")


POINTS = (
    "append",
    "appended",
    "write a_enabled",
    "written a_enabled",
    "write b_enabled",
    "written c_enabled",
    "save",
    "saved",
)


@pytest.mark.parametrize("nth", [1, 2, 3])
@pytest.mark.parametrize("point", POINTS)
def test_killed_anywhere_the_next_one_converges(world, point, nth):
    w = world(live={"a": b.raw("on", "ann", "bob"), "b": "5", "c": "5"}, atomic=False)
    count = []

    def hook(what):
        if what == point:
            count.append(what)
            if len(count) == nth:
                raise Crash

    w.live.hook = w.state.hook = hook
    with contextlib.suppress(Crash):
        w.go("a")
    w.live.hook = w.state.hook = lambda _: None
    books = Books.open(w.state, w.directory, w.clock, "ann", "run-2")
    lost = {
        move.intent.key: w.provider.dialect.live(move.intent.gates).testers
        for move in books.in_flight
        if len(move.intent.steps) > 1
    }
    assert w.go("a", wish={"lost": lost}).verified
    assert w.live.toggles["a_enabled"]["actors"] == ["ann", "bob"]
    assert set(w.levels.values()) == {"0 %"}
    assert A in w.state.state.holds
    assert invariants.verify(w.state.state, w.state.entries()) == ()
