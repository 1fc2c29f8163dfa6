"""The source block of a monitor: checked against what its kind can be asked."""

from __future__ import annotations

from typing import Any

from flagstaff.config.instance import Instance, is_sensitive
from flagstaff.config.monitor_sources import COMMON, SOURCES, SourceSchema
from flagstaff.config.quantities import duration
from flagstaff.config.schema.shapes import REPETITION, AttributeSchema
from flagstaff.config.texts import choice
from flagstaff.diagnostics import did_you_mean
from flagstaff.language.convert import ConversionError, convert
from flagstaff.language.plain import to_plain
from flagstaff.language.values import is_wholly_known
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.rollout import MonitorSource

_LIST = ", ".join(SOURCES)


def source(instance: Instance) -> MonitorSource | OpenDecision:
    """Where its numbers come from; the first thing that is undecided, if anything is."""
    kind, known = instance.label, SOURCES.get(instance.label)
    names = [name for name in instance.block.body.attributes if name not in REPETITION]
    if known is None:
        detail = f'There is no source "{kind}". Known: {_LIST}.{did_you_mean(kind, SOURCES)}'
        instance.error("Unknown source", detail, instance.block.labels[0].range)
    else:
        _check_names(instance, known, names)
        _check_question(instance, known, names)
    settings: dict[str, Any] = {}
    sensitive: dict[str, str] = {}
    for name in sorted(names):
        schema = None if known is None else known.attributes.get(name)
        if schema is not None and not instance.value(name).is_null:
            _keep(instance, name, schema, settings, sensitive)
    if known is not None:
        for name, words in known.choices.items():
            choice(instance, name, words, words[-1])
        for name in known.durations:
            duration(instance, name)
    decision = next(iter(instance.decisions(*sorted(names))), None)
    return decision or MonitorSource(kind, settings, sensitive, instance.block.header_range)


def counts(instance: Instance) -> bool:
    """Whether it is asked for a number of cases and for how many there were."""
    return instance.has("numerator")


def _check_names(instance: Instance, known: SourceSchema, names: list[str]) -> None:
    for name in names:
        if name not in known.attributes and name not in COMMON:
            candidates = [*known.attributes, *COMMON]
            hint = did_you_mean(name, candidates) or f" It has {', '.join(candidates)}."
            detail = f'A source "{instance.label}" has no attribute "{name}".{hint}'
            instance.error("Unknown attribute", detail, instance.attribute(name).name_range)
    for name, schema in known.attributes.items():
        if schema.required and instance.value(name).is_null:
            detail = f'A source "{instance.label}" needs the attribute "{name}".'
            instance.error("Missing required attribute", detail, instance.block.header_range)


def _check_question(instance: Instance, known: SourceSchema, names: list[str]) -> None:
    """What is asked is said once, and whole."""
    if not known.asked_by:
        return
    ways = ", or ".join(" and ".join(way) for way in known.asked_by)
    begun = [way for way in known.asked_by if any(name in names for name in way)]
    if not begun:
        detail = f"It isn't said what {instance.title} is asked: {ways}."
        instance.error("Nothing is asked", detail, instance.block.header_range)
    elif len(begun) > 1:
        place = instance.attribute(next(name for name in names if name in begun[1])).name_range
        instance.error("Asked in two ways", f"{instance.title} is asked by {ways}, not by both.", place)
    elif missing := [name for name in begun[0] if name not in names]:
        detail = f'Only one half of the question is here: {instance.title} needs "{missing[0]}", too.'
        instance.error("Missing required attribute", detail, instance.block.header_range)


def _keep(
    instance: Instance, name: str, schema: AttributeSchema, settings: dict[str, Any], sensitive: dict[str, str]
) -> None:
    """Keep a value among the settings, or its secrets by the names of their attributes."""
    value = instance.value(name)
    if not is_wholly_known(value):
        return
    if is_sensitive(value) and not schema.credential:
        credentials = ", ".join(key for key, one in SOURCES[instance.label].attributes.items() if one.credential)
        where = f"A secret can stand in {credentials}." if credentials else "This source takes no secret."
        detail = f'"{name}" of {instance.title} would show a sensitive value. {where}'
        instance.error("Sensitive value not allowed", detail, instance.range(name))
        return
    try:
        converted = convert(value, schema.type)
    except ConversionError as error:
        detail = f'"{name}" of {instance.title} has the wrong type: {error}.'
        instance.error("Wrong type", detail, instance.range(name))
        return
    if not schema.credential:
        settings[name] = to_plain(converted)
    elif isinstance(converted.data, dict):
        sensitive.update({f"{name}.{key}": converted.data[key].text for key in sorted(converted.data)})
    else:
        sensitive[name] = converted.text
