"""Intervals: how often they hold the truth, counted over all outcomes, and that more events never look better."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagstaff.model.evidence import Frozen, Verdict
from flagstaff.monitors.comparison import Rule, compare
from flagstaff.monitors.protocols import Counted
from flagstaff.monitors.statistics import difference, proportion, rate

AT = datetime(2026, 1, 27, tzinfo=UTC)
_ORDER = {Verdict.PASS: 0, Verdict.INCONCLUSIVE: 1, Verdict.FAIL: 2}


def chances(samples, p):
    """The binomial distribution."""
    return [math.comb(samples, k) * p**k * (1 - p) ** (samples - k) for k in range(samples + 1)]


@pytest.mark.parametrize(("samples", "p"), [(20, 0.02), (30, 0.1), (40, 0.5), (59, 0.97)])
def test_exact_limits_hold_the_truth_at_least_as_often_as_promised(samples, p):
    limits = [proportion(k, samples) for k in range(samples + 1)]
    held = sum(
        chance for limit, chance in zip(limits, chances(samples, p), strict=True) if limit.low <= p <= limit.high
    )
    assert held >= 0.95


@pytest.mark.parametrize(("samples", "p"), [(400, 0.2), (1000, 0.1), (1000, 0.5)])
def test_score_limits_hold_the_truth_about_as_often_as_promised(samples, p):
    limits = [proportion(k, samples) for k in range(samples + 1)]
    held = sum(
        chance for limit, chance in zip(limits, chances(samples, p), strict=True) if limit.low <= p <= limit.high
    )
    assert 0.935 <= held <= 0.965


@pytest.mark.parametrize("mean", [0.1, 1.0, 5.0, 20.0])
def test_exact_rates_hold_the_truth_at_least_as_often_as_promised(mean):
    chance = [math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(200)]
    held = sum(chance[k] for k in range(200) if rate(k, 1).low <= mean <= rate(k, 1).high)
    assert held >= 0.949


@pytest.mark.parametrize(
    ("now", "before", "p"), [(30, 40, 0.05), (50, 50, 0.5), (20, 80, 0.9), (100, 200, 0.01), (90, 110, 0.3)]
)
def test_a_difference_holds_the_truth_and_finds_no_change_where_there_is_none(now, before, p):
    """Over all pairs of outcomes; a false alarm is a lower limit above 0."""
    first, second = chances(now, p), chances(before, p)
    held = alarms = 0.0
    limits = [proportion(k, now) for k in range(now + 1)], [proportion(k, before) for k in range(before + 1)]
    for k, one in enumerate(first):
        for j, other in enumerate(second):
            found = difference(limits[0][k], limits[1][j])
            held += one * other * (found.low <= 0 <= found.high)
            alarms += one * other * (found.low > 0)
    assert held >= 0.945
    assert alarms <= 0.028


@given(st.integers(1, 3000), st.data())
def test_limits_are_in_order_and_rise_with_the_events(samples, data):
    events = data.draw(st.integers(0, samples - 1))
    for kind, most in ((proportion, 1.0), (rate, math.inf)):
        found, more = kind(events, samples), kind(events + 1, samples)
        assert 0 <= found.low <= found.measured <= found.high <= most
        assert found.low <= more.low
        assert found.high <= more.high
    mirrored = proportion(samples - events, samples).mirrored
    assert (mirrored.low, mirrored.high) == pytest.approx(
        (proportion(events, samples).low, proportion(events, samples).high)
    )


def verdict(events, samples, before, of, tolerance):
    baseline = Frozen(Decimal(before) / Decimal(of), AT, Decimal(before), Decimal(of))
    return compare(Counted(Decimal(events), Decimal(samples), "q"), baseline, Rule("increase", tolerance)).verdict


counts = st.integers(1, 20_000).flatmap(lambda samples: st.tuples(st.integers(0, samples), st.just(samples)))


@given(counts, counts, st.sampled_from([Decimal(0), Decimal("0.05"), Decimal("0.5")]))
def test_more_errors_never_give_a_better_verdict(now, before, tolerance):
    events, samples = now
    if events < samples:
        less = verdict(events, samples, *before, tolerance)
        assert _ORDER[verdict(events + 1, samples, *before, tolerance)] >= _ORDER[less]


@given(counts, st.integers(100_000, 10_000_000))
def test_what_is_as_before_never_fails_and_passes_once_there_is_enough(before, samples):
    """The same share in ever more samples."""
    events, of = before
    same = verdict(Decimal(events) * 10_000 * samples / of, Decimal(samples) * 10_000, events, of, Decimal("0.05"))
    assert same is not Verdict.FAIL
    huge = verdict(events * 10_000_000, of * 10_000_000, events * 10_000_000, of * 10_000_000, Decimal("0.05"))
    assert huge is Verdict.PASS


@given(st.integers(1, 30), st.integers(0, 1000))
def test_tiny_data_never_pass(samples, before):
    """Up to 30 samples can't show a change of one in a hundred, nor of half of a small baseline."""
    assert verdict(0, samples, before, 100_000, Decimal("0.05")) is not Verdict.PASS
