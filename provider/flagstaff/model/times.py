"""Times as people read them: in the time zone of the configuration, and always with its name. Pure.

Rule: whatever a person reads prints its times with these; what machines read, and what is signed, stays in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo


def zone_named(name: str) -> tzinfo:
    """The IANA zone; UTC where none of that name is known here."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC


def zone_in(document: Mapping[str, object]) -> tzinfo:
    """The zone that an applied document, or the target of a plan, says."""
    return zone_named(str(document.get("timezone", "UTC")))


def moment(when: datetime, zone: tzinfo) -> str:
    """`2026-01-29 14:05 EST`."""
    return f"{when.astimezone(zone):%Y-%m-%d %H:%M %Z}"


def exactly(when: datetime, zone: tzinfo) -> str:
    """`2026-01-29 14:05:11 EST`."""
    return f"{when.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"


def soonest(when: datetime, zone: tzinfo) -> str:
    """The first full minute in which it has come."""
    return moment(when if when == when.replace(second=0, microsecond=0) else when + timedelta(minutes=1), zone)


def day(when: datetime, zone: tzinfo) -> str:
    """`2026-01-29`, where the day begins with it; else with its time."""
    local = when.astimezone(zone)
    midnight = (local.hour, local.minute, local.second) == (0, 0, 0)
    return f"{local:%Y-%m-%d}" if midnight else moment(when, zone)
