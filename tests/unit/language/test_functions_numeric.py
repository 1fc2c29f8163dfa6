"""Functions on numbers."""

from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("abs(-5)", "5"),
        ("abs(-1.5)", "1.5"),
        ("ceil(1.2)", "2"),
        ("ceil(-1.2)", "-1"),
        ("floor(-1.2)", "-2"),
        ("floor(1.9)", "1"),
        ("max(1,2,3)", "3"),
        ("min(3,1.5)", "1.5"),
        ('min("2", 1)', "1"),
        ("pow(2,10)", "1024"),
        ("pow(2,0.5)", "1.4142135623730951"),
        ("pow(2,-1)", "0.5"),
        ("pow(10,20)", "100000000000000000000"),
        ("pow(3,50)", "717897987691852600000000"),
        ("pow(0,-1)", "+Inf"),
        ("signum(-3)", "-1"),
        ("signum(0)", "0"),
        ('parseint("ff",16)', "255"),
        ('parseint("FF",16)', "255"),
        ('parseint("-12",10)', "-12"),
        ('parseint("+12",10)', "12"),
        ('parseint("Zz",62)', "3817"),
        ("max([1,2]...)", "2"),
        ("max(1,[2,3]...)", "3"),
        ('sum([1,2.5,"3"])', "6.5"),
        ("sum(toset([1,2]))", "3"),
        ("ceil(1/0)", "+Inf"),
        ("floor(-1/0)", "-Inf"),
        ("abs(1/0)", "+Inf"),
    ],
)
def test_results(shown: Callable[..., str], text: str, expected: str) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "max()",
            ("1-6 Wrong number of arguments: max(number, numbers...) takes at least 1 argument, and this call has 0."),
        ),
        ("pow(-8, 0.5)", "1-13 Invalid argument: pow: the result is no number, or too large."),
        ('parseint("8",8)', "10-13 Invalid argument: parseint: this is no whole number in base 8."),
        ('parseint("",10)', "10-12 Invalid argument: parseint: this is no whole number in base 10."),
        ('parseint("1_0",10)', "10-15 Invalid argument: parseint: this is no whole number in base 10."),
        ('parseint("10",1)', "15-16 Invalid argument: parseint: the base must be from 2 to 62."),
        ('parseint("10",63)', "15-17 Invalid argument: parseint: the base must be from 2 to 62."),
        (
            "max([]...)",
            ("1-11 Wrong number of arguments: max(number, numbers...) takes at least 1 argument, and this call has 0."),
        ),
        ("max(null...)", "5-9 Invalid argument: Only a list, set or tuple can stand before ..., not null."),
        ('max("a"...)', "5-8 Invalid argument: Only a list, set or tuple can stand before ..., not a string."),
        ("sum([])", "5-7 Invalid argument: sum: it needs a list, set or tuple with at least one number."),
        ("sum([null])", "5-11 Invalid argument: sum: null can't be added."),
        ('sum(["x"])', "5-10 Invalid argument: sum: a number is required."),
        ("sum(5)", "5-6 Invalid argument: sum: it needs a list, set or tuple with at least one number."),
        ("sum([1/0,-1/0])", "5-15 Invalid argument: sum: infinity minus infinity has no result."),
        (
            'parseint(sensitive("x"),10)',
            ("10-24 Invalid argument: parseint: it does not fit, and why is not shown, because it is sensitive."),
        ),
        ("pow(10,400)", "1-12 Invalid argument: pow: the result is no number, or too large."),
    ],
)
def test_mistakes(mistakes: Callable[..., list[str]], text: str, expected: str) -> None:
    assert mistakes(text) == [expected]
