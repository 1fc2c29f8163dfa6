"""The state stores by name: from a `backend` block, with what is given from outside, to an opened store."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from flagstaff.diagnostics import Diagnostic, Failure, Severity, did_you_mean
from flagstaff.model.backends import BACKENDS, REQUIRED
from flagstaff.model.configuration import Backend
from flagstaff.state.local import LocalStore
from flagstaff.state.postgres import settings as postgres_settings
from flagstaff.state.s3 import settings as s3_settings
from flagstaff.state.store import StateStore

DEFAULT_PATH: Final = "flagstaff.state.json"
HOW_TO_GIVE: Final = "give it with -backend-config, or in the file that FLAGSTAFF_BACKEND_CONFIG names"
# What is wrong with settings: a fixed summary, and a detail that repeats no value of a secret.
Problems = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of backend.

    `check` is for all settings, `secrets` are the names of those whose values must not stand in a configuration,
    `open` touches nothing yet, `title` names the place without anything secret.
    """

    check: Callable[[Mapping[str, Any]], Problems]
    secrets: Callable[[Mapping[str, Any]], Iterator[str]]
    open: Callable[[Backend, Path], StateStore]
    title: Callable[[Mapping[str, Any]], str]


def _check_local(settings: Mapping[str, Any]) -> Problems:
    path = settings.get("path", DEFAULT_PATH)
    if isinstance(path, str) and path.strip() and "\0" not in path:
        return []
    detail = 'The attribute "path" of the backend "local" must name a file, such as "state/va.json".'
    return [("Invalid backend path", detail)]


def _open_local(backend: Backend, base: Path) -> StateStore:
    return LocalStore(base / backend.all.get("path", DEFAULT_PATH))


def _open_postgres(backend: Backend, _: Path) -> StateStore:
    store: StateStore = import_module("flagstaff.state.postgres.store").open_(
        backend.all, trusted="url" in backend.given
    )
    return store


def _open_s3(backend: Backend, _: Path) -> StateStore:
    store: StateStore = import_module("flagstaff.state.s3.store").open_(backend.all)
    return store


def _no_secrets(_: Mapping[str, Any]) -> Iterator[str]:
    return iter(())


def _s3_secrets(settings: Mapping[str, Any]) -> Iterator[str]:
    return (name for name, setting in BACKENDS["s3"].items() if setting.secret and settings.get(name) is not None)


def _local_title(settings: Mapping[str, Any]) -> str:
    return f"local {settings.get('path', DEFAULT_PATH)}"


def _postgres_title(settings: Mapping[str, Any]) -> str:
    return postgres_settings.title(settings, os.environ)


def _s3_title(settings: Mapping[str, Any]) -> str:
    return f"s3://{settings.get('bucket', '')}/{settings.get('key', '')}"


_KINDS: Final[Mapping[str, Kind]] = {
    "local": Kind(_check_local, _no_secrets, _open_local, _local_title),
    "postgres": Kind(postgres_settings.check, postgres_settings.secrets, _open_postgres, _postgres_title),
    "s3": Kind(s3_settings.check, _s3_secrets, _open_s3, _s3_title),
}


def check_backend(backend: Backend, *, whole: bool = False) -> tuple[Diagnostic, ...]:
    """What is wrong with the block, without touching any store; `whole`: all that opening needs must be there."""
    kind, known = _KINDS.get(backend.kind), BACKENDS.get(backend.kind, {})
    if kind is None:
        detail = f'There is no backend "{backend.kind}"; this version has: {", ".join(BACKENDS)}.'
        return (_error("Unknown backend", detail + did_you_mean(backend.kind, BACKENDS), backend),)
    found = [
        _error(
            "Unknown backend attribute",
            f'The backend "{backend.kind}" has no attribute "{name}"; it has: {", ".join(known)}.'
            + did_you_mean(name, known),
            backend,
        )
        for name in sorted(backend.all.keys() - set(known))
    ]
    settings = {name: value for name, value in backend.all.items() if name in known}
    if whole or all(settings.get(name) is not None for name in REQUIRED[backend.kind]):
        found += [_error(*problem, backend) for problem in kind.check(settings)]
    return (*found, *_secrets(kind, backend))


def _secrets(kind: Kind, backend: Backend) -> Iterator[Diagnostic]:
    for name in kind.secrets(backend.settings):
        yield _error(
            "Credential in the configuration",
            f'The attribute "{name}" of the backend "{backend.kind}" holds a secret, which everybody who reads the '
            f"repository, or a saved plan, would see. Take it out, and {HOW_TO_GIVE}.",
            backend,
        )


def open_store(backend: Backend, base: Path) -> StateStore:
    """The store of a block; relative paths start at `base`. Raises `Failure`; reads nothing yet."""
    problems = check_backend(backend, whole=True)
    if problems:
        raise Failure(*problems)
    return _KINDS[backend.kind].open(backend, base)


def title(backend: Backend) -> str:
    """The place as messages and the journal name it: no user, no password."""
    return _KINDS[backend.kind].title(backend.all)


def parse_place(text: str) -> Backend:
    """A place in one text, as `FLAGSTAFF_STATE` takes it: a path, `local:PATH`, `postgresql://...#name=..&schema=..`,
    or `s3://bucket/key?region=..`. Raises `Failure`; the text may hold a password and is not repeated."""
    if re.match(r"postgres(ql)?://", text):
        url, _, rest = text.partition("#")
        return Backend("postgres", given={"url": url, **_pairs(rest, "postgres", "after the #")})
    if text.startswith("s3://"):
        address, _, query = text.partition("?")
        parts = urlsplit(address)
        settings = {"bucket": parts.netloc, "key": unquote(parts.path.removeprefix("/"))}
        return Backend("s3", given={**settings, **_pairs(query, "s3", "after the ?")})
    return Backend("local", {"path": text.removeprefix("local:")})


_IN_PLACES: Final = {
    "postgres": ("name", "schema"),
    "s3": ("region", "endpoint", "path_style", "encryption", "kms_key", "profile"),
}


def _pairs(text: str, kind: str, where: str) -> dict[str, str]:
    known = _IN_PLACES[kind]
    try:
        found = dict(parse_qsl(text, keep_blank_values=True, strict_parsing=True)) if text else {}
    except ValueError:
        found = {"": ""}
    unknown = sorted(found.keys() - set(known))
    if unknown:
        raise Failure.error(
            "Invalid place of a state",
            f"The address of a {kind} state takes {', '.join(known)} {where}, as in {known[0]}=...&{known[1]}=...; "
            f"this one has something else there.{did_you_mean(unknown[0], known)}",
        )
    return found


def _error(summary: str, detail: str, backend: Backend) -> Diagnostic:
    return Diagnostic(Severity.ERROR, summary, detail, backend.range, context=f'backend "{backend.kind}"')
