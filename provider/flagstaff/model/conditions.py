"""Conditions: compiled `when` and `pass_when` expressions, as values.

`&& || !`, comparisons, arithmetic and constants over named things. What could be computed when
the configuration was read is folded in; `str()` is a canonical text, equal for equal conditions.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

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
