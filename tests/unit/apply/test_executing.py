"""Executing a plan: order, checks before and after, failures, records."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from flagstaff.apply.events import BatchStarted, MoveEnded, MoveStarted, Stopping, Waiting
from flagstaff.apply.options import Options
from flagstaff.model.exposure import Exposure
from flagstaff.model.live import Result
from flagstaff.plan.plan import Action, Plan, RecordChange
from flagstaff.providers.protocols import StoreError
from flagstaff.state import invariants
from flagstaff.state.store import StateError
from flagstaff.testing import building as b
from flagstaff.testing.applying import FakeLease, HookedBatchWriter, HookedWriter, Scene

KINDS = pytest.mark.parametrize("kind", [HookedBatchWriter, HookedWriter])


def chain(kind=HookedBatchWriter, **fields):
    """`a` stands alone; `c` needs `b`, which is too low for it."""
    config = b.desired(b.toggle("a", "20"), b.toggle("b", "100"), b.toggle("c", "20", requires=["b"]))
    return Scene(config, kind(b.snapshot(a="0", b="5", c="0").toggles), **fields)


def ends(outcome):
    return {result.move.address.name: result.ended.value for result in outcome.results}


def details(outcome):
    return {result.move.address.name: result.detail for result in outcome.results}


def live(scene):
    return {key.removesuffix("_enabled"): value for key, value in b.exposures(scene.live.read()).items()}


def kinds(scene):
    return [entry.kind for entry in scene.state.journal]


def failing(key, error):
    """A hook that fails the write of one toggle."""

    def hook(what):
        if what == f"write {key}_enabled":
            raise error

    return hook


@KINDS
def test_all_moves_are_applied_verified_and_recorded(kind):
    scene = chain(kind)
    plan = scene.plan()
    outcome = scene.execute(plan)
    assert ends(outcome) == {"a": "applied", "b": "applied", "c": "applied"}
    assert outcome.succeeded
    assert live(scene) == {"a": "20 %", "b": "100 %", "c": "20 %"}
    state = scene.state.state
    assert {str(address): record.exposure.encode() for address, record in state.toggles.items()} == {
        "toggle.a": "20",
        "toggle.b": "100",
        "toggle.c": "20",
    }
    assert {record.last_write_at for record in state.toggles.values()} == {scene.clock.time}
    assert outcome.serial == state.serial
    assert state.applied == plan.observed.applied
    assert state.guards == plan.observed.guards
    assert state.environment == "test"
    assert state.journal_head == scene.state.head()
    assert invariants.verify(state, scene.state.journal) == ()
    assert not scene.plan().has_changes


@KINDS
def test_intents_are_written_before_and_results_after_each_batch(kind):
    scene = chain(kind)
    seen = []
    scene.hook(seen.append)
    scene.execute(scene.plan())
    assert kinds(scene) == [
        "apply_started",
        *("intent", "intent", "result", "result"),
        *("intent", "result"),
        "apply_finished",
    ]
    first = [word for word in seen[seen.index("appended") :] if word.startswith(("append", "writ", "read"))]
    start = first.index("append", 1)
    assert first[start : start + 2] == ["append", "appended"]
    assert first[start + 2].startswith("write")
    assert scene.state.journal[1].data["gates"] == b.raw("0")


def test_what_is_told_and_in_which_order():
    scene = chain()
    scene.execute(scene.plan())
    told = [event for event in scene.events if isinstance(event, BatchStarted | MoveStarted | MoveEnded)]
    assert told[0] == BatchStarted(1, 2, 2)
    assert [type(event).__name__ for event in told] == [
        "BatchStarted",
        *("MoveStarted", "MoveStarted", "MoveEnded", "MoveEnded"),
        *("BatchStarted", "MoveStarted", "MoveEnded"),
    ]


def test_testers_are_in_the_intent_and_stay():
    scene = Scene(b.desired(b.toggle("a", "20")), HookedBatchWriter({"a_enabled": b.raw("0", "User;1")}))
    scene.execute(scene.plan())
    assert scene.state.journal[1].data["gates"]["actors"] == ["User;1"]
    assert scene.live.read().toggles["a_enabled"]["actors"] == ["User;1"]


def test_a_failed_move_skips_what_comes_after_it_and_nothing_else():
    scene = chain(HookedWriter)
    plan = scene.plan()
    scene.hook(failing("b", StoreError("Store refused", "The token may not write.")))
    outcome = scene.execute(plan)
    assert ends(outcome) == {"a": "applied", "b": "failed", "c": "skipped"}
    assert details(outcome)["b"] == "Store refused: The token may not write. It is at 5 % now."
    assert details(outcome)["c"] == "Skipped because of toggle.b."
    assert outcome.results[2].because == b.address("b")
    assert list(map(str, scene.state.state.toggles)) == ["toggle.a"]
    assert not outcome.succeeded
    assert scene.state.state.applied == plan.observed.applied
    assert invariants.verify(scene.state.state, scene.state.journal) == ()


def test_the_cause_of_a_long_row_of_skips_is_the_first():
    config = b.desired(b.toggle("a", "100"), b.toggle("b", "100", requires=["a"]), b.toggle("c", "5", requires=["b"]))
    scene = Scene(config, HookedWriter(b.snapshot(a="0", b="0", c="0").toggles))
    plan = scene.plan()
    scene.hook(failing("a", StoreError("Store refused", "No.")))
    outcome = scene.execute(plan)
    assert [result.because for result in outcome.results] == [None, b.address("a"), b.address("a")]


def test_a_write_that_may_have_been_done_is_settled_by_the_read():
    scene = chain(HookedWriter)
    plan = scene.plan()

    def lost(what):
        if what == "written b_enabled":
            raise StoreError("Connection lost", "Nobody knows.", unknown=True)

    scene.hook(lost)
    assert scene.execute(plan).succeeded


def test_an_unknown_write_that_was_not_done_failed():
    scene = chain(HookedWriter)
    plan = scene.plan()
    scene.hook(failing("b", StoreError("Connection lost", "Nobody knows.", unknown=True)))
    outcome = scene.execute(plan)
    assert ends(outcome)["b"] == "failed"
    assert details(outcome)["b"] == "Connection lost: Nobody knows. It is at 5 % now."


@KINDS
def test_a_value_that_nobody_planned_stops_toggles_that_share_a_requirement(kind):
    """`c` is above what its requirement needs, so it has no order with `b`, and still must not move now."""
    config = b.desired(b.toggle("a", "10"), b.toggle("b", "10"), b.toggle("c", "10", requires=["b"], at_least="5"))
    scene = Scene(config, kind(b.snapshot(a="5", b="5", c="5").toggles))
    plan = scene.plan()
    moves = tuple(replace(move, waits_for=()) for move in plan.core.moves)
    # Without an order they would be in one batch: put c behind a.
    moves = (*moves[:2], replace(moves[2], waits_for=(b.address("a"),)))
    plan = replace(plan, core=replace(plan.core, moves=moves))

    def hand(what):
        if what in {"written", "written b_enabled"}:
            scene.live.toggles = {**scene.live.toggles, "b_enabled": b.raw("33")}

    scene.hook(hand)
    outcome = scene.execute(plan)
    assert ends(outcome) == {"a": "applied", "b": "unknown", "c": "skipped"}
    assert details(outcome)["b"] == (
        "The store answered that it was at 10 % after the write: somebody else set it since, or what is read comes out "
        "of a cache. It is at 33 % now, neither at 5 % as before nor at 10 %."
    )
    assert outcome.results[1].live == Exposure.parse("33")
    assert outcome.results[2].because == b.address("b")
    assert b.address("b") not in scene.state.state.toggles
    assert scene.state.state.journal_head == scene.state.head()


def hand_during(scene, word, **values):
    """A hook by which a hand changes toggles the first time that `word` is heard."""
    done = []

    def hook(what):
        if what == word and not done:
            done.append(what)
            changed = {f"{name}_enabled": b.raw(value) for name, value in values.items()}
            scene.live.toggles = {**scene.live.toggles, **changed}

    return hook


@KINDS
def test_a_toggle_changed_before_its_batch_fails_its_move_only(kind):
    scene = chain(kind)
    plan = scene.plan()
    # The first append is the start of the apply, behind the check of the whole plan.
    scene.hook(hand_during(scene, "append", b="7"))
    outcome = scene.execute(plan)
    assert ends(outcome) == {"a": "applied", "b": "failed", "c": "skipped"}
    assert (
        details(outcome)["b"]
        == "Not written: toggle.b (b_enabled) was at 5 % when the plan was made and is at 7 % now."
    )
    assert live(scene) == {"a": "20 %", "b": "7 %", "c": "0 %"}


def test_a_neighbour_changed_between_batches_fails_the_move():
    scene = chain()
    plan = scene.plan()

    def hand(what):
        if what == "appended" and kinds(scene).count("result") == 2:
            scene.live.toggles = {**scene.live.toggles, "b_enabled": b.raw("50")}

    scene.hook(hand)
    outcome = scene.execute(plan)
    assert ends(outcome) == {"a": "applied", "b": "applied", "c": "failed"}
    assert (
        details(outcome)["c"]
        == "Not written: toggle.b (b_enabled) was at 100 % when the plan was made and is at 50 % now."
    )


def test_the_same_value_by_other_gates_is_a_mismatch_too():
    scene = Scene(b.desired(b.toggle("a", "20")), HookedBatchWriter(b.snapshot(a="on").toggles))
    plan = scene.plan()
    done = []

    def hand(what):
        if what == "append" and not done:
            done.append(what)
            scene.live.toggles = {"a_enabled": b.raw("on", percentage_of_actors="5")}

    scene.hook(hand)
    outcome = scene.execute(plan)
    assert details(outcome)["a"] == (
        "Not written: toggle.a (a_enabled) was on when the plan was made and is on, by other settings now."
    )


def conflicting(scene, times, **values):
    """A hook by which a hand changes toggles right before the write, some times."""
    left = [times]

    def hook(what):
        if what.startswith("write") and not what.startswith("written") and left[0]:
            left[0] -= 1
            changed = {f"{name}_enabled": b.raw(value) for name, value in values.items()}
            scene.live.toggles = {**scene.live.toggles, **changed}

    return hook


def test_a_conflict_fails_its_move_and_the_rest_of_the_batch_is_written():
    scene = chain()
    plan = scene.plan()
    scene.hook(conflicting(scene, 1, b="7"))
    outcome = scene.execute(plan)
    assert ends(outcome) == {"a": "applied", "b": "failed", "c": "skipped"}
    assert details(outcome)["b"] == "toggle.b (b_enabled) was at 5 % when the plan was made and is at 7 % now."


def test_a_second_conflict_fails_the_rest_of_the_batch():
    scene = chain()
    plan = scene.plan()

    def hand(what):
        if what == "write":
            name = "b" if live_of(scene, "b") == "5" else "a"
            scene.live.toggles = {**scene.live.toggles, f"{name}_enabled": b.raw("7")}

    def live_of(scene, name):
        return scene.live.toggles[f"{name}_enabled"]["percentage_of_actors"]

    scene.hook(hand)
    outcome = scene.execute(plan)
    assert ends(outcome) == {"a": "failed", "b": "failed", "c": "skipped"}


def test_a_writer_that_reports_a_conflict_of_the_planned_value_did_not_apply_it():
    scene = chain(HookedWriter)
    plan = scene.plan()
    scene.hook(conflicting(scene, 9, b="100"))
    outcome = scene.execute(plan)
    assert ends(outcome)["b"] == "failed"
    assert b.address("b") not in scene.state.state.toggles
    assert invariants.verify(scene.state.state, scene.state.journal) == ()


def test_the_store_fails_before_anything_is_written():
    scene = chain()
    plan = scene.plan()
    reads = []

    def hook(what):
        reads.extend([what] if what == "read" else [])
        if what == "read" and len(reads) == 2:
            raise StoreError("Store is down", "Try again later.")

    scene.hook(hook)
    outcome = scene.execute(plan)
    assert ends(outcome) == {"a": "failed", "b": "failed", "c": "skipped"}
    assert details(outcome)["a"] == "Not written. Store is down: Try again later."
    assert "intent" not in kinds(scene)


def test_the_store_fails_after_the_write_and_the_next_run_asks_it():
    scene = chain()
    plan = scene.plan()
    reads = []

    def hook(what):
        reads.extend([what] if what == "read" else [])
        if what == "read" and len(reads) == 3:
            raise StoreError("Store is down", "Try again later.")

    scene.hook(hook)
    outcome = scene.execute(plan)
    assert ends(outcome) == {"a": "unknown", "b": "unknown", "c": "skipped"}
    assert details(outcome)["a"] == "It could not be read after the write. Store is down: Try again later."
    assert not scene.state.state.toggles
    assert scene.state.state.journal_head != scene.state.head()
    scene.hook(lambda _: None)
    recovery = scene.recover()
    assert [move.outcome for move in recovery.moves] == ["applied", "applied"]
    assert sorted(map(str, scene.state.state.toggles)) == ["toggle.a", "toggle.b"]
    assert scene.apply().succeeded
    assert not scene.plan().has_changes


def test_a_failed_write_needs_no_read_to_be_settled():
    scene = chain()
    plan = scene.plan()
    heard = []

    def hook(what):
        heard.append(what)
        if what == "write":
            raise StoreError("Store refused", "No.")
        if what == "read" and "write" in heard:
            raise StoreError("Store is down", "Try again later.")

    scene.hook(hook)
    outcome = scene.execute(plan)
    assert ends(outcome) == {"a": "failed", "b": "failed", "c": "skipped"}
    assert details(outcome)["a"] == "Store refused: No."
    assert scene.state.state.journal_head == scene.state.head()


def test_results_of_a_batch_may_fail_one_by_one():
    class Partly(HookedBatchWriter):
        def write_batch(self, steps, expect):
            a, *rest = steps
            if a.key != "a_enabled":
                return super().write_batch(steps, expect)
            return [Result(a.key, None, "quota reached"), *super().write_batch(rest, expect)]

    scene = chain(Partly)
    outcome = scene.execute(scene.plan())
    assert ends(outcome) == {"a": "failed", "b": "applied", "c": "applied"}
    assert details(outcome)["a"] == "quota reached. It is at 0 % now."


def test_an_answer_that_is_not_as_planned_is_told_unless_the_read_says_otherwise():
    class Late(HookedWriter):
        def write(self, step, expect):
            super().write(step, expect)
            return expect

    scene = chain(Late)
    assert scene.execute(scene.plan()).succeeded

    class Lazy(HookedWriter):
        def write(self, step, expect):
            return expect

    scene = chain(Lazy)
    outcome = scene.execute(scene.plan())
    assert (
        details(outcome)["a"] == "The store answered that it is at 0 % after the write, not at 20 %. It is at 0 % now."
    )


def creating(kind=HookedWriter):
    return Scene(b.desired(b.toggle("a", "20", create=True)), kind({}), atomic=False)


def test_a_move_of_two_steps_is_written_in_both_ways():
    for kind in (HookedWriter, HookedBatchWriter):
        scene = creating(kind)
        plan = scene.plan()
        assert len(plan.core.moves[0].steps) == 2
        assert scene.execute(plan).succeeded
        assert live(scene) == {"a": "20 %"}
        record = scene.state.state.toggles[b.address("a")]
        assert (record.created, record.exposure) == (True, Exposure.parse("20"))


def test_a_move_done_in_part_is_recorded_as_far_as_it_went():
    scene = creating()
    plan = scene.plan()
    writes = []

    def hook(what):
        writes.extend([what] if what.startswith("write ") else [])
        if len(writes) == 2:
            raise StoreError("Store refused", "No.")

    scene.hook(lambda what: hook(what) if what.startswith("write ") else None)
    outcome = scene.execute(plan)
    assert ends(outcome) == {"a": "failed"}
    assert details(outcome)["a"] == "Store refused: No. It is at 0 % now. The move is done in part."
    record = scene.state.state.toggles[b.address("a")]
    assert (record.exposure, record.created) == (Exposure.parse("0"), True)
    scene.hook(lambda _: None)
    assert scene.apply().succeeded
    assert live(scene) == {"a": "20 %"}


def test_two_steps_in_a_batch_stop_where_one_fails():
    scene = creating(HookedBatchWriter)
    plan = scene.plan()
    writes = []

    def hook(what):
        if what == "write":
            writes.append(what)
            if len(writes) == 2:
                raise StoreError("Store refused", "No.")

    scene.hook(hook)
    assert ends(scene.execute(plan)) == {"a": "failed"}
    assert scene.state.state.toggles[b.address("a")].exposure == Exposure.parse("0")


def test_consent_is_needed_and_given():
    config = b.desired(b.toggle("a", "20"))
    scene = Scene(config, HookedBatchWriter(b.snapshot(a="20").toggles))
    scene.apply()
    scene.live.toggles = b.snapshot(a="50").toggles
    plan = scene.plan()
    assert plan.core.moves[0].consent
    outcome = scene.execute(plan)
    assert ends(outcome) == {"a": "waiting"}
    assert outcome.succeeded
    assert [result.move.address for result in outcome.waiting] == [b.address("a")]
    assert details(outcome)["a"] == (
        "It lowers what a hand raised, which needs a yes of its own. "
        "Say yes when asked, or plan with -accept-drift toggle.a."
    )
    outcome = scene.execute(scene.plan(), Options("ann", "run", consented=frozenset([b.address("a")])))
    assert outcome.succeeded
    assert live(scene) == {"a": "20 %"}


def with_moves(plan: Plan, **fields) -> Plan:
    return replace(plan, core=replace(plan.core, moves=tuple(replace(move, **fields) for move in plan.core.moves)))


def test_approvals_are_needed_and_given():
    scene = Scene(b.desired(b.toggle("a", "20")), HookedBatchWriter(b.snapshot(a="0").toggles))
    plan = with_moves(scene.plan(), approvals=(b.OWNER,))
    assert details(scene.execute(plan)) == {"a": "The approval of role.owner is missing."}
    plan = with_moves(scene.plan(), approvals=(b.address("role.none"),))
    assert details(scene.execute(plan)) == {"a": "An approval is needed, and no role is recorded that could give it."}
    plan = with_moves(scene.plan(), approvals=(b.OWNER,))
    approved = scene.execute(plan, Options("ann", "run", approved=frozenset([b.OWNER])))
    assert ends(approved) == {"a": "applied"}


def waiting_line(*failed: str) -> tuple[Scene, Plan]:
    """`b` comes after `a` and `c`; `a` needs an approval that nobody gave, and `failed` are refused."""
    config = b.desired(b.toggle("a", "20"), b.toggle("b", "20", after=["a", "c"]), b.toggle("c", "20"))
    scene = Scene(config, HookedWriter(b.snapshot(a="0", b="0", c="0").toggles))
    plan = scene.plan()
    moves = tuple(
        replace(move, approvals=(b.OWNER,) if move.address == b.address("a") else ()) for move in plan.core.moves
    )

    for name in failed:
        scene.hook(failing(name, StoreError("Store refused", "No.")))
    return scene, replace(plan, core=replace(plan.core, moves=moves))


def test_what_comes_after_a_waiting_move_waits_too():
    scene, plan = waiting_line()
    outcome = scene.execute(plan)
    assert ends(outcome) == {"a": "waiting", "b": "waiting", "c": "applied"}
    assert details(outcome)["b"] == "Waits because of toggle.a."
    assert outcome.succeeded


def test_a_failure_is_told_before_a_wait():
    scene, plan = waiting_line("c")
    outcome = scene.execute(plan)
    assert ends(outcome) == {"a": "waiting", "b": "skipped", "c": "failed"}
    assert details(outcome)["b"] == "Skipped because of toggle.c."
    assert not outcome.succeeded


def test_a_check_before_the_batch_can_only_stop_raises():
    config = b.desired(b.toggle("a", "20"), b.toggle("b", "0"))
    scene = Scene(config, HookedBatchWriter(b.snapshot(a="0", b="50").toggles))
    asked = []

    def frozen(moves):
        asked.extend(move.address.name for move in moves)
        return {b.address("a"): "The holiday freeze has begun.", b.address("b"): "Never asked."}

    outcome = scene.execute(scene.plan(), Options("ann", "run", raise_check=frozen))
    assert asked == ["a"]
    assert ends(outcome) == {"a": "skipped", "b": "applied"}
    assert details(outcome)["a"] == "The holiday freeze has begun."


def test_a_check_that_finds_nothing_stops_nothing():
    scene = chain()
    assert scene.execute(scene.plan(), Options("ann", "run", raise_check=lambda _: {})).succeeded


def test_propagation_is_waited_for_between_neighbours_and_only_there():
    scene = chain(propagation=timedelta(seconds=2.5))
    assert scene.execute(scene.plan()).succeeded
    assert scene.clock.slept == [1.0, 1.0, 0.5]
    waits = [event for event in scene.events if isinstance(event, Waiting)]
    assert [(str(w.address), str(w.neighbour), w.seconds) for w in waits] == [
        ("toggle.c", "toggle.b", 2.5),
        ("toggle.c", "toggle.b", 1.5),
        ("toggle.c", "toggle.b", 0.5),
    ]


def test_propagation_counts_writes_of_earlier_runs():
    scene = chain()
    scene.execute(scene.plan())
    scene.clock.advance(90)
    scene.propagation = timedelta(minutes=2)
    scene.config = b.desired(b.toggle("a", "20"), b.toggle("b", "100"), b.toggle("c", "50", requires=["b"]))
    assert scene.apply().succeeded
    assert sum(scene.clock.slept) == 30.0


def test_a_wait_passes_though_the_last_write_lies_in_the_future():
    """A clock that was set back: after any wait the last write would still be ahead."""
    scene = chain()
    scene.execute(scene.plan())
    scene.clock.advance(-86_400)
    scene.propagation = timedelta(minutes=2)
    scene.config = b.desired(b.toggle("a", "20"), b.toggle("b", "100"), b.toggle("c", "50", requires=["b"]))
    scene.clock.on_sleep = lambda _: scene.interrupt.request() if len(scene.clock.slept) > 200 else None
    assert scene.apply().succeeded
    assert sum(scene.clock.slept) == 120.0


def test_an_interrupt_while_waiting_ends_the_run():
    scene = chain(propagation=timedelta(minutes=2))
    scene.clock.on_sleep = lambda _: scene.interrupt.request()
    outcome = scene.execute(scene.plan())
    assert ends(outcome) == {"a": "applied", "b": "applied", "c": "not started"}
    assert outcome.stopped == "Interrupted."
    assert Stopping("Interrupted.") in scene.events
    assert sorted(map(str, scene.state.state.toggles)) == ["toggle.a", "toggle.b"]


def test_a_stop_mark_ends_the_run_before_the_next_batch():
    scene = chain()
    plan = scene.plan()

    def mark(what):
        if what == "written":
            scene.lease.stop = "rollback of toggle.a by bob"

    scene.hook(mark)
    outcome = scene.execute(plan)
    assert ends(outcome) == {"a": "applied", "b": "applied", "c": "not started"}
    assert outcome.stopped == "Rollback of toggle.a by bob."
    assert details(outcome)["c"] == outcome.stopped
    assert scene.state.journal[-1].data == {"counts": {"applied": 2, "not started": 1}, "stopped": outcome.stopped}


def test_an_interrupt_lets_moves_in_flight_end_and_starts_no_other():
    config = b.desired(*(b.toggle(name, "20") for name in "abcd"))
    scene = Scene(config, HookedWriter(b.snapshot(a="0", b="0", c="0", d="0").toggles))
    plan = scene.plan()

    def interrupt(what):
        if what == "write b_enabled":
            scene.interrupt.request()

    scene.hook(interrupt)
    outcome = scene.execute(plan, Options("ann", "run", parallelism=1))
    assert ends(outcome) == {"a": "applied", "b": "applied", "c": "not started", "d": "not started"}
    assert live(scene) == {"a": "20 %", "b": "20 %", "c": "0 %", "d": "0 %"}
    assert scene.state.state.journal_head == scene.state.head()
    scene.hook(lambda _: None)
    scene.interrupt.times = 0
    assert scene.apply().succeeded
    assert set(live(scene).values()) == {"20 %"}


@KINDS
def test_a_second_interrupt_leaves_calls_alone_and_the_next_run_tells(kind):
    scene = chain(kind)
    plan = scene.plan()

    def interrupt(what):
        if what.startswith("written"):
            scene.interrupt.times = 2

    scene.hook(interrupt)
    outcome = scene.execute(plan, Options("ann", "run", parallelism=1))
    assert outcome.stopped == "Interrupted twice: what was in flight was left alone."
    assert ends(outcome)["a"] == "unknown"
    assert details(outcome)["a"] == "It was begun, and how it ended could not be recorded. The next run asks the store."
    assert ends(outcome)["c"] == "not started"
    scene.hook(lambda _: None)
    scene.interrupt.times = 0
    recovery = scene.recover()
    assert recovery.moves[0].outcome == "applied"
    assert scene.apply().succeeded
    assert not scene.plan().has_changes


def test_a_lost_lease_ends_the_run():
    scene = chain()
    scene.lease = FakeLease(lost=StateError("Lease was lost", "Somebody took it away."))
    outcome = scene.execute(scene.plan())
    assert set(ends(outcome).values()) == {"not started"}
    assert outcome.stopped == "Lease was lost: Somebody took it away."


@pytest.mark.parametrize("number", [2, 3, 4, 5])
def test_a_journal_that_can_not_be_written_ends_the_run(number):
    """2: the intents, 3: the results, 4 and 5: those of the second batch."""
    scene = chain()
    plan = scene.plan()
    appends = []

    def full(what):
        if what == "append":
            appends.append(what)
            if len(appends) >= number:
                raise StateError("Journal can't be written", "The disk is full.")

    scene.hook(full)
    outcome = scene.execute(plan)
    assert outcome.stopped == "Journal can't be written: The disk is full."
    expected = {
        2: ["not started", "not started", "not started"],
        3: ["unknown", "unknown", "not started"],
        4: ["applied", "applied", "not started"],
        5: ["applied", "applied", "unknown"],
    }
    assert list(ends(outcome).values()) == expected[number]
    scene.hook(lambda _: None)
    assert scene.apply().succeeded
    assert not scene.plan().has_changes
    assert live(scene) == {"a": "20 %", "b": "100 %", "c": "20 %"}


def test_a_state_that_can_not_be_saved_is_told_and_nothing_is_lost():
    scene = chain()
    plan = scene.plan()
    saves = []

    def full(what):
        if what == "save":
            saves.append(what)
            if len(saves) > 1:
                raise StateError("State can't be saved", "The disk is full.")

    scene.hook(full)
    outcome = scene.execute(plan)
    assert set(ends(outcome).values()) == {"applied"}
    assert outcome.stopped == "State can't be saved: The disk is full."
    assert not outcome.succeeded
    assert outcome.serial == 1
    scene.hook(lambda _: None)
    scene.recover()
    assert len(scene.state.state.toggles) == 3


def test_the_state_is_saved_between_batches_once_five_seconds_have_passed():
    fast, slow = chain(), chain()
    slow.clock.each = timedelta(seconds=3)
    for scene in (fast, slow):
        scene.execute(scene.plan())
    assert (fast.state.saves, slow.state.saves) == (2, 4)


def test_a_batch_that_changes_nothing_saves_nothing():
    scene = chain(HookedWriter)
    plan = scene.plan()
    scene.clock.each = timedelta(seconds=9)
    scene.hook(failing("b", StoreError("Store refused", "No.")))
    scene.execute(plan)
    # The first state, the first batch, the end.
    assert scene.state.saves == 3


def test_a_stop_mark_that_can_not_be_read_ends_the_run():
    class Broken(FakeLease):
        def stop_requested(self):
            raise StateError("State lease is not accessible", "Permission denied.")

    scene = chain()
    scene.lease = Broken()
    assert scene.execute(scene.plan()).stopped == "State lease is not accessible: Permission denied."


def test_adopting_moving_and_forgetting_are_recorded():
    config = b.desired(b.toggle("a", "20"), b.toggle("b", "5"))
    scene = Scene(config, HookedBatchWriter(b.snapshot(a="20", b="5", c="0").toggles))
    outcome = scene.apply()
    assert outcome.records == 2
    assert kinds(scene) == ["apply_started", "imported", "imported", "apply_finished"]
    plan = scene.plan()
    changes = (
        RecordChange(b.address("a"), "a_enabled", Action.FORGET),
        RecordChange(b.address("c"), "b_enabled", Action.MOVE, moved_from=b.address("b")),
    )
    outcome = scene.execute(replace(plan, core=replace(plan.core, records=changes)))
    assert outcome.records == 2
    assert list(map(str, scene.state.state.toggles)) == ["toggle.c"]
    assert invariants.verify(scene.state.state, scene.state.journal) == ()


def test_a_toggle_with_a_new_address_may_be_forgotten():
    scene = Scene(b.desired(b.toggle("a", "20")), HookedBatchWriter(b.snapshot(a="20").toggles))
    scene.apply()
    plan = scene.plan()
    record = RecordChange(b.address("new"), "a_enabled", Action.FORGET, moved_from=b.address("a"))
    scene.execute(replace(plan, core=replace(plan.core, records=(record,))))
    assert scene.state.state.toggles == {}


def test_a_toggle_with_a_new_address_may_be_moved_up_too():
    scene = Scene(b.desired(b.toggle("a", "20")), HookedBatchWriter(b.snapshot(a="0").toggles))
    scene.apply()
    scene.config = b.desired(b.toggle("a", "50"))
    plan = scene.plan()
    new = b.address("new")
    move, precondition = replace(plan.core.moves[0], address=new), replace(plan.core.preconditions[0], address=new)
    record = RecordChange(new, "a_enabled", Action.MOVE, moved_from=b.address("a"))
    plan = replace(plan, core=replace(plan.core, moves=(move,), preconditions=(precondition,), records=(record,)))
    assert scene.execute(plan).succeeded
    assert {str(a): record.exposure.encode() for a, record in scene.state.state.toggles.items()} == {"toggle.new": "50"}
    assert invariants.verify(scene.state.state, scene.state.journal) == ()


def test_records_need_no_writer():
    scene = Scene(b.desired(b.toggle("a", "20")), HookedBatchWriter(b.snapshot(a="20").toggles))
    scene.writable = False
    plan = scene.plan()
    assert not plan.core.moves
    assert scene.execute(plan).succeeded


class GoneAfter(list):
    """A listener whose reader goes away: a closed pipe, a terminal that hung up, a full disk behind `>`."""

    def __init__(self, heard):
        super().__init__()
        self.heard, self.refused = heard, 0

    def append(self, event):
        if len(self) == self.heard:
            self.refused += 1
            raise OSError(28, "No space left on device")
        super().append(event)


@KINDS
@pytest.mark.parametrize("heard", range(8))
def test_output_that_breaks_stops_the_apply_in_order(kind, heard):
    scene = chain(kind)
    plan = scene.plan()
    scene.events = GoneAfter(heard)
    outcome = scene.execute(plan)
    assert scene.events.refused == 1
    assert outcome.stopped == "The output broke off: No space left on device."
    assert not outcome.succeeded
    assert kinds(scene)[-1] == "apply_finished"
    assert kinds(scene).count("intent") == kinds(scene).count("result")
    ended = ends(outcome)
    assert set(ended.values()) <= {"applied", "not started"}
    assert {name for name, value in ended.items() if value == "applied"} == {
        address.name for address in scene.state.state.toggles
    }
