"""What a kind of provider declares of itself: its sources, and the attributes that each takes.

Values only. A package adds a kind by an entry point in the group `flagstaff.providers` that names a `Kind`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from flagstaff.addresses import Address
from flagstaff.diagnostics import Diagnostic, Diagnostics
from flagstaff.language.source import Source as Text
from flagstaff.model.catalogue import Catalogue
from flagstaff.model.configuration import ProviderSettings
from flagstaff.model.exposure import Exposure
from flagstaff.model.live import Json
from flagstaff.providers.endpoints import Endpoint
from flagstaff.providers.protocols import Provider
from flagstaff.providers.surroundings import Surroundings

_DURATION = re.compile(r"(?:(\d{1,5})d)?(?:(\d{1,6})h)?(?:(\d{1,8})m)?(?:(\d{1,9})s)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Attribute:
    """`check` says what a value must be, where it isn't. `credential`: it may hold a secret.

    For the reference, in Markdown: `meaning`; `default`, what holds without it, where that is not simply nothing.
    """

    check: Callable[[Json], str | None]
    required: bool = False
    credential: bool = False
    meaning: str = ""
    default: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """One way to reach the store. `open` is handed checked settings, the configuration's directory, and what
    comes from outside the repository.

    It raises `StoreError`, and need not touch the store: a store that is out of reach shows at the first read.
    `check` says, as sentences, what is wrong with settings of which each is right by itself.
    `meaning`, for the reference: which store it is, and how it is reached.
    """

    attributes: Mapping[str, Attribute]
    open: Callable[[ProviderSettings, Path, Surroundings], Provider]
    check: Callable[[ProviderSettings], Iterable[str]] = lambda _: ()
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a visitor who isn't logged in must see of a toggle that was just written."""

    address: Address
    key: str
    exposure: Exposure

    @property
    def on(self) -> bool:
        """Percentages and testers need somebody who is logged in; only `on` holds for everybody."""
        return self.exposure.is_on


# From an endpoint, checked to be one, to what differs there. Raises nothing: trouble is a warning, too.
SmokeTest = Callable[[Endpoint, Sequence[Expected], Surroundings], tuple[Diagnostic, ...]]


@dataclass(frozen=True, slots=True)
class Kind:
    """`later` names the sources that only a later release brings. `shared` are attributes of all sources.

    `catalogue` reads the file that the attribute of this name leads to: the application's list of its toggles.
    `verify` are the sources of smoke tests.
    """

    name: str
    sources: Mapping[str, Source] = field(default_factory=dict)
    later: tuple[str, ...] = ()
    shared: Mapping[str, Attribute] = field(default_factory=dict)
    catalogue: Callable[[Text, Diagnostics], Catalogue] | None = None
    verify: Mapping[str, SmokeTest] = field(default_factory=dict)


def text(value: Json) -> str | None:
    return None if isinstance(value, str) and value and "\0" not in value else "must be a text that is not empty"


def flag(value: Json) -> str | None:
    return None if isinstance(value, bool) else "must be true or false"


def duration(value: Json) -> str | None:
    return None if isinstance(value, str) and parse_duration(value) else 'must be a duration such as "36h" or "1h30m"'


def parse_duration(value: str) -> timedelta | None:
    """`7d`, `36h`, `1h30m`, `90s`; None for anything else."""
    match = _DURATION.fullmatch(value)
    if match is None or not value:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
