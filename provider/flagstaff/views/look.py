"""Text for people: pieces with a style, in lines, for a width and a set of symbols.

Views build pages and know nothing of terminals; `console` prints pages. Text that came from
elsewhere (keys, titles, reasons) passes `Look.clean`, so that it can't steer a terminal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import lru_cache
from typing import Final, Literal

# The longest line of prose, however wide the terminal is: tables take all of it.
READING: Final = 100
# Of a longer text, of a piece of a line, and of one word, the rest is only counted. No key is as long.
MOST: Final = 2_000
_MOST_IN_LINE: Final = 400
_LONGEST: Final = 300
_ENDLESS: Final = re.compile(rf"\S{{{_LONGEST},}}\S")
# A word; inside "0 % -> 5 %", "24 h" and "2026-01-27 14:05 EST" no line is broken. None of these is long.
_WORD: Final = re.compile(
    r"\S{0,8}\d{4}-\d\d-\d\d +\d\d:\d\d(?::\d\d)?(?:\.\d{1,6})?(?: +(?:[A-Z]{2,5}|[+-]\d{2,4})\b)?\S{0,4}(?!\S)"
    r"|\S{1,12}(?: +%\S{0,4}|(?<=\d) +(?:d|h|min|s|ms)\b\S{0,4})(?!\S)"
    r"(?:(?<=%) +-> +\S{1,8}(?!\S)(?: +%[;,.):]*(?!\S))?)?"
    r"|\S+"
)
# How far the rest of a line hangs, and the room that text needs behind what leads it.
_HANG: Final = 4
_ROOM: Final = 24

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
    """What the reader's terminal, file or pipe can show: a width in cells and an encoding.

    `zone` is that of all times on a page.
    """

    width: int = 80
    symbols: Symbols = UNICODE
    encoding: str = "utf-8"
    zone: tzinfo = UTC

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
        text = all_visible(text)
        if self.symbols is ASCII:
            text = text.encode("ascii", "backslashreplace").decode("ascii")
        return text


class Page:
    """Lines that a view appends to."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.lines: list[Line] = []

    def line(self, *pieces: str | Piece, indent: int = 0) -> None:
        """One line; where it is too long for the width it goes on below, behind a hanging indent."""
        made = [Piece(shortened(piece.text, _MOST_IN_LINE), piece.style) for piece in self._cleaned(pieces)]
        text, room = "".join(piece.text for piece in made), self.look.width - indent
        if cells(text.rstrip()) <= room:
            self._add(made, indent)
            return
        spans = _spans(text, room, room - _HANG)
        for number, (start, end) in enumerate(spans):
            self._add(_cut(made, start, end), indent + (_HANG if number else 0))

    def whole(self, *pieces: str | Piece, indent: int = 0) -> None:
        """One line, as it is, however long: a command to be copied, or source."""
        self._add(self._cleaned(pieces), indent)

    def blank(self) -> None:
        """An empty line, but never a second one, and none at the top."""
        if self.lines and self.lines[-1]:
            self.lines.append(())

    def paragraph(
        self, text: str, *, indent: int = 0, lead: Piece | None = None, style: Style = "", most: int = MOST
    ) -> None:
        """Text wrapped for reading, behind a hanging indent where a line of it begins with blanks.

        `lead` stands before the first line, and the others hang behind it, if that leaves them room. Of text with
        more than `most` characters the rest is only counted; 0: all of it is printed.
        """
        said = shortened(text, most)
        hang = indent + (cells(self.look.clean(lead.text)) if lead else 0)
        lines = self._behind(said, hang)
        if lead and hang > indent + _HANG and self._is_squeezed(lines, hang):
            self.line(lead, indent=indent)
            lead, hang = None, indent + _HANG
            lines = self._behind(said, hang)
        for number, line in enumerate(lines):
            if number == 0 and lead:
                self.whole(lead, Piece(line, style), indent=indent)
            else:
                self.whole(Piece(line, style), indent=hang if line else 0)

    def _behind(self, text: str, hang: int) -> list[str]:
        return wrapped(self.look, text, min(self.look.width - hang, READING))

    def _is_squeezed(self, lines: Sequence[str], hang: int) -> bool:
        """Whether a word, or more than one line, has no room there."""
        room = self.look.width - hang
        return any(cells(line) > room for line in lines) or (len(lines) > 1 and room < _ROOM)

    def items(self, head: str, parts: Sequence[str], *, indent: int = 0) -> None:
        """`head a; b; c`, broken between the parts: inside of one only if a line is too short for it."""
        room = min(self.look.width - indent, READING)
        lines = [head]
        for number, part in enumerate(parts, 1):
            text = part if number == len(parts) else f"{part};"
            if cells(self.look.clean(f"{lines[-1]} {text}")) <= room - (2 if len(lines) > 1 else 0):
                lines[-1] += f" {text}"
            else:
                lines.append(text)
        for number, line in enumerate(lines):
            self.paragraph(line, indent=indent + (2 if number else 0))

    def _cleaned(self, pieces: Iterable[str | Piece]) -> list[Piece]:
        made = [Piece(item) if isinstance(item, str) else item for item in pieces]
        return [Piece(self.look.clean(item.text), item.style) for item in made if item.text]

    def _add(self, pieces: Sequence[Piece], indent: int) -> None:
        self.lines.append((Piece(" " * indent), *pieces) if indent else tuple(pieces))

    @property
    def text(self) -> str:
        """All of it without styles, each line ended and without blanks at its end."""
        return "".join("".join(piece.text for piece in line).rstrip() + "\n" for line in self.lines)


