"""Verification: what a value read after the writes says of a move. Pure.

A move is verified when the effective exposure, over all gates, is the planned one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import assert_never

from flagstaff.apply.events import Ended
from flagstaff.apply.preconditions import Mismatch, value
from flagstaff.apply.writing import Attempt
from flagstaff.model.exposure import Exposure
from flagstaff.model.live import LiveExposure
from flagstaff.model.recorded import Standing
from flagstaff.plan.plan import Move
from flagstaff.state.facts import Intent


class Seen(Enum):
    """Where a toggle stands between the start and the end of its move."""

    AFTER = auto()
    BEFORE = auto()
    BETWEEN = auto()  # where one of the move's own steps leaves it
    OTHER = auto()


def seen(move: Move | Intent, live: LiveExposure | None, steps: int | None = None) -> Seen:
    """`live` None: not in the store. `steps` is how many steps may have been written; None: all."""
    if live == move.after:
        return Seen.AFTER
    if live == move.before:
        return Seen.BEFORE
    left = {step.leaves for step in move.steps[:steps]}
    return Seen.BETWEEN if isinstance(live, Exposure) and live in left else Seen.OTHER


@dataclass(frozen=True, slots=True)
class Settled:
    """How a move ended. `seen` None: the next run must ask the store. `ours`: the value read is this move's
    doing, whole or in part, and is recorded, with how the store has it: `standing`."""

    ended: Ended
    detail: str
    live: LiveExposure | None
    seen: Seen | None
    ours: bool = False
    standing: Standing | None = None

    @property
    def shakes(self) -> bool:
        """Whether the toggle stands where nobody planned it, so that its neighbours had better wait."""
        return self.seen in {Seen.BETWEEN, Seen.OTHER}


def settle(move: Move, attempt: Attempt, live: LiveExposure | None) -> Settled:
    """What the value read at the end of a batch makes of an attempt.

    Only a move of which every step may have been written can have been applied: another hand may
    have set the same value.
    """
    now = f"It is {value(live)} now."
    where = seen(move, live, attempt.steps)
    if where is Seen.AFTER and attempt.steps == len(move.steps):
        return Settled(Ended.APPLIED, "", live, where, ours=True)
    if attempt.conflict:
        mismatch = Mismatch(move.address, move.key, value(move.before), _differs(move, live))
        return Settled(Ended.FAILED, str(mismatch), live, where, ours=where is Seen.BETWEEN)
    said = attempt.error or _overruled(move)
    match where:
        case Seen.AFTER | Seen.BEFORE:
            return Settled(Ended.FAILED, _sentences(said, now), live, where)
        case Seen.BETWEEN:
            detail = _sentences(said, f"{now} The move is done in part.")
            return Settled(Ended.FAILED, detail, live, where, ours=True)
        case Seen.OTHER:
            neither = f"It is {value(live)} now, neither {value(move.before)} as before nor {value(move.after)}."
            return Settled(Ended.UNKNOWN, _sentences(said, neither), live, where)
        case _:
            assert_never(where)


def unread(attempt: Attempt, trouble: str) -> Settled:
    """The batch can't be read again: what may have been written stays open, and the next run asks the store."""
    if not attempt.steps:
        return Settled(Ended.FAILED, attempt.error, None, Seen.BEFORE)
    detail = _sentences(attempt.error, f"It could not be read after the write. {trouble}")
    return Settled(Ended.UNKNOWN, detail, None, None)


def _overruled(move: Move) -> str:
    """Every write was answered as planned, and the read behind them says something else."""
    return (
        f"The store answered that it was {value(move.after)} after the write: somebody else set it since, or what is "
        "read comes out of a cache."
    )


def _differs(move: Move, live: LiveExposure | None) -> str:
    now = value(live)
    return f"{now}, by other settings" if now == value(move.before) else now


def _sentences(*parts: str) -> str:
    return " ".join(part if part.endswith(".") else f"{part}." for part in parts if part)
