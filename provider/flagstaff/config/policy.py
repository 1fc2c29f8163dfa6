"""The policy block: limits, freezes, working hours and waivers."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from flagstaff.config.instance import Instance
from flagstaff.config.quantities import level, share
from flagstaff.config.times import day, moment
from flagstaff.config.waivers import waivers
from flagstaff.config.zones import zone_name
from flagstaff.diagnostics import Range, did_you_mean
from flagstaff.model.configuration import Policy
from flagstaff.model.rollout import Freeze, WorkingHours

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAMES: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\Z", re.ASCII)
_MIDNIGHT: Final = 24 * 60


def policy(instance: Instance, zone: ZoneInfo) -> Policy:
    """A limit that nobody has decided on lets nothing through."""
    max_raise = level(instance, "max_raise", "Limit")
    if max_raise is not None and 0 < max_raise < 1000:
        points = Decimal(max_raise) / 1000
        detail = (
            f'"max_raise" of policy is {points:f}, in percentage points. Did you mean {(points * 100).normalize():f}?'
        )
        instance.warn("Percentage below 1", detail, instance.range("max_raise"))
    max_changed_share = share(instance, "max_changed_share")
    freezes = (_freeze(nested, zone) for nested in instance.nested("freeze"))
    return Policy(
        max_raise=0 if instance.decision("max_raise") else max_raise,
        max_changed_share=Decimal(0) if instance.decision("max_changed_share") else max_changed_share,
        owner=instance.one("owner"),
        prevent_self_approval=instance.flag("prevent_self_approval", undecided=True),
        freezes=tuple(sorted((one for one in freezes if one is not None), key=lambda one: one.name)),
        working_hours=next((_working_hours(nested, zone) for nested in instance.nested("working_hours")), None),
        waivers=waivers(instance, zone),
        range=instance.block.header_range,
    )


def _freeze(instance: Instance, zone: ZoneInfo) -> Freeze | None:
    start, end = moment(instance, "from", zone), moment(instance, "to", zone, end=True)
    if start is None or end is None:
        return None
    if end <= start:
        detail = f"{instance.title} ends before it starts. Swap from and to."
        instance.error("Freeze without any time in it", detail, instance.range("to"))
        return None
    products = tuple(sorted(address for address, _ in instance.many("products")))
    if instance.decision("products") is not None:
        products = ()  # nobody knows which: so it is for all
    return Freeze(instance.name, start, end, instance.text("reason"), products, instance.block.header_range)


def _working_hours(instance: Instance, zone: ZoneInfo) -> WorkingHours:
    default = WorkingHours()
    start, end = _clock(instance, "from"), _clock(instance, "to")
    if start is not None and end is not None and end <= start:
        detail = "Raises may start from one time of day to a later one of the same day. Swap from and to."
        instance.error("Working hours without any time in them", detail, instance.range("to"))
    days = {day for text, place in instance.texts("days") for day in _days(instance, text, place)}
    if instance.has("days") and isinstance(instance.value("days").data, tuple) and not instance.texts("days"):
        detail = "There is no day in the list, so nothing could ever be raised. Name some, such as mon-fri."
        instance.error("Working hours without any day", detail, instance.range("days"))
    return WorkingHours(
        days=tuple(sorted(days)) or default.days,
        start=default.start if start is None else start,
        end=default.end if end is None else end,
        timezone=zone_name(instance, "timezone", zone.key),
        holidays=_holidays(instance),
        range=instance.block.header_range,
    )


def _clock(instance: Instance, name: str) -> int | None:
    """Minutes after midnight; None where it is undecided or a mistake."""
    text = instance.value(name).data
    if not isinstance(text, str):
        return None
    if text == "24:00" and name == "to":
        return _MIDNIGHT
    match = _CLOCK.match(text)
    if match is not None:
        return int(match[1]) * 60 + int(match[2])
    hint = f' Did you mean "0{text}"?' if _CLOCK.match(f"0{text}") else ""
    detail = f'"{text}" is not a time of day. It has two digits for the hour, and two for the minute: "09:00".{hint}'
    instance.error("Invalid time of day", detail, instance.range(name))
    return None


def _days(instance: Instance, text: str, place: Range) -> tuple[int, ...]:
    """0 is Monday; `mon-fri` are five days, `sat-mon` three."""
    ends = [_weekday(word) for word in text.split("-", 1)]
    first, last = ends[0], ends[-1]
    if first is None or last is None:
        detail = f'"{text}" is not a day of the week. They are {", ".join(_DAYS)}, or several: "mon-fri".'
        instance.error("Unknown day", detail + did_you_mean(text, _DAYS), place)
        return ()
    return tuple((first + number) % 7 for number in range((last - first) % 7 + 1))


def _weekday(word: str) -> int | None:
    """By its first three letters, or by its name."""
    plain = word.strip().casefold()
    return next((number for number, names in enumerate(zip(_DAYS, _NAMES, strict=True)) if plain in names), None)


def _holidays(instance: Instance) -> tuple[str, ...]:
    found = {day(instance, text, place) for text, place in instance.texts("holidays")}
    return tuple(sorted(str(one) for one in found if one is not None))
