"""Functions on sets."""

from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('setintersection(["a","b"],["b","c"])', 'set["b"]'),
        ("setintersection(toset([1,2]),toset([2]),toset([2,3]))", "set[2]"),
        ('setunion(["a"],["b",1])', 'set["1", "a", "b"]'),
        ('setunion(toset([1]),toset(["a"]))', 'set["1", "a"]'),
        ('setsubtract(["a","b"],["a"])', 'set["b"]'),
        ('setunion([],["a"])', 'set["a"]'),
        ('setproduct(["a","b"],[1,2])', 'list[["a", 1], ["a", 2], ["b", 1], ["b", 2]]'),
        ('setproduct(toset(["a","b"]),toset([1,2]))', 'set[["a", 1], ["a", 2], ["b", 1], ["b", 2]]'),
        ('setproduct(toset(["a","b"]),[1,2])', 'set[["a", 1], ["a", 2], ["b", 1], ["b", 2]]'),
        ('setproduct(["a"],[])', "list[]"),
    ],
)
def test_results(shown: Callable[..., str], text: str, expected: str) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            'setproduct(["a"])',
            (
                "1-18 Wrong number of arguments: setproduct(set, other, sets...) takes at least 2 arguments, "
                "and this call has 1."
            ),
        ),
        ('setproduct("a",[1])', "12-15 Invalid argument: setproduct: it needs a list, set or tuple, not a string."),
        (
            "setproduct([1,[2]],[1])",
            "12-19 Invalid argument: setproduct: all elements of a list must have the same type.",
        ),
        ("setunion([[1]],[{}])", "1-21 Invalid argument: setunion: the elements of the sets have no common type."),
        (
            'setunion(["a"],"b")',
            ('16-19 Invalid argument: The argument "sets" of setunion does not fit: a set of any type is required.'),
        ),
        (
            'setunion([["x"]], [toset([1])])',
            "10-17 Invalid argument: setunion: element 0: element 0: a number is required.",
        ),
        (
            "setproduct(range(100), range(100), range(100))",
            "1-47 Invalid argument: setproduct: it makes at most 100000 combinations.",
        ),
    ],
)
def test_mistakes(mistakes: Callable[..., list[str]], text: str, expected: str) -> None:
    assert mistakes(text) == [expected]
