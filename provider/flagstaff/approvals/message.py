"""The text that is signed when somebody decides on a change or a release, and its strict reading back. Pure.

Canonical JSON: sorted keys, no blanks. Two texts that say the same are the same.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Self

from flagstaff.addresses import Address
from flagstaff.model.evidence import Decision
from flagstaff.state.forms import encode_time

NAMESPACE: Final = "flagstaff"
VERSION: Final = 1
LONGEST: Final = 20_000


class Kind(StrEnum):
    CHANGE = "change"
    RELEASE = "release"


class NotAMessageError(ValueError):
    """The text is none that Flagstaff signs."""


@dataclass(frozen=True, slots=True)
class Message:
    """One decision by one role: on the change with the id `change`, or on the release of the hold with that id."""

    kind: Kind
    change: str
    role: Address
    decision: Decision
    environment: str
    lineage: str
    at: datetime
    expires: datetime
    note: str = ""

    @property
    def text(self) -> str:
        document = {
            "at": encode_time(self.at),
            "change": self.change,
            "decision": str(self.decision),
            "environment": self.environment,
            "expires": encode_time(self.expires),
            "flagstaff": VERSION,
            "kind": str(self.kind),
            "lineage": self.lineage,
            "note": self.note,
            "role": str(self.role),
        }
        return json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def read(cls, text: str) -> Self:
        """The message whose text this is, to the letter; raises `NotAMessageError`."""
        try:
            message = cls._read(json.loads(text))
            canonical = len(text) <= LONGEST and message.text == text
        except (KeyError, TypeError, ValueError, RecursionError):
            canonical = False
        if not canonical:
            raise NotAMessageError("it is not a text of Flagstaff's")
        return message

    @classmethod
    def _read(cls, document: Any) -> Self:
        texts = {name: document[name] for name in ("change", "environment", "lineage", "note")}
        if not all(isinstance(text, str) for text in texts.values()):
            raise TypeError("not a text")
        return cls(
            kind=Kind(document["kind"]),
            role=Address.parse(document["role"]),
            decision=Decision(document["decision"]),
            at=datetime.fromisoformat(document["at"]),
            expires=datetime.fromisoformat(document["expires"]),
            **texts,
        )
