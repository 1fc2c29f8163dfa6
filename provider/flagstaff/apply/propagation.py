"""Propagation: how long readers may still serve an old value of a neighbour. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from flagstaff.addresses import Address
from flagstaff.apply.neighbours import Neighbours
from flagstaff.model.recorded import ToggleRecord


@dataclass(frozen=True, slots=True)
class Wait:
    """`address` has to wait `seconds` more, because `neighbour` was written so lately."""

    address: Address
    neighbour: Address
    seconds: float


def longest_wait(
    addresses: Iterable[Address],
    neighbours: Neighbours,
    records: Mapping[Address, ToggleRecord],
    propagation: timedelta,
    now: datetime,
) -> Wait | None:
    """The wait after which all of `addresses` may be written; None: at once.

    A record tells when its toggle's last write was verified. A time in the future (another
    machine's clock) counts as just now, so no wait is longer than `propagation`.
    """
    if not propagation:
        return None
    longest: Wait | None = None
    for address in addresses:
        for neighbour in neighbours.around(address):
            record = records.get(neighbour)
            if record is None or record.last_write_at is None:
                continue
            left = (propagation - max(now - record.last_write_at, timedelta(0))).total_seconds()
            if left > (0.0 if longest is None else longest.seconds):
                longest = Wait(address, neighbour, left)
    return longest
