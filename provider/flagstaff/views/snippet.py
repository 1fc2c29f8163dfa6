"""A piece of source with carets under the exact range.

Columns of a range are code points; carets stand in terminal cells, so tabs, wide and combining
characters are measured first. A line that is too long is cut to a window around the caret.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

from flagstaff.diagnostics import Range
from flagstaff.language.source import Source
from flagstaff.views.look import Page, Piece, Style, cells, visible, wrapped

_TAB: Final = 4
_LEAST_LABEL: Final = 24
# Of a longer range only the first and the last lines are shown.
_MOST_LINES: Final = 5


def add_snippet(
    page: Page, source: Source, range: Range, *, label: str = "", indent: int = 3, around: tuple[int, int] = (0, 0)
) -> None:
    """Append the lines of `range`, and `around` it so many before and after."""
    first, last = range.start.line, _last_line(range)
    count = max(1, source.text.count("\n") + 1)
    top, bottom = max(1, first - around[0]), min(count, last + around[1])
    gutter = _Gutter(page, indent, len(str(max(bottom, last))))
    for number in _shown(top, first, last, bottom):
        if number is None:
            gutter.line(page.look.symbols.more, "")
            continue
        text = source.line(number)
        shown = _Shown.of(page, text)
        marked = number in {first, last}
        start, end = _columns(range, number, last, text) if marked else (0, 0)
        window = shown.window(gutter.room, start, end, page.look.symbols.more)
        gutter.line(str(number), window.text)
        if marked:
            carets = Piece("^" * max(1, window.end - window.start), "bad")
            gutter.carets(window.start, carets, label if number == last else "")


def _shown(top: int, first: int, last: int, bottom: int) -> list[int | None]:
    """The line numbers to print, None for a gap."""
    inside: list[int | None] = [*line_numbers(first, last)]
    if len(inside) > _MOST_LINES:
        inside = [*line_numbers(first, first + 2), None, last]
    return [*line_numbers(top, first - 1), *inside, *line_numbers(last + 1, bottom)]


def line_numbers(first: int, last: int) -> range:
    return range(first, last + 1)


def _last_line(range: Range) -> int:
    """A range that ends before the first character of a line does not include that line."""
    start, end = range.start, range.end
    return end.line - 1 if end.line > start.line and end.column == 1 else end.line


def _columns(range: Range, number: int, last: int, text: str) -> tuple[int, int]:
    """The marked part of a line, as offsets in code points."""
    start = range.start.column - 1 if number == range.start.line else len(text) - len(text.lstrip())
    end = range.end.column - 1 if number == range.end.line and last == range.end.line else len(text)
    return start, max(start, end)


@dataclass(frozen=True, slots=True)
class _Window:
    """A part of a line that fits, and where its carets stand, in cells."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Shown:
    """A line as it is printed: a text for each code point, and the cell at which it starts."""

    pieces: tuple[str, ...]
    starts: tuple[int, ...]

    @classmethod
    def of(cls, page: Page, text: str) -> _Shown:
        pieces: list[str] = []
        starts = [0]
        for character in text:
            at = starts[-1]
            piece = " " * (_TAB - at % _TAB) if character == "\t" else page.look.clean(visible(character))
            pieces.append(piece)
            starts.append(at + cells(piece))
        return cls(tuple(pieces), tuple(starts))

    def at(self, offset: int) -> int:
        """The cell of a code point; offsets past the end count on, one cell each."""
        last = len(self.pieces)
        return self.starts[offset] if offset <= last else self.starts[last] + offset - last

    def window(self, room: int, start: int, end: int, more: str) -> _Window:
        total, mark = self.starts[-1], (self.at(start), self.at(end))
        if total <= room:
            return _Window("".join(self.pieces), *mark)
        # A third of the room before the caret, unless the end of the line needs less.
        left = max(0, min(mark[0] - room // 3, total - room))
        first = 0 if left == 0 else bisect_right(self.starts, left + cells(more) - 1)
        before = "" if first == 0 else more
        stop = self._stop(first, room - cells(before))
        after = ""
        if stop < len(self.pieces):
            after = more
            stop = self._stop(first, room - cells(before) - cells(more))
        shift = cells(before) - self.starts[first]
        limit = self.starts[stop] + shift + cells(after)
        text = before + "".join(self.pieces[first:stop]) + after
        return _Window(text, mark[0] + shift, min(mark[1] + shift, limit))

    def _stop(self, first: int, room: int) -> int:
        """Behind the last code point that fits, counted from `first`."""
        return max(first, bisect_right(self.starts, self.starts[first] + room) - 1)


@dataclass(frozen=True, slots=True)
class _Gutter:
    """Line numbers, a bar, and what stands right of it."""

    page: Page
    indent: int
    digits: int

    @property
    def room(self) -> int:
        return max(20, self.page.look.width - self.indent - self.digits - 3)

    def line(self, number: str, text: str, style: Style = "") -> None:
        bar = self.page.look.symbols.bar
        lead = Piece(f"{number:>{self.digits}} {bar}", "dim")
        self.page.whole(lead, *([Piece(" " + text, style)] if text else []), indent=self.indent)

    def carets(self, at: int, carets: Piece, label: str) -> None:
        """The carets with the label behind them, or below where it would be squeezed."""
        lead = Piece(f"{'':>{self.digits}} {self.page.look.symbols.bar}", "dim")
        used = at + len(carets.text) + 1
        beside = self.room - used
        fits = label and (cells(label) <= beside or beside >= _LEAST_LABEL)
        lines = wrapped(self.page.look, label, beside) if fits else []
        first = f" {lines[0]}" if lines else ""
        self.page.whole(lead, " " * (at + 1), carets, Piece(first, "bad"), indent=self.indent)
        below = lines[1:], used
        if label and not fits:
            column = min(at, max(0, self.room - 2 * _LEAST_LABEL))
            below = wrapped(self.page.look, label, self.room - column), column
        for text in below[0]:
            self.page.whole(lead, " " * (below[1] + 1), Piece(text, "bad"), indent=self.indent)
