"""A plan as Markdown: what is said first, what gives way, and that the same change reads the same."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from flagstaff.addresses import Address
from flagstaff.approvals.verify import Agreement
from flagstaff.audience.results import Audience, Reach, SetReach, Share, Spread
from flagstaff.audience.results import Change as Reached
from flagstaff.diagnostics import Diagnostic, Severity
from flagstaff.model.evidence import Approval, Decision, Reading, Verdict
from flagstaff.model.exposure import OFF, Exposure
from flagstaff.model.rollout import StageName
from flagstaff.plan.candidates import NOBODY
from flagstaff.plan.check import Check, CheckName
from flagstaff.plan.people.affected import Affected
from flagstaff.plan.plan import Action, RecordChange, Status
from flagstaff.plan.stages.view import RolloutView, StageState, StageView
from flagstaff.views.markdown.parts import Form, Part, Yields, fitted, length
from flagstaff.views.markdown.plan import LEAST, MOST, mark, plan_markdown
from flagstaff.views.markdown.text import names
from flagstaff.views.verdict import extent, verdict

FIVE = Exposure(5_000)
ROLLOUT = Address("rollout", "medical_records")
ERRORS = Address("monitor", "scdf_errors")


def toggle(name, index=None):
    return Address("toggle", name, index)


def share(count, people=100_000, *, exact=False):
    return Share(count, 1000, people, exact)


def reach(address, gained, lost=0, people=100_000):
    shares = (share(count, people) for count in (0, gained, gained, lost))
    return Reach(address, None, Reached(*shares), None)


def affected(reaches, sets=()):
    return Affected(Audience("people", 1000, 1, ("now", "after"), tuple(reaches), (), (), tuple(sets), ()))


def with_observed(view, **more):
    return replace(view, plan=replace(view.plan, observed=replace(view.plan.observed, **more)))


def refused(samples, number, **texts):
    check = Check(CheckName.BLOCKER, Verdict.FAIL, "Blocker open", **texts)
    return replace(
        samples.blocked_change(), address=toggle("refused", f"{number:03d}"), key=f"refused_{number}", checks=(check,)
    )


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("canary", "3 changes can be applied"),
        ("blocked", "1 raise is blocked, 3 changes can be applied"),
        ("undecided", "1 raise is blocked, nothing else would change"),
        ("everything", "1 raise is blocked, 1 lower waits for a person, 7 changes can be applied"),
        ("drift", "2 changes wait for a person, nothing else would change"),
        ("guard_changes", "only the record changes, no toggle does"),
        ("no_changes", "No changes. Your infrastructure matches the configuration"),
        ("big", "40 raises are blocked, 300 changes can be applied"),
    ],
)
def test_verdicts(samples, name, said):
    assert verdict(getattr(samples, name)().plan) == said


def test_stages_that_may_not_begin_are_in_the_verdict(samples):
    check = Check(CheckName.NOT_BEFORE, Verdict.FAIL, "Too early", "Stage full may not begin before 2026-02-01.")
    stage = StageView(StageName(ROLLOUT, "full"), "", StageState.WAITING, go=True, checks=(check,))
    view = with_observed(samples.no_changes(), rollouts=(RolloutView(ROLLOUT, "", None, (stage,), next="full"),))
    made = plan_markdown(view)
    assert "## ✗ 1 stage may not begin yet, nothing else would change" in made
    assert "- `rollout.medical_records.stage.full` does not begin\n  - **Too early**: Stage full may not begin" in made


def test_the_extent_in_people(samples):
    plan = samples.canary().plan
    first, second, third = (move.address for move in plan.core.moves)
    assert extent(plan) == "3 toggles up"

    def said(*reaches, sets=()):
        return extent(replace(plan, observed=replace(plan.observed, affected=affected(reaches, sets))))

    assert said(reach(first, 50)) == "3 toggles up, about 5,000 people"
    assert said(reach(first, 50), reach(second, 60)) == "3 toggles up, at least 6,000 people"
    assert said(reach(first, 50, people=None)) == "3 toggles up"
    union = SetReach("all", (first, second, third), Spread((1000, 0), 100_000), Spread((880, 120), 100_000))
    wider = replace(union, members=(*union.members, toggle("x")), after=Spread((1, 999), 100_000))
    text = "3 toggles up, about 12,000 people then have at least one of them"
    assert said(reach(first, 50), reach(second, 60), sets=(wider, union)) == text


def test_a_lower_has_no_union(samples):
    plan = samples.everything().plan
    reaches = [reach(move.address, 0, 20) for move in plan.core.moves]
    union = SetReach("all", tuple(m.address for m in plan.core.moves), None, Spread((1, 2), 100))
    made = replace(plan, observed=replace(plan.observed, affected=affected(reaches, (union,))))
    assert extent(made) == "3 toggles up, 2 down, at least 2,000 people"


def test_the_same_change_reads_the_same_at_another_time(samples):
    """An updated comment shows real changes: no clock, no serial, no age, no measured figure."""
    early = datetime(2026, 1, 1, tzinfo=UTC)

    def view(day, measured):
        now = early + timedelta(days=day)
        soak = Check(
            CheckName.SOAK,
            Verdict.FAIL,
            "Soak not served",
            f"It has run for {day} d; earliest 2026-02-01 14:05 EST.",
            label="earliest 2026-02-01 14:05 EST, soak 24 h",
            ways_out=(f"wait {day} days",),
        )
        monitor = Check(
            CheckName.MONITOR, Verdict.FAIL, "Monitor does not pass", f"{measured} of 1000", why="Errors.", of=ERRORS
        )
        hours = Check(CheckName.WORKING_HOURS, Verdict.FAIL, "Outside of working hours", f"It is {now}.")
        passed = Check(CheckName.MONITOR, Verdict.PASS, "Monitor passes", f"{measured}", of=ERRORS)
        base = samples.blocked()
        changes = [replace(base.plan.observed.changes[0], checks=(passed,)), *base.plan.observed.changes[1:3]]
        changes.append(replace(samples.blocked_change(), checks=(soak, monitor, hours)))
        stage = StageView(
            StageName(ROLLOUT, "limited"),
            "",
            StageState.RUNNING,
            go=True,
            exposure=FIVE,
            since=early,
            served_at=early + timedelta(hours=24),
        )
        return with_observed(
            base,
            created=now,
            read_at=now,
            taken_at=now,
            serial=day,
            tool=f"0.{day}",
            changes=tuple(changes),
            readings=(Reading(ERRORS, Verdict.FAIL, now, "high", measured=Decimal(measured)),),
            rollouts=(RolloutView(ROLLOUT, "", None, (stage,), at="limited"),),
            warnings=(Diagnostic(Severity.WARNING, "Soak over its maximum", f"for {day} d", address="x"),),
        )

    made = plan_markdown(view(1, 12))
    assert made == plan_markdown(view(5, 14))
    assert "- **Soak not served**: earliest 2026-02-01 14:05 EST, soak 24 h" in made
    assert "- **Monitor does not pass**: monitor.scdf\\_errors: what it measured is in the plan.\n" in made
    assert "    Why it matters: Errors." in made
    assert '"limited" at 5 %, running since 2026-01-01 00:00 UTC, soak until 2026-01-02 00:00 UTC' in made
    assert "- Monitor passes: monitor.scdf\\_errors\n" in made
    assert "- **Soak over its maximum**: `x`\n" in made


def test_an_unread_monitor_says_why(samples):
    check = Check(CheckName.MONITOR, Verdict.INCONCLUSIVE, "Monitor is inconclusive", "It was not read.", of=ERRORS)
    view = with_observed(samples.blocked(), changes=(replace(samples.blocked_change(), checks=(check,)),))
    view = replace(view, plan=replace(view.plan, core=replace(view.plan.core, moves=())))
    assert "**Monitor is inconclusive**: It was not read." in plan_markdown(view)


def test_300_moves_and_300_refusals_fit_and_every_refusal_is_named(samples):
    long = "very long words " * 625
    titles = {str(samples.MEDICAL): long, str(samples.MEDICATIONS): long}
    stopped = [
        refused(samples, number, detail=f"{number} {long}", why=long, ways_out=(long, f"way {number}"))
        for number in range(300)
    ]
    base = samples.big()
    view = with_observed(base, changes=(*base.plan.observed.changes[:300], *stopped), products=titles)
    made = plan_markdown(view)
    assert length(made) <= MOST
    assert "## ✗ 300 raises are blocked, 300 changes can be applied" in made
    for number in range(300):
        assert f'"{number:03d}"' in made
    assert made.count("- **Blocker open**: 300 toggles") + made.count("- `toggle.refused") >= 1
    assert "Shortened to fit (" in made
    short = plan_markdown(view, 8_192)
    assert length(short) <= 8_192
    assert "**Blocker open**: 300 toggles (" in short
    assert all(f'"{number:03d}"' in short for number in range(300))


def test_300_moves_of_which_60_are_refused_with_long_texts_fit_in_any_comment(samples):
    long = "|`@octo #12 <b> " * 625
    base = samples.big()
    stopped = [refused(samples, number, detail=f"{number} {long}", why=long, ways_out=(long,)) for number in range(60)]
    titles = {str(samples.MEDICAL): long, str(samples.MEDICATIONS): long}
    view = with_observed(base, changes=(*base.plan.observed.changes[:300], *stopped), products=titles)
    for limit in (MOST, 8_192, 4_000, LEAST):
        made = plan_markdown(view, limit)
        assert length(made) <= limit
        assert "## ✗ 60 raises are blocked, 300 changes can be applied" in made
        assert "**Blocker open**: 60 toggles (`toggle.refused[" in made or made.count("  - **Blocker open**") == 60
        assert all(f'"{number:03d}"' in made for number in range(60))
        assert made.rstrip().endswith("shows all of a saved plan.")
        assert "Plan: 0 to add, 300 to change, 0 to destroy." in made


def test_ten_thousand_toggles_take_little_time(samples):
    moves = tuple(samples.move(toggle("site", number), OFF, FIVE) for number in range(10_000))
    changes = [samples.change_of(item) for item in moves]
    stopped = [refused(samples, number, detail=f"{number}") for number in range(10_000)]
    view = samples.view(samples.plan(moves, changes + stopped))
    start = time.process_time()
    made = plan_markdown(view)
    assert time.process_time() - start < 10
    assert length(made) <= MOST
    assert "more toggles" in made
    assert "## ✗ 10,000 raises are blocked, 10,000 changes can be applied" in made


def test_what_gives_way_first():
    parts = (
        Part.of("head"),
        Part("order", (Form("o" * 50, Yields.ORDER), Form("order"))),
        Part("names", (Form("n" * 50, Yields.NAMES), Form("m" * 20, Yields.NEVER))),
        Part("gone", (Form("g" * 50, Yields.CHECKS), Form(""))),
    )
    assert fitted(parts, 1000, "left: {}") == "\n\n".join(["head", "o" * 50, "n" * 50, "g" * 50]) + "\n"
    assert fitted(parts, 160, "left: {}") == "\n\n".join(["head", "order", "n" * 50, "g" * 50, "left: order"]) + "\n"
    assert fitted(parts, 130, "left: {}") == "\n\n".join(["head", "order", "n" * 50, "left: order, gone"]) + "\n"
    assert fitted(parts, 10, "left: {}") == "\n\n".join(["head", "order", "m" * 20, "left: order, names, gone"]) + "\n"


def test_length_counts_as_utf_16_does():
    assert length("ab") == 2
    assert length("aé🧿") == 4


def test_names_that_do_not_fit_are_counted():
    addresses = [toggle("site", number) for number in range(100)]
    assert names(addresses) == "`toggle.site[0..99]`"
    assert names(addresses[:3], most=40) == "`toggle.site[0, 1]`, 1 more toggle"
    assert names(addresses[:3], most=3) == "3 toggles"
    assert names([toggle("x", "y" * 300)]) == f'`toggle.x["{"y" * 149}…`'


def test_approvals_of_both_kinds(samples):
    view, role = samples.everything(), Address("role", "medical_records_po")
    go = Approval("c", role, Decision.GO, "po@example.gov", samples.NOW, samples.NOW)
    owner = Address("role", "owner")
    agreements = {
        role: Agreement(approved=True, by=(go,)),
        owner: Agreement(approved=False, reasons=("# It is not signed",)),
    }
    made = plan_markdown(replace(view, agreements=agreements))
    assert "- ✓ `role.medical_records_po` agreed: `po@example.gov`\n" in made
    assert "- `role.owner` has not agreed to this change\n  \\# It is not signed\n" in made
    assert "flagstaff approve FILE -as role.owner\n```" in made
    assert "-as role.medical_records_po" not in made
    agreed = dict.fromkeys(agreements, agreements[role])
    assert "```console" not in plan_markdown(replace(view, agreements=agreed))


def test_nobody_is_not_asked_for(samples):
    """A waiver of a first apply, before any role is recorded."""
    view = samples.everything()
    core = view.plan.core
    moves = tuple(replace(move, approvals=(NOBODY,)) for move in core.moves)
    plan = replace(view.plan, core=replace(core, moves=moves, stages=(), guard_changes=(), waived=()))
    made = plan_markdown(replace(view, plan=plan, agreements={}))
    assert "role.none" not in made
    assert "flagstaff approve" not in made


def test_testers_records_and_what_is_left_out(samples):
    records = tuple(
        RecordChange(toggle(f"a{number}"), f"a{number}", Action.ADOPT, exposure)
        for number, exposure in enumerate((OFF, FIVE, None))
    )
    view = samples.view(samples.plan(records=records, left_out=(toggle("x"),)))
    drift = replace(samples.drift().plan.observed.drift[0], expected=True)
    made = plan_markdown(with_observed(view, drift=(drift,)))
    assert "<details><summary>Only in the state: 3 toggles</summary>" in made
    assert "- `toggle.a0`: adopted at 0 %, recorded as it is\n- `toggle.a1`: adopted at 5 %" in made
    assert "- `toggle.a2`: adopted, recorded as it is" in made
    assert "Left out by -target or -exclude: `toggle.x`" in made
    assert "Expected drift: `toggle.care_notes`" in made
    assert "### Drift" not in made


@pytest.mark.parametrize(
    ("action", "status", "said"),
    [
        (Action.ADOPT, Status.PENDING, "waits to be adopted"),
        (Action.FORGET, Status.BLOCKED, "is not forgotten"),
        (Action.DELETE, Status.BLOCKED, "is not deleted"),
        (Action.CREATE, Status.PENDING, "waits to be created"),
        (Action.RAISE, Status.PENDING, "waits at 0 % (declared: 5 %)"),
    ],
)
def test_what_becomes_of_what_does_not_go(samples, action, status, said):
    change = replace(samples.blocked_change(), action=action, status=status)
    made = plan_markdown(samples.view(samples.plan(changes=[change])))
    assert f"- `toggle.medications` {said}\n" in made


@pytest.mark.parametrize(
    ("state", "view", "said"),
    [
        (StageState.STARTED, {}, '"a", begun in part since 2026-01-27 14:02 UTC'),
        (StageState.STOPPED, {"exposure": FIVE}, '"a" at 5 %, stopped'),
        (StageState.SERVED, {"served_at": datetime(2026, 1, 28, tzinfo=UTC)}, "UTC, soak served"),
        (StageState.RUNNING, {}, '"a", running since 2026-01-27 14:02 UTC |'),
    ],
)
def test_where_a_rollout_is(samples, state, view, said):
    stage = StageView(StageName(ROLLOUT, "a"), "", state, go=True, since=samples.NOW, **view)
    rollout = RolloutView(ROLLOUT, "", None, (stage,), at="a")
    assert said in plan_markdown(with_observed(samples.no_changes(), rollouts=(rollout,)))


@pytest.mark.parametrize(
    ("rollout", "said"),
    [
        (RolloutView(ROLLOUT, "", None, (), complete=True), "| complete |"),
        (RolloutView(ROLLOUT, "", None, ()), "| not begun |"),
        (
            RolloutView(ROLLOUT, "", None, (StageView(StageName(ROLLOUT, "a"), "", StageState.LEFT, go=False),)),
            "| has no Go any more |",
        ),
    ],
)
def test_where_a_rollout_is_not(samples, rollout, said):
    assert said in plan_markdown(with_observed(samples.no_changes(), rollouts=(rollout,)))


def test_the_mark_is_of_the_environment_and_the_folder_and_no_text_gets_into_it():
    assert mark("prod", "configs/va") != mark("prod", "configs/vb") != mark("test", "configs/vb")
    assert mark("a\0b", "c") != mark("a", "c")
    assert mark("--> <script>", "x\ud800").startswith("<!-- flagstaff plan ")
    assert "script" not in mark("--> <script>", "")


def test_a_preview_says_what_it_is(samples):
    view = samples.canary()
    core = replace(view.plan.core, target={"backend": {"kind": "preview"}, "timezone": "UTC"})
    assert "this plan can't be applied" in plan_markdown(replace(view, plan=replace(view.plan, core=core)))
    assert "copies" not in plan_markdown(view)


def test_who_is_affected_as_experiences_and_sets(samples):
    view = samples.canary()
    product = Address("product", "medical_records")
    moved = [move.address for move in view.plan.core.moves]
    change = Reached(share(0), share(60), share(60), share(0))
    experience = Reach(Address("experience", "web"), product, change, None)
    still = replace(experience, change=Reached(share(60), share(60), share(0), share(0)))
    spread = SetReach("all", tuple(moved), Spread((1000, 0), 100_000), Spread((940, 60), 100_000))
    unknown, same = replace(spread, before=None), replace(spread, name="same", after=spread.before)

    def said(*experiences, sets=()):
        audience = replace(affected([]).audience, experiences=experiences, sets=sets)
        return plan_markdown(with_observed(view, affected=Affected(audience)))

    made = said(experience, sets=(spread, unknown, same))
    assert "| `experience.web` | 0.00 % | 6.00 % | 6,000 | +6,000 |" in made
    assert "| at least one of all | 0.00 % | 6.00 % | 6,000 |  |" in made
    assert "same" not in made
    assert "Changes none of the declared experiences." in said(still)
    assert "Who is affected" not in said()


def test_changes_without_a_product_or_a_title(samples):
    moves = [samples.move(toggle(name), OFF, FIVE) for name in ("a", "b")]
    changes = [samples.change_of(moves[0], product=None), samples.change_of(moves[1], product=Address("product", "x"))]
    made = plan_markdown(samples.view(samples.plan(moves, changes)))
    assert made.index("### x\n") < made.index("### No product\n")
    lost = with_observed(samples.view(samples.plan(moves, changes)), affected=affected([reach(toggle("a"), 0, 30)]))
    assert "| 0 % | 5 % | -3,000 |" in plan_markdown(lost)


def test_drift_says_what_is_behind_it(samples):
    drift = replace(samples.drift().plan.observed.drift[0], testers=-2, cause="likely a script")
    made = plan_markdown(with_observed(samples.no_changes(), drift=(drift,)))
    assert "| turned down: 2 testers fewer; likely a script |" in made


def test_a_soak_that_was_served_is_a_check(samples):
    soak = Check(CheckName.SOAK, Verdict.PASS, "Soak served", "soak of one served (24 h)")
    view = samples.canary()
    first = replace(view.plan.observed.changes[0], checks=(soak,))
    made = plan_markdown(with_observed(view, changes=(first, *view.plan.observed.changes[1:])))
    assert "<details><summary>Checks that pass: 1</summary>\n\n- Soak served: soak of one served (24 h)\n" in made
