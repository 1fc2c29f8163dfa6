"""Which monitors a plan needs, and with what they are read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from flagstaff.addresses import Address
from flagstaff.model.configuration import Desired, ProviderSettings, Settings
from flagstaff.model.evidence import Frozen
from flagstaff.model.exposure import OFF, Exposure
from flagstaff.model.live import Unrepresentable
from flagstaff.model.recorded import Hold, Recorded, StageRecord
from flagstaff.model.rollout import Baseline, Monitor, MonitorSource, Rollout, Stage, StageName
from flagstaff.monitors.needs import asked, needed

AT = datetime(2026, 1, 27, 14, 0, tzinfo=UTC)
TOGGLE = Address("toggle", "a")
FIVE = Exposure.parse("5")
ROLLOUT = Address("rollout", "r")


def monitor(name, window=None):
    baseline = None if window is None else Baseline(window=window)
    return Monitor(Address("monitor", name), name, MonitorSource("prometheus"), baseline=baseline)


def rollout(*go, address=ROLLOUT, toggle=TOGGLE):
    """Three stages, each with the monitor `m_STAGE`, and one that is not declared."""
    stages = tuple(
        Stage(
            StageName(address, name),
            exposure=FIVE,
            toggles=(toggle,),
            monitors=(Address("monitor", f"m_{name}"), Address("monitor", "gone")),
        )
        for name in ("one", "two", "three")
    )
    return Rollout(address, go=go, stages=stages)


def desired(*rollouts, window=None):
    monitors = (monitor(f"m_{name}", window) for name in ("one", "two", "three"))
    return Desired(
        Settings(),
        ProviderSettings("flipper", "embedded"),
        rollouts={one.address: one for one in rollouts},
        monitors={one.address: one for one in monitors},
    )


def running(*names, **fields):
    record = replace(StageRecord((TOGGLE,), FIVE, started=AT, verified=AT), **fields)
    return Recorded(stages={StageName(ROLLOUT, name): record for name in names})


def names(config, recorded, live=FIVE):
    return [str(one.address) for one in needed(config, recorded, {TOGGLE: live})]


def test_stages_with_a_go_that_do_not_run_and_the_next_one():
    assert names(desired(rollout()), Recorded(), OFF) == ["monitor.m_one"]
    assert names(desired(rollout("one", "two")), Recorded(), OFF) == ["monitor.m_one", "monitor.m_two"]
    assert names(desired(rollout("one")), running("one")) == ["monitor.m_two"]
    assert names(desired(rollout("one", "two")), running("one")) == ["monitor.m_two"]
    assert names(desired(rollout("one", "two", "three")), running("one", "two", "three")) == []


@pytest.mark.parametrize(
    ("fields", "live"),
    [
        ({"verified": None}, FIVE),
        ({"left": True}, FIVE),
        ({"meaning": "LH"}, FIVE),
        ({}, OFF),
        ({}, None),
        ({}, Unrepresentable("a group")),
    ],
)
def test_a_stage_that_does_not_run_as_declared_is_asked_for_again(fields, live):
    assert names(desired(rollout("one")), running("one", **fields), live) == ["monitor.m_one", "monitor.m_two"]


def test_a_stage_with_a_held_toggle_is_asked_for_again():
    held = replace(running("one"), holds={TOGGLE: Hold("h", "", AT, "ann")})
    assert names(desired(rollout("one")), held) == ["monitor.m_one", "monitor.m_two"]


def test_a_stage_that_moves_nothing_runs_by_its_record():
    assert names(desired(rollout("one")), running("one", least=None), None) == ["monitor.m_two"]


def test_before_the_first_move_all_that_have_a_baseline_to_freeze():
    config = desired(rollout("one"), window=timedelta(days=7))
    assert names(config, Recorded(), OFF) == ["monitor.m_one", "monitor.m_three", "monitor.m_two"]
    frozen = Frozen(Decimal(1), AT)
    known = replace(Recorded(), baselines={(ROLLOUT, Address("monitor", "m_three")): frozen})
    assert names(config, known, OFF) == ["monitor.m_one", "monitor.m_two"]
    assert names(desired(rollout(), window=timedelta(days=7)), Recorded(), OFF) == ["monitor.m_one"]


def test_what_they_are_read_with():
    other = rollout("one", address=Address("rollout", "s"), toggle=Address("toggle", "b"))
    early, late = Frozen(Decimal(1), AT), Frozen(Decimal(2), AT + timedelta(days=1))
    one, two = Address("monitor", "m_one"), Address("monitor", "m_two")
    recorded = Recorded(
        stages={
            StageName(ROLLOUT, "one"): StageRecord(started=AT + timedelta(hours=1)),
            StageName(ROLLOUT, "two"): StageRecord(),
            StageName(other.address, "one"): StageRecord(started=AT),
        },
        baselines={(ROLLOUT, one): late, (other.address, one): early, (ROLLOUT, two): late},
    )
    found = asked(desired(rollout(), other), recorded, {TOGGLE: FIVE, Address("toggle", "b"): OFF}, AT)
    assert found.now == AT
    assert found.baselines == {one: early, two: late}
    assert found.began[one] == AT
    assert found.traffic[one]
    alone = asked(desired(other), Recorded(), {Address("toggle", "b"): OFF}, AT)
    assert (alone.traffic[one], dict(alone.began), dict(alone.baselines)) == (False, {}, {})
    other_way = asked(desired(other), Recorded(), {Address("toggle", "b"): Unrepresentable("x")}, AT)
    assert other_way.traffic[one]
