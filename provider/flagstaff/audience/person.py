"""One person: what they get before and after, and why. Their ids are asked for, and in no answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from flagstaff.addresses import Address
from flagstaff.audience.cohorts import Cohorts, People, Value
from flagstaff.audience.population import Chunk
from flagstaff.audience.question import Course, Question
from flagstaff.model.conditions import Is, mentioned
from flagstaff.model.configuration import Experience
from flagstaff.model.live import Unrepresentable


class Why(StrEnum):
    """What decides a toggle for a person."""

    EVERYBODY = "on for everybody"
    NOBODY = "off for everybody"
    TESTER = "a tester"
    INSIDE = "inside the percentage"
    OUTSIDE = "outside the percentage"
    NO_ID = "no id of that kind"
    UNKNOWN = "open in a way that no percentage says"


@dataclass(frozen=True, slots=True)
class Moment:
    """One toggle at one moment. `has` is None where nobody can say; `bucket` where it decides nothing.

    The first `opens` of the `size` buckets are open.
    """

    has: bool | None
    why: Why
    bucket: int | None = None
    opens: int | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class PersonToggle:
    address: Address
    before: Moment
    after: Moment


@dataclass(frozen=True, slots=True)
class Part:
    """A toggle, segment or experience that an experience asks for: whether the person has it."""

    name: str
    before: bool | None
    after: bool | None


@dataclass(frozen=True, slots=True)
class PersonExperience:
    address: Address
    before: bool | None
    after: bool | None
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """Sorted by address."""

    toggles: tuple[PersonToggle, ...]
    experiences: tuple[PersonExperience, ...]


def explain_person(question: Question, ids: Mapping[str, str], segment: str | None = None) -> Person | None:
    """By the ids of a person, by kind: the first counts where no kind is named. None where the store has no hash.

    `segment` None: nobody knows the person's, and what asks for one is unknown.
    """
    hashing = question.dialect.hashing
    if hashing is None:
        return None
    chunk = Chunk(1, {kind: (id.encode(),) for kind, id in ids.items()}, None if segment is None else (segment,))
    one = _One(question, chunk, People(hashing, chunk), ids)
    last = question.last
    return Person(
        tuple(
            PersonToggle(address, one.explain(course, 0), one.explain(course, last))
            for address, course in sorted(question.toggles.items())
        ),
        tuple(_experience(one, experience, last) for _, experience in sorted(question.experiences.items())),
    )


class _One(Cohorts):
    """The cohorts of one person, who may be a tester; their segment is known or not, never drawn."""

    def __init__(self, question: Question, chunk: Chunk, people: People, ids: Mapping[str, str]) -> None:
        super().__init__(question, chunk, people)
        self._own = ids

    def toggle(self, address: Address, moment: int, kind: str = "") -> Value:
        course = self.question.toggles.get(address)
        if course is not None and self._own.get(self.kind_of(address, kind)) in course.testers:
            return True
        return super().toggle(address, moment, kind)

    def segment(self, product: Address, name: str) -> Value:
        return None if self.chunk.segments is None else super().segment(product, name)

    def explain(self, course: Course, moment: int) -> Moment:
        exposure, id = course.exposures[moment], self._own.get(self.kind_of(course.address, ""))
        if id in course.testers:
            return Moment(True, Why.TESTER)
        if isinstance(exposure, Unrepresentable):
            return Moment(None, Why.UNKNOWN)
        if exposure.is_on or exposure.is_off:
            return Moment(exposure.is_on, Why.EVERYBODY if exposure.is_on else Why.NOBODY)
        buckets = None if id is None else self.question.dialect.bucket(course.key_at(moment), [id])
        if buckets is None:
            return Moment(None, Why.NO_ID)
        opens = self.question.dialect.opens(exposure)
        has = buckets.values[0] < opens
        return Moment(has, Why.INSIDE if has else Why.OUTSIDE, buckets.values[0], opens, buckets.size)


def _experience(one: _One, experience: Experience, last: int) -> PersonExperience:
    kind = one.question.kinds.get(experience.address, "")
    before, after = (_plain(one.experience(experience.address, moment)) for moment in (0, last))
    parts = tuple(_part(one, item, last, kind) for item in mentioned(experience.when))
    return PersonExperience(experience.address, before, after, parts)


def _part(one: _One, item: Is, last: int, kind: str) -> Part:
    before, after = (_plain(one.holds(item, moment, kind)) for moment in (0, last))
    return Part(str(item), before, after)


def _plain(value: Value) -> bool | None:
    return bool(value[0]) if isinstance(value, np.ndarray) else value
