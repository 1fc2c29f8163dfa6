"""Conditions: compiled `when` and `pass_when` expressions, as values.

`&& || !`, comparisons, arithmetic and constants over named things. What could be computed when
the configuration was read is folded in; `str()` is a canonical text, equal for equal conditions.
Built with `all_of`, `any_of` and `negation`, which keep them flat, sorted and without constants.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import assert_never

from flagstaff.addresses import Address


@dataclass(frozen=True, slots=True)
class Always:
    """A constant."""

    value: bool

    def __str__(self) -> str:
        return "true" if self.value else "false"


@dataclass(frozen=True, slots=True)
class Is:
    """A toggle is on for the person, a segment has them, another experience is theirs.

    `detail` is the segment's name where `address` is a product.
    """

    address: Address
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.address}.segment.{self.detail}" if self.detail else str(self.address)


@dataclass(frozen=True, slots=True)
class Not:
    operand: Condition

    def __str__(self) -> str:
        return f"!{_inner(self.operand)}"


@dataclass(frozen=True, slots=True)
class And:
    operands: tuple[Condition, ...]

    def __str__(self) -> str:
        return " && ".join(map(_inner, self.operands))


@dataclass(frozen=True, slots=True)
class Or:
    operands: tuple[Condition, ...]

    def __str__(self) -> str:
        return " || ".join(map(_inner, self.operands))


@dataclass(frozen=True, slots=True)
class Constant:
    value: Decimal

    def __str__(self) -> str:
        return f"{self.value:f}"


@dataclass(frozen=True, slots=True)
class Symbol:
    """A number that is known later: `measured`, `baseline`."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Arithmetic:
    operator: str
    left: Term
    right: Term

    def __str__(self) -> str:
        return f"({self.left} {self.operator} {self.right})"


@dataclass(frozen=True, slots=True)
class Comparison:
    operator: str
    left: Term
    right: Term

    def __str__(self) -> str:
        return f"{self.left} {self.operator} {self.right}"


Term = Constant | Symbol | Arithmetic
Condition = Always | Is | Not | And | Or | Comparison


def _inner(condition: Condition) -> str:
    return f"({condition})" if isinstance(condition, And | Or | Comparison) else str(condition)


def all_of(conditions: Iterable[Condition]) -> Condition:
    """All hold; of none at all that is true."""
    found: set[Condition] = set()
    for condition in conditions:
        if condition == Always(False):
            return condition
        if condition != Always(True):
            found.update(condition.operands if isinstance(condition, And) else (condition,))
    operands = tuple(sorted(found, key=str))
    return operands[0] if len(operands) == 1 else And(operands) if operands else Always(True)


def any_of(conditions: Iterable[Condition]) -> Condition:
    """At least one holds; of none at all that is false."""
    found: set[Condition] = set()
    for condition in conditions:
        if condition == Always(True):
            return condition
        if condition != Always(False):
            found.update(condition.operands if isinstance(condition, Or) else (condition,))
    operands = tuple(sorted(found, key=str))
    return operands[0] if len(operands) == 1 else Or(operands) if operands else Always(False)


def negation(condition: Condition) -> Condition:
    match condition:
        case Always(value):
            return Always(not value)
        case Not(operand):
            return operand
        case _:
            return Not(condition)


def mentioned(condition: Condition) -> tuple[Is, ...]:
    """The toggles, segments and experiences that it depends on, sorted."""
    return tuple(sorted(_mentioned(condition), key=str))


def _mentioned(condition: Condition) -> frozenset[Is]:
    match condition:
        case Is():
            return frozenset({condition})
        case Not(operand):
            return _mentioned(operand)
        case And(operands) | Or(operands):
            return frozenset().union(*map(_mentioned, operands))
        case Always() | Comparison():
            return frozenset()
        case _:
            assert_never(condition)


def symbols(condition: Condition) -> frozenset[str]:
    """The names of the numbers that it depends on."""
    match condition:
        case Not(operand):
            return symbols(operand)
        case And(operands) | Or(operands):
            return frozenset().union(*map(symbols, operands))
        case Comparison(left=left, right=right):
            return _symbols(left) | _symbols(right)
        case Always() | Is():
            return frozenset()
        case _:
            assert_never(condition)


def _symbols(term: Term) -> frozenset[str]:
    match term:
        case Symbol(name):
            return frozenset({name})
        case Arithmetic(left=left, right=right):
            return _symbols(left) | _symbols(right)
        case Constant():
            return frozenset()
        case _:
            assert_never(term)
