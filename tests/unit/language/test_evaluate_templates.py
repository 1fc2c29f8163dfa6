"""Templates: parts, directives, conversion to text."""

from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('""', '""'),
        ('"abc"', '"abc"'),
        ('"a${1}b"', '"a1b"'),
        ('"${1}"', "1"),
        ('"${[1]}"', "[1]"),
        ('"${toggle.a}"', "toggle.a"),
        ('"${1 == 1}!"', '"true!"'),
        ('"n: ${1.50} ${true} ${"x"}"', '"n: 1.5 true x"'),
        ('"${"a"}${"b"}"', '"ab"'),
        (r'"e${"\u0301"}"', '"é"'),
        ('"a+${1/0}"', '"a++Inf"'),
        ('"a ${unknown.number} b"', "<string>"),
        ('"a ${unknown.any} b"', "<string>"),
        ('"a ${sensitive("x")} b"', '!"a x b"'),
        ('"a ${unknown.number} ${sensitive("x")}"', "!<string>"),
        ('"%{ if true }yes%{ else }no%{ endif }"', '"yes"'),
        ('"%{ if false }yes%{ endif }."', '"."'),
        ('"%{ for x in [1, 2] }${x},%{ endfor }"', '"1,2,"'),
        ('"%{ for x in [] }${x}%{ endfor }"', '""'),
        ('"%{ for x in sensitive([1]) }${x}%{ endfor }"', '!"1"'),
        ('"%{ for x in [sensitive(1)] }${x}%{ endfor }"', '!"1"'),
        ('"%{ for x in unknown.list }${x}%{ endfor }"', "<string>"),
        ('"%{ for x in [1, unknown.number] }${x}%{ endfor }"', "<string>"),
        ('"%{ for x in [1] }%{ if x == 1 }one%{ endif }%{ endfor }"', '"one"'),
    ],
)
def test_results(shown: Callable[..., str], text: str, expected: str) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"a ${null}"', "6-10 Invalid template: This is null, and can't be part of a text."),
        ('"a ${[1]}"', "6-9 Invalid template: This can't be part of a text: a string is required."),
        ('"a ${{}}"', "6-8 Invalid template: This can't be part of a text: a string is required."),
        (
            '"a ${toggle.a}"',
            ("6-14 Invalid template: This can't be part of a text: a string is required, not a reference to toggle.a."),
        ),
        (
            '"%{ for x in [[1]] }${x},%{ endfor }"',
            "23-24 Invalid template: This can't be part of a text: a string is required.",
        ),
        ('"%{ if null }yes%{ endif }"', "8-12 Invalid condition: A condition is true or false, and this is null."),
        ('"a ${nowhere} b"', '6-13 Unknown name: There is nothing named "nowhere" here.'),
        ('"%{ for x in nowhere }${x}%{ endfor }."', '14-21 Unknown name: There is nothing named "nowhere" here.'),
    ],
)
def test_mistakes(mistakes: Callable[..., list[str]], text: str, expected: str) -> None:
    assert mistakes(text) == [expected]
