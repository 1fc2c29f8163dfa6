"""Toggle blocks: from instances to `Toggle`s, and what must hold between their keys."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping

from flagstaff.addresses import Address
from flagstaff.config.instance import Instance
from flagstaff.config.quantities import level
from flagstaff.diagnostics import Diagnostics, Range, Related
from flagstaff.language.nodes import Attribute
from flagstaff.model.configuration import Dependency, OpenDecision, Requirement, Toggle
from flagstaff.model.exposure import FULL, OFF, ON, Exposure


def toggle(instance: Instance) -> Toggle:
    """The toggle of an instance; its mistakes are reported, and what is wrong is left out."""
    address = instance.address
    assert address is not None
    exposure, exposure_range = _exposure(instance)
    key = instance.text("key")
    if instance.value("key").data is not None and not instance.value("key").is_unknown:
        _check_key(instance, "key", key, instance.range("key"))
    aliases = instance.texts("aliases")
    for alias, place in aliases:
        _check_key(instance, "alias", alias, place)
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
        requirements=tuple(_requirements(instance, address)),
        depends_on=tuple(_dependencies(instance, address)),
        range=instance.block.header_range,
        key_range=instance.range("key"),
        exposure_range=exposure_range,
    )


def _exposure(instance: Instance) -> tuple[Exposure | OpenDecision | None, Range | None]:
    attributes: list[Attribute] = []
    found: list[Exposure | OpenDecision | None] = []
    if not instance.value("percentage").is_null:
        percentage = level(instance, "percentage")
        attributes.append(instance.attribute("percentage"))
        found.append(instance.decision("percentage") if percentage is None else Exposure(percentage))
    if not instance.value("enabled").is_null:
        enabled = instance.value("enabled").data
        attributes.append(instance.attribute("enabled"))
        found.append((ON if enabled else OFF) if isinstance(enabled, bool) else instance.decision("enabled"))
    if len(attributes) == 2:
        first, second = sorted(attributes, key=lambda attribute: attribute.start)
        detail = (
            f"{instance.title} has both {first.name} ({first.range}) and {second.name} ({second.range}). A toggle's "
            "exposure comes from one place: remove one of the two."
        )
        instance.error("Two sources of exposure", detail, second.range, (Related(first.range, "the other one"),))
    return (found[0], attributes[0].range) if found else (None, None)


def _requirements(instance: Instance, child: Address) -> Iterable[Requirement]:
    for nested in instance.nested("requires"):
        at_least = level(nested, "at_least", "Requirement level")
        hard, actors_only = nested.flag("hard", undecided=True), nested.flag("actors_only")
        reason = nested.text("reason")
        for parent, place in nested.many("toggles"):
            if parent == child:
                detail = f"{child} can't require itself. Take it out of the list."
                instance.error("Toggle requires itself", detail, place)
                continue
            yield Requirement(
                child=child,
                parent=parent,
                at_least=FULL if at_least is None else at_least,
                hard=hard,
                actors_only=actors_only,
                reason=reason,
                range=nested.attribute("at_least").range if nested.has("at_least") else place,
            )


def _dependencies(instance: Instance, child: Address) -> Iterable[Dependency]:
    for parent, place in instance.many("depends_on"):
        if parent == child:
            instance.error(
                "Toggle depends on itself", f"{child} can't depend on itself. Take it out of the list.", place
            )
        else:
            yield Dependency(child, parent, place)


def _check_key(instance: Instance, what: str, text: str, place: Range | None) -> None:
    if not text.strip():
        shown = "empty" if not text else f"only white space ({visible(text)})"
        instance.error(f"Invalid {what}", f"The {what} of {instance.title} is {shown}.", place)
    elif text != text.strip():
        detail = (
            f"The {what} of {instance.title} has white space around it: {visible(text)}. No code reads a toggle by "
            f"that name; remove the white space."
        )
        instance.error(f"Invalid {what}", detail, place)
    elif any(unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp"} for character in text):
        detail = f"The {what} of {instance.title} has a control character in it: {visible(text)}. Remove it."
        instance.error(f"Invalid {what}", detail, place)


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
            if alias and alias != one.key:
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
        instance.error(f"Duplicate {what}", detail, place, related)
        return
    first, kind, first_place = folded.setdefault(text.casefold(), (one, what, place))
    if first is not one and what == kind == "key":
        related = () if first_place is None else (Related(first_place, f"the key of {first.address}"),)
        detail = (
            f"{visible(text)} of {one.address} and {visible(first.key)} of {first.address} ({first_place}) are two "
            "toggles to a store that minds case. Make sure that both exist."
        )
        warn(instance, "Keys differ by case only", detail, place, related)


def warn(instance: Instance, summary: str, detail: str, place: Range | None, related: tuple[Related, ...] = ()) -> None:
    diagnostics: Diagnostics = instance.module.diagnostics
    diagnostics.warning(
        summary, detail, place, context=instance.context, address=str(instance.address), related=related
    )


def _place(one: Toggle) -> tuple[str, int, Address]:
    assert one.range is not None
    return (one.range.filename, one.range.start.byte, one.address)
