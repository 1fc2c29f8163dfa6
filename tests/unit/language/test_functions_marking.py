"""Functions on marks: sensitive, nonsensitive, issensitive."""

from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('sensitive("a")', '!"a"'),
        ('nonsensitive(sensitive("a"))', '"a"'),
        ('nonsensitive("a")', '"a"'),
        ('issensitive(sensitive("a"))', "true"),
        ('issensitive("a")', "false"),
        ('issensitive([sensitive("a")])', "false"),
        ('nonsensitive([sensitive("a")])', '[!"a"]'),
        ("sensitive(null)", "!null"),
        ("nonsensitive(null)", "null"),
    ],
)
def test_results(shown: Callable[..., str], text: str, expected: str) -> None:
    assert shown(text) == expected
