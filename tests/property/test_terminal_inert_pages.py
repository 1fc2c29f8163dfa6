"""The same of the pages that are no plan: status, watch, rollback, audience, validate."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta

from hypothesis import given
from hypothesis import strategies as st

from flagstaff.addresses import Address
from flagstaff.apply.rollback.events import Ended, Outcome, Result
from flagstaff.audience.advice import advise
from flagstaff.audience.analysis import analyse
from flagstaff.audience.population import made_up_uuids
from flagstaff.model.conditions import Is
from flagstaff.model.configuration import Experience
from flagstaff.model.evidence import Reading, Verdict
from flagstaff.model.exposure import OFF, Exposure
from flagstaff.model.live import Snapshot
from flagstaff.model.recorded import Hold, Recorded, StageRecord
from flagstaff.model.rollout import Rollout, Soak, Stage, StageName, Trigger, Waiver
from flagstaff.monitors.watching import Firing, Soaking
from flagstaff.plan.people.affected import Affected
from flagstaff.plan.people.asking import kept, question, standing
from flagstaff.plan.plan import Drift, DriftKind
from flagstaff.plan.rollback.ground import Ground
from flagstaff.plan.rollback.naming import Left
from flagstaff.plan.rollback.retreat import Wish, retreat
from flagstaff.plan.stages.clock import Place
from flagstaff.plan.stages.view import StageState, StageView
from flagstaff.testing import building as b
from flagstaff.testing.hostile import LONG, STEERING, UNSEEN, poisoned, texts
from flagstaff.views.audience_human import audience_page
from flagstaff.views.diagnostics import validation_page
from flagstaff.views.look import Look, cells
from flagstaff.views.rollback_end import Ending, rollback_end
from flagstaff.views.rollback_human import rollback_page
from flagstaff.views.status import Held, Row, Standing, Status, Wait
from flagstaff.views.status_human import status_page
from flagstaff.views.watch import Sight
from flagstaff.views.watch_human import fired_page, watch_page

FRAGMENTS = [
    *STEERING,
    "allergies_enabled",
    "two words",
    "k" * 120,
    "東京の薬",
    "e\u0301",
    "5 %",
    "[bold]x[/bold]",
    "\\",
]
TEXTS = st.one_of(
    texts(FRAGMENTS, between=("", " ")),
    st.sampled_from(FRAGMENTS).map(lambda text: f"{text} " * (LONG // (len(text) + 1))),
)
WIDTHS = st.integers(40, 200)
A, B, R = Address("toggle", "a", "x"), Address("toggle", "b", "x"), Address("rollout", "r", "x")
E = Address("experience", "e")
HOLD = Hold("h1", "errors", b.NOW, "ann", before=Exposure(5_000))
PEOPLE = kept(made_up_uuids(200, seed=7))
STAGE = Stage(StageName(R, "canary"), exposure=Exposure(5_000), toggles=(A,), soak=Soak(timedelta(days=1)))


def fits(page, width):
    """Each line fits, or is one thing that is not broken (a command to copy, a key), behind a sign."""
    assert not UNSEEN.search(page.text)
    for line in page.text.splitlines():
        bare = line.strip().split(maxsplit=1)[-1] if len(line.split()) > 1 else line
        whole = len(bare.split()) <= 1 or "flagstaff " in line
        assert cells(line) <= width or whole, (width, line)


STATUS = Status(
    "test",
    True,
    b.NOW,
    UTC,
    3,
    (
        Row(
            R,
            "R",
            StageView(STAGE.name, "C", StageState.RUNNING, go=True, exposure=Exposure(5_000), since=b.NOW),
            StageView(StageName(R, "full"), "F", StageState.WAITING, go=False),
            complete=False,
            waits=(*(Wait("monitor", Verdict.FAIL, "It is so", R),) * 3, Wait("soak", Verdict.FAIL, "earliest")),
            held=(A,),
        ),
    ),
    (Held(A, HOLD, R, ("po",), "with it"), Held(B, None, None, (), "by hand")),
    (Drift(A, "a", DriftKind.BELOW, Exposure(5_000), OFF, "It stays", cause="a hand"),),
    (Standing("toggle.a", Waiver("soak", "known", b.NOW, R), R),),
    seen=b.NOW,
)
SIGHT = Sight(
    b.NOW,
    UTC,
    (Soaking(Rollout(R), STAGE, Place(STAGE, StageRecord((A,), Exposure(5_000)), "a hand"), StageState.STOPPED),),
    {Address("monitor", "m", "x"): Reading(Address("monitor", "m", "x"), Verdict.FAIL, b.NOW, "5 % against 1 %")},
    troubles=("The state can't be read",),
)
FIRED = (Firing(Trigger(Address("trigger", "t", "x"), "Slow", "people see it", "Disable"), (R,), "ann called it"),)


@given(text=TEXTS, width=WIDTHS)
def test_no_status_is_wider_than_the_terminal(text, width):
    fits(status_page(poisoned(STATUS, text), Look(width)), width)


@given(text=TEXTS, width=WIDTHS)
def test_no_watch_is_wider_than_the_terminal(text, width):
    now = poisoned(SIGHT, text)
    now = replace(now, readings={one.monitor: one for one in now.readings.values()})
    fits(watch_page(now, Look(width), b.NOW, b.NOW + timedelta(hours=1)), width)
    fits(fired_page(poisoned(FIRED, text), Look(width), rolls_back=False), width)


@given(text=TEXTS, width=WIDTHS)
def test_no_rollback_is_wider_than_the_terminal(text, width):
    config = b.desired(b.toggle("a", "100"), b.toggle("b", "5", requires="a"))
    ground = Ground.of(config, Recorded())
    live = b.snapshot(a=b.raw("100", "ann"), b="5").toggles
    down = retreat(Wish({Address("toggle", "a"): OFF}), ground, live, b.DIALECT)
    left = [Left(Address("toggle", "c"), text)]
    fits(rollback_page(down, ground, Look(width), left=left, held=[Address("toggle", "a")]), width)
    results = tuple(Result(one, Ended.FAILED, text) for one in down.downs)
    outcome = Outcome(results, {Address("toggle", "a"): replace(HOLD, of=None, cause=text, who=text)}, {}, 1.0, text)
    ending = Ending(
        outcome, (), {Address("toggle", "a"): None}, trouble=text, journal=text, stopped=text, checks=(text,)
    )
    fits(rollback_end(ending, ground, Look(width)), width)


@given(text=TEXTS, width=WIDTHS, what_if=st.booleans())
def test_no_audience_is_wider_than_the_terminal(text, width, what_if):
    config = b.desired(b.toggle("a", "5"), experiences={E: Experience(E, text, Is(Address("toggle", "a")))})
    live = Snapshot({"a_enabled": b.raw("5")}, b.NOW)
    courses = standing(config, live, b.DIALECT, config.toggles)
    asked = question(config, b.DIALECT, courses, ("now", "then"), ())
    found = Affected(analyse(asked, PEOPLE), advise(asked, PEOPLE), {E: text})
    fits(audience_page(found, Look(width), what_if=what_if), width)


@given(text=TEXTS, width=WIDTHS)
def test_no_mistake_is_wider_than_the_terminal(samples, text, width):
    mistakes = [replace(one, summary=text, detail=text, address=text) for one in samples.mistakes()]
    fits(validation_page(mistakes, samples.SOURCES, Look(width)), width)
