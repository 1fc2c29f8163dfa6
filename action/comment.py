"""Writes a plan as one comment of a pull request, and keeps that one up to date: comment.py NAME FILE.

The comment is known by its first line, a digest of NAME (the directory and the arguments of the plan), and by its
author; whatever the file holds stands behind it. The token goes to the API that the runner names, over https, and
follows no redirect. Needs nothing but Python.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

_PAGE: Final = 100
_PAGES: Final = 50
_MOST: Final = 65_536
_SECONDS: Final = 30
# Between two attempts where GitHub is the one in trouble, and asking again can't do something twice.
_PAUSES: Final = (1, 4)
_BOT: Final = "github-actions[bot]"
_HINTS: Final = {
    401: "The token is not valid any more.",
    403: "The job needs `permissions: pull-requests: write`, and the conversation must not be locked.",
    404: "The job needs `permissions: pull-requests: write`.",
    422: "It does not take this text.",
    429: "It is asked too often: run the job again later.",
}


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the token elsewhere."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


class Api:
    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        if parts.scheme != "https" and parts.hostname not in {"127.0.0.1", "localhost"}:
            give_up("GITHUB_API_URL is not https, and a token is sent over nothing else.")
        self._url = url.rstrip("/")
        self._token = token
        self._opener = urllib.request.build_opener(NoRedirects)

    def ask(self, method: str, path: str, body: dict[str, str] | None = None) -> Any:
        """The JSON of the answer; ends the script, with a sentence, where there is none."""
        data = None if body is None else json.dumps(body).encode()
        headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {self._token}",
            "Content-Type": "application/json",
            "User-Agent": "flagstaff",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        request = urllib.request.Request(f"{self._url}{path}", data, headers, method=method)  # noqa: S310 - checked above
        # A comment that GitHub may have made all the same is not made again.
        pauses = () if method == "POST" else _PAUSES
        for pause in (*pauses, None):
            try:
                with self._opener.open(request, timeout=_SECONDS) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                if error.code < 500 or pause is None:
                    hint = _HINTS.get(error.code, "Run the job again." if error.code >= 500 else "")
                    give_up(f"GitHub answered {method} {path} with {error.code}. {hint}".rstrip())
            except (OSError, ValueError) as error:
                if pause is None:
                    give_up(f"GitHub can't be asked ({type(error).__name__}). Run the job again.")
            time.sleep(pause or 0)
        raise AssertionError


def give_up(why: str) -> None:
    """The texts are our own: none of them could be another command to the runner."""
    sys.stdout.write(f"::error title=Flagstaff::The comment could not be written; the summary has the plan. {why}\n")
    sys.exit(1)


def mark(name: str) -> str:
    return f"<!-- flagstaff comment {hashlib.sha256(name.encode(errors='surrogateescape')).hexdigest()[:16]} -->"


def found(api: Api, path: str, first: str, author: str) -> dict[str, Any] | None:
    """Our comment; one that only looks like it is somebody else's."""
    for page in range(1, _PAGES + 1):
        comments = api.ask("GET", f"{path}?per_page={_PAGE}&page={page}")
        for comment in comments:
            begins = str(comment.get("body") or "").startswith(first)
            if begins and (comment.get("user") or {}).get("login") == author:
                return dict(comment)
        if len(comments) < _PAGE:
            return None
    return None


def main(name: str, file: str) -> None:
    environment = os.environ
    event = json.loads(Path(environment["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
    number = (event.get("pull_request") or {}).get("number")
    if not isinstance(number, int):
        return  # no pull request: the summary has the plan
    api = Api(environment.get("GITHUB_API_URL", "https://api.github.com"), environment["FLAGSTAFF_COMMENT_TOKEN"])
    author = environment.get("FLAGSTAFF_COMMENT_AUTHOR") or _BOT
    repository, first = environment["GITHUB_REPOSITORY"], mark(name)
    text = Path(file).read_text(encoding="utf-8").replace("\r\n", "\n").rstrip("\n")
    body = f"{first}\n\n{text}"[:_MOST]
    comment = found(api, f"/repos/{repository}/issues/{number}/comments", first, author)
    if comment is None:
        made = api.ask("POST", f"/repos/{repository}/issues/{number}/comments", {"body": body})
        sys.stdout.write("The plan is a new comment.\n")
        if (login := (made.get("user") or {}).get("login")) != author:
            warn_of(str(login))
    elif str(comment.get("body")).replace("\r\n", "\n") == body:
        sys.stdout.write("The comment says so already.\n")
    else:
        api.ask("PATCH", f"/repos/{repository}/issues/comments/{int(comment['id'])}", {"body": body})
        sys.stdout.write("The comment is up to date.\n")


def warn_of(login: str) -> None:
    """With another author the next run would not find it, and write one more."""
    plain = "".join(sign for sign in login if sign.isascii() and (sign.isalnum() or sign in "-_[]"))
    sys.stdout.write(
        f'::warning title=Flagstaff::The token is of {plain}: give the action `author: "{plain}"`, '
        "else the next run writes another comment.\n"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
