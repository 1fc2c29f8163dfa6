"""Cohorts: which people of a chunk have a toggle, an experience, a segment, at one moment of a question.

A value is a mask over the people, true or false for everybody, or None: nobody can say. What is off for
everybody decides a condition also where something else in it is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import reduce
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from flagstaff.addresses import Address
from flagstaff.audience.buckets import Checksums, Mask, prepare
from flagstaff.audience.population import Chunk
from flagstaff.audience.question import Question
from flagstaff.model.conditions import Always, And, Comparison, Condition, Is, Not, Or, mentioned
from flagstaff.model.configuration import Product
from flagstaff.model.live import Hashing, Unrepresentable

Value = Mask | bool | None
Key = tuple[object, ...]


def both(values: Iterable[Value]) -> Value:
    """All hold."""
    masks: list[Mask] = []
    unknown = False
    for value in values:
        if value is False:
            return False
        if value is None:
            unknown = True
        elif value is not True:
            masks.append(value)
    if unknown:
        return None
    return reduce(np.logical_and, masks) if masks else True


def opposite(value: Value) -> Value:
    if value is None or isinstance(value, bool):
        return None if value is None else not value
    return ~value


def either(values: Iterable[Value]) -> Value:
    """At least one holds."""
    return opposite(both(map(opposite, values)))


class People:
    """The ids of a chunk as their hash needs them, made on use."""

    def __init__(self, hashing: Hashing, chunk: Chunk) -> None:
        self._hashing = hashing
        self._ids = chunk.ids
        self._columns: dict[str, Checksums] = {}
        self._draws: NDArray[np.uint64] | None = None

    def column(self, kind: str) -> Checksums:
        if kind not in self._columns:
            self._columns[kind] = prepare(self._hashing, self._ids[kind])
        return self._columns[kind]

    def lot(self) -> NDArray[np.uint64]:
        """32 bits for each person, which no toggle has to do with."""
        return self._drawn() >> np.uint64(32)

    def common(self) -> NDArray[np.uint64]:
        """A bucket for each person that is the same for all toggles, and independent of the lot."""
        return self._drawn() % np.uint64(self._hashing.size)

    def _drawn(self) -> NDArray[np.uint64]:
        """Over all ids of a person, because each alone may be missing."""
        if self._draws is None:
            self._draws = reduce(np.bitwise_xor, (self.column(kind).draws() for kind in self._ids))
        return self._draws


class Cohorts:
    """One chunk under a question. `people` are its ids, by kind, as the hash needs them."""

    def __init__(self, question: Question, chunk: Chunk, people: People, *, nested: bool = False) -> None:
        self.size = chunk.size
        self.question = question
        self.chunk = chunk
        self._people = people
        self._nested = nested
        self._known: dict[Key, Value] = {}

    @classmethod
    def of(cls, question: Question, chunk: Chunk, hashing: Hashing) -> Cohorts:
        return cls(question, chunk, People(hashing, chunk))

    def as_if_nested(self) -> Cohorts:
        """The same people, if every toggle went to the same of them first: what percentages suggest."""
        return Cohorts(self.question, self.chunk, self._people, nested=True)

    def toggle(self, address: Address, moment: int, kind: str = "") -> Value:
        """Testers are not among them."""
        course = self.question.toggles.get(address)
        exposure = None if course is None else course.exposures[moment]
        if course is None or exposure is None or isinstance(exposure, Unrepresentable):
            return None
        if exposure.is_on or exposure.is_off:
            return exposure.is_on
        key = course.key_at(moment)
        kind = self.kind_of(address, kind)
        opens = self.question.dialect.opens(exposure)
        return self._remembered(("toggle", key, kind, opens), lambda: self._below(key, kind, opens))

    def experience(self, address: Address, moment: int, kind: str = "") -> Value:
        experience = self.question.experiences.get(address)
        if experience is None:
            return None
        kind = self.question.kinds.get(address, kind)
        return self._remembered((address, moment, kind), lambda: self.holds(experience.when, moment, kind))

    def segment(self, product: Address, name: str) -> Value:
        """By the population's own word, else drawn from the declared shares."""
        if self.chunk.segments is not None:
            names = self.chunk.segments
            return self._remembered(("segment", name), lambda: np.array([n == name for n in names], np.bool_))
        declared = self.question.products.get(product)
        return None if declared is None else self._remembered((product, name), lambda: self._drawn(declared, name))

    def holds(self, condition: Condition, moment: int, kind: str = "") -> Value:
        match condition:
            case Always(value):
                return value
            case Is(address, ""):
                return self.thing(address, moment, kind)
            case Is(address, segment):
                return self.segment(address, segment)
            case Not(operand):
                return opposite(self.holds(operand, moment, kind))
            case And(operands):
                return both(self.holds(operand, moment, kind) for operand in operands)
            case Or(operands):
                return either(self.holds(operand, moment, kind) for operand in operands)
            case Comparison():
                return None
            case _:
                assert_never(condition)

    def thing(self, address: Address, moment: int, kind: str = "") -> Value:
        """A toggle or an experience."""
        return (self.experience if address.kind == "experience" else self.toggle)(address, moment, kind)

    def members(self, product: Address | None) -> Mask | None:
        """The product's people; None: all of them."""
        if product is None or product not in self.question.products:
            return None
        return self.chunk.products.get(product.name)

    def unknown(self, address: Address, moment: int, kind: str = "") -> frozenset[str]:
        """Why nobody can say who has it: the toggles, segments and ids that it needs."""
        if address.kind != "experience":
            return (
                frozenset() if self.toggle(address, moment, kind) is not None else frozenset({self._gap(address, kind)})
            )
        if self.experience(address, moment, kind) is not None:
            return frozenset()
        experience = self.question.experiences.get(address)
        if experience is None:
            return frozenset({str(address)})
        kind = self.question.kinds.get(address, kind)
        return frozenset().union(*(self._missing(item, moment, kind) for item in mentioned(experience.when)))

    def _missing(self, item: Is, moment: int, kind: str) -> frozenset[str]:
        if not item.detail:
            return self.unknown(item.address, moment, kind)
        return frozenset({str(item)}) if self.segment(item.address, item.detail) is None else frozenset()

    def _gap(self, toggle: Address, kind: str) -> str:
        kind = self.kind_of(toggle, kind)
        return str(toggle) if kind in self.chunk.ids else f'ids of the kind "{kind}"'

    def kind_of(self, toggle: Address, kind: str) -> str:
        return kind or self.question.kinds.get(toggle, "") or next(iter(self.chunk.ids))

    def _below(self, key: str, kind: str, opens: int) -> Value:
        if kind not in self.chunk.ids:
            return None
        column = self._people.column(kind)
        if opens >= column.size and column.present is None:
            return True
        mask: Mask = (self._people.common() if self._nested else column.buckets(key)) < opens
        return mask if column.present is None else mask & column.present

    def _drawn(self, product: Product, name: str) -> Value:
        """Products whose segments have the same names share them as far as their shares allow."""
        start = Decimal(0)
        for segment in sorted(product.segments, key=lambda item: item.name):
            if segment.share is None:
                continue
            end = start + segment.share
            if segment.name == name:
                drawn = self._people.lot()
                return (drawn >= int(start * 2**32)) & (drawn < int(end * 2**32))
            start = end
        return None

    def _remembered(self, key: Key, make: Callable[[], Value]) -> Value:
        if key not in self._known:
            self._known[key] = make()
        return self._known[key]
