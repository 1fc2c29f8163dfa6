"""Settling: what one stopped change means for the others.

A change that does not go stops what is ordered after it, and every raise whose requirement would
not hold at the end that is left. Three rounds, each with its own verdict: what fails; what waits
and can't be done by this plan (a hold, a guard); what waits for somebody's yes to this plan.
Each round is linear in toggles and requirements.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from flagstaff.addresses import Address
from flagstaff.model.configuration import Requirement
from flagstaff.model.live import LiveExposure
from flagstaff.plan.candidates import Candidate
from flagstaff.plan.order import inverted
from flagstaff.plan.plan import Status
from flagstaff.plan.requirements import by_toggle, holds, holds_at
from flagstaff.plan.together import mates


class Round(Enum):
    FAILS = auto()
    CAPPED = auto()
    WAITS = auto()


@dataclass(frozen=True, slots=True)
class Unmet:
    """The toggle's raise would leave these requirements unmet."""

    requirements: tuple[Requirement, ...]


@dataclass(frozen=True, slots=True)
class Strands:
    """The toggle's lower would break what these dependents require."""

    requirements: tuple[Requirement, ...]


@dataclass(frozen=True, slots=True)
class Behind:
    """The toggle comes after one that does not go."""

    first: Address


@dataclass(frozen=True, slots=True)
class Apart:
    """Another toggle of its group does not go."""

    mate: Address


Reason = Unmet | Strands | Behind | Apart


@dataclass(frozen=True, slots=True)
class Stop:
    round: Round
    reason: Reason


@dataclass(slots=True)
class Settlement:
    """`stops` are those found here; `at` says where each toggle ends."""

    candidates: Mapping[Address, Candidate]
    lives: Mapping[Address, LiveExposure | None]
    stops: dict[Address, Stop] = field(default_factory=dict)
    _still: set[Address] = field(default_factory=set)

    def at(self, address: Address) -> LiveExposure | None:
        """The exposure at the end: the wanted one where the change goes, else the live one."""
        if self.goes(address):
            return self.candidates[address].wanted
        return self.lives.get(address)

    def goes(self, address: Address) -> bool:
        candidate = self.candidates.get(address)
        return candidate is not None and candidate.action.writes and address not in self._still

    def halt(self, addresses: Iterable[Address]) -> None:
        self._still.update(addresses)


def settle(
    candidates: Mapping[Address, Candidate],
    lives: Mapping[Address, LiveExposure | None],
    order: Mapping[Address, Collection[Address]],
    wanted: Collection[Requirement],
    in_force: Collection[Requirement],
) -> Settlement:
    """Find every stop. `wanted` are the declared requirements, `in_force` those of the guards in force."""
    settlement = Settlement(candidates, lives)
    followers, groups = inverted(order), mates(candidates)
    rounds = (
        (Round.FAILS, wanted, lambda c: c.status is Status.BLOCKED),
        (Round.CAPPED, in_force, lambda c: c.capped),
        (Round.WAITS, in_force, lambda c: c.status is Status.PENDING),
    )
    for round_, requirements, is_seed in rounds:
        seeds = sorted(address for address, c in candidates.items() if is_seed(c) and settlement.goes(address))
        settlement.halt(seeds)
        _run(settlement, round_, by_toggle(requirements), followers, groups, seeds, requirements)
    return settlement


def _run(
    settlement: Settlement,
    round_: Round,
    joined: Mapping[Address, tuple[Requirement, ...]],
    followers: Mapping[Address, set[Address]],
    groups: Mapping[Address, tuple[Address, ...]],
    seeds: Iterable[Address],
    requirements: Iterable[Requirement],
) -> None:
    queue = deque(seeds)

    def stop(address: Address, reason: Reason) -> None:
        settlement.halt([address])
        settlement.stops[address] = Stop(round_, reason)
        queue.append(address)

    def examine(requirement: Requirement) -> None:
        if holds_at(requirement, settlement.at):
            return
        child, parent = requirement.child, requirement.parent
        if settlement.goes(child) and settlement.candidates[child].up:
            stop(child, Unmet((requirement,)))
        elif settlement.goes(parent) and settlement.candidates[parent].down and _held(requirement, settlement.lives):
            stop(parent, Strands((requirement,)))

    for requirement in requirements:
        examine(requirement)
    while queue:
        address = queue.popleft()
        for requirement in joined.get(address, ()):
            examine(requirement)
        for mate in groups.get(address, ()):
            if settlement.goes(mate):
                stop(mate, Apart(address))
                for requirement in joined.get(mate, ()):  # before "comes after" says less about the same
                    examine(requirement)
        for follower in sorted(followers.get(address, ())):
            if settlement.goes(follower):
                stop(follower, Behind(address))


def _held(requirement: Requirement, lives: Mapping[Address, LiveExposure | None]) -> bool:
    return holds(requirement, lives.get(requirement.child), lives.get(requirement.parent))
