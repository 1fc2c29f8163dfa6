"""Dates and times, as a configuration writes them: with an offset, or in its own time zone.

Rule: what is returned is in UTC. A time that does not exist on that day is a mistake; of one that comes
twice, the later one counts.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final
from zoneinfo import ZoneInfo

from flagstaff.config.instance import Instance
from flagstaff.diagnostics import Range

_TIME: Final = re.compile(
    r"(?:(?P<weekday>[A-Za-z]+),?\s+)?(?P<date>\d{4}-\d\d-\d\d)"
    r"(?:[Tt ](?P<time>\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)(?P<offset>[Zz]|[+-]\d\d:\d\d)?)?\Z",
    re.ASCII,
)
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_MONTH_FIRST: Final = re.compile(r"\b([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})\b", re.ASCII)
_DAY_FIRST: Final = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)?\.?\s+([A-Za-z]{3,9})\.?,?\s+(\d{4})\b", re.ASCII)
_SLASHES: Final = re.compile(r"\b(\d{1,2})/(\d{1,2})/(\d{4})\b", re.ASCII)
_LOOSE: Final = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b", re.ASCII)
_NOTATION: Final = 'Write a date such as "2026-01-27", a time such as "2026-01-27 09:00", or one with its offset'


def moment(instance: Instance, name: str, zone: ZoneInfo, *, end: bool = False) -> datetime | None:
    """The time that an attribute gives; None where it is not set, undecided, or a mistake.

    A date stands for its first moment, with `end` for the moment after its last one.
    """
    text = instance.value(name).data
    if not isinstance(text, str):
        return None
    match = _TIME.match(text.strip())
    day = None if match is None else _date(match["date"])
    if match is None or day is None:
        detail = f'"{text}" is not a date. {_NOTATION}: "2026-01-27T09:00:00-05:00".{_hint(text)}'
        instance.error("Invalid date", detail, instance.range(name))
        return None
    if not _check_weekday(instance, name, day, match["weekday"]):
        return None
    try:
        return _moment(instance, name, day, match, zone, end=end)
    except (ValueError, OverflowError):
        detail = f'"{text}" is not a time: hours go from 00 to 23, minutes and seconds from 00 to 59, years to 9998.'
        instance.error("Invalid date", detail, instance.range(name))
        return None


def day(instance: Instance, text: str, place: Range) -> date | None:
    """A day alone, such as `2026-12-25`; None after a mistake."""
    found = _date(text)
    if found is None:
        instance.error("Invalid date", f'"{text}" is not a day such as "2026-12-25".{_hint(text)}', place)
    return found


def _moment(instance: Instance, name: str, day: date, match: re.Match[str], zone: ZoneInfo, *, end: bool) -> datetime:
    """Raises ValueError or OverflowError for a time that no clock shows."""
    if match["time"] is None:
        day = day + timedelta(days=1) if end else day
        return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    text = f"{match['date']}T{match['time']}"
    if match["offset"] is not None:
        return datetime.fromisoformat(f"{text}{match['offset'].replace('z', 'Z')}").astimezone(UTC)
    return _located(instance, name, datetime.fromisoformat(text), zone)


def _located(instance: Instance, name: str, local: datetime, zone: ZoneInfo) -> datetime:
    """A time of the clocks on the wall, which are put forward on one day of the year, and back on another."""
    first, second = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    before, after = first.utcoffset(), second.utcoffset()
    assert before is not None, "a zone has an offset at any time"
    assert after is not None, "a zone has an offset at any time"
    if before < after:
        later = local + (after - before)
        detail = (
            f'"{_wall(local)}" does not exist in {zone}: the clocks are put forward over it. Write "{_wall(later)}", '
            "or a time with its offset."
        )
        instance.error("Time that does not exist", detail, instance.range(name))
    elif before > after:
        earlier = local.replace(tzinfo=timezone(before)).isoformat()
        detail = (
            f'"{_wall(local)}" comes twice in {zone}, where the clocks are put back. The later one counts; for the '
            f'other one write "{earlier}".'
        )
        instance.warn("Time that comes twice", detail, instance.range(name))
    return second.astimezone(UTC)


def _wall(local: datetime) -> str:
    return local.isoformat(" ", "minutes" if not local.second else "auto")


def _check_weekday(instance: Instance, name: str, day: date, written: str | None) -> bool:
    right = _WEEKDAYS[day.weekday()]
    if written is None or (len(written) >= 3 and right.casefold().startswith(written.casefold())):
        return True
    detail = (
        f'{day} is a {right}, not a {written}. Correct one of the two, or write undecided("...") until it is known.'
    )
    instance.error("Wrong weekday", detail, instance.range(name))
    return False


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DATE.match(text) else None
    except ValueError:
        return None


def _hint(text: str) -> str:
    """The date that a text in another notation means."""
    found = _meant(text)
    if found is None:
        return ""
    weekday = next((name for name in _WEEKDAYS if name.casefold() in text.casefold()), None)
    right = _WEEKDAYS[found.weekday()]
    if weekday is not None and weekday != right:
        return f" {found} is a {right}, not a {weekday}."
    return f' Did you mean "{found}"?'


def _meant(text: str) -> date | None:
    if (match := _LOOSE.search(text)) is not None:
        year, month, day = match.groups()
    elif (match := _SLASHES.search(text)) is not None or (match := _MONTH_FIRST.search(text)) is not None:
        month, day, year = match.groups()
    elif (match := _DAY_FIRST.search(text)) is not None:
        day, month, year = match.groups()
    else:
        return None
    number = int(month) if month.isdigit() else _month(month)
    try:
        return date(int(year), number, int(day))
    except ValueError:
        return None


def _month(name: str) -> int:
    """1 to 12; 0 where it is none."""
    return next((number for number, month in enumerate(_MONTHS, 1) if month.startswith(name.casefold())), 0)
