"""The ground of a rollback: what the configuration and the last apply know of toggles, taken together. Pure.

Either may be missing, broken or behind the other, so that a requirement of either counts. What of an old document
can't be read is left out: nothing here stops a rollback.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar

from flagstaff.addresses import Address
from flagstaff.model.configuration import Dependency, Desired, Product, Requirement, Toggle
from flagstaff.model.recorded import Recorded
from flagstaff.model.rollout import Rollout, Stage
from flagstaff.plan.applied.read import remembered, remembered_experiences
from flagstaff.plan.requirements import strictest

T = TypeVar("T")
_TOKEN: Final = re.compile(r'[!()]|(?:toggle|experience)\.[^\W\d][\w-]*(?:\[(?:\d+|"(?:[^"\\]|\\.)*")\])?')


@dataclass(frozen=True, slots=True)
class Use:
    """An experience: who loses one of `needs` loses it, who loses one of `bars` (under a `!`) gains it."""

    address: Address
    title: str
    product: Address | None
    needs: frozenset[Address]
    bars: frozenset[Address]

    @property
    def toggles(self) -> frozenset[Address]:
        return self.needs | self.bars


@dataclass(frozen=True, slots=True)
class Ground:
    """`keys` of a toggle are those that it has or had, the recorded one first. `managed` are the toggles that
    Flagstaff was ever told to move. `ramps` are the rollouts of a toggle, `rests` the experiences that rest on it."""

    toggles: Mapping[Address, Toggle] = field(default_factory=dict)
    keys: Mapping[Address, tuple[str, ...]] = field(default_factory=dict)
    requirements: tuple[Requirement, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    products: Mapping[Address, Product] = field(default_factory=dict)
    uses: Mapping[Address, Use] = field(default_factory=dict)
    rollouts: Mapping[Address, tuple[Rollout, ...]] = field(default_factory=dict)
    managed: frozenset[Address] = frozenset()
    ramps: Mapping[Address, tuple[Address, ...]] = field(default_factory=dict)
    rests: Mapping[Address, tuple[Use, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, declared: Desired | None, recorded: Recorded, broken: Desired | None = None) -> Ground:
        """What is `declared` is believed first, and what is left of a `broken` configuration last."""
        sources = (declared, remembered(recorded.applied or {}), broken)
        believed = tuple(source for source in sources if source is not None)
        toggles = _first(source.toggles for source in believed)
        for address, record in recorded.toggles.items():
            toggles.setdefault(address, Toggle(address, record.key))
        rollouts: dict[Address, tuple[Rollout, ...]] = {}
        for group in (*(source.rollouts for source in believed), _started(recorded)):
            for address, rollout in group.items():
                rollouts[address] = (*rollouts.get(address, ()), rollout)
        every = [toggle for source in believed for toggle in source.toggles.values()]
        uses = _first(_uses(source, recorded.applied or {}) for source in believed)
        listed = ((toggle, address) for address, group in rollouts.items() for one in group for toggle in one.toggles)
        return cls(
            toggles=dict(sorted(toggles.items())),
            keys={address: _keys(address, believed, recorded) for address in sorted(toggles)},
            requirements=strictest(replace(one, range=None) for toggle in every for one in toggle.requirements),
            dependencies=tuple(
                dict.fromkeys(replace(one, range=None) for toggle in every for one in toggle.depends_on)
            ),
            products=_first(source.products for source in believed),
            uses=uses,
            rollouts=rollouts,
            managed=frozenset(recorded.toggles)
            | {toggle.address for toggle in every if toggle.exposure is not None or toggle.rollout},
            ramps=_grouped(sorted(set(listed))),
            rests=_grouped((toggle, use) for _, use in sorted(uses.items()) for toggle in use.toggles),
        )

    def members(self, rollout: Address) -> tuple[Address, ...]:
        """All toggles that any stage of a rollout moves or moved."""
        return tuple(sorted({toggle for one in self.rollouts.get(rollout, ()) for toggle in one.toggles}))

    def rollouts_of(self, toggle: Address) -> tuple[Address, ...]:
        return self.ramps.get(toggle, ())

    def uses_of(self, toggle: Address) -> tuple[Use, ...]:
        """The experiences that somebody loses who loses the toggle."""
        return tuple(use for use in self.rests.get(toggle, ()) if toggle in use.needs)

    def given_by(self, toggle: Address) -> tuple[Use, ...]:
        """The experiences that somebody gains who loses the toggle."""
        return tuple(use for use in self.rests.get(toggle, ()) if toggle in use.bars)

    def owner(self, toggle: Address) -> Address | None:
        """The role that answers for a toggle."""
        known = self.toggles.get(toggle)
        product = self.products.get(known.product) if known is not None and known.product is not None else None
        return product.owner if product is not None else None

    def is_shared(self, toggle: Address) -> bool:
        """Whether several experiences, of several products, rest on it."""
        uses = self.rests.get(toggle, ())
        return len(uses) > 1 and len({product for use in uses for product in self._products(use)}) > 1

    def _products(self, use: Use) -> set[Address]:
        if use.product is not None:
            return {use.product}
        found = (self.toggles[toggle].product for toggle in use.toggles if toggle in self.toggles)
        return {product for product in found if product is not None}


def _grouped(pairs: Iterable[tuple[Address, T]]) -> dict[Address, tuple[T, ...]]:
    found: defaultdict[Address, list[T]] = defaultdict(list)
    for address, item in pairs:
        found[address].append(item)
    return {address: tuple(items) for address, items in found.items()}


def _first(groups: Iterable[Mapping[Address, Any]]) -> dict[Address, Any]:
    """Of each address, what the first group says."""
    found: dict[Address, Any] = {}
    for group in groups:
        for address, item in group.items():
            found.setdefault(address, item)
    return found


def _keys(address: Address, sources: Iterable[Desired], recorded: Recorded) -> tuple[str, ...]:
    record = recorded.toggles.get(address)
    said = (toggle.key for source in sources if (toggle := source.toggles.get(address)) is not None)
    return tuple(dict.fromkeys((*(() if record is None else (record.key,)), *said)))


def _uses(source: Desired, document: Mapping[str, Any]) -> dict[Address, Use]:
    """A recalled configuration has its conditions as text, which is the canonical one."""
    if source.experiences:
        texts = {address: str(experience.when) for address, experience in source.experiences.items()}
        named = {address: (one.title, one.product) for address, one in source.experiences.items()}
    else:
        texts, named = remembered_experiences(document)
    signed = {address: frozenset(_signed(text)) for address, text in texts.items()}
    found = {}
    for address in sorted(texts):
        needs, bars = _unfolded(address, signed)
        found[address] = Use(address, *named[address], needs, bars)
    return found


def _signed(text: str) -> Iterator[tuple[Address, bool]]:
    """The toggles and experiences of a condition's text, each with whether it is under an odd number of `!`."""
    stack, negated, pending = [False], False, False
    for token in _TOKEN.findall(text):
        match token:
            case "!":
                pending = not pending
            case "(":
                stack.append(negated)
                negated, pending = negated ^ pending, False
            case ")":
                negated = stack.pop() if len(stack) > 1 else False
            case _:
                yield Address.parse(token), negated ^ pending
                pending = False


