"""The local store: a state file, its backup, its journal and its lease, side by side.

Compare-and-set happens under an OS lock; readers need none, as files are replaced whole and the
journal only grows.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

from flagstaff.state import invariants
from flagstaff.state.codec import decode_state, encode_state
from flagstaff.state.files import Disk, locked, read, replace, sync_directory, trouble
from flagstaff.state.forms import Misfit
from flagstaff.state.journal import Entry, decode_entry, encode_entry
from flagstaff.state.lease import LeasePlace, LocalLease
from flagstaff.state.state import State
from flagstaff.state.store import Head, LockInfo, StateError, Token
from flagstaff.state.succession import conflict, follow_on, succeeds, winner

_AS_BEFORE: Final = "The state is as it was."
_CHUNK: Final = 65_536


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class _Tail:
    """The end of the journal's file: its last entry, and where the whole lines end."""

    file: tuple[int, int]
    size: int
    end: int
    last: Entry | None


class LocalStore:
    """A `StateStore` in the directory of `path`; links are followed, so that a link stays one."""

    def __init__(self, path: Path, *, disk: Disk | None = None, now: Callable[[], datetime] = _now) -> None:
        self.path = Path(os.path.realpath(path))
        name = self.path.name
        self.backup = self.path.with_name(f"{name}.backup")
        self.journal = self.path.with_name(f"{name.removesuffix('.json')}.journal.jsonl")
        self._guard = self.path.with_name(f".{name}.lock")
        self._disk = disk or Disk()
        self._place = LeasePlace(
            self._guard, self.path.with_name(f".{name}.lease"), self.path.with_name(f".{name}.stop"), self._disk, now
        )
        self._tail: _Tail | None = None

    def load(self) -> tuple[State | None, Token]:
        try:
            data = read(self.path)
        except OSError as error:
            raise trouble("State can't be read", error, self.path, "Nothing was changed.") from error
        if data is None:
            return None, ""
        state = decode_state(_text(data, self.path), str(self.path))
        invariants.check(state, str(self.path))
        return state, _token(state, data)

    def save(self, state: State, expect: Token) -> Token:
        invariants.check(state, "The state to be saved")
        data = encode_state(state).encode("utf-8", "surrogatepass")
        token = _token(state, data)
        try:
            with self._locked():
                current = read(self.path)
                self._compare(current, expect)
                if token == expect:
                    return token
                _succeeds(state, expect)
                if current is not None:
                    replace(self._disk, self.backup, current)
                replace(self._disk, self.path, data)
        except OSError as error:
            raise trouble("State can't be saved", error, self.path, _AS_BEFORE) from error
        self._settle()
        return token

    def _settle(self) -> None:
        try:
            sync_directory(self._disk, self.path.parent)
        except OSError as error:
            after = "The new state is in its place, but a power cut may bring back the one before."
            raise trouble("State may not last", error, self.path.parent, after) from error

    def _compare(self, current: bytes | None, expect: Token) -> None:
        """Raise `StateConflict` unless the content is the one that was expected."""
        if current is None and not expect:
            return
        if current is not None and hashlib.sha256(current).hexdigest() == expect.rpartition("/")[2]:
            return
        ours = f"the one with serial {_serial(expect)}" if expect else "none"
        if current is None:
            raise conflict(f"{self.path} is gone, and was {ours} when this command read it.")
        theirs = decode_state(_text(current, self.path), str(self.path))
        raise conflict(
            f"{self.path} has serial {theirs.serial} now, and was {ours} when this command read it.{self._winner()}"
        )

    def _winner(self) -> str:
        with contextlib.suppress(StateError):
            return winner(self.last())
        return ""

    def append(self, entries: Sequence[Entry], expect: Head) -> Head:
        data = b"".join(encode_entry(entry).encode("utf-8", "surrogatepass") + b"\n" for entry in entries)
        try:
            with self._locked():
                tail = self._read_tail()
                head = tail.last.hash if tail and tail.last else ""
                if head != expect:
                    raise conflict(f"{self.journal} went on meanwhile.{self._winner()}")
                if not entries:
                    return head
                follow_on(tail.last if tail else None, entries)
                self._write(data, tail, entries[-1])
        except OSError as error:
            after = "Entries that are not whole are not counted; the state is as it was."
            raise trouble("Journal can't be written", error, self.journal, after) from error
        return entries[-1].hash

    def _write(self, data: bytes, tail: _Tail | None, last: Entry) -> None:
        """Cut off what a crash left of a line, and write behind the whole ones."""
        self._tail = None
        file = os.open(self.journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        try:
            end = tail.end if tail else 0
            self._disk.cut(file, end)
            try:
                self._disk.write(file, data)
                self._disk.sync(file)
            except OSError:
                with contextlib.suppress(OSError):
                    self._disk.cut(file, end)
                raise
            if tail is None:
                sync_directory(self._disk, self.journal.parent)
            status = os.fstat(file)
        finally:
            os.close(file)
        self._tail = _Tail((status.st_dev, status.st_ino), status.st_size, status.st_size, last)

    def entries(self, after: Head | None = None) -> Iterator[Entry]:
        """In one pass, a line at a time; lines up to `after` are not decoded."""
        mark = f'"hash":"{after}"}}\n'.encode() if after else b""
        found = not after
        try:
            with contextlib.ExitStack() as stack:
                file = self._open(stack)
                for number, line in enumerate(file or (), 1):
                    if not line.endswith(b"\n"):
                        break
                    if found:
                        yield self._decode(line, f"line {number}")
                    else:
                        found = line.endswith(mark)
        except OSError as error:
            raise trouble("Journal can't be read", error, self.journal, "Nothing was changed.") from error
        if not found:
            raise StateError(
                "Journal does not fit the state",
                f"{self.journal} has no entry with the hash {after}: it was cut, replaced or moved away. Nothing was "
                "changed. Put the journal that belongs to the state back in its place.",
            )

    def _open(self, stack: contextlib.ExitStack) -> BinaryIO | None:
        try:
            return stack.enter_context(self.journal.open("rb"))
        except FileNotFoundError:
            return None

    def last(self) -> Entry | None:
        try:
            tail = self._read_tail()
        except OSError as error:
            raise trouble("Journal can't be read", error, self.journal, "Nothing was changed.") from error
        return tail.last if tail else None

    def head(self) -> Head:
        last = self.last()
        return last.hash if last else ""

    def _read_tail(self) -> _Tail | None:
        """The journal's end, None where it has no file. Reads only what is new, or the last line."""
        with contextlib.ExitStack() as stack:
            file = self._open(stack)
            if file is None:
                return None
            status = os.fstat(file.fileno())
            identity = (status.st_dev, status.st_ino)
            known = self._tail
            # A torn line may have been cut off and another one of its length been put there: look again.
            if known is None or known.end < known.size or (known.file, known.size) != (identity, status.st_size):
                end, line = _last_line(file, status.st_size)
                last = self._decode(line, "last line") if line else None
                known = self._tail = _Tail(identity, status.st_size, end, last)
            return known

    def _decode(self, line: bytes, where: str) -> Entry:
        try:
            return decode_entry(line.decode("utf-8", "surrogatepass"))
        except Misfit as misfit:
            problem = misfit.sentence
        except UnicodeDecodeError as error:
            problem = f"byte {error.start} is not UTF-8."
        raise StateError(
            "Journal is damaged",
            f"{self.journal}, {where}: {problem} Nothing was changed. Restore the journal from a copy before going on.",
        )

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with locked(self._guard):
            yield

    def acquire(self, info: LockInfo) -> LocalLease:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise trouble("State lease is not accessible", error, self.path, _AS_BEFORE) from error
        return self._place.acquire(info)

    def holder(self) -> LockInfo | None:
        return self._place.holder()

    def break_lease(self) -> LockInfo | None:
        return self._place.break_lease()

    def request_stop(self, why: str) -> None:
        self._place.request_stop(why)


def _text(data: bytes, path: Path) -> str:
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise StateError(
            "State is not readable",
            f"{path}: byte {error.start} is not UTF-8, so this is no state of Flagstaff, or a damaged one. Nothing was "
            "changed.",
        ) from None


def _token(state: State, data: bytes) -> Token:
    """Lineage, serial and the content's hash, which alone is compared."""
    return f"{state.lineage}/{state.serial}/{hashlib.sha256(data).hexdigest()}"


def _serial(token: Token) -> int:
    return int(token.split("/")[-2])


def _succeeds(state: State, expect: Token) -> None:
    if expect:
        succeeds(state, expect.rsplit("/", 2)[0], _serial(expect))


def _last_line(file: BinaryIO, size: int) -> tuple[int, bytes]:
    """Where the last whole line ends, and that line; (0, b"") where there is none."""
    data, start = b"", size
    while start and data.count(b"\n") < 2:
        start = max(0, start - _CHUNK)
        file.seek(start)
        data = file.read(size - start)
    whole = data[: data.rfind(b"\n") + 1]
    return start + len(whole), whole[whole[:-1].rfind(b"\n") + 1 :]
