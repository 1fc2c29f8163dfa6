"""Time zones: those of the IANA database, and what people call them."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from flagstaff.config.instance import Instance
from flagstaff.diagnostics import did_you_mean

# What people call the zones of the United States.
_ZONES: Final = {
    **dict.fromkeys(("eastern", "et", "est", "edt", "est5edt", "est5"), "America/New_York"),
    **dict.fromkeys(("central", "ct", "cst", "cdt"), "America/Chicago"),
    **dict.fromkeys(("mountain", "mt", "mst", "mdt"), "America/Denver"),
    **dict.fromkeys(("pacific", "pt", "pst", "pdt"), "America/Los_Angeles"),
}


def zone(name: str) -> ZoneInfo | None:
    """None where there is no such zone."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def zone_name(instance: Instance, name: str, default: str) -> str:
    """A zone's name as an attribute gives it; a mistake is reported, and the default taken."""
    text = instance.text(name, default)
    if zone(text) is None:
        detail = f'"{text}" is not a time zone of the IANA database.{_hint(text)}'
        instance.error("Unknown time zone", detail, instance.range(name))
        return default
    if text in {"EST", "MST"}:
        better = _ZONES[text.lower()]
        detail = f'"{text}" is the same all year, without summer time. The zone that people live in is "{better}".'
        instance.warn("Time zone without summer time", detail, instance.range(name))
    return text


def _hint(text: str) -> str:
    words = text.casefold().replace("_", " ").split()
    meant = _ZONES.get(words[0]) if words else None
    if meant is None:
        city = "_".join(words)
        meant = next((zone for zone in sorted(available_timezones()) if zone.casefold().endswith(f"/{city}")), None)
    return did_you_mean(text, available_timezones()) if meant is None else f' Did you mean "{meant}"?'
