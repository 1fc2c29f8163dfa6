"""Numbers, spans and stages in what evidence is written as: nothing is guessed."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from flagstaff.addresses import Address
from flagstaff.model.recorded import StageRecord
from flagstaff.model.rollout import StageName
from flagstaff.state import stage_clock
from flagstaff.state.fact_codec import STAGE_NAME
from flagstaff.state.forms import DECIMAL, SECONDS, Misfit

NOW = datetime(2026, 1, 27, tzinfo=UTC)
STAGE = StageName(Address("rollout", "r"), "canary")
TOGGLE = Address("toggle", "a")


@pytest.mark.parametrize("text", ["0.25", "-3", "412118"])
def test_a_decimal_is_read_as_it_was_written(text):
    assert DECIMAL.encode(DECIMAL.decode(text)) == text
    assert DECIMAL.decode(text) == Decimal(text)


@pytest.mark.parametrize("text", ["x", "NaN", "Infinity", ""])
def test_what_is_no_decimal(text):
    with pytest.raises(Misfit, match="is not a decimal number"):
        DECIMAL.decode(text)


def test_spans_are_whole_seconds():
    assert SECONDS.decode(SECONDS.encode(timedelta(hours=24))) == timedelta(hours=24)
    with pytest.raises(Misfit, match="seconds are too many"):
        SECONDS.decode(10**18)


def test_what_is_no_stage():
    assert STAGE_NAME.decode(str(STAGE)) == STAGE
    for text in ("rollout.r", "rollout.r.stage.", "nothing.stage.x"):
        with pytest.raises(Misfit):
            STAGE_NAME.decode(text)


def test_a_hold_stops_the_clocks_of_the_toggle_s_stages_only():
    other = StageName(STAGE.rollout, "other")
    stages = {
        STAGE: StageRecord((TOGGLE,), verified=NOW),
        other: StageRecord((Address("toggle", "z"),), verified=NOW),
    }
    stage_clock.stop(stages, TOGGLE, NOW + timedelta(hours=3), "it was rolled back")
    assert (stages[STAGE].verified, stages[STAGE].served) == (None, timedelta(hours=3))
    assert stages[STAGE].stopped == "it was rolled back"
    assert stages[other].verified == NOW
