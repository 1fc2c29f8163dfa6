"""The plan: everything that would be done and why the rest would not, as data.

`core` is what would be done; the change id covers it and nothing else. `observed` is what was
seen and concluded while planning. Apply does what the core says and decides nothing new.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Any

from flagstaff.addresses import Address
from flagstaff.diagnostics import Diagnostic, Range
from flagstaff.model.backends import PREVIEW
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.evidence import Reading
from flagstaff.model.exposure import Exposure
from flagstaff.model.live import LiveExposure, Raw, Step
from flagstaff.model.recorded import Standing, ToggleRecord
from flagstaff.model.rollout import StageName
from flagstaff.model.times import zone_in
from flagstaff.plan.check import Check, CheckName
from flagstaff.plan.people.affected import Affected
from flagstaff.plan.stages.view import Gate, RolloutView


class Action(StrEnum):
    CREATE = "create"
    RAISE = "raise"
    LOWER = "lower"
    SWITCH_ON = "switch on"
    SWITCH_OFF = "switch off"
    ADOPT = "adopt"
    MOVE = "move"
    FORGET = "forget"
    DELETE = "delete"
    NO_OP = "no-op"

    @property
    def writes(self) -> bool:
        """Whether the live store is touched; the others only change the state."""
        return self in _WRITES


_WRITES = frozenset({Action.CREATE, Action.RAISE, Action.LOWER, Action.SWITCH_ON, Action.SWITCH_OFF, Action.DELETE})


class Status(StrEnum):
    """What will happen to a change: done, done once a person agreed, or not done by this plan."""

    ALLOWED = "allowed"
    PENDING = "pending"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Change:
    """What the plan makes of one toggle, for readers.

    `before` None: not in the live store; `after` None: no longer ours, or gone. `wanted` is the
    declared exposure. `recorded` is the last applied one.
    """

    address: Address
    key: str
    action: Action
    status: Status
    before: LiveExposure | None
    after: LiveExposure | None
    wanted: Exposure | None = None
    recorded: Exposure | None = None
    product: Address | None = None
    testers: int = 0
    checks: tuple[Check, ...] = ()
    notes: tuple[str, ...] = ()
    range: Range | None = None
    moved_from: Address | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """The change of one toggle: its steps, in order, and the moves that it comes after.

    `before` and `gates` are the live exposure and the store's own values that the steps were
    made for (without testers, who come and go). `consent`: it lowers what a hand raised, and
    needs a yes of its own. `approvals`: the roles that must agree before it starts; a nameless
    one (`role.none`) stands for "nobody can". `group`: the name of the stage whose moves go together.
    `stage`: the one that it takes part in. There is one move a toggle.
    """

    address: Address
    key: str
    action: Action
    before: LiveExposure | None
    after: Exposure | None
    steps: tuple[Step, ...]
    gates: Raw | None
    waits_for: tuple[Address, ...] = ()
    consent: bool = False
    approvals: tuple[Address, ...] = ()
    group: str = ""
    stage: StageName | None = None


@dataclass(frozen=True, slots=True)
class StageMove:
    """A stage that begins with this plan, or gets whole again after its clock was stopped.

    It is verified once all of `moves` are; the rest of `toggles` stand where the stage wants them already.
    `partial`: some of its toggles stay behind, so that it begins, and isn't verified by this plan.
    `least` is the exposure from which its toggles count. `left`: it has lost its Go, and its record says so.
    """

    stage: StageName
    toggles: tuple[Address, ...] = ()
    moves: tuple[Address, ...] = ()
    least: Exposure | None = None
    meaning: str = ""
    partial: bool = False
    left: bool = False
    approvals: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class Waived:
    """A check that is let through: of a toggle, a stage or the policy. Part of what is approved."""

    subject: str
    check: CheckName
    reason: str
    until: datetime
    role: Address
    of: Address | None = None


@dataclass(frozen=True, slots=True)
class RecordChange:
    """A change of the state only: adopt, move, forget."""

    address: Address
    key: str
    action: Action
    exposure: Exposure | None = None
    moved_from: Address | None = None


@dataclass(frozen=True, slots=True)
class Precondition:
    """What must still be so when a move starts: of each moved toggle and its neighbours."""

    address: Address
    key: str
    live: LiveExposure | None
    recorded: ToggleRecord | None
    hold: str | None = None


@dataclass(frozen=True, slots=True)
class GuardChange:
    """A role, policy, requirement, protection or approval that differs from the recorded one.

    `role` is the recorded role that must agree to a loosening; None: it is listed and does not block.
    """

    guard: str
    subject: str
    before: str
    after: str
    loosens: bool
    role: Address | None = None
    range: Range | None = None


@dataclass(frozen=True, slots=True)
class Core:
    """What would be done. Sorted, complete, and the same whenever the same change is planned.

    `target` is where: the environment, the store and the state's place, as `applied.target` has
    them, without secrets. `guards` is the fingerprint of what the state would record as in force,
    with and without the agreement that the guard changes need.
    """

    environment: str
    provider: str
    lineage: str
    target: Mapping[str, Any] = field(default_factory=dict)
    guards: str = ""
    moves: tuple[Move, ...] = ()
    records: tuple[RecordChange, ...] = ()
    preconditions: tuple[Precondition, ...] = ()
    guard_changes: tuple[GuardChange, ...] = ()
    stages: tuple[StageMove, ...] = ()
    waived: tuple[Waived, ...] = ()

    @property
    def zone(self) -> tzinfo:
        """In which times are told: that of the configuration."""
        return zone_in(self.target)


class DriftKind(StrEnum):
    ABOVE = "raised"
    BELOW = "turned down"
    OTHER = "changed"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class GateChange:
    """One of the store's own values, before and after, as text that names nobody."""

    gate: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Drift:
    """A live toggle that differs from its record without a move of ours.

    `gates` and `testers` (how many more) say what differs since the last verified write, where that
    was kept; `cause` is what the store lets one conclude. `expected`: the toggle is declared with
    `expect_drift`.
    """

    address: Address
    key: str
    kind: DriftKind
    recorded: Exposure
    live: LiveExposure | None
    consequence: str
    gates: tuple[GateChange, ...] = ()
    testers: int | None = None
    cause: str = ""
    expected: bool = False


