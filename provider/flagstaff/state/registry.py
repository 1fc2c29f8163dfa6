"""The state stores by name: from a `backend` block to an opened store."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from flagstaff.diagnostics import Diagnostic, Failure, Severity, did_you_mean
from flagstaff.model.configuration import Backend
from flagstaff.state.local import LocalStore
from flagstaff.state.store import StateStore

DEFAULT_PATH: Final = "flagstaff.state.json"
# The attributes of each kind of backend.
_ATTRIBUTES: Final = {"local": ("path",)}


def check_backend(backend: Backend) -> tuple[Diagnostic, ...]:
    """What is wrong with the block, without touching the disk."""
    known = _ATTRIBUTES.get(backend.kind)
    if known is None:
        detail = f'There is no backend "{backend.kind}"; this version has: {", ".join(_ATTRIBUTES)}.'
        return (_error("Unknown backend", detail + did_you_mean(backend.kind, _ATTRIBUTES), backend),)
    found = [
        _error(
            "Unknown backend attribute",
            f'The backend "{backend.kind}" has no attribute "{name}"; it has: {", ".join(known)}.'
            + did_you_mean(name, known),
            backend,
        )
        for name in sorted(backend.settings.keys() - set(known))
    ]
    path = backend.settings.get("path", DEFAULT_PATH)
    if not isinstance(path, str) or not path.strip() or "\0" in path:
        detail = 'The attribute "path" of the backend "local" must name a file, such as "state/va.json".'
        found.append(_error("Invalid backend path", detail, backend))
    return tuple(found)


def open_store(backend: Backend, base: Path) -> StateStore:
    """The store of a checked block; relative paths start at `base`. Raises `Failure`; reads nothing yet."""
    problems = check_backend(backend)
    if problems:
        raise Failure(*problems)
    return LocalStore(base / backend.settings.get("path", DEFAULT_PATH))


def _error(summary: str, detail: str, backend: Backend) -> Diagnostic:
    return Diagnostic(Severity.ERROR, summary, detail, backend.range, context=f'backend "{backend.kind}"')
