"""Type expressions of variables."""

from __future__ import annotations

import pytest

from flagstaff.diagnostics import Diagnostics
from flagstaff.language.parse import parse_expression
from flagstaff.language.source import Source
from flagstaff.language.typeexpr import parse_type
from flagstaff.language.types import (
    ANY,
    BOOL,
    EMPTY_OBJECT,
    EMPTY_TUPLE,
    NUMBER,
    STRING,
    ListType,
    MapType,
    ObjectType,
    SetType,
    TupleType,
    Type,
)
from flagstaff.language.values import Value, number


def read(text: str) -> tuple[Type | None, list[str]]:
    diagnostics = Diagnostics()
    expression = parse_expression(Source("x.hcl", text), diagnostics)
    assert expression is not None
    found = parse_type(expression, diagnostics)
    return found, [
        f"{item.range.start.column}-{item.range.end.column} {item.summary}: {item.detail}"
        for item in diagnostics
        if item.range is not None
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("string", STRING),
        ("(number)", NUMBER),
        ("bool", BOOL),
        ("any", ANY),
        ("list(string)", ListType(STRING)),
        ("set(any)", SetType(ANY)),
        ("map(list(number))", MapType(ListType(NUMBER))),
        ("tuple([])", EMPTY_TUPLE),
        ("tuple([string, bool])", TupleType((STRING, BOOL))),
        ("object({})", EMPTY_OBJECT),
        ('object({ b = string, "a" = number })', ObjectType((("a", NUMBER), ("b", STRING)))),
        ("object({ a = optional(bool) })", ObjectType((("a", BOOL),), frozenset({"a"}))),
    ],
)
def test_types(text: str, expected: Type) -> None:
    assert read(text) == (expected, [])


def test_a_default_is_converted_to_its_type() -> None:
    found, problems = read('object({ a = optional(number, "5"), b = optional(string) })')
    assert problems == []
    assert isinstance(found, ObjectType)
    assert found.defaults == {"a": number(5)}
    assert found.optional == {"a", "b"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("strin", '1-6 Invalid type: There is no type "strin". Did you mean "string"?'),
        ("list", "1-5 Invalid type: list needs to say of what, as in list(string)."),
        ("object", "1-7 Invalid type: object needs to say of what, as in object({ name = string })."),
        ("vector(string)", '1-15 Invalid type: There is no type "vector(...)".'),
        ("lst(string)", '1-12 Invalid type: There is no type "lst(...)". Did you mean "list"?'),
        ("optional(string)", "1-17 Invalid type: optional(...) can only stand for an attribute of an object."),
        ('"string"', "1-9 Invalid type: Write the type without quotes: string."),
        ("5", "1-2 Invalid type: A type is one of string, number, bool, any, list, set, map, object, tuple."),
        ("list()", "1-7 Invalid type: list takes one argument, as in list(string)."),
        ("list(string, number)", "1-21 Invalid type: list takes one argument, as in list(string)."),
        ("list([string]...)", "1-18 Invalid type: list takes one argument, as in list(string)."),
        ("list(strin)", '6-11 Invalid type: There is no type "strin". Did you mean "string"?'),
        ("tuple(string)", "7-13 Invalid type: Write it as in tuple([string, number])."),
        ("object(string)", "8-14 Invalid type: Write it as in object({ name = string })."),
        ("tuple([string, nil])", '16-19 Invalid type: There is no type "nil".'),
        ("object({ a = strin })", '14-19 Invalid type: There is no type "strin". Did you mean "string"?'),
        ("object({ (a) = string })", "10-13 Invalid type: An attribute is a plain name."),
        ("object({ a = string, a = string })", '22-23 Invalid type: The attribute "a" is there twice.'),
        ("object({ a = optional() })", "14-24 Invalid type: optional takes a type and, if you like, a default."),
        (
            'object({ a = optional(number, "x") })',
            "31-34 Invalid default: The default does not fit its type: a number is required.",
        ),
        (
            "object({ a = optional(number, var.x) })",
            "31-36 Reference in a default: var.x can't be used here: the default of an attribute is a constant.",
        ),
        (
            "object({ a = optional(number, x) })",
            "31-32 Reference in a default: x can't be used here: the default of an attribute is a constant.",
        ),
    ],
)
def test_mistakes(text: str, expected: str) -> None:
    found, problems = read(text)
    assert problems == [expected]
    assert (found is None) == ("default" not in expected or "if you like" in expected)


def test_all_mistakes_of_an_object_are_told() -> None:
    found, problems = read("object({ a = x, b = y, c = tuple([z]) })")
    assert found is None
    assert len(problems) == 3


def test_a_default_may_use_functions() -> None:
    found, _ = read('object({ a = optional(string, upper("x")) })')
    assert isinstance(found, ObjectType)
    assert found.defaults == {"a": Value(STRING, "X")}
