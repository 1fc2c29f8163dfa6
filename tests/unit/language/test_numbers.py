"""Numbers: 512-bit floats, and decimals that read back."""

from decimal import Decimal
from fractions import Fraction
from math import inf, nan

import pytest

from flagstaff.language.numbers import (
    Number,
    NumberError,
    absolute,
    add,
    divide,
    format_number,
    from_float,
    multiply,
    negate,
    parse_number,
    remainder,
    subtract,
    to_decimal,
)

MOST = 2**512 - 1  # the largest whole number before some of them are skipped


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", "0"),
        ("007", "7"),
        ("-0", "0"),
        ("+1", "1"),
        (".5", "0.5"),
        ("5.", "5"),
        ("-.25", "-0.25"),
        ("1.50", "1.5"),
        ("1e3", "1000"),
        ("1E+2", "100"),
        ("125e-2", "1.25"),
        ("0.1", "0.1"),
        ("1e-30", "0." + "0" * 29 + "1"),
        ("1e200", "1" + "0" * 200),
        ("1e300", "1" + "0" * 300),
        ("-1e300", "-1" + "0" * 300),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("3.14159265358979323846264338327950288", "3.14159265358979323846264338327950288"),
        ("0." + "3" * 200, "0." + "3" * 154 + "5"),
    ],
)
def test_numbers_are_read_and_written(text: str, expected: str) -> None:
    assert format_number(parse_number(text)) == expected


@pytest.mark.parametrize(
    "text", ["", " 1", "1 ", "0x10", "1_000", "a", ".", "-", "e5", "1e", "--1", "Inf", "NaN", "١", "1²"]
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(NumberError, match=r"^a number is required$"):
        parse_number(text)


@pytest.mark.parametrize("text", ["1e5000", "1e-5000", "9" * 4001, "0." + "0" * 4000 + "1", "-1e999999999"])
def test_sizes_that_would_fill_the_memory_are_refused(text: str) -> None:
    with pytest.raises(NumberError, match=r"^a number of a size that can be held is required$"):
        parse_number(text)


def test_whole_numbers_are_ints() -> None:
    assert type(parse_number("10.0")) is int
    assert type(divide(6, 3)) is int
    assert type(add(Fraction(1, 2), Fraction(1, 2))) is int


def test_precision_ends_at_512_bits() -> None:
    assert add(MOST, 0) == MOST
    assert add(MOST, 1) == 2**512
    assert add(2**512, 1) == 2**512
    assert add(2**512, 3) == 2**512 + 4
    assert add(2**512, 2) == 2**512 + 2
    assert add(1, Fraction(1, 2**512)) == 1


def test_ties_go_to_the_even_neighbour() -> None:
    assert add(2**512 + 2, 1) == 2**512 + 4
    assert add(-(2**512) - 2, -1) == -(2**512) - 4


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (divide(1, 3), "0." + "3" * 154 + "5"),
        (divide(2, 3), "0." + "6" * 153 + "7"),
        (divide(-1, 3), "-0." + "3" * 154 + "5"),
        (divide(1, 7), "0." + "142857" * 25 + "14285"),
        (add(parse_number("0.1"), parse_number("0.2")), "0.3"),
        (multiply(parse_number("0.1"), 3), "0.3"),
        (remainder(11, parse_number("5.1")), "0.8" + "0" * 152 + "24"),
        (inf, "+Inf"),
        (-inf, "-Inf"),
    ],
)
def test_results_as_the_reference_prints_them(number: Number, expected: str) -> None:
    assert format_number(number) == expected


def test_decimal_fractions_are_not_exact() -> None:
    assert add(parse_number("1.1"), parse_number("2.2")) != parse_number("3.3")


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (remainder(-7, 3), -1),
        (remainder(7, -3), 1),
        (remainder(parse_number("5.5"), 2), Fraction(3, 2)),
        (remainder(5, 0), 5),
        (remainder(5, -inf), -inf),
        (divide(1, 0), inf),
        (divide(-1, 0), -inf),
        (divide(5, inf), 0),
        (divide(inf, 5), inf),
        (divide(inf, -5), -inf),
        (add(inf, 5), inf),
        (add(5, -inf), -inf),
        (subtract(5, inf), -inf),
        (multiply(-2, inf), -inf),
        (multiply(-inf, -inf), inf),
        (negate(inf), -inf),
        (absolute(-inf), inf),
        (absolute(Fraction(-1, 2)), Fraction(1, 2)),
    ],
)
def test_signs_and_infinities(result: Number, expected: Number) -> None:
    assert result == expected


@pytest.mark.parametrize(
    ("function", "left", "right", "message"),
    [
        (divide, 0, 0, "zero divided by zero has no result"),
        (divide, inf, -inf, "infinity divided by infinity has no result"),
        (add, inf, -inf, "infinity minus infinity has no result"),
        (subtract, inf, inf, "infinity minus infinity has no result"),
        (multiply, 0, inf, "zero times infinity has no result"),
        (remainder, 0, inf, "zero times infinity has no result"),
        (remainder, 2**13000, Fraction(1, 2**13000), "the quotient is too large"),
    ],
)
def test_what_has_no_result(function, left, right, message: str) -> None:
    with pytest.raises(NumberError, match=f"^{message}$"):
        function(left, right)


def test_what_is_too_large_becomes_infinite_and_what_is_too_small_zero() -> None:
    large = parse_number("1e4000")
    assert multiply(large, large) == inf
    assert multiply(large, negate(large)) == -inf
    assert divide(divide(1, large), large) == 0


def test_decimals_are_what_is_printed() -> None:
    assert to_decimal(parse_number("0.1")) == Decimal("0.1")
    assert to_decimal(-5) == Decimal(-5)
    assert to_decimal(inf) == Decimal("Infinity")
    assert to_decimal(-inf) == Decimal("-Infinity")


def test_floats_are_what_they_print_as() -> None:
    assert from_float(0.1) == parse_number("0.1")
    assert from_float(1e22) == 10**22
    assert from_float(-inf) == -inf
    with pytest.raises(NumberError):
        from_float(nan)
