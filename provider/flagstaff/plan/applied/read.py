"""Reading the applied configuration: what `written` wrote, as a `Desired`, as far as it can be read. Pure.

For a rollback, and for readers when the configuration is broken or gone. An entry that can't be read is left out,
whoever wrote it: nothing here stops a rollback. What only the configuration has (documents, risks) is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import is_dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, TypeVar

from flagstaff.addresses import Address
from flagstaff.model.configuration import (
    Dependency,
    Desired,
    Product,
    ProviderSettings,
    Requirement,
    Role,
    Segment,
    Settings,
    Toggle,
)
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.exposure import Exposure
from flagstaff.model.rollout import Blocker, Rollout, Soak, Stage, StageName, Trigger, Waiver
from flagstaff.plan.applied.monitors import read_monitor
from flagstaff.plan.applied.sound import is_sound

T = TypeVar("T")
Json = Mapping[str, Any]
_UNREADABLE: Final = (KeyError, TypeError, ValueError, AttributeError, ArithmeticError)
_UNREAD: Final = OpenDecision("what this stage waits for can't be read from the state", None)


def remembered(document: Json) -> Desired:
    """The last applied configuration; an empty one where there is none."""
    return Desired(
        Settings(
            environment=str(document.get("environment", "")),
            production=bool(document.get("production")),
            timezone=str(document.get("timezone", "UTC")),
        ),
        ProviderSettings("", ""),
        products=dict(_all(document, "products", _product)),
        toggles=dict(_all(document, "toggles", _toggle)),
        roles=dict(_all(document, "roles", _role)),
        rollouts=dict(_all(document, "rollouts", _rollout)),
        blockers=dict(_all(document, "blockers", _blocker)),
        monitors=dict(_all(document, "monitors", read_monitor)),
        triggers=dict(_all(document, "triggers", _trigger)),
    )


def remembered_experiences(document: Json) -> tuple[dict[Address, str], dict[Address, tuple[str, Address | None]]]:
    """Their conditions as text, and their titles and products."""
    texts: dict[Address, str] = {}
    named: dict[Address, tuple[str, Address | None]] = {}
    for address, (text, title, product) in _all(document, "experiences", _experience):
        texts[address], named[address] = text, (title, product)
    return texts, named


def _all(document: Json, name: str, read: Callable[[Address, Json], T]) -> Iterator[tuple[Address, T]]:
    found = document.get(name)
    for text, entry in found.items() if isinstance(found, Mapping) else ():
        with suppress(*_UNREADABLE):
            address = Address.parse(text)
            item = read(address, entry)
            if not is_dataclass(item) or is_sound(item):
                yield address, item


def _product(address: Address, entry: Json) -> Product:
    segments = (
        Segment(
            one["name"],
            None if one["share"] is None else Decimal(one["share"]),
            one["on"],
            one["off"],
            one.get("title", ""),
        )
        for one in entry["segments"]
    )
    return Product(address, entry["title"], _address(entry["owner"]), entry["people"], tuple(segments))


def _toggle(address: Address, entry: Json) -> Toggle:
    return Toggle(
        address,
        entry["key"],
        product=_address(entry.get("product")),
        title=entry.get("title", ""),
        exposure=Exposure.parse(said) if isinstance(said := entry.get("exposure"), str) else None,
        aliases=tuple(entry.get("aliases", ())),
        protected=bool(entry.get("protected")),
        requirements=tuple(_requirement(address, one) for one in entry.get("requires", ())),
        depends_on=tuple(Dependency(address, Address.parse(parent)) for parent in entry.get("depends_on", ())),
    )


def _requirement(child: Address, entry: Json) -> Requirement:
    return Requirement(
        child,
        Address.parse(entry["toggle"]),
        Exposure.parse(entry["at_least"]).level,
        hard=bool(entry.get("hard")),
        actors_only=bool(entry.get("actors_only")),
        reason=entry.get("reason", ""),
    )


def _experience(_: Address, entry: Json) -> tuple[str, str, Address | None]:
    return str(entry["when"]), str(entry["title"]), _address(entry.get("product"))


def _role(address: Address, entry: Json) -> Role:
    return Role(address, tuple(entry["signers"]), entry["github_team"])


def _blocker(address: Address, entry: Json) -> Blocker:
    return Blocker(
        address,
        entry["title"],
        entry["status"],
        entry["blocking"],
        owner=_address(entry["owner"]),
        evidence=entry["evidence"],
        note=entry["note"],
        product=_address(entry["product"]),
    )


def _trigger(address: Address, entry: Json) -> Trigger:
    return Trigger(address, entry["title"], entry["reason"], entry["action"], _address(entry["monitor"]))


def _rollout(address: Address, entry: Json) -> Rollout:
    said = entry["stages"]
    # The first states had them by name, and no list of what comes before each.
    listed = [{"name": name, **stage} for name, stage in said.items()] if isinstance(said, Mapping) else said
    stages: list[Stage] = []
    for one in listed:
        stages.append(_stage(address, one, tuple(stage.name.name for stage in stages)))
    return Rollout(
        address,
        entry.get("title", ""),
        _address(entry.get("product")),
        _address(entry.get("owner")),
        go=tuple(entry.get("go", ())),
        stages=tuple(stages),
    )


def _stage(rollout: Address, entry: Json, before: tuple[str, ...]) -> Stage:
    """What a rollback needs of it, and all else or nothing: a part of what it waits for would look like the whole."""
    exposure = entry.get("exposure")
    stage = Stage(
        StageName(rollout, entry["name"].rpartition(".stage.")[2]),
        title=entry.get("title", ""),
        exposure=Exposure.parse(exposure) if isinstance(exposure, str) else None,
        toggles=_addresses(entry.get("toggles", ())),
        after=tuple(entry.get("after", before)),
    )
    try:
        return _with_entry(stage, entry)
    except _UNREADABLE:
        return replace(stage, open_decisions=(_UNREAD,))


def _with_entry(stage: Stage, entry: Json) -> Stage:
    stage = replace(
        stage,
        exposure=_undecided(entry["exposure"]) or stage.exposure,
        at_least=None if entry["at_least"] is None else Exposure.parse(entry["at_least"]),
        not_before=_undecided(entry["not_before"]) or _moment(entry["not_before"]),
        soak=_undecided(entry["soak"]) or _soak(entry["soak"]),
        together=entry["together"],
        meaning=entry["meaning"],
        blocked_by=_addresses(entry["blocked_by"]),
        monitors=_addresses(entry["monitors"]),
        approvals=_addresses(entry["approvals"]),
        triggers=_addresses(entry["triggers"]),
        max_raise=entry["max_raise"],
        waivers=tuple(_waiver(one) for one in entry["waivers"]),
        note=entry["note"],
    )
    parts = (stage.exposure, stage.not_before, stage.soak)
    return replace(stage, open_decisions=tuple(one for one in parts if isinstance(one, OpenDecision)))


def _waiver(entry: Json) -> Waiver:
    return Waiver(entry["check"], entry["reason"], datetime.fromisoformat(entry["until"]), _address(entry["of"]))


def _undecided(value: Any) -> OpenDecision | None:
    return OpenDecision(value["undecided"], None) if isinstance(value, Mapping) and "undecided" in value else None


def _moment(value: Any) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def _soak(value: Any) -> Soak | None:
    if value is None:
        return None
    most = value["maximum"]
    return Soak(timedelta(seconds=value["minimum"]), None if most is None else timedelta(seconds=most))


def _address(text: Any) -> Address | None:
    return Address.parse(text) if text else None


def _addresses(texts: Iterable[str]) -> tuple[Address, ...]:
    return tuple(map(Address.parse, texts))