@dataclass(frozen=True, slots=True)
class Unmanaged:
    """A live toggle that nothing mentions. `changed_at`: when it was last written; None: the store doesn't say."""

    key: str
    live: LiveExposure
    testers: int = 0
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Broken:
    """A requirement that does not hold in the live store now."""

    child: Address
    parent: Address
    child_live: LiveExposure
    parent_live: LiveExposure | None
    at_least: Exposure
    reason: str
    range: Range | None
    repaired: bool


@dataclass(frozen=True, slots=True)
class Observed:
    """What was seen and concluded. Nothing in it decides what apply writes to the store.

    `applied` and `guards` are what the state will record as in force (empty: none yet), `agreed` the guards that it
    records instead once all whom the guard changes need have agreed (empty: they need nobody); `products` are titles;
    `outputs_before` are the recorded outputs, in the form of those in `applied`. `unmanaged` None:
    nobody asked for them. `standings` are recorded with the toggles that are adopted, by address. `readings` are
    what monitors said; `gates` and `monitors` (without secrets) are looked at again by apply. `author`: who wrote the
    change, where that is known. `affected` None: nobody asked, nothing moves, or the store has no hash. `levels` is
    what is live of toggles that need another one or are needed, by address. `variables` are as `Desired` has them.
    """

    created: datetime
    tool: str
    serial: int
    read_at: datetime
    taken_at: datetime | None = None
    production: bool = False
    known: int = 0
    managed: int = 0
    changes: tuple[Change, ...] = ()
    drift: tuple[Drift, ...] = ()
    broken: tuple[Broken, ...] = ()
    left_out: tuple[Address, ...] = ()
    open_decisions: tuple[OpenDecision, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    products: Mapping[str, str] = field(default_factory=dict)
    applied: Mapping[str, Any] = field(default_factory=dict)
    guards: Mapping[str, Any] = field(default_factory=dict)
    agreed: Mapping[str, Any] = field(default_factory=dict)
    refresh_only: bool = False
    outputs_before: Mapping[str, Any] = field(default_factory=dict)
    unmanaged: tuple[Unmanaged, ...] | None = None
    standings: Mapping[str, Standing] = field(default_factory=dict)
    rollouts: tuple[RolloutView, ...] = ()
    readings: tuple[Reading, ...] = ()
    gates: tuple[Gate, ...] = ()
    monitors: Mapping[str, Any] = field(default_factory=dict)
    author: str = ""
    affected: Affected | None = None
    levels: Mapping[str, LiveExposure] = field(default_factory=dict)
    variables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def outputs_changed(self) -> bool:
        """Whether this plan records other output values than the state has."""
        return bool(self.outputs_before != self.applied.get("outputs", {}))


@dataclass(frozen=True, slots=True)
class Plan:
    core: Core
    observed: Observed

    @property
    def is_preview(self) -> bool:
        """Whether it was made against copies, to be looked at: it can't be applied."""
        return bool(self.core.target.get("backend", {}).get("kind") == PREVIEW)

    @property
    def has_changes(self) -> bool:
        """Whether applying it would do anything at all."""
        core = self.core
        return bool(core.moves or core.records or core.stages or core.guard_changes or self.observed.outputs_changed)

    @property
    def blocked(self) -> tuple[Change, ...]:
        """What was asked for and this plan does not do."""
        return tuple(change for change in self.observed.changes if change.status is Status.BLOCKED)
