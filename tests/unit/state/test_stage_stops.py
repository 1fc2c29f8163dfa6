"""A clock that a hand stopped: it ran until it is known to have."""

from datetime import UTC, datetime, timedelta

from flagstaff.addresses import Address
from flagstaff.model.exposure import Exposure
from flagstaff.model.recorded import StageRecord, ToggleRecord
from flagstaff.model.rollout import StageName
from flagstaff.state.fact_codec import decode_fact, encode_fact
from flagstaff.state.facts import Imported, StageChanged, StageEvent
from flagstaff.state.journal import link
from flagstaff.state.recovery import fold
from flagstaff.state.stage_clock import change
from flagstaff.state.state import State

AT = datetime(2026, 1, 27, 14, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
FIVE, TOGGLES = Exposure.parse("5"), (Address("toggle", "a"),)
NAME = StageName(Address("rollout", "r"), "one")


def stopped(until):
    stages = {NAME: StageRecord(TOGGLES, FIVE, started=AT, verified=AT)}
    fact = StageChanged(NAME, StageEvent.STOPPED, TOGGLES, FIVE, why="by hand", until=until)
    assert decode_fact(*encode_fact(fact)) == fact
    change(stages, fact, AT + 25 * HOUR, "run")
    return stages[NAME]


def test_what_nobody_saw_is_not_served():
    assert stopped(AT + HOUR) == StageRecord(TOGGLES, FIVE, started=AT, served=HOUR, stopped="by hand")


def test_without_a_time_it_ran_until_now():
    assert stopped(None).served == 25 * HOUR


def test_entries_of_before_have_no_such_field():
    fact = StageChanged(NAME, StageEvent.STOPPED, TOGGLES, FIVE)
    assert "until" not in encode_fact(fact)[1]


def test_a_lower_value_that_is_taken_over_counts_from_the_last_time_it_was_ours():
    """Nobody knows when the hand came: a release or a refresh a day later serves no soak."""
    state = State(
        "lineage",
        toggles={TOGGLES[0]: ToggleRecord("a", FIVE, last_write_at=AT)},
        stages={NAME: StageRecord(TOGGLES, FIVE, started=AT, verified=AT, served=HOUR)},
    )
    taken_over = encode_fact(Imported(TOGGLES[0], "a", Exposure.parse("0")))
    entries = link(None, [taken_over], time=AT + 25 * HOUR, run="run", who="me")
    found = fold(state, entries).state.stages[NAME]
    assert (found.verified, found.served) == (None, HOUR)
