"""Widths, as HCL's library counts them."""

import pytest

from flagstaff.language.columns import columns


@pytest.mark.parametrize(
    ("text", "wide"),
    [
        ("", 0),
        ("abc", 3),
        ("a\r\nb\n", 4),
        ("é", 1),
        ("e\u0301", 1),
        ("\u0301", 1),
        ("日本", 2),
        ("👩\u200d👩\u200d👧\u200d👦", 1),
        ("👍🏽", 1),
        ("👩\u200d\u200d👩", 1),
        ("🇩🇪🇫🇷🇮", 3),
        ("\u1100\u1161\u11a8", 1),
        ("각\u11a8", 1),
        ("क्ष", 2),  # one by the rule of Unicode 15.1
        ("\u0600a", 1),
        ("\u0001é", 2),
    ],
)
def test_columns(text, wide):
    assert columns(text) == wide
