"""A hand-off: what a person is asked to do in a store that Flagstaff doesn't write, as data.

Pure. Made from a plan; the console script and the click list are two ways to write it down.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from flagstaff.addresses import Address
from flagstaff.model.exposure import OFF, Exposure
from flagstaff.model.live import Json, LiveExposure, Refusal, Target
from flagstaff.plan.plan import Move, Plan
from flagstaff.providers.flipper import gates as gate
from flagstaff.providers.flipper.dialect import FlipperDialect

_DIALECT: Final = FlipperDialect()


class Does(StrEnum):
    CREATE = "create"
    DELETE = "delete"
    CHANGE = "change"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A change that is not part of the hand-off; `why` is a sentence."""

    address: Address
    key: str
    before: LiveExposure | None
    after: LiveExposure | None
    why: str


@dataclass(frozen=True, slots=True)
class Handoff:
    """`batches` are the moves to be made, in order; `near`: whose write readers must have seen before a toggle's own.

    `made_by` and `made_at` are for the header.
    """

    plan: Plan
    change: str
    batches: tuple[tuple[Move, ...], ...]
    near: Mapping[Address, tuple[Address, ...]]
    left_out: tuple[LeftOut, ...]
    made_by: str
    made_at: datetime

    @property
    def moves(self) -> tuple[Move, ...]:
        return tuple(move for batch in self.batches for move in batch)

    @property
    def environment(self) -> str:
        return self.plan.core.environment

    @property
    def production(self) -> bool:
        return self.plan.observed.production

    @property
    def propagation(self) -> float:
        """In seconds."""
        return float(self._provider.get("propagation", 0))

    @property
    def page(self) -> str:
        """The address of the toggles' web page, without a slash at its end; "" where it is not known."""
        url = self._provider.get("settings", {}).get("ui_url") or ""
        return str(url).rstrip("/").removesuffix("/features")

    @property
    def _provider(self) -> Mapping[str, Any]:
        provider: Mapping[str, Any] = self.plan.core.target.get("provider", {})
        return provider


def does(move: Move) -> Does:
    if move.after is None:
        return Does.DELETE
    return Does.CREATE if move.before is None else Does.CHANGE


def new_gates(move: Move) -> Mapping[str, Json] | Refusal:
    """The gates that the move changes, with their new values; None: the gate is closed."""
    before = _DIALECT.live(move.gates if move.before is not None else None)
    target = Target(move.key, move.after or OFF, create=move.before is None, delete=move.after is None)
    steps = _DIALECT.compile(before, target)
    if isinstance(steps, Refusal):
        return steps
    open_ = {} if move.gates is None else move.gates
    changed: dict[str, Json] = {}
    for step in steps:
        changed.update(step.value or {})
    return {name: value for name, value in sorted(changed.items()) if name in open_ or not gate.is_closed(value)}


def exposure_text(exposure: LiveExposure | None) -> str | None:
    """As the console script computes it from the gates: `on`, `5`, `other (...)`; None: no such toggle."""
    return exposure.encode() if isinstance(exposure, Exposure) else None if exposure is None else str(exposure)


def testers(handoff: Handoff) -> Mapping[Address, int]:
    """How many actors and groups had each changed toggle when the plan was made."""
    return {change.address: change.testers for change in handoff.plan.observed.changes}
