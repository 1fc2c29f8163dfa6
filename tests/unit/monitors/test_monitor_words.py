"""Numbers and times in sentences."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from flagstaff.monitors.words import duration, number, percent


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-1e-18, "0"),
        (-0.0, "0"),
        (1234567, "1,234,567"),
        (Decimal("1234.5"), "1,234"),
        (12.3456, "12.35"),
        (Decimal("0.094123"), "0.09412"),
        (-0.5, "-0.5"),
        (Decimal("1e-7"), "0.0000001"),
        (Decimal("1e30"), "1" + ",000" * 10),
    ],
)
def test_numbers(value, text):
    assert number(value) == text


def test_parts_and_spans():
    assert (percent(0.0125), percent(Decimal("0.00001")), percent(1)) == ("1.25 %", "0.001 %", "100 %")
    spans = [timedelta(days=7), timedelta(hours=36), timedelta(minutes=5), timedelta(seconds=90), timedelta(0)]
    assert list(map(duration, spans)) == ["7d", "36h", "5m", "90s", "0s"]
