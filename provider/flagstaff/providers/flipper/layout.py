"""How a JSON file is set out, level by level, so that a write changes no line that it needn't.

Pure. Flipper writes one line without blanks; people break it into one toggle a line, or indent it all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from flagstaff.model.live import Json

_TOKEN = re.compile(
    r"""
    "(?:[^"\\]|\\.)*"(?P<colon>\s*:\s*)?     # a text, or a key
    | [\[{]\s*[\]}]                          # an empty list or object
    | [\[{](?P<open>\s*)
    | (?P<close>[\]}])
    | ,(?P<comma>\s*)
    """,
    re.VERBOSE,
)
# The level of one toggle's gates: below the top level and "features".
_TOGGLE = 3


@dataclass(frozen=True, slots=True)
class Layout:
    """The blanks behind the first opening bracket and the first comma of each level, counted from 1."""

    opening: Mapping[int, str] = field(default_factory=dict)
    commas: Mapping[int, str] = field(default_factory=dict)
    colon: str = ":"
    ascii: bool = False
    end: str = ""

    @classmethod
    def of(cls, text: str) -> Self:
        """The layout of a text that is JSON; one that is the same all over comes back as it is."""
        opening: dict[int, str] = {}
        commas: dict[int, str] = {}
        colon: str | None = None
        level = 0
        for token in _TOKEN.finditer(text):
            match token.lastgroup:
                case "open":
                    level += 1
                    opening.setdefault(level, token["open"])
                case "close":
                    level -= 1
                case "comma":
                    commas.setdefault(level, token["comma"])
                case "colon" if colon is None:
                    colon = token["colon"]
                case _:
                    pass
        body = text.rstrip()
        return cls(opening, commas, colon or ":", body.isascii() and "\\u" in body, text[len(body) :])

    def write(self, document: Json) -> str:
        return self._value(document, 1) + self.end

    def _value(self, value: Json, level: int) -> str:
        match value:
            case dict() if value:
                below = level + 1
                items = [f"{self._scalar(key)}{self.colon}{self._value(item, below)}" for key, item in value.items()]
                return f"{{{self._between(items, level)}}}"
            case list() if value:
                return f"[{self._between([self._value(item, level + 1) for item in value], level)}]"
            case _:
                return self._scalar(value)

    def _scalar(self, value: Json) -> str:
        return json.dumps(value, ensure_ascii=self.ascii, allow_nan=False)

    def _between(self, items: list[str], level: int) -> str:
        opening = self._opening(level)
        broken = "\n" in opening
        inline = " " if self.colon.endswith(" ") else ""
        comma = self.commas.get(level, opening if broken else inline)
        newline = "\r\n" if opening.startswith("\r") else "\n"
        closing = newline + _indent(self._opening(level - 1)) if broken else opening
        return f"{opening}{f',{comma}'.join(items)}{closing}"

    def _opening(self, level: int) -> str:
        """A level that the text has nothing of follows the one around it, but a new toggle stays on one line."""
        if level in self.opening or level < 1:
            return self.opening.get(level, "")
        around = self._opening(level - 1)
        if "\n" not in around or level == _TOGGLE:
            return ""
        return around + _indent(self._opening(1))


def _indent(opening: str) -> str:
    return opening.rpartition("\n")[2] if "\n" in opening else ""
