"""GitHub's REST API, as far as approvals need it: questions only, page by page, with limits, and errors in words.

The token goes to one host, which this run's environment names and its user allows, follows no redirect, and is in
no text. Source: GitHub REST API, version 2022-11-28.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import httpx

from flagstaff import __version__
from flagstaff.providers.endpoints import Credential, Endpoint

_LIMIT: Final = 15.0
_TRIES: Final = 3
_PATIENCE: Final = 30.0
_LARGEST: Final = 10 * 1024 * 1024
_PAGE: Final = 100
_PAGES: Final = 30


class GitHubError(Exception):
    """Why GitHub could not be asked: a sentence."""


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: httpx.Headers
    body: bytes


@dataclass(slots=True)
class GitHub:
    """`make` opens the connection, at the first question; `sleep` waits for a number of seconds."""

    endpoint: Endpoint
    credential: Credential
    make: Callable[[], httpx.BaseTransport]
    sleep: Callable[[float], None] = time.sleep
    _transport: httpx.BaseTransport | None = field(default=None, repr=False)

    def get(self, path: str) -> Any:
        """What is there; None where there is nothing, or nothing that this token may see. Raises `GitHubError`."""
        answer = self._asked(path)
        if answer.status == 404:
            return None
        try:
            return json.loads(answer.body)
        except (ValueError, RecursionError):
            raise GitHubError(f"GitHub's answer to {path} is no JSON.") from None

    def pages(self, path: str) -> Iterator[dict[str, Any]]:
        """The objects of a list, over all its pages. Raises `GitHubError`, also where it has no end."""
        for number in range(1, _PAGES + 1):
            page = self.get(f"{path}?per_page={_PAGE}&page={number}") or []
            if not isinstance(page, list) or not all(isinstance(item, dict) for item in page):
                raise GitHubError(f"GitHub's answer to {path} is no list.")
            yield from page
            if len(page) < _PAGE:
                return
        raise GitHubError(
            f"GitHub lists more than {_PAGE * _PAGES} items at {path}, which is too much to look through."
        )

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    def _asked(self, path: str) -> _Answer:
        attempt = 0
        while True:
            attempt += 1
            try:
                answer = self._exchange(path)
            except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
                trouble, wait = f"GitHub can't be reached at {self.endpoint}: {type(error).__name__}.", 2.0**attempt / 4
            else:
                if answer.status in {200, 404}:
                    return answer
                trouble, wait = _refused(path, answer, attempt)
            if attempt >= _TRIES or not 0 <= wait <= _PATIENCE:
                raise GitHubError(self.credential.redact(trouble))
            self.sleep(wait)

    def _exchange(self, path: str) -> _Answer:
        if self._transport is None:
            self._transport = self.make()
        headers = {
            "Accept": "application/vnd.github+json",
            "User-Agent": f"flagstaff/{__version__}",
            "X-GitHub-Api-Version": "2022-11-28",
            self.credential.header: self.credential.value,
        }
        limits = dict.fromkeys(("connect", "read", "write", "pool"), _LIMIT)
        request = httpx.Request("GET", f"{self.endpoint}{path}", headers=headers, extensions={"timeout": limits})
        end = time.monotonic() + _LIMIT
        with contextlib.closing(self._transport.handle_request(request)) as response:
            body = b""
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > _LARGEST or time.monotonic() > end:
                    raise httpx.ReadTimeout("too much, or too slow")
            return _Answer(response.status_code, response.headers, body)


def _refused(path: str, answer: _Answer, attempt: int) -> tuple[str, float]:
    """What is wrong, and the seconds after which another try may help; below 0: none does."""
    status = answer.status
    if status in {403, 429}:
        if (asked := answer.headers.get("Retry-After", "")).isdigit():
            return "GitHub asks for fewer requests. Try again later.", float(asked)
        if answer.headers.get("X-RateLimit-Remaining") == "0":
            return f"GitHub's limit of requests for this token is used up{_until(answer)}.", -1.0
    if status == 401:
        return "GitHub does not accept the token. Check FLAGSTAFF_GITHUB_TOKEN or GITHUB_TOKEN.", -1.0
    if status == 403:
        return (
            f"GitHub does not let this token read {path}. A workflow's own token needs `permissions: actions: read, "
            "contents: read, pull-requests: read`."
        ), -1.0
    return f"GitHub answered {path} with {status}.", 2.0**attempt / 4 if status >= 500 else -1.0


def _until(answer: _Answer) -> str:
    reset = answer.headers.get("X-RateLimit-Reset", "")
    return f" until {datetime.fromtimestamp(int(reset[:12]), UTC):%H:%M} UTC" if reset.isdigit() else ""
