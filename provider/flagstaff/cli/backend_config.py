"""What the backend is given from outside the repository: `-backend-config`, and the file of FLAGSTAFF_BACKEND_CONFIG.

It may hold secrets: nothing of a value is repeated in a message.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from flagstaff.config.load import Inputs
from flagstaff.diagnostics import Failure
from flagstaff.model.configuration import Backend, Desired

VARIABLE: Final = "FLAGSTAFF_BACKEND_CONFIG"
_PAIR: Final = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*=(.*)", re.DOTALL)


def with_backend(desired: Desired, inputs: Inputs, directory: Path) -> Desired:
    """Its backend with what is given from outside, which goes before the block. Raises `Failure`."""
    backend = replace(desired.settings.backend, given=read(inputs, directory))
    return replace(desired, settings=replace(desired.settings, backend=backend))


def check_endpoint(backend: Backend) -> None:
    """Raises `Failure` for an S3 server that only the repository names: the environment's keys would sign for it."""
    url = backend.settings.get("endpoint")
    if backend.kind != "s3" or url is None or "endpoint" in backend.given:
        return
    from flagstaff.providers.endpoints import Endpoint, check_allowed
    from flagstaff.providers.protocols import StoreError
    from flagstaff.providers.surroundings import Surroundings

    try:
        check_allowed(Endpoint.parse(url), "S3 credentials", Surroundings.of_process())
    except StoreError as error:
        raise Failure.error(error.summary, error.detail, backend.range) from None
    except ValueError as error:
        raise Failure.error("Invalid S3 setting", f'The attribute "endpoint" {error}.', backend.range) from None


def read(inputs: Inputs, directory: Path) -> Mapping[str, str]:
    """The environment's file first, then the options in their order: the last one counts. Raises `Failure`."""
    found: dict[str, str] = {}
    path = inputs.environment.get(VARIABLE)
    if path:
        found.update(_file(directory / path, f"{VARIABLE} names"))
    for text in inputs.backend:
        pair = _PAIR.fullmatch(text)
        if pair is not None:
            found[pair[1]] = pair[2]
        else:
            found.update(_file(directory / text, "-backend-config names"))
    return found


def _file(path: Path, named: str) -> dict[str, str]:
    """Lines of `KEY = VALUE`; a value may stand in double quotes, a line that begins with # is a comment."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not in UTF-8"
        # A setting whose key is misspelt may have been meant, and hold a secret: only a plain path is repeated.
        shown = f'"{path.name}"' if re.fullmatch(r"[\w.-]{1,60}", path.name) else "a file"
        raise Failure.error(
            "Backend settings can't be read",
            f"{named} {shown}, and it can't be read: {reason}. Give KEY=VALUE, or the path of a file of such lines.",
        ) from None
    return dict(_line(line, number, path) for number, line in enumerate(lines, 1) if _counts(line))


def _counts(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _line(line: str, number: int, path: Path) -> tuple[str, str]:
    pair = _PAIR.fullmatch(line)
    value = None if pair is None else _value(pair[2].strip())
    if pair is None or value is None:
        raise Failure.error(
            "Invalid backend setting",
            f'{path.name}, line {number}: a line is KEY = VALUE, such as region = "us-gov-west-1". (It is not repeated '
            "here: it may hold a secret.)",
        )
    return pair[1], value


def _value(text: str) -> str | None:
    """As it stands, or what double quotes say; None for quotes that do not fit."""
    if not text.startswith('"'):
        return text
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, str) else None
