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


@function(STRING, _VALUE, takes=Takes.ANYTHING)
def tostring(value: Value) -> Value:
    return _to(value, STRING)


@function(NUMBER, _VALUE, takes=Takes.ANYTHING)
def tonumber(value: Value) -> Value:
    return _to(value, NUMBER)


@function(BOOL, _VALUE, takes=Takes.ANYTHING)
def tobool(value: Value) -> Value:
    return _to(value, BOOL)


@function(ANY, _VALUE, takes=Takes.ANYTHING)
def tolist(value: Value) -> Value:
    return _to(value, ListType(ANY))


@function(ANY, _VALUE, takes=Takes.ANYTHING)
def toset(value: Value) -> Value:
    return _to(value, SetType(ANY))


@function(ANY, _VALUE, takes=Takes.ANYTHING)
def tomap(value: Value) -> Value:
    return _to(value, MapType(ANY))
