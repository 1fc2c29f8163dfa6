"""Functions that convert between types."""

from __future__ import annotations

from flagstaff.language.convert import ConversionError, convert
from flagstaff.language.functions.signature import ArgumentError, Parameter, Takes, function
from flagstaff.language.types import ANY, BOOL, NUMBER, STRING, ListType, MapType, SetType, Type
from flagstaff.language.values import Value

_VALUE = Parameter("value", ANY, null=True)


def _to(value: Value, type: Type) -> Value:
    try:
        return convert(value, type)
    except ConversionError as error:
        raise ArgumentError(str(error), 0) from None


@function(STRING, _VALUE, takes=Takes.ANYTHING, example="tostring(5)")
def tostring(value: Value) -> Value:
    """As a string."""
    return _to(value, STRING)


@function(NUMBER, _VALUE, takes=Takes.ANYTHING, example='tonumber("5")')
def tonumber(value: Value) -> Value:
    """As a number."""
    return _to(value, NUMBER)


@function(BOOL, _VALUE, takes=Takes.ANYTHING, example='tobool("true")')
def tobool(value: Value) -> Value:
    """As a bool."""
    return _to(value, BOOL)


@function(ANY, _VALUE, takes=Takes.ANYTHING, example='tolist(toset(["b", "a"]))')
def tolist(value: Value) -> Value:
    """As a list, its elements of one type."""
    return _to(value, ListType(ANY))


@function(ANY, _VALUE, takes=Takes.ANYTHING, example='toset(["b", "a", "b"])')
def toset(value: Value) -> Value:
    """As a set: each element once, in no order of its own."""
    return _to(value, SetType(ANY))


@function(ANY, _VALUE, takes=Takes.ANYTHING, example='tomap({ web = 5, app = "20" })')
def tomap(value: Value) -> Value:
    """As a map, its elements of one type."""
    return _to(value, MapType(ANY))
