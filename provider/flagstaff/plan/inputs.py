"""What planning is asked, besides what is wanted and what is live."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from flagstaff.addresses import Address
from flagstaff.model.evidence import Reading

if TYPE_CHECKING:
    from flagstaff.audience.population import Population


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of the world when a plan is made. `tool` is the version that makes it, `listed` are
    the keys of the application's own catalogue. `readings` are what monitors said, by address; a monitor that
    was not read has none, and `unread` says why. `author`: who wrote the change, where that is known.
    """

    now: datetime
    tool: str
    listed: frozenset[str] = frozenset()
    readings: Mapping[Address, Reading] = field(default_factory=dict)
    unread: str = ""
    author: str = ""


class Detail(StrEnum):
    """How much a plan says of who is affected. `none` computes nothing; `full` also where nothing moves."""

    NONE = "none"
    SHORT = "short"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Options:
    """What the user asked for.

    `targets` and `excludes` name toggles or whole blocks. `accept_drift`: toggles that a hand
    raised and that may be lowered. `provider` and `embedded` say which store it is, `transactional` that it
    writes a batch at once. `unmanaged`: list the live toggles that nothing mentions. `population`: the people of
    `audience`; None: made-up ones.
    """

    provider: str
    embedded: bool = False
    transactional: bool = False
    targets: frozenset[Address] = frozenset()
    excludes: frozenset[Address] = frozenset()
    accept_drift: frozenset[Address] = frozenset()
    refresh_only: bool = False
    unmanaged: bool = False
    audience: Detail = Detail.NONE
    population: Population | None = None
