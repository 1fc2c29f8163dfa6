"""Literals, tuples, objects, and conditionals."""

from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("null", "null"),
        ("true", "true"),
        ("0.5", "0.5"),
        ("1e3", "1000"),
        ("(5)", "5"),
        ("[]", "[]"),
        ('[1, "a", null]', '[1, "a", null]'),
        ("{}", "{}"),
        ('{a = 1, "b" = 2, (upper("c")) = 3}', "{a=1, b=2, C=3}"),
        ("{(1) = 2, (true) = 3}", "{1=2, true=3}"),
        ("{a = 1, a = 2}", "{a=2}"),
        ("{b = 1, a = 2} == {a = 2, b = 1}", "true"),
        ("{(unknown.string) = 1}", "<any type>"),
        ("{(unknown.string) = sensitive(1), b = 2}", "!<any type>"),
        ('{(sensitive("k")) = 1}', "!{k=1}"),
        ("{a = sensitive(1)}", "{a=!1}"),
        ('true ? 1 : "a"', '"1"'),
        ('false ? 1 : "a"', '"a"'),
        ('true ? "1" : 2', '"1"'),
        ("true ? 1 : 2", "1"),
        ('"true" ? 1 : 2', "1"),
        ("true ? [1] : []", "list[1]"),
        ('false ? [1] : ["a", "b"]', 'list["a", "b"]'),
        ('true ? [1, "a"] : [2, true]', '[1, "a"]'),
        ("true ? {a = 1} : {b = 2}", "map{a=1}"),
        ('true ? {a = 1, b = "x"} : {a = "q", b = true}', '{a="1", b="x"}'),
        ("true ? null : {a = 1}", "null"),
        ("true ? null : 1", "null"),
        ("true ? 1 : null", "1"),
        ('true ? tolist(["a"]) : [1]', 'list["a"]'),
        ('true ? toset(["a"]) : [1]', 'set["a"]'),
        ('true ? tomap({a = "x"}) : {b = 1}', 'map{a="x"}'),
        ("true ? toggle.a : null", "toggle.a"),
        ("true ? toggle.a : toggle.b", "toggle.a"),
        ("true ? 1 : nowhere.x.y", "1"),
        ("false ? {}.a : 2", "2"),
        ("null == null ? 1 : null.a", "1"),
        ("unknown.bool ? 1 : 2", "<number>"),
        ('unknown.bool ? 1 : "a"', "<string>"),
        ("unknown.any ? 1 : 2", "<number>"),
        ("unknown.bool ? sensitive(1) : 2", "!<number>"),
        ("unknown.bool ? 1 : [1][0]", "<number>"),
        ('true ? unknown.number : "a"', "<string>"),
        ('true ? unknown.any : "a"', "<string>"),
        ("sensitive(true) ? 1 : 2", "!1"),
        ("true ? sensitive(1) : 2", "!1"),
        ("false ? sensitive(1) : 2", "2"),
        ('false ? tobool("true") : "x"', '"x"'),
        ('true ? {a = "x"} : tomap({b = 1})', 'map{a="x"}'),
        ('true ? {a = "x"} : nothing.map', 'map{a="x"}'),
    ],
)
def test_results(shown: Callable[..., str], text: str, expected: str) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "true ? {a = [1]} : {a = {}}",
            (
                "8-28 Inconsistent conditional: Both results must be of one type, and these are an object "
                "and another with different parts."
            ),
        ),
        ("{(null) = 1}", "2-8 Invalid key: A key is a string, and this is null."),
        ("{([]) = 1}", "2-6 Invalid key: A key is a string: a string is required."),
        ("{(sensitive(null)) = 1}", "2-19 Invalid key: A key is a string, and this is null."),
        ("{(nowhere) = 1}", '3-10 Unknown name: There is nothing named "nowhere" here.'),
        ("null ? 1 : 2", "1-5 Invalid condition: A condition is true or false, and this is null."),
        ('"yes" ? 1 : 2', "1-6 Invalid condition: A condition is true or false: a bool is required."),
        ("[] ? 1 : 2", "1-3 Invalid condition: A condition is true or false: a bool is required."),
        ("nowhere ? 1 : 2", '1-8 Unknown name: There is nothing named "nowhere" here.'),
        (
            "true ? 1 : [1]",
            ("8-15 Inconsistent conditional: Both results must be of one type, and these are a number and a tuple."),
        ),
        (
            "true ? 1 : true",
            ("8-16 Inconsistent conditional: Both results must be of one type, and these are a number and a bool."),
        ),
        (
            "true ? {a = 1} : {a = []}",
            (
                "8-26 Inconsistent conditional: Both results must be of one type, and these are an object "
                "and another with different parts."
            ),
        ),
        (
            "true ? {a = []} : toset([])",
            (
                "8-28 Inconsistent conditional: Both results must be of one type, and these are an object "
                "and a set of any type."
            ),
        ),
        ("false ? 1 : nowhere", '13-20 Unknown name: There is nothing named "nowhere" here.'),
        (
            'true ? toggle.a : "a"',
            (
                "8-22 Inconsistent conditional: Both results must be of one type, and these are a reference "
                "to a toggle and a string."
            ),
        ),
        (
            "true ? tolist([1]) : [[1]]",
            (
                "8-27 Inconsistent conditional: Both results must be of one type, and these are a list of "
                "number and a tuple."
            ),
        ),
        (
            'true ? ["x"] : toset([1])',
            (
                "8-13 Inconsistent conditional: This result can't be of the same type as the other one: "
                "element 0: a number is required."
            ),
        ),
        (
            'false ? toset([1]) : ["x"]',
            (
                "22-27 Inconsistent conditional: This result can't be of the same type as the other one: "
                "element 0: a number is required."
            ),
        ),
    ],
)
def test_mistakes(mistakes: Callable[..., list[str]], text: str, expected: str) -> None:
    assert mistakes(text) == [expected]
