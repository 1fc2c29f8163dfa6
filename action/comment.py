"""Writes a plan as one comment of a pull request, and keeps that one up to date: comment.py DIRECTORY FILE.

The comment is known by its first line, a digest of the directory, and by its author; whatever the file holds stands
behind it. The token goes to the API that the runner names, over https, and follows no redirect. Needs nothing but
Python.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

_PAGE: Final = 100
_PAGES: Final = 50
_MOST: Final = 65_536
_SECONDS: Final = 30


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the token elsewhere."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


class Api:
    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        if parts.scheme != "https" and parts.hostname not in {"127.0.0.1", "localhost"}:
            sys.exit("GITHUB_API_URL is not https, and a token is sent over nothing else.")
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
        try:
            with self._opener.open(request, timeout=_SECONDS) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            hint = " The job needs `permissions: pull-requests: write`." if error.code in {403, 404} else ""
            sys.exit(f"GitHub answered {method} {path} with {error.code}; the plan is in the summary.{hint}")
        except (OSError, ValueError) as error:
            sys.exit(f"GitHub can't be asked ({type(error).__name__}); the plan is in the summary.")


def mark(directory: str) -> str:
    return f"<!-- flagstaff comment {hashlib.sha256(directory.encode()).hexdigest()[:16]} -->"


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


def main(directory: str, file: str) -> None:
    environment = os.environ
    event = json.loads(Path(environment["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
    number = (event.get("pull_request") or {}).get("number")
    if not isinstance(number, int):
        return  # no pull request: the summary has the plan
    api = Api(environment.get("GITHUB_API_URL", "https://api.github.com"), environment["FLAGSTAFF_COMMENT_TOKEN"])
    author = environment.get("FLAGSTAFF_COMMENT_AUTHOR", "github-actions[bot]")
    repository, first = environment["GITHUB_REPOSITORY"], mark(directory)
    text = Path(file).read_text(encoding="utf-8").replace("\r\n", "\n").rstrip("\n")
    body = f"{first}\n\n{text}"[:_MOST]
    comment = found(api, f"/repos/{repository}/issues/{number}/comments", first, author)
    if comment is None:
        api.ask("POST", f"/repos/{repository}/issues/{number}/comments", {"body": body})
        sys.stdout.write("The plan is a new comment.\n")
    elif str(comment.get("body")).replace("\r\n", "\n") == body:
        sys.stdout.write("The comment says so already.\n")
    else:
        api.ask("PATCH", f"/repos/{repository}/issues/comments/{int(comment['id'])}", {"body": body})
        sys.stdout.write("The comment is up to date.\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
