"""Checks: what was found of a change, with its verdict."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from flagstaff.addresses import Address
from flagstaff.diagnostics import Range
from flagstaff.model.evidence import Verdict


class CheckName(StrEnum):
    REQUIREMENT = "requirement"
    ORDER = "order"
    UNKNOWN_KEY = "unknown key"
    STORE = "store"
    DECISION = "decision"
    DRIFT = "drift"
    HOLD = "hold"
    MAX_RAISE = "max raise"
    CHANGED_SHARE = "changed share"
    PROTECTION = "protection"
    GUARD_CHANGE = "guard change"
    ADOPTION = "adoption"
    DELETION = "deletion"
    STAGE_ORDER = "stage order"
    NOT_BEFORE = "not before"
    SOAK = "soak"
    BLOCKER = "blocker"
    MONITOR = "monitor"
    TRIGGER = "trigger"
    APPROVAL = "approval"
    FREEZE = "freeze"
    WORKING_HOURS = "working hours"
    TOGETHER = "together"


@dataclass(frozen=True, slots=True)
class Check:
    """One condition of one change, with its verdict.

    `summary` is fixed text, `detail` names things and numbers, `why` says why it matters,
    `label` stands behind the caret at `range`, `ways_out` is what the user can do. `earliest`: when it could pass,
    where time alone decides. `waived`: what it found is let through by a waiver, which has to be approved. `of` is
    the blocker, monitor or trigger that it is about.
    """

    name: CheckName
    verdict: Verdict
    summary: str
    detail: str
    range: Range | None = None
    label: str = ""
    why: str = ""
    ways_out: tuple[str, ...] = ()
    earliest: datetime | None = None
    waived: bool = False
    of: Address | None = None
