"""Flipper's export as a file: the source `embedded`, which Flagstaff writes, and `snapshot`, which it only reads."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from flagstaff.model.live import Json, Result, Snapshot, Step
from flagstaff.providers.files import LOCK_WAIT, locked, not_read, replace
from flagstaff.providers.flipper.batch import perform_batch, select
from flagstaff.providers.flipper.codec import EMPTY, Export, ExportError, decode, encode
from flagstaff.providers.protocols import StoreError

# How far the clock of the machine that made an export may be ahead of ours.
_SKEW: Final = timedelta(minutes=5)


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class ExportFile:
    """A reader of one file. `shown` is its path as the user wrote it.

    Damage, and whatever else keeps it from being read, is a `StoreError`.
    """

    path: Path
    shown: str
    now: Callable[[], datetime] = utc_now

    def read(self, keys: Collection[str] | None = None) -> Snapshot:
        read_at = self.now()
        export, _ = self._load()
        return Snapshot(select(export.features, keys), read_at)

    def _load(self) -> tuple[Export, float]:
        """What the file holds, and when it was last changed, in seconds since 1970."""
        try:
            with self.path.open("rb") as file:
                data, changed = file.read(), os.fstat(file.fileno()).st_mtime
        except FileNotFoundError:
            raise self._missing() from None
        except OSError as error:
            raise not_read(self.shown, error) from error
        try:
            return decode(data), changed
        except ExportError as error:
            raise StoreError(
                "Damaged toggle file",
                f'"{self.shown}" is not a Flipper export: {error}. Nothing in it was used or changed. Repair that '
                "place, or restore the file from version control.",
            ) from None

    def _missing(self) -> StoreError:
        name = self.path.name
        return StoreError(
            "Toggle file not found",
            f'There is no file "{self.shown}". To make one of a live Flipper, run File.write("{name}", '
            "Flipper.export.contents) in its console and put it there. To start without toggles, write "
            f"{EMPTY} into it.",
        )


@dataclass(frozen=True, slots=True)
class EmbeddedFile(ExportFile):
    """A store in one file: a batch is one replace of it, under a lock.

    `wait` is how many seconds to wait for another process that is writing.
    """

    wait: float = LOCK_WAIT

    def write_batch(self, steps: Sequence[Step], expect: Snapshot) -> Sequence[Result]:
        if not self.path.exists():
            raise self._missing()
        with locked(self.path, self.shown, self.wait):
            export, _ = self._load()
            features, results = perform_batch(steps, expect.toggles, export.features)
            if features != export.features:
                replace(self.path, encode(export.with_features(features)), self.shown)
        return results


@dataclass(frozen=True, slots=True)
class SnapshotFile(ExportFile):
    """An export of a store that only people write. One that is older than `max_age` is refused.

    Its age counts from `exported_at` at its top level, else from the file's last change.
    """

    max_age: timedelta | None = None

    def read(self, keys: Collection[str] | None = None) -> Snapshot:
        read_at = self.now()
        export, changed = self._load()
        taken = taken_at(export.exported_at, changed, self.shown)
        check_age(taken, read_at, self.max_age, self.shown)
        return Snapshot(select(export.features, keys), read_at, taken)


def taken_at(exported_at: Json, changed: float, shown: str) -> datetime:
    """When an export was made: as it says itself, else when its file last changed, in seconds since 1970."""
    if exported_at is None:
        return datetime.fromtimestamp(changed, UTC)
    try:
        found = datetime.fromisoformat(exported_at)
    except (TypeError, ValueError):
        found = None
    if found is None or found.tzinfo is None:
        raise StoreError(
            "Damaged toggle file",
            f'"{shown}" has the exported_at {exported_at!r}, which is no time with a zone, such as '
            '"2026-01-27T09:30:00Z". Correct it, or take it out to count from the file\'s last change.',
        )
    return found.astimezone(UTC)


def check_age(taken: datetime, now: datetime, max_age: timedelta | None, shown: str) -> None:
    """Raises `StoreError` for an export that is too old, or of a time that is yet to come."""
    if max_age is None or -_SKEW <= now - taken <= max_age:
        return
    raise StoreError(
        "Snapshot is too old",
        f'"{shown}" was taken at {taken:%Y-%m-%d %H:%M} UTC, which is not within max_age ({max_age}). '
        "Export the live toggles again, so that the plan is made for what is there now.",
    )
