"""Changes of the record alone: under the lease, through the journal, then the state."""

from __future__ import annotations

import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from flagstaff import __version__
from flagstaff.addresses import Address, AddressError
from flagstaff.cli.workspace import Workspace, never
from flagstaff.config.load import Inputs
from flagstaff.diagnostics import Failure, did_you_mean
from flagstaff.model.configuration import Backend
from flagstaff.state.facts import Fact, encode_fact
from flagstaff.state.journal import link
from flagstaff.state.recovery import fold
from flagstaff.state.registry import open_store
from flagstaff.state.state import State
from flagstaff.state.store import Lease, StateStore


def state_store(workspace: Workspace, inputs: Inputs) -> StateStore:
    """The store that the configuration names, or `FLAGSTAFF_STATE`, which needs no configuration."""
    path = os.environ.get("FLAGSTAFF_STATE")
    if path:
        return open_store(Backend("local", {"path": path}), workspace.directory)
    return workspace.store(workspace.configuration(inputs).settings.backend)


def present_state(store: StateStore) -> State:
    """The state with what the journal tells behind it; raises `Failure` where there is none."""
    state, _ = store.load()
    if state is None:
        raise Failure.error(
            "No state", "Nothing was applied here yet, so there is no state. `flagstaff apply` makes it."
        )
    return fold(state, store.entries(state.journal_head or None)).state


@dataclass(frozen=True, slots=True)
class Record:
    """The state under a lease."""

    workspace: Workspace
    store: StateStore
    operation: str
    timeout: timedelta

    def lease(self) -> Lease:
        return self.workspace.lease(self.store, self.operation, self.timeout, never)

    def change(self, facts: Sequence[Fact]) -> State:
        """Write facts down and take them in. The caller looked at the state under the same lease."""
        state, token = self.store.load()
        base = state or State(lineage=str(uuid.uuid4()))
        entries = tuple(self.store.entries(base.journal_head or None))
        found = fold(base, entries)
        if found.in_flight:
            raise Failure.error(
                "Moves are in flight",
                "An apply ended before it could tell how its moves were done. `flagstaff apply` asks the store and "
                "settles them; then run this command again.",
            )
        new = link(
            self.store.last(),
            map(encode_fact, facts),
            time=self.workspace.clock.now(),
            run=self.workspace.run,
            who=self.workspace.who,
        )
        if new:
            self.store.append(new, new[0].previous)
        after = fold(base, (*entries, *new)).state
        after = replace(after, serial=base.serial + 1, tool=__version__)
        self.store.save(after, token)
        return after


def parse_address(text: str) -> Address:
    """Raises `Failure`."""
    try:
        return Address.parse(text)
    except AddressError as error:
        raise Failure.error("Not an address", f"{error}.") from error


def find_record(state: State, text: str) -> Address:
    """The recorded toggle with that address or key; raises `Failure`, with the nearest."""
    names = {str(address): address for address in state.toggles}
    names |= {record.key: address for address, record in state.toggles.items() if record.key not in names}
    if text not in names:
        raise Failure.error("Not in the state", f'The state has no toggle "{text}".{did_you_mean(text, names)}')
    return names[text]
