"""Toggle blocks: from instances to `Toggle`s, and what must hold between their keys."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from flagstaff.addresses import Address
from flagstaff.config.instance import Instance
from flagstaff.config.quantities import level, warn_of_fraction
from flagstaff.config.traversals import unwrapped
from flagstaff.config.waivers import waivers
from flagstaff.diagnostics import Range, Related
from flagstaff.graph.cycles import cycle_diagnostics
from flagstaff.graph.edges import edges
from flagstaff.language import nodes
from flagstaff.language.nodes import Attribute
from flagstaff.model.configuration import Dependency, Requirement, Toggle
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.exposure import FULL, OFF, ON, Exposure
from flagstaff.model.rollout import Waiver
from flagstaff.plan.check import CheckName

_INVALID: Final = {"key": "Invalid key", "alias": "Invalid alias"}
_UNUSUAL: Final = {"key": "Unusual key", "alias": "Unusual alias"}
_DUPLICATE: Final = {"key": "Duplicate key", "alias": "Duplicate alias"}


def toggle(instance: Instance, zone: ZoneInfo) -> Toggle:
    """The toggle of an instance; its mistakes are reported, and what is wrong is left out."""
    address = instance.address
    assert address is not None
    exposure, exposure_range = _exposure(instance)
    key, key_range = instance.text("key"), instance.range("key")
    if isinstance(instance.value("key").data, str):
        _check_key(instance, "key", key, key_range)
    aliases = instance.texts("aliases")
    for alias, place in aliases:
        _check_key(instance, "alias", alias, place)
    requirements, waived = tuple(_requirements(instance, address)), waivers(instance, zone)
    _check_waivers(instance, requirements, waived)
    return Toggle(
        address=address,
        key=key,
        product=instance.one("product"),
        title=instance.text("title"),
        exposure=exposure,
        aliases=tuple(alias for alias, _ in aliases),
        create=instance.flag("create"),
        # A guard that nobody has decided on restrains.
        protected=instance.flag("protected", undecided=True),
        expect_drift=instance.flag("expect_drift"),
        requirements=requirements,
        depends_on=tuple(_dependencies(instance, address)),
        waivers=waived,
        range=instance.block.header_range,
        key_range=key_range,
        exposure_range=exposure_range,
    )


def _exposure(instance: Instance) -> tuple[Exposure | OpenDecision | None, Range | None]:
    sources: list[tuple[Attribute, Exposure | OpenDecision | None]] = []
    if not instance.value("percentage").is_null:
        percentage = level(instance, "percentage")
        warn_of_fraction(instance, "percentage", percentage)
        exposure = instance.decision("percentage") if percentage is None else Exposure(percentage)
        sources.append((instance.attribute("percentage"), exposure))
    if not instance.value("enabled").is_null:
        enabled = instance.value("enabled").data
        exposure = (ON if enabled else OFF) if isinstance(enabled, bool) else instance.decision("enabled")
        sources.append((instance.attribute("enabled"), exposure))
    if len(sources) == 2 and not any(_may_be_null(instance, attribute.name) for attribute, _ in sources):
        first, second = sorted((attribute for attribute, _ in sources), key=lambda attribute: attribute.start)
        detail = (
            f"{instance.title} has both {first.name} ({first.range}) and {second.name} ({second.range}). A toggle's "
            "exposure comes from one place: remove one of the two."
        )
        instance.error("Two sources of exposure", detail, second.range, (Related(first.range, "the other one"),))
    return (sources[0][1], sources[0][0].range) if sources else (None, None)


def _may_be_null(instance: Instance, name: str) -> bool:
    """Whether the value is not known, and not because somebody has to choose it."""
    return instance.value(name).is_unknown and instance.decision(name) is None


def _requirements(instance: Instance, child: Address) -> Iterable[Requirement]:
    for nested in instance.nested("requires"):
        at_least = level(nested, "at_least", "Requirement level")
        hard, actors_only = nested.flag("hard", undecided=True), nested.flag("actors_only")
        reason = nested.text("reason")
        _warn_of_little(nested, at_least)
        for parent, place in _others(nested, "toggles", child, "require", "Toggle requires itself"):
            yield Requirement(
                child=child,
                parent=parent,
                at_least=FULL if at_least is None else at_least,
                hard=hard,
                actors_only=actors_only,
                reason=reason,
                range=nested.attribute("at_least").range if nested.has("at_least") else place,
            )


def _warn_of_little(instance: Instance, at_least: int | None) -> None:
    """A requirement that holds nobody back, or hardly anybody."""
    place = instance.range("at_least")
    if at_least == 0:
        detail = f'With "at_least" = 0 this requires nothing of {instance.title}. Give a percentage, or take it out.'
        instance.warn("Nothing is required", detail, place)
    elif at_least is not None and at_least <= 1000:
        percent = Decimal(at_least) / 1000
        detail = (
            f'"at_least" of {instance.title} is {percent:f}, in percent: what is required need only be at '
            f"{percent:f} %. Did you mean 100, the default? Then only people who have what is required get this toggle."
        )
        instance.warn("Percentage of 1 or less", detail, place)
    match unwrapped(instance.attribute("toggles").value) if instance.has("toggles") else None:
        case nodes.Tuple(items=()):
            detail = f"The list is empty, so this requires nothing of {instance.title}. Name toggles, or take it out."
            instance.warn("Nothing is required", detail, instance.range("toggles"))
        case _:
            pass


def _check_waivers(instance: Instance, requirements: Sequence[Requirement], waived: Iterable[Waiver]) -> None:
    """A waived requirement is there, and nobody said that it can't be waived."""
    for waiver in waived:
        meant = [one for one in requirements if waiver.of in {None, one.parent}]
        if waiver.check != CheckName.REQUIREMENT or any(not one.hard for one in meant):
            continue
        what = waiver.of or "anything"
        summary, detail = "Nothing to waive", f"{instance.title} doesn't require {what}. Take the waiver out."
        if meant:
            summary, what = "Requirement that can't be waived", " and ".join(str(one.parent) for one in meant)
            detail = f"{instance.title} requires {what} with hard = true, and that can't be waived by anybody."
        instance.error(summary, detail, waiver.range)


