"""Small populations and questions."""

from __future__ import annotations

import pytest

from flagstaff.addresses import Address
from flagstaff.audience.population import Chunk, Population
from flagstaff.audience.question import Course, Question
from flagstaff.model.conditions import Is
from flagstaff.model.configuration import Experience
from flagstaff.model.exposure import Exposure
from flagstaff.model.live import Unrepresentable
from flagstaff.providers.flipper.dialect import FlipperDialect

OTHER = Unrepresentable("percentage_of_time = 12.5")


class NoHash(FlipperDialect):
    """Of a store whose hash nobody has described."""

    @property
    def hashing(self):
        return None


class Small:
    """Builders. Levels are percentages as `Exposure.parse` reads them, `other`, or tuples of them."""

    no_hash = NoHash()

    def toggle(self, name):
        return Address("toggle", name)

    def is_(self, name):
        return Is(self.toggle(name))

    def exposure(self, level):
        return OTHER if level == "other" else Exposure.parse(level)

    def course(self, name, *levels, **fields):
        return Course(self.toggle(name), f"{name}_enabled", tuple(map(self.exposure, levels)), **fields)

    def experience(self, name, when, product=None):
        return Experience(Address("experience", name), name, when, product)

    def question(self, *courses, experiences=(), **fields):
        return Question(
            FlipperDialect(),
            {course.address: course for course in courses},
            {item.address: item for item in experiences},
            **fields,
        )

    def population(self, *ids, **fields):
        """One chunk a call of `chunks`; ids of one kind, or `kinds=` of several."""
        kinds = fields.pop("kinds", None) or {"": ids}
        encoded = {kind: [None if id is None else id.encode() for id in column] for kind, column in kinds.items()}
        size = len(next(iter(encoded.values())))
        return Population("a test's", lambda _: iter([Chunk(size, encoded, **fields)]))

    def numbered(self, size):
        return self.population(*(f"User;{number}" for number in range(size)))


@pytest.fixture
def small():
    return Small()
