"""What may follow what, in every store: states by lineage and serial, entries by their chain. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from flagstaff.state.journal import Entry
from flagstaff.state.state import State
from flagstaff.state.store import StateConflict, StateError


def succeeds(state: State, lineage: str, serial: int) -> None:
    """Raise `StateError` unless the state may take the place of another one with that lineage and serial."""
    if state.lineage != lineage:
        raise StateError(
            "State has another lineage",
            f'The state to be saved has the lineage "{state.lineage}", and the one in its place "{lineage}": they '
            "describe different things. Look whether the backend names the right place. The state is as it was.",
        )
    if state.serial <= serial:
        raise StateError(
            "State has an old serial",
            f"The state to be saved has serial {state.serial}, and the one in its place, which differs, has {serial}. "
            "It must be higher. The state is as it was.",
        )


def follow_on(last: Entry | None, entries: Sequence[Entry]) -> None:
    """Raise `StateError` unless the entries are the ones behind `last`."""
    sequence, previous = (last.sequence, last.hash) if last else (0, "")
    for entry in entries:
        sequence += 1
        if (entry.sequence, entry.previous) != (sequence, previous):
            raise StateError(
                "Journal entries do not follow on",
                f"Entry {entry.sequence} can't stand in place {sequence}. Nothing was written; this is a mistake in "
                "Flagstaff.",
            )
        previous = entry.hash


def winner(last: Entry | None) -> str:
    """Who is likely to have been first: whoever made the journal's last entry. A sentence, or nothing."""
    if last is None:
        return ""
    return (
        f" The last entry of the journal is by {last.who}: {last.kind}, "
        f"{last.time:%Y-%m-%d %H:%M:%S} UTC, run {last.run}."
    )


def conflict(detail: str) -> StateConflict:
    """Somebody was first; `detail` says what is there now."""
    return StateConflict("State was changed by somebody else", f"{detail} Nothing was overwritten. Plan again.")
