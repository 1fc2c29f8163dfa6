"""Consents among the guards: who has to agree before toggles go as far as a stage takes them. Pure.

A pull request that takes the `approval` out of a stage, or takes toggles out of that stage, must not be what lets them
go up: the consent of the last apply stays in force until the role in it agrees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flagstaff.addresses import Address
from flagstaff.diagnostics import Range
from flagstaff.model.configuration import Desired
from flagstaff.model.exposure import Exposure
from flagstaff.model.rollout import Stage, StageName
from flagstaff.plan.plan import GuardChange


@dataclass(frozen=True, slots=True)
class Consent:
    """`roles` must agree before any of `toggles` reaches `level` (1/1000 %); no toggles: before the stage begins."""

    stage: StageName
    roles: tuple[Address, ...]
    toggles: tuple[Address, ...] = ()
    level: int = 0
    range: Range | None = None


Consents = Mapping[StageName, Consent]


def declared(desired: Desired) -> Consents:
    """Those of all stages whose exposure is decided."""
    stages = (stage for rollout in desired.rollouts.values() for stage in rollout.stages)
    return {stage.name: _consent(stage) for stage in stages if stage.approvals and _is_decided(stage)}


def _is_decided(stage: Stage) -> bool:
    return isinstance(stage.exposure, Exposure) or (stage.exposure is None and not stage.toggles)


def _consent(stage: Stage) -> Consent:
    level = stage.exposure.level if isinstance(stage.exposure, Exposure) else 0
    return Consent(stage.name, tuple(sorted(stage.approvals)), tuple(sorted(stage.toggles)), level, stage.range)


def compare(
    old: Consents, new: Consents, enforceable: Callable[[Address], Address | None]
) -> tuple[Consents, Consents, tuple[GuardChange, ...]]:
    """What is in force, what of it only until its role agrees, and the changes."""
    in_force, waiting, changes = dict(new), {}, []
    for stage in sorted(old.keys() | new.keys()):
        before, after = old.get(stage), new.get(stage)
        texts = _text(before), _text(after)
        if texts[0] == texts[1]:
            continue
        loosens = before is not None and not _covers(after, before)
        lost = before.roles if before is not None and loosens else ()
        role = next((found for each in lost if (found := enforceable(each))), None)
        place = after.range if after else None
        changes.append(GuardChange("approval", str(stage), *texts, loosens, role, place))
        if role and before is not None:
            in_force[stage] = waiting[stage] = _both(before, after)
    return dict(sorted(in_force.items())), waiting, tuple(changes)


def _covers(new: Consent | None, old: Consent) -> bool:
    if new is None or new.level > old.level:
        return False
    return set(old.roles) <= set(new.roles) and set(old.toggles) <= set(new.toggles)


def _both(old: Consent, new: Consent | None) -> Consent:
    if new is None:
        return old
    return Consent(
        old.stage,
        tuple(sorted({*old.roles, *new.roles})),
        tuple(sorted({*old.toggles, *new.toggles})),
        min(old.level, new.level),
        new.range,
    )


def _text(consent: Consent | None) -> str:
    if consent is None:
        return "none"
    reach = f" for {Exposure(consent.level)} of {', '.join(map(str, consent.toggles))}" if consent.toggles else ""
    return f"{', '.join(map(str, consent.roles))}{reach}"


def renamed(consents: Consents, new: Callable[[Address], Address]) -> Consents:
    """The same after toggles were given other addresses."""
    return {
        stage: replace(consent, toggles=tuple(sorted(map(new, consent.toggles)))) for stage, consent in consents.items()
    }


def crossed(consents: Iterable[Consent], toggle: Address, live: int, wanted: int) -> tuple[Consent, ...]:
    """Those that a raise of the toggle from one level to another needs."""
    return tuple(one for one in consents if toggle in one.toggles and live < one.level <= wanted)


def documents(consents: Consents) -> list[dict[str, Any]]:
    """Plain JSON for the state."""
    return [
        {
            "stage": str(stage),
            "roles": [str(role) for role in consent.roles],
            "toggles": [str(toggle) for toggle in consent.toggles],
            "level": Exposure(consent.level).encode(),
        }
        for stage, consent in sorted(consents.items())
    ]


def read(items: Iterable[Mapping[str, Any]]) -> Consents:
    """Read what `documents` wrote; raises KeyError, TypeError or ValueError for anything else."""
    found = (
        Consent(
            StageName.parse(item["stage"]),
            tuple(map(Address.parse, item["roles"])),
            tuple(map(Address.parse, item["toggles"])),
            Exposure.parse(item["level"]).level,
        )
        for item in items
    )
    return {consent.stage: consent for consent in found}
