"""A file's text, and the way from offsets in it to lines, columns and bytes.

A byte-order mark counts as bytes, but not as a column. Text that is not valid (lone surrogates,
as a command line may hold) has positions too.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property

from flagstaff.diagnostics import Position, Range

BYTE_ORDER_MARK = "\ufeff"


class Source:
    """The text of one file. Offsets are in code points of `text`."""

    def __init__(self, filename: str, text: str) -> None:
        self.filename = filename
        self.text = text

    def __repr__(self) -> str:
        return f"Source({self.filename!r})"

    @cached_property
    def _starts(self) -> list[int]:
        starts, at = [0], self.text.find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = self.text.find("\n", at + 1)
        return starts

    @cached_property
    def _byte_starts(self) -> list[int] | None:
        """The byte at which each line starts; None where a code point is a byte."""
        if self.text.isascii():
            return None
        starts = [0]
        for line in self.text.split("\n"):
            starts.append(starts[-1] + _size(line) + 1)
        return starts

    def position(self, offset: int) -> Position:
        line = bisect_right(self._starts, offset)
        start = self._starts[line - 1]
        byte = offset
        if self._byte_starts is not None:
            byte = self._byte_starts[line - 1] + _size(self.text[start:offset])
        marks = 1 if line == 1 and offset > 0 and self.text.startswith(BYTE_ORDER_MARK) else 0
        return Position(line, offset - start - marks + 1, byte)

    def range(self, start: int, end: int) -> Range:
        return Range(self.filename, self.position(start), self.position(end))

    def line(self, number: int) -> str:
        """The text of a line, counted from 1, without its end; empty past the end of the file."""
        if not 1 <= number <= len(self._starts):
            return ""
        start = self._starts[number - 1]
        end = self._starts[number] - 1 if number < len(self._starts) else len(self.text)
        return self.text[start:end].rstrip("\r").removeprefix(BYTE_ORDER_MARK if start == 0 else "")


def _size(text: str) -> int:
    return len(text.encode(errors="surrogatepass"))
