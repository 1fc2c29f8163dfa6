"""Numbers, spans and stages in what evidence is written as: nothing is guessed."""

import errno
import os
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from flagstaff.addresses import Address
from flagstaff.model.evidence import Answer, Approval, Decision, Frozen, Verdict
from flagstaff.model.recorded import Hold, StageRecord
from flagstaff.model.rollout import StageName
from flagstaff.state import stage_clock
from flagstaff.state.fact_codec import STAGE_NAME, encode_fact
from flagstaff.state.facts import Answered, Approved, BaselineFrozen, Explained, Held
from flagstaff.state.forms import DECIMAL, SECONDS, Misfit
from flagstaff.state.journal import link
from flagstaff.state.local import LocalStore
from flagstaff.state.recovery import fold
from flagstaff.state.state import State
from flagstaff.state.store import LockInfo, StateError

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


def test_what_a_rollout_rests_on_is_folded_from_the_journal():
    monitor, baseline = Address("monitor", "m"), Frozen(Decimal("0.004"), NOW)
    answer = Answer(monitor, Verdict.PASS, "ann", NOW, NOW + timedelta(hours=1))
    approval = Approval("c", Address("role", "po"), Decision.GO, "po@example.gov", NOW, NOW + timedelta(hours=1))
    facts = (
        BaselineFrozen(STAGE.rollout, monitor, baseline),
        BaselineFrozen(STAGE.rollout, monitor, Frozen(Decimal(1), NOW)),
        Answered(answer),
        Approved(approval),
        Held(TOGGLE, "a", Hold("1", "", NOW, "ann", rollback="run")),
        Held(Address("toggle", "z"), "z", Hold("2", "other", NOW, "ann", rollback="another")),
        Explained("run", "errors"),
    )
    state = fold(State("l"), link(None, map(encode_fact, facts), time=NOW, run="run", who="ann")).state
    assert state.baselines == {(STAGE.rollout, monitor): baseline}
    assert state.answers == {monitor: answer}
    assert state.approvals == (approval,)
    assert {address.name: hold.cause for address, hold in state.holds.items()} == {"a": "errors", "z": "other"}


def test_a_lease_that_can_not_be_written_leaves_no_part_of_a_name(tmp_path, monkeypatch):
    store = LocalStore(tmp_path / "state.json")
    info = LockInfo("id", "apply", "ann", "host", 1, NOW, "0.1.0")

    def full(file, data):
        os.write(file, data[:3])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("flagstaff.state.lease._put", full)
        with pytest.raises((OSError, StateError)):
            store.acquire(info)
    assert store.holder() is None
    store.acquire(info).release()
