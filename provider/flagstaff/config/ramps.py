"""The order of a rollout's stages, and which of them a toggle's exposure comes from. Pure.

Rule: stages are numbered as they are declared; sets of them are the bits of a number, so that a rollout of many
stages and toggles stays cheap.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flagstaff.addresses import Address


@dataclass(frozen=True, slots=True)
class Order:
    """`before[n]`: the stages that stage n comes after, directly or not. `cycle`: stages that wait for each other,
    each for the next one, and the last for the first; with one there is no order.
    """

    before: tuple[int, ...]
    cycle: tuple[int, ...] = ()

    def latest(self, stages: Iterable[int]) -> tuple[int, ...]:
        """Those that no other one comes after: one, unless two of them are in no order."""
        chosen = tuple(sorted(set(stages)))
        passed = 0
        for stage in chosen:
            passed |= self.before[stage]
        return tuple(stage for stage in chosen if not passed >> stage & 1)


def order(after: Sequence[Iterable[int]]) -> Order:
    """From the stages that each one names."""
    direct = [sorted(set(names)) for names in after]
    before = [0] * len(direct)
    done = [False] * len(direct)
    for first in range(len(direct)):
        path = [] if done[first] else [first]
        places = [0] * len(direct) if path else []
        while path:
            stage = path[-1]
            if places[stage] == len(direct[stage]):
                before[stage] = sum_of(before, direct[stage])
                done[stage] = True
                path.pop()
                continue
            following = direct[stage][places[stage]]
            places[stage] += 1
            if following in path:
                return Order((0,) * len(direct), tuple(path[path.index(following) :]))
            if not done[following]:
                path.append(following)
    return Order(tuple(before))


def sum_of(before: Sequence[int], stages: Iterable[int]) -> int:
    """These stages, and all that they come after."""
    total = 0
    for stage in stages:
        total |= before[stage] | 1 << stage
    return total


def default_after(toggles: Sequence[Iterable[Address]]) -> tuple[tuple[int, ...], ...]:
    """For each stage the one before it, and every earlier one that shares a toggle."""
    listed: dict[Address, list[int]] = {}
    found: list[tuple[int, ...]] = []
    for stage, own in enumerate(toggles):
        earlier = {stage - 1} if stage else set()
        for toggle in own:
            seen = listed.setdefault(toggle, [])
            earlier.update(seen)
            seen.append(stage)
        found.append(tuple(sorted(earlier)))
    return tuple(found)


def listing(toggles: Sequence[Iterable[Address]]) -> Mapping[Address, tuple[int, ...]]:
    """The stages that list each toggle, in order."""
    found: dict[Address, list[int]] = {}
    for stage, own in enumerate(toggles):
        for toggle in own:
            found.setdefault(toggle, []).append(stage)
    return {toggle: tuple(stages) for toggle, stages in found.items()}
