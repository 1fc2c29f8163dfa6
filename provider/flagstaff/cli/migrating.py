"""Migrating as an operation: the state and its whole journal go to another backend, and the old place is closed.

Rule: the old place stays whole and in force until the new one was read back and found right. A run that was broken off
is ended by the next: what is there already is a beginning of the old journal, and the rest is added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from flagstaff.cli.recording import no_state
from flagstaff.cli.workspace import Workspace, never
from flagstaff.config.load import Inputs
from flagstaff.diagnostics import Failure
from flagstaff.model.configuration import Backend
from flagstaff.state import invariants
from flagstaff.state.fact_codec import encode_fact
from flagstaff.state.facts import Fact, Migrated, Takeover
from flagstaff.state.journal import Entry, link
from flagstaff.state.registry import DEFAULT_PATH, open_store, parse_place, title
from flagstaff.state.state import State
from flagstaff.state.store import Lease, StateStore

OPERATION: Final = "init -migrate-state"
# Entries that are appended at once.
_CHUNK: Final = 1000


@dataclass(frozen=True, slots=True)
class Place:
    store: StateStore
    title: str


def migrate(workspace: Workspace, inputs: Inputs, source: str | None, timeout: timedelta) -> int:
    """From `source` (None: the default file) to the backend of the configuration. Raises `Failure`, `StateError`."""
    old_backend = parse_place(source or DEFAULT_PATH)
    new_backend = workspace.configuration(inputs).settings.backend
    old = Place(open_store(old_backend, workspace.directory), title(old_backend))
    new = Place(workspace.store(new_backend), title(new_backend))
    if _same(workspace, old_backend, new_backend):
        raise Failure.error(
            "Nothing to migrate",
            f"The backend block names {new.title}, which is the place to migrate from. Change the block to where the "
            "state shall be, and name with -from where it is: -from=local:PATH, or its address.",
        )
    if old.store.load()[0] is None:
        raise no_state() if source is None else Failure.error("No state", f"There is no state in {old.title}.")
    with (
        workspace.lease(old.store, OPERATION, timeout, never, moving=True) as lease,
        workspace.lease(new.store, OPERATION, timeout, never, moving=True),
    ):
        copied = _Migration(workspace, old, new).run(lease)
    if copied is None:
        workspace.terminal.data(f"The state of {old.title} came to {new.title} already. Nothing was copied.")
        return 0
    state, count = copied
    toggles = "1 toggle" if len(state.toggles) == 1 else f"{len(state.toggles):,} toggles"
    workspace.terminal.data(
        f"Copied the state ({toggles}, serial {state.serial}) and the {count} entries of its journal "
        f"from {old.title} to {new.title}, and verified them there.\n"
        "The old place is closed: it keeps what it has, says where the state went, and takes no more writes."
    )
    return 0


def _same(workspace: Workspace, old: Backend, new: Backend) -> bool:
    if old.kind == new.kind == "local":
        paths = ((workspace.directory / str(one.all.get("path", DEFAULT_PATH))).resolve() for one in (old, new))
        return next(paths) == next(paths)
    return old.kind == new.kind and title(old) == title(new) and old.all.get("schema") == new.all.get("schema")


@dataclass(frozen=True, slots=True)
class _Migration:
    workspace: Workspace
    old: Place
    new: Place

    def run(self, lease: Lease) -> tuple[State, int] | None:
        """The state, and how many entries its journal had; None where an earlier run did all."""
        state, _ = self.old.store.load()
        assert state is not None
        entries = tuple(self.old.store.entries())
        marked = self._marked(entries)
        if marked and self._arrived(entries):
            return None
        if lease.took_over is not None and not marked:
            entries += self._append(self.old.store, [Takeover(lease.took_over)])
        self._check(state, entries, self.old.title)
        there = self._there(state, entries)
        self._copy(entries[len(there) :])
        present, token = self.new.store.load()
        if present != state:
            self.new.store.save(state, token)
        self._verify(state)
        if not marked:
            closing = self._append(self.old.store, [Migrated(self.old.title, self.new.title)])
            self._copy(closing)
        self._append(self.new.store, [Migrated(self.old.title, self.new.title, arrived=True)])
        return state, len(entries) - marked

    def _marked(self, entries: Sequence[Entry]) -> bool:
        """Whether an earlier run came as far as closing the old place."""
        last = entries[-1] if entries else None
        if last is None or last.kind != "migrated" or last.data.get("arrived"):
            return False
        if last.data.get("target") != self.new.title:
            raise Failure.error(
                "State was moved",
                f"{last.who} moved the state of {self.old.title} to {last.data.get('target')} already. Migrate from "
                "there.",
            )
        return True

    def _arrived(self, entries: Sequence[Entry]) -> bool:
        """Whether the new place has the whole journal and its own mark; it may have gone on since."""
        there = tuple(self.new.store.entries())[: len(entries) + 1]
        begins = [entry.hash for entry in there[:-1]] == [entry.hash for entry in entries]
        return begins and there[-1].kind == "migrated" and bool(there[-1].data.get("arrived"))

    def _there(self, state: State, entries: Sequence[Entry]) -> tuple[Entry, ...]:
        """What the new place has of the journal. Raises `Failure` unless it is a beginning of it."""
        theirs, _ = self.new.store.load()
        if theirs is not None and theirs.lineage != state.lineage:
            raise Failure.error(
                "Target has another state",
                f'{self.new.title} has a state of the lineage "{theirs.lineage}", and the one in {self.old.title} is '
                f'of "{state.lineage}". Nothing was changed. Choose another place, or remove that state yourself.',
            )
        there = tuple(self.new.store.entries())
        went_on = [entry.hash for entry in there] != [entry.hash for entry in entries[: len(there)]]
        if went_on or (theirs is not None and theirs != state and theirs.serial >= state.serial):
            raise Failure.error(
                "Target has another state",
                f"{self.new.title} has a state of the same lineage that went on by itself: its journal is no beginning "
                f"of the one in {self.old.title}. Nothing was changed. Choose another place.",
            )
        return there

    def _copy(self, entries: Sequence[Entry]) -> None:
        for start in range(0, len(entries), _CHUNK):
            part = entries[start : start + _CHUNK]
            self.new.store.append(part, part[0].previous)

    def _append(self, store: StateStore, facts: Sequence[Fact]) -> tuple[Entry, ...]:
        entries = link(
            store.last(),
            map(encode_fact, facts),
            time=self.workspace.clock.now(),
            run=self.workspace.run,
            who=self.workspace.who,
        )
        store.append(entries, entries[0].previous)
        return entries

    def _verify(self, state: State) -> None:
        """Read back."""
        found, _ = self.new.store.load()
        if found != state:
            raise Failure.error("Copy differs", f"{self.new.title} gives another state back than was saved there.")
        self._check(state, tuple(self.new.store.entries()), self.new.title)

    def _check(self, state: State, entries: Sequence[Entry], place: str) -> None:
        violations = invariants.verify(state, entries)
        if violations:
            raise Failure.error(
                "State breaks an invariant",
                f"{place}: {violations[0]} ({len(violations)} in all; `flagstaff state verify` lists them.) The state "
                f"in {self.old.title} stays in force.",
            )
