"""Operators: conversion of operands, arithmetic of 512 bits, equality without conversion."""

from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2", "3"),
        ('"5" + 3', "8"),
        ('5 - "3"', "2"),
        ("1.5 * 2", "3"),
        ("1 / 4", "0.25"),
        (
            "1/3",
            (
                "0.333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333"
                "33333333333333333333333333333333333333333333333333333333333333335"
            ),
        ),
        ("1/0", "+Inf"),
        ("-1/0", "-Inf"),
        ("5 % 0", "5"),
        ("-7 % 3", "-1"),
        ("7 % -3", "1"),
        ("5.5 % 2", "1.5"),
        (
            "11 % 5.1",
            (
                "0.800000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
                "00000000000000000000000000000000000000000000000000000000000000024"
            ),
        ),
        ("(1/0) % 2", "+Inf"),
        ("2 % (-1/0)", "-Inf"),
        ("0.1 + 0.2", "0.3"),
        ("1.1 + 2.2 == 3.3", "false"),
        ("100 - 50 - 25", "25"),
        ("1 + 2 * 3 - 4 / 2", "5"),
        ("(1 + 2) * 3", "9"),
        ('-"5"', "-5"),
        ("-(1/0)", "-Inf"),
        ('true && "true"', "true"),
        ('"false" || false', "false"),
        ("!true", "false"),
        ('!"false"', "true"),
        ("!!true", "true"),
        ('1 < "2"', "true"),
        ("2 <= 2", "true"),
        ("3 > 4", "false"),
        ("4 >= 4.5", "false"),
        ("1/0 > 5", "true"),
        ('"1" == 1', "false"),
        ("1 == 1.0", "true"),
        ("true == 1", "false"),
        ('"a" != "b"', "true"),
        ("null == null", "true"),
        ("nothing.string == nothing.number", "true"),
        ("null == 1", "false"),
        ("1 != null", "true"),
        ("[1] == tolist([1])", "false"),
        ('[1, "a"] == [1, "a"]', "true"),
        ("[1, 2] == [1, 3]", "false"),
        ("[null] == [null]", "true"),
        ('[null] == ["a"]', "false"),
        ("{a = 1} == {a = 1}", "true"),
        ("{a = 1} == {b = 1}", "false"),
        ("{a = {b = [1]}} == {a = {b = [1]}}", "true"),
        ("toset([1, 2]) == toset([2, 1])", "true"),
        ("tomap({a = 1}) == {a = 1}", "false"),
        ("toggle.a == toggle.a", "true"),
        ("toggle.a == toggle.b", "false"),
        ('toggle.a == "toggle.a"', "false"),
        ("unknown.number + 1", "<number>"),
        ("1 < unknown.number", "<bool>"),
        ("unknown.bool && false", "<bool>"),
        ("!unknown.bool", "<bool>"),
        ("-unknown.string", "<number>"),
        ("unknown.number == 1", "<bool>"),
        ('unknown.number == "a"', "false"),
        ('unknown.any == "a"', "<bool>"),
        ("unknown.number == null", "<bool>"),
        ("unknown.number == unknown.number", "<bool>"),
        ("[unknown.number] == [1]", "<bool>"),
        ("[unknown.number, 1] == [2, 2]", "false"),
        ("[unknown.number, 1] == [2, 1, 3]", "false"),
        ("{a = unknown.number, b = 1} == {a = 1, b = 1}", "<bool>"),
        ("{a = unknown.number, b = 1} == {a = 1, b = 2}", "false"),
        ("{a = unknown.any} == {b = 1}", "false"),
        ("[unknown.any] == [[1]]", "<bool>"),
        ("[[unknown.any]] == [[1], 2]", "false"),
        ("tolist([unknown.number]) == tolist([1, 2])", "false"),
        ("{a = tomap({x = unknown.number})} == {a = tomap({y = 1})}", "false"),
    ],
)
def test_results(shown: Callable[..., str], text: str, expected: str) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("true + 1", "1-5 Invalid operand: + can't take this operand: a number is required."),
        ("1 + []", "5-7 Invalid operand: + can't take this operand: a number is required."),
        ('"a" < 1', "1-4 Invalid operand: < can't take this operand: a number is required."),
        ("!1", "2-3 Invalid operand: ! can't take this operand: a bool is required."),
        ("-true", "2-6 Invalid operand: - can't take this operand: a number is required."),
        ("null + 1", "1-5 Invalid operand: A number is required for +, and this is null."),
        ("1 - null", "5-9 Invalid operand: A number is required for -, and this is null."),
        ("!null", "2-6 Invalid operand: A bool is required for !, and this is null."),
        ("-null", "2-6 Invalid operand: A number is required for -, and this is null."),
        ("0/0", "1-4 Invalid operand: Zero divided by zero has no result."),
        ("1/0 - 1/0", "1-10 Invalid operand: Infinity minus infinity has no result."),
        ("0 * (1/0)", "1-10 Invalid operand: Zero times infinity has no result."),
        ("(1/0) / (1/0)", "1-14 Invalid operand: Infinity divided by infinity has no result."),
        (
            "toggle.a && true",
            ("1-9 Invalid operand: && can't take this operand: a bool is required, not a reference to toggle.a."),
        ),
        ("true || toggle.nowhere", '9-23 Undeclared name: There is no toggle "nowhere".'),
        ("false && toggle.bb", '10-19 Undeclared name: There is no toggle "bb". Did you mean "b"?'),
        ("-unknown.list", "2-14 Invalid operand: - can't take this operand: a number is required."),
    ],
)
def test_mistakes(mistakes: Callable[..., list[str]], text: str, expected: str) -> None:
    assert mistakes(text) == [expected]
