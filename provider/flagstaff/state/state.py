"""The state: what was applied, when, and what restrains the next plan. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from flagstaff.addresses import Address
from flagstaff.model.evidence import Answer, Approval, Frozen
from flagstaff.model.recorded import Hold, Recorded, StageRecord, ToggleRecord
from flagstaff.model.rollout import StageName

FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class State:
    """One environment's state. `serial` rises by one with each save that changes anything.

    `journal_head` is the hash of the last journal entry that this state takes in; entries after
    it were written by a run that ended before it could save. `tool` is the version of Flagstaff
    that saved it, `lineage` a random name given once: states of one origin share it.
    """

    lineage: str
    serial: int = 0
    tool: str = ""
    journal_head: str = ""
    environment: str = ""
    applied: Mapping[str, Any] | None = None
    toggles: Mapping[Address, ToggleRecord] = field(default_factory=dict)
    stages: Mapping[StageName, StageRecord] = field(default_factory=dict)
    holds: Mapping[Address, Hold] = field(default_factory=dict)
    guards: Mapping[str, Any] | None = None
    baselines: Mapping[tuple[Address, Address], Frozen] = field(default_factory=dict)
    answers: Mapping[Address, Answer] = field(default_factory=dict)
    approvals: tuple[Approval, ...] = ()

    def changed(self, **fields: Any) -> State:
        """With these fields, and the next serial if they make a difference."""
        new = replace(self, **fields)
        return self if new == self else replace(new, serial=self.serial + 1)

    @property
    def recorded(self) -> Recorded:
        """What planning needs of it."""
        return Recorded(
            lineage=self.lineage,
            serial=self.serial,
            toggles=self.toggles,
            holds=self.holds,
            applied=self.applied,
            guards=self.guards,
            stages=self.stages,
            baselines=self.baselines,
            answers=self.answers,
            approvals=self.approvals,
        )
