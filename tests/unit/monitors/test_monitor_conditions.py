"""Explicit thresholds, evaluated exactly."""

from __future__ import annotations

from decimal import Decimal

import pytest

from flagstaff.addresses import Address
from flagstaff.model.conditions import Always, And, Arithmetic, Comparison, Constant, Is, Not, Or, Symbol
from flagstaff.monitors.conditions import UnknowableError, holds

MEASURED, BASELINE = Symbol("measured"), Symbol("baseline")


def number(text):
    return Constant(Decimal(text))


@pytest.mark.parametrize(
    ("sign", "expected"),
    [("==", False), ("!=", True), ("<", True), ("<=", True), (">", False), (">=", False)],
)
def test_comparisons(sign, expected):
    assert holds(Comparison(sign, MEASURED, number("2")), {"measured": Decimal(1)}) is expected


def test_what_floating_point_would_get_wrong():
    limit = Arithmetic("*", BASELINE, number("1.1"))
    numbers = {"measured": Decimal("0.33"), "baseline": Decimal("0.3")}
    assert holds(Comparison("<=", MEASURED, limit), numbers)
    third = Arithmetic("/", number("1"), number("3"))
    assert holds(Comparison("==", Arithmetic("*", third, number("3")), number("1")), {})


@pytest.mark.parametrize(
    ("operator", "left", "right", "expected"),
    [
        ("+", "1", "2", "3"),
        ("-", "1", "2", "-1"),
        ("*", "2", "3", "6"),
        ("/", "1", "4", "0.25"),
        ("%", "-7", "3", "-1"),
    ],
)
def test_arithmetic(operator, left, right, expected):
    term = Arithmetic(operator, number(left), number(right))
    assert holds(Comparison("==", term, number(expected)), {})


def test_logic():
    yes, no = Always(True), Always(False)
    assert holds(And((yes, Not(no))), {})
    assert not holds(And((yes, no)), {})
    assert holds(Or((no, yes)), {})
    assert not holds(Or((no, no)), {})


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        (Comparison("<", BASELINE, number("1")), "there is no baseline"),
        (Comparison("<", Arithmetic("/", number("1"), MEASURED), number("1")), "(1 / measured) divides by zero"),
        (Comparison("<", Arithmetic("%", number("1"), MEASURED), number("1")), "(1 % measured) divides by zero"),
        (Is(Address("toggle", "a")), "toggle.a is true of a person, not of a measurement"),
        (Or((Always(True), Comparison("<", BASELINE, number("1")))), "there is no baseline"),
        (And((Always(False), Comparison("<", BASELINE, number("1")))), "there is no baseline"),
    ],
)
def test_what_the_numbers_do_not_decide(condition, why):
    with pytest.raises(UnknowableError) as caught:
        holds(condition, {"measured": Decimal(0), "baseline": None})
    assert str(caught.value) == why
