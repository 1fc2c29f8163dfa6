"""The result block that the console script prints, read back. Pure, and strict.

The block is one line of ASCII without blanks, so whatever a terminal or a mail put between its characters is dropped.
Its checksum covers all that stands before it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from flagstaff.model.live import Json, Raw

BEGIN: Final = "-----BEGIN FLAGSTAFF RESULT-----"
END: Final = "-----END FLAGSTAFF RESULT-----"
FORMAT: Final = 1
_BLOCK: Final = re.compile(f"{BEGIN}(.*?){END}", re.DOTALL)
_LINE: Final = re.compile(r'(\{.*),"checksum":"([0-9a-f]{64})"\}', re.DOTALL)


class ResultError(Exception):
    """The text is no result that can be believed; `str()` says why."""


@dataclass(frozen=True, slots=True)
class Result:
    """What the script read at its end. A toggle that the store doesn't have is None.

    Who the testers are is not told, only how many actors there are: the block goes through chats and mails.
    """

    change: str
    environment: str
    outcome: str
    time: datetime
    toggles: Mapping[str, Raw | None]
    actors: Mapping[str, int]


def is_result(text: str) -> bool:
    """Whether it is meant to be one; an export is not."""
    return BEGIN in text or END in text or _LINE.fullmatch(text.strip()) is not None


def parse_result(text: str) -> Result:
    """Read the last block of a pasted text, or the bare line. Raises `ResultError`."""
    blocks: list[str] = _BLOCK.findall(text)
    if not blocks and (BEGIN in text or END in text):
        raise ResultError(f"a marker is missing: it begins with {BEGIN} and ends with {END}")
    line = re.sub(r"\s", "", blocks[-1] if blocks else text)
    match = _LINE.fullmatch(line)
    if match is None:
        raise ResultError("between the markers is not one whole line of JSON with a checksum at its end")
    if hashlib.sha256(match[1].encode()).hexdigest() != match[2]:
        raise ResultError("its checksum does not fit: a part is missing, or was changed on the way")
    return _decoded(match[1] + "}")


def _decoded(line: str) -> Result:
    try:
        document = json.loads(line)
        if document["format"] != FORMAT:
            raise ResultError(f"it has format {document['format']}, and this release reads {FORMAT}")
        return Result(
            change=_text(document["change"]),
            environment=_text(document["environment"]),
            outcome=_text(document["outcome"]),
            time=_time(document["time"]),
            toggles=_toggles(document["toggles"]),
            actors={key: int(toggle["actors"]) for key, toggle in document["toggles"].items() if toggle is not None},
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ResultError(f"it is not as the script writes it ({type(error).__name__})") from None


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise TypeError("a text")
    return value


def _time(value: Json) -> datetime:
    found = datetime.fromisoformat(value)
    if found.tzinfo is None:
        raise ValueError("no zone")
    return found.astimezone(UTC)


def _toggles(value: Mapping[str, Json]) -> Mapping[str, Raw | None]:
    """The gates as the store has them: what can't be read in them counts as open, and is no damage."""
    return {key: None if toggle is None else _gates(toggle["gates"]) for key, toggle in value.items()}


def _gates(value: Json) -> Raw:
    if not isinstance(value, dict):
        raise TypeError("an object")
    return value
