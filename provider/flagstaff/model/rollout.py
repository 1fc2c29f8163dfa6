"""Rollouts: what a configuration declares of ramps, of what must be true before they go on, and of why they go back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from flagstaff.addresses import Address
from flagstaff.diagnostics import Range
from flagstaff.model.conditions import Condition
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.exposure import Exposure


@dataclass(frozen=True, slots=True, order=True)
class StageName:
    """A stage within a configuration; `str()` is `rollout.medical_records.stage.wave_1a`."""

    rollout: Address
    name: str

    @classmethod
    def parse(cls, text: str) -> StageName:
        """Read what `str()` gives; raises ValueError."""
        rollout, mark, name = text.rpartition(".stage.")
        if not mark or not name:
            raise ValueError(f'"{text}" is not the name of a stage')
        return cls(Address.parse(rollout), name)

    def __str__(self) -> str:
        return f"{self.rollout}.stage.{self.name}"


@dataclass(frozen=True, slots=True)
class Soak:
    """How long a stage must run, verified and in one piece, before anything after it; over `maximum` warns."""

    minimum: timedelta
    maximum: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Waiver:
    """The only override: what `check` found is let through once the role of what it overrides agrees.

    `check` is a `CheckName`'s value; `of` narrows it to one blocker or monitor. It counts until `until`.
    """

    check: str
    reason: str
    until: datetime
    of: Address | None = None
    range: Range | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of a ramp.

    `exposure` is where its toggles go, `at_least` the least that counts as that (`between`); None: it
    moves no toggle. `after` are names of stages of the same rollout: those declared, or the stage
    before and every earlier one that shares a toggle. `blocked_by`, `monitors`, `approvals`, `triggers`
    and the open decisions of the rollout are in those of each of its stages.
    """

    name: StageName
    title: str = ""
    exposure: Exposure | OpenDecision | None = None
    at_least: Exposure | None = None
    toggles: tuple[Address, ...] = ()
    after: tuple[str, ...] = ()
    not_before: datetime | OpenDecision | None = None
    soak: Soak | OpenDecision | None = None
    together: bool = False
    meaning: str = ""
    blocked_by: tuple[Address, ...] = ()
    monitors: tuple[Address, ...] = ()
    approvals: tuple[Address, ...] = ()
    triggers: tuple[Address, ...] = ()
    max_raise: int | None = None
    waivers: tuple[Waiver, ...] = ()
    note: str = ""
    open_decisions: tuple[OpenDecision, ...] = ()
    range: Range | None = None
    exposure_range: Range | None = None
    not_before_range: Range | None = None
    soak_range: Range | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A free section of the rollout's document; `body` is Markdown. Undecided: the open question stands there."""

    name: str
    title: str
    body: str | OpenDecision


@dataclass(frozen=True, slots=True)
class Risk:
    title: str
    detail: str = ""
    mitigation: str = ""
    status: str = "open"
    owner: Address | None = None
    range: Range | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """What the organisation's release plan says besides what can be computed; `facts` are its header lines."""

    title: str = ""
    status: str = ""
    updated: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    sections: tuple[Section, ...] = ()
    glossary: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rollout:
    """A ramp: its stages in the order in which they are declared; `go` names those that have their Go."""

    address: Address
    title: str = ""
    product: Address | None = None
    owner: Address | None = None
    go: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = ()
    risks: tuple[Risk, ...] = ()
    document: Document = Document()
    range: Range | None = None
    go_range: Range | None = None

    def stage(self, name: str) -> Stage | None:
        return next((stage for stage in self.stages if stage.name.name == name), None)

    @property
    def toggles(self) -> tuple[Address, ...]:
        """All that any stage moves, sorted."""
        return tuple(sorted({toggle for stage in self.stages for toggle in stage.toggles}))


@dataclass(frozen=True, slots=True)
class Blocker:
    """A fact outside the store. `status` is `pending`, `in_progress` or `complete`; undecided counts as pending."""

    address: Address
    title: str
    status: str = "pending"
    blocking: bool = True
    owner: Address | None = None
    evidence: str = ""
    note: str = ""
    product: Address | None = None
    range: Range | None = None
    status_range: Range | None = None

    @property
    def is_open(self) -> bool:
        """Whether it keeps anything from starting."""
        return self.blocking and self.status != "complete"


@dataclass(frozen=True, slots=True)
class Trigger:
    """A condition under which one rolls back: a monitor that fails, or a person's call (`monitor` None).

    `condition` is over the monitor's numbers; None: the monitor's own verdict. `action` is text for people.
    """

    address: Address
    title: str
    reason: str = ""
    action: str = ""
    monitor: Address | None = None
    condition: Condition | None = None
    range: Range | None = None


@dataclass(frozen=True, slots=True)
class MonitorSource:
    """Where a monitor's numbers come from: `datadog`, `datadog_monitor`, `prometheus`, `http_json`, `manual`.

    `settings` are plain JSON; `sensitive` maps an attribute to its secret: never stored or shown.
    """

    kind: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    sensitive: Mapping[str, str] = field(default_factory=dict, repr=False)
    range: Range | None = None


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a measurement is compared with: the same query over `window`, ending at the rollout's first move, or a
    `value` that somebody knows.
    """

    window: timedelta | None = None
    value: Decimal | OpenDecision | None = None


@dataclass(frozen=True, slots=True)
class Monitor:
    """A measurement with a verdict.

    `pass_when` None: "no change for the worse that the data supports", where `worse` says which way that is
    (`increase` or `decrease`) and `tolerance` how much of a change doesn't matter, as a part of the baseline.
    `window`: how far back; `delay`: how old the newest point must be; fewer than `min_samples` are
    inconclusive. `before_traffic` is `skip` or `wait`: what is done while no toggle of the rollout is up.
    `normal`, `concerning`, `where` and `note` are for people.
    """

    address: Address
    title: str
    source: MonitorSource | OpenDecision
    window: timedelta = timedelta(hours=1)
    delay: timedelta = timedelta(minutes=2)
    interval: timedelta = timedelta(minutes=1)
    baseline: Baseline | None = None
    pass_when: Condition | OpenDecision | None = None
    pass_when_text: str = ""
    worse: str = "increase"
    tolerance: Decimal = Decimal("0.05")
    min_samples: int = 1
    before_traffic: str = "wait"
    unit: str = ""
    where: str = ""
    normal: str = ""
    concerning: str = ""
    note: str = ""
    range: Range | None = None


@dataclass(frozen=True, slots=True)
class Freeze:
    """No raise starts from `start` until `end`, except a rollback, which is none. `products` empty: of any product."""

    name: str
    start: datetime
    end: datetime
    reason: str = ""
    products: tuple[Address, ...] = ()
    range: Range | None = None


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """When raises may start: on `days` (0 is Monday) from `start` to `end` (minutes after midnight) in `timezone`,
    not on `holidays` (`2026-12-25`)."""

    days: tuple[int, ...] = (0, 1, 2, 3, 4)
    start: int = 9 * 60
    end: int = 17 * 60
    timezone: str = "UTC"
    holidays: tuple[str, ...] = ()
    range: Range | None = None