def shortened(text: str, most: int) -> str:
    """At most so many characters (0: all), and no endless word: what is left out is counted."""
    text = _ENDLESS.sub(lambda found: f"{found[0][:_LONGEST]}{_left_out(len(found[0]) - _LONGEST)}", text)
    return f"{text[:most]}{_left_out(len(text) - most)}" if 0 < most < len(text) else text


def _left_out(number: int) -> str:
    return f"... (and {number:,} characters more)"


def wrapped(look: Look, text: str, width: int) -> list[str]:
    """The text in lines of at most `width` cells; words that are longer stay whole."""
    lines: list[str] = []
    for part in text.split("\n"):
        clean = look.clean(part)
        blanks = min(len(clean) - len(clean.lstrip(" ")), width // 2)
        words = re.sub(" +", " ", clean.strip(" "))
        lines += [" " * blanks + words[start:end] for start, end in _spans(words, width - blanks, width - blanks)]
    return lines


def _spans(text: str, first: int, others: int) -> list[tuple[int, int]]:
    """Where each line begins and ends, with room for so many cells in the first and in the others."""
    spans: list[tuple[int, int]] = []
    for start, end in _units(text):
        if not spans:
            spans.append((0, end))
        elif cells(text[spans[-1][0] : end]) <= (first if len(spans) == 1 else others):
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return spans or [(0, 0)]


def _units(text: str) -> Iterator[tuple[int, int]]:
    """What is not broken: words, and each of the wide characters, whose scripts have no blanks."""
    for found in _WORD.finditer(text):
        start, end = found.span()
        if not found[0].isascii():
            for place in range(start + 1, end):
                sizes = cell(text[place - 1]), cell(text[place])
                if 2 in sizes and 0 not in sizes and text[place - 1] != " " != text[place]:
                    yield start, place
                    start = place
        yield start, end


def _cut(pieces: Iterable[Piece], start: int, end: int) -> list[Piece]:
    """The part of a line from one character to another."""
    made, at = [], 0
    for piece in pieces:
        text = piece.text[max(0, start - at) : max(0, end - at)]
        made += [Piece(text, piece.style)] if text else []
        at += len(piece.text)
    return made


def column(look: Look, texts: Iterable[str], beside: int) -> int:
    """The width of a column with `beside` cells next to it: of the texts that leave room for these. Longer ones stand
    alone: what comes after them goes on below."""
    sizes = (cells(look.clean(text)) for text in texts)
    return max((size for size in sizes if size + beside <= look.width), default=0)


def pad(text: str, width: int) -> str:
    return text + " " * (width - cells(text))


def pad_left(text: str, width: int) -> str:
    return " " * (width - cells(text)) + text


def cells(text: str) -> int:
    """How many columns of a terminal the text takes."""
    return len(text) if text.isascii() else sum(map(cell, text))


@lru_cache(4096)  # a page asks for the same few characters again and again
def cell(character: str) -> int:
    """0 for combining and joining characters, 2 for wide ones (Unicode annex 11), else 1."""
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def all_visible(text: str) -> str:
    """The text with every character visible. Linear also where a text of 10,000 signs has no letter."""
    return text if text.isprintable() else text.translate({ord(sign): visible(sign) for sign in set(text)})


def visible(character: str) -> str:
    """The character, or an escape for one that would not be seen, or would act on the terminal.

    Joiners stay: emoji and several scripts need them.
    """
    if character.isprintable() or character in "\u200c\u200d":
        return character
    return character.encode("unicode_escape").decode("ascii")
