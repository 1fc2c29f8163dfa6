"""What a configuration declares: `Desired` and its parts. Evaluated, checked, and frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta, tzinfo
from decimal import Decimal
from typing import Any

from flagstaff.addresses import Address
from flagstaff.diagnostics import Range
from flagstaff.model.conditions import Condition
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.exposure import FULL, Exposure
from flagstaff.model.rollout import Blocker, Freeze, Monitor, Rollout, StageName, Trigger, Waiver, WorkingHours
from flagstaff.model.times import zone_named


@dataclass(frozen=True, slots=True)
class Requirement:
    """`child` may be above 0 only while `parent` is at least `at_least` (1/1000 %).

    A child that is `on` needs its parent `on`, unless `actors_only`. `hard`: can't be waived.
    """

    child: Address
    parent: Address
    at_least: int = FULL
    hard: bool = False
    actors_only: bool = False
    reason: str = ""
    range: Range | None = None


@dataclass(frozen=True, slots=True)
class Dependency:
    """`depends_on`: an order, with no level."""

    child: Address
    parent: Address
    range: Range | None = None


@dataclass(frozen=True, slots=True)
class Toggle:
    """A toggle that the configuration knows.

    `exposure` None: it is known and can be depended on, but never written. `at_least` is the least that
    counts as that (`between`). `stage` is where they come from, `rollout` the one whose stages list it: with
    that and no exposure it has no Go. `expect_drift`: its environment turns it up or down by itself, so that a
    difference is no hand's.
    """

    address: Address
    key: str
    product: Address | None = None
    title: str = ""
    exposure: Exposure | OpenDecision | None = None
    at_least: Exposure | None = None
    rollout: Address | None = None
    stage: StageName | None = None
    aliases: tuple[str, ...] = ()
    create: bool = False
    protected: bool = False
    expect_drift: bool = False
    requirements: tuple[Requirement, ...] = ()
    depends_on: tuple[Dependency, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    range: Range | None = None
    key_range: Range | None = None
    exposure_range: Range | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """A kind of person: its share of the product's people (0 to 1), what on and off mean to them."""

    name: str
    share: Decimal | None
    on: str
    off: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Product:
    address: Address
    title: str
    owner: Address | None = None
    people: int | None = None
    segments: tuple[Segment, ...] = ()
    range: Range | None = None


@dataclass(frozen=True, slots=True)
class Role:
    """Who must agree. `signers`: OpenSSH allowed-signers lines; `github_team`: `org/team`."""

    address: Address
    signers: tuple[str, ...] = ()
    github_team: str = ""
    range: Range | None = None


@dataclass(frozen=True, slots=True)
class Experience:
    """What a person really gets: a condition over toggles and segments.

    `ids`: with which kind of id its toggles are evaluated, where that isn't the usual one.
    """

    address: Address
    title: str
    when: Condition
    product: Address | None = None
    range: Range | None = None
    ids: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """What restrains a plan as a whole; None: no limit.

    `max_raise` in 1/1000 percentage points of one toggle in one plan, `max_changed_share` as a
    part (0 to 1) of the managed toggles, from 10 of them up. `prevent_self_approval`: who wrote a
    change can't be the only one who approves it. `owner` may loosen all of it.
    """

    max_raise: int | None = None
    max_changed_share: Decimal | None = None
    owner: Address | None = None
    prevent_self_approval: bool = False
    freezes: tuple[Freeze, ...] = ()
    working_hours: WorkingHours | None = None
    waivers: tuple[Waiver, ...] = ()
    range: Range | None = None


@dataclass(frozen=True, slots=True)
class Removed:
    """`removed`: the toggle is forgotten on purpose; `delete`: its live toggle is deleted, too."""

    address: Address
    delete: bool
    range: Range | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """`moved`: the same toggle under another address."""

    source: Address
    target: Address
    range: Range | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """`value` is plain JSON; None where it is sensitive or undecided, with the reason in `hidden`."""

    name: str
    value: Any
    description: str = ""
    hidden: str = ""


@dataclass(frozen=True, slots=True)
class Verify:
    """`verify { source, url }`: where to look, as a visitor does, whether an apply has arrived."""

    source: str
    url: str
    range: Range | None = None


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """`provider "flipper" { source = "embedded" ... }`.

    `settings` are the block's attributes as plain JSON, without `source` and `propagation`.
    `sensitive` maps an attribute to its secret value: never stored or shown. `unknown` names the
    attributes that wait for a variable's value, where a configuration is checked without them.
    """

    kind: str
    source: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    sensitive: Mapping[str, str] = field(default_factory=dict, repr=False)
    propagation: timedelta = timedelta(0)
    range: Range | None = None
    unknown: frozenset[str] = frozenset()
    verify: Verify | None = None


@dataclass(frozen=True, slots=True)
class Backend:
    """Where the state is kept: `backend "local" { path = ... }`.

    `given` comes from outside (`-backend-config`) and goes before `settings`. It may hold secrets: it is
    never shown and never stored.
    """

    kind: str = "local"
    settings: Mapping[str, Any] = field(default_factory=dict)
    range: Range | None = None
    given: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def all(self) -> Mapping[str, Any]:
        return {**self.settings, **self.given}


@dataclass(frozen=True, slots=True)
class Settings:
    """The `flagstaff` block."""

    environment: str = "default"
    production: bool = False
    timezone: str = "UTC"
    backend: Backend = Backend()

    @property
    def zone(self) -> tzinfo:
        """In which times are told."""
        return zone_named(self.timezone)


@dataclass(frozen=True, slots=True)
class Desired:
    """One module, evaluated. Mappings are sorted by address (or name).

    `variables`: of each the value as plain JSON, under `value`; without it what may not be shown, or isn't chosen yet.
    """

    settings: Settings
    provider: ProviderSettings
    products: Mapping[Address, Product] = field(default_factory=dict)
    roles: Mapping[Address, Role] = field(default_factory=dict)
    toggles: Mapping[Address, Toggle] = field(default_factory=dict)
    experiences: Mapping[Address, Experience] = field(default_factory=dict)
    rollouts: Mapping[Address, Rollout] = field(default_factory=dict)
    blockers: Mapping[Address, Blocker] = field(default_factory=dict)
    monitors: Mapping[Address, Monitor] = field(default_factory=dict)
    triggers: Mapping[Address, Trigger] = field(default_factory=dict)
    policy: Policy = Policy()
    removed: tuple[Removed, ...] = ()
    moved: tuple[Moved, ...] = ()
    outputs: Mapping[str, Output] = field(default_factory=dict)
    open_decisions: tuple[OpenDecision, ...] = ()
    variables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def owner(self, toggle: Toggle) -> Address | None:
        """The role that answers for a toggle: its product's owner."""
        product = self.products.get(toggle.product) if toggle.product else None
        return product.owner if product else None
