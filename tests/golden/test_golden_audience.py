"""What the tool says of people: in a plan, for a what-if, for one person; from real analyses of made-up people."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from flagstaff.addresses import Address
from flagstaff.audience.advice import advise
from flagstaff.audience.analysis import analyse
from flagstaff.audience.person import explain_person
from flagstaff.audience.population import made_up_uuids
from flagstaff.model.conditions import And, Is, Not
from flagstaff.model.configuration import Experience, Product, Segment
from flagstaff.model.exposure import Exposure
from flagstaff.model.live import Snapshot
from flagstaff.model.recorded import Recorded, ToggleRecord
from flagstaff.plan.codec import change_id
from flagstaff.plan.inputs import Detail
from flagstaff.plan.order import batches
from flagstaff.plan.people.affected import Affected
from flagstaff.plan.people.asking import kept, question, standing, titles
from flagstaff.plan.planner import make_plan
from flagstaff.testing import building as b
from flagstaff.testing.schemas import flaws
from flagstaff.views.audience_human import audience_page
from flagstaff.views.audience_json import affected_json, document
from flagstaff.views.look import Look, Page
from flagstaff.views.person import person_json, person_page
from flagstaff.views.plan_audience import add_audience
from flagstaff.views.plan_json import flagstaff_json

MEDICAL = Address("product", "medical_records")
LOOKS = {"80": Look(80), "200": Look(200), "50": Look(50), "ascii": Look.fitting(80, "ascii")}


@cache
def people():
    return kept(made_up_uuids(20_000, seed=7))


def is_(name):
    return Is(b.address(name))


def desired(gate="100"):
    """A rollout of two, behind a gate; one that requires another; one whose key is new; one that people lose."""
    experiences = [
        Experience(
            Address("experience", f"{name}_web"), f"{name.title()} from SCDF", And((is_(name), is_("gate"))), MEDICAL
        )
        for name in ("allergies", "notes")
    ]
    experiences.append(Experience(Address("experience", "classic"), "The classic page", Not(is_("portal")), MEDICAL))
    segments = (
        Segment("vista", Decimal("0.9"), "SCDF asks for VistA data", "MHV data, as before"),
        Segment("oracle", Decimal("0.1"), "SCDF asks for Oracle Health data", "no Oracle Health data"),
    )
    return b.ramped(
        b.rollout("records", b.stage("canary", "20", "allergies", "notes"), go=["canary"], product=MEDICAL),
        toggles=[
            b.toggle("allergies", product=MEDICAL, title="Allergies"),
            b.toggle("notes", product=MEDICAL),
            b.toggle("gate", gate, product=MEDICAL),
            b.toggle("portal", "5", product=MEDICAL),
            b.toggle("renamed", "30", product=MEDICAL, key="renamed_v2"),
            b.toggle("clock", product=MEDICAL),
            b.toggle("lists", "10", requires=["allergies"], product=MEDICAL),
        ],
        products={MEDICAL: Product(MEDICAL, "Medical Records", people=1_200_000, segments=segments)},
        experiences={item.address: item for item in experiences},
    )


def live():
    at = {"allergies_enabled": "5", "notes_enabled": "0", "gate_enabled": "100", "portal_enabled": "20"}
    at |= {"renamed_enabled": "30", "renamed_v2": "0", "lists_enabled": "10"}
    raws = {key: b.raw(level) for key, level in at.items()}
    raws["lists_enabled"] = b.raw("10", "ann@example.gov")
    return Snapshot({**raws, "clock_enabled": b.raw("0", percentage_of_time="10")}, b.NOW)


@cache
def plan(detail, gate="100"):
    options = replace(b.EMBEDDED, audience=detail, population=people())
    recorded = Recorded("lineage", 1, {b.address("renamed"): ToggleRecord("renamed_enabled", Exposure.parse("30"))})
    return make_plan(desired(gate), live(), b.DIALECT, recorded, b.EVIDENCE, options)


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("detail", ["short", "full"])
def test_the_section_of_a_plan(golden, detail, look):
    page = Page(LOOKS[look])
    add_audience(page, plan(Detail(detail)))
    assert max(len(line) for line in page.text.splitlines()) <= LOOKS[look].width
    assert look != "ascii" or page.text.isascii()
    golden(f"audience/plan-{detail}-{look}.txt", page.text)


def test_a_gate_that_is_hardly_open(golden):
    found = plan(Detail.SHORT, "5")
    page = Page(LOOKS["80"])
    add_audience(page, found)
    warnings = "".join(f"\n{item.summary}\n{item.detail}\n" for item in found.observed.warnings)
    golden("audience/gate.txt", page.text + warnings)


@cache
def affected(*, full, **sets):
    config = desired()
    courses = standing(config, live(), b.DIALECT, config.toggles)
    for address, course in courses.items():
        after = Exposure.parse(sets[address.name]) if address.name in sets else course.exposures[0]
        courses[address] = replace(course, exposures=(course.exposures[0], after))
    requirements = tuple(r for toggle in config.toggles.values() for r in toggle.requirements)
    asked = question(config, b.DIALECT, courses, ("now", "then"), requirements)
    return asked, Affected(analyse(asked, people()), advise(asked, people()), titles(config, asked), full)


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(("name", "full", "sets"), [
    ("now", False, ()),
    ("what-if", False, (("allergies", "20"), ("notes", "20"), ("portal", "0"), ("gate", "50"))),
    ("what-if-full", True, (("allergies", "20"), ("notes", "20"))),
    ("nothing", False, (("renamed", "50"),)),
])  # fmt: skip
def test_the_command(golden, name, full, sets, look):
    _, found = affected(full=full, **dict(sets))
    page = audience_page(found, LOOKS[look], what_if=bool(sets))
    assert look != "ascii" or page.text.isascii()
    assert max(len(line) for line in page.text.splitlines()) <= LOOKS[look].width
    golden(f"audience/{name}-{look}.txt", page.text)


@pytest.mark.parametrize("look", LOOKS)
def test_one_person(golden, look):
    asked, _ = affected(full=False, allergies="20", notes="20", portal="0")
    person = explain_person(asked, {"": "ann@example.gov"}, "oracle")
    page = person_page(person, desired(), {"": "ann@example.gov", "icn": "1012"}, LOOKS[look], what_if=True)
    golden(f"audience/person-{look}.txt", page.text)
    if look == "80":
        golden("audience/person.json", person_json(person) + "\n")
    assert "ann@" not in person_json(person)


def test_json(golden):
    found = plan(Detail.FULL, "5")
    text = json.dumps(affected_json(found.observed.affected), indent=1, ensure_ascii=False)
    golden("audience/plan.json", text + "\n")
    whole = flagstaff_json(found, batches(found.core.moves), change_id(found.core), {})
    assert flaws("plan", whole, "flagstaff") == []
    assert whole["audience"] == json.loads(text)
    assert flagstaff_json(plan(Detail.NONE), (), "0" * 64, {})["audience"] is None
    alone = json.loads(document(found.observed.affected))
    assert alone == {"format": 1, **whole["audience"]}


def test_no_golden_file_is_left_over():
    looks = tuple(LOOKS)
    names = ("plan-short", "plan-full", "now", "what-if", "what-if-full", "nothing", "person")
    used = {f"{name}-{look}.txt" for name in names for look in looks} | {"gate.txt", "plan.json", "person.json"}
    assert {path.name for path in (Path(__file__).parent / "audience").iterdir()} == used
