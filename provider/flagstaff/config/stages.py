"""Stage blocks: from instances to the parts of `Stage`s that don't depend on the other stages."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flagstaff.addresses import Address
from flagstaff.config.instance import Instance
from flagstaff.config.quantities import durations, level, levels, warn_of_fraction
from flagstaff.config.texts import words
from flagstaff.config.times import moment
from flagstaff.config.waivers import waivers
from flagstaff.diagnostics import Range, Related
from flagstaff.language.values import is_wholly_known
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.exposure import OFF, ON, Exposure
from flagstaff.model.rollout import Soak, Stage, StageName

# What each blocker and monitor waits for, by its address.
Waiting = Mapping[Address, tuple[OpenDecision, ...]]


@dataclass(frozen=True, slots=True)
class Written:
    """A stage as it is written. `toggles` have the places where they are named; `after` is None where it isn't set."""

    stage: Stage
    instance: Instance
    toggles: Mapping[Address, Range]
    after: tuple[tuple[str, Range], ...] | None


@dataclass(frozen=True, slots=True)
class Entry:
    """What must be true before a stage starts: its own, or a whole rollout's."""

    blocked_by: tuple[Address, ...]
    monitors: tuple[Address, ...]
    triggers: tuple[Address, ...]
    approvals: tuple[Address, ...]
    soak: Soak | OpenDecision | None
    soak_range: Range | None
    decisions: tuple[OpenDecision, ...]


def entry(instance: Instance, waiting: Waiting) -> Entry:
    blocked_by, monitors, triggers = (_all(instance, name) for name in ("blocked_by", "monitors", "triggers"))
    approval = instance.one("approval")
    soak, decisions = _soak(instance), instance.decisions("blocked_by", "monitors", "approval", "soak")
    return Entry(
        blocked_by,
        monitors,
        triggers,
        () if approval is None else (approval,),
        soak,
        instance.range("soak") if soak is not None else None,
        (*decisions, *(one for address in (*blocked_by, *monitors) for one in waiting.get(address, ()))),
    )


def stage(instance: Instance, rollout: Address, of_all: Entry, waiting: Waiting, zone: ZoneInfo) -> Written:
    """`of_all` holds for every stage of the rollout."""
    own = entry(instance, waiting)
    exposure, at_least, exposure_range = _exposure(instance)
    toggles = dict(instance.many("toggles"))
    not_before = moment(instance, "not_before", zone)
    max_raise = level(instance, "max_raise", "Limit")
    _check_sense(instance, toggles)
    made = Stage(
        name=StageName(rollout, instance.name),
        title=words(instance, "title"),
        exposure=exposure,
        at_least=at_least,
        toggles=tuple(sorted(toggles)),
        not_before=not_before or instance.decision("not_before"),
        soak=of_all.soak if own.soak is None else own.soak,
        together=instance.flag("together"),
        meaning=instance.text("meaning"),
        blocked_by=_both(of_all.blocked_by, own.blocked_by),
        monitors=_both(of_all.monitors, own.monitors),
        approvals=_both(of_all.approvals, own.approvals),
        triggers=_both(of_all.triggers, own.triggers),
        max_raise=0 if instance.decision("max_raise") else max_raise,
        waivers=waivers(instance, zone),
        note=words(instance, "note"),
        open_decisions=_open(instance, of_all, own),
        range=instance.block.header_range,
        exposure_range=exposure_range,
        not_before_range=instance.range("not_before"),
        soak_range=of_all.soak_range if own.soak is None else own.soak_range,
    )
    return Written(made, instance, toggles, instance.texts("after") if _is_set(instance, "after") else None)


def _open(instance: Instance, of_all: Entry, own: Entry) -> tuple[OpenDecision, ...]:
    """All that the stage waits for, by place. A rollout's soak doesn't count where the stage has its own."""
    of_rollout = [one for one in of_all.decisions if one != of_all.soak or own.soak is None]
    mine = instance.decisions("percentage", "enabled", "toggles", "not_before", "max_raise")
    return sorted_decisions((*of_rollout, *own.decisions, *mine))


def sorted_decisions(found: tuple[OpenDecision, ...]) -> tuple[OpenDecision, ...]:
    """Each once, by place."""
    return tuple(sorted(dict.fromkeys(found), key=lambda one: (one.range is None, one.range, one.why)))


def _all(instance: Instance, name: str) -> tuple[Address, ...]:
    return tuple(address for address, _ in instance.many(name))


def _both(first: tuple[Address, ...], second: tuple[Address, ...]) -> tuple[Address, ...]:
    return tuple(dict.fromkeys((*first, *second)))


def _is_set(instance: Instance, name: str) -> bool:
    return not instance.value(name).is_null


def _soak(instance: Instance) -> Soak | OpenDecision | None:
    if (decision := instance.decision("soak")) is not None:
        return decision
    found = durations(instance, "soak")
    if found is None:
        return None
    return Soak(found[0], None if found[0] == found[1] else found[1])


def _exposure(instance: Instance) -> tuple[Exposure | OpenDecision | None, Exposure | None, Range | None]:
    """Where its toggles go, the least that counts as that where it is a span, and where that is written."""
    given = [name for name in ("percentage", "enabled") if _is_set(instance, name)]
    if not given:
        return None, None, None
    if len(given) == 2 and not any(instance.value(name).is_unknown for name in given):
        first, second = sorted((instance.attribute(name) for name in given), key=lambda attribute: attribute.start)
        detail = (
            f"{instance.title} has both {first.name} ({first.range}) and {second.name} ({second.range}). Remove one of "
            "the two."
        )
        instance.error("Two sources of exposure", detail, second.range, (Related(first.range, "the other one"),))
    name = given[0]
    place = instance.attribute(name).range
    if (decision := instance.decision(name)) is not None:
        return decision, None, place
    if name == "enabled":
        enabled = instance.value(name).data
        return ((ON if enabled else OFF) if isinstance(enabled, bool) else None), None, place
    return (*_percentage(instance), place)


def _percentage(instance: Instance) -> tuple[Exposure | None, Exposure | None]:
    found = levels(instance, "percentage")
    if found is None:
        return None, None
    low, high = found
    warn_of_fraction(instance, "percentage", low)
    if low == high:
        return Exposure(high), None
    if low == 0:
        detail = (
            f"From 0 on, {instance.title} would be done before it began. Give the least that counts, such as "
            "between(1, 5)."
        )
        instance.error("Stage that may be at 0", detail, instance.range("percentage"))
    return Exposure(high), Exposure(low)


def _check_sense(instance: Instance, toggles: Collection[Address]) -> None:
    """A percentage and toggles go together."""
    given = [name for name in ("percentage", "enabled") if _is_set(instance, name)]
    named = instance.value("toggles")
    is_empty = named.is_null or named.data == ()
    if given and is_empty:
        detail = (
            f"{instance.title} sets {given[0]} and names no toggles. Add toggles = [...], or take {given[0]} out: a "
            "stage without both moves nothing."
        )
        instance.error("Stage without toggles", detail, instance.range(given[0]))
    elif not given and not is_empty:
        detail = (
            f"{instance.title} names toggles, and not how far they go. Add percentage = 5; where nobody has chosen "
            'yet, percentage = undecided("why").'
        )
        instance.error("Stage without a percentage", detail, instance.range("toggles"))
    if instance.flag("together") and is_wholly_known(named) and len(toggles) < 2:
        detail = f"{instance.title} doesn't move two toggles, so there is nothing that could go together."
        instance.warn("Nothing to go together with", detail, instance.range("together"))
