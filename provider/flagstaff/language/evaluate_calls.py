"""Evaluation of function calls, and of the functions that need more than their arguments' values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from flagstaff.diagnostics import Diagnostics, did_you_mean
from flagstaff.language.convert import ConversionError, convert
from flagstaff.language.frame import Frame, handles, sentence
from flagstaff.language.functions import FUNCTIONS, WITHHELD
from flagstaff.language.functions.signature import ArgumentError, Function, Parameter, Takes, counted
from flagstaff.language.nodes import Call, Expression
from flagstaff.language.types import ANY, BOOL, STRING, with_article
from flagstaff.language.values import (
    FALSE,
    MISTAKE,
    SENSITIVE,
    TRUE,
    UNKNOWN,
    Marks,
    Undecided,
    Value,
    children,
    deep_marks,
    is_wholly_known,
    unknown,
)

# An argument's value and the expression that it came from: for `f(list...)` one for many.
_Argument = tuple[Value, Expression]


@dataclass(frozen=True, slots=True)
class Special:
    """A function that gets its arguments' expressions. The docstring of `call`, `signature` and `example` (a call)
    are what the reference says of it."""

    call: Callable[[Call, Frame], Value]
    signature: str
    example: str


@handles(Call)
def _call(node: Call, frame: Frame) -> Value:
    special = SPECIAL.get(node.name)
    if special is not None:
        return special.call(node, frame)
    function = FUNCTIONS.get(node.name)
    values = [frame.value(argument) for argument in node.arguments]
    if function is None:
        return _unknown_function(node, frame)
    expanded = _expanded(node, values, frame)
    if expanded is None:
        return MISTAKE
    arguments, marks, complete = expanded
    if not complete:
        return unknown(function.result, marks.union(*map(deep_marks, values)))
    if not _count_fits(function, node, arguments, frame):
        return MISTAKE
    converted = _converted(function, arguments, frame)
    return MISTAKE if converted is None else _applied(function, node, converted, arguments, marks, frame)


def _expanded(node: Call, values: Sequence[Value], frame: Frame) -> tuple[list[_Argument], Marks, bool] | None:
    """The arguments, with the last one spread where the call ends in `...`; False: not known yet."""
    arguments = list(zip(values, node.arguments, strict=True))
    if not node.expand_last:
        return arguments, frozenset(), True
    last, place = arguments.pop()
    if last.data is UNKNOWN:
        return arguments, last.marks, False
    if not isinstance(last.data, tuple):
        what = "null" if last.data is None else with_article(last.type)
        frame.mistake("Invalid argument", f"Only a list, set or tuple can stand before ..., not {what}.", place.range)
        return None
    return arguments + [(item, place) for item in children(last)], last.marks, True


def _unknown_function(node: Call, frame: Frame) -> Value:
    place = node.source.range(node.start, node.name_end)
    reason = WITHHELD.get(node.name)
    if reason is not None:
        return frame.mistake("Function not available", f"There is no function {node.name} here: {reason}", place)
    guess = did_you_mean(node.name, [*FUNCTIONS, *SPECIAL])
    return frame.mistake("Unknown function", f'There is no function "{node.name}".{guess}', place)


def _count_fits(function: Function, node: Call, arguments: Sequence[_Argument], frame: Frame) -> bool:
    wanted, given = len(function.parameters), len(arguments)
    if given == wanted or (given > wanted and function.variadic):
        return True
    many = counted(wanted, at_least=function.variadic is not None)
    _wrong_count(function.signature, many, given, node, frame)
    return False


def _wrong_count(signature: str, wanted: str, given: int, node: Call, frame: Frame) -> Value:
    detail = f"{signature} takes {wanted}, and this call has {given}."
    return frame.mistake("Wrong number of arguments", detail, node.range)


def _converted(function: Function, arguments: Sequence[_Argument], frame: Frame) -> list[Value] | None:
    """The arguments as their parameters want them; None where one does not fit, which is reported."""
    result: list[Value] = []
    fits = True
    for number, (value, place) in enumerate(arguments):
        parameter = function.parameter(number)
        problem = _problem(value, parameter)
        if problem is None:
            try:
                result.append(convert(value, parameter.type))
                continue
            except ConversionError as error:
                problem = str(error)
        fits = False
        detail = f'The argument "{parameter.name}" of {function.name} does not fit: {problem}.'
        frame.mistake("Invalid argument", detail, place.range)
    return result if fits else None


def _problem(value: Value, parameter: Parameter) -> str | None:
    return "it is null" if value.data is None and not parameter.null else None


def _applied(
    function: Function,
    node: Call,
    values: Sequence[Value],
    arguments: Sequence[_Argument],
    spread: Marks,
    frame: Frame,
) -> Value:
    """The result, with the marks of all arguments, deep."""
    marks: Marks = spread if function.own_marks else spread.union(*map(deep_marks, values))
    if not _known_enough(function.takes, values):
        return unknown(function.result, marks)
    try:
        result = function.call(*values)
    except ArgumentError as error:
        place = node if error.index is None or error.index >= len(arguments) else arguments[error.index][1]
        secret = any(SENSITIVE in deep_marks(value) for value in values)
        reason = "it does not fit, and why is not shown, because it is sensitive" if secret else str(error)
        return frame.mistake("Invalid argument", f"{function.name}: {reason}.", place.range).with_marks(marks)
    return result.with_marks(marks) if marks else result


def _known_enough(takes: Takes, values: Sequence[Value]) -> bool:
    if takes is Takes.ANYTHING:
        return True
    if takes is Takes.PARTS:
        return all(value.data is not UNKNOWN for value in values)
    return all(map(is_wholly_known, values))


def _try(node: Call, frame: Frame) -> Value:
    """The first argument that has no mistake in it."""
    if not node.arguments:
        return _wrong_count("try(expressions...)", counted(1, at_least=True), 0, node, frame)
    complaints: list[str] = []
    for argument in node.arguments:
        aside = Diagnostics()
        value = frame.with_diagnostics(aside).value(argument)
        if not aside.has_errors:
            frame.diagnostics.extend(aside)
            return value
        complaints.append(f"{argument.text}: {aside.items[0].detail}")
    return frame.mistake("Nothing to try left", "All of them have a mistake. " + " ".join(complaints), node.range)


def _can(node: Call, frame: Frame) -> Value:
    """Whether the expression has no mistake in it."""
    if len(node.arguments) != 1:
        return _wrong_count("can(expression)", counted(1), len(node.arguments), node, frame)
    aside = Diagnostics()
    value = frame.with_diagnostics(aside).value(node.arguments[0])
    if aside.has_errors:
        return FALSE
    marks = deep_marks(value)
    return TRUE.with_marks(marks) if is_wholly_known(value) else unknown(BOOL, marks)


def _undecided(node: Call, frame: Frame) -> Value:
    """A value that nobody has chosen yet, with the reason. Every plan lists it; what is computed from it is undecided,
    too."""
    if len(node.arguments) != 1:
        return _wrong_count("undecided(why)", counted(1), len(node.arguments), node, frame)
    argument = node.arguments[0]
    why = frame.value(argument)
    if why.data is UNKNOWN:
        return unknown(ANY, why.marks)
    try:
        text = convert(why, STRING).data
    except ConversionError as error:
        return frame.mistake("Invalid argument", sentence(error), argument.range)
    if why.is_sensitive:
        detail = "Why something is undecided is shown in every plan, so it can't be sensitive."
        return frame.mistake("Invalid argument", detail, argument.range).with_marks(why.marks)
    if not isinstance(text, str) or not text.strip():
        detail = "Say in a few words what has to be chosen: plans and reports list it."
        return frame.mistake("Invalid argument", detail, argument.range)
    return unknown(ANY, why.marks | {Undecided(text, str(node.range))})


SPECIAL: Final[dict[str, Special]] = {
    "try": Special(_try, "try(expressions...)", "try({ web = 5 }.app, 0)"),
    "can": Special(_can, "can(expression)", "can({ web = 5 }.app)"),
    "undecided": Special(_undecided, "undecided(why: string)", 'undecided("share for the LH alignment")'),
}
