"""Places for kill tests: for each point a state store and a live store of its own, opened anew by each process."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from flagstaff.model.configuration import ProviderSettings
from flagstaff.model.live import Raw
from flagstaff.providers import registry
from flagstaff.providers.protocols import Provider
from flagstaff.providers.registry import open_provider
from flagstaff.providers.surroundings import Surroundings
from flagstaff.state.local import LocalStore
from flagstaff.state.store import StateStore


@dataclass(frozen=True, slots=True)
class Place:
    """`live` is a directory or the URL of a Flipper; `settings` are those of the state store's kind."""

    folder: Path
    kind: str
    settings: Mapping[str, Any]
    url: str = ""

    def provider(self) -> Provider:
        if self.url:
            settings = ProviderSettings("flipper", "api", {"url": self.url})
            return open_provider(settings, self.folder, surroundings=Surroundings())
        return open_provider(ProviderSettings("flipper", "embedded", {"path": "live.json"}), self.folder)

    def store(self) -> StateStore:
        """A lease of a dead process is free at once, also where it would have to expire."""
        match self.kind:
            case "local":
                return LocalStore(self.folder / "state.json")
            case "postgres":
                from flagstaff.state.postgres.store import open_

                return open_({**self.settings, "schema": f"kill_{self.folder.name}"}, trusted=True)
            case "s3":
                from flagstaff.state.s3.lease import Times
                from flagstaff.state.s3.settings import S3Settings
                from flagstaff.state.s3.store import S3Store

                key = f"{self.settings['key']}/{self.folder.name}.json"
                return S3Store(S3Settings.of({**self.settings, "key": key}), times=Times(lasts=timedelta(0)))
            case other:
                raise ValueError(other)


def warm(kind: str, settings: Mapping[str, Any]) -> None:
    """What takes time and no connection is done once, before forking: boto3 reads much to make a client.

    What is installed is looked up once, too.
    """
    registry._points = functools.cache(registry._points)
    if kind == "s3":
        from flagstaff.state.s3 import client as s3_client
        from flagstaff.state.s3.settings import S3Settings

        made = s3_client._connect(S3Settings.of(settings))
        s3_client._connect = lambda _: made


@contextlib.contextmanager
def place(
    folder: Path, kind: str, settings: Mapping[str, Any], live: str, toggles: Mapping[str, Raw]
) -> Iterator[Place]:
    """A new one, in which the live store has these toggles."""
    folder.mkdir()
    if live == "embedded":
        (folder / "live.json").write_text(json.dumps({"version": 1, "features": toggles}), encoding="utf-8")
        yield Place(folder, kind, settings)
        return
    reading, writing = os.pipe()
    server = os.fork()
    if not server:
        _serve(writing, toggles)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        url = pipe.readline().strip()
    try:
        yield Place(folder, kind, settings, url)
    finally:
        os.kill(server, signal.SIGKILL)
        os.waitpid(server, 0)


def _serve(pipe: int, toggles: Mapping[str, Raw]) -> None:
    """Be a Flipper over HTTP until somebody ends it."""
    from flagstaff.testing.flipper_double import FlipperDouble
    from flagstaff.testing.flipper_server import serving

    double = FlipperDouble()
    for key, raw in toggles.items():
        double.put(key, raw)
    with serving(double) as running:
        os.write(pipe, f"{running.url}\n".encode())
        signal.pause()
    os._exit(0)
