"""What can be wrong with an answer over HTTP, and what to do about it, in sentences."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import httpx

from flagstaff.providers.retries import retry_after

Json = Any
_PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_WAITS: Final = ("X-RateLimit-Reset", "Retry-After")
_LONGEST: Final = 240


@dataclass(frozen=True, slots=True)
class Failed:
    """`passing`: another try may help, `wait` seconds from now if the server said so."""

    reason: str
    passing: bool = False
    wait: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A response, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def understood(answer: Answer, who: str, access: str, now: Callable[[], datetime]) -> Json | Failed:
    """The JSON of an answer. `who` is the server in words, `access` what to do where it lets nobody in."""
    if answer.status != 200:
        return _of_status(answer, who, access, now)
    if answer.body.lstrip()[:1] == b"<":
        return Failed(
            f"{who} answered with a web page, perhaps a log-in. Correct the address, or let this machine past what "
            "stands before it."
        )
    try:
        return json.loads(answer.body, parse_float=_decimal, parse_constant=_constant)
    except RecursionError:
        return Failed(f"{who} answered with JSON that is nested too deeply. Is that the right address?")
    except ValueError:
        return Failed(
            f"{who} answered with something that is not JSON, or not all of it. Is that the right address, and does "
            "nothing cut answers on the way?",
            passing=True,
        )


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError("no number has such an exponent") from None


def _constant(text: str) -> Json:
    raise ValueError(f"{text} is not JSON")


def _of_status(answer: Answer, who: str, access: str, now: Callable[[], datetime]) -> Failed:
    status, said = answer.status, _said(answer.body)
    told = f"{who} answered with {status}"
    if 300 <= status < 400:
        return Failed(
            f"{told} and wants to send us elsewhere. No redirect is followed, as that would carry credentials to "
            "another place: write the right address."
        )
    match status:
        case 400 | 422:
            return Failed(f"{told}: it can't evaluate the query.{said} Correct the query.")
        case 401 | 403:
            return Failed(f"{told}: it does not let us read.{said} {access}")
        case 404:
            return Failed(f"{told}: there is nothing at this address.{said} Correct the address or the name.")
        case 429:
            wait = _wait(answer.headers, now)
            left = "" if wait is None else f" It asks to wait {wait:.0f} s."
            reason = f"{told}: too many requests.{said}{left} Read fewer monitors at once, or try later."
            return Failed(reason, passing=True, wait=wait)
        case _:
            reason = f"{told}.{said} Look at its own status page or log, and try again."
            return Failed(reason, status in _PASSING, _wait(answer.headers, now))


def _said(body: bytes) -> str:
    """What the server says is wrong, in the forms of Datadog and Prometheus."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    found = document.get("errors") or document.get("error") if isinstance(document, dict) else None
    texts = [item for item in (found if isinstance(found, list) else [found]) if isinstance(item, str)]
    return f' It says: "{shortened("; ".join(texts))}".' if texts else ""


def shortened(text: str) -> str:
    """On one line, and not endless."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 3]}..."


def _wait(headers: Mapping[str, str], now: Callable[[], datetime]) -> float | None:
    """The seconds that the server asks for, in any of the ways in which that is said."""
    return retry_after(next((headers[name] for name in _WAITS if name in headers), None), now)


def of_exception(error: httpx.HTTPError | httpx.InvalidURL | ssl.SSLError, who: str, limit: float) -> Failed:
    """A question that got no whole answer."""
    text = str(error).lower()
    match error:
        case httpx.TimeoutException():
            reason = f"{who} gave no whole answer within {limit:.0f} s. Is it up, and the query not too heavy for it?"
            return Failed(reason, passing=True)
        case httpx.ProxyError():
            return Failed(f"{who}: the proxy of the environment refused. Correct HTTPS_PROXY or NO_PROXY.")
        case httpx.ConnectError() if "certificate" in text or "ssl" in text or "tls" in text:
            return Failed(
                f"{who} can't be reached securely: its certificate is not trusted here, or TLS failed. Check the "
                "address and this machine's certificate authorities."
            )
        case httpx.ConnectError() | ssl.SSLError():
            return Failed(f"{who} can't be reached. Is it up, is the address right, and the way open?", passing=True)
        case httpx.UnsupportedProtocol() | httpx.LocalProtocolError() | httpx.InvalidURL():
            return Failed(f"{who} can't be asked like this: the address or a header is not valid.")
        case _:
            return Failed(f"{who}: the connection broke before the answer was whole.", passing=True)


def too_large(who: str, limit: int) -> Failed:
    return Failed(f"{who} answered with more than {limit // 1024 // 1024} MB. Make the query give one number.")
