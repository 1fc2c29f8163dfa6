"""Whatever a title, key, reason or name holds, text for a terminal steers none, and is no wider than it."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from flagstaff.addresses import Address
from flagstaff.apply.events import Ended, MoveEnded, MoveResult, Outcome, Slow, Stopping, Waiting
from flagstaff.approvals.verify import Agreement
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.exposure import OFF, Exposure
from flagstaff.model.rollout import StageName
from flagstaff.plan.check import CheckName
from flagstaff.plan.plan import StageMove, Unmanaged, Waived
from flagstaff.plan.stages.view import RolloutView, StageState, StageView
from flagstaff.testing.hostile import LONG, STEERING, UNSEEN, poisoned, texts
from flagstaff.views.apply_human import ApplyPrinter, apply_end, apply_header
from flagstaff.views.apply_next import next_page
from flagstaff.views.approval import approval_page
from flagstaff.views.diagnostics import diagnostics_page
from flagstaff.views.history import events, history_page
from flagstaff.views.look import Look, cells
from flagstaff.views.plan_human import plan_page
from flagstaff.views.records import state_page

FRAGMENTS = [
    *STEERING,
    "mhv_accelerated_delivery_allergies_enabled",
    "a word or two",
    "k" * 120,
    "東京の薬",
    "\U0001f680",
    "\U0001f469\u200d\U0001f4bb",
    "e\u0301",
    "    indented",
    "5 %",
    "[bold]x[/bold]",
    "\\",
]
TEXTS = st.one_of(
    texts(FRAGMENTS, between=("", " ")),
    st.sampled_from(FRAGMENTS).map(lambda text: f"{text} " * (LONG // (len(text) + 1))),
)
# What tools look for, and what one copies, stays on one line.
WHOLE = re.compile(r"Plan: |Apply complete!|No changes\.|Changes to Outputs:|( *[a-z0-9 %]+: +)?\s*flagstaff ")


@pytest.fixture(scope="session")
def whole(samples):
    """A plan with one of each thing. A function: a failing example shall not print all of it."""
    view = samples.everything()
    plan = view.plan
    stage = StageName(Address("rollout", "medical_records"), "limited")
    role = Address("role", "medical_records_po", "x")
    check = replace(samples.blocked_change().checks[0], name=CheckName.BLOCKER, of=Address("blocker", "b", "x"))
    stages = (
        StageView(stage, "Limited", StageState.RUNNING, go=True, exposure=Exposure(5_000), since=samples.NOW),
        StageView(replace(stage, name="full"), "Full", StageState.WAITING, go=True, checks=(check,) * 2),
    )
    rollout = RolloutView(stage.rollout, "Medical Records", None, stages, at="limited", next="full")
    moves = tuple(replace(move, stage=stage) for move in plan.core.moves)
    begin = StageMove(stage, (moves[0].address,), (moves[0].address,))
    waived = Waived("toggle.labs", CheckName.SOAK, "The soak is known from staging", samples.NOW, role)
    observed = replace(
        plan.observed,
        drift=samples.drift().plan.observed.drift,
        rollouts=(rollout,),
        unmanaged=(Unmanaged("mhv_other", OFF),),
        open_decisions=(OpenDecision("share", None, owner=role, place="toggle.a"),),
    )
    made = replace(
        view,
        plan=replace(plan, core=replace(plan.core, moves=moves, waived=(waived,), stages=(begin,)), observed=observed),
        agreements={role: Agreement(approved=False, reasons=("It is not signed",))},
        saved_as="x.plan",
    )
    return lambda: made


def with_text(whole, text):
    view = whole()
    core = replace(poisoned(view.plan.core, text), target={"timezone": "UTC"}, lineage="lineage")
    observed = replace(poisoned(view.plan.observed, text), applied={}, outputs_before={})
    rollouts = tuple(replace(one, at=text, next=text) for one in observed.rollouts)
    plan = replace(view.plan, core=core, observed=replace(observed, rollouts=rollouts))
    return replace(view, plan=plan, directory=text, store=text, agreements=poisoned(view.agreements, text))


def is_whole(line):
    """One thing that is not broken, behind a sign at most: a key or an address, printed as it is."""
    bare = re.sub(r"^(\W{1,3}|\d+\.) ", "", line.strip())
    return len(re.sub(r" %", "%", bare).split()) <= 1


def check(text, width):
    assert not UNSEEN.search(text)
    for line in text.splitlines():
        assert cells(line) <= width or WHOLE.match(line) or is_whole(line), (width, line)


@given(text=TEXTS, width=st.integers(40, 200))
def test_no_plan_is_wider_than_the_terminal(whole, text, width):
    view = with_text(whole, text)
    for page in (plan_page(view, Look(width)), approval_page(view.plan, view.change_id, Look(width))):
        check(page.text, width)


@given(text=TEXTS, width=st.integers(40, 200))
def test_no_apply_is_wider_than_the_terminal(samples, whole, text, width):
    plan = with_text(whole, text).plan
    console = Console(file=io.StringIO(), width=width, color_system=None)
    results = [
        MoveResult(move, ended, text, because=move.address if ended is Ended.SKIPPED else None)
        for move, ended in zip(plan.core.moves, Ended, strict=False)
    ]
    outcome = Outcome(tuple(results), 13, stopped=text)
    done = Outcome(tuple(replace(one, ended=Ended.APPLIED) for one in results), 13)
    with ApplyPrinter(console, plan, now=lambda: 0.0) as printer:
        for result in results:
            printer(Waiting(result.move.address, result.move.address, 90.0))
            printer(MoveEnded(result))
        printer(Slow("writing 3 toggles", 12.0))
        printer(Stopping(text))
    look = Look(width)
    pages = [apply_header(plan, (plan.core.moves,), samples.CHANGE_ID, look, store=text, file=text)]
    pages += [apply_end(outcome, look), apply_end(done, look, blocked=1), next_page(plan, done, samples.NOW, look)]
    check(console.file.getvalue() + "".join(page.text for page in pages), width)


@given(text=TEXTS, width=st.integers(40, 200))
def test_no_record_is_wider_than_the_terminal(samples, text, width):
    found = [replace(event, text=text) for event in events(samples.journal())]
    state = samples.state()
    holds = {address: replace(hold, cause=text, who=text) for address, hold in state.holds.items()}
    pages = [history_page(found, Look(width)), state_page(replace(state, holds=holds, environment=text), Look(width))]
    mistakes = [replace(one, summary=text, detail=text) for one in samples.mistakes()]
    pages.append(diagnostics_page(mistakes, samples.SOURCES, Look(width)))
    check("".join(page.text for page in pages), width)
