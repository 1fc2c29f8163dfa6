"""Which stages are under way, which triggers fire, and what is kept of readings."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from flagstaff.addresses import Address
from flagstaff.model.conditions import Comparison, Constant, Symbol
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.evidence import UNTIL_ANSWERED, Answer, Frozen, Reading, Verdict
from flagstaff.model.exposure import OFF, Exposure
from flagstaff.model.live import Snapshot, Unrepresentable
from flagstaff.model.recorded import Hold, Recorded, StageRecord, ToggleRecord
from flagstaff.model.rollout import (
    Baseline,
    Monitor,
    MonitorSource,
    Rollout,
    Soak,
    Stage,
    StageName,
    Trigger,
)
from flagstaff.monitors.needs import asked, needed
from flagstaff.monitors.watching import clocks, firings, monitored, soaking, worth_keeping
from flagstaff.plan.stages.overview import monitors_of
from flagstaff.plan.stages.view import StageState
from flagstaff.testing import building as b

AT = datetime(2026, 1, 27, 14, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
FIVE = Exposure.parse("5")
A, B = Address("toggle", "a"), Address("toggle", "b")
ROLLOUT = Address("rollout", "r")
ERRORS = Address("monitor", "errors")
FIRES = Trigger(Address("trigger", "errors"), "Errors", monitor=ERRORS)
CALL = Trigger(Address("trigger", "call"), "A call")
STAGE = Stage(
    StageName(ROLLOUT, "one"),
    exposure=FIVE,
    toggles=(A, B),
    soak=Soak(24 * HOUR),
    triggers=(FIRES.address, CALL.address, Address("trigger", "gone")),
)


def config(*stages, go=("one",)):
    rollout = Rollout(ROLLOUT, go=go, stages=stages or (STAGE,))
    monitor = Monitor(ERRORS, "Errors", MonitorSource("prometheus"), baseline=Baseline(window=HOUR))
    return replace(
        b.desired(b.toggle("a"), b.toggle("b")),
        rollouts={ROLLOUT: rollout},
        monitors={ERRORS: monitor},
        triggers={one.address: one for one in (FIRES, CALL)},
    )


RECORD = StageRecord((A, B), FIVE, started=AT, verified=AT)


def seen(record=RECORD, lives=None, *, desired=None, at=AT + HOUR, **fields):
    desired = desired or config()
    recorded = Recorded(stages={STAGE.name: record} if record else {}, **fields)
    lives = {A: FIVE, B: FIVE, **(lives or {})}
    return soaking(clocks(desired, recorded, Snapshot({}, at), lives, at), recorded, frozenset())


def test_a_stage_that_runs():
    [one] = seen()
    assert (one.state, one.under_way, one.stopped_by_hand) == (StageState.RUNNING, True, False)
    assert (one.ends, one.length) == (AT + 24 * HOUR, 24 * HOUR)


@pytest.mark.parametrize(
    ("record", "lives", "state", "under_way"),
    [
        (replace(RECORD, verified=None), {}, StageState.STARTED, True),
        (RECORD, {A: OFF}, StageState.STOPPED, True),
        (RECORD, {A: None}, StageState.STOPPED, True),
        (RECORD, {A: OFF, B: OFF}, StageState.STOPPED, False),
        (RECORD, {A: None, B: Unrepresentable("50 % of time")}, StageState.STOPPED, True),
        (replace(RECORD, verified=None, stopped="x", served=HOUR), {}, StageState.STOPPED, True),
        (replace(RECORD, verified=None, stopped="x", served=24 * HOUR), {}, StageState.STOPPED, False),
        (replace(RECORD, served=24 * HOUR), {}, StageState.SERVED, False),
        (replace(RECORD, left=True), {}, StageState.LEFT, False),
    ],
)
def test_what_is_under_way(record, lives, state, under_way):
    [one] = seen(record, lives)
    assert (one.state, one.under_way) == (state, under_way)
    if state is not StageState.RUNNING:
        assert one.ends is None


def test_a_stage_that_has_not_begun_is_not_seen():
    assert seen(None) == ()
    assert seen(replace(RECORD, started=None, verified=None)) == ()


def test_what_a_rollback_left_up_is_not_watched():
    holds = {one: Hold("x", "y", AT, "me") for one in (A, B)}
    [one] = seen(replace(RECORD, verified=None, stopped="held"), holds=holds)
    assert (one.held, one.up, one.under_way) == (True, False, False)
    [one] = seen(replace(RECORD, verified=None, stopped="held"), {A: OFF}, holds={A: holds[A]})
    assert (one.held, one.up, one.under_way) == (True, True, True)


def test_a_hand_stops_a_clock_and_a_hold_is_no_hand():
    [one] = seen(lives={A: OFF})
    assert one.stopped_by_hand
    [one] = seen(lives={A: OFF}, holds={A: Hold("x", "y", AT, "me")})
    assert not one.stopped_by_hand


def test_a_renamed_toggle_keeps_its_clock_and_its_hold():
    old = Address("toggle", "old")
    records = {old: ToggleRecord(config().toggles[A].key, FIVE)}
    [one] = seen(replace(RECORD, toggles=(old, B)), toggles=records, holds={old: Hold("x", "y", AT, "me")})
    assert one.held


def test_a_stage_that_moves_nothing_is_under_way_until_its_soak_is_served():
    nudging = replace(STAGE, exposure=None, toggles=())
    [one] = seen(StageRecord(started=AT, verified=AT), desired=config(nudging))
    assert (one.state, one.under_way) == (StageState.RUNNING, True)


def test_an_undecided_soak_is_never_over():
    stage = replace(STAGE, soak=OpenDecision("how long", None))
    [one] = seen(desired=config(stage), at=AT + 1000 * HOUR)
    assert (one.under_way, one.ends, one.length) == (True, None, None)


def test_only_some_rollouts():
    desired, recorded = config(), Recorded(stages={STAGE.name: RECORD})
    now = clocks(desired, recorded, Snapshot({}, AT), {A: FIVE, B: FIVE}, AT)
    assert soaking(now, recorded, frozenset({Address("rollout", "other")})) == ()
    assert len(soaking(now, recorded, frozenset({ROLLOUT}))) == 1


def test_the_monitors_of_triggers_are_read_and_their_baselines_frozen():
    desired = config()
    assert monitors_of((STAGE,), desired) == (ERRORS,)
    assert monitored(seen(), desired) == (desired.monitors[ERRORS],)
    assert monitored(seen(), replace(desired, monitors={})) == ()
    # Before the first move, to be frozen with it; after that, not by a plan.
    lives = {A: OFF, B: OFF}
    assert needed(desired, Recorded(), lives) == (desired.monitors[ERRORS],)
    assert needed(desired, Recorded(baselines={(ROLLOUT, ERRORS): Frozen(Decimal(1), AT)}), lives) == ()
    found = asked(desired, Recorded(stages={STAGE.name: RECORD}), {A: FIVE, B: FIVE}, AT)
    assert (found.traffic[ERRORS], found.began[ERRORS]) == (True, AT)


def reading(verdict=Verdict.FAIL, **fields):
    return Reading(ERRORS, verdict, AT, "5 % against 1 %.", **fields)


def fired(found=None, *, answers=(), desired=None):
    readings = {} if found is None else {ERRORS: found}
    known = {answer.subject: answer for answer in answers}
    made = firings(seen(), desired or config(), known, readings, AT)
    return {one.trigger.address.name: one for one in made}


def test_a_trigger_fires_when_its_monitor_fails():
    [one] = fired(reading()).values()
    assert (one.trigger, one.rollouts, one.why, one.call) == (
        FIRES,
        (ROLLOUT,),
        "monitor.errors: 5 % against 1 %.",
        None,
    )
    assert one.answer("me", AT) == Answer(FIRES.address, Verdict.FAIL, "me", AT, UNTIL_ANSWERED, one.why)


@pytest.mark.parametrize("verdict", [one for one in Verdict if one is not Verdict.FAIL])
def test_nothing_else_fires_it(verdict):
    assert fired(reading(verdict)) == {}
    assert fired() == {}


OVER = Comparison(">", Symbol("measured"), Constant(Decimal("0.02")))


@pytest.mark.parametrize(
    ("found", "fires"),
    [
        (reading(Verdict.PASS, measured=Decimal("0.03")), True),
        (reading(Verdict.FAIL, measured=Decimal("0.03")), True),
        (reading(Verdict.FAIL, measured=Decimal("0.02")), False),
        (reading(Verdict.INCONCLUSIVE, measured=Decimal("0.03")), False),
        (reading(Verdict.PASS), False),
    ],
)
def test_a_condition_goes_by_the_numbers_alone(found, fires):
    desired = config()
    triggers = {**desired.triggers, FIRES.address: replace(FIRES, condition=OVER)}
    made = fired(found, desired=replace(desired, triggers=triggers))
    assert bool(made) is fires
    if fires:
        assert made["errors"].why == "monitor.errors: measured > 0.02 holds, with measured = 0.03."


def test_a_person_s_call_fires_until_it_is_over_or_withdrawn():
    call = Answer(CALL.address, Verdict.FAIL, "ann", AT, AT + HOUR, "500s")
    [one] = fired(answers=[call]).values()
    assert (one.why, one.call) == ("ann called it: 500s", call)
    [one] = fired(answers=[replace(call, note="")]).values()
    assert one.why == "ann called it."
    assert fired(answers=[replace(call, until=AT)]) == {}
    assert fired(answers=[replace(call, verdict=Verdict.PASS)]) == {}


def test_a_person_may_call_a_trigger_that_has_a_monitor():
    call = Answer(FIRES.address, Verdict.FAIL, "ann", AT, AT + HOUR, "I see it")
    assert fired(reading(Verdict.PASS), answers=[call])["errors"].why == "ann called it: I see it"


def test_what_a_watch_remembers_says_why_it_fired():
    kept = Answer(FIRES.address, Verdict.FAIL, "ann", AT, UNTIL_ANSWERED, "monitor.errors: 5 %.")
    assert fired(answers=[kept])["errors"].why == "monitor.errors: 5 %."
    why = fired(answers=[replace(kept, note="")])["errors"].why
    assert why == "It fired at 2026-01-27 14:00 UTC, and nobody has answered since."


def test_readings_that_are_kept():
    now = reading(Verdict.PASS)
    assert list(worth_keeping({ERRORS: now}, {})) == [now]
    assert list(worth_keeping({ERRORS: now}, {ERRORS: reading(Verdict.FAIL)})) == [now]
    assert list(worth_keeping({ERRORS: now}, {ERRORS: replace(now, at=AT - HOUR / 2)})) == []
    assert list(worth_keeping({ERRORS: now}, {ERRORS: replace(now, at=AT - HOUR)})) == [now]
