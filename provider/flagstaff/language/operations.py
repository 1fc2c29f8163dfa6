"""Operators on values: arithmetic, comparison, logic, equality.

Operands are converted as Terraform converts them, except for `==` and `!=`, which never convert.
An unknown operand gives an unknown result; the marks of all operands, deep, are the result's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from flagstaff.language import numbers
from flagstaff.language.convert import ConversionError, convert
from flagstaff.language.types import ANY, BOOL, NUMBER, ObjectType, Primitive, TupleType, Type, with_article
from flagstaff.language.values import (
    UNKNOWN,
    Marks,
    Value,
    boolean,
    children,
    deep_marks,
    identity,
    is_wholly_known,
    unknown,
)


class OperandError(ValueError):
    """An operand does not fit; `side` says which: 0 the left or only one, 1 the right, None both."""

    def __init__(self, message: str, side: int | None) -> None:
        super().__init__(message)
        self.side = side


_Function = Callable[[Any, Any], Any]

# Operator: type of the operands, type of the result, what it does.
_BINARY: Final[dict[str, tuple[Primitive, Primitive, _Function]]] = {
    "+": (NUMBER, NUMBER, numbers.add),
    "-": (NUMBER, NUMBER, numbers.subtract),
    "*": (NUMBER, NUMBER, numbers.multiply),
    "/": (NUMBER, NUMBER, numbers.divide),
    "%": (NUMBER, NUMBER, numbers.remainder),
    "<": (NUMBER, BOOL, lambda left, right: left < right),
    "<=": (NUMBER, BOOL, lambda left, right: left <= right),
    ">": (NUMBER, BOOL, lambda left, right: left > right),
    ">=": (NUMBER, BOOL, lambda left, right: left >= right),
    "&&": (BOOL, BOOL, lambda left, right: left and right),
    "||": (BOOL, BOOL, lambda left, right: left or right),
}
_UNARY: Final[dict[str, tuple[Primitive, Callable[[Any], Any]]]] = {
    "-": (NUMBER, numbers.negate),
    "!": (BOOL, lambda operand: not operand),
}


def binary(operator: str, left: Value, right: Value) -> Value:
    """`left operator right`; raises `OperandError`."""
    if operator in {"==", "!="}:
        result = equal(left, right)
        return result if operator == "==" else unary("!", result)
    wanted, gives, function = _BINARY[operator]
    left, right = _operand(left, wanted, operator, 0), _operand(right, wanted, operator, 1)
    marks = left.marks | right.marks
    if left.data is UNKNOWN or right.data is UNKNOWN:
        return unknown(gives, marks)
    try:
        return Value(gives, function(left.data, right.data), marks)
    except numbers.NumberError as error:
        raise OperandError(str(error), None) from None


def unary(operator: str, operand: Value) -> Value:
    """`operator operand`; raises `OperandError`."""
    wanted, function = _UNARY[operator]
    operand = _operand(operand, wanted, operator, 0)
    if operand.data is UNKNOWN:
        return operand
    return Value(wanted, function(operand.data), operand.marks)


def equal(left: Value, right: Value) -> Value:
    """Of one type and equal in every part. Nulls are equal whatever their types."""
    marks: Marks = deep_marks(left) | deep_marks(right)
    outcome = _equal(left, right)
    return unknown(BOOL, marks) if outcome is None else boolean(outcome).with_marks(marks)


def _equal(left: Value, right: Value) -> bool | None:
    """None: not known."""
    if left.is_unknown or right.is_unknown:
        known = right if left.is_unknown else left
        comparable = known.is_null or known.is_unknown or _may_be_same(left.type, right.type)
        return None if comparable else False
    if left.is_null or right.is_null:
        return left.is_null and right.is_null
    if not _may_be_same(left.type, right.type):
        return False
    if is_wholly_known(left) and is_wholly_known(right):
        return identity(left) == identity(right)
    return _equal_parts(left, right)


def _equal_parts(left: Value, right: Value) -> bool | None:
    """Something in them is not known: they differ if anything known does."""
    if isinstance(left.data, dict) and left.fields.keys() != right.fields.keys():
        return False
    parts = [list(children(left)), list(children(right))]
    if len(parts[0]) != len(parts[1]):
        return False
    outcomes = [_equal(a, b) for a, b in zip(*parts, strict=True)]
    return False if False in outcomes else None


def _may_be_same(left: Type, right: Type) -> bool:
    """Whether two types are equal, or could be once what is not known in them is."""
    if left == right or ANY in (left, right):
        return True
    match left, right:
        case TupleType(a), TupleType(b):
            return len(a) == len(b) and all(map(_may_be_same, a, b))
        case ObjectType(a), ObjectType(b):
            return [name for name, _ in a] == [name for name, _ in b] and all(
                _may_be_same(x, y) for (_, x), (_, y) in zip(a, b, strict=True)
            )
        case _:
            return False


def _operand(value: Value, wanted: Primitive, operator: str, side: int) -> Value:
    if value.data is None:
        raise OperandError(f"{with_article(wanted)} is required for {operator}, and this is null", side)
    if value.type is wanted:
        return value
    try:
        return convert(value, wanted)
    except ConversionError as error:
        raise OperandError(f"{operator} can't take this operand: {error}", side) from None
