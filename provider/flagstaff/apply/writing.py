"""Writing: the steps of a batch's moves, by a writer of either kind, into what each attempt came to.

The store's answer to each step is the first check; whether a move is verified is decided later,
by one read of the whole batch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from flagstaff.addresses import Address
from flagstaff.apply.preconditions import live_of, value
from flagstaff.model.live import Dialect, Raw, Result, Snapshot, Step
from flagstaff.plan.plan import Move
from flagstaff.providers.protocols import BatchWriter, Conflict, StoreError, Writer


@dataclass(frozen=True, slots=True)
class Attempt:
    """What writing one move came to. `steps`: how many of them may have been written.

    `error` "": all were, and answered as planned. `unknown`: nobody can say whether the last one
    was written. `conflict`: the toggle was not as expected.
    """

    steps: int
    error: str = ""
    unknown: bool = False
    conflict: bool = False


Attempts = Mapping[Address, Attempt]


def write_alone(
    writer: Writer, move: Move, snapshot: Snapshot, dialect: Dialect, give_up: Callable[[], bool]
) -> Attempt:
    """All steps of one move, one after the other, up to the first that does not go as planned."""
    raw = snapshot.toggles.get(move.key)
    for number, step in enumerate(move.steps):
        if give_up():
            return Attempt(number, "Stopped before the next step.")
        try:
            raw = writer.write(step, raw)
        except StoreError as error:
            return _failed(error, number)
        if trouble := _trouble(move, number, raw, dialect):
            return Attempt(number + 1, trouble)
    return Attempt(len(move.steps))


def write_together(writer: BatchWriter, moves: Sequence[Move], snapshot: Snapshot, dialect: Dialect) -> Attempts:
    """The first steps of all moves in one write, then the second ones of those that have two, and so on."""
    attempts: dict[Address, Attempt] = {}
    going, number = list(moves), 0
    while going:
        raws: dict[str, Raw | None] = {}
        answers = _position(writer, going, number, snapshot)
        for move in going:
            answer = answers[move.address]
            if isinstance(answer, Attempt):
                attempts[move.address] = answer
            elif trouble := _trouble(move, number, answer.raw, dialect):
                attempts[move.address] = Attempt(number + 1, trouble)
            elif number + 1 == len(move.steps):
                attempts[move.address] = Attempt(number + 1)
            raws[move.key] = None if isinstance(answer, Attempt) else answer.raw
        number += 1
        going = [move for move in going if move.address not in attempts]
        snapshot = replace(snapshot, toggles={move.key: raw for move in going if (raw := raws[move.key]) is not None})
    return attempts


def _position(
    writer: BatchWriter, moves: Sequence[Move], number: int, snapshot: Snapshot, *, again: bool = True
) -> dict[Address, Result | Attempt]:
    """One write of the moves' steps at that position. On a conflict those concerned fail, and the
    rest is tried once more without them."""
    steps = [move.steps[number] for move in moves]
    try:
        results = writer.write_batch(steps, _of(snapshot, steps))
    except Conflict as error:
        changed = [move.address for move in moves if move.key in error.keys]
        rest = [move for move in moves if move.key not in error.keys]
        answers: dict[Address, Result | Attempt] = dict.fromkeys(changed, _failed(error, number))
        if rest and changed and again:
            return answers | _position(writer, rest, number, snapshot, again=False)
        not_written = Attempt(number, f"Not written, as the store kept changing. {error.detail}")
        return answers | {move.address: not_written for move in rest}
    except StoreError as error:
        return {move.address: _failed(error, number) for move in moves}
    return {
        move.address: result
        if result.error is None
        else Attempt(number + result.unknown, result.error, unknown=result.unknown)
        for move, result in zip(moves, results, strict=True)
    }


def _of(snapshot: Snapshot, steps: Sequence[Step]) -> Snapshot:
    keys = {step.key for step in steps}
    return replace(snapshot, toggles={key: raw for key, raw in snapshot.toggles.items() if key in keys})


def _failed(error: StoreError, number: int) -> Attempt:
    """The step with that number failed."""
    text = f"{error.summary}: {error.detail}"
    return Attempt(number + error.unknown, text, unknown=error.unknown, conflict=isinstance(error, Conflict))


def _trouble(move: Move, number: int, raw: Raw | None, dialect: Dialect) -> str:
    """What is wrong with the store's answer to a step, or ""."""
    last = number + 1 == len(move.steps)
    planned = move.after if last else move.steps[number].leaves
    answered = live_of(raw, dialect)
    if answered == planned:
        return ""
    return f"The store answered that it is {value(answered)} after the write, not {value(planned)}."
