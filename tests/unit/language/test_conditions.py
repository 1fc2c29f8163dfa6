"""Conditions: what compiles to what, what is folded in, and what is refused where."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from flagstaff.addresses import Address
from flagstaff.diagnostics import Diagnostics
from flagstaff.language.conditions import compile_condition
from flagstaff.language.nodes import Boolean, Expression, Parentheses
from flagstaff.language.parse import parse_expression
from flagstaff.language.source import Source
from flagstaff.language.values import SENSITIVE, TRUE, Value, number, object_of, string
from flagstaff.model.conditions import (
    Always,
    And,
    Arithmetic,
    Comparison,
    Condition,
    Constant,
    Is,
    Not,
    Or,
    Symbol,
    all_of,
    any_of,
    mentioned,
    negation,
)

Compile = Callable[[str], tuple[Condition | None, list[str]]]
A, B = Is(Address("toggle", "a")), Is(Address("toggle", "b"))


@pytest.fixture
def compiled(given: Callable[[str], Value], names: Callable[..., Any]) -> Compile:
    """The condition and what was reported: `var` has a few values, `measured` and `baseline` are symbols."""
    var = {
        "on": TRUE,
        "environment": string("production"),
        "limit": given("0.4"),
        "toggles": given("[toggle.b, toggle.a]"),
        "secret": TRUE.with_marks({SENSITIVE}),
        "number": number(1).with_marks({SENSITIVE}),
    }

    def compile_text(text: str) -> tuple[Condition | None, list[str]]:
        diagnostics = Diagnostics()
        expression = parse_expression(Source("x.hcl", text), diagnostics)
        assert expression is not None
        scope = names(var=object_of(var))
        condition = compile_condition(expression, scope, diagnostics, frozenset({"measured", "baseline"}))
        return condition, [
            f"{item.range.start.column}-{item.range.end.column} {item.severity} {item.summary}: {item.detail}"
            for item in diagnostics
            if item.range is not None
        ]

    return compile_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("toggle.a", "toggle.a"),
        ("(toggle.a)", "toggle.a"),
        ('"${toggle.a}"', "toggle.a"),
        ("experience.e", "experience.e"),
        ("product.p.segment.s", "product.p.segment.s"),
        ('product.p.segment.repeated["k"]', 'product.p.segment.repeated["k"]'),
        ("product.p.segment.counted[0] && toggle.a", "product.p.segment.counted[0] && toggle.a"),
        ("toggle.a && toggle.b", "toggle.a && toggle.b"),
        ("toggle.b && toggle.a", "toggle.a && toggle.b"),
        ("toggle.b && (toggle.a && experience.e)", "experience.e && toggle.a && toggle.b"),
        ("toggle.b || toggle.a || toggle.b", "toggle.a || toggle.b"),
        ("toggle.a && (toggle.b || experience.e)", "(experience.e || toggle.b) && toggle.a"),
        ("toggle.a || toggle.b && experience.e", "(experience.e && toggle.b) || toggle.a"),
        ("!toggle.a", "!toggle.a"),
        ("!!toggle.a", "toggle.a"),
        ("!(toggle.a && toggle.b)", "!(toggle.a && toggle.b)"),
        ("true", "true"),
        ("true && toggle.a", "toggle.a"),
        ("toggle.a && false", "false"),
        ("toggle.a || true", "true"),
        ("false || toggle.a", "toggle.a"),
        ("var.on && toggle.a", "toggle.a"),
        ('var.environment == "production" && toggle.a', "toggle.a"),
        ('var.environment != "production" || toggle.a', "toggle.a"),
        ("toggle.a == true", "toggle.a"),
        ("false == toggle.a", "!toggle.a"),
        ("toggle.a != true", "!toggle.a"),
        ("toggle.a != false", "toggle.a"),
        ("toggle.a == var.on", "toggle.a"),
        ("product.p == product.p && toggle.a", "toggle.a"),
        ("var.on ? toggle.a : nowhere", "toggle.a"),
        ("toggle.a ? toggle.b : experience.e", "(!toggle.a && experience.e) || (toggle.a && toggle.b)"),
        ("toggle.a ? true : toggle.b", "(!toggle.a && toggle.b) || toggle.a"),
        ("1 < 2", "true"),
        ("1 < 2 && toggle.a", "toggle.a"),
        ("measured <= baseline * 1.1", "measured <= (baseline * 1.1)"),
        ("baseline * 1.1 >= measured", "(baseline * 1.1) >= measured"),
        ("0.5 < measured", "measured > 0.5"),
        ("5 == measured", "measured == 5"),
        ("measured > 1 + 2 * 3", "measured > 7"),
        ("measured - baseline <= var.limit", "(measured - baseline) <= 0.4"),
        ("-measured < 0", "(0 - measured) < 0"),
        ("-1 < measured", "measured > -1"),
        ("(measured + 1) / baseline % 2 != 0", "(((measured + 1) / baseline) % 2) != 0"),
        ("measured <= 1 && toggle.a", "(measured <= 1) && toggle.a"),
        ("!(measured > 1)", "!(measured > 1)"),
        ("measured < baseline ? toggle.a : false", "(measured < baseline) && toggle.a"),
        ("alltrue([toggle.a, toggle.b])", "toggle.a && toggle.b"),
        ("anytrue([toggle.a, toggle.b])", "toggle.a || toggle.b"),
        ("alltrue([])", "true"),
        ("anytrue([])", "false"),
        ("alltrue(var.toggles)", "toggle.a && toggle.b"),
        ("alltrue([for t in var.toggles : t])", "toggle.a && toggle.b"),
        ("anytrue([for i, t in var.toggles : t if i > 0])", "toggle.a"),
        ("alltrue([for t in var.toggles : !t && toggle.a])", "!toggle.a && !toggle.b && toggle.a"),
        ("anytrue([for t in [] : t])", "false"),
        ("alltrue([true, toggle.a])", "toggle.a"),
        ("length(var.toggles) == 2 && toggle.a", "toggle.a"),
        ("var.toggles[0] && toggle.b", "toggle.b"),
        ("[for t in var.toggles : t][1]", "toggle.a"),
        ('contains(["a"], "a") && toggle.a', "toggle.a"),
    ],
)
def test_conditions(compiled: Compile, text: str, expected: str) -> None:
    condition, problems = compiled(text)
    assert problems == []
    assert str(condition) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("toggle.aa", ['1-10 error Undeclared name: There is no toggle "aa". Did you mean "a"?']),
        ("toggle.a && toggle.bb", ['13-22 error Undeclared name: There is no toggle "bb". Did you mean "b"?']),
        ("false && toggle.bb", ['10-19 error Undeclared name: There is no toggle "bb". Did you mean "b"?']),
        (
            "product.p",
            [
                (
                    "1-10 error Invalid condition: product.p is a product, not something that is true or false. "
                    "Name one of its segments: product.p.segment.x."
                )
            ],
        ),
        ("role.r", ["1-7 error Invalid condition: role.r is a role, not something that is true or false."]),
        ("product.p.segment.x", ['19-20 error Unknown attribute: There is no attribute "x" here.']),
        ("product.p.x.s", ['11-12 error Unknown attribute: product.p has no attribute "x".']),
        (
            "product.p.segment.repeated",
            [("1-27 error Invalid condition: Something that is true or false is needed here, and this is an object.")],
        ),
        ('product.p.segment.repeated["x"]', ['28-31 error Invalid index: There is no element "x".']),
        ("null", [("1-5 error Invalid condition: Something that is true or false is needed here, and this is null.")]),
        (
            '"true"',
            [("1-7 error Invalid condition: Something that is true or false is needed here, and this is a string.")],
        ),
        ("[]", [("1-3 error Invalid condition: Something that is true or false is needed here, and this is a tuple.")]),
        (
            "toggle.a.key",
            [("1-13 error Invalid condition: Something that is true or false is needed here, and this is a string.")],
        ),
        ("1", [("1-2 error Invalid condition: Something that is true or false is needed here, and this is a number.")]),
        (
            "1 && toggle.a",
            [("1-2 error Invalid condition: Something that is true or false is needed here, and this is a number.")],
        ),
        (
            "measured",
            [("1-9 error Invalid condition: This is a number. Compare it with another one to get a condition.")],
        ),
        (
            "!measured",
            [("2-10 error Invalid condition: This is a number. Compare it with another one to get a condition.")],
        ),
        (
            "measured && toggle.a",
            [("1-9 error Invalid condition: This is a number. Compare it with another one to get a condition.")],
        ),
        ("toggle.a + 1", ["1-9 error Invalid condition: A number is needed here, and this is true or false."]),
        ("toggle.a < 1", ["1-9 error Invalid condition: A number is needed here, and this is true or false."]),
        (
            "toggle.a == 1",
            [("13-14 error Invalid condition: Something that is true or false is needed here, and this is a number.")],
        ),
        (
            "toggle.a == toggle.b",
            ["1-21 error Invalid condition: Two conditions can't be compared. Write it with &&, || and !."],
        ),
        ("toggle.a == measured", ["1-9 error Invalid condition: A number is needed here, and this is true or false."]),
        ('measured < "x"', ["12-15 error Invalid condition: A number is needed here, and this is a string."]),
        ("measured < null", ["12-16 error Invalid condition: A number is needed here, and this is null."]),
        ("measured < []", ["12-14 error Invalid condition: A number is needed here, and this is a tuple."]),
        ("measured < 1/0", ["12-15 error Invalid condition: A number is needed here, and this is an infinite number."]),
        ("measured < 0/0", ["12-15 error Invalid operand: Zero divided by zero has no result."]),
        ("-toggle.a", ["2-10 error Invalid condition: A number is needed here, and this is true or false."]),
        ('-"x"', ["2-5 error Invalid operand: - can't take this operand: a number is required."]),
        (
            "max(measured, 1) > 2",
            [
                (
                    "5-13 error Invalid condition: measured gets its value later. It can be compared and "
                    "calculated with, but not handed to anything else."
                )
            ],
        ),
        (
            'undecided("which?") && toggle.a',
            [("1-20 warning Undecided condition: This condition can't be computed before this is decided: which?.")],
        ),
        (
            'measured < undecided("what is normal") * 2',
            [
                (
                    "12-43 warning Undecided condition: This condition can't be computed before this is decided: "
                    "what is normal."
                )
            ],
        ),
        (
            "var.secret && toggle.a",
            [("1-11 error Invalid condition: A condition is shown in every plan, so nothing in it can be sensitive.")],
        ),
        (
            "measured < var.number",
            [("12-22 error Invalid condition: A condition is shown in every plan, so nothing in it can be sensitive.")],
        ),
        ("alltrue(5)", ["9-10 error Invalid condition: A list of toggles is needed here, and this is a number."]),
        ('alltrue("x")', ["9-12 error Invalid condition: A list of toggles is needed here, and this is a string."]),
        (
            "alltrue([for x in 5 : x])",
            ["19-20 error Invalid condition: A list, set or map is needed here, and this is a number."],
        ),
        (
            "alltrue([for t in var.toggles : t if t])",
            ["38-39 error Invalid condition: Which elements take part must be known now."],
        ),
        (
            "alltrue([for t in var.toggles : t if nowhere])",
            ['38-45 error Unknown name: There is nothing named "nowhere" here.'],
        ),
        (
            "alltrue(sensitive(var.toggles))",
            [("9-31 error Invalid condition: A condition is shown in every plan, so nothing in it can be sensitive.")],
        ),
        (
            "alltrue([for t in sensitive(var.toggles) : t])",
            [("44-45 error Invalid condition: A condition is shown in every plan, so nothing in it can be sensitive.")],
        ),
        (
            "sensitive(toggle.a)",
            [("1-20 error Invalid condition: A condition is shown in every plan, so nothing in it can be sensitive.")],
        ),
        (
            'alltrue([for t in undecided("which") : t])',
            [("19-37 warning Undecided condition: This condition can't be computed before this is decided: which.")],
        ),
        (
            "alltrue([toggle.a, 1])",
            [("20-21 error Invalid condition: Something that is true or false is needed here, and this is a number.")],
        ),
        (
            "alltrue([for t in var.toggles : nowhere])",
            ['33-40 error Unknown name: There is nothing named "nowhere" here.'],
        ),
        (
            "alltrue({a = toggle.a})",
            ["9-23 error Invalid condition: A list of toggles is needed here, and this is an object."],
        ),
        (
            "toggle.a ? 1 : 2",
            [
                (
                    "12-13 error Invalid condition: Something that is true or false is needed here, and this is "
                    "a number."
                ),
                (
                    "16-17 error Invalid condition: Something that is true or false is needed here, and this is "
                    "a number."
                ),
            ],
        ),
        ("nowhere ? toggle.a : toggle.b", ['1-8 error Unknown name: There is nothing named "nowhere" here.']),
        ("nowhere == 1", ['1-8 error Unknown name: There is nothing named "nowhere" here.']),
        ("!nowhere", ['2-9 error Unknown name: There is nothing named "nowhere" here.']),
        ("-nowhere", ['2-9 error Unknown name: There is nothing named "nowhere" here.']),
        ("!(toggle.a + 1)", ["3-11 error Invalid condition: A number is needed here, and this is true or false."]),
        (
            "!1",
            [("2-3 error Invalid condition: Something that is true or false is needed here, and this is a number.")],
        ),
        ("!(nowhere && true)", ['3-10 error Unknown name: There is nothing named "nowhere" here.']),
        (
            "{a = 1}.a",
            [("1-10 error Invalid condition: Something that is true or false is needed here, and this is a number.")],
        ),
        (
            "{a = {b = 1}}.a",
            [("1-16 error Invalid condition: Something that is true or false is needed here, and this is an object.")],
        ),
        (
            "{a = {b = {c = 1}}}.a.b",
            [("1-24 error Invalid condition: Something that is true or false is needed here, and this is an object.")],
        ),
        ("toggle.a ? nowhere : toggle.b", ['12-19 error Unknown name: There is nothing named "nowhere" here.']),
        ("nowhere + measured", ['1-8 error Unknown name: There is nothing named "nowhere" here.']),
        ("(measured < 1) + 1", ["1-15 error Invalid condition: A number is needed here, and this is true or false."]),
        ("var.on + true", ["1-7 error Invalid operand: + can't take this operand: a number is required."]),
        ("toggle.a == nowhere", ['13-20 error Unknown name: There is nothing named "nowhere" here.']),
    ],
)
def test_mistakes(compiled: Compile, text: str, expected: list[str]) -> None:
    condition, problems = compiled(text)
    assert condition is None
    assert problems == expected


def test_the_parts_of_a_condition(compiled: Compile) -> None:
    condition, _ = compiled("toggle.b && !toggle.a || measured * 2 > 1.5")
    comparison = Comparison(">", Arithmetic("*", Symbol("measured"), Constant(Decimal(2))), Constant(Decimal("1.5")))
    assert condition == Or((And((Not(A), B)), comparison))


def test_nesting_that_is_too_deep_is_a_mistake(names: Callable[..., Any]) -> None:
    source = Source("x.hcl", "true")
    nested: Expression = Boolean(source, 0, 4, True)
    for _ in range(20_000):
        nested = Parentheses(source, 0, 4, nested)
    diagnostics = Diagnostics()
    assert compile_condition(nested, names(), diagnostics) is None
    assert [item.summary for item in diagnostics] == ["Expression too deep"]


def test_a_long_chain_is_flat(compiled: Compile) -> None:
    condition, problems = compiled(" && ".join(["toggle.a", "toggle.b"] * 30))
    assert problems == []
    assert condition == And((A, B))


def test_a_name_of_a_for_hides_a_symbol(compiled: Compile) -> None:
    condition, _ = compiled("alltrue([for measured in [toggle.a] : measured])")
    assert condition == A


def test_all_any_and_not() -> None:
    assert all_of([]) == Always(True)
    assert any_of([]) == Always(False)
    assert all_of([A, all_of([B, A])]) == And((A, B))
    assert any_of([A, any_of([B, A])]) == Or((A, B))
    assert all_of([A, Always(False)]) == Always(False)
    assert any_of([A, Always(True), B]) == Always(True)
    assert negation(negation(A)) == A
    assert negation(Always(True)) == Always(False)


def test_what_a_condition_mentions() -> None:
    segment = Is(Address("product", "p"), "s")
    comparison = Comparison("<", Symbol("measured"), Constant(Decimal(1)))
    condition = any_of([all_of([B, negation(A)]), all_of([segment, comparison]), A])
    assert mentioned(condition) == (segment, A, B)
    assert mentioned(Always(True)) == ()
