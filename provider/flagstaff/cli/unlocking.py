"""Unlocking as an operation: show the holder, ask, take the lease away, write it down."""

from __future__ import annotations

from flagstaff.cli.workspace import Workspace
from flagstaff.diagnostics import Failure
from flagstaff.model.times import exactly
from flagstaff.state.fact_codec import encode_fact
from flagstaff.state.facts import Unlocked
from flagstaff.state.journal import link
from flagstaff.state.store import LockInfo, StateStore


def unlock(workspace: Workspace, store: StateStore, *, force: bool) -> int:
    holder = store.holder()
    if holder is None:
        workspace.terminal.data("Nobody holds the lease.")
        return 0
    workspace.terminal.data(
        f"{holder.who} holds the lease: flagstaff {holder.operation}, process {holder.pid} on {holder.host}, "
        f"since {exactly(holder.created, workspace.terminal.zone)}."
    )
    if not force and not _agreed(workspace):
        workspace.terminal.tell("The lease was left alone.")
        return 1
    broken = store.break_lease()
    if broken is not None and not _was_left(store):
        _write_down(workspace, store, broken)
    workspace.terminal.data("The lease is free. Run `flagstaff plan` and look at what that run left before you go on.")
    return 0


def _was_left(store: StateStore) -> bool:
    """Then the entry that says so stays the last one."""
    last = store.last()
    return last is not None and last.kind == "migrated" and not last.data.get("arrived")


def _agreed(workspace: Workspace) -> bool:
    answer = workspace.terminal.ask('Its moves in flight may be half done. Take it away? Only "yes" is accepted: ')
    if answer is None:
        raise Failure.error("Nobody to ask", "Standard input is not a terminal. Use -force if you are sure.")
    return answer == "yes"


def _write_down(workspace: Workspace, store: StateStore, holder: LockInfo) -> None:
    entries = link(
        store.last(),
        [encode_fact(Unlocked(holder))],
        time=workspace.clock.now(),
        run=workspace.run,
        who=workspace.who,
    )
    store.append(entries, entries[0].previous)