def _dependencies(instance: Instance, child: Address) -> Iterable[Dependency]:
    for parent, place in _others(instance, "depends_on", child, "depend on", "Toggle depends on itself"):
        yield Dependency(child, parent, place)


def _others(instance: Instance, name: str, child: Address, verb: str, summary: str) -> list[tuple[Address, Range]]:
    """The toggles that an attribute names; where the child is among them, that is a mistake."""
    parents = instance.many(name)
    own = [place for parent, place in parents if parent == child]
    for place in own:
        instance.error(summary, f"{child} can't {verb} itself. Take it out of the list.", place)
    # A repeated block in its own list names all of its instances: one mistake, not a circle of them.
    return [(parent, place) for parent, place in parents if place not in own]


def check_cycles(toggles: Mapping[Address, Toggle], instances: Mapping[Address, Instance]) -> None:
    """No toggle needs another one that needs it, however long the way."""
    for item in cycle_diagnostics(edges(toggles.values())):
        assert item.address is not None, "a cycle is put down to its first toggle"
        instance = instances[Address.parse(item.address)]
        instance.module.blame([item], instance.context, instance.address)


def _check_key(instance: Instance, what: str, text: str, place: Range | None) -> None:
    if not text.strip():
        shown = "empty" if not text else f"only white space ({visible(text)})"
        instance.error(_INVALID[what], f"The {what} of {instance.title} is {shown}.", place)
    elif text != text.strip():
        detail = (
            f"The {what} of {instance.title} has white space around it: {visible(text)}. No code reads a toggle by "
            f"that name; remove the white space."
        )
        instance.error(_INVALID[what], detail, place)
    elif any(unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp"} for character in text):
        detail = f"The {what} of {instance.title} has a control character in it: {visible(text)}. Remove it."
        instance.error(_INVALID[what], detail, place)
    elif len(text.split()) > 1:
        detail = f"The {what} of {instance.title} has white space in it: {visible(text)}. Make sure that it is so."
        instance.warn(_UNUSUAL[what], detail, place)
    elif text.startswith(":"):
        detail = (
            f"The {what} of {instance.title} starts with a colon: {visible(text)}. Code writes a Ruby symbol so; in "
            f"the store the key is {visible(text[1:])}."
        )
        instance.warn(_UNUSUAL[what], detail, place)


def visible(text: str) -> str:
    """The text in quotes, with every character that can't be seen as its escape."""
    escapes = {"\t": "\\t", "\n": "\\n", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
    shown = (
        escapes.get(character) or (character if character == " " or character.isprintable() else _escape(character))
        for character in text
    )
    return f'"{"".join(shown)}"'


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def check_keys(toggles: Mapping[Address, Toggle], instances: Mapping[Address, Instance]) -> None:
    """Each key and alias names one toggle; keys that differ by case only are suspicious."""
    names: dict[str, tuple[Toggle, str, Range | None]] = {}
    folded: dict[str, tuple[Toggle, str, Range | None]] = {}
    in_order = sorted(toggles.values(), key=_place)
    for one in in_order:
        if one.key:
            _check_name(one, "key", one.key, one.key_range, names, folded, instances[one.address])
    for one in in_order:
        for alias, place in instances[one.address].texts("aliases"):
            if alias == one.key:
                detail = f"{visible(alias)} is the key of {one.address} already. Take the alias out."
                instances[one.address].warn("Alias without use", detail, place)
            elif alias:
                _check_name(one, "alias", alias, place, names, folded, instances[one.address])


def _check_name(
    one: Toggle,
    what: str,
    text: str,
    place: Range | None,
    names: dict[str, tuple[Toggle, str, Range | None]],
    folded: dict[str, tuple[Toggle, str, Range | None]],
    instance: Instance,
) -> None:
    first, kind, first_place = names.setdefault(text, (one, what, place))
    if first is not one or first_place != place:
        related = () if first_place is None else (Related(first_place, f"the {kind} of {first.address}"),)
        detail = (
            f"{visible(text)} is the {what} of {one.address} and the {kind} of {first.address} ({first_place}). "
            "One name can stand for one toggle only."
        )
        if first is not one and first.address.block == one.address.block:
            detail += " Put each.key or count.index into it."
        instance.error(_DUPLICATE[what], detail, place, related)
        return
    first, kind, first_place = folded.setdefault(text.casefold(), (one, what, place))
    if first is not one and what == kind == "key":
        related = () if first_place is None else (Related(first_place, f"the key of {first.address}"),)
        detail = (
            f"{visible(text)} of {one.address} and {visible(first.key)} of {first.address} ({first_place}) are two "
            "toggles to a store that minds case. Make sure that both exist."
        )
        instance.warn("Keys differ by case only", detail, place, related)


def _place(one: Toggle) -> tuple[str, int, Address]:
    assert one.range is not None
    return (one.range.filename, one.range.start.byte, one.address)
