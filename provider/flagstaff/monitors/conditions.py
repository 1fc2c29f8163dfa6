"""Explicit thresholds: whether a compiled `pass_when` holds for the numbers of a reading. Pure and exact."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Final, assert_never

from flagstaff.model.conditions import (
    Always,
    And,
    Arithmetic,
    Comparison,
    Condition,
    Constant,
    Is,
    Not,
    Or,
    Symbol,
    Term,
)

_COMPARE: Final[Mapping[str, Callable[[Fraction, Fraction], bool]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_CALCULATE: Final[Mapping[str, Callable[[Fraction, Fraction], Fraction]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    # As in Terraform, the result has the sign of the dividend.
    "%": lambda left, right: left - right * int(left / right),
}


class UnknowableError(ValueError):
    """The numbers at hand do not decide it; `str()` is a clause that says why."""


def holds(condition: Condition, numbers: Mapping[str, Decimal | None]) -> bool:
    """Raises `UnknowableError` for a number that is not there, and for a division by zero.

    Every operand is looked at, so that the answer never hides that something is missing.
    """
    match condition:
        case Always(value):
            return value
        case Not(operand):
            return not holds(operand, numbers)
        case And(operands):
            return all([holds(operand, numbers) for operand in operands])  # noqa: C419 - no operand is left out
        case Or(operands):
            return any([holds(operand, numbers) for operand in operands])  # noqa: C419 - no operand is left out
        case Comparison(sign, left, right):
            return _COMPARE[sign](_number(left, numbers), _number(right, numbers))
        case Is():
            raise UnknowableError(f"{condition} is true of a person, not of a measurement")
        case _:
            assert_never(condition)


def _number(term: Term, numbers: Mapping[str, Decimal | None]) -> Fraction:
    match term:
        case Constant(value):
            return Fraction(value)
        case Symbol(name):
            found = numbers.get(name)
            if found is None:
                raise UnknowableError(f"there is no {name}")
            return Fraction(found)
        case Arithmetic(sign, left, right):
            divisor = _number(right, numbers)
            if sign in {"/", "%"} and divisor == 0:
                raise UnknowableError(f"{term} divides by zero")
            return _CALCULATE[sign](_number(left, numbers), divisor)
        case _:
            assert_never(term)
