"""What planning is asked, besides what is wanted and what is live."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flagstaff.addresses import Address


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of the world when a plan is made. `tool` is the version that makes it, `listed` are
    the keys of the application's own catalogue.
    """

    now: datetime
    tool: str
    listed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Options:
    """What the user asked for.

    `targets` and `excludes` name toggles or whole blocks. `accept_drift`: toggles that a hand
    raised and that may be lowered. `provider` and `embedded` say which store it is. `unmanaged`: list
    the live toggles that nothing mentions.
    """

    provider: str
    embedded: bool = False
    targets: frozenset[Address] = frozenset()
    excludes: frozenset[Address] = frozenset()
    accept_drift: frozenset[Address] = frozenset()
    refresh_only: bool = False
    unmanaged: bool = False
