"""What stages wait for: each check with its words, its place and when it could pass."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from flagstaff.addresses import Address
from flagstaff.diagnostics import Position, Range
from flagstaff.model.conditions import Always, Is, Not
from flagstaff.model.configuration import Experience, Settings
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.evidence import Answer, Reading, Verdict
from flagstaff.model.recorded import Hold, Recorded, StageRecord
from flagstaff.model.rollout import Baseline, Blocker, Monitor, MonitorSource, Soak, StageName, Trigger, Waiver
from flagstaff.plan.check import CheckName
from flagstaff.plan.plan import Action, Status, Waived
from flagstaff.plan.stages.meaning import in_force
from flagstaff.plan.stages.overview import refused_stages
from flagstaff.plan.stages.view import StageState
from flagstaff.testing import building as b

HOUR = timedelta(hours=1)
R = Address("rollout", "r")
A, B, C = (b.address(name) for name in "abc")
ERRORS = Address("monitor", "errors")
NEW_YORK = Settings(environment="test", timezone="America/New_York")


def place(line):
    return Range("r.hcl", Position(line, 3, line * 10), Position(line, 9, line * 10 + 6))


def name(stage):
    return StageName(R, stage)


def ramp(*stages, go=(), toggles=(), **fields):
    return b.ramped(
        b.rollout("r", *stages, go=go, go_range=place(1)), toggles=toggles, **{"settings": NEW_YORK, **fields}
    )


def ran(config, live, hours=0):
    """The store and the record once that was applied, `hours` ago."""
    return b.applied(b.plan(config, live, evidence=b.at(b.NOW - hours * HOUR)), live)


def checks(plan, toggle="a"):
    change = next(change for change in plan.observed.changes if change.address == b.address(toggle))
    return {check.name: check for check in change.checks}


def said(plan, toggle="a"):
    return {(check.name, check.verdict) for check in checks(plan, toggle).values()}


def moved(plan):
    return [(str(move.address), str(move.after), move.stage.name if move.stage else None) for move in plan.core.moves]


def stage_moves(plan):
    return [(one.stage.name, [str(t) for t in one.moves], one.partial, one.left) for one in plan.core.stages]


def state(plan, stage):
    views = [view for rollout in plan.observed.rollouts for view in rollout.stages]
    return next(view for view in views if view.stage.name == stage)


# --- one stage after the other -------------------------------------------------------------------


def test_a_stage_with_a_go_begins_with_the_moves_of_its_toggles():
    plan = b.plan(ramp(b.stage("one", "5", "a", "b"), go=["one"]), b.snapshot(a="0", b="0"))
    assert moved(plan) == [("toggle.a", "5 %", "one"), ("toggle.b", "5 %", "one")]
    assert stage_moves(plan) == [("one", ["toggle.a", "toggle.b"], False, False)]
    assert plan.core.stages[0].least == b.Exposure.parse("5")
    assert [gate.stage for gate in plan.observed.gates] == [name("one")]


def two(*go, **fields):
    soak = fields.pop("soak", Soak(24 * HOUR, 48 * HOUR))
    first = b.stage("one", "5", "a", soak=soak, soak_range=place(5))
    return ramp(first, b.stage("two", "20", "a", **fields), go=go)


def test_a_soak_that_is_not_served_says_when_it_is():
    live, record = ran(two("one"), b.snapshot(a="0"), hours=3)
    plan = b.plan(two("one", "two"), live, record)
    soak = checks(plan)[CheckName.SOAK]
    assert (soak.verdict, soak.summary, soak.range) == (Verdict.FAIL, "Soak not served", place(5))
    assert soak.label == 'earliest 2026-01-28 06:00 EST, soak 24 h of "one"'
    assert soak.earliest == b.NOW + 21 * HOUR
    assert soak.detail == (
        'Stage "two" comes after "one", which has to run for 24 h in one piece. It has run for 3 h; '
        "earliest 2026-01-28 06:00 EST, soak 24 h."
    )
    assert plan.core.moves == ()
    assert plan.blocked[0].address == A
    assert checks(plan)[CheckName.STAGE_ORDER].detail == 'after "one"'


def test_a_soak_is_served_to_the_second():
    live, record = ran(two("one"), b.snapshot(a="0"))
    assert not b.plan(
        two("one", "two"), live, record, evidence=b.at(b.NOW + 24 * HOUR - timedelta(seconds=1))
    ).core.moves
    plan = b.plan(two("one", "two"), live, record, evidence=b.at(b.NOW + 24 * HOUR))
    assert moved(plan) == [("toggle.a", "20 %", "two")]
    assert checks(plan)[CheckName.SOAK].detail == 'soak of "one" served (24 h)'
    gate = plan.observed.gates[0]
    assert (gate.not_before, gate.after, gate.toggles) == (b.NOW + 24 * HOUR, (name("one"),), (A,))


def test_without_a_soak_the_stage_before_only_has_to_be_verified_by_an_earlier_apply():
    plan = b.plan(two("one", "two", soak=None), b.snapshot(a="0"))
    order = checks(plan)[CheckName.STAGE_ORDER]
    assert (order.verdict, order.range) == (Verdict.FAIL, place(1))
    assert order.detail == (
        'Stage "two" comes after "one", which has not begun. A stage counts once all its toggles were verified in an '
        "earlier apply."
    )
    assert order.ways_out == ('take "two" out of `go` until "one" has run',)
    live, record = ran(two("one", soak=None), b.snapshot(a="0"))
    plan = b.plan(two("one", "two", soak=None), live, record)
    assert moved(plan) == [("toggle.a", "20 %", "two")]
    assert CheckName.SOAK not in checks(plan)


def test_a_stage_before_that_never_had_its_go():
    order = checks(b.plan(two("two"), b.snapshot(a="0")))[CheckName.STAGE_ORDER]
    assert 'comes after "one", which has no Go.' in order.detail
    assert order.ways_out == ('put "one" into `go` first, without "two"',)


def test_a_stage_before_that_ran_and_is_over_counts_though_it_has_no_go_any_more():
    live, record = ran(two("one"), b.snapshot(a="0"), hours=30)
    assert moved(b.plan(two("two"), live, record)) == [("toggle.a", "20 %", "two")]


def test_a_stage_before_whose_toggles_are_not_all_there_yet():
    first = b.stage("one", "5", "a", "b")
    record = replace(
        b.recorded(a="5", b="0"), stages={name("one"): StageRecord((A, B), b.Exposure.parse("5"), started=b.NOW)}
    )
    plan = b.plan(ramp(first, b.stage("two", "20", "a"), go=["one", "two"]), b.snapshot(a="5", b="0"), record)
    assert "which has begun, and not all of its toggles are there yet." in checks(plan)[CheckName.STAGE_ORDER].detail
    assert state(plan, "one").state is StageState.STARTED
    assert stage_moves(plan) == [("one", ["toggle.b"], False, False)]


def test_an_undecided_soak_blocks_what_comes_after_it():
    soak = OpenDecision("monitoring period before 20 %", place(5), Address("role", "po"))
    live, record = ran(two("one", soak=soak), b.snapshot(a="0"))
    plan = b.plan(two("one", "two", soak=soak), live, record)
    check = checks(plan)[CheckName.DECISION]
    assert (check.verdict, check.range, check.label) == (Verdict.UNDECIDED, place(5), "owner: role.po")
    assert check.detail == (
        'Nobody has chosen yet: monitoring period before 20 %. Stage "two" comes after "one", and nobody knows for how '
        "long that runs."
    )
    assert state(plan, "one").served_at is None


def test_a_stage_whose_toggles_are_there_already_begins_without_a_move():
    plan = b.plan(ramp(b.stage("one", "5", "a"), go=["one"]), b.snapshot(a="5"))
    assert plan.core.moves == ()
    assert stage_moves(plan) == [("one", [], False, False)]
    assert plan.has_changes
    assert plan.observed.gates[0].toggles == ()


def test_a_stage_that_moves_nothing_begins_once_what_is_before_it_is_served():
    config = lambda *go: ramp(b.stage("one", "5", "a", soak=Soak(HOUR)), b.stage("nudge"), go=go)  # noqa: E731 - twice
    live, record = ran(config("one"), b.snapshot(a="0"))
    early = b.plan(config("one", "nudge"), live, record)
    assert early.core.stages == ()
    assert [str(view.stage) for view in refused_stages(early)] == ["rollout.r.stage.nudge"]
    plan = b.plan(config("one", "nudge"), live, record, evidence=b.at(b.NOW + HOUR))
    assert stage_moves(plan) == [("nudge", [], False, False)]
    _, record = b.applied(plan, live, record)
    after = b.plan(config("one", "nudge"), live, record, evidence=b.at(b.NOW + 2 * HOUR))
    assert not after.has_changes
    assert after.observed.rollouts[0].complete


def test_a_rollout_whose_toggles_went_down_is_not_complete_though_its_last_stage_moves_nothing():
    stages = b.stage("one", "5", "a", "c"), b.stage("two", "20", "a"), b.stage("nudge")
    live, record = b.snapshot(a="0", c="0"), Recorded()
    for hour, go in enumerate((["one"], ["one", "two"], ["one", "two", "nudge"])):
        plan = b.plan(ramp(*stages, go=go), live, record, evidence=b.at(b.NOW + hour * HOUR))
        live, record = b.applied(plan, live, record)
    (view,) = b.plan(ramp(*stages, go=go), live, record).observed.rollouts
    assert (view.at, view.complete) == ("nudge", True)
    # Where a later stage has it, its being below counts there: "one" stands, too.
    (view,) = b.plan(ramp(*stages, go=go), b.snapshot(a="0", c="5"), record).observed.rollouts
    assert (view.at, view.complete) == ("two", False)
    (view,) = b.plan(ramp(*stages, go=go), b.snapshot(a="20", c="0"), record).observed.rollouts
    assert (view.at, view.complete) == ("one", False)


def test_a_stage_of_another_meaning_that_was_higher_does_not_keep_a_rollout_from_being_complete():
    stages = b.stage("lh", "20", "a", meaning="LH"), b.stage("scdf", "5", "a", meaning="SCDF")
    live, record = b.snapshot(a="0"), Recorded()
    for hour, go in enumerate((["lh"], ["lh", "scdf"])):
        plan = b.plan(ramp(*stages, go=go), live, record, evidence=b.at(b.NOW + hour * HOUR))
        live, record = b.applied(plan, live, record)
    (view,) = b.plan(ramp(*stages, go=go), live, record).observed.rollouts
    assert state(b.plan(ramp(*stages, go=go), live, record), "lh").state is StageState.STOPPED
    assert (view.at, view.complete) == ("scdf", True)


def test_a_stage_begins_in_part_where_a_toggle_of_it_stays_behind():
    config = ramp(
        b.stage("one", "5", "a", "b"),
        b.stage("two", "20", "a"),
        go=["one"],
        toggles=[b.toggle("b", requires=["c"]), b.toggle("c", "0")],
    )
    plan = b.plan(config, b.snapshot(a="0", b="0", c="0"))
    assert moved(plan) == [("toggle.a", "5 %", "one")]
    assert stage_moves(plan) == [("one", ["toggle.a"], True, False)]
    live, record = b.applied(plan, b.snapshot(a="0", b="0", c="0"))
    assert b.plan(config, live, record).core.stages == ()


# --- losing the Go -------------------------------------------------------------------------------


def test_what_lost_its_last_stage_goes_to_0_and_what_never_had_one_is_left_as_found():
    config = lambda *go: ramp(b.stage("one", "5", "a"), b.stage("two", "5", "b"), go=go)  # noqa: E731 - twice
    live, record = ran(config("one"), b.snapshot(a="0", b="25"))
    plan = b.plan(config(), live, record)
    assert moved(plan) == [("toggle.a", "0 %", None)]
    assert stage_moves(plan) == [("one", [], False, True)]
    change = next(change for change in plan.observed.changes if change.address == A)
    assert (change.status, change.range) == (Status.ALLOWED, place(1))
    assert plan.observed.applied["toggles"]["toggle.a"]["exposure"] == "0"
    assert plan.observed.applied["toggles"]["toggle.b"]["exposure"] is None
    live, record = b.applied(plan, live, record)
    assert not b.plan(config(), live, record).has_changes


def test_a_rollout_that_is_gone_leaves_its_toggles_and_its_stages():
    live, record = ran(ramp(b.stage("one", "5", "a"), go=["one"]), b.snapshot(a="0"))
    plan = b.plan(b.desired(b.toggle("a")), live, record)
    assert plan.core.moves == ()
    assert stage_moves(plan) == [("one", [], False, True)]


# --- numbers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("live", "moves"), [("1", 0), ("3", 0), ("5", 0), ("0.5", 1), ("6", 1)])
def test_anything_between_is_as_declared_and_moves_go_to_the_upper_end(live, moves):
    plan = b.plan(ramp(b.stage("one", ("1", "5"), "a"), go=["one"]), b.snapshot(a=live))
    assert [str(move.after) for move in plan.core.moves] == ["5 %"] * moves
    assert [(record.action, str(record.exposure)) for record in plan.core.records] == (
        [] if moves else [(Action.ADOPT, f"{live} %")]
    )
    assert plan.core.stages[0].least == b.Exposure.parse("1")


def test_a_value_between_stays_when_it_is_recorded():
    config = ramp(b.stage("one", ("1", "5"), "a"), go=["one"])
    live, record = ran(config, b.snapshot(a="3"))
    assert not b.plan(config, live, record).has_changes


def test_a_stage_s_own_limit_stands_for_the_policy_s():
    wide = ramp(b.stage("one", "60", "a", max_raise=70_000), go=["one"], policy=b.policy("50"))
    plan = b.plan(wide, b.snapshot(a="0"))
    assert len(plan.core.moves) == 1
    assert checks(plan)[CheckName.MAX_RAISE].detail == "60 points: its stage allows 70, the policy 50"
    narrow = ramp(b.stage("one", "20", "a", max_raise=10_000, range=place(3)), go=["one"], policy=b.policy("50"))
    check = checks(b.plan(narrow, b.snapshot(a="0")))[CheckName.MAX_RAISE]
    assert check.detail == 'From 0 % to 20 % are 20 points; stage "one" allows 10 in one plan.'
    assert (check.range, check.ways_out[1]) == (place(3), "or raise the stage's `max_raise`")
    none = ramp(b.stage("one", "60", "a"), go=["one"], policy=b.policy("50"))
    ways = checks(b.plan(none, b.snapshot(a="0")))[CheckName.MAX_RAISE].ways_out
    assert ways[:2] == ("go in smaller steps", 'or give stage "one" a `max_raise` of its own')
    alone = b.plan(ramp(b.stage("one", "60", "a", max_raise=70_000), go=["one"]), b.snapshot(a="0"))
    assert CheckName.MAX_RAISE not in checks(alone)


# --- dates and decisions -------------------------------------------------------------------------


def test_a_stage_that_may_not_begin_yet_says_when_in_the_configuration_s_zone():
    when = datetime(2026, 1, 28, 5, 0, tzinfo=UTC)
    config = ramp(b.stage("one", "5", "a", not_before=when, not_before_range=place(4)), go=["one"])
    check = checks(b.plan(config, b.snapshot(a="0")))[CheckName.NOT_BEFORE]
    assert (check.verdict, check.range, check.earliest) == (Verdict.FAIL, place(4), when)
    assert check.detail == 'Stage "one" may not begin before 2026-01-28 00:00 EST.'
    plan = b.plan(config, b.snapshot(a="0"), evidence=b.at(when))
    assert checks(plan)[CheckName.NOT_BEFORE].detail == "not before 2026-01-28"
    assert plan.observed.gates[0].not_before == when


def test_a_date_with_a_time_is_said_with_it():
    config = ramp(b.stage("one", "5", "a", not_before=b.NOW), go=["one"])
    assert checks(b.plan(config, b.snapshot(a="0")))[CheckName.NOT_BEFORE].detail == "not before 2026-01-27 09:00 EST"


def test_undecided_values_block_the_stage_that_needs_them_and_no_other():
    share, date, other = (OpenDecision(why, place(line)) for line, why in enumerate(("share", "date", "who agrees"), 5))
    own = OpenDecision("how long", place(9))
    stage = b.stage("two", share, "b", not_before=date, soak=own, open_decisions=(share, date, other, own))
    plan = b.plan(ramp(b.stage("one", "5", "a"), stage, go=["one", "two"]), b.snapshot(a="0", b="0"))
    assert moved(plan) == [("toggle.a", "5 %", "one")]
    (refused,) = refused_stages(plan)
    found = [check.detail.partition(".")[0] for check in refused.checks if check.verdict is Verdict.UNDECIDED]
    assert found == [f"Nobody has chosen yet: {why}" for why in ("share", "date", "who agrees")]
    assert refused.exposure is None


def test_what_is_undecided_in_a_blocker_or_a_monitor_is_said_by_its_own_check():
    status = OpenDecision("is it ready?", place(7), place="blocker.vista")
    stage = b.stage("one", "5", "a", blocked_by=(Address("blocker", "vista"),), open_decisions=(status,))
    config = ramp(stage, go=["one"], blockers={Address("blocker", "vista"): blocker(status="pending")})
    assert said(b.plan(config, b.snapshot(a="0"))) == {(CheckName.BLOCKER, Verdict.FAIL)}
    share = OpenDecision("~X %", place(8), place="local.baseline")
    measured = b.stage("one", "5", "a", monitors=(ERRORS,), open_decisions=(replace(share, owner=b.OWNER),))
    config = ramp(measured, go=["one"], monitors={ERRORS: Monitor(ERRORS, "Errors", share)})
    assert said(b.plan(config, b.snapshot(a="0"))) == {(CheckName.MONITOR, Verdict.UNDECIDED)}


# --- evidence ------------------------------------------------------------------------------------


def blocked_by(*blockers, go=("one",)):
    stage = b.stage("one", "5", "a", blocked_by=tuple(blocker.address for blocker in blockers))
    return ramp(stage, go=go, blockers={blocker.address: blocker for blocker in blockers})


def blocker(name="vista", status="in_progress", **fields):
    return Blocker(Address("blocker", name), "Validation is done", status, **fields)


def test_an_open_blocker_blocks():
    config = blocked_by(blocker(owner=Address("role", "po"), status_range=place(7), note="Or people see old data"))
    check = checks(b.plan(config, b.snapshot(a="0")))[CheckName.BLOCKER]
    assert (check.verdict, check.range, check.of) == (Verdict.FAIL, place(7), Address("blocker", "vista"))
    assert check.detail == 'Stage "one" waits for blocker.vista ("Validation is done"), which is in progress.'
    assert (check.label, check.why) == ("in progress; owner: role.po", "Or people see old data")


def test_each_blocker_has_its_own_check():
    config = blocked_by(blocker("x", "complete"), blocker("y"), blocker("z", "pending", blocking=False))
    plan = b.plan(config, b.snapshot(a="0"))
    found = [(check.verdict, str(check.of)) for change in plan.observed.changes for check in change.checks]
    assert found == [(Verdict.PASS, "blocker.x"), (Verdict.FAIL, "blocker.y")]


def test_a_blocker_that_this_plan_completes_and_raises_on_at_once_is_warned_of():
    live, record = ran(blocked_by(blocker()), b.snapshot(a="0"))
    assert live.toggles["a_enabled"] == b.raw("0")
    plan = b.plan(blocked_by(blocker(status="complete", evidence="the record")), live, record)
    (warning,) = plan.observed.warnings
    assert warning.summary == "Blocker completed and raised on at once"
    assert warning.detail == (
        'blocker.vista ("Validation is done") was open at the last apply, and this change completes it and raises '
        "toggle.a. Whoever approves this should have seen the evidence: the record."
    )
    waiting = blocked_by(blocker(status="complete"), go=())
    assert b.plan(waiting, live, record).observed.warnings == ()
    fresh = b.plan(blocked_by(blocker("new", "complete")), live, record)
    assert fresh.observed.warnings == ()


@pytest.mark.parametrize("share", ["5", "2"])
def test_a_blocker_that_this_plan_completes_for_a_stage_that_raises_nothing_is_warned_of(share):
    def config(status, *go):
        scdf = b.stage("scdf", share, "a", meaning="SCDF", blocked_by=(Address("blocker", "vista"),))
        known = blocker(status=status)
        return ramp(b.stage("lh", "5", "a", meaning="LH"), scdf, go=go, blockers={known.address: known})

    live, record = ran(config("pending", "lh"), b.snapshot(a="0"))
    (warning,) = b.plan(config("complete", "lh", "scdf"), live, record).observed.warnings
    assert warning.summary == "Blocker completed and relied on at once"
    assert "this change completes it and begins rollout.r.stage.scdf. Whoever" in warning.detail
    assert b.plan(config("complete", "lh"), live, record).observed.warnings == ()
    assert b.plan(config("complete"), live, record).observed.warnings == ()


def monitored(**fields):
    given = {"source": MonitorSource("prometheus"), **fields}
    stage = b.stage("one", "5", "a", monitors=(ERRORS,))
    return ramp(
        stage,
        b.stage("two", "20", "a", monitors=(ERRORS,)),
        go=["one"],
        monitors={ERRORS: Monitor(ERRORS, "Errors", **given)},
    )


def reading(verdict, reason="0.3 %: as before"):
    return {ERRORS: Reading(ERRORS, verdict, b.NOW, reason, measured=Decimal("0.003"))}


@pytest.mark.parametrize(
    ("verdict", "shown"),
    [
        (Verdict.FAIL, Verdict.FAIL),
        (Verdict.INCONCLUSIVE, Verdict.INCONCLUSIVE),
        (Verdict.UNDECIDED, Verdict.UNDECIDED),
        (Verdict.PENDING, Verdict.INCONCLUSIVE),
    ],
)
def test_only_a_monitor_that_passes_lets_a_raise_through(verdict, shown):
    plan = b.plan(monitored(), b.snapshot(a="0"), evidence=b.at(b.NOW, readings=reading(verdict, "It went up.")))
    check = checks(plan)[CheckName.MONITOR]
    assert (check.verdict, check.of) == (shown, ERRORS)
    assert check.detail == 'Stage "one" waits for monitor.errors. It went up.'
    assert plan.core.moves == ()


def test_a_monitor_that_passes_is_looked_at_again_by_apply():
    plan = b.plan(monitored(), b.snapshot(a="0"), evidence=b.at(b.NOW, readings=reading(Verdict.PASS)))
    assert checks(plan)[CheckName.MONITOR].detail == "monitor errors: 0.3 %: as before"
    assert plan.observed.gates[0].monitors == (ERRORS,)
    assert plan.observed.monitors["monitor.errors"]["source"] == {
        "kind": "prometheus",
        "settings": {},
        "credentials": [],
    }
    assert plan.observed.readings == tuple(reading(Verdict.PASS).values())


def test_a_monitor_that_fails_says_where_to_look_and_what_is_concerning():
    config = monitored(where="the SCDF dashboard", concerning="Any increase")
    plan = b.plan(config, b.snapshot(a="0"), evidence=b.at(b.NOW, readings=reading(Verdict.FAIL)))
    check = checks(plan)[CheckName.MONITOR]
    assert check.why == "Any increase"
    assert check.ways_out[0].startswith("find out why (the SCDF dashboard)")


@pytest.mark.parametrize(
    ("unread", "text"), [("", "It was not read."), ("-no-network was given.", "-no-network was given.")]
)
def test_a_monitor_that_was_not_read_is_inconclusive(unread, text):
    check = checks(b.plan(monitored(), b.snapshot(a="0"), evidence=b.at(b.NOW, unread=unread)))[CheckName.MONITOR]
    assert (check.verdict, check.summary) == (Verdict.INCONCLUSIVE, "Monitor is inconclusive")
    assert check.detail.endswith(text)


@pytest.mark.parametrize("part", ["source", "pass_when", "baseline"])
def test_an_undecided_monitor_is_undecided_whatever_was_read(part):
    open_ = OpenDecision("~X %", place(8))
    config = monitored(**{part: Baseline(value=open_) if part == "baseline" else open_})
    plan = b.plan(config, b.snapshot(a="0"), evidence=b.at(b.NOW, readings=reading(Verdict.PASS)))
    check = checks(plan)[CheckName.MONITOR]
    assert (check.verdict, check.summary) == (Verdict.UNDECIDED, "Monitor is not decided")
    assert check.detail.endswith("Nobody has chosen yet: ~X %.")


def test_before_traffic_a_monitor_can_be_skipped_and_is_not_asked_again_by_apply():
    plan = b.plan(monitored(before_traffic="skip"), b.snapshot(a="0"))
    assert checks(plan)[CheckName.MONITOR].detail == "monitor errors skipped: no toggle of the rollout is up yet"
    assert plan.observed.gates[0].monitors == ()
    assert plan.observed.rollouts[0].monitors == (ERRORS,)
    up = b.plan(monitored(before_traffic="skip"), b.snapshot(a="1"))
    assert checks(up)[CheckName.MONITOR].verdict is Verdict.INCONCLUSIVE


CALL = Address("trigger", "new_errors")


@pytest.mark.parametrize(
    ("verdict", "hours", "blocks"), [(Verdict.FAIL, 1, True), (Verdict.FAIL, 0, False), (Verdict.PASS, 1, False)]
)
def test_a_trigger_that_a_person_called_blocks_while_the_call_counts(verdict, hours, blocks):
    trigger = Trigger(CALL, "New class of errors", reason="Unknown failure mode")
    config = ramp(b.stage("one", "5", "a", triggers=(CALL,)), go=["one"], triggers={CALL: trigger})
    answer = Answer(CALL, verdict, "ann", b.NOW - HOUR, b.NOW + hours * HOUR, "time-outs")
    plan = b.plan(config, b.snapshot(a="0"), replace(b.recorded(), answers={CALL: answer}))
    assert bool(plan.blocked) == blocks
    if blocks:
        check = checks(plan)[CheckName.TRIGGER]
        assert check.detail == (
            'ann called trigger.new_errors ("New class of errors") at 2026-01-27 08:00 EST: time-outs.'
        )
        assert check.ways_out[0] == "roll back: flagstaff rollback -rollout r"


def test_an_approval_is_waited_for_by_moves_and_by_the_stage():
    config = ramp(b.stage("one", "5", "a", approvals=(b.OWNER,)), go=["one"], **b.owned("po ssh-ed25519 AAAA"))
    plan = b.plan(config, b.snapshot(a="0"))
    check = checks(plan)[CheckName.APPROVAL]
    assert (check.verdict, check.detail) == (Verdict.PENDING, 'role.owner must agree before stage "one" begins.')
    assert check.ways_out == ("flagstaff approve PLAN -as owner",)
    assert plan.core.moves[0].approvals == plan.core.stages[0].approvals == (b.OWNER,)


def test_an_approval_by_a_role_that_names_nobody_can_not_be_given():
    config = ramp(b.stage("one", "5", "a", approvals=(b.OWNER,)), go=["one"], **b.owned())
    plan = b.plan(config, b.snapshot(a="0"))
    assert "no signer or team is recorded" in checks(plan)[CheckName.APPROVAL].detail
    assert plan.core.moves[0].approvals == (Address("role", "none"),)


# --- waivers of a stage that moves nothing -------------------------------------------------------


def test_a_stage_that_moves_nothing_begins_by_its_own_waiver():
    until = b.NOW + 24 * HOUR
    waiver = Waiver("blocker", "accepted by everybody", until)
    stage = b.stage("nudge", blocked_by=(Address("blocker", "vista"),), waivers=(waiver,), approvals=(b.OWNER,))
    config = ramp(
        stage, go=["nudge"], blockers={Address("blocker", "vista"): blocker()}, **b.owned("po ssh-ed25519 AAAA")
    )
    plan = b.plan(config, b.snapshot())
    assert stage_moves(plan) == [("nudge", [], False, False)]
    assert plan.core.waived == (
        Waived("rollout.r.stage.nudge", CheckName.BLOCKER, "accepted by everybody", until, b.OWNER),
    )
    assert plan.core.stages[0].approvals == (b.OWNER,)
    assert plan.observed.gates[0].not_before is None


# --- holds and drift -----------------------------------------------------------------------------


def test_a_held_toggle_waits_for_its_release_and_for_nothing_else():
    live, record = ran(two("one"), b.snapshot(a="0"), hours=30)
    held = replace(record, holds={A: Hold("h", "errors", b.NOW, "ann")})
    plan = b.plan(two("one", "two"), live, held)
    assert said(plan) == {(CheckName.HOLD, Verdict.PENDING)}
    assert not plan.core.stages
    assert state(plan, "one").state is StageState.STOPPED
    assert refused_stages(plan) == ()


def stopped(**fields):
    return StageRecord(
        (A,), b.Exposure.parse("5"), started=b.NOW - 50 * HOUR, stopped="toggle.a went down to 0 %", **fields
    )


@pytest.mark.parametrize(("hours", "moves"), [(24, 1), (23, 0)])
def test_a_soak_that_was_served_once_is_served_for_ever(hours, moves):
    record = replace(b.recorded(a="0"), stages={name("one"): stopped(served=hours * HOUR)})
    plan = b.plan(two("one", "two"), b.snapshot(a="0"), record)
    assert len(plan.core.moves) == moves
    if not moves:
        assert (
            "whose clock stands (toggle.a went down to 0 %; it ran 23 h in one piece)"
            in checks(plan)[CheckName.STAGE_ORDER].detail
        )
    else:
        assert any(note.startswith("same people") for change in plan.observed.changes for note in change.notes)
        assert stage_moves(plan) == [("one", ["toggle.a"], False, False), ("two", ["toggle.a"], False, False)]
        assert [gate.stage.name for gate in plan.observed.gates] == ["two"]


def test_what_a_hand_turned_down_stops_the_clock_and_the_stage_starts_anew():
    live, record = ran(two("one"), b.snapshot(a="0"), hours=30)
    live = replace(live, toggles={"a_enabled": b.raw("2")})
    plan = b.plan(two("one", "two"), live, record)
    one = state(plan, "one")
    assert (one.state, one.served_at) == (StageState.STOPPED, None)
    order = next(check for check in state(plan, "two").checks if check.name is CheckName.STAGE_ORDER)
    assert "toggle.a is at 2 %, and counts from 5 % on; it ran 0 s in one piece" in order.detail
    gone = replace(live, toggles={})
    (one, two_) = b.plan(two("one", "two"), gone, record).observed.rollouts[0].stages
    assert any("toggle.a is not in the store" in check.detail for check in two_.checks)


def test_until_its_last_known_change_a_toggle_was_as_it_was_applied():
    """The store says when the hand was there: until then the clock went."""
    live, record = ran(two("one"), b.snapshot(a="0"), hours=30)
    changed = {"a_enabled": b.NOW - 4 * HOUR}
    live = replace(live, toggles={"a_enabled": b.raw("2")}, changed_at=changed)
    plan = b.plan(two("one", "two"), live, record)
    assert state(plan, "one").served_at == b.NOW - 6 * HOUR
    assert CheckName.STAGE_ORDER not in {check.name for check in state(plan, "two").checks}


def test_expected_drift_stops_no_clock():
    config = ramp(b.stage("one", "5", "a"), go=["one"], toggles=[b.toggle("a", expect_drift=True)])
    live, record = ran(config, b.snapshot(a="0"), hours=3)
    plan = b.plan(config, replace(live, toggles={"a_enabled": b.raw("0")}), record)
    assert state(plan, "one").state is StageState.SERVED
    assert moved(plan) == [("toggle.a", "5 %", "one")]
    assert plan.core.stages == ()


def test_more_toggles_or_a_higher_share_make_it_another_stage():
    live, record = ran(blocked_by(go=("one",)), b.snapshot(a="0", b="0"), hours=3)
    for stage in (b.stage("one", "5", "a", "b"), b.stage("one", "20", "a")):
        config = ramp(
            replace(stage, blocked_by=(Address("blocker", "vista"),)),
            go=["one"],
            blockers={Address("blocker", "vista"): blocker()},
        )
        plan = b.plan(config, live, record)
        assert plan.core.moves == ()
        assert len(plan.blocked) == 1
    fewer = ramp(b.stage("one", "2", "a"), go=["one"])
    assert moved(b.plan(fewer, live, record)) == [("toggle.a", "2 %", "one")]


# --- meaning -------------------------------------------------------------------------------------


def meanings(*go, second="2", **fields):
    first = b.stage("lh", "5", "a", meaning="LH")
    return ramp(first, b.stage("scdf", second, "a", meaning="SCDF", **fields), go=go)


def test_another_meaning_is_checked_though_the_number_falls():
    live, record = ran(meanings("lh"), b.snapshot(a="0"), hours=3)
    until = b.NOW + 24 * HOUR
    plan = b.plan(meanings("lh", "scdf", not_before=until), live, record)
    assert said(plan) == {(CheckName.STAGE_ORDER, Verdict.PASS), (CheckName.NOT_BEFORE, Verdict.FAIL)}
    assert plan.core.moves == ()
    plan = b.plan(meanings("lh", "scdf"), live, record)
    assert moved(plan) == [("toggle.a", "2 %", "scdf")]
    notes = plan.observed.changes[0].notes
    assert notes == ('new people: it means "SCDF" from now on, and meant "LH"',)
    assert [one.stage.name for one in plan.core.stages] == ["scdf"]


def test_going_back_to_a_meaning_that_it_had_is_free_downwards():
    live, record = ran(meanings("lh"), b.snapshot(a="0"), hours=9)
    first = b.plan(meanings("lh", "scdf", second="20"), live, record, evidence=b.at(b.NOW - 3 * HOUR))
    live, record = b.applied(first, live, record)
    back = b.plan(meanings("lh", second="20"), live, record)
    assert moved(back) == [("toggle.a", "5 %", "lh")]
    assert back.observed.changes[0].notes == ()
    assert stage_moves(back) == [("scdf", [], False, True)]


def test_in_force_was_the_stage_that_began_last():
    first = StageRecord((A,), meaning="LH", started=b.NOW)
    second = StageRecord((A, B), meaning="SCDF", started=b.NOW - HOUR)
    unknown = StageRecord((C,))
    found = in_force({name("a"): first, name("b"): second, name("c"): unknown}, {B: C})
    assert found == {A: (name("a"), first), C: (name("b"), second)}


def test_the_same_stage_with_another_meaning_begins_again():
    live, record = ran(ramp(b.stage("one", "5", "a"), go=["one"]), b.snapshot(a="0"), hours=3)
    plan = b.plan(ramp(b.stage("one", "5", "a", meaning="SCDF"), go=["one"]), live, record)
    assert stage_moves(plan) == [("one", [], False, False)]
    assert plan.core.stages[0].meaning == "SCDF"
    raised = b.plan(ramp(b.stage("one", "20", "a", meaning="SCDF"), go=["one"]), live, record)
    assert raised.observed.changes[0].notes == (
        'new people: it means "SCDF" from now on, and meant nothing in particular',
    )


def test_a_lower_that_gives_people_something_is_checked_when_its_stage_is_new():
    experience = Experience(Address("experience", "old"), "Old", Not(Is(A)))
    config = ramp(
        b.stage("one", "5", "a", not_before=b.NOW + HOUR), go=["one"], experiences={experience.address: experience}
    )
    plan = b.plan(config, b.snapshot(a="20"))
    assert (CheckName.NOT_BEFORE, Verdict.FAIL) in said(plan)


# --- targets, views ------------------------------------------------------------------------------


def test_target_and_exclude_leave_the_other_stages_out():
    live = b.snapshot(a="5", b="0", c="0")
    config = b.ramped(
        b.rollout("r", b.stage("one", "5", "a"), go=["one"]),
        b.rollout("s", b.stage("two", "5", "b"), go=["two"]),
        b.rollout("t", b.stage("nudge"), go=["nudge"]),
    )
    assert [one.stage.name for one in b.plan(config, live).core.stages] == ["one", "two", "nudge"]
    assert [one.stage.name for one in b.plan(config, live, targets=frozenset({B})).core.stages] == ["two"]
    assert [one.stage.name for one in b.plan(config, live, excludes=frozenset({B})).core.stages] == ["one", "nudge"]


def test_refresh_only_begins_nothing():
    plan = b.plan(ramp(b.stage("one", "5", "a"), go=["one"]), b.snapshot(a="5"), refresh_only=True)
    assert plan.core.stages == ()
    assert plan.observed.rollouts[0].next == "one"


def test_where_a_rollout_is():
    live, record = ran(two("one"), b.snapshot(a="0"), hours=3)
    (view,) = b.plan(two("one"), live, record).observed.rollouts
    assert (view.at, view.next, view.complete, view.range) == ("one", "two", False, place(1))
    one, then = view.stages
    assert (one.state, one.since, one.served_at) == (StageState.RUNNING, b.NOW - 3 * HOUR, b.NOW + 21 * HOUR)
    assert (then.state, then.go, [check.name for check in then.checks]) == (StageState.WAITING, False, [CheckName.SOAK])
    late = b.plan(two("one"), live, record, evidence=b.at(b.NOW + 22 * HOUR)).observed.rollouts[0]
    assert late.stages[0].state is StageState.SERVED
    assert b.plan(two(), live, record).observed.rollouts[0].stages[0].state is StageState.LEFT


def test_a_stage_that_lost_its_go_comes_next_again():
    live, record = ran(two("one"), b.snapshot(a="0"), hours=60)
    live, record = b.applied(b.plan(two("one", "two"), live, record), live, record)
    left = b.plan(two("one"), live, record)
    assert [(view.at, view.next, view.complete) for view in left.observed.rollouts] == [("one", "two", False)]
    assert [warning.summary for warning in left.observed.warnings] == ["Soak over its maximum"]
    assert [(view.at, view.next) for view in b.plan(two(), live, record).observed.rollouts] == [("", "one")]
    assert b.plan(two("two"), live, record).observed.rollouts[0].next == ""


def test_a_soak_over_its_maximum_is_warned_of_until_something_after_it_has_begun():
    live, record = ran(two("one"), b.snapshot(a="0"), hours=50)
    (warning,) = b.plan(two("one"), live, record).observed.warnings
    assert warning.summary == "Soak over its maximum"
    assert warning.detail == (
        'Stage "one" of rollout.r runs since 2026-01-25 07:00 EST, for 2 d 2 h; its soak should end after 48 h. '
        "Decide whether it goes on or back."
    )
    plan = b.plan(two("one", "two"), live, record)
    live, record = b.applied(plan, live, record)
    assert b.plan(two("one", "two"), live, record).observed.warnings == ()


def test_the_last_stage_of_a_rollout_may_run_for_ever():
    config = ramp(b.stage("one", "100", "a", soak=Soak(24 * HOUR, 48 * HOUR)), go=["one"])
    live, record = ran(config, b.snapshot(a="0"), hours=500)
    plan = b.plan(config, live, record)
    assert plan.observed.rollouts[0].complete
    assert plan.observed.warnings == ()


def test_a_stage_that_lists_unknown_things_is_checked_for_the_rest():
    """Configurations are checked before; what is remembered of one may lack something."""
    stage = b.stage("one", "5", "a", blocked_by=(Address("blocker", "x"),), monitors=(ERRORS,), triggers=(CALL,))
    assert moved(b.plan(ramp(stage, go=["one"]), b.snapshot(a="0"))) == [("toggle.a", "5 %", "one")]


def test_a_monitor_s_condition_is_written_down_with_it():
    config = monitored(pass_when=Always(True), pass_when_text="true", baseline=Baseline(7 * 24 * HOUR, Decimal("0.4")))
    document = b.plan(config, b.snapshot(a="0"), Recorded()).observed.applied["monitors"]["monitor.errors"]
    assert document["baseline"] == {"window": 604800.0, "value": "0.4"}
