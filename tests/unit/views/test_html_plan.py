"""A plan as a page: what stands in it, and in which order."""

import html
import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from flagstaff.addresses import Address
from flagstaff.approvals.verify import Agreement
from flagstaff.audience.results import Advice, Audience, Change, Pair, Reach, SegmentReach, SetReach, Share, Spread
from flagstaff.model.evidence import Approval, Decision
from flagstaff.model.exposure import OFF, Exposure
from flagstaff.model.rollout import StageName
from flagstaff.plan.check import CheckName
from flagstaff.plan.people.affected import Affected
from flagstaff.plan.plan import StageMove, Unmanaged, Waived
from flagstaff.plan.stages.view import RolloutView, StageState, StageView
from flagstaff.views.html.plan import plan_html

PLANS = ("canary", "blocked", "undecided", "everything", "no_changes", "drift", "guard_changes", "big")
PO = Address("role", "po")


class Outline(HTMLParser):
    """Headings, ids, and the structure that screen readers need."""

    def __init__(self, page):
        super().__init__()
        self.tags = []
        self.open = []
        self.headings = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and re.fullmatch("h[1-6]", self.open[-1]):
            self.headings.append((int(self.open[-1][1]), data))


def text_of(page):
    return html.unescape(re.sub(r"<[^>]+>", "", re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)))


def one(view, **observed):
    return replace(view, plan=replace(view.plan, observed=replace(view.plan.observed, **observed)))


def linked(view):
    """The toggles of the sample with what they need, as the state keeps it."""
    need = {"toggle": "toggle.allergies", "at_least": "100", "hard": True}
    toggles = {
        "toggle.allergies": {"title": "Allergies", "requires": [], "depends_on": []},
        "toggle.medications": {"title": "", "requires": [need], "depends_on": ["toggle.care_notes"]},
        "toggle.care_notes": {"title": "Notes", "requires": [{**need, "hard": False}], "depends_on": []},
        "toggle.calm": {"title": "Calm", "requires": [need], "depends_on": ["toggle.gone"]},
    }
    return one(view, applied={"toggles": toggles}, levels={"toggle.calm": Exposure(20_000)})


