"""The last applied configuration read back: all that rollouts wait for, and where they say they are."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from flagstaff.addresses import Address
from flagstaff.model.configuration import Desired, Product, ProviderSettings, Role, Settings, Toggle
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.exposure import Exposure
from flagstaff.model.recorded import Recorded, StageRecord, ToggleRecord
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
from flagstaff.plan.applied.read import remembered
from flagstaff.plan.applied.standing import remembered_views
from flagstaff.plan.applied.written import applied
from flagstaff.plan.guards import declared, encode_guards
from flagstaff.plan.stages.view import StageState

NOW = datetime(2026, 2, 3, 19, tzinfo=UTC)
R, ROLE, PRODUCT = Address("rollout", "records"), Address("role", "po"), Address("product", "records")
A, B = Address("toggle", "a"), Address("toggle", "b")
BLOCKER, MONITOR, TRIGGER = Address("blocker", "data"), Address("monitor", "errors"), Address("trigger", "errors")
FIVE = Exposure(5_000)
CANARY = Stage(
    StageName(R, "canary"),
    "Canary",
    FIVE,
    Exposure(1_000),
    toggles=(A,),
    not_before=NOW - timedelta(days=9),
    soak=Soak(timedelta(hours=24), timedelta(hours=48)),
    together=True,
    meaning="new",
    blocked_by=(BLOCKER,),
    monitors=(MONITOR,),
    approvals=(ROLE,),
    triggers=(TRIGGER,),
    max_raise=50_000,
    waivers=(Waiver("blocker", "agreed", NOW + timedelta(days=1), BLOCKER),),
    note="look",
)
WHY = OpenDecision("how far?", None)
NEXT = Stage(StageName(R, "next"), exposure=WHY, toggles=(A,), after=("canary",), open_decisions=(WHY,))
LAST = Stage(StageName(R, "last"), after=("next",), soak=Soak(timedelta(hours=1)))
DESIRED = Desired(
    Settings("try-out", production=True, timezone="America/New_York"),
    ProviderSettings("flipper", "embedded"),
    products={PRODUCT: Product(PRODUCT, "Records", ROLE, 100)},
    roles={ROLE: Role(ROLE, ("po@example.gov ssh-ed25519 AAAA",), "org/po")},
    toggles={A: Toggle(A, "ka", PRODUCT, "Part A", aliases=("isA",)), B: Toggle(B, "kb")},
    rollouts={R: Rollout(R, "Records", PRODUCT, ROLE, ("canary",), (CANARY, NEXT, LAST))},
    blockers={BLOCKER: Blocker(BLOCKER, "Data", "in_progress", True, ROLE, "link", "note", PRODUCT)},
    monitors={MONITOR: Monitor(MONITOR, "Errors", MonitorSource("manual"), baseline=Baseline(value=Decimal("0.4")))},
    triggers={TRIGGER: Trigger(TRIGGER, "New errors", "unknown", "roll back", MONITOR)},
)


def test_all_that_rollouts_wait_for_comes_back():
    back = remembered(applied(DESIRED))
    assert back.settings == DESIRED.settings
    for name in ("products", "roles", "rollouts", "blockers", "monitors", "triggers"):
        assert getattr(back, name) == getattr(DESIRED, name), name
    assert back.toggles == DESIRED.toggles


def test_what_cannot_be_read_is_left_out():
    document = applied(DESIRED)
    document["blockers"]["not an address"] = {}
    document["triggers"][str(TRIGGER)] = None
    document["monitors"] = []
    back = remembered(document)
    assert back.blockers == DESIRED.blockers
    assert (back.triggers, back.monitors) == ({}, {})
    assert remembered({}).settings == Settings("")


def recorded(**fields):
    stages = {CANARY.name: StageRecord((A,), Exposure(1_000), "new", NOW, NOW - timedelta(hours=3))}
    return Recorded(toggles={A: ToggleRecord("ka", FIVE)}, stages=stages, **fields)


def test_where_a_rollout_is_by_the_record_alone():
    (view,) = remembered_views(remembered(applied(DESIRED)), recorded(), NOW, "nobody looked")
    assert (view.at, view.next, view.complete) == ("canary", "next", False)
    assert view.stages[0].state is StageState.RUNNING
    assert view.stages[0].served_at == NOW + timedelta(hours=21)
    assert [check.name.value for check in view.stages[1].checks] == ["decision", "soak"]


def test_the_guards_of_the_record_count_and_damaged_ones_do_not_stop_it():
    desired = remembered(applied(DESIRED))
    first = replace(desired.rollouts[R], go=())
    fresh = replace(desired, rollouts={R: first})
    nobody = encode_guards(declared(replace(desired, roles={ROLE: Role(ROLE)})))
    details = {}
    for name, guards in (("none", None), ("recorded", nobody), ("damaged", {"roles": 1})):
        (view,) = remembered_views(fresh, Recorded(guards=guards), NOW, "nobody looked")
        details[name] = next(check.detail for check in view.stages[0].checks if check.name.value == "approval")
    assert "no signer or team is recorded" in details["recorded"]
    assert details["none"] == details["damaged"]
    assert "no signer" not in details["none"]


def test_a_toggle_that_is_not_there_any_more_is_left_out_of_its_stage():
    desired = remembered(applied(DESIRED))
    stage = replace(CANARY, toggles=(A, Address("toggle", "gone")))
    changed = replace(desired, rollouts={R: replace(desired.rollouts[R], stages=(stage, NEXT, LAST))})
    (view,) = remembered_views(changed, recorded(), NOW, "nobody looked")
    assert view.stages[0].toggles == (A,)


def test_a_monitor_that_nobody_read_says_why():
    desired = remembered(applied(DESIRED))
    fresh = replace(desired, rollouts={R: replace(desired.rollouts[R], go=())})
    (view,) = remembered_views(fresh, Recorded(), NOW, "nobody looked")
    assert [check.detail for check in view.stages[0].checks if check.name.value == "monitor"] == [
        'Stage "canary" waits for monitor.errors. nobody looked'
    ]
