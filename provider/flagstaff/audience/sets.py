"""Sets and pairs: who has at least one of several things, all of them, or some and not others.

Always unions, never sums. Pairs show what a hash does that is no chance: with CRC-32 two names decide how
many people have both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from flagstaff.addresses import Address
from flagstaff.audience.buckets import Mask
from flagstaff.audience.cohorts import Cohorts, Value, both
from flagstaff.audience.question import Gathering, Question
from flagstaff.audience.reach import Reaches
from flagstaff.audience.results import Pair, SetReach, Share
from flagstaff.audience.tally import Tally
from flagstaff.model.conditions import mentioned
from flagstaff.model.exposure import ALL_ACTORS
from flagstaff.model.live import Unrepresentable

# Pairs are quadratic: of larger sets they are not looked at.
LARGEST = 64


def count_sets(cohorts: Cohorts, tally: Tally) -> None:
    question = cohorts.question
    for number, item in enumerate(question.sets):
        within = cohorts.members(item.product)
        for moment in (0, question.last):
            _count(("set", number, moment), [cohorts.thing(a, moment) for a in item.members], cohorts, tally, within)


def _count(
    key: tuple[object, ...], values: Sequence[Value], cohorts: Cohorts, tally: Tally, within: Mask | None
) -> None:
    if any(value is None for value in values):
        return
    masks = [value for value in values if isinstance(value, np.ndarray)]
    held = np.full(cohorts.size, sum(value is True for value in values), np.intp)
    for mask in masks:
        held += mask
    row = np.bincount(held if within is None else held[within], minlength=len(values) + 1)
    tally.add_row(key, row.astype(np.int64), exact=not masks)


def set_reach(number: int, item: Gathering, question: Question, tally: Tally, reaches: Reaches) -> SetReach:
    people = reaches.people(item.product)
    before, after = (tally.spread(("set", number, moment), people) for moment in (0, question.last))
    unknown = reaches.unknown(*item.members) if before is None or after is None else ()
    return SetReach(item.name, item.members, before, after, unknown)


class Pairs:
    """The pairs of toggles that are partly on afterwards and that somebody may take for the same people.

    They are in one set, one experience or one requirement. `skipped` names the sets that are too large.
    """

    def __init__(self, question: Question) -> None:
        found: set[tuple[Address, Address]] = set()
        skipped: list[str] = []
        for name, toggles in _groups(question):
            partly = sorted(toggle for toggle in toggles if _is_partly_on(question, toggle))
            if len(partly) > LARGEST:
                skipped.append(name)
            else:
                found.update(combinations(partly, 2))
        self._question = question
        self._pairs = sorted(found)
        self._toggles = sorted({toggle for pair in found for toggle in pair})
        self.skipped = tuple(skipped)

    def count(self, cohorts: Cohorts, tally: Tally) -> None:
        last = self._question.last
        for toggle in self._toggles:
            tally.add(("alone", toggle), cohorts.toggle(toggle, last), cohorts)
        for pair in self._pairs:
            tally.add(("pair", pair), both(cohorts.toggle(toggle, last) for toggle in pair), cohorts)

    def odd(self, tally: Tally, reaches: Reaches) -> Iterator[Pair]:
        of = reaches.of(None)
        for first, second in self._pairs:
            overlap = tally.share(("pair", (first, second)), of, self._people(first, second, reaches))
            alone = [Share(tally.total(("alone", toggle)), of).part for toggle in (first, second)]
            if overlap is not None and all(alone):
                pair = Pair(first, second, overlap, alone[0] * alone[1])
                if pair.is_odd:
                    yield pair

    def _people(self, first: Address, second: Address, reaches: Reaches) -> int | None:
        products = {self._question.toggles[toggle].product for toggle in (first, second)}
        return reaches.people(products.pop()) if len(products) == 1 else None


def _groups(question: Question) -> Iterator[tuple[str, set[Address]]]:
    for item in question.sets:
        yield item.name, set().union(*(toggles_of(question, member) for member in item.members))
    for address in question.experiences:
        yield str(address), toggles_of(question, address)
    for requirement in question.requirements:
        yield f"{requirement.child} requires {requirement.parent}", {requirement.child, requirement.parent}


def toggles_of(question: Question, address: Address) -> set[Address]:
    """The toggles that an experience depends on, also through others; a toggle is its own."""
    if address.kind == "toggle":
        return {address}
    experience = question.experiences.get(address)
    if experience is None:
        return set()
    inner = (item.address for item in mentioned(experience.when) if not item.detail)
    return set().union(*(toggles_of(question, other) for other in inner))


def _is_partly_on(question: Question, toggle: Address) -> bool:
    course = question.toggles.get(toggle)
    exposure = course.exposures[-1] if course else None
    if exposure is None or isinstance(exposure, Unrepresentable):
        return False
    return not exposure.is_off and exposure < ALL_ACTORS
