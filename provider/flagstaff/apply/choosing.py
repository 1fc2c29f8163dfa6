"""Choosing: which moves of a batch may start, and why not the others. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flagstaff.addresses import Address
from flagstaff.apply.events import Ended, MoveResult
from flagstaff.apply.neighbours import Neighbours
from flagstaff.apply.options import Options
from flagstaff.plan.checks import NOBODY
from flagstaff.plan.plan import Move


@dataclass(slots=True)
class Progress:
    """What became of the moves so far.

    `shaken`: toggles that a requirement joins to one whose value nobody planned, and to which one.
    """

    neighbours: Neighbours
    results: dict[Address, MoveResult] = field(default_factory=dict)
    shaken: dict[Address, Address] = field(default_factory=dict)

    def add(self, result: MoveResult) -> None:
        self.results[result.move.address] = result

    def shake(self, address: Address) -> None:
        """The value of this one is neither as before nor as planned."""
        for neighbour in self.neighbours.joined_to(address):
            self.shaken.setdefault(neighbour, address)

    def cause(self, move: Move) -> Address | None:
        """The toggle because of which this move may not start; None: nothing that happened speaks against it."""
        for before in move.waits_for:
            result = self.results.get(before)
            if result is not None and result.ended is not Ended.APPLIED:
                return result.because or before
        return self.shaken.get(move.address)


def skips(batch: Sequence[Move], progress: Progress, options: Options) -> Mapping[Address, MoveResult]:
    """The moves of a batch that do not start, each with its reason."""
    found = ((move, _reason(move, progress, options)) for move in batch)
    return {
        move.address: MoveResult(move, Ended.SKIPPED, reason.detail, because=reason.because)
        for move, reason in found
        if reason is not None
    }


@dataclass(frozen=True, slots=True)
class _Reason:
    detail: str
    because: Address | None = None


def _reason(move: Move, progress: Progress, options: Options) -> _Reason | None:
    cause = progress.cause(move)
    if cause is not None:
        return _Reason(f"Skipped because of {cause}.", cause)
    missing = [role for role in move.approvals if role not in options.approved]
    if NOBODY in missing:
        return _Reason("It needs an approval, and no role is recorded that could give it.")
    if missing:
        return _Reason(f"It waits for the approval of {', '.join(map(str, missing))}.")
    if move.consent and move.address not in options.consented:
        return _Reason(
            "It lowers what a hand raised, and nobody agreed to that. "
            f"Say yes when asked, or plan with -accept-drift {move.address}."
        )
    return None
