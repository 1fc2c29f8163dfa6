"""The evaluator under any input: marks never get lost, numbers read back, conversion is idempotent."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from unicodedata import normalize

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from flagstaff.addresses import Address
from flagstaff.diagnostics import Diagnostics, Range
from flagstaff.language import numbers
from flagstaff.language.convert import ConversionError, convert, convertible, unify
from flagstaff.language.evaluate import evaluate
from flagstaff.language.nodes import Expression
from flagstaff.language.numbers import Number, format_number, parse_number
from flagstaff.language.parse import parse_expression
from flagstaff.language.plain import Json, from_plain, to_plain
from flagstaff.language.source import Source
from flagstaff.language.types import ANY, BOOL, NUMBER, STRING, ListType, MapType, SetType, Type
from flagstaff.language.values import (
    MISTAKE,
    SENSITIVE,
    Sensitive,
    Value,
    boolean,
    deep_marks,
    is_wholly_known,
    number,
    object_of,
    string,
    tuple_of,
    unmarked,
)


class Nothing:
    def member(self, root: str, name: str, at: Range, diagnostics: Diagnostics) -> Value:
        raise AssertionError(root)

    def bare(self, root: str, at: Range, diagnostics: Diagnostics) -> Value:
        diagnostics.error("Unknown name", root, at)
        return MISTAKE

    def attribute(self, address: Address, name: str, at: Range, diagnostics: Diagnostics) -> Value:
        raise AssertionError(name)


def parsed(text: str) -> Expression:
    expression = parse_expression(Source("x.hcl", text), Diagnostics())
    assert expression is not None, text
    return expression


fractions = st.fractions(max_denominator=10**40).map(lambda f: numbers.divide(f.numerator, f.denominator))
some_numbers: st.SearchStrategy[Number] = st.integers(-(10**40), 10**40) | fractions
scalars = (
    some_numbers.map(number)
    | st.text(max_size=8).map(from_plain)
    | st.booleans().map(boolean)
    | st.just(from_plain(None))
)
keys = st.text(st.characters(categories=["Ll", "Nd"]), min_size=1, max_size=4).map(partial(normalize, "NFC"))
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3).map(tuple_of) | st.dictionaries(keys, inner, max_size=3).map(object_of),
    max_leaves=8,
)
types: st.SearchStrategy[Type] = st.recursive(
    st.sampled_from([ANY, STRING, NUMBER, BOOL]),
    lambda inner: inner.map(ListType) | inner.map(SetType) | inner.map(MapType),
    max_leaves=3,
)


@given(some_numbers)
def test_a_number_reads_back_from_its_text(given_number: Number) -> None:
    text = format_number(given_number)
    assert parse_number(text) == given_number
    assert "e" not in text.lower()


@given(some_numbers)
def test_no_shorter_text_reads_back(given_number: Number) -> None:
    text = format_number(given_number)
    assume(isinstance(given_number, Fraction))
    below, last = text[:-1], int(text[-1])
    for digit in (f"{below}{last - 1}" if last else "", f"{below}{last + 1}" if last < 9 else "", below):
        if digit and digit[-1] == "0":
            assert parse_number(digit) != given_number


@given(some_numbers, some_numbers)
def test_arithmetic_is_exact_where_512_bits_hold_it(left: Number, right: Number) -> None:
    assume(isinstance(left, int) and isinstance(right, int))
    assert numbers.add(left, right) == Fraction(left) + Fraction(right)
    assert numbers.multiply(left, right) == Fraction(left) * Fraction(right)


@given(some_numbers, some_numbers)
def test_division_is_off_by_at_most_half_a_unit_of_the_last_bit(left: Number, right: Number) -> None:
    assume(right != 0)
    exact = Fraction(left) / Fraction(right)
    assert abs(Fraction(numbers.divide(left, right)) - exact) <= abs(exact) / 2**512


@given(values, types)
def test_conversion_is_idempotent(value: Value, to: Type) -> None:
    try:
        once = convert(value, to)
    except ConversionError:
        return
    assert convert(once, to) == once
    assert convertible(value.type, to)


@given(values, types)
def test_conversion_loses_no_mark(value: Value, to: Type) -> None:
    try:
        converted = convert(value.with_marks({SENSITIVE}), to)
    except ConversionError:
        return
    assert converted.is_sensitive


@given(st.lists(values.map(lambda value: value.type), max_size=4))
def test_each_type_can_be_converted_to_the_common_one(some: list[Type]) -> None:
    common = unify(some)
    if common is not None:
        assert all(convertible(type_, common) for type_ in some)
        assert unify([*some, common]) == common


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(-1e9, 1e9)
        | st.text(max_size=8).map(partial(normalize, "NFC")),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
        max_leaves=8,
    )
)
def test_plain_json_comes_back(plain: Json) -> None:
    assert to_plain(from_plain(plain)) == plain


# Together they lead a mark through every kind of node and most functions.
OVER_X = [
    "x",
    "(x)",
    '"${x}"',
    "[x]",
    "{a = x}",
    "[x][0]",
    "{a = x}.a",
    '{a = x}["a"]',
    "[x][*]",
    "[{a = x}][*].a",
    "x[*]",
    "x == 1",
    "1 != x",
    "[x] == [1]",
    "true ? x : x",
    "x == 1 ? 1 : 2",
    "[for v in [1, 2] : v if x == 1]",
    "[for v in [x] : v]",
    "[for k, v in {a = x} : v]",
    "{for v in [1] : jsonencode(x) => v}",
    "{for v in [1] : jsonencode(x) => v...}",
    "[for v in [1] : jsonencode(x)]",
    "{(jsonencode(x)) = 1}",
    '"a ${jsonencode(x)}"',
    '"%{ for v in [x] }${jsonencode(v)}%{ endfor }"',
    '"%{ if x == 1 }a%{ else }b%{ endif }"',
    "jsonencode(x)",
    "length([x])",
    "keys({a = x})",
    "values({a = x})",
    "flatten([x])",
    "concat([x], [1])",
    "merge({a = x}, {b = 1})",
    'lookup({a = x}, "a", null)',
    "element([x], 0)",
    "reverse([x, 1])",
    "slice([x, 1], 0, 1)",
    'zipmap(["a"], [x])',
    "tolist([x])",
    "toset([x])",
    "tomap({a = x})",
    "one([x])",
    "distinct([x])",
    "chunklist([x], 1)",
    "setunion([x], [x])",
    "setproduct([x], [1])",
    "coalescelist([x], [1])",
    'format("%v", x)',
    'formatlist("%v", [x])',
    "try(x, 1)",
    "can(x)",
    "[1, 2][x == 1 ? 0 : 1]",
    "!(x == 1)",
    "x == 1 && true",
    'undecided("u") == x',
    "[for v in [x] : v][0]",
    "base64encode(jsonencode(x))",
    "sha256(jsonencode(x))",
    "jsondecode(jsonencode(x))",
    'split(",", jsonencode(x))',
    'regexall(".", jsonencode(x))',
    'replace(jsonencode(x), "a", "b")',
    "substr(jsonencode(x), 0, 1)",
    "range(length(jsonencode(x)) % 3)",
    "max([length(jsonencode(x))]...)",
]


def is_sensitive(value: Value) -> bool:
    return any(isinstance(mark, Sensitive) for mark in deep_marks(value))


@pytest.mark.parametrize("text", OVER_X)
@settings(max_examples=20)
@given(x=values)
def test_what_depends_on_something_sensitive_is_sensitive(text: str, x: Value) -> None:
    """Whatever the value of x, the result is sensitive, or a mistake; and marks change nothing else."""
    expression = parsed(text)
    open_problems, secret_problems = Diagnostics(), Diagnostics()
    plain = evaluate(expression, Nothing(), open_problems, {"x": x})
    marked = evaluate(expression, Nothing(), secret_problems, {"x": x.with_marks({SENSITIVE})})
    assert len(open_problems) == len(secret_problems)
    if not secret_problems.items:
        assert is_sensitive(marked)
        assert unmarked(marked) == unmarked(plain)


@given(st.lists(values, min_size=1, max_size=3))
def test_sets_and_objects_take_over_what_is_inside(items: list[Value]) -> None:
    inner = [item.with_marks({SENSITIVE}) for item in items]
    try:
        found = convert(tuple_of(inner), SetType(ANY))
    except ConversionError:
        return
    assert found.is_sensitive
    assert not any(is_sensitive(item) for item in found.items)


@given(keys, values)
def test_an_element_of_something_sensitive_is_sensitive(key: str, value: Value) -> None:
    secret = object_of({key: value}).with_marks({SENSITIVE})
    index = evaluate(parsed("x[k]"), Nothing(), Diagnostics(), {"x": secret, "k": string(key)})
    assert index.is_sensitive
    assert is_wholly_known(index)
