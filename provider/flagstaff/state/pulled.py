"""A state that was pulled: what `flagstaff state pull` printed, for planning where the store is out of reach."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NoReturn

from flagstaff.state import invariants
from flagstaff.state.codec import decode_state
from flagstaff.state.journal import Entry
from flagstaff.state.state import State
from flagstaff.state.store import Head, LockInfo, StateError, Token

_TOKEN: Final = "pulled"


@dataclass(frozen=True, slots=True)
class PulledState:
    """A `StateStore` that can only be read, and has no journal behind its state."""

    state: State

    @classmethod
    def read(cls, text: str, name: str) -> PulledState:
        """`name` is what messages call it. Raises `StateError`."""
        state = decode_state(text, name)
        invariants.check(state, name)
        return cls(state)

    def load(self) -> tuple[State | None, Token]:
        return self.state, _TOKEN

    def entries(self, after: Head | None = None) -> Iterator[Entry]:  # noqa: ARG002 - nothing is behind any head
        return iter(())

    def last(self) -> Entry | None:
        return None

    def head(self) -> Head:
        return self.state.journal_head

    def holder(self) -> LockInfo | None:
        return None

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise StateError("State is a copy", "What `state pull` printed can be planned against, and not be written.")

    save = append = acquire = break_lease = request_stop = _refuse
