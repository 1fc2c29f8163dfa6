"""Conversion and unification, by the rules of the reference."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flagstaff.addresses import Address
from flagstaff.diagnostics import Diagnostics
from flagstaff.language.convert import ConversionError, convert, convertible, type_name, unify
from flagstaff.language.parse import parse_expression
from flagstaff.language.source import Source
from flagstaff.language.typeexpr import parse_type
from flagstaff.language.types import ANY, STRING, ReferenceType, Type, with_article
from flagstaff.language.values import (
    SENSITIVE,
    Value,
    is_wholly_known,
    list_of,
    number,
    object_of,
    reference,
    string,
    tuple_of,
    unknown,
)


def type_of(text: str) -> Type:
    diagnostics = Diagnostics()
    expression = parse_expression(Source("type.hcl", text), diagnostics)
    assert expression is not None
    found = parse_type(expression, diagnostics)
    assert found is not None, diagnostics.items
    return found


@pytest.mark.parametrize(
    ("text", "to", "expected"),
    [
        ("1.50", "string", '"1.5"'),
        ("true", "string", '"true"'),
        ('"1e3"', "number", "1000"),
        ('"true"', "bool", "true"),
        ('"1"', "bool", "true"),
        ('"false"', "bool", "false"),
        ('"0"', "bool", "false"),
        ("null", "string", "null"),
        ("[1, true]", "any", "[1, true]"),
        ('[1, "a", true]', "list(string)", 'list["1", "a", "true"]'),
        ('[1, "a"]', "list(any)", 'list["1", "a"]'),
        ("[]", "list(any)", "list[]"),
        ("[]", "set(number)", "set[]"),
        ("[3, 1, 1]", "set(number)", "set[1, 3]"),
        ('["1", 1]', "set(string)", 'set["1"]'),
        ("toset([2, 1])", "list(string)", 'list["1", "2"]'),
        ("tolist([2, 1, 2])", "set(any)", "set[1, 2]"),
        ('["1", 2]', "tuple([number, string])", '[1, "2"]'),
        ("{a = 1, b = true}", "map(string)", 'map{a="1", b="true"}'),
        ("{}", "map(number)", "map{}"),
        ("{a = 1, b = null}", "map(any)", "map{a=1, b=null}"),
        ('{a = 1, b = "x"}', "object({ a = string })", '{a="1"}'),
        ('tomap({a = 1, b = "x"})', "object({ a = number })", "{a=1}"),
        ("{a = 1}", "object({ a = number, b = optional(string) })", "{a=1, b=null}"),
        ("{a = 1}", 'object({ a = number, b = optional(string, "x") })', '{a=1, b="x"}'),
        ("{a = 1, b = null}", 'object({ a = number, b = optional(string, "x") })', '{a=1, b="x"}'),
        ("{a = 1, b = 2}", 'object({ a = number, b = optional(string, "x") })', '{a=1, b="2"}'),
        ("{o = {}}", "object({ o = object({ n = optional(number, 5) }) })", "{o={n=5}}"),
        ("[{a = 1}, {}]", "list(object({ a = optional(number) }))", "list[{a=1}, {a=null}]"),
        ("[[1], []]", "list(list(number))", "list[list[1], list[]]"),
        ('[{a = 1}, {a = "x"}]', "list(object({ a = any }))", 'list[{a="1"}, {a="x"}]'),
        ("null", "object({ a = optional(string) })", "null"),
        ("[unknown.number, 1]", "list(string)", 'list[<string>, "1"]'),
        ("unknown.string", "number", "<number>"),
        ("unknown.list", "list(any)", "<list of string>"),
        ("unknown.list", "set(any)", "<set of string>"),
        ("unknown.map", "map(any)", "<map of number>"),
        ("unknown.tuple", "tuple([any, any])", "<tuple>"),
        ("unknown.any", "object({ a = optional(number) })", "<object>"),
        ("sensitive(1)", "string", '!"1"'),
        ("[sensitive(1)]", "list(string)", 'list[!"1"]'),
        ("[sensitive(1)]", "set(string)", '!set["1"]'),
        ("{a = sensitive(null)}", "object({ a = optional(number, 1) })", "{a=!1}"),
    ],
)
def test_conversions(
    shown_value: Callable[[Value], str], given: Callable[[str], Value], text: str, to: str, expected: str
) -> None:
    assert shown_value(convert(given(text), type_of(to))) == expected


@pytest.mark.parametrize(
    ("text", "to", "message"),
    [
        ('"x"', "number", "a number is required"),
        ("true", "number", "a number is required"),
        ("1", "bool", "a bool is required"),
        ('"yes"', "bool", "a bool is required"),
        ('"True"', "bool", "a bool is required, and text is one only in lower case: true or false"),
        ("[1]", "string", "a string is required"),
        ("1", "list(string)", "a list of string is required"),
        ("{}", "set(number)", "a set of number is required"),
        ("[]", "map(any)", "a map of any type is required"),
        ("[]", "object({})", "an object is required"),
        ("[1]", "tuple([])", "a tuple is required"),
        ("tolist([1])", "tuple([number])", "a tuple is required"),
        ('[1, "x"]', "list(number)", "element 1: a number is required"),
        ("[[1], [{}]]", "list(list(string))", "element 1: element 0: a string is required"),
        ('{a = "x"}', "map(bool)", 'element "a": a bool is required'),
        ("{a = []}", "object({ a = string })", 'attribute "a": a string is required'),
        ('["x"]', "tuple([number])", "element 0: a number is required"),
        ("{}", "object({ a = string })", 'attribute "a" is required'),
        ("{}", "object({ a = string, b = string, c = any })", 'attributes "a", "b" and "c" are required'),
        ("[1, []]", "list(any)", "all elements of a list must have the same type"),
        ("[1, []]", "set(any)", "all elements of a set must have the same type"),
        ("{a = 1, b = []}", "map(any)", "all elements of a map must have the same type"),
        ("nothing.list", "number", "a number is required"),
        ("unknown.list", "number", "a number is required"),
        ("unknown.map", "object({ a = list(string) })", "an object is required"),
        ("toggle.a", "string", "a string is required, not a reference to toggle.a"),
        ("[toggle.a]", "list(string)", "element 0: a string is required, not a reference to toggle.a"),
        ("sensitive({secret = []})", "map(string)", "a map of string is required"),
    ],
)
def test_refusals(given: Callable[[str], Value], text: str, to: str, message: str) -> None:
    with pytest.raises(ConversionError) as caught:
        convert(given(text), type_of(to))
    assert str(caught.value) == message


def test_references_convert_to_their_own_kind_only() -> None:
    toggle = reference(Address("toggle", "a"))
    assert convert(toggle, ReferenceType("toggle")) is toggle
    with pytest.raises(ConversionError, match=r"^a reference to an experience is required$"):
        convert(toggle, ReferenceType("experience"))


def test_a_value_of_the_type_already_is_itself() -> None:
    value = list_of(STRING, [string("a")])
    assert convert(value, value.type) is value
    assert convert(value, ANY) is value


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        ([], "any"),
        (["any", "any"], "any"),
        (["number", "any"], "number"),
        (["number", "string"], "string"),
        (["bool", "string", "number"], "string"),
        (["number", "bool"], None),
        (["list(number)", "list(string)"], "list(string)"),
        (["list(number)", "list(list(number))"], None),
        (["list(number)", "tuple([string])"], "list(string)"),
        (["list(number)", "tuple([list(string)])"], None),
        (["set(number)", "set(string)"], "set(string)"),
        (["set(number)", "set(set(number))"], None),
        (["set(number)", "list(string)"], "set(number)"),
        (["list(string)", "set(string)", "tuple([string])"], "set(string)"),
        (["map(number)", "map(string)"], "map(string)"),
        (["map(number)", "object({ a = string })"], "map(string)"),
        (["map(number)", "object({ a = list(string) })"], None),
        (["tuple([number])", "tuple([string])"], "tuple([string])"),
        (["tuple([number])", "tuple([string, number])"], "list(string)"),
        (["tuple([number])", "tuple([list(any)])"], None),
        (["tuple([number])", "tuple([list(any), number])"], None),
        (["object({ a = number })", "object({ a = string })"], "object({ a = string })"),
        (["object({ a = number })", "object({ b = string })"], "map(string)"),
        (["object({ a = number })", "object({ a = list(any) })"], None),
        (["object({ a = number })", "object({ b = list(any) })"], None),
        (["object({})", "tuple([])"], None),
        (["list(number)", "string"], None),
        (["map(number)", "list(number)"], None),
    ],
)
def test_unification(types: list[str], expected: str | None) -> None:
    assert unify([type_of(text) for text in types]) == (None if expected is None else type_of(expected))


@pytest.mark.parametrize(
    ("source", "to", "expected"),
    [
        ("number", "string", True),
        ("string", "bool", True),
        ("number", "bool", False),
        ("list(string)", "set(number)", True),
        ("tuple([string, number])", "list(any)", True),
        ("tuple([string, list(any)])", "list(any)", False),
        ("tuple([string, bool])", "set(number)", False),
        ("object({ a = string })", "map(any)", True),
        ("object({ a = string })", "object({ b = string })", False),
        ("object({ a = string })", "object({ b = optional(string) })", True),
        ("map(string)", "object({ a = number })", True),
        ("map(list(string))", "object({ a = number })", False),
        ("list(string)", "tuple([string])", False),
        ("tuple([string])", "tuple([number])", True),
        ("tuple([string])", "tuple([number, number])", False),
        ("string", "list(string)", False),
    ],
)
def test_what_could_be_converted(source: str, to: str, expected: bool) -> None:
    assert convertible(type_of(source), type_of(to)) is expected


@pytest.mark.parametrize(
    ("text", "name", "article"),
    [
        ("string", "string", "a string"),
        ("any", "any type", "a value of any type"),
        ("list(map(number))", "list of map of number", "a list of map of number"),
        ("set(any)", "set of any type", "a set of any type"),
        ("object({ a = string })", "object", "an object"),
        ("tuple([string])", "tuple", "a tuple"),
    ],
)
def test_types_have_names(text: str, name: str, article: str) -> None:
    assert type_name(type_of(text)) == name
    assert with_article(type_of(text)) == article


def test_nested_unknowns_and_marks_stay_in_their_places() -> None:
    value = object_of({"a": tuple_of([unknown(ANY), number(1).with_marks({SENSITIVE})])})
    converted = convert(value, type_of("map(list(string))"))
    assert not is_wholly_known(converted)
    assert [item.is_sensitive for item in converted.fields["a"].items] == [False, True]
    assert not converted.is_sensitive
