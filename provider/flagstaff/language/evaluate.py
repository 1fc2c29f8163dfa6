"""Evaluation: from expressions to values.

A mistake is a diagnostic, once, and gives `MISTAKE`, an unknown: what is built on it stays silent.
Anything computed with an unknown is unknown; marks join. Nothing here reads anything but the scope.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flagstaff.diagnostics import Diagnostics
from flagstaff.language import evaluate_access, evaluate_calls, evaluate_for, evaluate_templates, operations
from flagstaff.language.convert import ConversionError, convert, unify
from flagstaff.language.frame import Frame, condition_of, handles, key_of, sentence
from flagstaff.language.nodes import (
    Binary,
    Boolean,
    Conditional,
    Expression,
    Null,
    Number,
    Object,
    Parentheses,
    String,
    Template,
    Tuple,
    Unary,
)
from flagstaff.language.numbers import NumberError, parse_number
from flagstaff.language.scope import Scope
from flagstaff.language.types import ANY, NUMBER, STRING, with_article
from flagstaff.language.values import (
    MISTAKE,
    NULL,
    UNKNOWN,
    Mark,
    Value,
    boolean,
    deep_marks,
    object_of,
    string,
    tuple_of,
    unknown,
)

__all__ = ["evaluate"]

# These enter the functions for their nodes when they are imported.
_SPLIT: Final = (evaluate_access, evaluate_calls, evaluate_for, evaluate_templates)

_EMPTY_TEXT: Final = string("")


def evaluate(
    expression: Expression, scope: Scope, diagnostics: Diagnostics, variables: Mapping[str, Value] | None = None
) -> Value:
    """The value of an expression; `variables` are names that hide those of the scope."""
    if type(expression) is Template and len(expression.parts) < 2:
        # Most expressions of a configuration are plain strings: no frame for them.
        if not expression.parts:
            return _EMPTY_TEXT
        part = expression.parts[0]
        if type(part) is String:
            return Value(STRING, part.value)
    try:
        return Frame(scope, diagnostics, variables or {}).value(expression)
    except RecursionError:
        detail = "This expression, or what it refers to, is nested too deeply. Name parts of it in locals."
        diagnostics.error("Expression too deep", detail, expression.range)
        return MISTAKE


@handles(Null)
def _null(_node: Null, _frame: Frame) -> Value:
    return NULL


@handles(Boolean)
def _boolean(node: Boolean, _frame: Frame) -> Value:
    return boolean(node.value)


@handles(Number)
def _number(node: Number, frame: Frame) -> Value:
    try:
        return Value(NUMBER, parse_number(node.digits))
    except NumberError as error:
        return frame.mistake("Invalid number", f"This can't be read: {error}.", node.range)


@handles(String)
def _string(node: String, _frame: Frame) -> Value:
    return Value(STRING, node.value)


@handles(Parentheses)
def _parentheses(node: Parentheses, frame: Frame) -> Value:
    return frame.value(node.value)


@handles(Tuple)
def _tuple(node: Tuple, frame: Frame) -> Value:
    return tuple_of([frame.value(item) for item in node.items])


@handles(Object)
def _object(node: Object, frame: Frame) -> Value:
    """Of two equal keys the last wins. A key that is not known makes the object unknown."""
    fields: dict[str, Value] = {}
    marks: set[Mark] = set()
    complete = True
    for item in node.items:
        key = Value(STRING, item.key.value) if type(item.key) is String else key_of(item.key, frame)
        value = frame.value(item.value)
        marks |= key.marks
        if key.data is UNKNOWN:
            complete = False
            marks |= deep_marks(value)
        else:
            fields[key.text] = value
    result = object_of(fields)
    return result.with_marks(marks) if complete else unknown(ANY, deep_marks(result).union(marks))


@handles(Unary)
def _unary(node: Unary, frame: Frame) -> Value:
    operand = frame.value(node.operand)
    try:
        return operations.unary(node.operator, operand)
    except operations.OperandError as error:
        return frame.mistake("Invalid operand", sentence(error), node.operand.range)


@handles(Binary)
def _binary(node: Binary, frame: Frame) -> Value:
    """A chain `a && b && c ...` is walked, not recursed into: it may be long."""
    chain = [node]
    while type(chain[-1].left) is Binary:
        chain.append(chain[-1].left)
    value = frame.value(chain[-1].left)
    for each in reversed(chain):
        right = frame.value(each.right)
        try:
            value = operations.binary(each.operator, value, right)
        except operations.OperandError as error:
            place = each if error.side is None else each.right if error.side else each.left
            value = frame.mistake("Invalid operand", sentence(error), place.range)
    return value


@handles(Conditional)
def _conditional(node: Conditional, frame: Frame) -> Value:
    """Both results are evaluated, to find their common type; mistakes count in the chosen one only."""
    condition = condition_of(node.condition, frame)
    asides = (Diagnostics(), Diagnostics())
    results = [
        frame.with_diagnostics(aside).value(branch)
        for aside, branch in zip(asides, (node.true, node.false), strict=True)
    ]
    common = unify([result.type for result in results])
    if common is None:
        first, second = (with_article(result.type) for result in results)
        what = f"{first} and {second}" if first != second else f"{first} and another with different parts"
        detail = f"Both results must be of one type, and these are {what}."
        return frame.mistake("Inconsistent conditional", detail, node.source.range(node.true.start, node.false.end))
    if condition.data is UNKNOWN:
        return unknown(common, condition.marks | deep_marks(results[0]) | deep_marks(results[1]))
    chosen = 0 if condition.data else 1
    frame.diagnostics.extend(asides[chosen])
    try:
        return convert(results[chosen], common).with_marks(condition.marks)
    except ConversionError as error:
        detail = f"This result can't be of the same type as the other one: {error}."
        place = node.false if chosen else node.true
        return frame.mistake("Inconsistent conditional", detail, place.range)
