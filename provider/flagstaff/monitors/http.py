"""Questions over HTTP to what measures: repeated where that may help, and bounded in size and time.

Requests go straight to httpx's transport: no redirect is followed, no cookie kept, nothing taken from the process's
environment. What goes wrong is a `Trouble`, never an exception, and no text holds a credential.
"""

from __future__ import annotations

import contextlib
import random
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

import httpx

from flagstaff import __version__
from flagstaff.monitors.answers import Answer, Failed, Json, of_exception, too_large, understood
from flagstaff.monitors.protocols import Trouble
from flagstaff.providers.endpoints import Credential, Endpoint, check_allowed
from flagstaff.providers.flipper.connection import Opener
from flagstaff.providers.protocols import StoreError
from flagstaff.providers.surroundings import Surroundings

LARGEST: Final = 5 * 1024 * 1024
# Seconds: one try, and the longest that a server is waited for where it asks for that.
LIMIT: Final = 20.0
PATIENCE: Final = 10.0
_TRIES: Final = 3
_HEADERS: Final = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
    "User-Agent": f"flagstaff/{__version__}",
}


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Timing:
    """The clock, and chance."""

    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = _utc_now
    chance: Callable[[], float] = random.random


@dataclass(frozen=True, slots=True)
class Reach:
    """What asking needs from outside: the run's environment, the clock, and when (monotonic) all must be over."""

    surroundings: Surroundings
    end: float
    timing: Timing = Timing()

    @property
    def left(self) -> float:
        return self.end - self.timing.monotonic()


@dataclass(frozen=True, slots=True)
class Question:
    """One request; `path` begins below the endpoint. All of them only read, also those that post."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    content_type: str = ""

    @property
    def target(self) -> str:
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path


@dataclass(frozen=True, slots=True)
class Client:
    """`who` is the server in words, `access` what to do where it lets nobody in."""

    who: str
    endpoint: Endpoint
    credentials: tuple[Credential, ...]
    access: str
    reach: Reach

    def ask(self, question: Question) -> Json | Trouble:
        """The answer's JSON, with decimals for its fractions."""
        timing = self.reach.timing
        for attempt in range(1, _TRIES + 1):
            outcome = self._attempt(question)
            if not isinstance(outcome, Failed):
                return outcome
            backoff = 0.5 * 2.0 ** (attempt - 1) * (0.5 + timing.chance() / 2)
            wait = max(backoff, outcome.wait or 0.0)
            if attempt == _TRIES or not outcome.passing or wait > min(PATIENCE, self.reach.left):
                break
            timing.sleep(wait)
        return Trouble(self._redacted(outcome.reason))

    def _redacted(self, text: str) -> str:
        """A server may send back what it got."""
        for credential in self.credentials:
            text = credential.redact(text)
        return text

    def _attempt(self, question: Question) -> Json | Failed:
        limit = min(LIMIT, self.reach.left)
        if limit <= 0:
            return Failed(f"There was no time left to ask {self.who}. Try again, or read fewer monitors at once.")
        try:
            answer = self._exchange(question, limit)
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as error:
            return of_exception(error, self.who, limit)
        except StoreError as error:
            return Failed(error.detail)
        if isinstance(answer, Failed):
            return answer
        return understood(answer, self.who, self.access, self.reach.timing.now)

    def _exchange(self, question: Question, limit: float) -> Answer | Failed:
        """The whole answer within the limit. A server that trickles is cut off."""
        end = self.reach.timing.monotonic() + limit
        opener = Opener(self.endpoint, {}, self.endpoint.proxy(self.reach.surroundings.environment))
        with opener() as transport, contextlib.closing(transport.handle_request(self._request(question, limit))) as got:
            chunks, size = [], 0
            for chunk in got.iter_bytes():
                chunks.append(chunk)
                size += len(chunk)
                if size > LARGEST:
                    return too_large(self.who, LARGEST)
                if self.reach.timing.monotonic() > end:
                    raise httpx.ReadTimeout("the whole took too long")
            return Answer(got.status_code, got.headers, b"".join(chunks))

    def _request(self, question: Question, limit: float) -> httpx.Request:
        limits = dict.fromkeys(("connect", "read", "write", "pool"), limit)
        url = f"{self.endpoint}{question.target}"
        request = httpx.Request(
            question.method, url, headers=_HEADERS, content=question.body, extensions={"timeout": limits}
        )
        if question.body is not None:
            request.headers["Content-Type"] = question.content_type
        for credential in self.credentials:
            request.headers[credential.header] = credential.value
        return request


def connect(
    kind: str, endpoint: Endpoint, credentials: Sequence[Credential], access: str, reach: Reach
) -> Client | Trouble:
    """A client that has asked nothing yet, or why the credentials can't go there."""
    for credential in credentials:
        if problem := credential.problem():
            return Trouble(problem)
        if endpoint.scheme == "http" and not endpoint.is_loopback:
            return Trouble(
                f"{kind} at {endpoint} is not encrypted: everybody on the way could read the {credential.name}, so no "
                "request was made. Write https."
            )
        try:
            check_allowed(endpoint, credential.name, reach.surroundings)
        except StoreError as error:
            return Trouble(error.detail)
    return Client(f"{kind} at {endpoint.place}", endpoint, tuple(credentials), access, reach)
