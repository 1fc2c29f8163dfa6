"""Frame: what an expression is evaluated in, and the table of who evaluates which node.

The modules `evaluate_*` enter their functions with `handles`; `evaluate` imports them all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from flagstaff.diagnostics import Diagnostics, Range, Severity
from flagstaff.language.convert import ConversionError, convert
from flagstaff.language.limits import Rounds
from flagstaff.language.nodes import Expression, Node
from flagstaff.language.scope import Scope
from flagstaff.language.types import BOOL, STRING, Primitive
from flagstaff.language.values import MISTAKE, Value, deep_marks

_N = TypeVar("_N", bound=Node)
_HANDLERS: Final[dict[type[Node], Callable[[Any, Frame], Value]]] = {}


class Frame:
    """One level of names: the scope, the variables of enclosing `for`s, the element of a splat.

    `rounds` are those of all `for`s of the expression.
    """

    __slots__ = ("diagnostics", "each", "rounds", "scope", "variables")

    def __init__(
        self,
        scope: Scope,
        diagnostics: Diagnostics,
        variables: Mapping[str, Value],
        each: Value = MISTAKE,
        rounds: Rounds | None = None,
    ) -> None:
        self.scope = scope
        self.diagnostics = diagnostics
        self.variables = variables
        self.each = each
        self.rounds = Rounds() if rounds is None else rounds

    def value(self, node: Expression) -> Value:
        return _HANDLERS[type(node)](node, self)

    def with_each(self, each: Value) -> Frame:
        return Frame(self.scope, self.diagnostics, self.variables, each, self.rounds)

    def with_diagnostics(self, diagnostics: Diagnostics) -> Frame:
        return Frame(self.scope, diagnostics, self.variables, self.each, self.rounds)

    def mistake(self, summary: str, detail: str, range: Range) -> Value:
        """Report it, and give what a mistake evaluates to."""
        self.diagnostics.error(summary, detail, range)
        return MISTAKE

    def failed_since(self, count: int) -> bool:
        """Whether a mistake was reported since there were so many diagnostics."""
        items = self.diagnostics.items
        return len(items) > count and any(item.severity is Severity.ERROR for item in items[count:])


def handles(kind: type[_N]) -> Callable[[Callable[[_N, Frame], Value]], Callable[[_N, Frame], Value]]:
    """Enter a function as the one that evaluates nodes of that kind."""

    def enter(function: Callable[[_N, Frame], Value]) -> Callable[[_N, Frame], Value]:
        _HANDLERS[kind] = function
        return function

    return enter


def condition_of(node: Expression, frame: Frame) -> Value:
    """An expression where true or false is needed: a bool, possibly unknown."""
    return _wanted(node, frame, BOOL, "Invalid condition", "A condition is true or false")


def key_of(node: Expression, frame: Frame) -> Value:
    """An expression where the key of an object is needed: a string, possibly unknown."""
    return _wanted(node, frame, STRING, "Invalid key", "A key is a string")


def _wanted(node: Expression, frame: Frame, type: Primitive, summary: str, rule: str) -> Value:
    value = frame.value(node)
    marks = deep_marks(value)
    if value.is_null:
        return frame.mistake(summary, f"{rule}, and this is null.", node.range).with_marks(marks)
    try:
        return convert(value, type)
    except ConversionError as error:
        return frame.mistake(summary, f"{rule}: {error}.", node.range).with_marks(marks)


def sentence(error: Exception) -> str:
    text = str(error)
    return f"{text[0].upper()}{text[1:]}."
