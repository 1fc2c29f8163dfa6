"""What was recorded: the part of the state that planning needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flagstaff.addresses import Address
from flagstaff.model.exposure import Exposure
from flagstaff.model.live import Raw


@dataclass(frozen=True, slots=True)
class Standing:
    """How a store had a toggle: what decides its exposure, as `Dialect.gates` says it, and how many testers."""

    gates: Raw
    testers: int


@dataclass(frozen=True, slots=True)
class ToggleRecord:
    """A toggle as it was last applied. `created`: Flagstaff made it in the store.

    `standing` is what was read when that was verified; None: it was not kept.
    """

    key: str
    exposure: Exposure
    last_write_at: datetime | None = None
    change: str | None = None
    created: bool = False
    standing: Standing | None = None


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
