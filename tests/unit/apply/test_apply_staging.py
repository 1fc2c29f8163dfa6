"""What an apply writes down of stages: when they begin, run and lose their Go, and what that rested on."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from flagstaff.addresses import Address
from flagstaff.apply.options import Options
from flagstaff.apply.staging import StageBook, begin_facts, stale_stages
from flagstaff.diagnostics import Failure
from flagstaff.model.evidence import Frozen, Reading, Verdict
from flagstaff.model.recorded import StageRecord
from flagstaff.model.rollout import Monitor, MonitorSource, Soak, StageName
from flagstaff.plan.codec import change_id
from flagstaff.providers.protocols import StoreError
from flagstaff.state import stage_clock
from flagstaff.state.facts import StageChanged, StageEvent
from flagstaff.state.state import State
from flagstaff.testing import building as b
from flagstaff.testing.applying import HookedBatchWriter, HookedWriter, Scene

HOUR = timedelta(hours=1)
ERRORS, R = Address("monitor", "errors"), Address("rollout", "r")
ONE, TWO, NUDGE = (StageName(R, name) for name in ("one", "two", "nudge"))
A, B = b.address("a"), b.address("b")


def configuration(*go, monitors=(), **fields):
    rollout = b.rollout(
        "r",
        b.stage("one", "5", "a", "b", soak=Soak(24 * HOUR), monitors=monitors),
        b.stage("two", "20", "a"),
        b.stage("nudge", approvals=fields.pop("approvals", ())),
        go=go,
    )
    toggles = [b.toggle("b", requires=["a"], at_least="5")]
    return b.ramped(
        rollout, toggles=toggles, monitors={ERRORS: Monitor(ERRORS, "Errors", MonitorSource("prometheus"))}, **fields
    )


def scene(config, kind=HookedBatchWriter):
    return Scene(config, kind(b.snapshot(a="0", b="0").toggles))


def told(world, *kinds):
    """The entries of these kinds, as (kind, what matters of them)."""
    wanted = kinds or ("stage_changed",)
    return [(entry.kind, entry.data) for entry in world.state.journal if entry.kind in wanted]


def events(world):
    return [(data["stage"].rpartition(".")[2], data["event"]) for _, data in told(world)]


def records(world):
    return world.state.state.stages


def test_a_stage_begins_with_its_first_move_and_runs_once_all_are_verified():
    world = scene(configuration("one"))
    assert world.apply().succeeded
    # `b` needs `a`, so it comes a batch later.
    assert events(world) == [("one", "started"), ("one", "verified")]
    kinds = [entry.kind for entry in world.state.journal]
    assert kinds.index("stage_changed") < len(kinds) - 1 - kinds[::-1].index("result")
    record = records(world)[ONE]
    assert (record.toggles, record.least) == ((A, B), b.Exposure.parse("5"))
    assert record.started == record.verified == world.clock.time
    assert record.run == "run-2"


def test_a_stage_whose_move_fails_has_begun_and_does_not_run():
    world = scene(configuration("one"), HookedWriter)

    def fail(what):
        if what == "write b_enabled":
            raise StoreError("Store is broken", "It said no.")

    world.hook(fail)
    assert not world.apply().succeeded
    assert events(world) == [("one", "started")]
    assert records(world)[ONE].verified is None
    world.hook(lambda _: None)
    assert world.apply().succeeded
    assert events(world)[1:] == [("one", "started"), ("one", "verified")]


def test_a_stage_that_begins_in_part_does_not_run():
    world = scene(configuration("one"))
    plan = world.plan()
    (stage,) = plan.core.stages
    part = replace(plan, core=replace(plan.core, stages=(replace(stage, partial=True),)))
    assert world.execute(part).succeeded
    assert events(world) == [("one", "started")]


def test_a_stage_that_moves_nothing_runs_at_the_end():
    world = scene(configuration("one"))
    world.apply()
    world.clock.time += 25 * HOUR
    world.config = configuration("one", "two")
    world.apply()
    world.config = configuration("one", "two", "nudge")
    assert world.apply().succeeded
    assert events(world)[-2:] == [("nudge", "started"), ("nudge", "verified")]
    assert [entry.kind for entry in world.state.journal][-1] == "apply_finished"
    assert not world.plan().has_changes


@pytest.mark.parametrize(("approved", "begins"), [((), False), ((b.OWNER,), True)])
def test_a_stage_that_moves_nothing_waits_for_its_roles(approved, begins):
    config = b.ramped(
        b.rollout("r", b.stage("nudge", approvals=(b.OWNER,)), go=["nudge"]), **b.owned("po ssh-ed25519 AAAA")
    )
    world = Scene(config, HookedBatchWriter({}))
    world.apply(Options("ann", "run", approved=frozenset(approved)))
    assert (NUDGE in records(world)) == begins


def test_an_apply_that_was_stopped_begins_nothing_at_its_end():
    world = Scene(b.ramped(b.rollout("r", b.stage("nudge"), go=["nudge"])), HookedBatchWriter({}))
    world.execute(world.plan())
    assert NUDGE in records(world)
    book = StageBook(world.plan(), "", ())
    assert book.finished(State("lineage")) == ()


def test_a_stage_that_lost_its_go_is_left():
    world = scene(configuration("one"))
    world.apply()
    world.config = configuration()
    world.apply()
    assert events(world)[-1] == ("one", "left")
    record = records(world)[ONE]
    assert record.left
    assert record.verified is None
    assert not world.plan().has_changes
    assert list(begin_facts(replace(world.plan()), world.state.state)) == []


def measured(world, **fields):
    baseline = Frozen(Decimal("0.003"), world.clock.time)
    given = {"baseline": baseline, "fresh": True, **fields}
    return {ERRORS: Reading(ERRORS, Verdict.PASS, world.clock.time, "As before.", **given)}


def test_readings_and_the_baseline_are_kept_with_the_first_move():
    world = scene(configuration("one", monitors=(ERRORS,)))
    plan = world.plan(readings=measured(world))
    assert world.execute(plan).succeeded
    found = told(world, "measured", "baseline_frozen", "stage_changed")
    assert [kind for kind, _ in found] == ["measured", "baseline_frozen", "stage_changed", "stage_changed"]
    assert found[1][1]["monitor"] == "monitor.errors"
    assert world.state.state.baselines[R, ERRORS].measured == Decimal("0.003")


@pytest.mark.parametrize("fields", [{"fresh": False}, {"baseline": None}])
def test_only_a_baseline_that_was_measured_now_is_frozen(fields):
    world = scene(configuration("one", monitors=(ERRORS,)))
    world.execute(world.plan(readings=measured(world, **fields)))
    assert told(world, "baseline_frozen") == []


def test_a_frozen_baseline_stays_as_it_is_and_that_of_another_rollout_is_its_own():
    world = scene(configuration("one", monitors=(ERRORS,)))
    plan = world.plan(readings=measured(world))
    known = State("lineage", baselines={(R, ERRORS): Frozen(Decimal(1), world.clock.time)})
    facts = StageBook(plan, change_id(plan.core), ()).settled([A], known, ())
    assert [type(fact).__name__ for fact in facts] == ["StageChanged"]
    elsewhere = replace(plan, observed=replace(plan.observed, rollouts=()))
    facts = StageBook(elsewhere, change_id(plan.core), ()).settled([A], State("lineage"), ())
    assert [type(fact).__name__ for fact in facts] == ["StageChanged"]


def test_a_toggle_that_was_rolled_back_meanwhile_keeps_its_stage_from_running():
    world = scene(configuration("one"))
    plan = world.plan()
    book = StageBook(plan, change_id(plan.core), ())
    assert [fact.event for fact in book.settled([A], State("lineage"), ())] == [StageEvent.STARTED]
    assert book.settled([B], State("lineage"), {A}) == ()
    assert [fact.event for fact in book.settled([B], State("lineage"), ())] == [StageEvent.VERIFIED]


def test_moves_that_an_earlier_run_of_the_same_change_verified_count():
    """A confirmation may come in parts, each in a run of its own."""
    world = scene(configuration("one"))
    plan = world.plan()
    change = change_id(plan.core)
    _, record = b.applied(plan, world.live.read())
    before = State("lineage", toggles={A: replace(record.toggles[A], change=change)})
    facts = StageBook(plan, change, ()).settled([B], before, ())
    assert [fact.event for fact in facts] == [StageEvent.STARTED, StageEvent.VERIFIED]
    quiet = Scene(b.ramped(b.rollout("r", b.stage("nudge"), go=["nudge"])), HookedBatchWriter({})).plan()
    runs = StageRecord(started=b.NOW, verified=b.NOW)
    assert StageBook(quiet, "", ()).finished(State("lineage", stages={NUDGE: runs})) == ()


def test_a_soak_that_was_served_before_a_hand_came_is_kept():
    world = scene(configuration("one"))
    world.apply()
    world.clock.time += 30 * HOUR
    # Something of ours was written since: until then all was as applied.
    state = world.state.state
    toggles = {address: replace(one, last_write_at=world.clock.time) for address, one in state.toggles.items()}
    world.state.state = replace(state, toggles=toggles, serial=state.serial + 1)
    world.clock.time += HOUR
    world.live.toggles["b_enabled"] = b.raw("0")
    plan = world.plan()
    (one, *_) = plan.observed.rollouts[0].stages
    assert one.served_at == b.NOW + 24 * HOUR
    assert plan.core.stages == ()  # `b` is held: a hand turned it down
    forced = replace(plan, core=replace(plan.core, stages=(replace(one_move(), moves=(A,)),)))
    facts = StageBook(forced, "", ()).settled([A], world.state.state, ())
    assert [fact.event for fact in facts] == [StageEvent.STOPPED, StageEvent.STARTED, StageEvent.VERIFIED]


def one_move():
    return scene(configuration("one")).plan().core.stages[0]


# --- what is not as the plan saw it --------------------------------------------------------------


def test_a_stage_that_somebody_else_began_since_makes_the_plan_stale():
    world = Scene(b.ramped(b.rollout("r", b.stage("nudge"), go=["nudge"])), HookedBatchWriter({}))
    plan = world.plan()
    later = StageRecord(started=b.NOW + HOUR, verified=b.NOW + HOUR)
    (stale,) = stale_stages(plan, {NUDGE: later})
    assert str(stale) == (
        'rollout.r (stage "nudge") was not in force when the plan was made and is in force '
        "(since 2026-01-27 15:00 UTC) now."
    )
    assert stale_stages(plan, {NUDGE: replace(later, verified=b.NOW)}) == ()
    assert stale_stages(plan, {NUDGE: replace(later, verified=None)}) == ()


def test_a_stage_before_it_that_stopped_since_makes_the_plan_stale():
    world = scene(configuration("one"))
    world.apply()
    world.clock.time += 25 * HOUR
    world.config = configuration("one", "two")
    plan = world.plan()
    state = world.state.state
    record = stage_clock.stopped(state.stages[ONE], world.clock.time, "toggle.b was rolled back")
    world.state.state = replace(state, stages={**state.stages, ONE: record}, serial=state.serial + 1)
    with pytest.raises(Failure) as failure:
        world.execute(plan)
    (diagnostic,) = failure.value.diagnostics
    assert diagnostic.summary == "Saved plan is stale"
    assert 'rollout.r (stage "one") was in force when the plan was made' in diagnostic.detail
    assert "stopped: toggle.b was rolled back" in diagnostic.detail
    assert [one.now for one in stale_stages(plan, {})] == ["not recorded"]


# --- the clock -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("toggles", "least", "kept"),
    [((A,), "5", True), ((), "5", True), ((A,), "2", True), ((A, B), "5", False), ((A,), "20", False)],
)
def test_more_toggles_or_a_higher_share_begin_another_clock(toggles, least, kept):
    old = StageRecord((A,), b.Exposure.parse("5"), started=b.NOW, stopped="down", served=30 * HOUR)
    stages = {ONE: old}
    fact = StageChanged(ONE, StageEvent.VERIFIED, toggles, b.Exposure.parse(least))
    stage_clock.change(stages, fact, b.NOW + HOUR, "run")
    assert stages[ONE].served == (30 * HOUR if kept else timedelta(0))
    assert stages[ONE].verified == b.NOW + HOUR


def test_a_stage_that_moved_nothing_and_moves_something_now_is_another():
    stages = {ONE: StageRecord(started=b.NOW, served=30 * HOUR)}
    stage_clock.change(stages, StageChanged(ONE, StageEvent.STARTED, (), b.Exposure.parse("5")), b.NOW, "run")
    assert stages[ONE].served == timedelta(0)
