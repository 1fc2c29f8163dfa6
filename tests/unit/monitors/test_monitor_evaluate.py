"""From numbers to a verdict: what can pass, and what never does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from flagstaff.addresses import Address
from flagstaff.model.conditions import Arithmetic, Comparison, Constant, Symbol
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.evidence import Answer, Frozen, Verdict
from flagstaff.model.rollout import Baseline, Monitor, MonitorSource
from flagstaff.monitors.evaluate import BEFORE_TRAFFIC, Measured, evaluate, needs_baseline, without_measuring
from flagstaff.monitors.protocols import Counted, Judged, Trouble, Valued, Window

AT = datetime(2026, 1, 27, 14, 0, 42, tzinfo=UTC)
ERRORS = Address("monitor", "errors")
MONITOR = Monitor(ERRORS, "Errors", MonitorSource("prometheus"), baseline=Baseline(window=timedelta(days=7)))
WINDOW = Window.of(MONITOR, AT)
BEFORE = Window.ending(WINDOW.start, timedelta(days=7), MONITOR.interval)
FROZEN = Frozen(Decimal("0.01"), AT, Decimal(10_000), Decimal(1_000_000))
NOTHING = OpenDecision("where errors are counted", None)


def counted(events, samples):
    return Counted(Decimal(events), Decimal(samples), "errors / requests")


def reading(now, monitor=MONITOR, baseline=FROZEN, before=None):
    return evaluate(monitor, Measured(WINDOW, now, baseline, before), AT)


def threshold(sign, right, text):
    return replace(MONITOR, pass_when=Comparison(sign, Symbol("measured"), right), pass_when_text=text)


def test_a_window_ends_at_a_whole_interval_that_is_old_enough():
    assert Window(datetime(2026, 1, 27, 12, 58, tzinfo=UTC), datetime(2026, 1, 27, 13, 58, tzinfo=UTC)) == WINDOW
    late = replace(MONITOR, delay=timedelta(minutes=15), interval=timedelta(hours=1), window=timedelta(hours=2))
    assert Window.of(late, AT).end == datetime(2026, 1, 27, 13, 0, tzinfo=UTC)
    assert Window.of(replace(MONITOR, interval=timedelta(0)), AT).seconds == 3600
    assert BEFORE.end == WINDOW.start
    assert BEFORE.seconds == 604_800


def test_a_pass_keeps_all_that_it_rests_on():
    found = reading(counted(10, 1000))
    assert found.verdict is Verdict.PASS
    assert (found.start, found.end, found.query) == (WINDOW.start, WINDOW.end, "errors / requests")
    assert (found.measured, found.numerator, found.samples) == (Decimal("0.01"), Decimal(10), Decimal(1000))
    assert found.baseline == FROZEN
    assert not found.fresh
    assert found.low is not None
    assert found.high is not None
    assert found.method.startswith("difference of proportions by Newcombe's method 10")


def test_a_fail():
    assert reading(counted(100, 1000)).verdict is Verdict.FAIL


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1E+99", "1E-99"])
def test_what_is_no_number_never_passes(text):
    odd = Decimal(text)
    always = threshold("!=", Constant(Decimal(-1)), "measured != -1")
    for now in (Valued(odd, "q"), Counted(odd, Decimal(1000), "q"), Counted(Decimal(1), odd, "q")):
        for monitor in (MONITOR, always):
            found = reading(now, monitor)
            assert found.verdict is Verdict.INCONCLUSIVE
            assert "The source answered" in found.reason
            assert found.measured is None


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (
            counted(0, 0),
            "0 samples in 1h are too few; the monitor wants 1. Wait for more traffic, or use a longer window.",
        ),
        (counted(-1, 10), "A count can't be negative: -1 of 10. Correct the queries."),
        (counted(1, -10), "A count can't be negative: 1 of -10. Correct the queries."),
        (Trouble("Nobody answered.", "q"), "Nobody answered."),
    ],
)
def test_numbers_that_say_nothing_are_inconclusive(now, reason):
    always = threshold("!=", Constant(Decimal(-1)), "measured != -1")
    for monitor in (MONITOR, always):
        found = reading(now, monitor)
        assert (found.verdict, found.reason) == (Verdict.INCONCLUSIVE, reason)


def test_fewer_samples_than_wanted_are_inconclusive_however_good_they_are():
    found = reading(counted(0, 999), replace(MONITOR, min_samples=1000))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.reason.startswith("999 samples in 1h are too few; the monitor wants 1,000.")
    assert (found.measured, found.samples) == (0, 999)
    assert reading(counted(0, 1000), replace(MONITOR, min_samples=1000)).verdict is Verdict.PASS


def test_min_samples_of_what_is_not_counted_can_not_be_checked():
    found = reading(Valued(Decimal(1), "q"), replace(MONITOR, min_samples=2))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.reason.startswith("min_samples = 2 can't be checked")


def test_any_time_out_and_any_decrease_can_be_said():
    zero = threshold("==", Constant(Decimal(0)), "measured == 0")
    assert reading(Valued(Decimal(0), "q"), zero, None).verdict is Verdict.PASS
    found = reading(Valued(Decimal(1), "q"), zero, None)
    assert (found.verdict, found.reason) == (Verdict.FAIL, "measured == 0 does not hold, with measured = 1.")
    assert found.method == "pass_when = measured == 0"
    level = threshold(">=", Symbol("baseline"), "measured >= baseline")
    assert reading(counted(989, 1000), level, Frozen(Decimal("0.99"), AT)).verdict is Verdict.FAIL
    found = reading(counted(990, 1000), level, Frozen(Decimal("0.99"), AT))
    assert found.verdict is Verdict.PASS
    assert found.reason == (
        "measured >= baseline holds, with measured = 0.99, numerator = 990, samples = 1,000, baseline = 0.99."
    )


def test_a_threshold_that_the_numbers_do_not_decide():
    ratio = Arithmetic("/", Symbol("measured"), Symbol("baseline"))
    monitor = replace(MONITOR, pass_when=Comparison("<", ratio, Constant(Decimal(2))), pass_when_text="")
    found = reading(counted(1, 1000), monitor, Frozen(Decimal(0), AT))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.reason == "(measured / baseline) < 2 can't be answered: (measured / baseline) divides by zero."


def test_a_source_with_a_verdict_of_its_own():
    found = reading(Judged(Verdict.FAIL, "It alerts.", "monitor 7"))
    assert (found.verdict, found.reason, found.query) == (Verdict.FAIL, "It alerts.", "monitor 7")
    assert found.method == "the verdict of the monitor there"


def test_without_anything_to_compare_with():
    found = reading(counted(1, 1000), replace(MONITOR, baseline=None), None)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.reason.startswith("There is nothing to compare with")


def test_a_baseline_that_somebody_knows():
    monitor = replace(MONITOR, baseline=Baseline(value=Decimal("0.01")))
    assert not needs_baseline(monitor)
    found = reading(counted(10, 1000), monitor, None)
    assert found.verdict is Verdict.PASS
    assert found.baseline == Frozen(Decimal("0.01"), AT)
    assert not found.fresh


def test_a_fresh_baseline_is_told_to_be_frozen():
    found = reading(counted(10, 1000), baseline=counted(10_000, 1_000_000), before=BEFORE)
    assert found.verdict is Verdict.PASS
    assert found.fresh
    assert found.baseline == Frozen(
        Decimal("0.01"), AT, Decimal(10_000), Decimal(1_000_000), BEFORE.start, BEFORE.end, "errors / requests"
    )
    bare = reading(Valued(Decimal(1), "q"), baseline=Valued(Decimal(2), "q"), before=BEFORE)
    assert bare.baseline == Frozen(Decimal(2), AT, start=BEFORE.start, end=BEFORE.end, query="q")


@pytest.mark.parametrize(
    ("baseline", "reason"),
    [
        (Trouble("Nobody answered."), "The baseline can't be used. Nobody answered."),
        (counted(0, 0), "The baseline can't be used. 0 samples in 7d are too few; the monitor wants 1. Wait for more"),
        (Valued(Decimal("NaN"), "q"), "The baseline can't be used. The source answered NaN"),
        (
            Judged(Verdict.PASS, "", ""),
            "The baseline can't be used. A source with a verdict of its own has no baseline.",
        ),
    ],
)
def test_a_baseline_that_says_nothing_is_inconclusive(baseline, reason):
    found = reading(counted(10, 1000), baseline=baseline, before=BEFORE)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.reason.startswith(reason)
    assert not found.fresh


def test_a_threshold_that_speaks_of_no_baseline_needs_none():
    monitor = threshold("<", Constant(Decimal("0.5")), "measured < 0.5")
    found = reading(counted(10, 1000), monitor, Trouble("Nobody answered."))
    assert found.verdict is Verdict.PASS
    assert found.baseline is None
    relative = threshold("<", Symbol("baseline"), "")
    assert reading(counted(10, 1000), relative, Trouble("Nobody answered.")).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    "fields",
    [{"source": NOTHING}, {"pass_when": NOTHING}, {"baseline": Baseline(value=NOTHING)}],
)
def test_what_nobody_decided_is_undecided(fields):
    found = without_measuring(replace(MONITOR, **fields), {}, AT, has_traffic=False)
    assert found is not None
    assert (found.verdict, found.reason) == (Verdict.UNDECIDED, "Nobody has decided where errors are counted.")


def test_before_traffic():
    skip = replace(MONITOR, before_traffic="skip")
    found = without_measuring(skip, {}, AT, has_traffic=False)
    assert found is not None
    assert (found.verdict, found.method) == (Verdict.PASS, BEFORE_TRAFFIC)
    assert found.reason == "There is nothing to measure yet: no toggle of the rollout is up."
    assert without_measuring(skip, {}, AT, has_traffic=True) is None
    assert without_measuring(MONITOR, {}, AT, has_traffic=False) is None


MANUAL = replace(MONITOR, source=MonitorSource("manual", {"question": "Are there new support calls?"}))


def said(verdict, *, hours=1, note=""):
    return Answer(ERRORS, verdict, "ann", AT - timedelta(hours=1), AT + timedelta(hours=hours), note)


def answered(answer, monitor=MANUAL):
    found = without_measuring(monitor, {} if answer is None else {ERRORS: answer}, AT, has_traffic=True)
    assert found is not None
    return found


def test_nobody_answered_yet():
    found = answered(None)
    assert found.verdict is Verdict.PENDING
    assert found.reason == (
        "Nobody has answered yet: Are there new support calls? Look, and answer with -verdict=fail, or with: "
        'flagstaff answer monitor.errors -verdict=pass -note="..."'
    )


@pytest.mark.parametrize("verdict", [Verdict.PASS, Verdict.FAIL])
def test_an_answer_that_counts(verdict):
    found = answered(said(verdict, note="none since noon"))
    assert found.verdict is verdict
    assert found.reason == (
        f'ann said {verdict} at 2026-01-27 13:00 UTC ("none since noon"); that counts until 2026-01-27 15:00 UTC.'
    )


def test_an_answer_that_counts_no_more():
    found = answered(said(Verdict.PASS, hours=0))
    assert found.verdict is Verdict.PENDING
    assert found.reason.startswith("The answer of ann counted until 2026-01-27 14:00 UTC. Look, and answer with ")


def test_an_answer_of_another_kind_says_nothing():
    assert answered(said(Verdict.UNDECIDED)).verdict is Verdict.INCONCLUSIVE


def test_the_title_is_the_question_where_there_is_no_other():
    assert "Nobody has answered yet: Errors " in answered(None, replace(MANUAL, source=MonitorSource("manual"))).reason
