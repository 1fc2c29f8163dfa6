"""The journal: an append-only record in which every entry carries the hash of the one before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """One record.

    `kind` is one of KINDS, `run` groups the entries of one command, `data` is plain JSON.
    `previous` is the hash of the entry before ("" for the first); `hash` covers all the rest.
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
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
