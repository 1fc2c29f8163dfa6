"""Drift gate by gate: what differs since the last verified write, why, and what is expected."""

from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from flagstaff.model.exposure import OFF, ON, Exposure
from flagstaff.model.live import Live, Unrepresentable
from flagstaff.model.live import Testers as People
from flagstaff.model.recorded import Hold, Standing
from flagstaff.plan.check import CheckName
from flagstaff.plan.codec import decode_plan, encode_plan
from flagstaff.plan.drift import cause, gate_changes, standing_of
from flagstaff.plan.plan import Action, GateChange, Status
from flagstaff.testing import building as b

A = b.address("a")


def kept(exposure, testers=0):
    """A record of toggle a with what was read when it was verified."""
    record = b.recorded(a=exposure)
    standing = standing_of(b.raw(exposure, *map(str, range(testers))), b.DIALECT)
    return replace(record, toggles={A: replace(record.toggles[A], standing=standing)})


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ({}, {}, []),
        ({"p": "5"}, {"p": "5"}, []),
        ({"p": "5"}, {"p": "25"}, [("p", "5", "25")]),
        ({"p": "5"}, {"boolean": "true"}, [("boolean", "closed", "open"), ("p", "5", "closed")]),
        ({"groups": ["a"]}, {"groups": ["a", "b"]}, [("groups", "1 entry", "2 entries")]),
        ({"groups": ["a"]}, {"groups": ["b"]}, [("groups", "1 entry", "1 entry, otherwise")]),
        ({}, {"expression": {"email": "ann@example.gov"}}, [("expression", "closed", "open")]),
        ({"expression": {"a": 1}}, {"expression": {"a": 2}}, [("expression", "open", "open, otherwise")]),
        (
            {"x": 5, "y": True},
            {"x": 5.5, "y": "ann@example.gov"},
            [("x", "5", "5.5"), ("y", "open", "open, otherwise")],
        ),
    ],
)
def test_changes_by_gate(before, after, changes):
    assert gate_changes(before, after) == tuple(GateChange(*change) for change in changes)


def live(exposure):
    return Live(exposure, People(), {})


@pytest.mark.parametrize(
    ("then", "now", "exposure", "text"),
    [
        (Standing({}, 3), Standing({}, 0), OFF, "likely switched off as a whole, which clears testers, too"),
        (Standing({}, 3), Standing({}, 0), ON, "likely switched on as a whole, which clears testers, too"),
        (Standing({}, 3), Standing({}, 0), Exposure(5000), ""),
        (Standing({}, 3), Standing({}, 0), Unrepresentable("x"), ""),
        (Standing({}, 3), Standing({}, 1), OFF, ""),
        (Standing({}, 0), Standing({}, 0), OFF, ""),
        (None, Standing({}, 0), OFF, ""),
        (Standing({}, 3), None, OFF, ""),
    ],
)
def test_the_likely_cause(then, now, exposure, text):
    assert cause(then, now, live(exposure), None, UTC) == text


def test_the_store_may_say_when():
    text = cause(Standing({}, 1), Standing({}, 0), live(OFF), b.NOW, UTC)
    assert text.endswith(f"; the store says that it was last written at {b.NOW:%Y-%m-%d %H:%M} UTC")
    assert cause(None, None, live(OFF), b.NOW, UTC).startswith("the store says")


def test_a_hand_that_raised():
    store = replace(b.snapshot(a=b.raw("25", "x", "y", "z")), changed_at={"a_enabled": b.NOW + timedelta(hours=1)})
    plan = b.plan(b.desired(b.toggle("a", "5")), store, kept("5", testers=1))
    (drift,) = plan.observed.drift
    assert drift.gates == (GateChange("percentage_of_actors", "5", "25"),)
    assert drift.testers == 2
    assert drift.cause.startswith("the store says")
    assert not drift.expected
    assert decode_plan(encode_plan(plan)) == plan


def test_a_toggle_that_is_gone_has_no_gates_to_compare():
    (drift,) = b.plan(b.desired(b.toggle("a", "5")), b.snapshot(), kept("5")).observed.drift
    assert (drift.gates, drift.testers) == ((), None)


def test_an_old_record_without_a_standing():
    (drift,) = b.plan(b.desired(b.toggle("a", "5")), b.snapshot(a="25"), b.recorded(a="5")).observed.drift
    assert (drift.gates, drift.testers, drift.cause) == ((), None, "")


def test_standing_of_nothing():
    assert standing_of(None, b.DIALECT) is None


# --- expect_drift ----------------------------------------------------------------------------------


def expecting(exposure, **fields):
    return b.desired(b.toggle("a", exposure, expect_drift=True, **fields))


def test_an_expected_lower_is_not_held():
    plan = b.plan(expecting("20"), b.snapshot(a="0"), b.recorded(a="20"))
    (change,) = plan.observed.changes
    assert (change.action, change.status, change.checks) == (Action.RAISE, Status.ALLOWED, ())
    assert plan.observed.drift[0].expected


def test_an_expected_raise_is_lowered_without_a_yes_of_its_own():
    plan = b.plan(expecting("5"), b.snapshot(a="on"), b.recorded(a="5"))
    (move,) = plan.core.moves
    assert not move.consent
    assert plan.observed.changes[0].status is Status.ALLOWED


def test_a_hold_holds_all_the_same():
    record = replace(b.recorded(a="20"), holds={A: Hold("h", "cause", b.NOW, "ann")})
    (change,) = b.plan(expecting("20"), b.snapshot(a="0"), record).observed.changes
    assert change.status is Status.PENDING
    assert [check.name for check in change.checks] == [CheckName.HOLD]


def test_other_checks_hold_all_the_same():
    config = replace(expecting("80"), policy=b.policy(max_raise="50"))
    (change,) = b.plan(config, b.snapshot(a="0"), b.recorded(a="80")).observed.changes
    assert [check.name for check in change.checks] == [CheckName.MAX_RAISE]


def test_a_protected_one_is_protected_all_the_same():
    config = expecting("5", protected=True)
    (change,) = b.plan(config, b.snapshot(a="on"), b.recorded(config, a="5")).observed.changes
    assert [check.name for check in change.checks] == [CheckName.PROTECTION]


def test_it_is_recorded_in_the_applied_configuration():
    plan = b.plan(expecting("5"), b.snapshot(a="5"), b.recorded(a="5"))
    assert plan.observed.applied["toggles"]["toggle.a"]["expect_drift"] is True


def test_a_time_that_is_of_our_own_write_says_nothing():
    store = replace(b.snapshot(a="25"), changed_at={"a_enabled": b.NOW})
    (drift,) = b.plan(b.desired(b.toggle("a", "5")), store, kept("5")).observed.drift
    assert drift.cause == ""
