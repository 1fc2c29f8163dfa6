"""Changes of the record alone: under the lease, through the journal, then the state."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, timedelta

from flagstaff.addresses import Address, AddressError
from flagstaff.apply.journalling import Journal, bring_up
from flagstaff.apply.recover import GONE, is_gone
from flagstaff.cli.backend_config import read
from flagstaff.cli.terminal import Terminal
from flagstaff.cli.workspace import Workspace, never
from flagstaff.config.load import Inputs
from flagstaff.diagnostics import Failure, did_you_mean
from flagstaff.model.backends import BACKENDS
from flagstaff.model.times import zone_in
from flagstaff.state.facts import Fact
from flagstaff.state.recovery import fold
from flagstaff.state.registry import open_store, parse_place
from flagstaff.state.state import State
from flagstaff.state.store import Lease, StateStore


def no_state() -> Failure:
    return Failure.error("No state", "Nothing was applied here yet, so there is no state. `flagstaff apply` makes it.")


def state_store(workspace: Workspace, inputs: Inputs) -> StateStore:
    """The store that the configuration names, or `FLAGSTAFF_STATE`, which needs no configuration.

    Of what is given to a backend from outside, it takes what its kind knows and it does not say itself.
    """
    place = os.environ.get("FLAGSTAFF_STATE")
    if place:
        backend = parse_place(place)
        more = read(inputs, workspace.directory) if backend.kind != "local" else {}
        known = {name: value for name, value in more.items() if name in BACKENDS[backend.kind]}
        return open_store(replace(backend, given={**known, **backend.given}), workspace.directory)
    return workspace.store(workspace.configuration(inputs).settings.backend)


def tell_times_of(terminal: Terminal, state: State | None) -> None:
    """In the zone of what was applied last, where there is no configuration that says one."""
    if terminal.zone is UTC and state is not None and state.applied is not None:
        terminal.zone = zone_in(state.applied)


def known_state(store: StateStore) -> State | None:
    """The state with what the journal tells behind it; None where nothing was ever applied, which to Terraform's
    readers is an empty state, and no mistake. Raises `Failure` where it should be there, and isn't."""
    state, _ = store.load()
    if state is not None:
        return fold(state, store.entries(state.journal_head or None)).state
    entries = tuple(store.entries())
    if is_gone(entries):
        raise Failure.error("State is gone", GONE.format(count=len(entries)))
    if entries:
        raise no_state()
    return None


def present_state(store: StateStore) -> State:
    """`known_state`; raises `Failure` where there is none."""
    state = known_state(store)
    if state is None:
        raise no_state()
    return state


@dataclass(frozen=True, slots=True)
class Record:
    """The state under a lease."""

    workspace: Workspace
    store: StateStore
    operation: str
    timeout: timedelta

    def lease(self) -> Lease:
        return self.workspace.lease(self.store, self.operation, self.timeout, never)

    def change(self, facts: Sequence[Fact], *, lineage: str = "", serial: int = 0) -> State:
        """Write facts down and take them in. The caller looked at the state under the same lease.

        `lineage` is for a state that is not there yet, `serial` the least that the new one gets.
        """
        state, _ = self.store.load()
        found = fold(state or State(lineage=""), self.store.entries(state.journal_head or None if state else None))
        if found.in_flight:
            raise Failure.error(
                "Moves are in flight",
                "An apply ended before it could tell how its moves were done. `flagstaff apply` asks the store and "
                "settles them; then run this command again.",
            )
        if facts:
            workspace = self.workspace
            last = found.last or self.store.last()
            Journal(self.store, workspace.clock, workspace.who, workspace.run, last).append(facts)
        return bring_up(self.store, lineage=lineage, serial=serial)


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
