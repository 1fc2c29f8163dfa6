"""What an analysis found: counts and shares, never an id. Values only, and no numpy: plans and views hold them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from flagstaff.addresses import Address
from flagstaff.model.exposure import Exposure

# Two-sided 95 %.
_Z: Final = 1.959963984540054
# From this factor on, an effective share or an overlap is not what its percentages suggest;
FACTOR: Final = 2
# and if neither is of as many ids as that, it may as well be chance.
_FEW: Final = 10


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `of` people of the population. `people`: how many people there are in all, if that is known.

    `exact`: it follows from what is off or on for everybody, so that there is no sampling error.
    """

    count: int
    of: int
    people: int | None = None
    exact: bool = False

    @property
    def part(self) -> float:
        """0 to 1; 0 of nobody."""
        return self.count / self.of if self.of else 0.0

    @property
    def bounds(self) -> tuple[float, float]:
        """The 95 % confidence interval of `part`, after E. B. Wilson (1927)."""
        if self.exact:
            return (self.part, self.part)
        if not self.of:
            return (0.0, 1.0)
        ratio = _Z * _Z / self.of
        middle = self.part + ratio / 2
        spread = math.sqrt(ratio * (self.part * (1 - self.part) + ratio / 4))
        low, high = (middle - spread) / (1 + ratio), (middle + spread) / (1 + ratio)
        # Rounding may leave a hair beside an end that is reached.
        return (low if self.count else 0.0, high if self.count < self.of else 1.0)

    @property
    def number(self) -> int | None:
        """People, not ids."""
        return None if self.people is None else round(self.part * self.people)

    @property
    def number_bounds(self) -> tuple[int, int] | None:
        if self.people is None:
            return None
        low, high = self.bounds
        return (math.floor(low * self.people), math.ceil(high * self.people))


@dataclass(frozen=True, slots=True)
class Change:
    """Who has something before and after; those who gain it are not among those before."""

    before: Share
    after: Share
    gained: Share
    lost: Share

    @property
    def is_none(self) -> bool:
        return not self.gained.count and not self.lost.count

    @property
    def stay(self) -> Share:
        """Of those who have it before, those who keep it."""
        kept = self.before.count - self.lost.count
        return Share(kept, self.before.count, self.before.number, self.before.exact and self.lost.exact)


@dataclass(frozen=True, slots=True)
class SegmentReach:
    """The same for one segment of the product: shares are of its own people. What on and off mean to them."""

    name: str
    on: str
    off: str
    change: Change


@dataclass(frozen=True, slots=True)
class Reach:
    """Who has a toggle or an experience, before and after.

    `change` is None where nobody can say, and `unknown` names why: what is `other` in the store, segments
    without a share, ids that the population doesn't have. `nominal`: the shares before and after that the
    percentages suggest, as if each went to the same people first. `same_people`: a raise or a lower of the
    same cohort; else another key or meaning made it another one.
    """

    address: Address
    product: Address | None
    change: Change | None
    nominal: tuple[Share, Share] | None
    unknown: tuple[str, ...] = ()
    segments: tuple[SegmentReach, ...] = ()
    same_people: bool = True

    @property
    def misleads(self) -> bool:
        """Whether the share after is certainly more than a factor of two away from the nominal one."""
        if self.change is None or self.nominal is None:
            return False
        return _differ(self.change.after, self.nominal[1].bounds)


@dataclass(frozen=True, slots=True)
class Breach:
    """A requirement, at each moment: who has the child, and who of them lacks the parent.

    None where nobody can say. `testers`: those of the child that lack the parent, who are in no share.
    """

    child: Address
    parent: Address
    having: tuple[Share | None, ...]
    lacking: tuple[Share | None, ...]
    testers: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Spread:
    """`distribution[k]` people have exactly `k` of the members of a set."""

    distribution: tuple[int, ...]
    people: int | None = None
    exact: bool = False

    @property
    def at_least_one(self) -> Share:
        return self._share(sum(self.distribution[1:]))

    @property
    def all(self) -> Share:
        return self._share(self.distribution[-1])

    @property
    def mixed(self) -> Share:
        """Some, but not all."""
        return self._share(sum(self.distribution[1:-1]))

    def _share(self, count: int) -> Share:
        return Share(count, sum(self.distribution), self.people, self.exact)


@dataclass(frozen=True, slots=True)
class SetReach:
    """A set of toggles or experiences before and after; None where nobody can say, and `unknown` names why."""

    name: str
    members: tuple[Address, ...]
    before: Spread | None
    after: Spread | None
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """Two toggles after the change: who has both, and the share that chance would give."""

    first: Address
    second: Address
    both: Share
    expected: float

    @property
    def ratio(self) -> float:
        """1: independent; 0: nobody has both."""
        return self.both.part / self.expected

    @property
    def is_odd(self) -> bool:
        """Whether the overlap is certainly more than a factor of two away from chance."""
        return _differ(self.both, (self.expected, self.expected))


@dataclass(frozen=True, slots=True)
class Advice:
    """Put `exposure` on `shared`, and `others` at 100 %.

    `planned` and `advised`: who has how many of the set's toggles together with the shared one. `also` are the
    experiences outside the set that the shared toggle decides, too.
    """

    set: str
    shared: Address
    exposure: Exposure
    others: tuple[Address, ...]
    planned: Spread
    advised: Spread
    also: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is affected. Sorted by address; `sets` and `requirements` are in the order of the question.

    `pairs` are the odd ones. `unpaired` names the sets that are too large to look at each pair of them.
    """

    population: str
    size: int
    seed: int | None
    moments: tuple[str, ...]
    toggles: tuple[Reach, ...]
    experiences: tuple[Reach, ...]
    requirements: tuple[Breach, ...]
    sets: tuple[SetReach, ...]
    pairs: tuple[Pair, ...]
    unpaired: tuple[str, ...] = ()

    @property
    def changes_no_experience(self) -> bool:
        """True only where all of them are known."""
        return all(reach.change is not None and reach.change.is_none for reach in self.experiences)


def _differ(share: Share, expected: tuple[float, float]) -> bool:
    (low, high), (lowest, highest) = share.bounds, expected
    return max(share.count, highest * share.of) >= _FEW and (low > highest * FACTOR or high * FACTOR < lowest)


def by_address(reaches: Iterable[Reach]) -> dict[Address, Reach]:
    return {reach.address: reach for reach in reaches}
