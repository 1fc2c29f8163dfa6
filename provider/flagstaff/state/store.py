"""What a state store is: compare-and-set state, an append-only journal, and a lease.

Every store passes `flagstaff.testing.state_conformance`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, Self

from flagstaff.state.journal import Entry
from flagstaff.state.state import State

# Opaque: what `save` compares. "" is "there is no state".
Token = str
# The hash of a journal's last entry; "" is the empty journal.
Head = str


@dataclass(frozen=True, slots=True)
class LockInfo:
    """Who holds, or wants, the lease.

    `id` is of this one lease. `operation` is the command: `apply`, `state mv`; `tool` is the
    version of Flagstaff, such as `0.1.0`.
    """

    id: str
    operation: str
    who: str
    host: str
    pid: int
    created: datetime
    tool: str


class StateError(Exception):
    """The state can't be read or written; `summary` is fixed text, `detail` says what to do."""

    def __init__(self, summary: str, detail: str) -> None:
        super().__init__(f"{summary}: {detail}")
        self.summary = summary
        self.detail = detail


class StateConflict(StateError):
    """Somebody else saved, or appended, first. Nothing was overwritten."""


class LeaseHeld(StateError):
    """Somebody else holds the lease: `holder`."""

    def __init__(self, detail: str, holder: LockInfo) -> None:
        super().__init__("State is in use", detail)
        self.holder = holder


class Lease(Protocol):
    """The right to write, for as long as it is renewed. A context manager that releases."""

    info: LockInfo
    # The lease of a dead or expired holder that this one took over, if it did.
    took_over: LockInfo | None

    def renew(self) -> None:
        """Prolong it; raises `StateError` if it was lost meanwhile."""
        ...

    def stop_requested(self) -> str | None:
        """Why the holder shall stop, if somebody asked for it."""
        ...

    def release(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


class StateStore(Protocol):
    def load(self) -> tuple[State | None, Token]:
        """The state and the token to save over it; (None, "") where there is none.

        Raises `StateError` for a state that can't be read or breaks an invariant. Writes nothing.
        """
        ...

    def save(self, state: State, expect: Token) -> Token:
        """Replace the state, if it still is the one that `expect` stands for; else `StateConflict`.

        The same state again writes nothing; another one must have a higher serial and the same
        lineage (`State.changed` sees to both), and pass `invariants.check`. The store keeps one
        backup of what it replaces. Needs no lease to be safe.
        """
        ...

    def append(self, entries: Sequence[Entry], expect: Head) -> Head:
        """Write entries durably behind the one whose hash is `expect`; else `StateConflict`."""
        ...

    def entries(self, after: Head | None = None) -> Iterator[Entry]:
        """The journal in order, from the entry behind `after`; a torn last line is left out.

        Raises `StateError` where `after` is not in it.
        """
        ...

    def last(self) -> Entry | None:
        """The journal's last entry; None: it is empty."""
        ...

    def head(self) -> Head:
        """The hash of `last`; "": the journal is empty."""
        ...

    def acquire(self, info: LockInfo) -> Lease:
        """Take the lease, or raise `LeaseHeld`. A dead or expired holder is taken over."""
        ...

    def holder(self) -> LockInfo | None:
        """Who holds the lease now."""
        ...

    def break_lease(self) -> LockInfo | None:
        """Take the lease away from whoever holds it (`unlock`), and say who that was."""
        ...

    def request_stop(self, why: str) -> None:
        """Ask the present holder of the lease to stop; it looks before every move."""
        ...
