"""What a release releases: a hold with those of its dependents, or what a hand turned down. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from flagstaff.addresses import Address
from flagstaff.model.exposure import Exposure
from flagstaff.model.recorded import Hold, Recorded, ToggleRecord


@dataclass(frozen=True, slots=True)
class Release:
    """`addresses` are all that are released, the named one first; `hold` None: a hand turned it down, and its live
    value is taken over. `id` is what is signed; `testers` are those that `-testers` took out, by toggle."""

    id: str
    addresses: tuple[Address, ...]
    hold: Hold | None
    testers: Mapping[Address, tuple[str, ...]]


def of_hold(address: Address, recorded: Recorded) -> Release | None:
    """None: it is not held."""
    hold = recorded.holds.get(address)
    if hold is None:
        return None
    with_it = [other for other, one in sorted(recorded.holds.items()) if one.of == address]
    addresses = (address, *with_it)
    testers = {place: taken for place in addresses if (taken := recorded.holds[place].testers)}
    return Release(hold.id, addresses, hold, testers)


def held_with(address: Address, recorded: Recorded) -> Address | None:
    """The toggle because of which this one is held, while that is held itself."""
    hold = recorded.holds.get(address)
    return hold.of if hold is not None and hold.of in recorded.holds else None


def of_hand(address: Address, record: ToggleRecord, live: Exposure, lineage: str) -> Release | None:
    """None: it is not below its record. The id is the same as long as nothing changes."""
    if live >= record.exposure:
        return None
    said = [lineage, str(address), record.key, record.exposure.encode(), live.encode()]
    return Release(hashlib.sha256(json.dumps(said).encode()).hexdigest(), (address,), None, {})
