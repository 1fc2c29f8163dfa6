"""Requests to one Flipper server: one pool of connections, repeated where that is safe, errors in words.

Requests go straight to httpx's transport, so that no redirect is followed, no cookie kept and nothing taken
from the environment. The credential is in no text and in no local of these functions.
"""

from __future__ import annotations

import contextlib
import json
import random
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final, TypeVar

import httpx

from flagstaff import __version__
from flagstaff.model.live import Json
from flagstaff.providers.endpoints import Credential, Endpoint
from flagstaff.providers.flipper.troubles import Answer, Trouble, of_answer, of_body, of_exception
from flagstaff.providers.flipper.wire import WireError
from flagstaff.providers.protocols import StoreError
from flagstaff.providers.retries import Retrying, tell

T = TypeVar("T")
LIST_LIMIT: Final = 60.0
LIMIT: Final = 10.0
_HEADERS: Final = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
    "User-Agent": f"flagstaff/{__version__}",
}
_LARGEST: Final = 256 * 1024 * 1024


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Timing:
    """The clock, and chance."""

    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = utc_now
    chance: Callable[[], float] = random.random


@dataclass(frozen=True, slots=True)
class Retry:
    """Up to `tries` in all; the wait before the second is up to `first` seconds, and doubles, up to `longest`.

    A server that asks for more than `patience` seconds of waiting is not waited for. Once nobody got a connection
    for `outage` seconds, each write tries only once: hundreds of moves would wait for a dead server one by one.
    """

    tries: int = 4
    first: float = 0.5
    longest: float = 8.0
    patience: float = 60.0
    outage: float = 30.0

    def wait(self, attempt: int, trouble: Trouble, chance: float) -> float | None:
        """Seconds before the next try; None: there is none. Half of the wait is chance, so that many don't meet."""
        if attempt >= self.tries or not trouble.passing or (trouble.wait or 0.0) > self.patience:
            return None
        backoff: float = min(self.longest, self.first * 2.0 ** (attempt - 1)) * (0.5 + chance / 2)
        return max(backoff, trouble.wait or 0.0)


@dataclass(frozen=True, slots=True)
class Call:
    """One request; `path` is quoted, and begins below the endpoint.

    `repeatable`: a second one does no more than the first, whatever others did in between.
    """

    method: str
    path: str
    json: Json = None
    repeatable: bool = True
    limit: float = LIMIT

    @property
    def writes(self) -> bool:
        return self.method != "GET"


@dataclass(slots=True)
class Session:
    """`make` opens the connection pool, at the first request; `close` ends it."""

    endpoint: Endpoint
    credential: Credential | None
    make: Callable[[], httpx.BaseTransport]
    timing: Timing = Timing()
    retry: Retry = Retry()
    _transport: httpx.BaseTransport | None = field(default=None, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _unreached_since: float | None = field(default=None, repr=False)

    def send(self, call: Call, decode: Callable[[bytes], T]) -> T:
        """What `decode` makes of the answer; raises `StoreError`.

        `unknown` is true from the first try on that may have written, unless a later one is answered.
        """
        unknown, attempt = False, 0
        while True:
            attempt += 1
            outcome = self._attempt(call, decode)
            is_out = self._is_out(unreached=isinstance(outcome, Trouble) and outcome.unreached)
            if not isinstance(outcome, Trouble):
                return outcome
            outcome = self._redacted(outcome)
            unknown = unknown or (call.writes and not outcome.undone)
            again = (call.repeatable or not unknown) and not (call.writes and is_out)
            wait = self.retry.wait(attempt, outcome, self.timing.chance()) if again else None
            if wait is None:
                raise self._error(outcome, attempt, unknown=unknown)
            tell(Retrying(outcome.detail, wait, attempt))
            self.timing.sleep(wait)

    def _is_out(self, *, unreached: bool) -> bool:
        """Whether the server is out of reach for long, all calls taken together; `unreached`: the last one was."""
        now = self.timing.monotonic()
        with self._lock:
            if not unreached:
                self._unreached_since = None
            elif self._unreached_since is None:
                self._unreached_since = now
            since = self._unreached_since
        return since is not None and now - since > self.retry.outage

    def close(self) -> None:
        with self._lock:
            if self._transport is not None:
                self._transport.close()
                self._transport = None

    def _error(self, trouble: Trouble, attempts: int, *, unknown: bool) -> StoreError:
        tried = f" Tried {attempts} times." if attempts > 1 else ""
        if trouble.wait is not None and trouble.wait > self.retry.patience:
            tried += f" The server asks to wait {trouble.wait:.0f} s."
        open_ = " It is not known whether the write was done." if unknown else ""
        return StoreError(trouble.summary, trouble.detail + tried + open_, unknown=unknown)

    def _redacted(self, trouble: Trouble) -> Trouble:
        """A server may send back what it got."""
        return trouble if self.credential is None else replace(trouble, detail=self.credential.redact(trouble.detail))

    def _attempt(self, call: Call, decode: Callable[[bytes], T]) -> T | Trouble:
        """Troubles are returned, not raised: nobody finds the request, with its credential, behind an error."""
        what = f"{call.method} {self.endpoint}{call.path}"
        try:
            answer = self._exchange(call)
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as error:
            return of_exception(error, what, call.limit)
        if isinstance(answer, str):
            return of_body(answer, what)
        if (trouble := of_answer(answer, what, self.timing.now)) is not None:
            return trouble
        try:
            return decode(answer.body)
        except WireError as error:
            return of_body(str(error), what)

    def _exchange(self, call: Call) -> Answer | str:
        """The whole answer within the limit, or what is wrong with its size. A server that trickles is cut off."""
        transport, request = self._opened(), self._request(call)
        end = self.timing.monotonic() + call.limit
        with contextlib.closing(transport.handle_request(request)) as response:
            chunks, size = [], 0
            for chunk in response.iter_bytes():
                chunks.append(chunk)
                size += len(chunk)
                if size > _LARGEST:
                    return f"more than {_LARGEST // 1024 // 1024} MB"
                if self.timing.monotonic() > end:
                    raise httpx.ReadTimeout("the whole took too long")
            return Answer(response.status_code, response.headers, b"".join(chunks))

    def _request(self, call: Call) -> httpx.Request:
        """No cookies, no redirects, nothing from the environment: what is said here is all that is sent."""
        limits = dict.fromkeys(("connect", "read", "write", "pool"), call.limit)
        body = None if call.json is None else json.dumps(call.json, ensure_ascii=False).encode()
        url = f"{self.endpoint}{call.path}"
        request = httpx.Request(call.method, url, headers=_HEADERS, content=body, extensions={"timeout": limits})
        if body is not None:
            # Exactly this: with a charset behind it, Flipper ignores the body.
            request.headers["Content-Type"] = "application/json"
        if self.credential is not None:
            request.headers[self.credential.header] = self.credential.value
        return request

    def _opened(self) -> httpx.BaseTransport:
        with self._lock:
            if self._transport is None:
                self._transport = self.make()
            return self._transport
