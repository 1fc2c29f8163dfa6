"""Files of toggles: found inside the repository, locked, and replaced whole.

A reader sees the old file or the new one, never a part; what a crash leaves behind is cleaned up
by the next write. Errors are `StoreError`s that say whether anything was written.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from flagstaff.providers.protocols import StoreError
from flagstaff.repository import leaves

LOCK_WAIT: Final = 30.0
_PAUSE = 0.02


_CIRCLE: Final = "its links go in a circle"


def inside_repository(base: Path, path: str) -> Path:
    """The real path of `path`, taken from `base`, links resolved.

    Raises `StoreError` where the path leads out of it.
    """
    try:
        target = (base.resolve() / path).resolve()
    except (OSError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else _CIRCLE
        raise StoreError("Path can't be followed", f'"{path}" can\'t be followed: {reason}.') from None
    if target.is_symlink():  # what Python 3.13 gives for a circle, where 3.12 and before raise
        raise StoreError("Path can't be followed", f'"{path}" can\'t be followed: {_CIRCLE}.')
    outside = leaves(base, target)
    if outside is not None:
        raise StoreError(
            "Path leaves the repository",
            f'"{path}" leads to {target}, outside {outside}. Files of toggles stay inside the repository, also through '
            "links, so that a pull request can't make a run read or write anything else.",
        )
    return target


@contextlib.contextmanager
def locked(path: Path, shown: str, wait: float = LOCK_WAIT) -> Iterator[None]:
    """Hold the write lock of `path`: an OS lock on a side file, which ends with the process that holds it.

    `wait` is in seconds. The side file stays: removing it would let two processes hold two locks.
    """
    side = path.with_name(f".{path.name}.lock")
    try:
        descriptor = os.open(side, os.O_RDONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise not_written(shown, error) from error
    try:
        _take(descriptor, shown, time.monotonic() + wait)
        yield
    finally:
        os.close(descriptor)


def replace(path: Path, data: bytes, shown: str) -> None:
    """Put `data` in the place of an existing file, durably, and keep the file's mode. Call it with the lock held."""
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if not mode & 0o222 or not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, "the file is read-only")
        temporary.unlink(missing_ok=True)  # of a run that was killed
        _write_durably(temporary, data, mode)
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise not_written(shown, error) from error
    try:
        _sync_directory(path.parent)
    except OSError as error:
        raise StoreError(
            "Toggle file not safe on disk",
            f'"{shown}" was replaced, but the disk did not confirm it ({_reason(error)}). It may be gone after a power '
            "cut: plan again to see what is there.",
            unknown=True,
        ) from error


def not_written(shown: str, error: OSError) -> StoreError:
    ways = {
        errno.ENOSPC: "The disk is full: free some space and run it again.",
        errno.EDQUOT: "Your disk quota is used up: free some space and run it again.",
        errno.EROFS: "The file system is read-only: run it where the file can be written.",
        errno.EACCES: "Give yourself the right to write the file and its directory, or run it as its owner.",
        errno.EPERM: "Give yourself the right to write the file and its directory, or run it as its owner.",
        errno.ENOENT: "Its directory must exist.",
    }
    way = ways.get(error.errno or 0, "Correct the cause and run it again.")
    return StoreError("Toggle file not written", f'"{shown}" is unchanged: {_reason(error)}. {way}')


def not_read(shown: str, error: OSError) -> StoreError:
    way = "Give yourself the right to read it." if isinstance(error, PermissionError) else "Correct the path."
    return StoreError("Toggle file not read", f'"{shown}" can\'t be read: {_reason(error)}. {way}')


def _take(descriptor: int, shown: str, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise StoreError(
                    "Toggle file is in use",
                    f'Another process is writing "{shown}" and did not finish in time. Nothing was written. Wait for '
                    "it, or end it, and run this again.",
                ) from None
            time.sleep(_PAUSE)
        except OSError as error:
            raise not_written(shown, error) from error
        else:
            return


def _write_durably(path: Path, data: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fchmod(file.fileno(), mode)
        _sync(file.fileno())


def _sync(descriptor: int) -> None:
    """To the platter. macOS's fsync stops at the drive's cache; F_FULLFSYNC doesn't, where the file system has it."""
    full = getattr(fcntl, "F_FULLFSYNC", None)
    if full is not None:
        with contextlib.suppress(OSError):
            fcntl.fcntl(descriptor, full)
            return
    os.fsync(descriptor)


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
