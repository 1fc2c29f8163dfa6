"""for expressions: order, filters, grouping, and what marks or hides the whole result."""

from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[for x in ["a", "b"]: upper(x)]', '["A", "B"]'),
        ('[for i, x in ["a", "b"]: "${i}${x}"]', '["0a", "1b"]'),
        ('[for k, v in {b = 1, a = 2}: "${k}${v}"]', '["a2", "b1"]'),
        ("[for k, v in tomap({b = 1, a = 2}): k]", '["a", "b"]'),
        ('[for x in toset(["b", "a"]): x]', '["a", "b"]'),
        ('[for k, x in toset(["b", "a"]): k]', '["a", "b"]'),
        ("[for x in toset([10, 9, 1]): x]", "[1, 9, 10]"),
        ("[for x in tolist([2, 1]): x]", "[2, 1]"),
        ("[for x in []: x]", "[]"),
        ("[for x in [1, 2, 3]: x if x > 1]", "[2, 3]"),
        ('[for x in [1, 2]: x if "true"]', "[1, 2]"),
        ("[for x in [[1, 2], [3]]: [for y in x: y * 2]]", "[[2, 4], [6]]"),
        ("[for x in [1]: [for x in [2]: x]]", "[[2]]"),
        ('{for x in ["b", "a"]: x => upper(x)}', '{b="B", a="A"}'),
        ('{for i, x in ["a", "b"]: x => i}', "{a=0, b=1}"),
        ("{for x in [1, 2]: x => x}", "{1=1, 2=2}"),
        ("{for x in [true]: x => 1}", "{true=1}"),
        ('{for x in ["a", "b", "a"]: x => "v"...}', '{a=["v", "v"], b=["v"]}'),
        ('{for x in ["a", "b"]: x => x if x != "a"}', '{b="b"}'),
        ("{for x in []: x => x}", "{}"),
        ("[for t in [toggle.a, toggle.b]: t.key]", '["a_enabled", "b_enabled"]'),
        ("[for var in [1]: var]", "[1]"),
        ("[for x in unknown.list: x]", "<any type>"),
        ("[for x in unknown.any: x]", "<any type>"),
        ("[for x in [1, unknown.number]: x]", "[1, <number>]"),
        ("[for x in [1, 2]: x if unknown.bool]", "<any type>"),
        ("{for x in [1]: unknown.string => x}", "<any type>"),
        ('{for x in ["a", unknown.string]: x => 1}', "<any type>"),
        ("[for x in sensitive([1]): 2]", "![2]"),
        ("[for x in sensitive([1]): x]", "![!1]"),
        ("[for k, v in sensitive({a = 1}): k]", '![!"a"]'),
        ('{for k, v in sensitive({a = 1}): "x" => 1}', "!{x=1}"),
        ("[for x in [sensitive(1)]: 2]", "[2]"),
        ("[for x in [sensitive(1)]: x]", "[!1]"),
        ("[for x in [1, 2]: x if sensitive(true)]", "![1, 2]"),
        ("[for x in [1, 2]: x if sensitive(false)]", "![]"),
        ('{for x in ["a"]: sensitive(x) => 1}', "!{a=1}"),
        ('{for x in ["a"]: sensitive(x) => 1...}', "!{a=[1]}"),
        ("[for x in [1]: x if unknown.bool && sensitive(true)]", "!<any type>"),
        ("[for x in [sensitive(1)]: x if unknown.bool]", "!<any type>"),
        ('{for x in ["a"]: unknown.string => sensitive(x)}', "!<any type>"),
    ],
)
def test_results(shown: Callable[..., str], text: str, expected: str) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[for x in null: x]", "11-15 Null value: This is null, so there is nothing to go through."),
        ("[for x in nothing.list: x]", "11-23 Null value: This is null, so there is nothing to go through."),
        (
            '[for x in "abc": x]',
            ("11-16 Invalid collection: This is a string. A for goes through a list, set, tuple, map or object."),
        ),
        ("[for x in [1, 2]: x if null]", "24-28 Invalid condition: A condition is true or false, and this is null."),
        ('[for x in [1, 2]: x if "yes"]', "24-29 Invalid condition: A condition is true or false: a bool is required."),
        ("{for x in [null]: x => 1}", "19-20 Invalid key: A key is a string, and this is null."),
        ("{for x in [[]]: x => 1}", "17-18 Invalid key: A key is a string: a string is required."),
        (
            '{for x in ["a", "a"]: x => x}',
            (
                '23-24 Duplicate key: Two elements have the same key "a". To gather the values of a key in a '
                "list write ... behind the value."
            ),
        ),
        (
            '{for x in ["a", "a"]: sensitive(x) => x}',
            (
                "23-35 Duplicate key: Two elements have the same key. To gather the values of a key in a "
                "list write ... behind the value."
            ),
        ),
        (
            '{for k, v in sensitive({a = 1, b = 1}): "${substr(k, 0, 0)}x" => v}',
            (
                "41-62 Duplicate key: Two elements have the same key. To gather the values of a key in a "
                "list write ... behind the value."
            ),
        ),
        ("[for x in [1, 2, 3]: x.y]", "24-25 Unknown attribute: This is a number, which has no attributes."),
        ("[for x in nowhere.y: x]", '11-20 Unknown name: There is nothing named "nowhere" here.'),
        ("[for x in [1]: nowhere]", '16-23 Unknown name: There is nothing named "nowhere" here.'),
    ],
)
def test_mistakes(mistakes: Callable[..., list[str]], text: str, expected: str) -> None:
    assert mistakes(text) == [expected]
