"""What is true of every state, numbered; a state that breaks one is neither loaded nor saved. Pure.

S1 to S6 are of the state alone; J1 to J3 are of the state and its whole journal (`state verify`).

S1  The lineage is not empty.
S2  The serial is not negative.
S3  The journal's head is empty or a SHA-256 in hexadecimal.
S4  Toggles and holds have addresses of toggles.
S5  Every toggle has a key, and no two have the same.
S6  Every time has a time zone.
J1  The journal is one unbroken chain from its first entry.
J2  The state's head is the hash of an entry of the journal, or empty.
J3  The toggles, with what the journal has behind the head, are those that it tells of from its
    first entry, with their keys and exposures.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flagstaff.addresses import Address
from flagstaff.state.journal import Entry
from flagstaff.state.journal import verify as verify_chain
from flagstaff.state.recovery import fold
from flagstaff.state.state import State
from flagstaff.state.store import StateError

_HASH = re.compile(r"(?:[0-9a-f]{64})?\Z")


@dataclass(frozen=True, slots=True)
class Violation:
    """An invariant that is broken. `number` is `S4`, `detail` a sentence."""

    number: str
    detail: str
    address: Address | None = None

    def __str__(self) -> str:
        return f"{self.number}: {self.detail}"


def verify(state: State, entries: Iterable[Entry] | None = None) -> tuple[Violation, ...]:
    """All violations, by number; `entries` is the whole journal, without it only S1 to S6 are looked at."""
    alone = tuple(_alone(state))
    return alone if entries is None else (*alone, *_with_journal(state, tuple(entries)))


def check(state: State, name: str) -> None:
    """Raise `StateError` if the state alone breaks an invariant; `name` is what the message calls it."""
    violations = verify(state)
    if violations:
        more = f" (and {len(violations) - 1} more)" if len(violations) > 1 else ""
        raise StateError(
            "State breaks an invariant",
            f"{name}: {violations[0]}{more} The invariants are listed in the reference of the state. "
            "Nothing was changed.",
        )


def _alone(state: State) -> Iterator[Violation]:
    if not state.lineage:
        yield Violation("S1", "The lineage is empty.")
    if state.serial < 0:
        yield Violation("S2", f"The serial is {state.serial}.")
    if not _HASH.match(state.journal_head):
        yield Violation("S3", f'The journal\'s head "{state.journal_head}" is not a SHA-256.')
    for address in sorted({*state.toggles, *state.holds}):
        if address.kind != "toggle":
            yield Violation("S4", f"{address} is not the address of a toggle.", address)
    yield from _keys(state)
    yield from _times(state)


def _keys(state: State) -> Iterator[Violation]:
    owners: dict[str, Address] = {}
    for address, record in sorted(state.toggles.items()):
        if not record.key:
            yield Violation("S5", f"{address} has no key.", address)
        elif (other := owners.setdefault(record.key, address)) != address:
            yield Violation("S5", f'{other} and {address} both have the key "{record.key}".', address)


def _times(state: State) -> Iterator[Violation]:
    times = [(address, record.last_write_at) for address, record in sorted(state.toggles.items())]
    times += [(address, hold.at) for address, hold in sorted(state.holds.items())]
    for address, time in times:
        if time is not None and time.tzinfo is None:
            yield Violation("S6", f"{address} has the time {time} without a time zone.", address)


def _with_journal(state: State, entries: tuple[Entry, ...]) -> Iterator[Violation]:
    flaws = verify_chain(entries)
    for flaw in flaws:
        yield Violation("J1", f"Journal, {flaw}.")
    if flaws:
        return
    hashes = [entry.hash for entry in entries]
    if state.journal_head and state.journal_head not in hashes:
        yield Violation("J2", f"The journal has no entry with the hash {state.journal_head}.")
        return
    behind = entries[hashes.index(state.journal_head) + 1 :] if state.journal_head else entries
    yield from _told(state, entries, behind)


def _told(state: State, entries: tuple[Entry, ...], behind: tuple[Entry, ...]) -> Iterator[Violation]:
    """Where the state, brought up to date, is not as the journal tells from its beginning."""
    try:
        told = fold(State(state.lineage), entries).state.toggles
        has = fold(state, behind).state.toggles
    except StateError as error:
        yield Violation("J3", error.detail)
        return
    for address in sorted({*told, *has}):
        ours, theirs = has.get(address), told.get(address)
        if ours is None:
            yield Violation("J3", f"{address} is in the journal and not in the state.", address)
        elif theirs is None:
            yield Violation("J3", f"{address} is in the state and not in the journal.", address)
        elif (ours.key, ours.exposure) != (theirs.key, theirs.exposure):
            state_says, journal_says = (f'"{item.key}" at {item.exposure}' for item in (ours, theirs))
            yield Violation("J3", f"{address} is {state_says} in the state and {journal_says} in the journal.", address)
