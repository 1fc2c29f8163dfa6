"""What the state keeps of rollouts and of what they wait for: plain JSON, without any secret."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from flagstaff.addresses import Address
from flagstaff.model.conditions import Comparison, Constant, Symbol
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.exposure import Exposure
from flagstaff.model.rollout import (
    Baseline,
    Blocker,
    Monitor,
    MonitorSource,
    Rollout,
    Soak,
    Stage,
    StageName,
    Trigger,
    Waiver,
)
from flagstaff.plan.applied.written import applied
from flagstaff.testing import building as b

ROLLOUT, MONITOR, BLOCKER, TRIGGER = (Address(kind, "x") for kind in ("rollout", "monitor", "blocker", "trigger"))
OPEN = OpenDecision("how far", None)
WHEN = datetime(2026, 1, 27, 5, tzinfo=UTC)
WAIVER = Waiver("soak", "urgent", WHEN)


def document(**fields):
    """Read back from its own JSON: there is nothing in it that JSON has no word for."""
    return json.loads(json.dumps(applied(b.desired(**fields))))


def test_a_rollout_with_its_stages():
    stages = (
        Stage(
            StageName(ROLLOUT, "one"),
            exposure=Exposure(5000),
            at_least=Exposure(1000),
            toggles=(b.address("a"),),
            not_before=WHEN,
            soak=Soak(timedelta(hours=24), timedelta(hours=48)),
            meaning="SCDF",
            together=True,
            blocked_by=(BLOCKER,),
            monitors=(MONITOR,),
            triggers=(TRIGGER,),
            approvals=(Address("role", "po"),),
            max_raise=10_000,
            waivers=(WAIVER,),
            note="n",
        ),
        Stage(StageName(ROLLOUT, "two"), exposure=OPEN, not_before=OPEN, soak=OPEN, after=("one",)),
    )
    found = document(rollouts={ROLLOUT: Rollout(ROLLOUT, "R", go=("one",), stages=stages)})["rollouts"]["rollout.x"]
    assert (found["title"], found["go"], found["product"]) == ("R", ["one"], None)
    first, second = found["stages"]
    assert first == {
        "name": "one",
        "title": "",
        "exposure": "5",
        "at_least": "1",
        "toggles": ["toggle.a"],
        "after": [],
        "not_before": "2026-01-27T05:00:00+00:00",
        "soak": {"minimum": 86400.0, "maximum": 172800.0},
        "together": True,
        "meaning": "SCDF",
        "blocked_by": ["blocker.x"],
        "monitors": ["monitor.x"],
        "approvals": ["role.po"],
        "triggers": ["trigger.x"],
        "max_raise": 10000,
        "waivers": [{"check": "soak", "of": None, "reason": "urgent", "until": "2026-01-27T05:00:00+00:00"}],
        "note": "n",
    }
    assert [second[name] for name in ("exposure", "not_before", "soak")] == [{"undecided": "how far"}] * 3


def test_a_toggle_says_where_its_exposure_comes_from():
    toggle = b.replace(b.toggle("a", "5"), rollout=ROLLOUT, stage=StageName(ROLLOUT, "one"), waivers=(WAIVER,))
    found = applied(b.desired(toggle, b.toggle("b", "5")))["toggles"]
    assert (found["toggle.a"]["rollout"], found["toggle.a"]["stage"]) == ("rollout.x", "one")
    assert found["toggle.a"]["waivers"][0]["check"] == "soak"
    assert not found["toggle.b"].keys() & {"rollout", "stage", "waivers"}


def test_blockers_monitors_and_triggers_without_secrets():
    source = MonitorSource("datadog", {"query": "q", "site": "s"}, {"api_key": "secret-1", "app_key": "secret-2"})
    over = Comparison(">", Symbol("measured"), Constant(Decimal(5)))
    found = document(
        monitors={
            MONITOR: Monitor(MONITOR, "M", source, baseline=Baseline(timedelta(days=7)), pass_when=over, note="n"),
            Address("monitor", "y"): Monitor(
                Address("monitor", "y"), "Y", OPEN, baseline=Baseline(value=OPEN), pass_when=OPEN
            ),
            Address("monitor", "w"): Monitor(Address("monitor", "w"), "W", MonitorSource("manual")),
            Address("monitor", "z"): Monitor(
                Address("monitor", "z"), "Z", MonitorSource("manual"), baseline=Baseline(value=Decimal("0.4"))
            ),
        },
        blockers={BLOCKER: Blocker(BLOCKER, "B", "in_progress", owner=Address("role", "po"))},
        triggers={TRIGGER: Trigger(TRIGGER, "T", "why", "do", MONITOR, over)},
    )
    assert "secret" not in json.dumps(found)
    one, two, three = (found["monitors"][f"monitor.{name}"] for name in "xyz")
    assert one["source"] == {
        "kind": "datadog",
        "settings": {"query": "q", "site": "s"},
        "credentials": ["api_key", "app_key"],
    }
    assert (one["window"], one["baseline"], one["pass_when"], one["note"]) == (
        3600.0,
        {"window": 604800.0, "value": None},
        "measured > 5",
        "n",
    )
    assert (two["source"], two["pass_when"]) == ({"undecided": "how far"}, {"undecided": "how far"})
    assert two["baseline"] == {"window": None, "value": {"undecided": "how far"}}
    assert found["monitors"]["monitor.w"]["baseline"] is None
    assert three["baseline"] == {"window": None, "value": "0.4"}
    assert found["blockers"]["blocker.x"]["status"] == "in_progress"
    assert found["blockers"]["blocker.x"]["owner"] == "role.po"
    assert found["triggers"]["trigger.x"] == {
        "title": "T",
        "reason": "why",
        "action": "do",
        "monitor": "monitor.x",
        "condition": "measured > 5",
    }


def test_what_is_not_there_leaves_no_trace():
    assert not document().keys() & {"rollouts", "monitors", "blockers", "triggers"}
