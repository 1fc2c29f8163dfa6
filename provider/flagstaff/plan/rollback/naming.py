"""Names: what somebody may type for a toggle, a product, a rollout or a stage in a hurry. Pure.

An address, an alias, a key, a bare name. Nothing is guessed: a slip gets the nearest name, several matches are listed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from flagstaff.addresses import Address
from flagstaff.diagnostics import Diagnostics, did_you_mean
from flagstaff.model.exposure import OFF, Exposure
from flagstaff.plan.rollback.ground import Ground
from flagstaff.plan.stages.levels import stage_levels


@dataclass(frozen=True, slots=True)
class Typed:
    """What stood on the command line."""

    names: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    rollouts: tuple[str, ...] = ()
    to: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """A toggle of a product or rollout that goes down only when somebody names it; `why` is a sentence."""

    address: Address
    why: str


@dataclass(frozen=True, slots=True)
class Named:
    """The toggles that are meant, each with how far it goes down, the keys that were typed, and what is left alone."""

    toggles: Mapping[Address, Exposure]
    keys: Mapping[Address, str]
    left: tuple[Left, ...] = ()


def named(typed: Typed, ground: Ground, live: Collection[str], found: Diagnostics) -> Named:
    """What is meant; mistakes go to `found`."""
    names = _Names(ground, live)
    toggles: dict[Address, None] = {}
    groups = [("product", text) for text in typed.products] + [("rollout", text) for text in typed.rollouts]
    for text in typed.names:
        if re.match(r"(product|rollout)\.", text):
            groups.append((text.partition(".")[0], text))
        else:
            toggles.update(dict.fromkeys(names.toggles(text, found)))
    left: list[Left] = []
    for kind, text in groups:
        group = _group(kind, text, ground, found)
        if group is not None:
            toggles.update(dict.fromkeys(_members(group, ground, left)))
    left = [one for one in left if one.address not in toggles]
    levels = dict.fromkeys(sorted(toggles), OFF)
    if typed.to:
        levels = _levels(levels, typed.to, ground, found)
    return Named(levels, names.typed_keys, tuple(sorted(left, key=lambda one: one.address)))


class _Names:
    def __init__(self, ground: Ground, live: Collection[str]) -> None:
        self._ground, self._live = ground, live
        self._known: defaultdict[str, dict[Address, str]] = defaultdict(dict)
        self.typed_keys: dict[Address, str] = {}
        for address, toggle in ground.toggles.items():
            for name in (str(address), address.name, str(address.block), *toggle.aliases):
                self._known[name].setdefault(address, "")
            for key in ground.keys.get(address, (toggle.key,)):
                self._known[key][address] = key

    def toggles(self, text: str, found: Diagnostics) -> tuple[Address, ...]:
        meant = self._known.get(text) or self._known.get(text.strip(), {})
        if len(meant) > 1 and not _one_block(text, meant):
            listed = "\n".join(f"  {address}   {self._ground.toggles[address].key}" for address in sorted(meant))
            found.error(
                "Name of several toggles", f'"{text}" may be any of these. Name the one that you mean:\n{listed}'
            )
            return ()
        if not meant and text in self._live:
            meant = {self._address_for(text): text}
        if not meant:
            guess = did_you_mean(text, {*self._known, *self._live})
            found.error(
                "Unknown toggle",
                f'"{text}" is no address, alias or key that the configuration, the state or the live store has.{guess}',
            )
        self.typed_keys.update({address: key for address, key in meant.items() if key})
        return tuple(sorted(meant))

    def _address_for(self, key: str) -> Address:
        """Of a live toggle that nobody declared: it needs a name to be recorded and released under."""
        name = re.sub(r"[^\w-]", "_", key) or "_"
        name = name if re.match(r"[^\W\d]", name) else f"_{name}"
        taken = {address.name for address in (*self._ground.toggles, *self.typed_keys)}
        while name in taken:
            name += "_"
        return Address("toggle", name)


_UNKNOWN: Final = {"product": "Unknown product", "rollout": "Unknown rollout"}


def _one_block(text: str, meant: Iterable[Address]) -> bool:
    """Whether they are the instances of the one block that was named."""
    blocks = {address.block for address in meant}
    return len(blocks) == 1 and all(text in {str(block), block.name} for block in blocks)


def _group(kind: str, text: str, ground: Ground, found: Diagnostics) -> Address | None:
    known: Iterable[Address] = ground.products if kind == "product" else ground.rollouts
    if kind == "product":
        known = {*known, *(toggle.product for toggle in ground.toggles.values() if toggle.product is not None)}
    names = {str(address): address for address in known} | {address.name: address for address in known}
    if text in names:
        return names[text]
    what = ", ".join(sorted(map(str, known))) or "none"
    found.error(_UNKNOWN[kind], f'There is no {kind} "{text}"; there are: {what}.{did_you_mean(text, names)}')
    return None


def _members(group: Address, ground: Ground, left: list[Left]) -> tuple[Address, ...]:
    """A rollout's stages name their toggles. Of a product, those that Flagstaff moves and that are its alone."""
    if group.kind == "rollout":
        return tuple(address for address in ground.members(group) if address in ground.toggles)
    members = []
    for address, toggle in ground.toggles.items():
        if toggle.product != group:
            continue
        if address not in ground.managed:
            left.append(Left(address, "Flagstaff does not move it."))
        elif ground.is_shared(address) and not ground.rollouts_of(address):
            uses = len(ground.uses_of(address))
            left.append(Left(address, f"{uses} experiences of several products need it."))
        else:
            members.append(address)
    return tuple(members)


def _levels(
    toggles: Mapping[Address, Exposure], to: str, ground: Ground, found: Diagnostics
) -> dict[Address, Exposure]:
    """Each toggle to where it was at that stage of its rollout, by the first that knows the stage: the configuration
    is believed before the records."""
    rollouts = sorted({name for address in toggles for name in ground.rollouts_of(address)})
    known = [rollout for name in rollouts for rollout in ground.rollouts[name]]
    names = {name for rollout in known for stage in rollout.stages for name in (stage.name.name, str(stage.name))}
    if toggles and to not in names:
        listed = ", ".join(sorted(name for name in names if "." not in name)) or "none"
        guess = did_you_mean(to, names)
        detail = f'No rollout of these toggles has a stage "{to}"; there are: {listed}.{guess}'
        found.error("Unknown stage", detail)
        return {}
    reached: dict[Address, Exposure] = {}
    for rollout in known:
        for stage in rollout.stages:
            if to in {stage.name.name, str(stage.name)}:
                for address, level in stage_levels(rollout, stage.name.name).items():
                    reached.setdefault(address, level)
    for address in toggles:
        if address not in reached:
            detail = f'{address} is in no rollout with a stage "{to}". Roll it back by itself.'
            found.error("Toggle without this stage", detail)
    return {address: reached[address] for address in toggles if address in reached}
