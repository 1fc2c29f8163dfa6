"""Local journals: what a rollback writes down while the state is out of reach, and what becomes of that later.

The files stand beside the configuration or, where that can't be written, in the user's own state directory. Whoever
holds the state next puts their entries behind the journal: times, people, runs and facts as they are, and each once.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from flagstaff.state.forms import Misfit, encode_time
from flagstaff.state.journal import Entry, decode_entry, digest, encode_entry, flaws_of, link
from flagstaff.state.store import StateConflict, StateError, StateStore

_PREFIX: Final = "flagstaff-rollback-"
_SUFFIX: Final = ".jsonl"
_TRIES: Final = 50


def places(directory: Path) -> tuple[Path, ...]:
    """Where such files may be, for a configuration in `directory`."""
    home = os.environ.get("XDG_STATE_HOME")
    try:
        base = Path(home) if home else Path.home() / ".local" / "state"
    except RuntimeError:  # nobody has a home here
        return (directory,)
    resolved = os.path.realpath(directory)
    mark = hashlib.sha256(os.fsencode(resolved)).hexdigest()[:8]
    return directory, base / "flagstaff" / f"{os.path.basename(resolved)}-{mark}"  # noqa: PTH119  # of a text


@dataclass(slots=True)
class LocalJournal:
    """One run's own file, made with the first entry. `path` None: nothing was written yet."""

    directory: Path
    who: str
    run: str
    path: Path | None = None
    _last: Entry | None = field(default=None)

    def append(self, facts: Sequence[tuple[str, Any]], at: datetime) -> None:
        """Durably; raises OSError."""
        entries = link(self._last, facts, time=at, run=self.run, who=self.who)
        data = "".join(f"{encode_entry(entry)}\n" for entry in entries).encode("utf-8", "surrogatepass")
        if self.path is None:
            self.path = self._written_first(data)
        else:
            _write(self.path, data, os.O_APPEND)
        self._last = entries[-1]

    def _written_first(self, data: bytes) -> Path:
        """Where it could be written. The error is that of the first place."""
        trouble: OSError | None = None
        for place in places(self.directory):
            path = place / f"{_PREFIX}{self.run}{_SUFFIX}"
            try:
                place.mkdir(parents=True, exist_ok=True, mode=0o700)
                _write(path, data, os.O_CREAT | os.O_EXCL)
            except OSError as error:
                trouble = trouble or error
            else:
                return path
        assert trouble is not None
        raise trouble


def _write(path: Path, data: bytes, flags: int) -> None:
    file = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | flags, 0o600)
    try:
        while data:
            data = data[os.write(file, data) :]
        os.fsync(file)
    finally:
        os.close(file)


@dataclass(frozen=True, slots=True)
class Merged:
    """A file whose entries are in the journal now; `entries` of them were not there before."""

    path: Path
    entries: int


def merge(store: StateStore, directory: Path) -> tuple[Merged, ...]:
    """Put the entries of all such files behind the journal, and rename the files; raises `StateError`.

    Only of those for the state's environment, or where one of the two is not known. Twice makes no difference.
    """
    files = tuple(_files(directory))
    state = store.load()[0] if files else None
    environment = "" if state is None else state.environment
    return tuple(_merge(store, path, entries) for path, entries in files if _fits(entries, environment))


def _files(directory: Path) -> Iterator[tuple[Path, tuple[Entry, ...]]]:
    for place in places(directory):
        try:
            found = sorted(place.glob(f"{_PREFIX}*{_SUFFIX}"))
            yield from ((path, _read(path)) for path in found)
        except OSError as error:
            raise StateError(
                "Local journal can't be read",
                f"A rollback wrote its own journal while the state was out of reach, and it can't be read: "
                f"{error.strerror}: {error.filename}. Make it readable, then run this again.",
            ) from error


def _read(path: Path) -> tuple[Entry, ...]:
    """The whole lines; a torn last one was never counted. Raises `StateError` where the chain does not hold."""
    entries: list[Entry] = []
    previous = ""
    for number, line in enumerate(path.read_bytes().split(b"\n")[:-1], 1):
        try:
            entry = decode_entry(line.decode("utf-8", "surrogatepass"))
            problem = next((str(flaw) for flaw in flaws_of(entry, previous, number)), "")
        except (Misfit, UnicodeDecodeError) as error:
            problem = str(error)
        if problem:
            raise StateError(
                "Local journal is damaged",
                f"{path}, line {number}: {problem}. It tells of a rollback that was made while the state was out of "
                "reach. Read it, move it away, and hold by hand what it holds: flagstaff rollback ADDRESS.",
            )
        entries.append(entry)
        previous = entry.hash
    return tuple(entries)


def _fits(entries: Sequence[Entry], environment: str) -> bool:
    said = {entry.data.get("environment", "") for entry in entries if entry.kind == "rollback_started"}
    return bool(entries) and (not environment or not said - {environment, ""})


def _merge(store: StateStore, path: Path, entries: Sequence[Entry]) -> Merged:
    new = _not_there(store, entries)
    for _ in range(_TRIES):
        last = store.last()
        linked: list[Entry] = []
        for entry in new:
            made = link(last, [(entry.kind, entry.data)], time=entry.time, run=entry.run, who=entry.who)
            linked += made
            last = made[-1]
        try:
            if linked:
                store.append(linked, linked[0].previous)
            break
        except StateConflict as error:
            conflict = error
    else:
        raise conflict
    try:
        path.rename(path.with_suffix(f"{_SUFFIX}.merged"))
    except OSError as error:
        raise StateError(
            "Local journal can't be renamed",
            f"Its entries are in the journal now, but {path} can't be renamed: {error.strerror}. Move it away.",
        ) from error
    return Merged(path, len(new))


def _not_there(store: StateStore, entries: Sequence[Entry]) -> list[Entry]:
    """A crash between the append and the rename has left some of them, or all, in both."""
    run = entries[0].run
    told = {_content(entry) for entry in store.entries() if entry.run == run}
    return [entry for entry in entries if _content(entry) not in told]


def _content(entry: Entry) -> str:
    """What it says, wherever it stands."""
    return digest(0, "", encode_time(entry.time), entry.kind, entry.run, entry.who, entry.data)
