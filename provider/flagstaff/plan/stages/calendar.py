"""When raises may start at all: not in a freeze, and in working hours. A lower may at any time."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from flagstaff.addresses import Address
from flagstaff.model.configuration import Policy
from flagstaff.model.evidence import Verdict
from flagstaff.model.rollout import Freeze, WorkingHours
from flagstaff.model.times import moment
from flagstaff.plan.check import Check, CheckName

# Hours that don't open for this many days never do.
_FARTHEST: Final = 400


def calendar_checks(policy: Policy, products: Collection[Address], now: datetime, zone: tzinfo) -> Iterator[Check]:
    """What speaks against a raise in these products now."""
    for freeze in frozen(policy, products, now):
        until = moment(freeze.end, zone)
        yield Check(
            CheckName.FREEZE,
            Verdict.FAIL,
            "Frozen",
            f'The freeze "{freeze.name}" lasts from {moment(freeze.start, zone)} to {until}: no raise starts in it.',
            freeze.range,
            label=f"earliest {until}",
            why=freeze.reason,
            ways_out=(f"wait until {until}, and plan again; going down is free meanwhile",),
            earliest=freeze.end,
        )
    hours = policy.working_hours
    if hours is not None and not is_open(hours, now):
        opens = next_opening(hours, now)
        earliest = "" if opens is None else moment(opens, ZoneInfo(hours.timezone))
        yield Check(
            CheckName.WORKING_HOURS,
            Verdict.FAIL,
            "Outside of working hours",
            f"It is {moment(now, ZoneInfo(hours.timezone))}, and raises start in working hours only.",
            hours.range,
            label=f"earliest {earliest}" if earliest else "they never come",
            ways_out=(f"wait until {earliest}, and plan again; going down is free meanwhile",) if earliest else (),
            earliest=opens,
        )


def frozen(policy: Policy, products: Collection[Address], now: datetime) -> tuple[Freeze, ...]:
    """The freezes that one of these products is in; one that names no product is for all."""
    return tuple(
        freeze
        for freeze in policy.freezes
        if freeze.start <= now < freeze.end and (not freeze.products or not set(freeze.products).isdisjoint(products))
    )


def is_open(hours: WorkingHours, now: datetime) -> bool:
    start, end = _span(hours, now.astimezone(ZoneInfo(hours.timezone)).date())
    return start <= now < end


def next_opening(hours: WorkingHours, now: datetime) -> datetime | None:
    """When they begin next; None: never."""
    today = now.astimezone(ZoneInfo(hours.timezone)).date()
    for ahead in range(_FARTHEST):
        start, end = _span(hours, today + timedelta(days=ahead))
        if now <= start < end:
            return start
    return None


def _span(hours: WorkingHours, on: date) -> tuple[datetime, datetime]:
    """When they begin and end on a day, by the clocks on the wall; both alike on a day without any."""
    midnight = datetime.combine(on, time(), ZoneInfo(hours.timezone))
    start = midnight + timedelta(minutes=hours.start)
    if on.weekday() not in hours.days or on.isoformat() in hours.holidays:
        return start, start
    return start, midnight + timedelta(minutes=hours.end)