def _unfolded(
    address: Address, signed: Mapping[Address, frozenset[tuple[Address, bool]]]
) -> tuple[frozenset[Address], frozenset[Address]]:
    """The toggles that an experience needs, and those that bar it, through other experiences."""
    sides: dict[bool, set[Address]] = {False: set(), True: set()}
    seen, stack = {(address, False)}, [(address, False)]
    while stack:
        place, odd = stack.pop()
        for other, negated in signed.get(place, ()):
            step = other, odd ^ negated
            if other.kind == "toggle":
                sides[step[1]].add(other)
            elif step not in seen:
                seen.add(step)
                stack.append(step)
    return frozenset(sides[False]), frozenset(sides[True])


def _started(recorded: Recorded) -> dict[Address, Rollout]:
    """The rollouts as the records of their stages tell of them, in the order in which these began."""
    begun = sorted(recorded.stages.items(), key=lambda item: (item[1].started is None, str(item[1].started), item[0]))
    found: dict[Address, Rollout] = {}
    for name, record in begun:
        rollout = found.setdefault(name.rollout, Rollout(name.rollout))
        before = tuple(stage.name.name for stage in rollout.stages)
        stage = Stage(name, exposure=record.least, toggles=record.toggles, after=before)
        found[name.rollout] = replace(rollout, stages=(*rollout.stages, stage))
    return found
