"""Times as people read them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from flagstaff.model.times import day, exactly, moment, soonest, zone_in, zone_named

NEW_YORK = ZoneInfo("America/New_York")
WHEN = datetime(2026, 1, 27, 19, 2, 11, tzinfo=UTC)


def test_times_have_the_name_of_their_zone():
    assert moment(WHEN, NEW_YORK) == "2026-01-27 14:02 EST"
    assert moment(WHEN.replace(month=7), NEW_YORK) == "2026-07-27 15:02 EDT"
    assert exactly(WHEN, UTC) == "2026-01-27 19:02:11 UTC"
    assert exactly(WHEN, ZoneInfo("America/Sao_Paulo")) == "2026-01-27 16:02:11 -03"


def test_what_has_not_come_yet_is_rounded_up():
    assert soonest(WHEN, UTC) == "2026-01-27 19:03 UTC"
    assert soonest(WHEN.replace(second=0), UTC) == "2026-01-27 19:02 UTC"


def test_a_day_is_told_without_a_time_where_it_begins():
    assert day(datetime(2026, 1, 27, 5, tzinfo=UTC), NEW_YORK) == "2026-01-27"
    assert day(WHEN, NEW_YORK) == "2026-01-27 14:02 EST"


def test_documents_say_the_zone():
    assert zone_in({"timezone": "America/New_York"}) == NEW_YORK
    assert zone_in({}) == ZoneInfo("UTC")


@pytest.mark.parametrize("name", ["Nowhere/Land", "../../etc/passwd", "", "/etc/localtime", "a\0b"])
def test_a_zone_that_is_not_known_here_is_utc(name):
    assert zone_named(name) is UTC
