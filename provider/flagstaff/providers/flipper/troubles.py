"""What can go wrong on the way to a Flipper server and back, and what to do about it.

Each trouble says whether another try may help, and whether a write may have been done all the same.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import httpx

from flagstaff.providers.flipper.wire import CODES, complaint
from flagstaff.providers.retries import retry_after

_PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
# Seconds; what took longer than that is not waited for once more.
_SHORT: Final = 30.0
_READ_ONLY: Final = "write access"
_NAME_SERVER: Final = ("name or service not known", "nodename nor servname", "name resolution", "no address associated")


@dataclass(frozen=True, slots=True)
class Trouble:
    """`passing`: another try may help, `wait` seconds from now if the server said so. `undone`: it is
    certain that nothing was written; `unreached`: because there was no connection."""

    summary: str
    detail: str
    passing: bool = False
    undone: bool = False
    wait: float | None = None
    unreached: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A response, read to its end."""

    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def media_type(self) -> str:
        kind: str = self.headers.get("Content-Type", "")
        return kind.partition(";")[0].strip().lower()


def of_answer(answer: Answer, what: str, now: Callable[[], datetime]) -> Trouble | None:
    """What is wrong with an answer by its status and headers. `what` names the request."""
    status = answer.status
    if 200 <= status < 300:
        return _not_json(answer, what) if status != 204 else None
    if 300 <= status < 400:
        return _redirect(answer, what)
    code, message = complaint(answer.body)
    said = f' The server says: "{message}".' if message else ""
    match status:
        case 401:
            way = "Check the token, or user and password, in the provider block and where the value comes from."
            return Trouble("Credential not accepted", f"{what} was answered with 401. {way}{said}", undone=True)
        case 403:
            return _forbidden(what, message, said)
        case 404 if code == 2 or (code == 1 and what.startswith("GET")):
            return Trouble("Request refused", f"{what}: {CODES[int(code)]}{said}", undone=True)
        case 404:
            way = "The provider's url is not where Flipper's API is mounted: correct it (it ends before /features)."
            return Trouble("Flipper not found", f"{what} was answered with 404. {way}{said}", undone=True)
        case 405:
            way = "Something in front of Flipper lets no writes through, or the url is wrong."
            return Trouble("Method not allowed", f"{what} was answered with 405. {way}{said}", undone=True)
        case 413:
            way = "A server in front of Flipper takes no body of that size: raise its limit."
            return Trouble("Request too large", f"{what} was answered with 413. {way}{said}", undone=True)
        case 422:
            known = CODES.get(code, "") if isinstance(code, int) else ""
            told = f"(code {code}) " if code is not None else ""
            detail = f"{what} was answered with 422 {told}and changed nothing. {known}{said}".rstrip()
            return Trouble("Request refused", detail, undone=True)
        case 429:
            way = "The server asks for fewer requests: use a smaller -parallelism, or try later."
            wait = retry_after(answer.headers.get("Retry-After"), now)
            detail = f"{what} was answered with 429. {way}{said}"
            return Trouble("Too many requests", detail, passing=True, undone=True, wait=wait)
        case _:
            return _other(answer, what, said, now)


def _other(answer: Answer, what: str, said: str, now: Callable[[], datetime]) -> Trouble:
    status = answer.status
    wait = retry_after(answer.headers.get("Retry-After"), now)
    who = "The server failed" if status >= 500 else "The server refused"
    detail = f"{what} was answered with {status}. {who}: look into its log.{said}"
    return Trouble("Server error", detail, passing=status in _PASSING, undone=400 <= status < 500, wait=wait)


def of_body(problem: str, what: str) -> Trouble:
    """An answer with a good status that says something else than the API documents."""
    detail = f"{what}: the server answered {problem}. Is the url that of Flipper's API, and its server a known release?"
    return Trouble("Answer not understood", detail, passing=True)


def of_exception(error: httpx.HTTPError | httpx.InvalidURL | ssl.SSLError, what: str, limit: float) -> Trouble:
    """A request that got no whole answer."""
    match error:
        case httpx.ConnectTimeout():
            detail = f"{what}: no connection within {limit:g} s. Is the server up, and the way to it open?"
            return _unreached("Server out of reach", detail)
        case httpx.PoolTimeout():
            return Trouble("Server out of reach", f"{what}: no connection was free in time.", passing=True, undone=True)
        case httpx.TimeoutException():
            detail = f"{what}: no whole answer within {limit:g} s. The server is slow, or something holds it up."
            return Trouble("Server too slow", detail, passing=limit <= _SHORT)
        case httpx.ProxyError():
            detail = f"{what}: the proxy that the environment names refused or failed. Correct HTTPS_PROXY or NO_PROXY."
            return _unreached("Proxy failed", detail)
        case httpx.ConnectError():
            return _no_connection(error, what)
        case httpx.UnsupportedProtocol() | httpx.LocalProtocolError() | httpx.InvalidURL():
            return Trouble("Request can't be sent", f"{what} can't be sent as it is. Check the url.", undone=True)
        case httpx.DecodingError():
            return Trouble("Answer not understood", f"{what}: the answer is not compressed as it says.", passing=True)
        case _:
            detail = f"{what}: the connection broke before the answer was whole."
            return Trouble("Connection lost", detail, passing=True)


def _no_connection(error: httpx.ConnectError, what: str) -> Trouble:
    """The reason is only in the text of what the socket raised."""
    text = str(error).lower()
    if "certificate" in text or "ssl" in text or "tls" in text:
        way = (
            "Name the certificate authority in ca_bundle, or the client's certificate in client_certificate, and check "
            "that the url has the name in the server's certificate."
        )
        reason = "its certificate is not trusted" if "certificate verify failed" in text else "TLS failed"
        return Trouble("No secure connection", f"{what}: {reason}. {way}", undone=True)
    if any(words in text for words in _NAME_SERVER):
        detail = f"{what}: the host's name is not known here. Check the url, the name server and the VPN."
        return _unreached("Host not found", detail)
    reason = "the connection was refused" if "refused" in text else "no connection could be made"
    detail = f"{what}: {reason}. Is the server up, and the port right?"
    return _unreached("Server out of reach", detail)


def _unreached(summary: str, detail: str) -> Trouble:
    return Trouble(summary, detail, passing=True, undone=True, unreached=True)


def _forbidden(what: str, message: str, said: str) -> Trouble:
    if _READ_ONLY in message:
        way = "The token can only read. Plan with it, and apply with one that may write."
    else:
        way = "The credential is known, and may not do this: use one that may, or have it allowed."
    return Trouble("Not permitted", f"{what} was answered with 403. {way}{said}", undone=True)


def _redirect(answer: Answer, what: str) -> Trouble:
    where = answer.headers.get("Location", "").partition("?")[0][:200]
    to = f' to "{where}"' if where else ""
    detail = (
        f"{what} was sent on{to} ({answer.status}). Flagstaff follows no redirect, as that would carry the "
        "credential to another place: put the right address into url."
    )
    return Trouble("Server redirects", detail, undone=True)


def _not_json(answer: Answer, what: str) -> Trouble | None:
    if answer.media_type == "application/json":
        return None
    if answer.media_type == "text/html" or answer.body.lstrip()[:1] == b"<":
        way = "That is a web page, perhaps a log-in: url is not that of Flipper's API, or something stands before it."
        return Trouble("Answer is a web page", f"{what} was answered with HTML. {way}")
    kind = answer.media_type or "no content type"
    return of_body(f'with "{kind}" where application/json is due', what)
