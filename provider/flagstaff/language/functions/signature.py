"""Signature: what a function takes and gives, and the registry that functions enter themselves in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import wraps
from typing import Any, Final

from flagstaff.language.types import ANY, NUMBER, STRING, Primitive, Type
from flagstaff.language.values import Value, boolean, list_of, normalized, number


class ArgumentError(ValueError):
    """An argument of the right type that the function can't work with.

    `index` is its place among the arguments, from 0; None where it is not one argument's fault.
    """

    def __init__(self, message: str, index: int | None = None) -> None:
        super().__init__(message)
        self.index = index


class Takes(Enum):
    """How much must be known for a function to be called; else its result is unknown."""

    WHOLE = "everything in the arguments"
    PARTS = "the arguments themselves, not what is in them"
    ANYTHING = "nothing: the function deals with unknowns"


@dataclass(frozen=True, slots=True)
class Parameter:
    """`null`: the argument may be null."""

    name: str
    type: Type = ANY
    null: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """`call` gets converted values, is pure, and raises `ArgumentError`; its docstring is what the reference says.

    The caller gives the result the marks of all arguments, unless the function has `own_marks`.
    `example`: a call, for the reference, which shows what it gives.
    """

    name: str
    parameters: tuple[Parameter, ...]
    variadic: Parameter | None
    result: Type
    call: Callable[..., Value]
    example: str
    takes: Takes = Takes.WHOLE
    own_marks: bool = False

    @property
    def signature(self) -> str:
        names = [parameter.name for parameter in self.parameters]
        if self.variadic:
            names.append(f"{self.variadic.name}...")
        return f"{self.name}({', '.join(names)})"

    def parameter(self, number: int) -> Parameter:
        """The parameter of the argument with that number, from 0."""
        if number < len(self.parameters):
            return self.parameters[number]
        assert self.variadic is not None, "arguments were counted"
        return self.variadic


FUNCTIONS: Final[dict[str, Function]] = {}

_Implementation = Callable[..., Any]


def function(
    result: Type,
    *parameters: Parameter,
    example: str,
    variadic: Parameter | None = None,
    takes: Takes = Takes.WHOLE,
    own_marks: bool = False,
) -> Callable[[_Implementation], _Implementation]:
    """Enter a function from values to a value, under its own name (without a final underscore)."""

    def enter(call: _Implementation) -> _Implementation:
        name = call.__name__.rstrip("_")
        FUNCTIONS[name] = Function(name, parameters, variadic, result, call, example, takes, own_marks)
        return call

    return enter


def plain(
    result: Type, *parameters: Parameter, example: str, variadic: Parameter | None = None
) -> Callable[[_Implementation], _Implementation]:
    """Enter a function of Python's own strings, numbers, bools and tuples of values.

    It gives a string, number, bool, or a list of strings, as `result` says.
    """

    def enter(call: _Implementation) -> _Implementation:
        @wraps(call)
        def unwrapped(*values: Value) -> Value:
            return _wrapped(call(*[value.data for value in values]), result)

        function(result, *parameters, example=example, variadic=variadic)(unwrapped)
        return call

    return enter


def _wrapped(data: Any, type: Type) -> Value:
    if isinstance(type, Primitive):
        return normalized(data) if type == STRING else number(data) if type == NUMBER else boolean(data)
    return list_of(STRING, map(normalized, data))


def text(name: str) -> Parameter:
    return Parameter(name, STRING)


def quantity(name: str) -> Parameter:
    return Parameter(name, NUMBER)


def anything(name: str) -> Parameter:
    return Parameter(name, ANY)


def whole(value: Any, name: str, index: int) -> int:
    """A number as an integer; raises `ArgumentError`."""
    if isinstance(value, int):
        return value
    raise ArgumentError(f"{name} must be a whole number", index)


def counted(number: int, *, at_least: bool = False) -> str:
    """`at least 2 arguments`."""
    return f"{'at least ' if at_least else ''}{number or 'no'} argument{'' if number == 1 else 's'}"
