"""Functions on maps and objects."""

from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("keys({b=1,a=2})", '["a", "b"]'),
        ("keys(tomap({b=1,a=2}))", 'list["a", "b"]'),
        ("keys({})", "[]"),
        ('values({b=1,a="x"})', '["x", 1]'),
        ("values(tomap({b=1,a=2}))", "list[2, 1]"),
        ('lookup({a=1},"a",0)', "1"),
        ('lookup({a=1},"b",0)', "0"),
        ('lookup(tomap({a=1}),"b",5)', "5"),
        ('lookup(tomap({a="x"}),"b",5)', '"5"'),
        ("merge({a=1},{b=2},{a=3})", "{a=3, b=2}"),
        ('merge(tomap({a="x"}),tomap({b="y"}))', 'map{a="x", b="y"}'),
        ('merge(tomap({a="x"}),tomap({b=1}))', '{a="x", b=1}'),
        ('merge(tomap({a="x"}),{b="y"})', '{a="x", b="y"}'),
        ("merge({a=1},null)", "{a=1}"),
        ("merge()", "{}"),
        ("values({})", "[]"),
        ('zipmap(["a","b"],[1,2])', "{a=1, b=2}"),
        ('zipmap(["a","b"],tolist([1,2]))', "map{a=1, b=2}"),
        ('zipmap(["b","a"],[1,"x"])', '{b=1, a="x"}'),
        ('zipmap(["a","a"],[1,2])', "{a=2}"),
        ("zipmap([],[])", "{}"),
        ('merge({a=1},{a="x"})', '{a="x"}'),
        ('lookup({a=1,b="x"},"b","z")', '"x"'),
        ('lookup({a=1},"a")', "1"),
        ('transpose({a=["x","y"],b=["y"]})', 'map{x=list["a"], y=list["a", "b"]}'),
        ("transpose({})", "map{}"),
    ],
)
def test_results(shown: Callable[..., str], text: str, expected: str) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("keys([1])", "6-9 Invalid argument: keys: it needs a map or object, not a tuple."),
        (
            'lookup(tomap({a=1}),"b","x")',
            "25-28 Invalid argument: lookup: the default must be like the elements: a number is required.",
        ),
        ("merge([1])", "7-10 Invalid argument: merge: it needs a map or object, not a tuple."),
        ('zipmap(["a"],[1,2])', "14-19 Invalid argument: zipmap: there are 1 keys and 2 values."),
        ("transpose({a=[null]})", "11-21 Invalid argument: transpose: null can't become a key."),
        ("zipmap([null],[1])", "8-14 Invalid argument: zipmap: null can't be a key."),
        ('zipmap(["a"],"b")', "14-17 Invalid argument: zipmap: it needs a list or tuple, not a string."),
        (
            'lookup({alpha=1},"alpah")',
            ('18-25 Invalid argument: lookup: there is no key "alpah" (the nearest is "alpha"), and no default.'),
        ),
        (
            'lookup(sensitive({alpha=1}),"alpah")',
            ("29-36 Invalid argument: lookup: it does not fit, and why is not shown, because it is sensitive."),
        ),
        ('lookup({a=1},"b",1,2)', "20-21 Invalid argument: lookup: it takes one default."),
        ("merge(1)", "7-8 Invalid argument: merge: it needs a map or object, not a number."),
        ('lookup({a=1},"zzzz")', '14-20 Invalid argument: lookup: there is no key "zzzz", and no default.'),
    ],
)
def test_mistakes(mistakes: Callable[..., list[str]], text: str, expected: str) -> None:
    assert mistakes(text) == [expected]
