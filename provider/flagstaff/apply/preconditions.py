"""Preconditions: what must still be so when a move starts. Pure: compares values that somebody else read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain

from flagstaff.addresses import Address
from flagstaff.apply.events import Ended, MoveResult
from flagstaff.apply.neighbours import Neighbours
from flagstaff.model.exposure import ON
from flagstaff.model.live import Dialect, LiveExposure, Raw, Snapshot
from flagstaff.model.recorded import Hold, ToggleRecord
from flagstaff.plan.plan import Move, Plan, Precondition


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Something is not as the plan saw it: `planned` and `now` are texts for the user."""

    address: Address
    key: str
    planned: str
    now: str

    def __str__(self) -> str:
        return f"{self.address} ({self.key}) was {self.planned} when the plan was made and is {self.now} now."


def value(live: LiveExposure | None) -> str:
    """The value as every message of apply says it."""
    if live is None:
        return "not in the store"
    return "on" if live == ON else f"at {live}"


def live_of(raw: Raw | None, dialect: Dialect) -> LiveExposure | None:
    """The exposure of a toggle, or None where the store has no such toggle."""
    return None if raw is None else dialect.live(raw).exposure


def compare_live(
    precondition: Precondition, expected: LiveExposure | None, snapshot: Snapshot, dialect: Dialect
) -> Mismatch | None:
    """Whether the live value is the expected one: the plan's, or what this run's own move made of it."""
    now = live_of(snapshot.toggles.get(precondition.key), dialect)
    if now == expected:
        return None
    return Mismatch(precondition.address, precondition.key, value(expected), value(now))


def compare_gates(move: Move, snapshot: Snapshot, dialect: Dialect) -> Mismatch | None:
    """Whether the store's own values, testers apart, are still those that the steps were made for."""
    raw = snapshot.toggles.get(move.key)
    if dialect.gates(raw) == move.gates:
        return None
    now = value(live_of(raw, dialect))
    planned = value(move.before)
    return Mismatch(move.address, move.key, planned, f"{now}, by other settings" if now == planned else now)


def compare_record(
    precondition: Precondition, records: Collection[ToggleRecord | None], holds: Collection[Hold | None]
) -> Mismatch | None:
    """Whether one of `records` and one of `holds` is as planned: a toggle with a new address has two places.

    Times and change ids are left out: the same exposure applied again is no reason to refuse.
    """
    address, key = precondition.address, precondition.key
    planned, now = _recorded(precondition.recorded), [_recorded(record) for record in records]
    if planned not in now:
        return Mismatch(address, key, planned, now[0])
    held, holding = _held(precondition.hold), [_held(None if hold is None else hold.id) for hold in holds]
    return None if held in holding else Mismatch(address, key, held, holding[0])


def _recorded(record: ToggleRecord | None) -> str:
    return "not recorded" if record is None else f"recorded {value(record.exposure)} as {record.key}"


def _held(hold: str | None) -> str:
    return "not held" if hold is None else f"held by {hold}"


def stale(
    plan: Plan,
    snapshot: Snapshot,
    dialect: Dialect,
    records: Mapping[Address, ToggleRecord],
    holds: Mapping[Address, Hold],
) -> tuple[Mismatch, ...]:
    """All that is not as the plan saw it, one for a toggle, in the order of the preconditions."""
    places = {record.key: address for address, record in records.items()}
    moves = {move.address: move for move in plan.core.moves}

    def look(precondition: Precondition) -> Mismatch | None:
        address = precondition.address
        # A toggle that has another address in the plan is recorded under the old one until its record moves.
        source = places.get(precondition.recorded.key, address) if precondition.recorded else address
        move = moves.get(address)
        return (
            compare_live(precondition, precondition.live, snapshot, dialect)
            or (None if move is None else compare_gates(move, snapshot, dialect))
            or compare_record(
                precondition,
                [records.get(place) for place in (address, source)],
                [holds.get(place) for place in (address, source)],
            )
        )

    return tuple(mismatch for mismatch in map(look, plan.core.preconditions) if mismatch is not None)


@dataclass(frozen=True, slots=True)
class Guard:
    """Compares the store with the plan again, for the moves of one batch and their neighbours."""

    preconditions: Mapping[Address, Precondition]
    neighbours: Neighbours
    dialect: Dialect

    @classmethod
    def of(cls, plan: Plan, neighbours: Neighbours, dialect: Dialect) -> Guard:
        return cls({one.address: one for one in plan.core.preconditions}, neighbours, dialect)

    def keys(self, moves: Iterable[Move]) -> tuple[str, ...]:
        """All that has to be read for them."""
        around = (one.key for move in moves for one in self._around(move))
        return tuple(dict.fromkeys(chain((move.key for move in moves), around)))

    def mismatch(self, move: Move, snapshot: Snapshot, results: Mapping[Address, MoveResult]) -> Mismatch | None:
        """The first thing that is neither as the plan saw it nor as this run's own moves left it."""
        own = compare_gates(move, snapshot, self.dialect)
        if own is not None:
            return own
        for one in self._around(move):
            result = results.get(one.address)
            moved = result is not None and result.ended is Ended.APPLIED
            expected = result.move.after if result is not None and moved else one.live
            if (found := compare_live(one, expected, snapshot, self.dialect)) is not None:
                return found
        return None

    def _around(self, move: Move) -> Iterable[Precondition]:
        places = (move.address, *self.neighbours.joined_to(move.address))
        return (self.preconditions[place] for place in places if place in self.preconditions)
