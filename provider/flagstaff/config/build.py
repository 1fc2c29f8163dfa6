"""From parsed files to `Desired`: declared, evaluated, decoded, checked. Pure.

Rule: every stage goes on after mistakes, and what a mistake left unknown is passed over in
silence, so that each mistake of a configuration is said, and said once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar
from zoneinfo import ZoneInfo

from flagstaff.addresses import Address
from flagstaff.config import evidence, lifecycle, monitors, people, rollouts, settings, toggles
from flagstaff.config.instance import Instance
from flagstaff.config.order import order
from flagstaff.config.outputs import output
from flagstaff.config.parts import evaluate_parts, parts
from flagstaff.config.policy import policy
from flagstaff.config.scope import Module
from flagstaff.config.structure import Declared, declare
from flagstaff.config.variables import Assigned, Given, assign, read_variables, shown, validate
from flagstaff.diagnostics import Diagnostic, Diagnostics
from flagstaff.language.nodes import Body
from flagstaff.model.configuration import Desired, Moved, Output, Policy, Removed, Settings, Toggle
from flagstaff.model.rollout import Blocker, Monitor, Trigger

_T = TypeVar("_T")


def build(
    bodies: Sequence[Body],
    given: Sequence[Given],
    diagnostics: Diagnostics,
    *,
    version: str,
    incomplete: frozenset[str] = frozenset(),
    require_values: bool = True,
    require_secrets: bool = True,
) -> Desired | None:
    """The configuration that the files declare, as far as it could be made; None without a provider.

    It is whole only if `diagnostics` has no error.

    `given` are the variables' values, the strongest last; `require_values` false: those of the
    others are unknown. `incomplete` names the files with syntax errors; what is not declared may
    stand in them, and is not reported.
    """
    found = Diagnostics()
    declared = declare(bodies, incomplete, found)
    if not incomplete and not any(block.type == "provider" for body in bodies for block in body.blocks):
        detail = (
            "No provider block says where the toggles live. Add one, such as "
            'provider "flipper" { source = "snapshot", path = "live.json" }, with each attribute on its own line.'
        )
        found.error("Missing provider", detail)
    variables = read_variables(declared, found)
    needed = frozenset(
        name for name, one in variables.items() if require_values and (require_secrets or not one.sensitive)
    )
    assigned = assign(variables, given, declared, found, needed=needed)
    desired = _desired(_module(declared, assigned, found), version)
    diagnostics.extend(_once(found))
    return desired and replace(desired, variables=shown(assigned))


def _module(declared: Declared, assigned: Mapping[str, Assigned], diagnostics: Diagnostics) -> Module:
    """The module with everything in it evaluated."""
    module = Module(declared, {name: one.value for name, one in assigned.items()}, diagnostics)
    for name, one in assigned.items():
        if one.expression is not None:
            module.note(one.value, one.expression, f"var.{name}")
    edges = parts(declared)
    ordered = order(edges, diagnostics)
    module.broken = ordered.broken
    targets = {edge.target for found in edges.values() for edge in found}
    evaluate_parts(ordered.parts, targets, module)
    validate(assigned.values(), module)
    return module


def _desired(module: Module, version: str) -> Desired | None:
    flagstaff = [settings.settings(instance, version) for instance in _instances(module, "flagstaff")]
    providers = [settings.provider(instance) for instance in _instances(module, "provider")]
    general = flagstaff[0] if flagstaff else Settings()
    zone = ZoneInfo(general.timezone)
    policies = [policy(instance, zone) for instance in _instances(module, "policy")]
    products, roles = _decode(module, "product", people.product), _decode(module, "role", people.role)
    own = _decode(module, "toggle", lambda instance: toggles.toggle(instance, zone))
    experiences = _decode(module, "experience", people.experience)
    ramps = _ramps(module, zone)
    removed = _pairs(module, "removed", lifecycle.removed)
    moved = _pairs(module, "moved", lifecycle.moved)
    _check(module, own, removed, moved)
    outputs = _outputs(module)
    if not providers:
        return None
    return Desired(
        settings=general,
        provider=providers[0],
        products=products,
        roles=roles,
        toggles=rollouts.placed(own, tuple(ramps.found.values())),
        experiences=experiences,
        rollouts={address: one.rollout for address, one in ramps.found.items()},
        blockers=ramps.blockers,
        monitors=ramps.monitors,
        triggers=ramps.triggers,
        policy=policies[0] if policies else Policy(),
        removed=tuple(sorted((one for _, one in removed), key=lambda one: one.address.sort_key)),
        moved=tuple(
            sorted(
                lifecycle.expanded((one for _, one in moved), own),
                key=lambda one: (one.source.sort_key, one.target.sort_key),
            )
        ),
        outputs=outputs,
        open_decisions=module.decisions,
    )


@dataclass(frozen=True, slots=True)
class _Ramps:
    """The rollouts and what they rest on."""

    found: Mapping[Address, rollouts.Ramp]
    blockers: Mapping[Address, Blocker]
    monitors: Mapping[Address, Monitor]
    triggers: Mapping[Address, Trigger]


def _ramps(module: Module, zone: ZoneInfo) -> _Ramps:
    blockers = _decode(module, "blocker", evidence.blocker)
    measured = _decode(module, "monitor", monitors.monitor)
    triggers = _decode(module, "trigger", lambda instance: monitors.trigger(instance, measured))
    waiting = {address: monitors.open_decisions(one) for address, one in measured.items()}
    for instance in _instances(module, "blocker"):
        if instance.address is not None and blockers[instance.address].blocking:
            waiting[instance.address] = instance.decisions("status", "blocking")
    found = _decode(module, "rollout", lambda instance: rollouts.ramp(instance, waiting, zone))
    return _Ramps(found, blockers, measured, triggers)


def _outputs(module: Module) -> dict[str, Output]:
    found = [
        one
        for block in module.declared.of("output")
        if (instances := module.expanded(block)) is not None and (one := output(block, instances.values())) is not None
    ]
    return {one.name: one for one in sorted(found, key=lambda one: one.name)}


def _check(
    module: Module,
    decoded: Mapping[Address, Toggle],
    removed: Sequence[tuple[Instance, Removed]],
    moved: Sequence[tuple[Instance, Moved]],
) -> None:
    instances = {
        instance.address: instance for instance in _instances(module, "toggle") if instance.address is not None
    }
    toggles.check_keys(decoded, instances)
    toggles.check_cycles(decoded, instances)
    lifecycle.check_removed(removed, decoded)
    declared = {block.labels[0].value: block for block in module.declared.of("toggle")}
    lifecycle.check_moved(moved, decoded, declared)


def _instances(module: Module, kind: str) -> Iterator[Instance]:
    for block in module.declared.of(kind):
        yield from module.instances(block)


def _decode(module: Module, kind: str, make: Callable[[Instance], _T | None]) -> dict[Address, _T]:
    found = {
        instance.address: one
        for instance in _instances(module, kind)
        if (one := make(instance)) is not None and instance.address is not None
    }
    return {address: found[address] for address in sorted(found, key=lambda address: address.sort_key)}


def _pairs(module: Module, kind: str, make: Callable[[Instance], _T | None]) -> list[tuple[Instance, _T]]:
    return [(instance, one) for instance in _instances(module, kind) if (one := make(instance)) is not None]


def _once(found: Diagnostics) -> list[Diagnostic]:
    """Each mistake once: the instances of a repeated block share most of theirs."""
    unique: dict[object, Diagnostic] = {}
    for item in found:
        detail = item.detail if item.address is None else item.detail.replace(item.address, "")
        unique.setdefault((item.severity, item.summary, detail, item.range), item)
    return list(unique.values())
