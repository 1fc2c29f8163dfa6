"""Plans, outcomes and states as values, with fixed dates: what the golden files show."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from flagstaff.addresses import Address
from flagstaff.apply.events import Ended, MoveResult, Outcome
from flagstaff.diagnostics import Diagnostic, Range, Related, Severity
from flagstaff.language.source import Source
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.evidence import Answer, Approval, Decision, Frozen, Reading, Verdict
from flagstaff.model.exposure import OFF, ON, Exposure
from flagstaff.model.live import Step, Unrepresentable
from flagstaff.model.recorded import Hold, ToggleRecord
from flagstaff.model.rollout import StageName
from flagstaff.plan.check import Check, CheckName
from flagstaff.plan.plan import (
    Action,
    Broken,
    Change,
    Core,
    Drift,
    DriftKind,
    GuardChange,
    Move,
    Observed,
    Plan,
    Precondition,
    RecordChange,
    Status,
)
from flagstaff.state import facts
from flagstaff.state.fact_codec import encode_fact
from flagstaff.state.journal import Entry, link
from flagstaff.state.state import State
from flagstaff.state.store import LockInfo
from flagstaff.views.plan_human import PlanView

NOW = datetime(2026, 1, 27, 14, 2, 11, tzinfo=UTC)
CHANGE_ID = "7f3a91c2" + "0" * 56
MEDICAL = Address("product", "medical_records")
MEDICATIONS = Address("product", "medications")
PRODUCTS = {"product.medical_records": "Medical Records", "product.medications": "Medications"}
FIVE, TWENTY, FULL = Exposure(5_000), Exposure(20_000), Exposure(100_000)

MEDICAL_HCL = Source(
    "medical_records.hcl",
    """\
toggle "allergies" {
  key        = "mhv_accelerated_delivery_allergies_enabled"
  product    = product.medical_records
  percentage = 5
}

toggle "vitals" {
  key        = "mhv_accelerated_delivery_vitals_enabled"
  product    = product.medical_records
  percentage = undecided("share for the LH alignment of vaccines")
}
""",
)
MEDICATIONS_HCL = Source(
    "medications.hcl",
    """\
