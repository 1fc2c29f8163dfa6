"""The S3 store: state, backup, journal and lease as objects side by side, written only under conditions.

Every write says what it expects to find (`If-Match`, `If-None-Match`), so the server decides who is first; nothing is
ever deleted. A server that ignores these conditions is found out before the first write, and refused.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, unquote

from flagstaff.state import invariants
from flagstaff.state.codec import decode_state, encode_state
from flagstaff.state.journal import Entry
from flagstaff.state.s3.client import Found, LostError, S3Objects
from flagstaff.state.s3.errors import Answer, trouble
from flagstaff.state.s3.journal import S3Journal
from flagstaff.state.s3.lease import S3Lease, S3LeasePlace, Times
from flagstaff.state.s3.settings import S3Settings, check
from flagstaff.state.state import State
from flagstaff.state.store import Head, LockInfo, StateConflict, StateError, Token
from flagstaff.state.succession import conflict, succeeds, winner

__all__ = ["S3Store", "check", "open_"]

_NOT_SAVED: Final = "State can't be saved"
_USUAL: Final = Times()


def open_(settings: Mapping[str, Any]) -> S3Store:
    """The store of settings in which `check` finds nothing. Asks nobody yet; raises `StateError` without boto3."""
    return S3Store(S3Settings.of(settings))


class S3Store:
    """A `StateStore` in one bucket; all its objects have names that begin with the state's key."""

    def __init__(
        self, settings: S3Settings, *, times: Times = _USUAL, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._key = settings.key
        self._objects = S3Objects(settings, sleep=sleep)
        self._journal = S3Journal(self._objects, f"{settings.key}.journal/")
        self._place = S3LeasePlace(self._objects, f"{settings.key}.lease", f"{settings.key}.stop", times)
        self._probing = threading.Lock()
        self._probed = False

    @property
    def _name(self) -> str:
        return self._objects.place(self._key)

    def load(self) -> tuple[State | None, Token]:
        found = self._objects.get(self._key, "State can't be read")
        if found is None:
            return None, ""
        state = self._decode(found)
        invariants.check(state, self._name)
        return state, _token(state, found.data, found.etag)

    def save(self, state: State, expect: Token) -> Token:
        invariants.check(state, "The state to be saved")
        data = encode_state(state).encode("utf-8", "surrogatepass")
        lineage, serial, sum_, etag = _parts(expect)
        try:
            if sum_ == hashlib.sha256(data).hexdigest():
                self._compare(etag)
                return expect
            if expect:
                succeeds(state, lineage, serial)
            self._ready()
            if expect:
                self._objects.copy(self._key, f"{self._key}.backup", etag, _NOT_SAVED)
            return _token(state, data, self._objects.put(self._key, data, etag, _NOT_SAVED))
        except LostError as lost:
            raise self._conflict(lost.found, expect) from None

    def _compare(self, etag: str) -> None:
        found = self._objects.get(self._key, _NOT_SAVED)
        if found is None or found.etag != etag:
            raise LostError(found)

    def _conflict(self, found: Found | None, expect: Token) -> StateConflict:
        ours = f"the one with serial {_parts(expect)[1]}" if expect else "none"
        if found is None:
            return conflict(f"{self._name} is gone, and was {ours} when this command read it.")
        theirs, by = self._decode(found), ""
        with contextlib.suppress(StateError):
            by = winner(self.last())
        return conflict(
            f"{self._name} has serial {theirs.serial} now, saved by version {theirs.tool or 'unknown'}, and was {ours} "
            f"when this command read it.{by}"
        )

    def _decode(self, found: Found) -> State:
        try:
            text = found.data.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError as error:
            raise StateError(
                "State is not readable",
                f"{self._name}: byte {error.start} is not UTF-8, so this is no state of Flagstaff, or a damaged one. "
                "Nothing was changed.",
            ) from None
        return decode_state(text, self._name)

    def append(self, entries: Sequence[Entry], expect: Head) -> Head:
        return self._journal.append(entries, expect, self._ready)

    def entries(self, after: Head | None = None) -> Iterator[Entry]:
        return self._journal.entries(after)

    def last(self) -> Entry | None:
        return self._journal.last()

    def head(self) -> Head:
        last = self.last()
        return last.hash if last else ""

    def acquire(self, info: LockInfo) -> S3Lease:
        self._ready()
        return self._place.acquire(info)

    def holder(self) -> LockInfo | None:
        return self._place.holder()

    def break_lease(self) -> LockInfo | None:
        return self._place.break_lease()

    def request_stop(self, why: str) -> None:
        self._place.request_stop(why)

    def _ready(self) -> None:
        """Raise `StateError` unless the server keeps to conditions; asked once, with writes that must be refused."""
        with self._probing:
            if not self._probed:
                self._probe()
                self._probed = True

    def _probe(self) -> None:
        name = f"{self._key}.probe"
        if isinstance(self._refused(name, {"IfNoneMatch": "*"}), str):
            self._must_refuse(name, {"IfNoneMatch": "*"})
        self._must_refuse(name, {"IfMatch": _NOBODYS})

    def _must_refuse(self, name: str, condition: Mapping[str, str]) -> None:
        if isinstance(self._refused(name, condition), str):
            raise self._unconditional()

    def _refused(self, name: str, condition: Mapping[str, str]) -> str | Answer:
        """The answer to a conditional write, which is an ETag only if it was made; any other trouble is raised."""
        answer = self._objects.probe(name, _PROBE, condition)
        if isinstance(answer, str) or answer.is_lost or answer.is_missing:
            return answer
        if answer.code == "NotImplemented":
            raise self._unconditional()
        raise trouble("State is not accessible", answer, self._objects.place(name), "Nothing was written.")

    def _unconditional(self) -> StateError:
        return StateError(
            "Server without conditional writes",
            f"{self._name}: the server does not keep to If-Match and If-None-Match, so two runs at once would "
            "overwrite each other's state. Nothing was changed. Use a newer version of the server, or another backend.",
        )


_NOBODYS: Final = '"00000000000000000000000000000000"'
_PROBE: Final = b"Flagstaff looks here whether the server keeps to conditions. Nothing is stored in this object.\n"


def _token(state: State, data: bytes, etag: str) -> Token:
    """Lineage, serial, the content's hash, and the ETag, which alone the server compares."""
    return f"{state.lineage}/{state.serial}/{hashlib.sha256(data).hexdigest()}/{quote(etag, safe='')}"


def _parts(token: Token) -> tuple[str, int, str, str]:
    if not token:
        return "", 0, "", ""
    lineage, serial, sum_, etag = token.rsplit("/", 3)
    return lineage, int(serial), sum_, unquote(etag)
