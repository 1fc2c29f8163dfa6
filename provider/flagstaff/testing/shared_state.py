"""State stores whose lease several runs want and whose effects a hook sees, for tests in one process.

A run that dies of `Crash` holds its lease no longer, and never gave it back: whoever comes next takes it over.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flagstaff.state.files import Disk
from flagstaff.state.journal import Entry
from flagstaff.state.lease import LocalLease, held_by
from flagstaff.state.local import LocalStore
from flagstaff.state.state import State
from flagstaff.state.store import Head, LockInfo, StateError, Token
from flagstaff.testing.applying import Crash, FakeLease, Hook, MemoryState, nothing


@dataclass(slots=True)
class SharedLease(FakeLease):
    """One at a time."""

    place: SharedState | None = None

    @property
    def _is_ours(self) -> bool:
        return self.place is not None and self.place.running == self.info

    def renew(self) -> None:
        if not self._is_ours:
            raise StateError("Lease was lost", "It was taken away.")

    def stop_requested(self) -> str | None:
        return self.place.stop if self.place is not None and self._is_ours else None

    def release(self) -> None:
        if self.place is not None and self._is_ours:
            self.place.running = None

    def __exit__(self, *error: object) -> None:
        if Crash in error and self.place is not None:
            self.place.die(self.info)
        else:
            self.release()


@dataclass(slots=True)
class SharedState(MemoryState):
    """In memory. `dead`: whoever holds the lease has died."""

    dead: bool = False
    stop: str | None = None

    def load(self) -> tuple[State | None, Token]:
        self.hook("load")
        return super(SharedState, self).load()

    def acquire(self, info: LockInfo) -> SharedLease:
        if self.running is not None and not self.dead:
            raise held_by(self.running, info.created)
        before, self.running, self.dead, self.stop = self.running, info, False, None
        return SharedLease(info, before, place=self)

    def holder(self) -> LockInfo | None:
        return None if self.dead else self.running

    def break_lease(self) -> LockInfo | None:
        before, self.running = self.holder(), None
        return before

    def request_stop(self, why: str) -> None:
        self.stop = why

    def die(self, info: LockInfo) -> None:
        """The process of that lease ends, if it has it."""
        self.dead = self.dead or self.running == info

    def saved(self) -> State | None:
        """The state, unseen by the hook."""
        return self.state


class LocalState(LocalStore):
    """In files, which nobody syncs: no plug is pulled here."""

    hook: Hook = staticmethod(nothing)

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        super().__init__(path, disk=_Unsynced(), now=now)
        self._leases: dict[str, DyingLease] = {}

    def load(self) -> tuple[State | None, Token]:
        self.hook("load")
        return super().load()

    def save(self, state: State, expect: Token) -> Token:
        self.hook("save")
        token = super().save(state, expect)
        self.hook("saved")
        return token

    def append(self, entries: Sequence[Entry], expect: Head) -> Head:
        self.hook("append")
        head = super().append(entries, expect)
        self.hook("appended")
        return head

    def acquire(self, info: LockInfo) -> DyingLease:
        lease = super().acquire(info)
        made = self._leases[info.id] = DyingLease(info, lease.took_over, lease._place, lease._file)  # noqa: SLF001
        return made

    def die(self, info: LockInfo) -> None:
        """The process of that lease ends, if it has it."""
        if info.id in self._leases:
            self._leases[info.id].die()

    def saved(self) -> State | None:
        """The state, unseen by the hook."""
        return super().load()[0]


@dataclass(slots=True)
class DyingLease(LocalLease):
    """One that a crash leaves as the end of its process does."""

    def die(self) -> None:
        """As the system closes the files of a process that ends."""
        if not self._released:
            self._released = True
            os.close(self._file)

    def __exit__(self, *error: object) -> None:
        if Crash in error:
            self.die()
        else:
            self.release()


class _Unsynced(Disk):
    def sync(self, file: int) -> None: ...
