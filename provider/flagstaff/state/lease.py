"""Leases: who may write, for how long, and what is said to those who want to.

The local lease is an OS lock on a file with the holder's name in it: it lives as long as its
process, so that a killed run is never in anybody's way.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol, Self

from flagstaff.state.fact_codec import LOCK_INFO
from flagstaff.state.files import Disk, locked, read, replace, trouble
from flagstaff.state.forms import TEXT, Misfit, parse, record
from flagstaff.state.journal import Entry
from flagstaff.state.store import Lease, LeaseHeld, LockInfo, StateError, StateStore

_FIRST_DELAY: Final = 0.25
_LONGEST_DELAY: Final = 5.0
_NO_LEASE: Final = "State lease is not accessible"


class Clock(Protocol):
    """What waiting needs of a clock; `sleep` returns early once `woken` is true."""

    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...

    def sleep(self, seconds: float, woken: Callable[[], bool]) -> None: ...


def acquire(
    store: StateStore,
    info: LockInfo,
    timeout: timedelta,
    clock: Clock,
    *,
    waiting: Callable[[LeaseHeld], None] = lambda _: None,
    woken: Callable[[], bool] = lambda: False,
    moving: bool = False,
) -> Lease:
    """Take the lease, trying for as long as `timeout`; raises the last `LeaseHeld`.

    `waiting` is called once, when the first attempt failed and there is time left; `woken` true
    ends the waiting. Raises `StateError` where the state was moved away from here, unless `moving`.
    """
    lease = _taken(store, info, timeout, clock, waiting, woken)
    try:
        if not moving:
            check_not_left(store.last())
    except BaseException:
        lease.release()
        raise
    return lease


def check_not_left(last: Entry | None) -> None:
    """Raise `StateError` if a journal's last entry says that the state went elsewhere."""
    if last is None or last.kind != "migrated" or last.data.get("arrived"):
        return
    raise StateError(
        "State was moved",
        f"{last.who} moved this state from {last.data.get('source')} to {last.data.get('target')} on "
        f"{last.time:%Y-%m-%d %H:%M:%S} UTC, and nothing more is written here. Correct the backend block, or "
        "FLAGSTAFF_STATE. If that move broke off, `flagstaff init -migrate-state` with the same -from ends it.",
    )


def _taken(
    store: StateStore,
    info: LockInfo,
    timeout: timedelta,
    clock: Clock,
    waiting: Callable[[LeaseHeld], None],
    woken: Callable[[], bool],
) -> Lease:
    end = clock.monotonic() + timeout.total_seconds()
    delay, told = _FIRST_DELAY, False
    while True:
        try:
            return store.acquire(info)
        except LeaseHeld as held:
            left = end - clock.monotonic()
            if left <= 0 or woken():
                raise
            if not told:
                waiting(held)
                told = True
        clock.sleep(min(delay, left), woken)
        delay = min(delay * 2, _LONGEST_DELAY)


def held_by(holder: LockInfo, now: datetime) -> LeaseHeld:
    """The error for those who come second: who, on which machine, what, since when, and what to do."""
    age = _age(now - holder.created)
    return LeaseHeld(
        f"`flagstaff {holder.operation}` of {holder.who} holds the lease: on host {holder.host}, process {holder.pid}, "
        f"version {holder.tool}, since {holder.created:%Y-%m-%d %H:%M:%S} UTC ({age}). "
        f"Wait for it with -lock-timeout=10m. If {holder.who} agrees that it should not go on, "
        "`flagstaff unlock` takes the lease away.",
        holder,
    )


def _age(span: timedelta) -> str:
    """In its two largest units: `3 min 12 s ago`."""
    seconds = int(span.total_seconds())
    if seconds < 0:
        return "in the future: the clocks differ"
    units = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
    parts = []
    for name, size in units:
        count, seconds = divmod(seconds, size)
        parts.append((count, name))
    first = next((number for number, (count, _) in enumerate(parts) if count), len(parts) - 1)
    return " ".join(f"{count} {name}" for count, name in parts[first : first + 2] if count or name == "s") + " ago"


@dataclass(frozen=True, slots=True)
class _Mark:
    """A request to stop, addressed to one lease."""

    lease: str
    why: str


_MARK: Final = record(_Mark, lease=TEXT, why=TEXT)


