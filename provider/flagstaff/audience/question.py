"""What is asked: toggles over some moments, and what depends on them. Values only, and no numpy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flagstaff.addresses import Address
from flagstaff.model.configuration import Experience, Product, Requirement
from flagstaff.model.live import Dialect, LiveExposure


@dataclass(frozen=True, slots=True)
class Course:
    """A toggle's way: its exposure at each moment of the question, first now, last after everything.

    `key_now` is its key now, where it changes: then `key` counts from the second moment on. `same_meaning` is
    false where the toggle turns on something else afterwards. `testers` are actors; they are counted in no share.
    """

    address: Address
    key: str
    exposures: tuple[LiveExposure, ...]
    product: Address | None = None
    key_now: str | None = None
    same_meaning: bool = True
    testers: tuple[str, ...] = field(default=(), repr=False)

    def key_at(self, moment: int) -> str:
        return self.key_now if moment == 0 and self.key_now is not None else self.key


@dataclass(frozen=True, slots=True)
class Gathering:
    """A set that is looked at as one: the members of a `together` group, of a rollout. Toggles or experiences."""

    name: str
    members: tuple[Address, ...]
    product: Address | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """Toggles that are mentioned but missing from `toggles` are unknown. No experience depends on itself.

    `kinds`: with which kind of id a toggle or an experience is evaluated, where it isn't the population's first:
    the website may hash an e-mail address where the app hashes another number of the same person.
    """

    dialect: Dialect
    toggles: Mapping[Address, Course]
    experiences: Mapping[Address, Experience] = field(default_factory=dict)
    products: Mapping[Address, Product] = field(default_factory=dict)
    requirements: tuple[Requirement, ...] = ()
    sets: tuple[Gathering, ...] = ()
    moments: tuple[str, ...] = ("now", "after")
    kinds: Mapping[Address, str] = field(default_factory=dict)

    @property
    def last(self) -> int:
        return len(self.moments) - 1