@pytest.mark.parametrize("name", PLANS)
def test_the_page_is_whole_and_in_order(samples, name):
    page = plan_html(getattr(samples, name)())
    outline = Outline(page)
    levels = [level for level, _ in outline.headings]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    ids = [attributes["id"] for _, attributes in outline.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for tag, attributes in outline.tags:
        assert set(attributes.get("aria-labelledby", ids[0]).split()) <= set(ids)
        assert attributes.get("href", "#main")[1:] in ids
        if tag == "th":
            assert attributes["scope"] in {"row", "col"}
    tags = [tag for tag, _ in outline.tags]
    assert tags.count("table") == tags.count("caption")
    assert tags.count("main") == tags.count("header") == 1
    assert "script" not in tags


def test_the_verdict_comes_first_and_what_is_done_behind_it(samples):
    page = plan_html(samples.blocked())
    assert '<p class="lead"><strong>✗ 1 raise is blocked, 3 changes can be applied.</strong></p>' in page
    assert [text for level, text in Outline(page).headings if level <= 2] == [
        "Plan for va-staging",
        "Changes (3)",
        "Blocked (1)",
    ]
    text = text_of(page)
    assert "Requirement not met: It would be at 5\xa0% while toggle.allergies is at 5\xa0%" in text
    assert "Why it matters: Flipper draws a different 5\xa0%" in text
    assert "Ways out:" in text
    assert "leave toggle.medications at 0\xa0%" in text
    assert "medications.hcl:8: allergies: live and planned" in text
    assert "Plan: 0 to add, 3 to change, 0 to destroy." in text


def test_nothing_to_do(samples):
    page = plan_html(samples.no_changes())
    assert "✓ No changes. Your infrastructure matches the configuration" in page
    assert "<nav" not in page


def test_drift_decisions_and_what_waits(samples):
    headings = [text for _, text in Outline(plan_html(samples.drift())).headings]
    assert "Drift: 4 toggles changed outside of Flagstaff" in headings
    assert "Waits for a person (1)" in headings
    assert "Open decisions (1)" in [text for _, text in Outline(plan_html(samples.canary())).headings]


def test_guards_and_waivers_stand_before_the_changes(samples):
    view = samples.everything()
    waived = Waived("toggle.labs", CheckName.SOAK, "Known from staging", samples.NOW, PO)
    page = plan_html(replace(view, plan=replace(view.plan, core=replace(view.plan.core, waived=(waived,)))))
    found = [text for level, text in Outline(page).headings if level == 2]
    assert found[0].startswith("Guard changes (")
    assert found.index("Changes of the state only") > 0
    assert "Waived until 2026-01-27 14:02 UTC: soak of toggle.labs, needs role.po: Known from staging" in text_of(page)


def test_approvals_with_who_and_until_when(samples):
    approval = Approval("0" * 64, PO, Decision.GO, "jane@example.gov", samples.NOW, samples.NOW, note="Fine")
    other = Address("role", "ops")
    agreements = {PO: Agreement(approved=True, by=(approval,)), other: Agreement(approved=False, reasons=("Not yet",))}
    text = text_of(plan_html(replace(samples.canary(), agreements=agreements)))
    assert "✓ role.po approved by jane@example.gov at 2026-01-27 14:02 UTC, expires 2026-01-27 14:02 UTC: Fine" in text
    assert "? role.ops has not agreed to this change; Not yet" in text
    assert "flagstaff approve canary.plan -as role.ops" in text


def test_what_needs_what_is_drawn_and_told(samples):
    page = plan_html(linked(samples.blocked()))
    text = text_of(page)
    assert 'class="node stopped"' in page
    assert 'class="node up"' in page
    assert 'class="node same"' in page
    rows = [re.sub(r"\s+", " ", row).strip() for row in re.findall(r"<tr>.*?</tr>", page) if " of</td>" in row]
    assert len(rows) == 3
    assert "requires 100\xa0% of" in text
    assert "should have 100\xa0% of" in text
    assert "▲ 0\xa0% → 5\xa0%" in text
    assert "✗ stays at 0\xa0%" in text
    assert "comes after" in text
    assert "not live" in text
    assert "6 toggles, 5 arrows. The table below has the same in words." in text
    assert "more are not drawn" not in text


def test_of_many_toggles_those_that_move_and_their_neighbours_are_drawn(samples):
    view = samples.blocked()
    need = {"toggle": "toggle.allergies", "at_least": "on", "hard": True}
    toggles = {f"toggle.t{place}": {"requires": [need], "depends_on": []} for place in range(80)}
    page = plan_html(one(view, applied={"toggles": toggles}))
    assert page.count('<g class="node') == 60
    assert "24 toggles more are not drawn" in text_of(page)
    assert page.count(">requires on of<") == 80
    calm = replace(view.plan, core=replace(view.plan.core, moves=()))
    page = plan_html(one(replace(view, plan=calm), applied={"toggles": toggles}, changes=()))
    assert page.count('<g class="node') == 60
    assert "21 toggles more are not drawn" in text_of(page)


def affected(samples):
    """A toggle and an experience that change, one that does not, one of which nobody knows, two sets and a pair."""
    some, more, none = Share(10, 1000, 50_000), Share(60, 1000, 50_000), Share(0, 1000, 50_000)
    product = samples.MEDICAL
    up, calm = Change(some, more, Share(50, 1000, 50_000), none), Change(some, some, none, none)
    segment = SegmentReach("dual", "both inboxes", "", up)
    allergies, notes, web = samples.toggle("allergies"), samples.toggle("care_notes"), Address("experience", "web")
    spreads = Spread((990, 10, 0), 50_000), Spread((940, 40, 20), 50_000)
    audience = Audience(
        "people",
        1000,
        1,
        ("now", "after"),
        (Reach(allergies, product, up, None), Reach(notes, product, None, None, unknown=("toggle.x",))),
        (Reach(web, product, up, None, segments=(segment,)), Reach(Address("experience", "app"), product, calm, None)),
        (),
        (SetReach("rollout.r", (allergies, notes), *spreads), SetReach("none", (), None, None)),
        (Pair(allergies, notes, Share(40, 1000), 0.01),),
    )
    return Affected(audience, titles={str(web): "On the web", str(product): "Medical Records"})


def test_who_is_affected_in_bars_and_words(samples):
    page = plan_html(one(samples.canary(), affected=affected(samples)))
    text = text_of(page)
    assert "Sample of people, seed 1; without testers." in text
    assert "On the web experience.web" in text
    assert "1.00\xa0% → 6.00\xa0%, about 3,000 people then, new: 2,500" in text
    assert "experience.app" not in text
    assert "Nobody can say who has toggle.care_notes: toggle.x is open in a way that no share says." in text
    assert "At least one of the 2" in text
    assert "Some, but not both" in text
    assert "Pairs that have other people in common than chance would give" in text
    assert "What it means in Medical Records" in text
    assert 'class="gained"' in page


def test_what_changes_nobodys_experience_says_so(samples):
    found = affected(samples)
    calm = replace(found.audience, experiences=found.audience.experiences[1:])
    text = text_of(plan_html(one(samples.canary(), affected=replace(found, audience=calm))))
    assert "Changes none of the declared experiences." in text


def test_more_people_rows_than_anybody_reads_are_counted(samples):
    found = affected(samples)
    many = tuple(replace(found.audience.toggles[0], address=samples.toggle(f"t{place}")) for place in range(45))
    audience = replace(found.audience, toggles=many, experiences=(), sets=(), pairs=())
    text = text_of(plan_html(one(samples.canary(), affected=Affected(audience))))
    assert "5 more toggles are in the plan's JSON." in text


def test_a_rollout_on_its_line_of_time(samples):
    rollout = Address("rollout", "r")
    first, second = StageName(rollout, "canary"), StageName(rollout, "limited")
    served = samples.NOW + timedelta(days=1)
    stages = (
        StageView(first, "Canary", StageState.RUNNING, True, Exposure(5_000), since=samples.NOW, served_at=served),
        StageView(second, "", StageState.WAITING, True, Exposure(20_000)),
    )
    terms = [{"name": "canary"}, {"name": "limited", "after": ["canary"], "soak": {"minimum": 86_400.0}}]
    view = one(
        samples.canary(),
        rollouts=(RolloutView(rollout, "", None, stages, at="canary", next="limited"),),
        applied={"rollouts": {"rollout.r": {"stages": terms}}, "toggles": {}},
    )
    core = replace(view.plan.core, stages=(StageMove(second, partial=True),))
    text = text_of(plan_html(replace(view, plan=replace(view.plan, core=core))))
    assert 'rollout.r: "canary" at 5\xa0%, running since 2026-01-27 14:02 UTC' in text
    assert "at the earliest 2026-01-28 14:0"[:26] in text
    assert "▶ begins with this plan" in text
    assert "begins in part" in text


def test_what_is_left_out_and_what_nobody_mentions(samples):
    unmanaged = tuple(Unmanaged(f"key_{place}", OFF) for place in range(101))
    view = one(samples.canary(), unmanaged=unmanaged, left_out=(samples.toggle("b"), samples.toggle("a")))
    drift = replace(samples.drift().plan.observed.drift[0], expected=True)
    text = text_of(plan_html(one(view, drift=(drift,))))
    assert "101 live toggles that nothing mentions" in text
    assert "The first 100 of them" in text
    assert "Left out by -target or -exclude" in text
    assert "Expected drift: toggle.care_notes" in text


def test_a_stage_that_may_not_begin_with_all_that_it_waits_for(samples):
    rollout = Address("rollout", "r")
    check = replace(
        samples.blocked_change().checks[0], name=CheckName.BLOCKER, range=None, why="", ways_out=("do `it`",)
    )
    checks = tuple(replace(check, of=Address("blocker", name), label="pending") for name in ("vista", "boards"))
    stage = StageView(StageName(rollout, "canary"), "", StageState.WAITING, True, Exposure(5_000), checks=checks)
    applied = {
        "rollouts": {"rollout.r": {"title": "Ramp", "stages": ()}},
        "blockers": {"blocker.vista": {"title": "V"}},
    }
    view = one(samples.no_changes(), rollouts=(RolloutView(rollout, "Ramp", None, (stage,)),), applied=applied)
    page = plan_html(view)
    assert (3, "Ramp: canary does not begin") in Outline(page).headings
    assert "<strong>✗ Requirement not met (2)</strong>:" in page
    assert "<li><strong>V</strong>: pending</li>\n<li><strong>blocker.boards</strong>: pending</li>" in page
    assert "<li>do <code>it</code></li>" in page
    assert "✗ may not begin yet" in page


def test_a_preview_says_so(samples):
    view = samples.canary()
    core = replace(view.plan.core, target={"backend": {"kind": "preview"}})
    assert "this plan can't be applied" in text_of(plan_html(replace(view, plan=replace(view.plan, core=core))))


def test_a_change_names_its_stage_and_what_is_to_be_said_of_it(samples):
    view = samples.canary()
    stage = StageName(Address("rollout", "r"), "canary")
    moves = tuple(replace(move, stage=stage) for move in view.plan.core.moves)
    changes = tuple(replace(change, testers=0, notes=("New people.",)) for change in view.plan.observed.changes)
    plan = replace(view.plan, core=replace(view.plan.core, moves=moves))
    text = text_of(plan_html(one(replace(view, plan=plan), changes=changes)))
    assert 'Stage "canary" of rollout.r. New people' in text


def test_advice_and_what_is_only_recorded(samples):
    found = affected(samples)
    spread = found.audience.sets[0].after
    advice = Advice("rollout.r", samples.toggle("a"), Exposure(5_000), (samples.toggle("b"),), spread, spread, ())
    text = text_of(plan_html(one(samples.canary(), affected=replace(found, advice=(advice,)))))
    assert "Put 5\xa0% on toggle.a and toggle.b at 100\xa0%" in text
    view = samples.no_changes()
    need = {"toggle": "toggle.allergies", "at_least": "100", "hard": True}
    toggles = {"toggle.vitals": {"title": "Vitals", "requires": [need], "depends_on": []}}
    page = plan_html(one(view, applied={"toggles": toggles}))
    assert page.count('class="node same"') == 2
