"""Shares, their sampling error, and what follows from counts."""

import math

import pytest

from flagstaff.addresses import Address
from flagstaff.audience.results import Change, Pair, Reach, Share, Spread

A, B = Address("toggle", "a"), Address("toggle", "b")


def test_a_share_in_people():
    share = Share(5_000, 100_000, 1_200_000)
    assert share.part == 0.05
    assert share.number == 60_000
    assert share.bounds == pytest.approx((0.048666, 0.051368), abs=1e-6)
    assert share.number_bounds == (58_399, 61_642)


def test_wilson_at_the_ends():
    """Nobody of n: from 0 to z²/(n + z²), never below 0 as the usual formula has it."""
    square = 1.959963984540054**2
    assert Share(0, 100).bounds == pytest.approx((0.0, square / (100 + square)))
    assert Share(100, 100).bounds == pytest.approx((100 / (100 + square), 1.0))
    assert Share(0, 100).bounds[0] == 0.0
    assert Share(100, 100).bounds[1] == 1.0


@pytest.mark.parametrize("count", [1, 50, 500, 999])
def test_wilson_s_bounds_solve_his_equation(count):
    for bound in Share(count, 1000).bounds:
        error = abs(count / 1000 - bound) / math.sqrt(bound * (1 - bound) / 1000)
        assert error == pytest.approx(1.959963984540054)


def test_what_is_on_or_off_for_everybody_has_no_error():
    assert Share(0, 100, 1_000, exact=True).bounds == (0.0, 0.0)
    assert Share(100, 100, 1_000, exact=True).number_bounds == (1_000, 1_000)


def test_nobody_asked_nothing_known():
    assert Share(0, 0).part == 0.0
    assert Share(0, 0).bounds == (0.0, 1.0)
    assert Share(1, 2).number is None
    assert Share(1, 2).number_bounds is None


def test_those_who_stay():
    change = Change(Share(10, 100, 1_000), Share(12, 100, 1_000), Share(6, 100, 1_000), Share(4, 100, 1_000))
    assert change.stay == Share(6, 10, 100)
    assert not change.is_none
    assert Change(*[Share(0, 100)] * 4).is_none
    assert not Change(Share(5, 100), Share(4, 100), Share(0, 100), Share(1, 100)).is_none


def test_a_set_is_a_union_and_never_a_sum():
    spread = Spread((70, 20, 7, 3), 1_000)
    assert spread.at_least_one == Share(30, 100, 1_000)
    assert spread.all == Share(3, 100, 1_000)
    assert spread.mixed == Share(27, 100, 1_000)


@pytest.mark.parametrize(
    ("count", "misleads"),
    [(0, True), (2_000, True), (2_400, True), (2_480, False), (5_000, False), (10_100, False), (10_400, True)],
)
def test_a_factor_of_two_beyond_the_error(count, misleads):
    share = Share(count, 100_000)
    nobody = Share(0, 100_000)
    reach = Reach(A, None, Change(nobody, share, share, nobody), (nobody, Share(5, 100, exact=True)))
    assert reach.misleads is misleads
    assert Pair(A, B, share, 0.05).is_odd is misleads


def test_what_is_unknown_does_not_mislead():
    share = Share(5, 100)
    assert not Reach(A, None, None, (share, share)).misleads
    assert not Reach(A, None, Change(share, share, share, share), None).misleads


def test_a_few_are_chance():
    """Two of 200,000 where 0.2 are to be expected: it happens."""
    assert not Pair(A, B, Share(9, 200_000), 1e-6).is_odd
    assert Pair(A, B, Share(10, 200_000), 1e-6).is_odd
    assert not Pair(A, B, Share(0, 200_000), 9.9 / 200_000).is_odd
    assert Pair(A, B, Share(0, 200_000), 10 / 200_000).is_odd


def test_what_percentages_suggest_has_its_own_error():
    nobody, share = Share(0, 1_000), Share(40, 1_000)
    change = Change(nobody, share, share, nobody)
    assert Reach(A, None, change, (nobody, Share(15, 1_000, exact=True))).misleads is False
    assert Reach(A, None, change, (nobody, Share(14, 1_000, exact=True))).misleads is True
    assert Reach(A, None, change, (nobody, Share(14, 1_000))).misleads is False
