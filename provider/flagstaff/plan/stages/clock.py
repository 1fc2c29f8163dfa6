"""Where a stage is: whether it runs, how long it has run in one piece, and what stopped it.

A record says what applies made of a stage. What a hand did since stops its clock, too, from the moment
in which the store can last have been as it was applied.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from flagstaff.addresses import Address
from flagstaff.model.configuration import Desired
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.exposure import Exposure
from flagstaff.model.live import LiveExposure, Snapshot
from flagstaff.model.recorded import Hold, StageRecord, ToggleRecord
from flagstaff.model.rollout import Soak, Stage

_ZERO: Final = timedelta(0)


@dataclass(frozen=True, slots=True)
class Now:
    """What is known of toggles, under their present addresses."""

    at: datetime
    desired: Desired
    snapshot: Snapshot
    lives: Mapping[Address, LiveExposure | None]
    records: Mapping[Address, ToggleRecord]
    holds: Mapping[Address, Hold]
    names: Mapping[Address, Address]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stage is.

    `record` None: it never began with its present meaning. `trouble`: why its clock stands, though
    it was verified once. `piece`: how long it is known to have run since it was verified.
    """

    stage: Stage
    record: StageRecord | None = None
    trouble: str = ""
    piece: timedelta = _ZERO

    @property
    def running(self) -> bool:
        return self.record is not None and self.record.verified is not None and not self.trouble

    @property
    def was_verified(self) -> bool:
        record = self.record
        return record is not None and bool(record.verified or record.stopped or record.served)

    @property
    def longest(self) -> timedelta:
        return max(self.record.served, self.piece) if self.record else _ZERO

    @property
    def served(self) -> bool:
        """Whether it ran for its soak once; nobody can say it while the soak is undecided."""
        soak = self.stage.soak
        if isinstance(soak, OpenDecision) or not self.was_verified:
            return False
        return soak is None or self.longest >= soak.minimum

    @property
    def serves_at(self) -> datetime | None:
        """When its soak is served, if its clock goes on."""
        soak, record = self.stage.soak, self.record
        if record is None or record.verified is None or isinstance(soak, OpenDecision):
            return None
        return record.verified + (soak.minimum if soak else _ZERO)

    @property
    def overdue(self) -> bool:
        soak = self.stage.soak
        return self.running and isinstance(soak, Soak) and soak.maximum is not None and self.piece > soak.maximum


def least(stage: Stage) -> Exposure | None:
    """The exposure from which its toggles count; None where that is undecided, or it moves none."""
    level = stage.at_least or stage.exposure
    return level if isinstance(level, Exposure) and stage.toggles else None


def place_of(stage: Stage, record: StageRecord | None, now: Now) -> Place:
    """Another meaning makes it another stage, and so do more toggles or a higher share."""
    if record is None or record.meaning != stage.meaning or not _covers(record, stage, now):
        return Place(stage)
    if record.verified is None:
        return Place(stage, record, record.stopped)
    troubles = {toggle: text for toggle in stage.toggles if (text := _trouble(toggle, stage, now))}
    until = min((_seen(toggle, record.verified, now) for toggle in troubles), default=now.at)
    return Place(stage, record, next(iter(troubles.values()), ""), max(_ZERO, until - record.verified))


def _covers(record: StageRecord, stage: Stage, now: Now) -> bool:
    known = {now.names.get(toggle, toggle) for toggle in record.toggles}
    wanted = least(stage)
    if wanted is None:
        return not stage.toggles and stage.exposure is None
    return known.issuperset(stage.toggles) and record.least is not None and record.least >= wanted


def _trouble(toggle: Address, stage: Stage, now: Now) -> str:
    """Why a toggle of a verified stage isn't where it was; "" if it is."""
    live, wanted = now.lives.get(toggle), least(stage)
    if toggle in now.holds:
        return f"{toggle} is held"
    if wanted is None or (isinstance(live, Exposure) and live >= wanted) or now.desired.toggles[toggle].expect_drift:
        return ""
    return f"{toggle} is {'not in the store' if live is None else f'at {live}'}, and counts from {wanted} on"


def _seen(toggle: Address, verified: datetime, now: Now) -> datetime:
    """When the toggle can last have been as it was verified: at its last change in the store, or ours."""
    record = now.records.get(toggle)
    ours = record.last_write_at if record and record.last_write_at else verified
    return max(verified, ours, now.snapshot.changed_at.get(now.desired.toggles[toggle].key, verified))
