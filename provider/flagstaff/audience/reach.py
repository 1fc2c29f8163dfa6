"""The reach of toggles and experiences: who has each of them before and after, by segment, too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flagstaff.addresses import Address
from flagstaff.audience.buckets import Mask
from flagstaff.audience.cohorts import Cohorts, Key, Value, both, opposite
from flagstaff.audience.question import Course
from flagstaff.audience.results import Change, Reach, SegmentReach, Share
from flagstaff.audience.tally import Tally
from flagstaff.model.configuration import Experience, Product, Segment
from flagstaff.model.exposure import FULL
from flagstaff.model.live import LiveExposure, Unrepresentable


def count_reach(cohorts: Cohorts, tally: Tally) -> None:
    question = cohorts.question
    for product in question.products.values():
        within = cohorts.members(product.address)
        tally.add(("of", product.address), True, cohorts, within)
        for segment, mask in _segments(cohorts, product):
            tally.add(("of", product.address, segment.name), mask, cohorts, within)
    things: list[Course | Experience] = [*question.toggles.values(), *question.experiences.values()]
    for thing in things:
        _count(thing, cohorts, tally)
    nested = cohorts.as_if_nested()
    for experience in question.experiences.values():
        within = cohorts.members(experience.product)
        for moment in (0, question.last):
            tally.add(
                (experience.address, "nominal", moment), nested.experience(experience.address, moment), cohorts, within
            )


def _count(thing: Course | Experience, cohorts: Cohorts, tally: Tally) -> None:
    question = cohorts.question
    before, after = (cohorts.thing(thing.address, moment) for moment in (0, question.last))
    within = cohorts.members(thing.product)
    gained = False if before is after and before is not None else both((after, opposite(before)))
    _count_change((thing.address,), (before, after, gained), cohorts, tally, within)
    product = question.products.get(thing.product) if thing.product else None
    for segment, mask in _segments(cohorts, product):
        values = tuple(both((value, mask)) for value in (before, after, gained))
        _count_change((thing.address, segment.name), values, cohorts, tally, within)


def _count_change(key: Key, values: tuple[Value, ...], cohorts: Cohorts, tally: Tally, within: Mask | None) -> None:
    for name, value in zip(("before", "after", "gained"), values, strict=True):
        tally.add((*key, name), value, cohorts, within)


def _segments(cohorts: Cohorts, product: Product | None) -> Iterator[tuple[Segment, Value]]:
    """The segments that are known."""
    if product is None:
        return
    for segment in product.segments:
        mask = cohorts.segment(product.address, segment.name)
        if mask is not None:
            yield segment, mask


class Reaches:
    """Reads the counts of `count_reach`; `sample` are the cohorts of any chunk, `size` all people."""

    def __init__(self, tally: Tally, sample: Cohorts, size: int) -> None:
        self._tally = tally
        self._sample = sample
        self._question = sample.question
        self._size = size

    def of(self, product: Address | None) -> int:
        """How many of the population are the product's."""
        known = product is not None and product in self._question.products
        return self._tally.total(("of", product)) if known else self._size

    def people(self, product: Address | None) -> int | None:
        declared = self._question.products.get(product) if product else None
        return declared.people if declared else None

    def unknown(self, *things: Address) -> tuple[str, ...]:
        last = self._question.last
        return tuple(
            sorted({why for item in things for moment in (0, last) for why in self._sample.unknown(item, moment)})
        )

    def toggle(self, course: Course) -> Reach:
        same = course.same_meaning and course.key_at(0) == course.key
        shares = [self._nominal(course.exposures[moment], course.product) for moment in (0, -1)]
        return self._reach(course, shares, same=same)

    def experience(self, experience: Experience) -> Reach:
        of, people = self.of(experience.product), self.people(experience.product)
        moments = (0, self._question.last)
        shares = [self._tally.share((experience.address, "nominal", moment), of, people) for moment in moments]
        return self._reach(experience, shares)

    def _nominal(self, exposure: LiveExposure, product: Address | None) -> Share | None:
        if isinstance(exposure, Unrepresentable):
            return None
        return Share(exposure.points, FULL, self.people(product), exact=True)

    def _reach(self, thing: Course | Experience, nominal: Sequence[Share | None], *, same: bool = True) -> Reach:
        change = self._change((thing.address,), self.of(thing.product), self.people(thing.product))
        unknown = self.unknown(thing.address) if change is None else ()
        segments = tuple(self._by_segment(thing))
        before, after = nominal
        shares = None if before is None or after is None else (before, after)
        return Reach(thing.address, thing.product, change, shares, unknown, segments, same)

    def _by_segment(self, thing: Course | Experience) -> Iterator[SegmentReach]:
        product = self._question.products.get(thing.product) if thing.product else None
        if product is None:
            return
        for segment in product.segments:
            of = self._tally.total(("of", product.address, segment.name))
            change = self._change((thing.address, segment.name), of, self._segment_people(product, segment, of))
            if change is not None:
                yield SegmentReach(segment.name, segment.on, segment.off, change)

    def _segment_people(self, product: Product, segment: Segment, of: int) -> int | None:
        """As declared, else as the population has them."""
        if product.people is None:
            return None
        part = float(segment.share) if segment.share is not None else Share(of, self.of(product.address)).part
        return round(part * product.people)

    def _change(self, key: Key, of: int, people: int | None) -> Change | None:
        before, after, gained = (self._tally.share((*key, name), of, people) for name in ("before", "after", "gained"))
        if before is None or after is None or gained is None:
            return None
        lost = Share(before.count + gained.count - after.count, of, people, before.exact and after.exact)
        return Change(before, after, gained, lost)
