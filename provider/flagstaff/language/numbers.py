"""Numbers: 512-bit binary floats, as the reference HCL implementation has them.

Source: Go's math/big.Float with 512 bits of mantissa, rounding to nearest even.
A number is an `int`, a dyadic `Fraction`, or an infinite `float`. A whole number is always an
`int`, so that equal numbers are equal objects to Python, too.
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from math import inf, isinf
from typing import Final

Number = int | Fraction | float

PRECISION: Final = 512
# Sizes beyond 2^14000 (some 4,200 digits) overflow to infinity, or vanish: nobody's percentage needs
# them, and `1e999999999` must not fill the memory. Python refuses to print longer integers anyway.
_LARGEST_EXPONENT: Final = 14_000

_PATTERN: Final = re.compile(r"([+-]?)(\d+)?(?:\.(\d*))?(?:[eE]([+-]?\d{1,9}))?\Z", re.ASCII)


class NumberError(ValueError):
    """The text is no number, or the operation has no result; `str()` says which."""


def parse_number(text: str) -> Number:
    """Read a decimal number, rounded to 512 bits; raises `NumberError`."""
    if len(text) < 18 and text.isascii() and text.isdigit():
        return int(text)
    match = _PATTERN.match(text)
    if match is None or not (match[2] or match[3]):
        raise NumberError("a number is required")
    whole, fraction = match[2] or "", match[3] or ""
    exponent = int(match[4] or 0) - len(fraction)
    if len(whole) + len(fraction) > 4000 or abs(exponent) > 4000:
        raise NumberError("a number of a size that can be held is required")
    mantissa = int(whole + fraction)
    if match[1] == "-":
        mantissa = -mantissa
    if exponent >= 0:
        return _rounded(mantissa * 10**exponent, 0)
    return _quotient(mantissa, 10**-exponent)


def format_number(number: Number) -> str:
    """Plain decimal without an exponent: the fewest digits that read back as the same number."""
    if isinstance(number, int):
        if number.bit_length() <= PRECISION:
            return str(number)
        digits, places = _shortest(Fraction(number))
        return str(digits) + "0" * -places
    if isinstance(number, float):
        return "+Inf" if number > 0 else "-Inf"
    digits, places = _shortest(number)
    sign, text = "-" if digits < 0 else "", str(abs(digits)).rjust(places + 1, "0")
    return f"{sign}{text[:-places]}.{text[-places:]}"


def to_decimal(number: Number) -> Decimal:
    """The decimal that `format_number` writes."""
    return Decimal("Infinity" if number == inf else "-Infinity" if number == -inf else format_number(number))


def from_float(number: float) -> Number:
    """The number that a 64-bit float prints as: 0.1 is 0.1; raises `NumberError` for NaN."""
    if isinf(number):
        return number
    return parse_number(repr(number))


def absolute(number: Number) -> Number:
    return -number if number < 0 else number


def negate(number: Number) -> Number:
    return -number


def add(left: Number, right: Number) -> Number:
    if isinstance(left, float) or isinstance(right, float):
        if isinstance(left, float) and isinstance(right, float) and left != right:
            raise NumberError("infinity minus infinity has no result")
        return left if isinstance(left, float) else right
    return _fitted(left + right)


def subtract(left: Number, right: Number) -> Number:
    return add(left, -right)


def multiply(left: Number, right: Number) -> Number:
    if isinstance(left, float) or isinstance(right, float):
        if left == 0 or right == 0:
            raise NumberError("zero times infinity has no result")
        return inf if (left > 0) == (right > 0) else -inf
    return _fitted(left * right)


def divide(left: Number, right: Number) -> Number:
    """`left / right`; something by zero is infinite, zero by zero is a `NumberError`."""
    if isinstance(left, float):
        if isinstance(right, float):
            raise NumberError("infinity divided by infinity has no result")
        return left if right >= 0 else -left
    if isinstance(right, float):
        return 0
    if right == 0:
        if left == 0:
            raise NumberError("zero divided by zero has no result")
        return inf if left > 0 else -inf
    return _quotient(left.numerator * right.denominator, left.denominator * right.numerator)


def remainder(left: Number, right: Number) -> Number:
    """What is left after dividing towards zero, with the sign of `left`; by zero it is `left` itself.

    Source: cty's Value.Modulo, which takes an infinite operand as in a multiplication.
    """
    if isinstance(left, float) or isinstance(right, float):
        return multiply(left, right)
    if right == 0:
        return left
    quotient = divide(left, right)
    if isinstance(quotient, float):
        raise NumberError("the quotient is too large")
    return subtract(left, multiply(_fitted(int(quotient)), right))


def _fitted(number: int | Fraction) -> Number:
    """The exact result of an operation on two numbers, rounded to 512 bits."""
    if isinstance(number, int):
        return number if number.bit_length() <= PRECISION else _rounded(number, 0)
    return _rounded(number.numerator, 1 - number.denominator.bit_length())


def _quotient(numerator: int, denominator: int) -> Number:
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    shift = PRECISION + 2 - (numerator.bit_length() - denominator.bit_length())
    if shift > 0:
        numerator <<= shift
    else:
        denominator <<= -shift
    quotient, rest = divmod(abs(numerator), denominator)
    # One more bit says that something was cut off: enough to round as if it were all there.
    quotient = quotient << 1 | bool(rest)
    return _rounded(-quotient if numerator < 0 else quotient, -shift - 1)


def _rounded(mantissa: int, exponent: int) -> Number:
    """mantissa * 2^exponent, to 512 bits, ties to even."""
    size = abs(mantissa)
    excess = size.bit_length() - PRECISION
    if excess > 0:
        low = size & (1 << excess) - 1
        half = 1 << (excess - 1)
        size >>= excess
        exponent += excess
        if low > half or (low == half and size & 1):
            size += 1
    if size.bit_length() + exponent > _LARGEST_EXPONENT:
        return inf if mantissa > 0 else -inf
    if size.bit_length() + exponent < -_LARGEST_EXPONENT:
        return 0
    signed = size if mantissa >= 0 else -size
    if exponent >= 0:
        return signed << exponent
    result = Fraction(signed, 1 << -exponent)
    return result.numerator if result.denominator == 1 else result


def _shortest(number: Fraction) -> tuple[int, int]:
    """The digits, and how many of them stand behind the point, of the shortest text that reads back.

    Source: Go's math/big ftoa, `roundShortest`: any decimal within half a unit of the 512th bit
    will do, on the bound only where the mantissa is even.
    """
    size = abs(number)
    bits = size.numerator.bit_length() - size.denominator.bit_length() + 1
    half = Fraction(2) ** (bits - PRECISION - 1)
    even = (size / (2 * half)).numerator % 2 == 0
    low, high = _fewest_places(bits), 1
    while _nearest(size, high, half, even=even) is None:
        high *= 2
    while low < high:
        middle = (low + high) // 2
        if _nearest(size, middle, half, even=even) is None:
            low = middle + 1
        else:
            high = middle
    digits = _nearest(size, low, half, even=even)
    assert digits is not None, "the bounds enclose a decimal"
    return (digits if number > 0 else -digits), low


def _fewest_places(bits: int) -> int:
    """No decimal for a number below 2^bits has its last digit further left."""
    return min(0, -(bits * 30103 // 100_000) - 1)


def _nearest(size: Fraction, places: int, half: Fraction, *, even: bool) -> int | None:
    """The decimal with so many places that is nearest, as an integer, if it reads back as `size`."""
    unit = Fraction(10) ** -places
    digits = round(size / unit)
    distance = abs(digits * unit - size)
    return digits if distance < half or (even and distance == half) else None
