"""The journal of the S3 store: each append is one new object, named for the number of its first entry.

Two writers behind the same last entry want the same name, and only one of them gets it; no object is changed or
deleted. S3 lists names upwards only, so a name begins with how far its number is from the highest: the newest object
comes first, and both the journal's end and the entries behind a state's head are found without reading the rest.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Final

from flagstaff.state.forms import Misfit
from flagstaff.state.journal import Entry, decode_entry, encode_entry
from flagstaff.state.s3.client import CONNECTIONS, LostError, S3Objects
from flagstaff.state.store import Head, StateConflict, StateError
from flagstaff.state.succession import conflict, follow_on, winner

_HIGHEST: Final = 10**12 - 1
_NAME: Final = re.compile(r"(\d{12})-(\d{12})\.jsonl")
_NOT_READ: Final = "Journal can't be read"


class S3Journal:
    """The objects whose names begin with `prefix`."""

    def __init__(self, objects: S3Objects, prefix: str) -> None:
        self._objects = objects
        self._prefix = prefix
        self._known: tuple[str, Entry] | None = None

    @property
    def place(self) -> str:
        return self._objects.place(self._prefix)

    def last(self) -> Entry | None:
        """Two requests: the newest name, and its object if it is not the one that was seen last."""
        name = next(map(self._sound, self._objects.names(self._prefix, _NOT_READ, limit=1)), None)
        if name is None:
            self._known = None
            return None
        known = self._known
        if known is None or known[0] != name:
            line = self._lines(name, self._read(name))[-1]
            known = self._known = (name, self._decode(line, name, "last line"))
        return known[1]

    def append(self, entries: Sequence[Entry], expect: Head, ready: Callable[[], None]) -> Head:
        """As `StateStore.append`; `ready` is called before something is written.

        One request where `expect` is the end that was seen last: should it not be the end any more, the name is taken.
        """
        known = self._known
        last = known[1] if known and entries and known[1].hash == expect else self.last()
        if (last.hash if last else "") != expect:
            raise self._conflict(last)
        if not entries:
            return expect
        follow_on(last, entries)
        data = b"".join(encode_entry(entry).encode("utf-8", "surrogatepass") + b"\n" for entry in entries)
        ready()
        name = self._name(entries[0].sequence)
        try:
            self._objects.put(name, data, "", "Journal can't be written")
        except LostError:
            raise self._conflict(self.last()) from None
        self._known = (name, entries[-1])
        return entries[-1].hash

    def _conflict(self, last: Entry | None) -> StateConflict:
        if last is None:
            return conflict(f"{self.place} was emptied meanwhile.")
        return conflict(f"{self.place} went on meanwhile.{winner(last)}")

    def entries(self, after: Head | None) -> Iterator[Entry]:
        """In order. Memory and time go with the entries behind `after`, or the number of objects."""
        names = map(self._sound, self._objects.names(self._prefix, _NOT_READ))
        if not after:
            for name, data in self._fetch(reversed(tuple(names))):
                yield from self._decoded(name, self._lines(name, data))
            return
        mark = f'"hash":"{after}"}}'.encode()
        newest_first: list[tuple[str, list[bytes]]] = []
        for name, data in self._fetch(names):
            lines = self._lines(name, data)
            at = next((number for number, line in enumerate(lines, 1) if line.endswith(mark)), None)
            newest_first.append((name, lines[at or 0 :]))
            if at is not None:
                break
        else:
            raise StateError(
                "Journal does not fit the state",
                f"{self.place} has no entry with the hash {after}: it was cut, replaced or moved away. Nothing was "
                "changed. Put the journal that belongs to the state back in its place.",
            )
        for name, lines in reversed(newest_first):
            yield from self._decoded(name, lines)

    def _fetch(self, names: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """The objects in this order, read ahead: first one, as it is often enough, then twice as many, ..."""
        waiting: deque[tuple[str, Future[bytes]]] = deque()
        ahead, left, pool = 1, iter(names), ThreadPoolExecutor(CONNECTIONS)
        try:
            while True:
                for name in islice(left, ahead - len(waiting)):
                    waiting.append((name, pool.submit(self._read, name)))
                if not waiting:
                    return
                name, future = waiting.popleft()
                yield name, future.result()
                ahead = min(2 * ahead, CONNECTIONS)
        finally:
            pool.shutdown(cancel_futures=True)

    def _read(self, name: str) -> bytes:
        found = self._objects.get(name, _NOT_READ)
        if found is None:
            raise self._damaged(name, "it was there a moment ago, and is gone.")
        return found.data

    def _lines(self, name: str, data: bytes) -> list[bytes]:
        """Without their ends; there is at least one."""
        *lines, rest = data.split(b"\n")
        if rest or not lines:
            raise self._damaged(name, "it does not end with a whole line.")
        return lines

    def _decoded(self, name: str, lines: Sequence[bytes]) -> Iterator[Entry]:
        for line in lines:
            yield self._decode(line, name, "an entry")

    def _decode(self, line: bytes, name: str, where: str) -> Entry:
        try:
            return decode_entry(line.decode("utf-8", "surrogatepass"))
        except Misfit as misfit:
            problem = misfit.sentence
        except UnicodeDecodeError as error:
            problem = f"byte {error.start} of it is not UTF-8."
        raise self._damaged(name, f"{where}: {problem}")

    def _damaged(self, name: str, problem: str) -> StateError:
        return StateError(
            "Journal is damaged",
            f"{self._objects.place(name)}: {problem} Nothing was changed. Restore the journal from a copy, or an older "
            "version of the object, before going on.",
        )

    def _name(self, sequence: int) -> str:
        return f"{self._prefix}{_HIGHEST - sequence:012d}-{sequence:012d}.jsonl"

    def _sound(self, name: str) -> str:
        match = _NAME.fullmatch(name.removeprefix(self._prefix))
        if match is None or int(match[1]) + int(match[2]) != _HIGHEST:
            raise self._damaged(name, "this is no part of a journal, and stands among its parts.")
        return name
