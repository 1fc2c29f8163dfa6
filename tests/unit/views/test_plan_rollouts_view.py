"""How a plan tells of rollouts: the lines that the golden files don't show."""

from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from flagstaff.addresses import Address
from flagstaff.diagnostics import Position, Range
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.evidence import Verdict
from flagstaff.model.exposure import Exposure
from flagstaff.model.recorded import StageRecord
from flagstaff.model.rollout import Blocker, Monitor, Soak, StageName
from flagstaff.plan.check import Check, CheckName
from flagstaff.plan.codec import change_id
from flagstaff.plan.order import batches
from flagstaff.plan.stages.view import RolloutView, StageState, StageView
from flagstaff.testing import building as b
from flagstaff.views.look import Look, Page
from flagstaff.views.plan_context import add_open_decisions
from flagstaff.views.plan_human import PlanView, plan_page
from flagstaff.views.plan_rollouts import add_go, position, waits_for

HOUR = timedelta(hours=1)
R = Address("rollout", "r")
LINE = Range("main.hcl", Position(3, 1, 9), Position(3, 2, 10))


def text(plan, width=100):
    return plan_page(PlanView(plan, batches(plan.core.moves), change_id(plan.core)), Look(width)).text


def stage(name="one", state=StageState.RUNNING, **fields):
    given = {"exposure": Exposure(5000), "since": b.NOW - 3 * HOUR, "go": True, **fields}
    return StageView(StageName(R, name), "", state, **given)


def rollout(*stages, **fields):
    return RolloutView(R, "", None, stages, **fields)


@pytest.mark.parametrize(
    ("view", "words"),
    [
        (rollout(complete=True), "complete"),
        (rollout(), "not begun"),
        (rollout(stage(state=StageState.LEFT)), "has no Go any more"),
        (rollout(stage(), at="one"), '"one" at 5 %, running since 2026-01-27 11:00 UTC (3 h)'),
        (rollout(stage(exposure=None), at="one"), '"one", running since 2026-01-27 11:00 UTC (3 h)'),
        (
            rollout(stage(served_at=b.NOW), at="one"),
            '"one" at 5 %, running since 2026-01-27 11:00 UTC (3 h), soak until 2026-01-27 14:00 UTC',
        ),
        (
            rollout(stage(state=StageState.SERVED, served_at=b.NOW), at="one"),
            '"one" at 5 %, running since 2026-01-27 11:00 UTC (3 h), soak served',
        ),
        (rollout(stage(state=StageState.STARTED), at="one"), '"one" at 5 %, begun in part since 2026-01-27 11:00 UTC'),
        (rollout(stage(state=StageState.STOPPED), at="one"), '"one" at 5 %, stopped'),
        (rollout(stage(since=None), at="one"), '"one" at 5 %, running'),
    ],
)
def test_where_a_rollout_is(view, words):
    assert position(view, UTC, b.NOW) == words


def test_what_the_next_stage_waits_for():
    assert not waits_for(rollout(stage(), at="one"))
    assert waits_for(rollout(stage(), next="one")) == 'next "one"'
    assert waits_for(rollout(stage(), next="one"), {StageName(R, "one")}) == 'next "one" begins with this plan'
    assert waits_for(rollout(stage(go=False), next="one")) == 'next "one" waits for: its Go'


def test_more_than_three_of_a_kind_are_counted():
    def found(number):
        return Check(CheckName.BLOCKER, Verdict.FAIL, "Open", "", label="pending", of=Address("blocker", f"b{number}"))

    three, four = (rollout(stage(checks=tuple(map(found, range(size)))), next="one") for size in (3, 4))
    assert waits_for(three).endswith("blocker.b0 (pending); blocker.b1 (pending); blocker.b2 (pending)")
    assert waits_for(four) == 'next "one" waits for: 4 blockers'


def test_one_refused_stage_or_several_are_said_first():
    config = b.ramped(b.rollout("r", b.stage("one", not_before=b.NOW + HOUR), b.stage("two"), go=["one"]))
    assert text(b.plan(config, b.snapshot())).startswith("✗ 1 stage may not begin yet.\n")
    both = b.ramped(b.rollout("r", *config.rollouts[R].stages, go=["one", "two"]))
    shown = text(b.plan(both, b.snapshot()))
    assert shown.startswith("✗ 2 stages may not begin yet.\n")
    assert "No changes." not in shown
    assert "There is nothing to apply yet." in shown


