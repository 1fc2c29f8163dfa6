"""Freezes and working hours: no raise starts in the one, or outside of the other; going down is free."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from flagstaff.addresses import Address
from flagstaff.model.conditions import Is, Not
from flagstaff.model.configuration import Experience, Policy, Settings
from flagstaff.model.evidence import Verdict
from flagstaff.model.recorded import Hold
from flagstaff.model.rollout import Freeze, WorkingHours
from flagstaff.plan.check import CheckName
from flagstaff.plan.stages.calendar import is_open, next_opening
from flagstaff.plan.stages.overview import refused_stages
from flagstaff.testing import building as b

P, Q = Address("product", "p"), Address("product", "q")
DAY = timedelta(days=1)
HOLIDAYS = Freeze("holidays", b.NOW - DAY, b.NOW + DAY, "holiday freeze")
OFFICE = WorkingHours(timezone="America/New_York", holidays=("2026-01-28",))


def planned(policy, live="0", *, product=None, wanted="5", record=None, **fields):
    config = b.desired(b.toggle("a", wanted, product=product), policy=policy, **fields)
    return b.plan(config, b.snapshot(a=live), record)


def found(plan, name):
    return next((check for change in plan.observed.changes for check in change.checks if check.name is name), None)


def test_a_freeze_stops_raises_and_says_until_when():
    settings = Settings(environment="test", timezone="America/New_York")
    plan = planned(Policy(freezes=(HOLIDAYS,)), settings=settings)
    check = found(plan, CheckName.FREEZE)
    assert (check.verdict, check.earliest, check.why) == (Verdict.FAIL, b.NOW + DAY, "holiday freeze")
    assert check.detail == (
        'The freeze "holidays" lasts from 2026-01-26 09:00 EST to 2026-01-28 09:00 EST: no raise starts in it.'
    )
    assert check.label == "earliest 2026-01-28 09:00 EST"
    assert plan.core.moves == ()


def test_going_down_is_free_in_a_freeze():
    assert len(planned(Policy(freezes=(HOLIDAYS,)), "20").core.moves) == 1


def test_a_lower_that_gives_people_something_waits_as_a_raise_does():
    experience = Experience(Address("experience", "old"), "Old", Not(Is(b.address("a"))))
    plan = planned(Policy(freezes=(HOLIDAYS,)), "20", experiences={experience.address: experience})
    assert plan.core.moves == ()


@pytest.mark.parametrize(("product", "stops"), [(P, True), (Q, False), (None, False)])
def test_a_freeze_may_be_of_some_products_only(product, stops):
    plan = planned(Policy(freezes=(replace(HOLIDAYS, products=(P,)),)), product=product)
    assert (found(plan, CheckName.FREEZE) is not None) == stops


@pytest.mark.parametrize(("start", "end"), [(DAY, 2 * DAY), (-2 * DAY, timedelta(0))])
def test_a_freeze_begins_with_its_first_moment_and_ends_before_its_last(start, end):
    freeze = replace(HOLIDAYS, start=b.NOW + start, end=b.NOW + end)
    assert found(planned(Policy(freezes=(freeze,))), CheckName.FREEZE) is None


def test_a_held_toggle_says_nothing_of_freezes():
    record = replace(b.recorded(a="0"), holds={b.address("a"): Hold("h", "errors", b.NOW, "ann")})
    assert found(planned(Policy(freezes=(HOLIDAYS,)), record=record), CheckName.FREEZE) is None


def test_a_stage_that_moves_nothing_does_not_begin_in_a_freeze():
    config = b.ramped(b.rollout("r", b.stage("nudge"), go=["nudge"], product=P), policy=Policy(freezes=(HOLIDAYS,)))
    plan = b.plan(config, b.snapshot())
    assert [check.name for view in refused_stages(plan) for check in view.checks] == [CheckName.FREEZE]
    assert plan.core.stages == ()


# 14:00 UTC is 09:00 in New York, where offices open.
def test_raises_start_in_working_hours_only():
    assert found(planned(Policy(working_hours=OFFICE)), CheckName.WORKING_HOURS) is None
    config = b.desired(b.toggle("a", "5"), policy=Policy(working_hours=OFFICE))
    plan = b.plan(config, b.snapshot(a="0"), evidence=b.at(b.NOW - timedelta(minutes=1)))
    check = found(plan, CheckName.WORKING_HOURS)
    assert (check.verdict, check.earliest) == (Verdict.FAIL, b.NOW)
    assert check.detail == "It is 2026-01-27 08:59 EST, and raises start in working hours only."
    assert check.label == "earliest 2026-01-27 09:00 EST"


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-01-27T22:00", "2026-01-29T14:00"),  # five o'clock, and tomorrow is a holiday
        ("2026-01-30T22:00", "2026-02-02T14:00"),  # Friday evening
        ("2026-03-06T22:30", "2026-03-09T13:00"),  # the clocks go forward in between
        ("2026-01-29T05:00", "2026-01-29T14:00"),
    ],
)
def test_offices_open_again_on_the_next_working_day(now, opens):
    now, opens = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (now, opens))
    assert not is_open(OFFICE, now)
    assert next_opening(OFFICE, now) == opens
    assert is_open(OFFICE, opens)


def test_hours_that_never_come():
    never = WorkingHours(days=())
    assert next_opening(never, b.NOW) is None
    check = found(planned(Policy(working_hours=never)), CheckName.WORKING_HOURS)
    assert (check.label, check.ways_out, check.earliest) == ("they never come", (), None)
