"""evaluate(): variables, mistakes said once, depth, and speed that does not depend on luck."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flagstaff.addresses import Address
from flagstaff.diagnostics import Diagnostics, Range
from flagstaff.language.evaluate import evaluate
from flagstaff.language.nodes import Binary, Boolean, Expression, Number, Parentheses, String, Template
from flagstaff.language.parse import parse_expression
from flagstaff.language.source import Source
from flagstaff.language.values import MISTAKE, TRUE, Sensitive, Undecided, Value, number, string


class Empty:
    def member(self, root: str, name: str, at: Range, diagnostics: Diagnostics) -> Value:
        diagnostics.error("Undeclared", f"{root}.{name}", at)
        return MISTAKE

    def bare(self, root: str, at: Range, diagnostics: Diagnostics) -> Value:
        diagnostics.error("Undeclared", root, at)
        return MISTAKE

    def attribute(self, address: Address, name: str, at: Range, diagnostics: Diagnostics) -> Value:
        raise NotImplementedError


def parsed(text: str) -> Expression:
    expression = parse_expression(Source("x.hcl", text), Diagnostics())
    assert expression is not None
    return expression


def test_variables_hide_the_names_of_the_scope() -> None:
    diagnostics = Diagnostics()
    value = evaluate(parsed("[x, [for x in [1]: x], x]"), Empty(), diagnostics, {"x": string("outer")})
    assert [item.data for item in value.items[::2]] == ["outer", "outer"]
    assert value.items[1].items == (number(1),)
    assert list(diagnostics) == []


def test_a_mistake_is_said_once_and_what_is_built_on_it_is_silent() -> None:
    diagnostics = Diagnostics()
    value = evaluate(parsed('upper("a ${var.x + 1}") == [var.x][0].y ? 1 : 2'), Empty(), diagnostics)
    assert value.is_unknown
    assert [item.detail for item in diagnostics.sorted()] == ["var.x", "var.x"]


def test_a_for_stops_at_the_first_mistake() -> None:
    diagnostics = Diagnostics()
    evaluate(parsed("[for x in [1, 2, 3]: x + var.y]"), Empty(), diagnostics)
    assert len(diagnostics) == 1


def test_every_argument_of_an_unknown_function_is_looked_at() -> None:
    diagnostics = Diagnostics()
    evaluate(parsed("nosuch(a, b)"), Empty(), diagnostics)
    assert [item.detail for item in diagnostics] == ["a", "b", 'There is no function "nosuch".']


def test_every_argument_that_does_not_fit_is_told() -> None:
    diagnostics = Diagnostics()
    evaluate(parsed('max("x", [], 1)'), Empty(), diagnostics)
    assert [str(item.range and item.range.start.column) for item in diagnostics] == ["5", "10"]


def test_an_undecided_value_says_why_and_where() -> None:
    value = evaluate(parsed('\n\n  undecided("share for LH")'), Empty(), Diagnostics())
    assert value.marks == {Undecided("share for LH", "x.hcl:3")}


def test_marks_of_several_kinds_join() -> None:
    text = 'sensitive(undecided("a")) + undecided("b")'
    value = evaluate(parsed(text), Empty(), Diagnostics())
    assert value.marks == {Sensitive(), Undecided("a", "x.hcl:1"), Undecided("b", "x.hcl:1")}


def test_a_long_chain_of_operators_is_no_deep_one() -> None:
    source = Source("x.hcl", "true")
    chain: Expression = Boolean(source, 0, 4, True)
    for _ in range(20_000):
        chain = Binary(source, 0, 4, "&&", chain, Boolean(source, 0, 4, True))
    assert evaluate(chain, Empty(), Diagnostics()) == TRUE


def test_what_is_nested_too_deeply_is_a_mistake_and_no_crash() -> None:
    source = Source("x.hcl", "1")
    nested: Expression = Number(source, 0, 1, "1")
    for _ in range(20_000):
        nested = Parentheses(source, 0, 1, nested)
    diagnostics = Diagnostics()
    assert evaluate(nested, Empty(), diagnostics) == MISTAKE
    assert [item.summary for item in diagnostics] == ["Expression too deep"]


def test_a_literal_of_a_size_that_can_not_be_held_is_a_mistake() -> None:
    source = Source("x.hcl", "1e99999")
    diagnostics = Diagnostics()
    assert evaluate(Number(source, 0, 7, "1e99999"), Empty(), diagnostics) == MISTAKE
    assert [item.detail for item in diagnostics] == [
        "This can't be read: a number of a size that can be held is required."
    ]


def test_strings_and_templates_of_one_part() -> None:
    source = Source("x.hcl", '"a"')
    assert evaluate(String(source, 0, 3, "a"), Empty(), Diagnostics()) == string("a")
    number_part = Template(source, 0, 3, (Number(source, 1, 2, "1"),))
    assert evaluate(number_part, Empty(), Diagnostics()) == string("1")
    unwrapped = Template(source, 0, 3, ())
    assert evaluate(unwrapped, Empty(), Diagnostics()) == string("")


def test_a_warning_of_a_tried_expression_is_kept() -> None:
    class Warns(Empty):
        def bare(self, root: str, at: Range, diagnostics: Diagnostics) -> Value:
            diagnostics.warning("Deprecated", root, at)
            return number(1)

    diagnostics = Diagnostics()
    value = evaluate(parsed("try([for x in [1]: old][0], 2)"), Warns(), diagnostics)
    assert value == number(1)
    assert [item.summary for item in diagnostics] == ["Deprecated"]


@pytest.mark.parametrize("hidden", ["true ? 1 : {}.a", "try({}.a, 1)", "can({}.a) ? 2 : 1"])
def test_mistakes_that_do_not_count(shown: Callable[..., str], hidden: str) -> None:
    assert shown(hidden) == "1"


def test_equal_keys_of_unequal_order_make_equal_types(shown: Callable[..., str]) -> None:
    assert shown("tolist([{a = 1, b = 2}, {b = 3, a = 4}])") == "list[{a=1, b=2}, {b=3, a=4}]"
