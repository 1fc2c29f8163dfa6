"""Text for people: pieces with a style, in lines, for a width and a set of symbols.

Views build pages and know nothing of terminals; `console` prints pages. Text that came from
elsewhere (keys, titles, reasons) passes `Look.clean`, so that it can't steer a terminal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

Style = Literal["", "bad", "good", "warn", "up", "down", "strong", "dim"]


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    style: Style = ""


Line = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Symbols:
    """The signs that text uses. Each is explained by a word beside it, or by the key."""

    up: str
    down: str
    ok: str
    bad: str
    ask: str
    bar: str
    dot: str
    more: str


UNICODE: Final = Symbols(up="▲", down="▼", ok="✓", bad="✗", ask="?", bar="│", dot="·", more="…")
ASCII: Final = Symbols(up="^", down="v", ok="ok", bad="X", ask="?", bar="|", dot="-", more="...")


@dataclass(frozen=True, slots=True)
class Look:
    """What the reader's terminal, file or pipe can show: a width in cells and an encoding."""

    width: int = 80
    symbols: Symbols = UNICODE
    encoding: str = "utf-8"

    @classmethod
    def fitting(cls, width: int, encoding: str) -> Look:
        """With the symbols that the encoding can carry."""
        try:
            "▲▼✓✗│·…".encode(encoding)
        except (UnicodeEncodeError, LookupError):
            return cls(width, ASCII, encoding)
        return cls(width, UNICODE, encoding)

    def clean(self, text: str) -> str:
        """The text with every character visible: control and direction signs as escapes, and
        whatever the encoding lacks, too."""
        if not text.isprintable():
            text = "".join(map(visible, text))
        if self.symbols is ASCII:
            text = text.encode("ascii", "backslashreplace").decode("ascii")
        return text


class Page:
    """Lines that a view appends to."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.lines: list[Line] = []

    def line(self, *pieces: str | Piece, indent: int = 0) -> None:
        """One line, as it is, however long."""
        made = [Piece(self.look.clean(item)) if isinstance(item, str) else item for item in pieces]
        made = [Piece(self.look.clean(item.text), item.style) for item in made if item.text]
        if indent:
            made.insert(0, Piece(" " * indent))
        self.lines.append(tuple(made))

    def blank(self) -> None:
        """An empty line, but never a second one, and none at the top."""
        if self.lines and self.lines[-1]:
            self.lines.append(())

    def paragraph(self, text: str, *, indent: int = 0, lead: Piece | None = None, style: Style = "") -> None:
        """Text wrapped at the width; lines that begin with a blank stay as they are.

        `lead` stands before the first line, and the others hang behind it.
        """
        hang = indent + (cells(lead.text) if lead else 0)
        for number, line in enumerate(wrapped(self.look, text, self.look.width - hang)):
            if number == 0 and lead:
                self.line(lead, Piece(line, style), indent=indent)
            else:
                self.line(Piece(line, style), indent=hang if line else 0)

    @property
    def text(self) -> str:
        """All of it without styles, each line ended and without blanks at its end."""
        return "".join("".join(piece.text for piece in line).rstrip() + "\n" for line in self.lines)


# Between words, but not inside "5 %" or before a bracket.
_BREAK = re.compile(r" +(?![%(])")


def wrapped(look: Look, text: str, width: int) -> list[str]:
    """The text in lines of at most `width` cells; words that are longer stay whole."""
    lines: list[str] = []
    for part in text.split("\n"):
        clean = look.clean(part)
        lines.extend([clean] if clean.startswith(" ") else _fill(_BREAK.split(clean), width))
    return lines


def _fill(words: Iterable[str], width: int) -> list[str]:
    lines: list[str] = []
    current, used = "", 0
    for word in words:
        size = cells(word)
        if current and used + 1 + size > width:
            lines.append(current)
            current, used = word, size
        else:
            current, used = (f"{current} {word}", used + 1 + size) if current else (word, size)
    lines.append(current)
    return lines


def pad(text: str, width: int) -> str:
    return text + " " * (width - cells(text))


def pad_left(text: str, width: int) -> str:
    return " " * (width - cells(text)) + text


def cells(text: str) -> int:
    """How many columns of a terminal the text takes."""
    return len(text) if text.isascii() else sum(map(cell, text))


def cell(character: str) -> int:
    """0 for combining and joining characters, 2 for wide ones (Unicode annex 11), else 1."""
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def visible(character: str) -> str:
    """The character, or an escape for one that would not be seen, or would act on the terminal.

    Joiners stay: emoji and several scripts need them.
    """
    if character.isprintable() or character in "\u200c\u200d":
        return character
    return character.encode("unicode_escape").decode("ascii")
