"""Who is affected, as a plan keeps it: counts and shares, never an id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flagstaff.audience.results import Advice, Audience


@dataclass(frozen=True, slots=True)
class Affected:
    """`titles` are those of toggles, experiences and products, by address; `full`: all of it shall be shown."""

    audience: Audience
    advice: tuple[Advice, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    full: bool = False
