"""What plans with rollouts read like: one that can be applied, and one whose next stage has to wait."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from flagstaff.addresses import Address
from flagstaff.language.source import Source
from flagstaff.model.configuration import Product, Role, Settings
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.evidence import Frozen, Reading, Verdict
from flagstaff.model.rollout import Blocker, Monitor, MonitorSource, Soak
from flagstaff.plan.codec import change_id
from flagstaff.plan.order import batches
from flagstaff.testing import building as b
from flagstaff.views.look import Look
from flagstaff.views.plan_human import PlanView, plan_page
from flagstaff.views.terraform_json import plan_json

HOUR = timedelta(hours=1)
START = datetime(2026, 1, 27, 19, 5, tzinfo=UTC)
MEDICAL = Address("product", "medical_records")
PO = Address("role", "medical_records_po")
ERRORS = Address("monitor", "scdf_errors")
VISTA, DASHBOARDS, BLUE = (Address("blocker", name) for name in ("vista_validation", "dashboards", "blue_button"))
HCL = Source(
    "medical_records.hcl",
    """\
blocker "blue_button" {
  title  = "Blue Button is ready"
  status = "in_progress"
}

rollout "medical_records" {
  go = ["wave_1a", "limited"]

  stage "wave_1a" {
    percentage = 5
    toggles    = [toggle.allergies, toggle.care_notes, toggle.labs_and_tests]
    not_before = "2026-01-27"
    soak       = between("24h", "48h")
  }

  stage "wave_1c" {
    percentage = undecided("share for the LH alignment of vaccines")
    toggles    = [toggle.vaccines]
  }

  stage "limited" {
    percentage = 20
    toggles    = [toggle.allergies]
    after      = ["wave_1a"]
  }

  stage "nudging" {}
}
""",
)


def place(text):
    start = HCL.text.index(text)
    return HCL.range(start, start + len(text))


LH = OpenDecision("share for the LH alignment of vaccines", place("undecided("), PO, "rollout.medical_records")


def stages():
    return (
        b.stage(
            "wave_1a",
            "5",
            "allergies",
            "care_notes",
            "labs_and_tests",
            not_before=datetime(2026, 1, 27, 5, 0, tzinfo=UTC),
            soak=Soak(24 * HOUR, 48 * HOUR),
            blocked_by=(VISTA, DASHBOARDS),
            monitors=(ERRORS,),
            soak_range=place("soak"),
        ),
        b.stage("wave_1c", LH, "vaccines", range=place('stage "wave_1c"'), open_decisions=(LH,)),
        b.stage("limited", "20", "allergies", after=("wave_1a",), blocked_by=(BLUE,), approvals=(PO,)),
        b.stage("nudging", after=("limited",)),
    )


def configuration(*go):
    rollout = b.rollout(
        "medical_records", *stages(), go=go, product=MEDICAL, go_range=place('go = ["wave_1a", "limited"]')
    )
    toggles = [b.toggle(str(toggle), product=MEDICAL) for toggle in rollout.toggles]
    blockers = (
        Blocker(VISTA, "Vista health data validation", "complete"),
        Blocker(DASHBOARDS, "Dashboards", "complete"),
        Blocker(BLUE, "Blue Button is ready", "in_progress", owner=PO, status_range=place('"in_progress"')),
    )
    return b.ramped(
        rollout,
        toggles=toggles,
        settings=Settings(environment="va-staging", timezone="America/New_York"),
        products={MEDICAL: Product(MEDICAL, "Medical Records", owner=PO)},
        roles={PO: Role(PO, ("po@example.gov ssh-ed25519 AAAA",))},
        blockers={blocker.address: blocker for blocker in sorted(blockers, key=lambda one: one.address)},
        monitors={ERRORS: Monitor(ERRORS, "SCDF error rate", MonitorSource("prometheus"))},
        open_decisions=(LH,),
    )


def reading(at):
    baseline = Frozen(Decimal("0.003"), at, Decimal(2_960), Decimal(986_400))
    return Reading(
        ERRORS,
        Verdict.PASS,
        at,
        "0.3 % of 412,118, baseline 0.3 %: no increase that the data supports",
        query="errors / requests",
        measured=Decimal("0.003"),
        numerator=Decimal(1_236),
        samples=Decimal(412_118),
        baseline=baseline,
        fresh=True,
    )


def view(made, **more):
    order = batches(made.core.moves)
    given = {"directory": "configs/va", "store": 'flipper "staging"', "sources": {HCL.filename: HCL}}
    return PlanView(made, order, change_id(made.core), **given, **more)


def store(**live):
    return b.snapshot(**{"allergies": "0", "care_notes": "0", "labs_and_tests": "0", "vaccines": "0", **live})


def canary():
    made = b.plan(configuration("wave_1a"), store(), evidence=b.at(START, readings={ERRORS: reading(START)}))
    return view(made, saved_as="canary.plan")


def waiting():
    """`wave_1a` runs for three hours, and somebody wants the next two stages."""
    first = b.plan(configuration("wave_1a"), store(), evidence=b.at(START, readings={ERRORS: reading(START)}))
    live, record = b.applied(first, store())
    later = b.at(START + 3 * HOUR, readings={ERRORS: reading(START)})
    return view(b.plan(configuration("wave_1a", "wave_1c", "limited"), live, record, evidence=later))


def left():
    first = b.plan(configuration("wave_1a"), store(), evidence=b.at(START, readings={ERRORS: reading(START)}))
    live, record = b.applied(first, store())
    return view(b.plan(configuration(), live, record, evidence=b.at(START + 60 * HOUR)))


def nudging():
    """The last stage moves nothing: it only begins."""
    config = configuration("wave_1a", "limited", "nudging")
    blue = replace(config.blockers[BLUE], status="complete")
    config = replace(config, blockers={**config.blockers, BLUE: blue})
    made, live, record, now = None, store(), None, START
    for _ in range(2):
        go = b.at(now, readings={ERRORS: reading(START)})
        names = ("wave_1a",) if made is None else ("wave_1a", "limited")
        narrower = replace(configuration(*names), blockers=config.blockers)
        made = b.plan(narrower, live, record, evidence=go)
        live, record = b.applied(made, live, record)
        now += 30 * HOUR
    return view(b.plan(config, live, record, evidence=b.at(now)))


PLANS = {"canary": canary, "waiting": waiting, "left": left, "nudging": nudging}


@pytest.mark.parametrize("name", PLANS)
def test_plan(golden, name):
    golden(f"rollouts/{name}.txt", plan_page(PLANS[name](), Look(100)).text)


def test_plan_in_ascii_at_60_columns(golden):
    text = plan_page(waiting(), replace(Look.fitting(60, "ascii"))).text
    assert text.isascii()
    golden("rollouts/waiting-narrow.txt", text)


@pytest.mark.parametrize("name", ["canary", "waiting"])
def test_plan_json(golden, name):
    made = PLANS[name]()
    document = json.loads(plan_json(made.plan, made.batches, made.change_id, sources=made.sources))["flagstaff"]
    kept = ("summary", "moves", "stages", "refused_stages", "rollouts", "gates", "readings", "open_decisions")
    golden(f"rollouts/{name}.json", json.dumps({key: document[key] for key in kept}, indent=1) + "\n")