toggle "medications" {
  key        = "mhv_medications_cerner_pilot"
  product    = product.medications
  percentage = 5

  requires {
    toggles  = [toggle.allergies, toggle.labs_and_tests]
    at_least = 100
    reason   = "The medication list shows allergies from the same source"
  }
}
""",
)
SOURCES = {source.filename: source for source in (MEDICAL_HCL, MEDICATIONS_HCL)}


def place(source: Source, text: str) -> Range:
    start = source.text.index(text)
    return source.range(start, start + len(text))


def toggle(name: str, index: str | int | None = None) -> Address:
    return Address("toggle", name, index)


def key_of(address: Address) -> str:
    suffix = "" if address.index is None else f"_{address.index}"
    return f"mhv_accelerated_delivery_{address.name}{suffix}_enabled"


def move(address: Address, before: Exposure, after: Exposure, **more) -> Move:
    action = more.pop("action", Action.RAISE if after > before else Action.LOWER)
    key = more.pop("key", key_of(address))
    steps = (Step(key, "set_percentage_of_actors", float(after.percent), after),)
    if action is Action.DELETE:
        steps = (Step(key, "remove", None, OFF),)
    gates = {"percentage_of_actors": before.points // 1000}
    return Move(address, key, action, before, None if action is Action.DELETE else after, steps, gates, **more)


def change_of(made: Move, **more) -> Change:
    before = None if made.action is Action.CREATE else made.before
    more = {"product": MEDICAL, "status": Status.ALLOWED, "wanted": made.after, "recorded": made.before} | more
    if made.action is Action.CREATE:
        more["recorded"] = None
    return Change(made.address, made.key, made.action, before=before, after=made.after, **more)


OUTPUTS = {
    "shares": {"value": {"allergies": 5, "labs": [0.5, None]}, "description": "", "hidden": ""},
    "title": {"value": "Medical Records", "description": "What it is called", "hidden": ""},
    "token": {"value": None, "description": "", "hidden": "sensitive"},
}


def plan(moves=(), changes=(), records=(), guards=(), **observed) -> Plan:
    pre = tuple(Precondition(item.address, item.key, item.before, None) for item in moves)
    core = Core(
        "va-staging",
        "flipper.embedded",
        "lineage",
        moves=tuple(moves),
        records=tuple(records),
        preconditions=pre,
        guard_changes=tuple(guards),
    )
    seen = {
        "created": NOW,
        "tool": "0.1.0",
        "serial": 12,
        "read_at": NOW,
        "known": 31,
        "managed": 6,
        "products": PRODUCTS,
        "applied": {"outputs": OUTPUTS},
        "outputs_before": OUTPUTS,
    }
    return Plan(core, Observed(**(seen | observed), changes=tuple(changes)))


def view(made: Plan, *batches: tuple[Move, ...], **more) -> PlanView:
    given = {"directory": "configs/va", "store": 'flipper "state/live.json"', "sources": SOURCES} | more
    return PlanView(made, batches or ((made.core.moves,) if made.core.moves else ()), CHANGE_ID, **given)


def canary_moves() -> tuple[Move, ...]:
    return tuple(move(toggle(name), OFF, FIVE) for name in ("allergies", "care_notes", "labs_and_tests"))


def canary() -> PlanView:
    moves = canary_moves()
    changes = [change_of(item, testers=3) for item in moves]
    decisions = (OpenDecision("share for the LH alignment of vaccines", place(MEDICAL_HCL, "undecided")),)
    return view(plan(moves, changes, open_decisions=decisions), saved_as="canary.plan")


def blocked_change() -> Change:
    check = Check(
        CheckName.REQUIREMENT,
        Verdict.FAIL,
        "Requirement not met",
        "It would be at 5 % while toggle.allergies is at 5 %; it requires 100 %.",
        place(MEDICATIONS_HCL, "at_least = 100"),
        "allergies: live and planned 5 %; labs_and_tests: live and planned 5 %",
        "Flipper draws a different 5 % for each toggle: of the people who would get the new Medications, "
        "most would still have the old Allergies.",
        ("leave toggle.medications at 0 %", "raise toggle.allergies and toggle.labs_and_tests to 100 % first"),
    )
    return Change(
        toggle("medications"),
        "mhv_medications_cerner_pilot",
        Action.RAISE,
        Status.BLOCKED,
        OFF,
        OFF,
        wanted=FIVE,
        recorded=OFF,
        product=MEDICATIONS,
        checks=(check,),
    )


def blocked() -> PlanView:
    moves = canary_moves()
    return view(plan(moves, [*map(change_of, moves), blocked_change()]))


def undecided() -> PlanView:
    check = Check(
        CheckName.DECISION,
        Verdict.UNDECIDED,
        "Value not decided",
        "The percentage of toggle.vitals is not decided yet: share for the LH alignment of vaccines.",
        place(MEDICAL_HCL, 'undecided("share for the LH alignment of vaccines")'),
        "decide it here",
    )
    change = Change(
        toggle("vitals"),
        key_of(toggle("vitals")),
        Action.RAISE,
        Status.BLOCKED,
        TWENTY,
        TWENTY,
        recorded=TWENTY,
        product=MEDICAL,
        checks=(check,),
    )
    return view(plan(changes=[change]))


def no_changes() -> PlanView:
    change = Change(toggle("allergies"), key_of(toggle("allergies")), Action.NO_OP, Status.ALLOWED, FIVE, FIVE, FIVE)
    return view(plan(changes=[replace(change, recorded=FIVE, product=MEDICAL)]))


def drift() -> PlanView:
    down = move(toggle("vaccines"), Exposure(25_000), FIVE, consent=True)
    ask = Check(
        CheckName.DRIFT,
        Verdict.PENDING,
        "Lowers what a hand raised",
        "Live 25 %, last applied 5 %, declared 5 %: somebody turned it up by hand, and lowering it takes it away "
        "from people.",
        ways_out=("plan with -accept-drift toggle.vaccines, or answer yes to it at apply",),
    )
    held = Check(
        CheckName.HOLD,
        Verdict.PENDING,
        "Held",
        "toggle.care_notes was turned down to 0 % outside of Flagstaff; it is not raised until somebody releases it.",
        ways_out=("flagstaff release toggle.care_notes -note ROOT_CAUSE", "adopt 0 % in the configuration"),
    )
    notes = Change(
        toggle("care_notes"),
        key_of(toggle("care_notes")),
        Action.RAISE,
        Status.PENDING,
        OFF,
        OFF,
        wanted=FIVE,
        recorded=FIVE,
        product=MEDICAL,
        checks=(held,),
    )
    found = (
        Drift(toggle("care_notes"), notes.key, DriftKind.BELOW, FIVE, OFF, "An implied hold: it stays down."),
        Drift(toggle("labs"), key_of(toggle("labs")), DriftKind.GONE, TWENTY, None, "It is not created again."),
        Drift(
            toggle("sm"),
            key_of(toggle("sm")),
            DriftKind.OTHER,
            TWENTY,
            Unrepresentable("open to 30 % of the time"),
            "It is left alone.",
        ),
        Drift(
            toggle("vaccines"),
            down.key,
            DriftKind.ABOVE,
            FIVE,
            Exposure(25_000),
            "Lowered to 5 % only with a yes of its own, or -accept-drift toggle.vaccines.",
        ),
    )
    changes = [notes, change_of(down, status=Status.PENDING, recorded=FIVE, checks=(ask,))]
    return view(plan([down], changes, drift=found))


GUARDS = (
    GuardChange("policy", "max_raise", "25 points", "50 points", True, Address("role", "owner"), None),
    GuardChange("protection", "toggle.allergies", "", "protected", False, None, None),
    GuardChange(
        "requirement",
        "toggle.medications needs toggle.allergies",
        "at least 100 %, hard",
        "at least 50 %",
        True,
        None,
        place(MEDICATIONS_HCL, "at_least = 100"),
    ),
)


def guard_changes() -> PlanView:
    return view(plan(guards=GUARDS))


def everything() -> PlanView:
    """One of each thing that a plan can say."""
    first = move(toggle("medications"), FULL, ON, action=Action.SWITCH_ON, key="mhv_medications_cerner_pilot")
    second = move(toggle("allergies"), TWENTY, FIVE, approvals=(Address("role", "medical_records_po"),))
    made = move(toggle("site", "653"), OFF, FIVE, action=Action.CREATE)
    gone = move(toggle("site", "506"), OFF, OFF, action=Action.DELETE)
    last = replace(move(toggle("labs"), OFF, FIVE), waits_for=(toggle("medications"),))
    agree = Check(CheckName.PROTECTION, Verdict.PENDING, "Protected", "role.medical_records_po must agree.")
    records = (
        RecordChange(toggle("global"), "mhv_accelerated_delivery_enabled", Action.ADOPT, ON),
        RecordChange(toggle("old"), "mhv_old", Action.FORGET),
        RecordChange(toggle("renamed"), "mhv_renamed", Action.MOVE, FIVE, toggle("former")),
    )
    left = ("the live toggle is left as it is",)
    changes = [
        blocked_change(),
        change_of(first, product=MEDICATIONS, notes=("100 % of actors become everybody, also logged-out visitors",)),
        change_of(second, status=Status.PENDING, checks=(agree,), testers=2),
        change_of(made, testers=0),
        change_of(gone, testers=4),
        change_of(last, testers=3),
        Change(records[0].address, records[0].key, Action.ADOPT, Status.ALLOWED, ON, ON, product=MEDICAL),
        Change(
            records[1].address, records[1].key, Action.FORGET, Status.ALLOWED, TWENTY, None, recorded=TWENTY, notes=left
        ),
        Change(
            records[2].address,
            records[2].key,
            Action.MOVE,
            Status.ALLOWED,
            FIVE,
            FIVE,
            wanted=FIVE,
            recorded=FIVE,
            product=MEDICAL,
            moved_from=toggle("former"),
        ),
    ]
    changes[0] = replace(changes[0], address=toggle("medications_web"), key="mhv_medications_web")
    moves = (second, last, first, gone, made)
    broken = Broken(
        toggle("vitals"),
        toggle("uhd"),
        TWENTY,
        FIVE,
        FULL,
        "Vitals are read through the UHD service",
        place(MEDICAL_HCL, 'toggle "vitals"'),
        repaired=False,
    )
    warning = Diagnostic(
        Severity.WARNING,
        "Tester without the required toggle",
        "2 testers of toggle.medications do not have toggle.allergies.",
        place(MEDICATIONS_HCL, "toggle.allergies"),
        context='toggle "medications"',
    )
    made_plan = plan(
        moves,
        changes,
        records,
        GUARDS[:1],
        taken_at=datetime(2026, 1, 25, 10, 0, tzinfo=UTC),
        production=True,
        broken=(broken,),
        drift=drift().plan.observed.drift[:1],
        open_decisions=(
            OpenDecision("share for the LH alignment of vaccines", place(MEDICAL_HCL, "undecided")),
            OpenDecision("monitoring period before 20 %", None),
        ),
        left_out=(toggle("appointments"), toggle("sm")),
        warnings=(warning,),
        outputs_before={name: {"value": 1, "description": "", "hidden": ""} for name in ("gone", "shares")},
        variables={"token": {}, "percent": {"value": 5}},
    )
    return view(made_plan, (second, first, gone, made), (last,), saved_as="all.plan")


def big() -> PlanView:
    """300 equal moves, 40 toggles that one requirement stops, 20 equal drifts."""
    moves = tuple(move(toggle("site", f"{number:03d}"), OFF, FIVE) for number in range(300))
    stopped = [
        replace(blocked_change(), address=toggle("medications", f"{number:03d}"), key=f"mhv_medications_{number:03d}")
        for number in range(40)
    ]
    found = tuple(
        Drift(toggle(f"clinic_{number:02d}"), f"clinic_{number:02d}", DriftKind.BELOW, FIVE, OFF, "It stays down.")
        for number in range(20)
    )
    changes = [change_of(item, testers=2) for item in moves] + stopped
    return view(plan(moves, changes, drift=found, known=400, managed=340))


def mistakes() -> tuple[Diagnostic, ...]:
    return (
        Diagnostic(
            Severity.ERROR,
            "Unknown toggle key",
            "The live store has no toggle with this key, and raising it would create one that no code reads.\n"
            'Did you mean "mhv_accelerated_delivery_vital_signs_enabled"?',
            place(MEDICAL_HCL, '"mhv_accelerated_delivery_vitals_enabled"'),
            context='toggle "vitals"',
        ),
        Diagnostic(
            Severity.ERROR,
            "Requirement cycle",
            "toggle.allergies and toggle.medications require each other, so neither can go first.",
            place(MEDICATIONS_HCL, MEDICATIONS_HCL.text[MEDICATIONS_HCL.text.index("requires") :].split("\n}")[0]),
            label="medications requires allergies",
            context='toggle "medications"',
            related=(Related(place(MEDICAL_HCL, 'toggle "allergies"'), "allergies requires medications"),),
        ),
        Diagnostic(Severity.WARNING, "Variable not used", 'The file sets "x", which no variable block declares.'),
        Diagnostic(Severity.ERROR, "Toggle not readable", "Its gates are not JSON.", address="toggle.sm"),
    )


def partial() -> Outcome:
    first, second, third = canary_moves()
    fourth, fifth = move(toggle("medications"), OFF, FIVE), move(toggle("vitals"), OFF, FIVE)
    return Outcome(
        (
            MoveResult(first, Ended.APPLIED, live=FIVE, seconds=0.2),
            MoveResult(
                second, Ended.FAILED, "It is at 25 % now, neither at 0 % as before nor at 5 %.", Exposure(25_000), 0.2
            ),
            MoveResult(third, Ended.APPLIED, live=FIVE, seconds=0.21),
            MoveResult(fourth, Ended.SKIPPED, "Skipped because of toggle.care_notes.", because=second.address),
            MoveResult(fifth, Ended.UNKNOWN, "The connection was lost while writing."),
        ),
        serial=13,
    )


def success() -> Outcome:
    results = tuple(MoveResult(item, Ended.APPLIED, live=FIVE, seconds=0.2) for item in canary_moves())
    return Outcome(results, serial=13, records=1)


def interrupted() -> Outcome:
    first, *rest = canary_moves()
    ended = tuple(MoveResult(item, Ended.NOT_STARTED, "Interrupted.") for item in rest)
    return Outcome((MoveResult(first, Ended.APPLIED, live=FIVE, seconds=0.2), *ended), 13, stopped="Interrupted.")


def state() -> State:
    return State(
        lineage="6f1c",
        serial=13,
        tool="0.1.0",
        environment="va-staging",
        applied={"outputs": OUTPUTS},
        toggles={
            toggle("allergies"): ToggleRecord(key_of(toggle("allergies")), FIVE, NOW, CHANGE_ID),
            toggle("global"): ToggleRecord("mhv_accelerated_delivery_enabled", ON),
            toggle("site", "653"): ToggleRecord(key_of(toggle("site", "653")), OFF, NOW, CHANGE_ID, created=True),
        },
        holds={toggle("allergies"): Hold("h1", "new class of errors", NOW, "jane@example.gov")},
    )


def journal() -> tuple[Entry, ...]:
    """An entry of every kind, and one of a kind that is not known yet."""
    told = [encode_fact(fact) for fact in JOURNAL]
    told.append(("promised", {"by": "the next version"}))
    return link(None, told, time=NOW, run="5d0c44e1-run", who="jane@host")


_ALLERGIES, _MEDICATIONS = Address("toggle", "allergies"), Address("toggle", "medications")
_STAGE = StageName(Address("rollout", "medical_records"), "wave_1a")
_PO, _ERRORS = Address("role", "medical_records_po"), Address("monitor", "scdf_errors")
_HOLDER = LockInfo("l1", "apply", "jane", "build-7", 4, NOW, "0.1.0")
_GO = Approval(CHANGE_ID, _PO, Decision.GO, "po@example.gov", NOW, NOW + timedelta(hours=72), "go", "{}", "sig")
_HOLD = Hold("3f6a9c01-hold", "new class of errors", NOW, "oncall@host", rollback="r-2", before=FULL)
_FROZEN = Frozen(Decimal("0.003"), NOW, Decimal(1236), Decimal(412118))
JOURNAL: tuple[facts.Fact, ...] = (
    facts.Trusted({"roles": {"role.medical_records_po": {}, "role.medications_po": {}}}),
    facts.Approved(_GO),
    facts.Approved(replace(_GO, decision=Decision.NO_GO, note="dashboards first", signature="", via="review 12")),
    facts.ApplyStarted(CHANGE_ID, "va-staging", {"moves": [{"address": "toggle.allergies"}], "stages": []}),
    facts.BaselineFrozen(_STAGE.rollout, _ERRORS, _FROZEN),
    facts.BaselineFrozen(_STAGE.rollout, _ERRORS, Frozen(Decimal("0.4"), NOW)),
    facts.Measured(Reading(_ERRORS, Verdict.PASS, NOW, "0.30 %, no increase that the data supports")),
    facts.Intent(_ALLERGIES, "k", Action.RAISE, OFF, FIVE),
    facts.Result(_ALLERGIES, "k", facts.Outcome.APPLIED, FIVE),
    facts.Intent(_MEDICATIONS, "m", Action.CREATE, None, FIVE),
    facts.Result(_MEDICATIONS, "m", facts.Outcome.FAILED, TWENTY, "wrote 5, store says 20"),
    facts.StageChanged(_STAGE, facts.StageEvent.STARTED, (_ALLERGIES,), FIVE, "SCDF"),
    facts.StageChanged(_STAGE, facts.StageEvent.VERIFIED, (_ALLERGIES,), FIVE, "SCDF"),
    facts.ApplyFinished({"applied": 1, "failed": 1}, "Interrupted."),
    facts.Intent(_ALLERGIES, "k", Action.DELETE, FIVE, None),
    facts.Result(_ALLERGIES, "k", facts.Outcome.UNKNOWN, None, "the connection was lost"),
    facts.Takeover(_HOLDER),
    facts.Recovered(_ALLERGIES, "k", facts.Outcome.APPLIED, FIVE, "5d0c44e1-run", "as before"),
    facts.Recovered(_MEDICATIONS, "m", facts.Outcome.FAILED),
    facts.Answered(Answer(_ERRORS, Verdict.PASS, "ann", NOW, NOW + timedelta(hours=4), "looked at the board")),
    facts.Answered(Answer(Address("trigger", "new_errors"), Verdict.FAIL, "ann", NOW, NOW + timedelta(hours=4))),
    facts.Answered(Answer(Address("trigger", "new_errors"), Verdict.PASS, "ann", NOW, NOW + timedelta(hours=4))),
    facts.RollbackStarted("va-staging", ("toggle.allergies",), "new class of errors", OFF, Address("trigger", "x")),
    facts.Held(_ALLERGIES, "k", _HOLD),
    facts.Held(_MEDICATIONS, "m", replace(_HOLD, id="b1", of=_ALLERGIES, cause="", before=None)),
    facts.RollbackFinished({}, ""),
    facts.Explained("r-2-of-long-name", "a rename in the gateway"),
    facts.StageChanged(_STAGE, facts.StageEvent.STOPPED, (_ALLERGIES,), FIVE, "", "toggle.allergies was rolled back"),
    facts.StageChanged(_STAGE, facts.StageEvent.LEFT),
    facts.Released(_HOLD.id, (_ALLERGIES, _MEDICATIONS), "the gateway is fixed", _GO),
    facts.Released(_HOLD.id, (_ALLERGIES,), "the gateway is fixed"),
    facts.Imported(_ALLERGIES, "k", FIVE, NOW),
    facts.Moved(Address("toggle", "labs"), Address("toggle", "labs_and_tests"), "k"),
    facts.Removed(_MEDICATIONS, "m"),
    facts.Result(_MEDICATIONS, "m", facts.Outcome.APPLIED, FIVE),
    facts.Intent(_MEDICATIONS, "m", Action.LOWER, FIVE, OFF),
    facts.Unlocked(_HOLDER),
    facts.Pushed(7, None, "{}"),
    facts.Pushed(8, 7, "{}"),
    facts.Migrated("state/va.json", "s3 bucket va"),
    facts.Migrated("state/va.json", "s3 bucket va", arrived=True),
)
