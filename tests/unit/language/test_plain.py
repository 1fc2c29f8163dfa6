"""Plain JSON from values and back."""

from collections.abc import Callable
from decimal import Decimal
from math import inf, nan
from typing import Any

import pytest

from flagstaff.language.plain import NotPlain, from_plain, to_plain
from flagstaff.language.values import Value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("null", None),
        ("true", True),
        ("5", 5),
        ("5.0", 5),
        ("0.1", 0.1),
        ("1/3", 1 / 3),
        ('"é"', "é"),
        ('[1, "a"]', [1, "a"]),
        ("toset([2, 1])", [1, 2]),
        ("{b = 1, a = [true]}", {"a": [True], "b": 1}),
        ("toggle.a", "toggle.a"),
        ("[toggle.a]", ["toggle.a"]),
        ("sensitive(1)", 1),
    ],
)
def test_to_plain(given: Callable[[str], Value], text: str, expected: Any) -> None:
    found = to_plain(given(text))
    assert found == expected
    assert type(found) is type(expected)


def test_keys_are_sorted(given: Callable[[str], Value]) -> None:
    found = to_plain(given("{b = 1, a = 2}"))
    assert isinstance(found, dict)
    assert list(found) == ["a", "b"]


@pytest.mark.parametrize("text", ["unknown.string", "[unknown.any]", "1/0"])
def test_what_json_can_not_hold(given: Callable[[str], Value], text: str) -> None:
    with pytest.raises(NotPlain):
        to_plain(given(text))


@pytest.mark.parametrize(
    ("plain", "expected"),
    [
        (None, "null"),
        (False, "false"),
        (5, "5"),
        (0.1, "0.1"),
        (1e22, "10000000000000000000000"),
        (Decimal("1.10"), "1.1"),
        ("e\u0301", '"é"'),
        ([1, [True]], "[1, [true]]"),
        ((1,), "[1]"),
        ({"b": 1, "a": {}}, "{b=1, a={}}"),
    ],
)
def test_from_plain(shown_value: Callable[[Value], str], plain: Any, expected: str) -> None:
    assert shown_value(from_plain(plain)) == expected


@pytest.mark.parametrize("plain", [nan, inf, Decimal("NaN"), object(), {1, 2}])
def test_what_is_no_json(plain: Any) -> None:
    with pytest.raises(NotPlain):
        from_plain(plain)
