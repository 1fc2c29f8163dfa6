"""The lease of the S3 store: an object that its holder rewrites every few seconds, each time under its ETag.

The server's clock alone judges its age: the `Date` of an answer less the object's `Last-Modified`. It is never
deleted, only emptied. The request to stop is an object of its own, so that renewals and requests never collide.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any, Final, Self

from flagstaff.state.fact_codec import LOCK_INFO
from flagstaff.state.forms import INTEGER, TEXT, TIME, Form, Misfit, optional, parse, record
from flagstaff.state.lease import held_by
from flagstaff.state.s3.client import LostError, S3Objects
from flagstaff.state.store import LockInfo, StateError

_NO_LEASE: Final = "State lease is not accessible"
_ATTEMPTS: Final = 5


@dataclass(frozen=True, slots=True)
class _Held:
    """`seconds` is how long it lasts without renewal. `renewed_at`, by the holder's clock, is for people who look."""

    holder: LockInfo | None
    seconds: int
    renewed_at: datetime


@dataclass(frozen=True, slots=True)
class _Mark:
    """A request to stop, addressed to one lease."""

    lease: str
    why: str


_HELD: Final = record(_Held, holder=optional(LOCK_INFO), seconds=INTEGER, renewed_at=TIME)
_MARK: Final = record(_Mark, lease=TEXT, why=TEXT)


@dataclass(frozen=True, slots=True)
class Times:
    """How long a lease lasts, how often its holder looks for a request to stop, and the clocks."""

    lasts: timedelta = timedelta(minutes=2)
    look_every: timedelta = timedelta(seconds=1)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    monotonic: Callable[[], float] = time.monotonic


@dataclass(frozen=True, slots=True)
class _Seen:
    """The lease's object: who is named in it, whether that is over, and the server's time."""

    etag: str
    holder: LockInfo | None
    expired: bool
    now: datetime


@dataclass(frozen=True, slots=True)
class S3LeasePlace:
    """The two objects around one state that leases need."""

    objects: S3Objects
    file: str
    mark: str
    times: Times

    def acquire(self, info: LockInfo) -> S3Lease:
        """Raises `LeaseHeld`."""
        for _ in range(_ATTEMPTS):
            seen = self._see()
            if seen.holder is not None and not seen.expired:
                raise held_by(seen.holder, seen.now)
            with contextlib.suppress(LostError):
                etag = self.write(info, seen.etag)
                return S3Lease(info, seen.holder, self, etag, self.times.monotonic())
        raise StateError(_NO_LEASE, f"{self._name}: several others want it at once. Run the command again.")

    def holder(self) -> LockInfo | None:
        seen = self._see()
        return None if seen.expired else seen.holder

    def break_lease(self) -> LockInfo | None:
        """An expired one stays, so that whoever takes it over writes down whose it was."""
        for _ in range(_ATTEMPTS):
            seen = self._see()
            if seen.holder is None or seen.expired:
                return None
            with contextlib.suppress(LostError):
                self.write(None, seen.etag)
                return seen.holder
        raise StateError(_NO_LEASE, f"{self._name}: its holder renews it all the time. Run the command again.")

    def request_stop(self, why: str) -> None:
        holder = self.holder()
        if holder is not None:
            self.objects.put_anyway(self.mark, _text(_MARK, _Mark(holder.id, why)), "Stop can't be asked for")

    def write(self, holder: LockInfo | None, etag: str, *, attempts: int = 3) -> str:
        """Put the name in, or none, if the object still is the one with that ETag; else `LostError`."""
        held = _Held(holder, int(self.times.lasts.total_seconds()), self.times.now())
        return self.objects.put(self.file, _text(_HELD, held), etag, _NO_LEASE, attempts=attempts)

    def asked(self, lease: str) -> str | None:
        """Why the holder of that lease shall stop, if somebody asked for it."""
        found = self.objects.get(self.mark, _NO_LEASE)
        if found is None:
            return None
        try:
            mark = _MARK.decode(_value(found.data))
        except Misfit:
            return f"somebody left a mark that can't be read: {self.objects.place(self.mark)}"
        return mark.why if mark.lease == lease else None

    def _see(self) -> _Seen:
        found = self.objects.get(self.file, _NO_LEASE)
        if found is None:
            return _Seen("", None, expired=False, now=self.times.now())
        try:
            held = _HELD.decode(_value(found.data))
        except Misfit as misfit:
            detail = f"{self._name}: {misfit.sentence} Make sure that no run is going on, and delete that object."
            raise StateError(_NO_LEASE, detail) from None
        # Without a time from the server nobody knows how old it is: it lasts until it is released or broken.
        age = found.now - found.changed if found.now else timedelta(seconds=-1)
        expired = held.holder is not None and age >= timedelta(seconds=held.seconds)
        return _Seen(found.etag, held.holder, expired, found.now or self.times.now())

    @property
    def _name(self) -> str:
        return self.objects.place(self.file)


@dataclass(slots=True)
class S3Lease:
    """Held as long as it is renewed within the time that it lasts."""

    info: LockInfo
    took_over: LockInfo | None
    _place: S3LeasePlace
    _etag: str
    _renewed: float
    _released: bool = False
    _looked: float = -inf
    _asked: str | None = None
    _looking: threading.Lock = field(default_factory=threading.Lock)
    _renewing: threading.Lock = field(default_factory=threading.Lock)

    def renew(self) -> None:
        """Raises `StateError` if it was lost, or could not be renewed for half of the time that it lasts."""
        times = self._place.times
        with self._renewing:
            if self._released:
                raise self._lost()
            try:
                self._etag = self._place.write(self.info, self._etag, attempts=1)
            except LostError:
                raise self._lost() from None
            except StateError:
                if times.monotonic() - self._renewed > times.lasts.total_seconds() / 2:
                    raise
            else:
                self._renewed = times.monotonic()

    def _lost(self) -> StateError:
        return StateError(
            "Lease was lost",
            f"The lease of `flagstaff {self.info.operation}` was taken away with `flagstaff unlock`, or taken over "
            "because it was not renewed in time; somebody else may be writing now. Nothing more is written. Find "
            "out who did it, then plan again.",
        )

    def stop_requested(self) -> str | None:
        """From any thread; the server is asked at most once in `Times.look_every`."""
        times = self._place.times
        with self._looking:
            now = times.monotonic()
            if now - self._looked >= times.look_every.total_seconds():
                self._asked = self._place.asked(self.info.id)
                self._looked = now
            return self._asked

    def release(self) -> None:
        """Does nothing if it was released before. One that can't be given back ends by itself."""
        with self._renewing, contextlib.suppress(LostError, StateError):
            if not self._released:
                self._released = True
                self._place.write(None, self._etag)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def _text(form: Form[Any], value: object) -> bytes:
    return (json.dumps(form.encode(value), ensure_ascii=False) + "\n").encode("utf-8", "surrogatepass")


def _value(data: bytes) -> Any:
    try:
        return parse(data.decode("utf-8", "surrogatepass"))
    except UnicodeDecodeError as error:
        raise Misfit(f"byte {error.start} of it is not UTF-8") from None
