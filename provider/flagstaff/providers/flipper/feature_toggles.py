"""`GET /v0/feature_toggles` of an application in front of Flipper: a smoke test of what its visitors get.

It answers with booleans for whoever asks, and nobody is logged in here: no percentage and no tester
can be seen. Each toggle is in the list twice, `some_key` and `someKey`. The whole list is asked for,
because names in a query (`?features=`) are changed on the way: one with capitals or a camelCase one
reads as off, whatever it is. No credential is sent, and no redirect is followed.
"""

from __future__ import annotations

import json
import ssl
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import httpx

from flagstaff import __version__
from flagstaff.diagnostics import Diagnostic, Severity
from flagstaff.providers.endpoints import Endpoint
from flagstaff.providers.kinds import Expected
from flagstaff.providers.protocols import StoreError
from flagstaff.providers.surroundings import Surroundings

_TIMEOUT: Final = 30.0
_LARGEST: Final = 10_000_000
# More differences than this have one cause, and it is not one toggle.
_MOST_SHOWN: Final = 10


def verify(endpoint: Endpoint, expected: Sequence[Expected], surroundings: Surroundings) -> tuple[Diagnostic, ...]:
    """What differs; an endpoint that can't be asked is a warning as well."""
    try:
        return compare(expected, read(endpoint, surroundings), str(endpoint))
    except StoreError as error:
        return (Diagnostic(Severity.WARNING, error.summary, error.detail),)


def camel_case(key: str) -> str:
    """The other spelling: `va_online_scheduling_OH_request` is `vaOnlineSchedulingOhRequest`."""
    first, *rest = key.split("_")
    return first[:1].lower() + first[1:] + "".join(word.capitalize() for word in rest)


def compare(expected: Sequence[Expected], answer: Mapping[str, bool], where: str) -> tuple[Diagnostic, ...]:
    """A warning for the toggles that read otherwise, and one for those that are not in the list."""
    shared = Counter(camel_case(name) for name in answer if "_" in name)
    missing = [_missing(item, answer) for item in expected if item.key not in answer]
    differing = [line for item in expected if item.key in answer for line in _differing(item, answer, shared)]
    found = []
    if differing:
        found.append(
            _warning("Smoke test found differences", f"{where}, for a visitor who isn't logged in:", differing)
        )
    if missing:
        found.append(_warning("Smoke test misses toggles", f"{where} does not list:", missing))
    return tuple(found)


def _differing(item: Expected, answer: Mapping[str, bool], shared: Mapping[str, int]) -> Iterator[str]:
    """Both spellings, wherever one is not as expected. A camelCase name that two keys share says nothing."""
    other = camel_case(item.key)
    names = [item.key]
    if other != item.key and other in answer and shared[other] == 1:
        names.append(other)
    if any(answer[name] != item.on for name in names):
        read = ", ".join(f"{name} is {str(answer[name]).lower()}" for name in names)
        must = "must be true" if item.on else "must be false, as a percentage holds for logged-in users only"
        if item.exposure.is_off:
            must = "must be false"
        yield f"{item.address}: {read}; applied {item.exposure}, so it {must}."


def _missing(item: Expected, answer: Mapping[str, bool]) -> str:
    folded = item.key.replace("_", "").casefold()
    near = sorted(name for name in answer if name.replace("_", "").casefold() == folded)
    there = f" It has {', '.join(near)}: capitals count." if near else ""
    return f"{item.address} ({item.key}).{there}"


def _warning(summary: str, head: str, lines: Sequence[str]) -> Diagnostic:
    more = [f"and {len(lines) - _MOST_SHOWN} more"] if len(lines) > _MOST_SHOWN else []
    end = (
        "What was applied stays applied. Readers may still have old values; if this is so for long, look at the store."
    )
    return Diagnostic(Severity.WARNING, summary, "\n".join([head, *lines[:_MOST_SHOWN], *more, end]))


def read(endpoint: Endpoint, surroundings: Surroundings) -> Mapping[str, bool]:
    """The whole list, by name; raises `StoreError`."""
    headers = {"Accept": "application/json", "User-Agent": f"flagstaff/{__version__}"}
    try:
        with (
            httpx.Client(
                headers=headers,
                trust_env=False,
                proxy=endpoint.proxy(surroundings.environment),
                timeout=_TIMEOUT,
                verify=ssl.create_default_context(),
            ) as client,
            client.stream("GET", str(endpoint)) as response,
        ):
            if response.status_code != httpx.codes.OK:
                raise _trouble(endpoint, f"it answered with status {response.status_code}")
            return _values(endpoint, _body(endpoint, response))
    except httpx.HTTPError as error:
        raise _trouble(endpoint, f"{type(error).__name__}: {error}") from error
    except (httpx.InvalidURL, ssl.SSLError, OSError, ValueError, ImportError) as error:
        # Of the surroundings, such as a proxy's address, which may hold a password.
        raise _trouble(endpoint, f"the connection can't be set up ({type(error).__name__})") from error


def _body(endpoint: Endpoint, response: httpx.Response) -> bytes:
    data = bytearray()
    for chunk in response.iter_bytes():
        data += chunk
        if len(data) > _LARGEST:
            raise _trouble(endpoint, "its answer is too large")
    return bytes(data)


def _values(endpoint: Endpoint, data: bytes) -> Mapping[str, bool]:
    try:
        document: Any = json.loads(data)
        features = document["data"]["features"]
        found = {item["name"]: item["value"] for item in features}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _trouble(endpoint, "its answer is not a list of toggles") from error
    if not all(isinstance(name, str) and isinstance(value, bool) for name, value in found.items()):
        raise _trouble(endpoint, "its answer is not a list of toggles")
    return found


def _trouble(endpoint: Endpoint, why: str) -> StoreError:
    return StoreError(
        "Smoke test was not possible",
        f"{endpoint}: {why}. What was applied was verified in the store and stays applied.",
    )
