"""The default rule: no change for the worse that the data supports."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from flagstaff.model.evidence import Frozen, Verdict
from flagstaff.monitors.comparison import Rule, compare
from flagstaff.monitors.protocols import Counted, Valued

AT = datetime(2026, 1, 27, 14, 0, tzinfo=UTC)


def counted(events, samples, before, of, *, worse="increase", tolerance="0.05"):
    baseline = Frozen(Decimal(before) / Decimal(of), AT, Decimal(before), Decimal(of))
    return compare(Counted(Decimal(events), Decimal(samples), "q"), baseline, Rule(worse, Decimal(tolerance)))


def valued(now, before, *, worse="increase", tolerance="0.05"):
    return compare(Valued(Decimal(now), "q"), Frozen(Decimal(before), AT), Rule(worse, Decimal(tolerance)))


@pytest.mark.parametrize(
    ("events", "samples", "verdict"),
    [
        # against 10,000 of 1,000,000, which is 1 %
        (0, 1, "inconclusive"),
        (0, 100, "inconclusive"),
        (2, 100, "inconclusive"),
        (0, 500, "pass"),
        (10, 1000, "pass"),
        (14, 1000, "inconclusive"),
        (18, 1000, "fail"),
        (1, 1, "fail"),
        (100, 10_000, "pass"),
        (119, 10_000, "pass"),
        (130, 10_000, "fail"),
        (1_040_000, 100_000_000, "pass"),
        (1_060_000, 100_000_000, "fail"),
    ],
)
def test_tiny_data_never_pass_and_small_differences_in_big_data_never_fail(events, samples, verdict):
    assert counted(events, samples, 10_000, 1_000_000).verdict.value == verdict


@pytest.mark.parametrize(
    ("events", "samples", "verdict"),
    [(0, 100, "inconclusive"), (0, 1000, "pass"), (1, 100_000, "pass"), (30, 1000, "fail")],
)
def test_a_baseline_without_any_event_can_be_met(events, samples, verdict):
    assert counted(events, samples, 0, 100_000).verdict.value == verdict


def test_one_event_is_no_proof_where_it_is_not_rare():
    assert counted(1, 1000, 100, 1_000_000).verdict is Verdict.PASS


def test_errors_up_and_successes_down_are_judged_alike():
    for events in (0, 10, 14, 18, 200):
        up = counted(events, 1000, 100, 10_000)
        down = counted(1000 - events, 1000, 9900, 10_000, worse="decrease")
        assert up.verdict is down.verdict
        assert (up.low, up.high) == pytest.approx((-down.high, -down.low), rel=Decimal("1e-9"))


def test_the_sentence_has_the_numbers_the_interval_the_test_and_the_minimum_effect():
    found = counted(180, 10_000, 10_000, 1_000_000)
    assert found.reason == (
        "1.8 % (180 of 10,000) against a baseline of 1 %: the data supports an increase of 0.8 "
        "percentage points (at 95 % 0.5565 to 1.08 points)."
    )
    assert found.method == (
        "difference of proportions by Newcombe's method 10 at 95 %; minimum effect 0.05 percentage points, must be "
        "able to show 1 percentage point"
    )
    assert (round(found.low, 6), round(found.high, 6)) == (Decimal("0.005565"), Decimal("0.010804"))


def test_too_few_samples_say_what_they_can_not_exclude():
    found = counted(0, 20, 10, 1000)
    assert found.reason == (
        "0 % (0 of 20) against a baseline of 1 %: too few samples to exclude an increase of 1 percentage "
        "point (at 95 % -1.831 to 15.85 points). Wait for more, or use a longer window."
    )
    assert "exact limits below 30 events" in found.method


def test_a_change_within_the_tolerance_is_said():
    found = counted(1_030_000, 100_000_000, 1_000_000, 100_000_000)
    assert found.verdict is Verdict.PASS
    assert found.reason.endswith(
        "an increase of 0.03 percentage points is within the tolerance of 0.05 percentage points "
        "(at 95 % 0.02722 to 0.03278 points)."
    )


def test_a_decrease_for_the_worse():
    found = counted(900, 1000, 9900, 10_000, worse="decrease")
    assert found.verdict is Verdict.FAIL
    assert "the data supports a decrease of 9 percentage points (" in found.reason
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.high < 0
    few = counted(9, 10, 9900, 10_000, worse="decrease")
    assert "too few samples to exclude a decrease of 1 percentage point (" in few.reason


def test_more_events_than_samples_are_rates():
    found = counted(3000, 1000, 20_000, 10_000)
    assert found.verdict is Verdict.FAIL
    assert found.reason.startswith("3 (3,000 of 1,000) against a baseline of 2: the data supports an increase of 1 (")
    assert found.method.startswith("difference of rates")


def test_a_baseline_that_somebody_knows_has_no_width():
    known = Frozen(Decimal("0.01"), AT)
    now = Counted(Decimal(180), Decimal(10_000), "q")
    assert compare(now, known, Rule("increase", Decimal("0.05"))).verdict is Verdict.FAIL
    # Known in percent by mistake: then these are no parts of one.
    odd = compare(now, Frozen(Decimal("1.5"), AT), Rule("increase", Decimal("0.05")))
    assert odd.method.startswith("difference of rates")


@pytest.mark.parametrize(
    ("now", "before", "worse", "verdict", "reason"),
    [
        ("105", "100", "increase", "pass", "105 is 5 above the baseline of 100, which is within the tolerance of 5."),
        ("105.1", "100", "increase", "fail",
         "105.1 is 5.1 above the baseline of 100, which is for the worse, and over the tolerance of 5."),
        ("80", "100", "increase", "pass", "80 is 20 below the baseline of 100, which is not for the worse."),
        ("94", "100", "decrease", "fail",
         "94 is 6 below the baseline of 100, which is for the worse, and over the tolerance of 5."),
        ("0.96", "0.99", "decrease", "fail",
         "0.96 is 0.03 below the baseline of 0.99, which is for the worse, and over the tolerance of 0.0005."),
        ("0.6", "0.62", "increase", "pass", "0.6 is 0.02 below the baseline of 0.62, which is not for the worse."),
        ("0", "0", "increase", "pass", "0 is the same as the baseline of 0, which is not for the worse."),
        ("0.001", "0", "increase", "fail",
         "0.001 is 0.001 above the baseline of 0, which is for the worse, and over the tolerance of 0."),
    ],
)  # fmt: skip
def test_a_value_that_is_not_counted_is_compared_by_tolerance(now, before, worse, verdict, reason):
    found = valued(now, before, worse=worse)
    assert (found.verdict.value, found.reason) == (verdict, reason)
    assert found.method == "compared with a tolerance of 5 %; a value that is not counted has no interval"
    assert found.low is None
