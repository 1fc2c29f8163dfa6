"""Builders of small configurations, stores and plans, for tests of what works on plans."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from flagstaff.addresses import Address
from flagstaff.model.configuration import (
    Dependency,
    Desired,
    OpenDecision,
    Policy,
    Product,
    ProviderSettings,
    Requirement,
    Role,
    Settings,
    Toggle,
)
from flagstaff.model.exposure import Exposure
from flagstaff.model.live import Raw, Snapshot, Step
from flagstaff.model.recorded import Recorded, ToggleRecord
from flagstaff.plan.guards import declared, encode_guards
from flagstaff.plan.inputs import Evidence, Options
from flagstaff.plan.plan import Plan
from flagstaff.plan.planner import make_plan
from flagstaff.providers.flipper.dialect import FlipperDialect, perform

NOW = datetime(2026, 1, 27, 14, 0, tzinfo=UTC)
EVIDENCE = Evidence(NOW, "0.1.0")
EMBEDDED = Options("flipper.embedded", embedded=True)
DIALECT = FlipperDialect(atomic=True)
OWNER = Address("role", "owner")


def address(name: str) -> Address:
    """`toggle.NAME`; a full address is taken as it is."""
    return Address.parse(name) if "." in name else Address("toggle", name)


def toggle(
    name: str,
    exposure: str | OpenDecision | None = None,
    *,
    requires: Iterable[str] = (),
    at_least: str = "100",
    after: Iterable[str] = (),
    **fields: Any,
) -> Toggle:
    """A toggle whose key is `NAME_enabled`; `exposure` as `Exposure.parse` reads it."""
    own = address(name)
    level = Exposure.parse(at_least).level
    made = Toggle(
        own,
        key=f"{own.name}_enabled" if own.index is None else f"{own.name}_{own.index}_enabled",
        exposure=Exposure.parse(exposure) if isinstance(exposure, str) else exposure,
        requirements=tuple(Requirement(own, address(parent), level) for parent in requires),
        depends_on=tuple(Dependency(own, address(parent)) for parent in after),
    )
    return replace(made, **fields)


def desired(*toggles: Toggle, **fields: Any) -> Desired:
    """A configuration of these toggles, on an embedded Flipper."""
    made = Desired(
        settings=Settings(environment="test"),
        provider=ProviderSettings("flipper", "embedded", {"path": "live.json"}),
        toggles={item.address: item for item in sorted(toggles, key=lambda item: item.address.sort_key)},
    )
    return replace(made, **fields)


def owned(*signers: str) -> dict[str, Any]:
    """Fields of `desired` with a product `product.p` whose owner, `role.owner`, has these signers."""
    product = Address("product", "p")
    return {
        "products": {product: Product(product, "P", owner=OWNER)},
        "roles": {OWNER: Role(OWNER, signers)},
    }


def policy(max_raise: str | None = None, share: str | None = None) -> Policy:
    """Limits in points and as a part of one."""
    return Policy(
        max_raise=None if max_raise is None else int(Decimal(max_raise) * 1000),
        max_changed_share=None if share is None else Decimal(share),
    )


def raw(exposure: str, *actors: str, **gates: Any) -> Raw:
    """A Flipper toggle at that exposure, with these testers and other gates."""
    level = Exposure.parse(exposure)
    return {
        "boolean": "true" if level.is_on else None,
        "groups": [],
        "actors": list(actors),
        "percentage_of_actors": None if level.is_on else level.encode(),
        "percentage_of_time": None,
        "expression": None,
        **gates,
    }


def snapshot(**live: str | Raw) -> Snapshot:
    """A store with a toggle `NAME_enabled` for each keyword."""
    return Snapshot(
        {f"{name}_enabled": raw(value) if isinstance(value, str) else value for name, value in live.items()}, NOW
    )


def recorded(config: Desired | None = None, **exposures: str) -> Recorded:
    """A state in which each named toggle was last applied at that exposure."""
    return Recorded(
        lineage="lineage",
        serial=1,
        toggles={address(n): ToggleRecord(f"{n}_enabled", Exposure.parse(e), NOW) for n, e in exposures.items()},
        guards=encode_guards(declared(config)) if config is not None else None,
    )


def plan(
    config: Desired, live: Snapshot, record: Recorded | None = None, options: Options = EMBEDDED, **fields: Any
) -> Plan:
    """Plan with the embedded Flipper dialect at `NOW`; `fields` replace those of the options."""
    return make_plan(config, live, DIALECT, record or Recorded(), EVIDENCE, replace(options, **fields))


def after(live: Snapshot, steps: Iterable[Step]) -> Snapshot:
    """The store once these steps are done."""
    toggles: dict[str, Raw] = dict(live.toggles)
    for step in steps:
        done = perform(step, toggles.get(step.key))
        if done is None:
            toggles.pop(step.key, None)
        else:
            toggles[step.key] = done
    return replace(live, toggles=toggles)


def applied(made: Plan, live: Snapshot, record: Recorded | None = None) -> tuple[Snapshot, Recorded]:
    """The store and the record after everything in the plan was done."""
    old = record or Recorded()
    toggles: dict[Address, ToggleRecord] = dict(old.toggles)
    for change in made.core.records:
        if change.moved_from is not None:
            toggles[change.address] = toggles.pop(change.moved_from)
        if change.exposure is not None:
            toggles[change.address] = ToggleRecord(change.key, change.exposure, NOW)
        if change.action.value == "forget":
            toggles.pop(change.address, None)
    for move in made.core.moves:
        if move.after is None:
            toggles.pop(move.address, None)
        else:
            toggles[move.address] = ToggleRecord(move.key, move.after, NOW, created=move.action.value == "create")
    new = replace(
        old,
        lineage=old.lineage or "lineage",
        serial=old.serial + 1,
        toggles=toggles,
        applied=made.observed.applied,
        guards=made.observed.guards,
    )
    return after(live, (step for move in made.core.moves for step in move.steps)), new


def exposures(live: Snapshot) -> Mapping[str, str]:
    """What every toggle of a store is at, as text."""
    return {key: str(DIALECT.live(value).exposure) for key, value in live.toggles.items()}
