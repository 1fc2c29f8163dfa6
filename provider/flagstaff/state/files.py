"""Files that are whole or not there: atomic replacement, durable appending, an OS lock.

Every promise about crashes rests on the order here: write beside, sync, rename, sync the directory.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from flagstaff.state.store import StateError

_PRIVATE: Final = 0o600
# macOS: fsync only reaches the drive's cache; this reaches its plates.
_FULL_SYNC: Final[int | None] = getattr(fcntl, "F_FULLFSYNC", None)


class Disk:
    """The four calls whose order is the promise; tests put a disk here that fails in one of them."""

    def __init__(self, full_sync: int | None = _FULL_SYNC) -> None:
        self.full_sync = full_sync

    def write(self, file: int, data: bytes) -> None:
        """All of it, in one call where the system takes it so."""
        view = memoryview(data)
        while view:
            view = view[os.write(file, view) :]

    def sync(self, file: int) -> None:
        if self.full_sync is not None:
            try:
                fcntl.fcntl(file, self.full_sync)
            except OSError:  # network file systems don't know it
                os.fsync(file)
        else:
            os.fsync(file)

    def cut(self, file: int, size: int) -> None:
        os.ftruncate(file, size)

    def rename(self, source: Path, target: Path) -> None:
        source.replace(target)


def read(path: Path) -> bytes | None:
    """The content; None where there is no such file."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def replace(disk: Disk, path: Path, data: bytes) -> None:
    """Put a new file in the place of the old one. Until `sync_directory` a power cut may bring the old one back.

    The caller holds the lock: the file beside has a fixed name, so that a crash leaves one at most.
    """
    beside = path.with_name(f".{path.name}.tmp")
    try:
        file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, _PRIVATE)
        try:
            os.fchmod(file, _PRIVATE)
            disk.write(file, data)
            disk.sync(file)
        finally:
            os.close(file)
        disk.rename(beside, path)
    except OSError:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise


def sync_directory(disk: Disk, path: Path) -> None:
    file = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        disk.sync(file)
    finally:
        os.close(file)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the OS lock on that file, made if absent; waits. The lock of a killed process is free at once."""
    file = os.open(path, os.O_RDWR | os.O_CREAT, _PRIVATE)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


_WHY: Final = {
    errno.EACCES: "permission denied. Only its owner may use the state; run as that user, or ask them",
    errno.EPERM: "the operation is not permitted. Only its owner may use the state; run as that user, or ask them",
    errno.EROFS: "the file system is read-only. Make it writable, or keep the state elsewhere (backend block)",
    errno.ENOSPC: "the disk is full. Free some space and run the command again",
    errno.EDQUOT: "the disk quota is used up. Free some space and run the command again",
    errno.EFBIG: "the file would be larger than this process, or the file system, allows (see `ulimit -f`). Raise that "
    "and run the command again",
    errno.EISDIR: "it is a directory. The backend's path must name a file",
    errno.ENOTDIR: "a part of the path is a file and not a directory. Correct the backend's path",
}


def trouble(summary: str, error: OSError, path: Path, after: str) -> StateError:
    """What the system refused, in words; `after` says how things stand now."""
    why = _WHY.get(error.errno or 0, f"{error.strerror or error}. Look into that and run the command again")
    return StateError(summary, f"{path}: {why}. {after}")
