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
    Policy,
    Product,
    ProviderSettings,
    Requirement,
    Role,
    Settings,
    Toggle,
)
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.exposure import Exposure
from flagstaff.model.live import Raw, Snapshot, Step
from flagstaff.model.recorded import Recorded, StageRecord, ToggleRecord
from flagstaff.model.rollout import Rollout, Stage, StageName
from flagstaff.plan.guards import declared, encode_guards
from flagstaff.plan.inputs import Evidence, Options
from flagstaff.plan.plan import Plan
from flagstaff.plan.planner import make_plan
from flagstaff.providers.flipper.dialect import FlipperDialect, perform
from flagstaff.state import stage_clock
from flagstaff.state.facts import StageChanged, StageEvent

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


def stage(
    name: str, exposure: str | tuple[str, str] | OpenDecision | None = None, *toggles: str, **fields: Any
) -> Stage:
    """A stage of whichever rollout it is put into; two exposures are `between` these."""
    least, most = exposure if isinstance(exposure, tuple) else (None, exposure)
    made = Stage(
        StageName(Address("rollout", "none"), name),
        exposure=Exposure.parse(most) if isinstance(most, str) else most,
        at_least=Exposure.parse(least) if least else None,
        toggles=tuple(map(address, toggles)),
    )
    return replace(made, **fields)


def rollout(name: str, *stages: Stage, go: Iterable[str] = (), **fields: Any) -> Rollout:
    """A rollout of these stages, each `after` the one before and every earlier one that shares a toggle."""
    own = Address("rollout", name)
    made: list[Stage] = []
    for number, item in enumerate(stages):
        before = [
            earlier.name.name
            for place, earlier in enumerate(made)
            if place == number - 1 or set(earlier.toggles) & set(item.toggles)
        ]
        after = item.after or tuple(before)
        made.append(replace(item, name=StageName(own, item.name.name), after=after))
    return replace(Rollout(own, go=tuple(go), stages=tuple(made)), **fields)


def ramped(*rollouts: Rollout, toggles: Iterable[Toggle] = (), **fields: Any) -> Desired:
    """A configuration of rollouts and their toggles (as given, or made), as their last stages with a Go want them."""
    known = {item.address: item for item in toggles}
    for item in rollouts:
        for listed in item.toggles:
            known[listed] = replace(known.get(listed, toggle(str(listed))), rollout=item.address)
        for one in item.stages:
            for listed in one.toggles if one.name.name in item.go else ():
                known[listed] = replace(known[listed], exposure=one.exposure, at_least=one.at_least, stage=one.name)
    by_address = {item.address: item for item in sorted(rollouts, key=lambda item: item.address)}
    return desired(*known.values(), **{"rollouts": by_address, **fields})


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
    config: Desired,
    live: Snapshot,
    record: Recorded | None = None,
    options: Options = EMBEDDED,
    evidence: Evidence = EVIDENCE,
    **fields: Any,
) -> Plan:
    """Plan with the embedded Flipper dialect at `NOW`, unless the evidence says otherwise; `fields` replace those of
    the options.
    """
    return make_plan(config, live, DIALECT, record or Recorded(), evidence, replace(options, **fields))


def at(time: datetime, **fields: Any) -> Evidence:
    """What is known at that time."""
    return replace(EVIDENCE, now=time, **fields)


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
    """The store and the record after everything in the plan was done, at the time when it was made."""
    old, now = record or Recorded(), made.observed.created
    toggles: dict[Address, ToggleRecord] = dict(old.toggles)
    for change in made.core.records:
        if change.moved_from is not None:
            toggles[change.address] = toggles.pop(change.moved_from)
        if change.exposure is not None:
            toggles[change.address] = ToggleRecord(change.key, change.exposure, now)
        if change.action.value == "forget":
            toggles.pop(change.address, None)
    for move in made.core.moves:
        if move.after is None:
            toggles.pop(move.address, None)
        else:
            toggles[move.address] = ToggleRecord(move.key, move.after, now, created=move.action.value == "create")
    new = replace(
        old,
        lineage=old.lineage or "lineage",
        serial=old.serial + 1,
        toggles=toggles,
        applied=made.observed.applied,
        guards=made.observed.guards,
        stages=_stages(made, old, toggles),
    )
    return after(live, (step for move in made.core.moves for step in move.steps)), new


def _stages(made: Plan, old: Recorded, toggles: Mapping[Address, ToggleRecord]) -> Mapping[StageName, StageRecord]:
    """What the journal of an apply that did all of the plan would make of the stages."""
    stages, now = dict(old.stages), made.observed.created
    for address_, record in toggles.items():
        stage_clock.lowered(stages, address_, record.exposure, now)
    for one in made.core.stages:
        begun = StageEvent.STARTED if one.partial else StageEvent.VERIFIED
        event = StageEvent.LEFT if one.left else begun
        stage_clock.change(stages, StageChanged(one.stage, event, one.toggles, one.least, one.meaning), now, "run")
    return stages


def exposures(live: Snapshot) -> Mapping[str, str]:
    """What every toggle of a store is at, as text."""
    return {key: str(DIALECT.live(value).exposure) for key, value in live.toggles.items()}
