"""The status as a value and as text: holds, drift, waivers, everything that a stage may wait for, and hostile names."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from flagstaff.addresses import Address
from flagstaff.model.configuration import (
    Desired,
    Policy,
    Product,
    ProviderSettings,
    Requirement,
    Role,
    Settings,
    Toggle,
)
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.evidence import Approval, Decision, Frozen, Reading, Verdict
from flagstaff.model.exposure import OFF, Exposure
from flagstaff.model.recorded import Hold, Recorded, StageRecord, ToggleRecord
from flagstaff.model.rollout import Blocker, Monitor, MonitorSource, Rollout, Stage, StageName, Waiver
from flagstaff.plan.check import Check, CheckName
from flagstaff.plan.plan import Action, Change, Drift, DriftKind, Observed, Status
from flagstaff.plan.stages.view import RolloutView, StageState, StageView
from flagstaff.state import facts
from flagstaff.state.fact_codec import encode_fact
from flagstaff.state.journal import link
from flagstaff.views.history import events
from flagstaff.views.look import Look
from flagstaff.views.report.build import report_of
from flagstaff.views.report.markdown import report_markdown
from flagstaff.views.status import status_alone, status_of
from flagstaff.views.status_human import status_page
from flagstaff.views.status_json import status_json

NOW = datetime(2026, 2, 3, 19, tzinfo=UTC)
R, ROLE, PRODUCT = Address("rollout", "records"), Address("role", "po"), Address("product", "records")
A, B, C = (Address("toggle", name) for name in "abc")
BLOCKER, MONITOR = Address("blocker", "data"), Address("monitor", "errors")
FIVE, FULL = Exposure(5_000), Exposure(100_000)
FREEZE = Waiver("freeze", "agreed in May", NOW + timedelta(days=3))
OVER = Waiver("soak", "long ago", NOW)


def stage(name, **fields):
    return Stage(StageName(R, name), **fields)


def view(name, state=StageState.WAITING, go=True, **fields):
    return StageView(StageName(R, name), "", state, go, **fields)


def check(name, verdict=Verdict.FAIL, label="", of=None, detail="It is so.", **fields):
    return Check(name, verdict, "Summary here", detail, label=label, of=of, **fields)


STAGES = (
    stage("canary", exposure=FIVE, at_least=Exposure(1_000), toggles=(A, B), waivers=(FREEZE, OVER), meaning="new"),
    stage("full", exposure=FULL, toggles=(A, B), approvals=(ROLE,), waivers=(FREEZE,), monitors=(MONITOR,)),
)
ROLLOUT = Rollout(R, "Records", PRODUCT, go=("canary", "full"), stages=STAGES)
DESIRED = Desired(
    Settings("try-out", production=True, timezone="America/New_York"),
    ProviderSettings("flipper", "embedded"),
    products={PRODUCT: Product(PRODUCT, "Records", ROLE, 1_000)},
    roles={ROLE: Role(ROLE, ("po@example.gov ssh-ed25519 AAAA",))},
    toggles={
        A: Toggle(A, "ka", PRODUCT, "Part A", waivers=(Waiver("max raise", "known", NOW + timedelta(days=1), C),)),
        B: Toggle(B, "kb", PRODUCT, requirements=(Requirement(B, C),)),
        C: Toggle(C, "kc"),
    },
    rollouts={R: ROLLOUT},
    blockers={BLOCKER: Blocker(BLOCKER, "Data is there", "in_progress")},
    monitors={MONITOR: Monitor(MONITOR, "Errors", MonitorSource("manual"), normal="none", unit="%", where="board")},
    policy=Policy(owner=ROLE, waivers=(FREEZE,)),
    open_decisions=(OpenDecision("who?", None, ROLE, "toggle.a"), OpenDecision("who?", None)),
)
AT = view("canary", StageState.RUNNING, exposure=FIVE, toggles=(A, B), since=NOW - timedelta(hours=52))
CHECKS = (
    check(CheckName.DECISION, Verdict.UNDECIDED, detail="Nobody has chosen yet: the share."),
    check(CheckName.BLOCKER, of=BLOCKER),
    check(CheckName.BLOCKER, of=Address("blocker", "gone"), detail="It waits for blocker.gone."),
    check(CheckName.MONITOR, of=MONITOR, detail='Stage "full" waits for monitor.errors. 0.02 % of them.'),
    check(CheckName.SOAK, label="earliest tomorrow, soak 7 d", earliest=NOW + timedelta(days=1)),
    check(CheckName.SOAK, detail="It can't be said."),
    check(CheckName.STAGE_ORDER, label='"full" comes after "canary"'),
    check(CheckName.FREEZE, Verdict.PENDING, label="earliest 2027", waived=True),
    check(CheckName.APPROVAL, Verdict.PENDING),
    check(CheckName.APPROVAL, Verdict.PENDING, detail="One more must agree."),
)
NEXT = view("full", exposure=FULL, toggles=(A, B), checks=CHECKS)
VIEW = RolloutView(R, "Records", PRODUCT, (AT, NEXT), at="canary", next="full")
HOLD = Hold("h1", "new class of errors", NOW - timedelta(hours=2), "oncall@host", before=FIVE)


def observed(*, rollouts=(VIEW,), drift=(), changes=(), readings=()):
    return Observed(NOW, "0", 7, NOW, rollouts=rollouts, drift=drift, changes=changes, readings=readings)


def text(status, width=200):
    return status_page(status, Look(width)).text


def test_everything_that_a_stage_waits_for_is_said():
    change = Change(
        A,
        "ka",
        Action.RAISE,
        Status.BLOCKED,
        FIVE,
        FULL,
        checks=(check(CheckName.MAX_RAISE, label="at most 50"), CHECKS[1]),
    )
    status = status_of(DESIRED, Recorded(serial=7), observed(changes=(change,)))
    assert [(wait.check, wait.text) for wait in status.rows[0].waits] == [
        ("decision", "Nobody has chosen yet: the share."),
        ("blocker", "Data is there (in progress)"),
        ("blocker", "It waits for blocker.gone."),
        ("monitor", "monitor.errors: 0.02 % of them. (normal: none)"),
        ("soak", "soak: earliest tomorrow, soak 7 d"),
        ("soak", "It can't be said."),
        ("stage order", '"full" comes after "canary"'),
        ("freeze", "summary here: earliest 2027 (waived, once that is approved)"),
        ("approval", "approval of role.po"),
        ("approval", "One more must agree."),
        ("max raise", "summary here: at most 50"),
        ("requirement", "toggle.b requires toggle.c at 100 %"),
    ]


def test_a_requirement_that_is_met_is_none_and_one_that_is_not_says_where_it_is():
    def waits(level):
        recorded = Recorded(toggles={C: ToggleRecord("kc", level)})
        bare = replace(VIEW, stages=(AT, replace(NEXT, checks=())))
        return [wait.text for wait in status_of(DESIRED, recorded, observed(rollouts=(bare,))).rows[0].waits]

    assert waits(FULL) == []
    assert waits(FIVE) == ["toggle.b requires toggle.c at 100 % (now 5 %)"]


def test_three_of_a_kind_are_one_line():
    blockers = tuple(check(CheckName.BLOCKER, of=Address("blocker", f"b{n}"), detail=f"b{n} open") for n in range(6))
    monitors = tuple(check(CheckName.MONITOR, of=Address("monitor", f"m{n}")) for n in range(3))
    stages = (AT, replace(NEXT, checks=blockers + monitors, toggles=()))
    page = text(status_of(DESIRED, Recorded(), observed(rollouts=(replace(VIEW, stages=stages),))))
    assert "✗ 6 blockers open: b0 open; b1 open; b2 open; b3 open; and 2 more\n" in page
    assert "✗ 3 monitors do not pass: monitor.m0; monitor.m1; monitor.m2\n" in page


def test_holds_say_who_why_when_and_who_can_release():
    holds = {A: HOLD, B: replace(HOLD, id="h2", cause="", of=A, before=None), C: replace(HOLD, cause="")}
    page = text(status_of(DESIRED, Recorded(serial=7, holds=holds), observed()))
    assert "records   HELD (canary 5 %)   2 d 4 h   full 100 %   " in page
    assert 'release of toggle.a by role.po (po@example.gov) ("new class of errors")' in page
    assert (
        "  ! toggle.a: since 2026-02-03 12:00 EST by oncall@host, was at 5 %: new class of errors; released by\n"
        "    role.po\n"
        "  ! toggle.b: since 2026-02-03 12:00 EST by oncall@host, held because of toggle.a, and released with it:\n"
        "    no reason was given yet\n"
        "  ! toggle.c: since 2026-02-03 12:00 EST by oncall@host, was at 5 %: no reason was given yet; no role is\n"
        "    known that could release it\n"
    ) in page
    not_begun = replace(VIEW, at="", stages=(replace(AT, state=StageState.WAITING), NEXT))
    assert "records   HELD   -" in text(status_of(DESIRED, Recorded(holds=holds), observed(rollouts=(not_begun,))))


def test_drift_is_told_and_expected_drift_is_not():
    drift = (
        Drift(A, "ka", DriftKind.ABOVE, FIVE, Exposure(25_000), "", cause="likely switched"),
        Drift(B, "kb", DriftKind.GONE, FIVE, None, ""),
        Drift(C, "kc", DriftKind.BELOW, FIVE, OFF, "", expected=True),
    )
    status = status_of(DESIRED, Recorded(), observed(drift=drift))
    page = text(status)
    assert (
        "Drift: 2\n  ! toggle.a live 25 %, last applied 5 %; not by Flagstaff, seen at 2026-02-03 14:00 EST; likely\n"
        "    switched\n"
        "  ! toggle.b gone, last applied 5 %; not by Flagstaff, seen at 2026-02-03 14:00 EST\n"
    ) in page
    assert [one["live"] for one in status_json(status)["drift"]] == ["25", None]
    assert "Held" not in page


def test_waivers_that_count_are_told_once():
    status = status_of(DESIRED, Recorded(), observed())
    assert [(one.subject, one.waiver.check, one.role) for one in status.waivers] == [
        ("toggle.a", "max raise", ROLE),
        ("rollout.records", "freeze", ROLE),
        ("policy", "freeze", ROLE),
    ]
    assert "! toggle.a: max raise of toggle.c, until 2026-02-04 14:00 EST, agreed to by role.po: known" in text(status)


def test_an_open_question_is_counted_once():
    status = status_of(DESIRED, Recorded(), observed())
    assert len(status.open_decisions) == 1
    assert "Open decisions: 1 " in text(status)


@pytest.mark.parametrize(
    ("state", "shown"), [(StageState.STARTED, "canary 5 %, in part"), (StageState.STOPPED, "canary 5 %, stopped")]
)
def test_how_a_stage_is(state, shown):
    stages = (replace(AT, state=state), replace(NEXT, checks=()))
    assert shown in text(status_of(DESIRED, Recorded(), observed(rollouts=(replace(VIEW, stages=stages),))))


@pytest.mark.parametrize(("state", "told"), [(StageState.RUNNING, True), (StageState.STOPPED, False)])
def test_only_a_clock_that_goes_has_an_end(state, told):
    last = replace(AT, state=state, served_at=NOW + timedelta(hours=1))
    page = text(status_of(DESIRED, Recorded(), observed(rollouts=(replace(VIEW, stages=(last,), next=""),))))
    assert ('the soak of "canary", until' in page) is told


def test_a_rollout_that_has_just_begun_and_one_without_stages():
    young = replace(VIEW, stages=(replace(AT, since=NOW), replace(NEXT, checks=(), toggles=())))
    empty = RolloutView(Address("rollout", "empty"), "", None, ())
    page = text(status_of(DESIRED, Recorded(), observed(rollouts=(young, empty))))
    assert "just now   full 100 %   nothing: plan and apply it" in page
    assert "\nempty     -            -          -\n" in page


def test_no_rollouts_at_all():
    status = status_alone(replace(DESIRED, rollouts={}, open_decisions=()), Recorded(), (), NOW, "Nothing was read.")
    assert text(status).startswith(
        "try-out (production) · state serial 0 · from the state alone\n? Nothing was read.\n\nThere are no rollouts.\n"
    )
    assert status_json(status)["from_state_alone"] == "Nothing was read."


def test_hostile_names_stay_one_row_and_long_ones_leave_room():
    long = Address("rollout", "r" * 60)
    bad = Blocker(BLOCKER, "x\x1b[31m\u202e\nnext", "pending")
    checks = (check(CheckName.BLOCKER, of=BLOCKER), check(CheckName.BLOCKER, of=BLOCKER, detail="again"))
    stages = (AT, replace(NEXT, checks=checks, toggles=()))
    status = status_of(
        replace(DESIRED, blockers={BLOCKER: bad}),
        Recorded(),
        observed(rollouts=(replace(VIEW, rollout=long, stages=stages),)),
    )
    page = text(status, 80)
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert "    ✗ x\\x1b[31m\\u202e" in page


# ---- The report of the same rollout, where the journal has more to tell. ----

READING = Reading(MONITOR, Verdict.FAIL, NOW, "0.02 % of them.", measured=Decimal("0.02"))
GO = Approval("c" * 64, ROLE, Decision.GO, "po@example.gov", NOW, NOW + timedelta(hours=72), "looks good", "{}", "sig")
TOLD = (
    facts.Approved(GO),
    facts.Approved(replace(GO, change="d" * 64, decision=Decision.NO_GO, note="")),
    facts.Approved(replace(GO, change="e" * 64, role=Address("role", "other"))),
    facts.ApplyStarted("c" * 64, "try-out", {"moves": [{"address": "toggle.a"}]}),
    facts.Measured(READING),
    facts.RollbackStarted("try-out", ("toggle.a",), "new class of errors"),
    facts.Held(A, "ka", HOLD),
    facts.RollbackFinished({"applied": 1}),
    facts.Explained("run", "a rename"),
    facts.Explained("another", "not ours"),
    facts.Removed(A, "ka"),
)


def report(recorded, status, readings=(), views=(VIEW,)):
    entries = link(None, map(encode_fact, TOLD), time=NOW, run="run", who="jane@host")
    found = {one.monitor: one for one in readings}
    return report_markdown(report_of(R, DESIRED, recorded, status, views, events(entries), found))


def test_the_report_has_decisions_readings_holds_and_what_happened():
    record = StageRecord((A, B), FIVE, "new", NOW - timedelta(days=4), None, timedelta(hours=30), "toggle.a is held")
    recorded = Recorded(
        serial=7,
        holds={A: HOLD},
        stages={StageName(R, "canary"): record},
        toggles={A: ToggleRecord("ka", OFF), B: ToggleRecord("kb", FIVE)},
    )
    made = report(recorded, status_of(DESIRED, recorded, observed())).replace("@&#8203;", "@").replace("\\", "")
    assert (
        "**HELD.** toggle.a: since 2026-02-03 12:00 EST by oncall@host: new class of errors. Released by role.po.\n"
        in made
    )
    assert "- **Soak:** none; served 30 h\n" in made
    assert "- **People now, for each toggle:** about 0 to 50 (verified share: 0 % to 5 %)\n" in made
    assert "| **go** | 2026-02-03 14:00 EST | po@example.gov (signed) | role.po | `cccccccc` | looks good |" in made
    assert "`dddddddd`, not made | - |" in made
    assert "eeeeeeee" not in made
    assert "| **Errors** | board | none | - | **fail**: 0.02 %, 2026-02-03 14:00 EST. 0.02 % of them. |" in made
    stopped = replace(VIEW, stages=(replace(AT, state=StageState.STOPPED), NEXT))
    again = report(recorded, status_of(DESIRED, recorded, observed(rollouts=(stopped,))), views=(stopped,))
    assert "- **Soak:** none; served 30 h; its clock stands: toggle.a is held\n" in again
    happened = made.split("## What happened")[1]
    assert "rollback began: toggle.a down: new class of errors" in happened
    assert "rollback ended: 1 applied" in happened
    assert "a rename" in happened
    assert "not ours" not in happened
    assert "forgotten" not in happened


def test_a_reading_of_now_goes_before_one_of_the_journal():
    status = status_of(DESIRED, Recorded(), observed())
    made = report(Recorded(), status, [replace(READING, verdict=Verdict.PASS, reason="All is well.", measured=None)])
    assert "| **pass**: 2026-02-03 14:00 EST. All is well. |" in made


def test_a_baseline_that_was_frozen_is_what_is_normal():
    recorded = Recorded(baselines={(R, MONITOR): Frozen(Decimal("0.3"), NOW)})
    desired = replace(
        DESIRED, monitors={MONITOR: replace(DESIRED.monitors[MONITOR], normal="", pass_when_text="measured < 1")}
    )
    status = status_of(desired, recorded, observed())
    made = report_markdown(report_of(R, desired, recorded, status, (), (), {}))
    assert "| **Errors** | board | baseline 0.3 % | passes when `measured < 1` | not read yet |" in made
    assert "None yet." in made
    assert "Nothing yet." in made
