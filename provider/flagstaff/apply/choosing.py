"""Choosing: which moves of a batch may start, and why not the others. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flagstaff.addresses import Address
from flagstaff.apply.events import Ended, MoveResult
from flagstaff.apply.neighbours import Neighbours
from flagstaff.apply.options import Options
from flagstaff.plan.candidates import NOBODY
from flagstaff.plan.plan import Move


@dataclass(slots=True)
class Progress:
    """What became of the moves so far.

    `groups` are the moves that go together, by name.
    `shaken`: toggles that a requirement joins to one whose value nobody planned, and to which one.
    """

    neighbours: Neighbours
    groups: Mapping[str, tuple[Move, ...]] = field(default_factory=dict)
    results: dict[Address, MoveResult] = field(default_factory=dict)
    shaken: dict[Address, Address] = field(default_factory=dict)

    def add(self, result: MoveResult) -> None:
        self.results[result.move.address] = result

    def shake(self, address: Address) -> None:
        """The value of this one is neither as before nor as planned."""
        for neighbour in self.neighbours.joined_to(address):
            self.shaken.setdefault(neighbour, address)

    def mates(self, move: Move) -> tuple[Move, ...]:
        """The other moves of its group, whichever batch they are in."""
        return tuple(mate for mate in self.groups.get(move.group, ()) if mate is not move)

    def cause(self, move: Move) -> tuple[Address, Ended] | None:
        """The toggle because of which this move may not start, and what that makes of it.

        None: nothing that happened speaks against it. A failure is told before a wait.
        """
        earlier = (*move.waits_for, *(mate.address for mate in self.mates(move)))
        before = [result for place in earlier if (result := self.results.get(place)) is not None]
        stopped = [result for result in before if result.ended not in {Ended.APPLIED, Ended.WAITING}]
        if stopped:
            return stopped[0].because or stopped[0].move.address, Ended.SKIPPED
        if move.address in self.shaken:
            return self.shaken[move.address], Ended.SKIPPED
        waiting = [result for result in before if result.ended is Ended.WAITING]
        return (waiting[0].because or waiting[0].move.address, Ended.WAITING) if waiting else None


def groups(moves: Sequence[Move]) -> Mapping[str, tuple[Move, ...]]:
    """The moves that go together, by the name of their group."""
    found: defaultdict[str, list[Move]] = defaultdict(list)
    for move in moves:
        if move.group:
            found[move.group].append(move)
    return {name: tuple(members) for name, members in found.items()}


def skips(batch: Sequence[Move], progress: Progress, options: Options) -> Mapping[Address, MoveResult]:
    """The moves of a batch that do not start, each with its reason."""
    found = ((move, _reason(move, progress, options) or _of_mates(move, progress, options)) for move in batch)
    ended = {
        move.address: MoveResult(move, reason.ended, reason.detail, because=reason.because)
        for move, reason in found
        if reason is not None
    }
    return with_mates(batch, ended)


def with_mates(moves: Sequence[Move], ended: Mapping[Address, MoveResult]) -> Mapping[Address, MoveResult]:
    """The same, and those of `moves` that go together with one of them: none of a group starts alone."""
    first: dict[str, MoveResult] = {}
    for result in ended.values():
        if result.move.group:
            first.setdefault(result.move.group, result)
    found = dict(ended)
    for move in moves:
        if move.address not in ended and move.group in first:
            result = first[move.group]
            waits = result.ended is Ended.WAITING
            word = "Waits" if waits else "Skipped"
            cause = result.because or result.move.address
            detail = f"{word} because of {cause}, with which it goes together."
            found[move.address] = MoveResult(move, Ended.WAITING if waits else Ended.SKIPPED, detail, because=cause)
    return found


@dataclass(frozen=True, slots=True)
class _Reason:
    detail: str
    ended: Ended = Ended.WAITING
    because: Address | None = None


def _reason(move: Move, progress: Progress, options: Options) -> _Reason | None:
    cause = progress.cause(move)
    if cause is not None:
        address, ended = cause
        word = "Skipped" if ended is Ended.SKIPPED else "Waits"
        return _Reason(f"{word} because of {address}.", ended, address)
    return _unagreed(move, options)


def _of_mates(move: Move, progress: Progress, options: Options) -> _Reason | None:
    """What keeps a later move of its group from starting keeps this one, too."""
    for mate in progress.mates(move):
        if _unagreed(mate, options) is not None:
            return _Reason(f"Waits because of {mate.address}, with which it goes together.", because=mate.address)
    return None


def _unagreed(move: Move, options: Options) -> _Reason | None:
    """Somebody's yes that is missing."""
    missing = [role for role in move.approvals if role not in options.approved]
    if NOBODY in missing:
        return _Reason("An approval is needed, and no role is recorded that could give it.")
    if missing:
        return _Reason(f"The approval of {', '.join(map(str, missing))} is missing.")
    if move.consent and move.address not in options.consented:
        return _Reason(
            "It lowers what a hand raised, which needs a yes of its own. "
            f"Say yes when asked, or plan with -accept-drift {move.address}."
        )
    return None
