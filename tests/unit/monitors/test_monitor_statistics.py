"""Limits of parts, rates and differences, against published values."""

from __future__ import annotations

import pytest

from flagstaff.monitors.statistics import FEW, Limits, difference, is_few, known, proportion, rate


@pytest.mark.parametrize(
    ("events", "samples", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),  # Wilson's, in R. G. Newcombe, Statistics in Medicine 17 (1998), 857-872
        (15, 148, 0.0578, 0.1617),  # Clopper and Pearson's, from the same table
        (0, 20, 0.0, 0.1684),
        (1, 29, 0.0009, 0.1776),
        (20, 20, 0.8316, 1.0),
        (263 - 81, 263, 1 - 0.3662, 1 - 0.2553),
    ],
)
def test_proportions_are_as_published(events, samples, low, high):
    found = proportion(events, samples)
    assert (found.low, found.measured, found.high) == pytest.approx((low, events / samples, high), abs=5e-5)


@pytest.mark.parametrize(
    ("events", "low", "high"),
    [
        (0, 0.0, 3.689),  # Garwood's exact limits, as in any table of them
        (1, 0.0253, 5.572),
        (10, 4.795, 18.39),
        (100, 82.22, 121.62),  # the score limits: x + z^2/2 -+ z sqrt(x + z^2/4)
    ],
)
def test_rates_are_as_published(events, low, high):
    found = rate(events, 2)
    assert (found.low * 2, found.high * 2) == pytest.approx((low, high), rel=2e-3, abs=1e-3)
    assert found.measured == events / 2


def test_a_difference_is_squared_and_added():
    # Newcombe (1998), 873-890, example (a) of method 10: 56 of 70 and 48 of 80, with Wilson's limits of each.
    now, before = Limits(0.6918, 0.8, 0.8769), Limits(0.4904, 0.6, 0.7003)
    found = difference(now, before)
    assert (found.low, found.measured, found.high) == pytest.approx((0.0524, 0.2, 0.3339), abs=1e-4)


def test_a_known_number_adds_no_width():
    now = proportion(50, 1000)
    found = difference(now, known(0.05))
    assert (found.low, found.high) == pytest.approx((now.low - 0.05, now.high - 0.05))


def test_fractions_of_events_stay_between_their_limits():
    assert proportion(0.4, 100).low <= 0.004 <= proportion(0.4, 100).high
    assert rate(0.4, 100).low <= 0.004 <= rate(0.4, 100).high
    assert proportion(0.3, 0.4) == proportion(0.1, 0.4).mirrored


def test_negated_and_mirrored():
    limits = Limits(0.25, 0.5, 1.0)
    assert limits.negated == Limits(-1.0, -0.5, -0.25)
    assert limits.mirrored == Limits(0.0, 0.5, 0.75)


def test_few_counts_the_rarer_of_the_two():
    assert is_few(FEW - 1, 1000, proportion=True)
    assert is_few(1000 - FEW + 1, 1000, proportion=True)
    assert not is_few(FEW, 1000, proportion=True)
    assert not is_few(1000, 10, proportion=False)


def test_huge_counts_take_no_time_and_stay_in_order():
    found = proportion(3, 10**12)
    assert 0 < found.low < 3e-12 < found.high < 1e-11
    assert proportion(10**12 - 3, 10**12).high < 1