@dataclass(frozen=True, slots=True)
class LeasePlace:
    """The files around one local state that leases need. All changes happen under the lock on `guard`."""

    guard: Path
    file: Path
    mark: Path
    disk: Disk
    now: Callable[[], datetime]

    def acquire(self, info: LockInfo) -> LocalLease:
        """Raises `LeaseHeld`."""
        with _told(self.file), locked(self.guard):
            file = os.open(self.file, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                before = self._take(file, info)
            except BaseException:
                os.close(file)
                raise
            return LocalLease(info, before, self, file)

    def _take(self, file: int, info: LockInfo) -> LockInfo | None:
        """Lock the file and put the name in; return whose name a dead process left there."""
        before = _decode(os.pread(file, os.fstat(file).st_size, 0))
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if before is None:
                raise _nameless(self.file) from None
            raise held_by(before, self.now()) from None
        os.ftruncate(file, 0)
        try:
            _put(file, _text(LOCK_INFO.encode(info)))
        except OSError:
            os.ftruncate(file, 0)  # no part of a name
            raise
        return before

    def holder(self) -> LockInfo | None:
        with _told(self.file):
            if not self.file.exists():
                return None
            with locked(self.guard):
                return self._holder()

    def _holder(self) -> LockInfo | None:
        """The name in the file, if its lock is held. Called under the guard."""
        try:
            file = os.open(self.file, os.O_RDONLY)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _decode(os.pread(file, os.fstat(file).st_size, 0))
        else:
            return None
        finally:
            os.close(file)

    def break_lease(self) -> LockInfo | None:
        """Take the file away: the holder's lock is then on nothing, and its next renewal finds out."""
        with _told(self.file):
            if not self.file.exists():
                return None
            with locked(self.guard):
                holder = self._holder()
                self.file.unlink(missing_ok=True)
                return holder

    def request_stop(self, why: str) -> None:
        with _told(self.mark):
            if not self.file.exists():
                return
            with locked(self.guard):
                holder = self._holder()
                if holder is not None:
                    replace(self.disk, self.mark, _text(_MARK.encode(_Mark(holder.id, why))))


@dataclass(slots=True)
class LocalLease:
    """Held for as long as the process lives, unless it is released or broken."""

    info: LockInfo
    took_over: LockInfo | None
    _place: LeasePlace
    _file: int
    _released: bool = field(default=False)

    def renew(self) -> None:
        """Raises `StateError` if somebody took the lease away."""
        if self._released or not self._is_ours():
            raise StateError(
                "Lease was lost",
                f"The lease of `flagstaff {self.info.operation}` was taken away with `flagstaff unlock`; somebody else "
                "may be writing now. Nothing more is written. Find out who did it, then plan again.",
            )

    def _is_ours(self) -> bool:
        try:
            there = self._place.file.stat()
        except FileNotFoundError:
            return False
        return os.path.samestat(os.fstat(self._file), there)

    def stop_requested(self) -> str | None:
        with _told(self._place.mark):
            data = read(self._place.mark)
        if data is None:
            return None
        try:
            mark = _MARK.decode(parse(data.decode("utf-8", "surrogatepass")))
        except (Misfit, UnicodeDecodeError):
            return f"somebody left a mark that can't be read: {self._place.mark}"
        return mark.why if mark.lease == self.info.id else None

    def release(self) -> None:
        """Does nothing if it was released before."""
        if self._released:
            return
        self._released = True
        try:
            with _told(self._place.file), locked(self._place.guard):
                os.ftruncate(self._file, 0)
                if self._is_ours():
                    self._place.mark.unlink(missing_ok=True)
                fcntl.flock(self._file, fcntl.LOCK_UN)  # nobody shall see it locked and without a name
        finally:
            os.close(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def _put(file: int, data: bytes) -> None:
    """All of it: a disk that is nearly full takes a part, and says so only at the next call."""
    written = 0
    while written < len(data):
        written += os.pwrite(file, data[written:], written)


def _text(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False) + "\n").encode("utf-8", "surrogatepass")


def _decode(data: bytes) -> LockInfo | None:
    """The name in a lease's file; None: it is empty, as after a release."""
    if not data:
        return None
    try:
        return LOCK_INFO.decode(parse(data.decode("utf-8", "surrogatepass")))
    except (Misfit, UnicodeDecodeError):
        return None


def _nameless(path: Path) -> StateError:
    return StateError(
        _NO_LEASE,
        f"{path} is locked by a process that left no name in it. Find it with `fuser {path}`, and wait for it.",
    )


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise trouble(_NO_LEASE, error, path, "The state is as it was.") from error