def test_a_stage_that_begins_in_part_says_how_much_of_it():
    toggles = [b.toggle("b", requires=["c"]), b.toggle("c", "0")]
    config = b.ramped(b.rollout("r", b.stage("one", "5", "a", "b"), go=["one"]), toggles=toggles)
    shown = text(b.plan(config, b.snapshot(a="0", b="0", c="0")))
    assert 'rollout.r "one" begins in part: 1 toggle of 2 is not moved by this plan' in shown


def test_a_stage_whose_toggles_are_there():
    config = b.ramped(b.rollout("r", b.stage("one", "5", "a"), go=["one"]))
    record = replace(b.recorded(a="5"), stages={StageName(R, "one"): StageRecord((), started=b.NOW)})
    shown = text(b.plan(config, b.snapshot(a="5"), record))
    assert 'rollout.r "one" begins; its toggles are there already' in shown


def test_checks_are_said_once_for_all_toggles_of_a_stage():
    blockers = [Blocker(Address("blocker", name), name, "complete") for name in "xy"]
    one = b.stage("one", "5", "a", "b", soak=Soak(HOUR))
    two = b.stage("two", "20", "a", "b", blocked_by=tuple(blocker.address for blocker in blockers))
    known = {blocker.address: blocker for blocker in blockers}
    config = b.ramped(b.rollout("r", one, two, go=["one"]), blockers=known)
    live, record = b.applied(b.plan(config, b.snapshot(a="0", b="0")), b.snapshot(a="0", b="0"))
    config = b.ramped(b.rollout("r", one, two, go=["one", "two"]), blockers=known)
    shown = text(b.plan(config, live, record, evidence=b.at(b.NOW + HOUR)))
    assert 'Checks\n  ✓ 2 blockers resolved\n  ✓ after "one"\n  ✓ soak of "one" served (1 h)\n' in shown


def test_the_place_of_a_go_stands_behind_it_where_there_is_room():
    view = rollout(range=None)
    page = Page(Look(60))
    add_go(page, [StageName(R, "two"), StageName(R, "one"), StageName(Address("rollout", "q"), "x")], [view], 2)
    assert page.text == '  rollout.q: go for "x"\n  rollout.r: go for "one", "two"\n'
    narrow = Page(Look(20))
    add_go(narrow, [StageName(R, "one")], [view], 2)
    assert narrow.text == '  rollout.r: go for\n  "one"\n'


def test_open_decisions_of_a_plan_without_rollouts_count_nothing():
    plan = b.plan(b.desired(open_decisions=(OpenDecision("share", None, place="toggle.a"),)), b.snapshot())
    page = Page(Look(80))
    add_open_decisions(page, plan)
    assert page.text == "Open decisions (1)\n  - share   toggle.a\n"


def test_several_open_decisions_that_block():
    stages = [b.stage(name, OpenDecision(f"share {name}", None), name) for name in "ab"]
    config = b.ramped(b.rollout("r", *stages, go=["a", "b"]))
    decisions = tuple(stage.exposure for stage in stages)
    page = Page(Look(80))
    add_open_decisions(page, b.plan(replace(config, open_decisions=decisions), b.snapshot(a="0", b="0")))
    assert page.text.startswith("Open decisions (2, 2 block this plan)\n")


def test_a_decision_that_several_stages_wait_for_is_counted_once():
    share = OpenDecision("share", LINE)
    stages = [b.stage(name, share, name, after=()) for name in "ab"]
    config = replace(b.ramped(b.rollout("r", *stages, go=["a", "b"])), open_decisions=(share,))
    page = Page(Look(80))
    add_open_decisions(page, b.plan(config, b.snapshot(a="0", b="0")))
    assert page.text.startswith("Open decisions (1, 1 blocks this plan)\n")


def test_a_decision_of_a_monitor_is_counted():
    limit = OpenDecision("limit", LINE, place="monitor.m")
    monitor = Monitor(Address("monitor", "m"), "M", limit)
    config = b.ramped(
        b.rollout("r", b.stage("a", "5", "a", monitors=(monitor.address,)), go=["a"]),
        monitors={monitor.address: monitor},
    )
    page = Page(Look(80))
    add_open_decisions(page, b.plan(replace(config, open_decisions=(limit,)), b.snapshot(a="0")))
    assert page.text.startswith("Open decisions (1, 1 blocks this plan)\n")
