"""What was recorded: the part of the state that planning needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flagstaff.addresses import Address
from flagstaff.model.exposure import Exposure


@dataclass(frozen=True, slots=True)
class ToggleRecord:
    """A toggle as it was last applied. `created`: Flagstaff made it in the store."""

    key: str
    exposure: Exposure
    last_write_at: datetime | None = None
    change: str | None = None
    created: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """A toggle that is not raised until it is released."""

    id: str
    cause: str
    at: datetime
    who: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """A projection of the state; `applied` and `guards` are as `plan.applied` and `plan.guards` wrote them."""

    lineage: str = ""
    serial: int = 0
    toggles: Mapping[Address, ToggleRecord] = field(default_factory=dict)
    holds: Mapping[Address, Hold] = field(default_factory=dict)
    applied: Mapping[str, Any] | None = None
    guards: Mapping[str, Any] | None = None
    stages: Mapping[str, Any] = field(default_factory=dict)
