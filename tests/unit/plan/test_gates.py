"""What is looked at again before raises: it only stops."""

from dataclasses import replace
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest

from flagstaff.addresses import Address
from flagstaff.model.configuration import Policy
from flagstaff.model.evidence import Reading, Verdict
from flagstaff.model.recorded import Hold
from flagstaff.model.rollout import Freeze, Monitor, MonitorSource, Waiver, WorkingHours
from flagstaff.plan.stages.gates import closed, stopped
from flagstaff.testing import building as b

HOUR = timedelta(hours=1)
ERRORS, P = Address("monitor", "errors"), Address("product", "p")
A, FREE = b.address("a"), b.address("free")
HOLD = Hold("h", "errors", b.NOW, "ann")
FREEZE = Freeze("holidays", b.NOW, b.NOW + HOUR)
NOBODY = Policy(working_hours=WorkingHours(days=()))


def readings(verdict=Verdict.PASS):
    return {ERRORS: Reading(ERRORS, verdict, b.NOW, "It went up.")}


def configuration(**fields):
    stage = b.stage("one", "5", "a", monitors=(ERRORS,), not_before=b.NOW)
    return b.ramped(
        b.rollout("r", stage, go=["one"]),
        toggles=[b.toggle("a", product=P), b.toggle("free", "5")],
        monitors={ERRORS: Monitor(ERRORS, "Errors", MonitorSource("prometheus"))},
        **fields,
    )


@pytest.fixture
def plan():
    return b.plan(configuration(), b.snapshot(a="0", free="0"), evidence=b.at(b.NOW, readings=readings()))


def why(plan, *, now=b.NOW, policy=None, holds=None, read=None):
    given = readings() if read is None else read
    return {
        stage.name: text
        for stage, text in closed(plan.observed.gates, now, policy or Policy(), holds or {}, given, UTC).items()
    }


def test_a_gate_is_open_while_all_is_as_the_plan_saw_it(plan):
    assert why(plan) == {}


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"now": b.NOW - HOUR}, "not before 2026-01-27 14:00 UTC"),
        ({"holds": {A: HOLD}}, "toggle.a of this stage is held since the plan was made"),
        ({"read": {}}, "monitor.errors was not read"),
        ({"read": readings(Verdict.FAIL)}, "monitor.errors does not pass: It went up."),
        ({"read": readings(Verdict.INCONCLUSIVE)}, "monitor.errors does not pass: It went up."),
        ({"policy": Policy(freezes=(FREEZE,))}, 'the freeze "holidays" lasts until 2026-01-27 15:00 UTC'),
        (
            {"policy": Policy(freezes=(replace(FREEZE, products=(P,)),))},
            'the freeze "holidays" lasts until 2026-01-27 15:00 UTC',
        ),
        ({"policy": NOBODY}, "it is outside of working hours"),
    ],
)
def test_what_closes_a_gate(plan, given, text):
    assert why(plan, **given) == {"one": text}


def test_a_freeze_of_another_product_closes_nothing(plan):
    other = replace(FREEZE, products=(Address("product", "q"),))
    assert why(plan, policy=Policy(freezes=(other,))) == {}


def raises(plan, *, policy=None, holds=None, read=None):
    given = readings() if read is None else read
    return stopped(plan, plan.core.moves, b.NOW, policy or Policy(), holds or {}, given)


def test_raises_of_a_closed_stage_are_stopped_and_others_go_on(plan):
    assert raises(plan) == {}
    assert raises(plan, read={}) == {A: "monitor.errors was not read"}


def test_holds_and_the_calendar_stop_toggles_without_a_stage_too(plan):
    assert raises(plan, holds={FREE: HOLD}) == {FREE: "toggle.free is held since the plan was made"}
    assert set(raises(plan, policy=NOBODY)) == {A, FREE}
    assert set(raises(plan, policy=Policy(freezes=(replace(FREEZE, products=(P,)),)))) == {A}


def test_what_a_waiver_let_through_is_stopped_once_it_is_over():
    policy = Policy(max_raise=3, waivers=(Waiver("max raise", "agreed", b.NOW + HOUR),))
    plan = b.plan(configuration(policy=policy), b.snapshot(a="0", free="0"), evidence=b.at(b.NOW, readings=readings()))
    assert len(plan.core.moves) == 2
    assert raises(plan, policy=policy) == {}
    late = stopped(plan, plan.core.moves, b.NOW + HOUR, policy, {}, readings())
    assert late == dict.fromkeys((A, FREE), 'the waiver of "max raise" ended at 2026-01-27 15:00 UTC')


def test_a_waiver_of_a_freeze_that_is_over_too_stops_nothing():
    waiver = Waiver("freeze", "agreed", b.NOW + HOUR)
    policy = Policy(freezes=(FREEZE,), waivers=(waiver,))
    plan = b.plan(configuration(policy=policy), b.snapshot(a="0", free="0"), evidence=b.at(b.NOW, readings=readings()))
    assert stopped(plan, plan.core.moves, b.NOW + 2 * HOUR, policy, {}, readings()) == {}
    longer = replace(policy, freezes=(replace(FREEZE, end=b.NOW + 3 * HOUR),))
    assert set(stopped(plan, plan.core.moves, b.NOW + 2 * HOUR, longer, {}, readings())) == {A, FREE}


def test_a_freeze_that_is_waived_stops_nothing():
    waiver = Waiver("freeze", "agreed", b.NOW + HOUR)
    policy = Policy(freezes=(FREEZE,), waivers=(waiver,))
    plan = b.plan(configuration(policy=policy), b.snapshot(a="0", free="0"), evidence=b.at(b.NOW, readings=readings()))
    assert len(plan.core.moves) == 2
    assert raises(plan, policy=policy) == {}


def test_reasons_have_the_zone_that_is_asked_for(plan):
    zone = ZoneInfo("America/New_York")
    freeze = Freeze("holidays", b.NOW - HOUR, b.NOW + HOUR)
    found = closed(plan.observed.gates, b.NOW, Policy(freezes=(freeze,)), {}, readings(), zone)
    assert set(found.values()) == {'the freeze "holidays" lasts until 2026-01-27 10:00 EST'}
