"""Names, attributes, indexes and splats."""

from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("toggle.a", "toggle.a"),
        ("toggle.a.key", '"a_enabled"'),
        ("product.p.segment.s", "{share=0.5}"),
        ('toggle["a"]', "toggle.a"),
        ('unknown["number"]', "<number>"),
        ("{a = 1}.a", "1"),
        ("{a = {b = [1, {c = 2}]}}.a.b[1].c", "2"),
        ('{a = 1}["a"]', "1"),
        ("tomap({a = 1}).a", "1"),
        ('tomap({a = 1})["a"]', "1"),
        ('tomap({"1" = "x"})[1]', '"x"'),
        ("[1, 2, 3][0]", "1"),
        ('[1, 2, 3]["1"]', "2"),
        ("[1, 2, 3].1", "2"),
        ("tolist([1, 2])[1]", "2"),
        ("null[*]", "[]"),
        ('"a"[*]', '["a"]'),
        ("{a = 1}[*].a", "[1]"),
        ("[1, 2][*]", "[1, 2]"),
        ('[{a = 1}, {a = "x"}][*].a', '[1, "x"]'),
        ('[{a = 1}, {a = "x"}].*.a', '[1, "x"]'),
        ("tolist([{a = 1}, {a = 2}])[*].a", "list[1, 2]"),
        ("toset([{a = 2}, {a = 1}])[*].a", "list[1, 2]"),
        ("[{a = [1, 2]}, {a = [3]}][*].a[0]", "[1, 3]"),
        ("[toggle.a, toggle.b][*].key", '["a_enabled", "b_enabled"]'),
        ("nothing.string[*]", "[]"),
        ("tolist(toset([]))[*]", "list[]"),
        ("tolist([{a = null}, {a = null}])[*].a", "list[null, null]"),
        ("unknown.objects[*].a", "<any type>"),
        ("unknown.any[*].a", "<any type>"),
        ("unknown.string[*]", "<any type>"),
        ("unknown.object[*].a", "<any type>"),
        ("[unknown.object][*].a", "[<number>]"),
        ("unknown.object.a", "<number>"),
        ("unknown.map.x", "<number>"),
        ('unknown.map["x"]', "<number>"),
        ("unknown.any.x.y", "<any type>"),
        ("unknown.any[0]", "<any type>"),
        ("unknown.list[0]", "<string>"),
        ("unknown.tuple[0]", "<any type>"),
        ("[1, 2][unknown.number]", "<any type>"),
        ("tolist([1, 2])[unknown.number]", "<number>"),
        ("{a = 1}[unknown.string]", "<any type>"),
        ("[sensitive(1), 2][unknown.number]", "!<any type>"),
        ("sensitive({a = 1}).a", "!1"),
        ("sensitive([1])[0]", "!1"),
        ("[1, 2][sensitive(0)]", "!1"),
        ("sensitive([{a = 1}])[*].a", "![!1]"),
        ('sensitive("a")[*]', '![!"a"]'),
        ("sensitive(null)[*]", "![]"),
    ],
)
def test_results(shown: Callable[..., str], text: str, expected: str) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nowhere", '1-8 Unknown name: There is nothing named "nowhere" here.'),
        ("nowhere.x", '1-10 Unknown name: There is nothing named "nowhere" here.'),
        ("toggle.aa", '1-10 Undeclared name: There is no toggle "aa". Did you mean "a"?'),
        ("toggle.a.nothing", '10-17 Unknown attribute: toggle.a has no attribute "nothing".'),
        ("[for toggle in [{x = 1}]: toggle.y]", '34-35 Unknown attribute: There is no attribute "y" here.'),
        ("null.a", "1-5 Null value: This is null, so it has no attribute a."),
        ("nothing.object.a", "1-15 Null value: This is null, so it has no attribute a."),
        ("{alpha = 1}.alpah", '13-18 Unknown attribute: There is no attribute "alpah" here. Did you mean "alpha"?'),
        ("sensitive({alpha = 1}).alpah", '24-29 Unknown attribute: There is no attribute "alpah" here.'),
        ("unknown.object.b", '16-17 Unknown attribute: There is no attribute "b" here.'),
        ("tomap({alpha = 1}).alpah", '20-25 Unknown key: The map has no element "alpah". Did you mean "alpha"?'),
        ("sensitive(tomap({alpha = 1})).alpah", '31-36 Unknown key: The map has no element "alpah".'),
        (
            "[{a = 1}].a",
            (
                "11-12 Unknown attribute: This is a tuple, which has no attributes. For those of its "
                "elements write [*].a."
            ),
        ),
        (
            "toset([1]).a",
            (
                "12-13 Unknown attribute: This is a set of number, which has no attributes. For those of its "
                "elements write [*].a."
            ),
        ),
        ('"abc".length', "7-13 Unknown attribute: This is a string, which has no attributes."),
        ("1.5.a", "5-6 Unknown attribute: This is a number, which has no attributes."),
        ("null[0]", "1-5 Null value: This is null, so it has no elements."),
        ("[1][null]", "5-9 Invalid index: An index can't be null."),
        ("[1, 2, 3][3]", "11-12 Invalid index: The index is past the end: the last one is 2."),
        ("[][0]", "4-5 Invalid index: The list is empty, so it has no element with any index."),
        (
            "[1][-1]",
            ("5-7 Invalid index: An index can't be negative. The last element is element(list, length(list) - 1)."),
        ),
        ("[1][0.5]", "5-8 Invalid index: An index must be a whole number."),
        ('[1]["x"]', "5-8 Invalid index: A number is required."),
        ('{alpha = 1}["alpah"]', '13-20 Invalid index: There is no element "alpah". Did you mean "alpha"?'),
        ('sensitive({alpha = 1})["alpah"]', "24-31 Invalid index: There is no element with this key."),
        ('{alpha = 1}[sensitive("alpah")]', "13-31 Invalid index: There is no element with this key."),
        ("{a = 1}[[]]", "9-11 Invalid index: A string is required."),
        (
            "toset([1])[0]",
            ("12-13 Invalid index: The elements of a set have no index. Turn it into a list first: tolist(...)."),
        ),
        ('"abc"[0]', "7-8 Invalid index: This is a string, which has no elements."),
        ("nothing.list[*]", "1-13 Null value: This is null, so it has no elements."),
        ("[{a = 1}, {}, {}][*].a", '22-23 Unknown attribute: There is no attribute "a" here.'),
        ("tolist([{a = 1}])[*].b", '22-23 Unknown attribute: There is no attribute "b" here.'),
    ],
)
def test_mistakes(mistakes: Callable[..., list[str]], text: str, expected: str) -> None:
    assert mistakes(text) == [expected]
