"""A result of a run that was taken for dead: what it did is recorded, and nothing else is made up."""

from datetime import UTC, datetime, timedelta

import pytest

from flagstaff.addresses import Address
from flagstaff.model.exposure import OFF, Exposure
from flagstaff.model.live import Step, Unrepresentable
from flagstaff.model.recorded import ToggleRecord
from flagstaff.plan.plan import Action
from flagstaff.state.fact_codec import encode_fact
from flagstaff.state.facts import Intent, Outcome, Recovered, Result
from flagstaff.state.journal import link
from flagstaff.state.recovery import fold
from flagstaff.state.state import State

TIME = datetime(2026, 1, 27, 14, tzinfo=UTC)
A = Address("toggle", "a")
FIVE = Exposure(5000)
STATE = State("l", toggles={A: ToggleRecord("a", FIVE, TIME - timedelta(days=1), "c1", created=True)})
INTENT = Intent(A, "a", Action.LOWER, FIVE, OFF, (Step("a", "gates", {}, OFF),), change="c2")
# While a rollback was at work, somebody else's apply asked the store and closed its move.
CLOSED = Recovered(A, "a", Outcome.FAILED, FIVE, "rollback", "not applied")


def folded(*facts, state=STATE):
    return fold(state, link(None, map(encode_fact, facts), time=TIME, run="r", who="w"))


def test_what_was_closed_and_done_all_the_same_is_recorded():
    after = folded(INTENT, CLOSED, Result(A, "a", Outcome.APPLIED, OFF))
    assert after.state.toggles[A] == ToggleRecord("a", OFF, TIME, "c1", created=True)
    assert after.in_flight == ()


@pytest.mark.parametrize(
    "late",
    [
        Result(A, "a", Outcome.FAILED, OFF),
        Result(A, "a", Outcome.UNKNOWN, OFF),
        Result(A, "a", Outcome.APPLIED),
        Result(A, "a", Outcome.APPLIED, Unrepresentable("an expression")),
        Result(A, "other", Outcome.APPLIED, OFF),
        Recovered(A, "a", Outcome.APPLIED, OFF),
    ],
    ids=str,
)
def test_anything_else_that_comes_late_changes_nothing(late):
    assert folded(INTENT, CLOSED, late).state.toggles == STATE.toggles


def test_a_toggle_that_has_no_record_gets_none():
    assert folded(Result(A, "a", Outcome.APPLIED, OFF), state=State("l")).state.toggles == {}
