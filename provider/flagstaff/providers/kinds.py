"""What a kind of provider declares of itself: its sources, and the attributes that each takes.

Values only. A package adds a kind by an entry point in the group `flagstaff.providers` that names a `Kind`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from flagstaff.model.configuration import ProviderSettings
from flagstaff.model.live import Json
from flagstaff.providers.protocols import Provider

_DURATION = re.compile(r"(?:(\d{1,5})d)?(?:(\d{1,6})h)?(?:(\d{1,8})m)?(?:(\d{1,9})s)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Attribute:
    """`check` says what a value must be, where it isn't. `credential`: it may hold a secret."""

    check: Callable[[Json], str | None]
    required: bool = False
    credential: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """One way to reach the store. `open` is handed checked settings and the configuration's directory.

    It raises `StoreError`, and need not touch the store: a store that is out of reach shows at the first read.
    """

    attributes: Mapping[str, Attribute]
    open: Callable[[ProviderSettings, Path], Provider]


@dataclass(frozen=True, slots=True)
class Kind:
    """`later` names the sources that only a later release brings."""

    name: str
    sources: Mapping[str, Source] = field(default_factory=dict)
    later: tuple[str, ...] = ()


def text(value: Json) -> str | None:
    return None if isinstance(value, str) and value and "\0" not in value else "must be a text that is not empty"


def duration(value: Json) -> str | None:
    return None if isinstance(value, str) and parse_duration(value) else 'must be a duration such as "36h" or "1h30m"'


def parse_duration(value: str) -> timedelta | None:
    """`7d`, `36h`, `1h30m`, `90s`; None for anything else."""
    match = _DURATION.fullmatch(value)
    if match is None or not value:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
