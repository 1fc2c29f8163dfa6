"""Recalling: what `plan.applied` wrote, read back as far as a rollback needs it. Pure.

An entry that can't be read is left out, whoever wrote it: nothing here stops a rollback.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Any, TypeVar

from flagstaff.addresses import Address
from flagstaff.model.configuration import (
    Dependency,
    Desired,
    Product,
    ProviderSettings,
    Requirement,
    Segment,
    Settings,
    Toggle,
)
from flagstaff.model.exposure import Exposure
from flagstaff.model.rollout import Rollout, Stage, StageName

T = TypeVar("T")
_UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, ArithmeticError)


def recall(document: Mapping[str, Any]) -> Desired:
    """What `plan.applied` wrote, as far as a rollback needs it and as far as it can be read."""
    return Desired(
        Settings(),
        ProviderSettings("", ""),
        products=dict(_read(document, "products", _product)),
        toggles=dict(_read(document, "toggles", _toggle)),
        rollouts=dict(_read(document, "rollouts", _rollout)),
    )


def _items(document: Mapping[str, Any], name: str) -> Iterator[tuple[str, Any]]:
    found = document.get(name)
    yield from found.items() if isinstance(found, Mapping) else ()


def _read(
    document: Mapping[str, Any], name: str, read: Callable[[Address, Mapping[str, Any]], T]
) -> Iterator[tuple[Address, T]]:
    for text, entry in _items(document, name):
        with suppress(*_UNREADABLE):
            address = Address.parse(text)
            yield address, read(address, entry)


def _address(text: Any) -> Address | None:
    return Address.parse(text) if text else None


def _product(address: Address, entry: Mapping[str, Any]) -> Product:
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


def _toggle(address: Address, entry: Mapping[str, Any]) -> Toggle:
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


def _requirement(child: Address, entry: Mapping[str, Any]) -> Requirement:
    return Requirement(
        child,
        Address.parse(entry["toggle"]),
        Exposure.parse(entry["at_least"]).level,
        hard=bool(entry.get("hard")),
        actors_only=bool(entry.get("actors_only")),
        reason=entry.get("reason", ""),
    )


def _rollout(address: Address, entry: Mapping[str, Any]) -> Rollout:
    stages: list[Stage] = []
    said = entry["stages"]
    for one in ({"name": name, **stage} for name, stage in said.items()) if isinstance(said, Mapping) else said:
        before = tuple(stage.name.name for stage in stages)
        exposure = one.get("exposure")
        stages.append(
            Stage(
                StageName(address, one["name"].rpartition(".stage.")[2]),
                title=one.get("title", ""),
                exposure=Exposure.parse(exposure) if isinstance(exposure, str) else None,
                toggles=tuple(map(Address.parse, one.get("toggles", ()))),
                after=tuple(one.get("after", before)),
            )
        )
    return Rollout(address, entry.get("title", ""), _address(entry.get("product")), stages=tuple(stages))


def recalled_experiences(
    document: Mapping[str, Any],
) -> tuple[dict[Address, str], dict[Address, tuple[str, Address | None]]]:
    """Their conditions as text, and their titles and products."""
    texts: dict[Address, str] = {}
    named: dict[Address, tuple[str, Address | None]] = {}
    for name, entry in _items(document, "experiences"):
        with suppress(*_UNREADABLE):
            address = Address.parse(name)
            product = _address(entry.get("product"))
            texts[address], named[address] = str(entry["when"]), (str(entry["title"]), product)
    return texts, named
