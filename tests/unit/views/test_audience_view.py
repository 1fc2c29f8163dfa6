"""The corners of what is said of people: too many rows, nothing changed, nobody can say."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from flagstaff.addresses import Address
from flagstaff.audience.advice import advise
from flagstaff.audience.analysis import analyse
from flagstaff.audience.population import made_up_uuids
from flagstaff.model.conditions import Is
from flagstaff.model.configuration import Experience, Product, Segment
from flagstaff.model.live import Snapshot
from flagstaff.model.recorded import Recorded
from flagstaff.plan.inputs import Detail
from flagstaff.plan.people.affected import Affected
from flagstaff.plan.people.asking import kept, question, standing, titles
from flagstaff.plan.planner import make_plan
from flagstaff.testing import building as b
from flagstaff.views.audience_human import audience_page
from flagstaff.views.audience_json import document
from flagstaff.views.look import Look, Page
from flagstaff.views.plan_audience import add_audience

PEOPLE = kept(made_up_uuids(2_000, seed=7))


def section(desired, live=None, detail=Detail.SHORT, width=100):
    raws = {toggle.key: b.raw("0") for toggle in desired.toggles.values()} | dict(live or {})
    options = replace(b.EMBEDDED, audience=detail, population=PEOPLE)
    page = Page(Look(width))
    add_audience(page, make_plan(desired, Snapshot(raws, b.NOW), b.DIALECT, Recorded(), b.EVIDENCE, options))
    return page.text


def test_more_rows_than_one_reads_are_counted():
    many = b.desired(*(b.toggle(f"t{number:02}", "5") for number in range(30)))
    text = section(many)
    assert "  6 more toggles: -audience=full shows all\n" in text
    assert "toggle.t23 " in text
    assert "toggle.t24 " not in text
    assert "toggle.t29 " in section(many, detail=Detail.FULL)


def test_it_is_said_where_no_experience_changes():
    experience = Experience(Address("experience", "e"), "E", Is(b.address("other")))
    desired = b.desired(b.toggle("a", "5"), b.toggle("other"), experiences={experience.address: experience})
    assert section(desired).splitlines()[1] == "  Changes none of the declared experiences."
    assert "none of the declared" not in section(replace(desired, experiences={}))


def test_nobody_is_told_of_people_where_the_product_does_not_say_how_many():
    assert section(b.desired(b.toggle("a", "5"))).splitlines()[1:] == [
        "                now     then",
        "  toggle.a   0.00 %   4.75 %   new: 4.75 %",
    ]


def test_what_on_and_off_mean_is_told_as_far_as_somebody_wrote_it():
    product, half = Address("product", "p"), Decimal("0.5")

    def told(*segments):
        owner = {product: Product(product, "", segments=segments)}
        return section(b.desired(b.toggle("a", "5", product=product), products=owner)).splitlines()[3:]

    assert told(Segment("one", half, "", "nothing"), Segment("other", half, "", "")) == []
    assert told(Segment("one", half, "new", "old"), Segment("other", half, "", "old")) == [
        "  What it means in product.p",
        "    one   on: new",
    ]


@pytest.mark.parametrize("what_if", [True, False])
def test_what_nobody_can_say_is_said(what_if):
    one = b.rollout("r", b.stage("s", "5", "a", "clock"), go=["s"])
    experience = Experience(Address("experience", "e"), "E", Is(b.address("clock")))
    desired = b.ramped(
        one, toggles=[b.toggle("child", requires=["clock"])], experiences={experience.address: experience}
    )
    live = {"a_enabled": b.raw("5"), "clock_enabled": b.raw("0", percentage_of_time="10"), "child_enabled": b.raw("5")}
    courses = standing(desired, Snapshot(live, b.NOW), b.DIALECT, desired.toggles)
    requirements = desired.toggles[b.address("child")].requirements
    asked = question(desired, b.DIALECT, courses, ("now", "then"), requirements)
    found = Affected(analyse(asked, PEOPLE), advise(asked, PEOPLE), titles(desired, asked))
    text = audience_page(found, Look(100), what_if=what_if).text
    assert "  E\n    nobody can say: toggle.clock is open in a way that no share says\n" in text
    assert "rollout.r\n  toggle.a, toggle.clock\n    nobody can say: toggle.clock\n" in text
    assert "toggle.child without toggle.clock: " in text
    data = json.loads(document(found))
    assert [item["change"] for item in data["experiences"]] == [None]
    assert data["experiences"][0]["unknown"] == ["toggle.clock"]
    assert data["sets"][0]["after"] is None
