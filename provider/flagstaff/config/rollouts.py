"""Rollout blocks: from instances to `Rollout`s, and from there to the exposures of toggles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from flagstaff.addresses import Address
from flagstaff.config import ramps
from flagstaff.config.evidence import document, risk
from flagstaff.config.instance import Instance
from flagstaff.config.stages import Waiting, Written, entry, stage
from flagstaff.config.texts import words
from flagstaff.config.waivers import waivers
from flagstaff.diagnostics import Range, Related, did_you_mean
from flagstaff.model.configuration import Toggle
from flagstaff.model.rollout import Document, Rollout, Stage


@dataclass(frozen=True, slots=True)
class Ramp:
    """A rollout with what is needed to say what is wrong with it."""

    rollout: Rollout
    instance: Instance
    stages: tuple[Written, ...]
    order: ramps.Order
    go: frozenset[int]


def ramp(instance: Instance, waiting: Waiting, zone: ZoneInfo) -> Ramp:
    address = instance.address
    assert address is not None
    of_all, waived = entry(instance, waiting), waivers(instance, zone)
    written = _distinct(stage(nested, address, of_all, waiting, zone) for nested in instance.nested("stage"))
    numbers = {one.stage.name.name: number for number, one in enumerate(written)}
    after = _after(written, numbers)
    order = ramps.order(after)
    if order.cycle:
        _circle(written, order.cycle)
    go = frozenset(number for name, place in instance.texts("go") for number in _named(instance, name, place, numbers))
    stages = tuple(
        replace(
            one.stage,
            after=tuple(written[number].stage.name.name for number in numbers_),
            waivers=(*waived, *one.stage.waivers),
        )
        for one, numbers_ in zip(written, after, strict=True)
    )
    rollout = Rollout(
        address=address,
        title=words(instance, "title", address.name),
        product=instance.one("product"),
        owner=instance.owner,
        go=tuple(stages[number].name.name for number in sorted(go)),
        stages=stages,
        risks=tuple(map(risk, instance.nested("risk"))),
        document=next(map(document, instance.nested("document")), Document()),
        range=instance.block.header_range,
        go_range=instance.range("go"),
    )
    return Ramp(rollout, instance, written, order, go)


def _distinct(found: Iterable[Written]) -> tuple[Written, ...]:
    """The first stage of each name: a second one was reported with the blocks."""
    named: dict[str, Written] = {}
    for one in found:
        named.setdefault(one.stage.name.name, one)
    return tuple(named.values())


def _after(written: Sequence[Written], numbers: Mapping[str, int]) -> tuple[tuple[int, ...], ...]:
    """The stages that each one comes after: those that it names, or those that it has to."""
    otherwise = ramps.default_after([one.toggles for one in written])
    found = []
    for number, one in enumerate(written):
        if one.after is None:
            found.append(otherwise[number])
        else:
            named = [_named(one.instance, name, place, numbers) for name, place in one.after]
            found.append(tuple(sorted({number for group in named for number in group})))
    return tuple(found)


def _named(instance: Instance, name: str, place: Range, numbers: Mapping[str, int]) -> tuple[int, ...]:
    """The stage of that name, or all instances of a repeated one; none after a mistake."""
    if name in numbers:
        return (numbers[name],)
    many = tuple(number for known, number in numbers.items() if known.startswith(f"{name}["))
    if not many and not instance.module.declared.incomplete:
        rollout = instance if instance.outer is None else instance.outer
        hint = did_you_mean(name.removeprefix("stage."), numbers)
        listed = f" It has {', '.join(numbers)}." if numbers else " It has no stages."
        detail = f'There is no stage "{name}" in {rollout.title}.{hint or listed}'
        instance.error("Unknown stage", detail, place)
    return many


def _circle(written: Sequence[Written], cycle: Sequence[int]) -> None:
    steps = list(zip(cycle, [*cycle[1:], cycle[0]], strict=True))
    names = [one.stage.name.name for one in written]
    first = written[cycle[0]].instance
    if len(cycle) == 1:
        detail = f'Stage "{names[cycle[0]]}" can\'t come after itself. Take it out of the list.'
    else:
        lines = [f'  "{names[one]}" comes after "{names[other]}"{_place(written[one])}' for one, other in steps]
        detail = "\n".join(
            ["These stages wait for each other, so none of them could ever start:", *lines, "Change one of these."]
        )
    related = tuple(
        Related(place, f'"{names[one]}" comes after "{names[other]}"')
        for one, other in steps[1:]
        if (place := written[one].instance.range("after")) is not None
    )
    place = next((p for number in cycle if (p := written[number].instance.range("after")) is not None), None)
    first.error("Stages in a circle", detail, place, related)


def _place(one: Written) -> str:
    place = one.instance.range("after")
    return "  (because it stands after it)" if place is None else f"  ({place})"


def placed(toggles: Mapping[Address, Toggle], found: Sequence[Ramp]) -> dict[Address, Toggle]:
    """The toggles with the exposures that their rollouts give them."""
    sources: dict[Address, tuple[Ramp, int]] = {}
    result = dict(toggles)
    for one in found:
        unordered: dict[tuple[int, ...], list[Address]] = {}
        for address, stages in ramps.listing([written.toggles for written in one.stages]).items():
            toggle = toggles[address]
            earlier = sources.setdefault(address, (one, stages[0]))
            if earlier[0] is not one:
                _two_rollouts(address, earlier, (one, stages[0]))
            elif toggle.exposure is not None:
                _two_sources(toggle, one, stages[0])
            else:
                latest = () if one.order.cycle else one.order.latest(number for number in stages if number in one.go)
                result[address] = _placed(toggle, one, latest)
                if len(latest) > 1:
                    unordered.setdefault(latest[:2], []).append(address)
        for pair, addresses in unordered.items():
            _unordered(one, pair, addresses)
    return result


def _placed(toggle: Toggle, one: Ramp, latest: Sequence[int]) -> Toggle:
    if len(latest) != 1:
        return replace(toggle, rollout=one.rollout.address)
    chosen: Stage = one.rollout.stages[latest[0]]
    return replace(
        toggle,
        rollout=one.rollout.address,
        stage=chosen.name,
        exposure=chosen.exposure,
        at_least=chosen.at_least,
        exposure_range=chosen.exposure_range,
    )


def _unordered(one: Ramp, pair: Sequence[int], toggles: Sequence[Address]) -> None:
    first, second = (one.stages[number] for number in pair)
    names = first.stage.name.name, second.stage.name.name
    more = f" (and {len(toggles) - 1} more of its toggles)" if len(toggles) > 1 else ""
    detail = (
        f'{toggles[0]}{more} is in the stages "{names[0]}" and "{names[1]}" of {one.rollout.address}, which both have '
        f'their Go, and neither comes after the other: it can\'t be said how far it goes. Put "{names[0]}" into the '
        f'"after" of "{names[1]}", or take one of them out of "go".'
    )
    related = (
        Related(first.toggles[toggles[0]], f'in "{names[0]}"'),
        Related(second.toggles[toggles[0]], f'in "{names[1]}"'),
    )
    one.instance.error("Two stages for one toggle", detail, one.instance.range("go"), related)


def _two_sources(toggle: Toggle, one: Ramp, number: int) -> None:
    written = one.stages[number]
    place = written.toggles[toggle.address]
    detail = (
        f"{toggle.address} has an exposure of its own ({toggle.exposure_range}), and it is in {written.instance.title} "
        f"({place}). A toggle's exposure comes from one place: remove one of the two."
    )
    own = toggle.exposure_range
    related = () if own is None else (Related(own, "its own exposure"),)
    written.instance.error("Two sources of exposure", detail, place, related)


def _two_rollouts(address: Address, first: tuple[Ramp, int], second: tuple[Ramp, int]) -> None:
    stages = [one.stages[number] for one, number in (first, second)]
    places = [one.toggles[address] for one in stages]
    detail = (
        f"{address} is in {first[0].rollout.address} ({places[0]}) and in {second[0].rollout.address} ({places[1]}). A "
        "toggle's exposure comes from one place: remove one of the two."
    )
    related = (Related(places[0], f"in {first[0].rollout.address}"),)
    stages[1].instance.error("Toggle in two rollouts", detail, places[1], related)
