"""The journal: an append-only record in which every entry carries the hash of the one before. Pure.

An entry's `data` is a fact of its kind, written as JSON: the classes of `state/facts.py` say
which fields each kind has. Executors make facts, `link` them and hand them to a store:

    entries = link(store.last(), map(encode_fact, facts), time=now, run=run, who=who)
    head = store.append(entries, expect=entries[0].previous)
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from flagstaff.state.forms import INTEGER, OBJECT, TEXT, TIME, encode_time, parse, record


@dataclass(frozen=True, slots=True)
class Entry:
    """One record.

    `kind` is one of KINDS, `run` groups the entries of one command, `data` is plain JSON.
    `previous` is the hash of the entry before ("" for the first, whose sequence is 1); `hash`
    covers all the rest.
    """

    sequence: int
    previous: str
    time: datetime
    kind: str
    run: str
    who: str
    data: Mapping[str, Any]
    hash: str


KINDS = (
    "apply_started",
    "intent",
    "result",
    "apply_finished",
    "recovered",
    "takeover",
    "imported",
    "moved",
    "removed",
    "unlocked",
    "trusted",
    "stage_changed",
    "baseline_frozen",
    "measured",
    "answered",
    "approved",
    "rollback_started",
    "rollback_finished",
    "held",
    "explained",
    "released",
    "pushed",
    "migrated",
)

_CANONICAL: Final = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_LINE: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
# The order of a line's fields. The hash comes last: a store finds an entry by how its line ends.
_ENTRY: Final = record(
    Entry, sequence=INTEGER, time=TIME, kind=TEXT, run=TEXT, who=TEXT, data=OBJECT, previous=TEXT, hash=TEXT
)


def digest(sequence: int, previous: str, time: str, kind: str, run: str, who: str, data: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical JSON of an entry's fields: sorted keys, no blanks, UTF-8."""
    body = {
        "data": data,
        "kind": kind,
        "previous": previous,
        "run": run,
        "sequence": sequence,
        "time": time,
        "who": who,
    }
    return hashlib.sha256(_CANONICAL.encode(body).encode("utf-8", "surrogatepass")).hexdigest()


def link(
    last: Entry | None, facts: Iterable[tuple[str, Mapping[str, Any]]], *, time: datetime, run: str, who: str
) -> tuple[Entry, ...]:
    """Entries of those kinds and data, chained behind `last`; None: they are the journal's first."""
    sequence, previous = (last.sequence, last.hash) if last else (0, "")
    stamp, made = encode_time(time), []
    for kind, data in facts:
        sequence += 1
        hash_ = digest(sequence, previous, stamp, kind, run, who, data)
        made.append(Entry(sequence, previous, time, kind, run, who, data, hash_))
        previous = hash_
    return tuple(made)


def encode_entry(entry: Entry) -> str:
    """One line of text, without its end."""
    return _LINE.encode(_ENTRY.encode(entry))


def decode_entry(line: str) -> Entry:
    """Raises `Misfit`. The hash is not checked; `verify` and `flaws_of` do."""
    return _ENTRY.decode(parse(line))


@dataclass(frozen=True, slots=True)
class Flaw:
    """A place where the chain does not hold. `sequence` is the entry's place in it, counted from 1."""

    sequence: int
    problem: str

    def __str__(self) -> str:
        return f"entry {self.sequence}: {self.problem}"


def verify(entries: Iterable[Entry], head: str = "") -> tuple[Flaw, ...]:
    """Everything that shows that a whole journal was rewritten, cut or reordered.

    `head` is the hash of an entry that must be in it, such as the state's; "": none must.
    """
    flaws: list[Flaw] = []
    sequence, previous, found = 0, "", not head
    for entry in entries:
        flaws.extend(flaws_of(entry, previous, sequence + 1))
        found = found or entry.hash == head
        sequence, previous = entry.sequence, entry.hash
    if not found:
        problem = f"the entry with the hash {head[:12]}..., which the state takes in, is not there; the journal was cut"
        flaws.append(Flaw(sequence + 1, problem))
    return tuple(flaws)


def flaws_of(entry: Entry, previous: str, sequence: int | None) -> Iterator[Flaw]:
    """Why `entry` can't be the one behind the hash `previous`, if it can't. `sequence` None: any will do."""
    if sequence is not None and entry.sequence != sequence:
        yield Flaw(entry.sequence, f"entry {sequence} should stand here; entries were taken out, put in or reordered")
    elif entry.previous != previous:
        yield Flaw(entry.sequence, "it does not carry the hash of the entry before; one of the two was replaced")
    stamp = encode_time(entry.time)
    if entry.hash != digest(entry.sequence, entry.previous, stamp, entry.kind, entry.run, entry.who, entry.data):
        yield Flaw(entry.sequence, "its content does not match its hash; it was rewritten")
