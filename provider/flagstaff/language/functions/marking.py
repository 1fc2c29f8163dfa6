"""Functions on the marks of values. `undecided` is the evaluator's: it needs to know its place."""

from __future__ import annotations

from flagstaff.language.functions.signature import Parameter, Takes, function
from flagstaff.language.types import ANY, BOOL
from flagstaff.language.values import SENSITIVE, Value, boolean

_VALUE = Parameter("value", ANY, null=True)


@function(ANY, _VALUE, takes=Takes.ANYTHING, own_marks=True, example='issensitive(sensitive("x"))')
def sensitive(value: Value) -> Value:
    """The value, never to be shown or stored."""
    return value.with_marks({SENSITIVE})


@function(ANY, _VALUE, takes=Takes.ANYTHING, own_marks=True, example='nonsensitive(sensitive("x"))')
def nonsensitive(value: Value) -> Value:
    """The value itself is no longer sensitive; what is in it keeps its marks."""
    return Value(value.type, value.data, value.marks - {SENSITIVE})


@function(BOOL, _VALUE, takes=Takes.ANYTHING, own_marks=True, example='issensitive("x")')
def issensitive(value: Value) -> Value:
    """Whether the value is sensitive."""
    return boolean(value.is_sensitive).with_marks(value.marks - {SENSITIVE})
