"""Functions on numbers."""

from __future__ import annotations

import math
from functools import reduce
from typing import cast

from flagstaff.language import numbers
from flagstaff.language.convert import ConversionError, convert
from flagstaff.language.functions.signature import ArgumentError, anything, function, plain, quantity, text, whole
from flagstaff.language.numbers import Number, NumberError
from flagstaff.language.types import NUMBER
from flagstaff.language.values import Value

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


@plain(NUMBER, quantity("number"), example="abs(-5)")
def abs_(number: Number) -> Number:
    """The number without its sign."""
    return numbers.absolute(number)


@plain(NUMBER, quantity("number"), example="ceil(2.1)")
def ceil(number: Number) -> Number:
    """The next whole number that is not less."""
    return number if isinstance(number, float) else math.ceil(number)


@plain(NUMBER, quantity("number"), example="floor(2.9)")
def floor(number: Number) -> Number:
    """The next whole number that is not more."""
    return number if isinstance(number, float) else math.floor(number)


@plain(NUMBER, quantity("number"), variadic=quantity("numbers"), example="max(1, 20, 5)")
def max_(*values: Number) -> Number:
    """The largest one."""
    return max(values)


@plain(NUMBER, quantity("number"), variadic=quantity("numbers"), example="min([1, 20, 5]...)")
def min_(*values: Number) -> Number:
    """The smallest one."""
    return min(values)


@plain(NUMBER, quantity("base"), quantity("exponent"), example="pow(2, 10)")
def pow_(base: Number, exponent: Number) -> Number:
    """`base` to the power of `exponent`, in 64-bit floats."""
    if base == 0 and exponent < 0:
        return math.inf
    try:
        return numbers.from_float(math.pow(base, exponent))
    except (OverflowError, ValueError):
        raise ArgumentError("the result is no number, or too large") from None


@plain(NUMBER, quantity("number"), example="signum(-5)")
def signum(number: Number) -> Number:
    """`-1`, `0` or `1`: the number's sign."""
    return (number > 0) - (number < 0)


@plain(NUMBER, text("string"), quantity("base"), example='parseint("ff", 16)')
def parseint(string: str, base: Number) -> Number:
    """A whole number written in a base from 2 to 62. Digits, then lower-case, then upper-case letters; up to base 36
    case does not matter.
    """
    radix = whole(base, "the base", 1)
    if not 2 <= radix <= 62:
        raise ArgumentError("the base must be from 2 to 62", 1)
    sign, digits = (-1, string[1:]) if string[:1] == "-" else (1, string.removeprefix("+"))
    values = [_DIGITS.find(digit.lower() if radix <= 36 else digit) for digit in digits]
    if not values or not all(0 <= value < radix for value in values):
        raise ArgumentError(f"this is no whole number in base {radix}", 0)
    return numbers.add(sign * reduce(lambda total, value: total * radix + value, values, 0), 0)


@function(NUMBER, anything("list"), example="sum([5, 20, 25])")
def sum_(items: Value) -> Value:
    """All of them added up; there must be one at least."""
    if not isinstance(items.data, tuple) or not items.data:
        raise ArgumentError("it needs a list, set or tuple with at least one number", 0)
    total: Number = 0
    for item in items.data:
        try:
            data = convert(item, NUMBER).data
            if data is None:
                raise ArgumentError("null can't be added", 0)
            total = numbers.add(total, cast(Number, data))
        except (ConversionError, NumberError) as error:
            raise ArgumentError(str(error), 0) from None
    return Value(NUMBER, total)
