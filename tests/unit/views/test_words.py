"""Times, durations, counts and lists of addresses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagstaff.addresses import Address
from flagstaff.views.words import clock, compact, count, rfc3339, span

EAST = timezone(timedelta(hours=-5))


def test_times_are_told_in_utc():
    when = datetime(2026, 1, 27, 9, 2, 11, 999_000, tzinfo=EAST)
    assert rfc3339(when) == "2026-01-27T14:02:11Z"
    assert rfc3339(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.21, "0.2 s"), (10, "10 s"), (200, "3 min 20 s"), (3600, "1 h"), (187_200, "2 d 4 h"), (86_460, "1 d")],
)
def test_spans(seconds, text):
    assert span(seconds) == text


@pytest.mark.parametrize(("seconds", "text"), [(118, "1:58"), (0.2, "0:00"), (-3, "0:00"), (3605, "1:00:05")])
def test_clocks(seconds, text):
    assert clock(seconds) == text


def test_counts():
    assert count(1, "batch", "batches") == "1 batch"
    assert count(1200, "toggle") == "1,200 toggles"
    assert count(0, "batch", "batches") == "0 batches"


def test_instances_of_a_block_are_listed_together():
    names = [Address("toggle", "site", "653"), Address("toggle", "a"), Address("toggle", "site", "506")]
    assert compact(names) == 'toggle.a, toggle.site["506", "653"]'
    assert compact([Address("toggle", "site", 'q"')]) == 'toggle.site["q\\""]'


def test_numbers_that_follow_one_another_are_a_run():
    assert compact(Address("toggle", "n", number) for number in (0, 1, 2, 4, 5, 9)) == "toggle.n[0..2, 4, 5, 9]"


@given(st.sets(st.integers(0, 60), min_size=2))
def test_no_number_is_lost_in_runs(numbers):
    text = compact(Address("toggle", "n", number) for number in numbers)
    found: set[int] = set()
    for part in text.removeprefix("toggle.n[").removesuffix("]").split(", "):
        first, _, last = part.partition("..")
        found |= set(range(int(first), int(last or first) + 1))
    assert found == numbers
