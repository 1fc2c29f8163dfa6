"""What is open at a place of a text, and which lines belong together at its top level.

Also finds what is wrong with the brackets, says it once an item, and goes on with what was probably
meant: a line that can't stand in an open bracket shows that the bracket was not closed.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import pairwise

from flagstaff.language import slips
from flagstaff.language.mistakes import Mistake
from flagstaff.language.tokens import ARGUMENT, HEADER

BODY, LITERAL = ("", "B"), ('"', "<")
# How far out a partner is looked for; what is nested deeper is not accepted anyway.
REACH = 100
CLOSES = {")": "(", "]": "[", "}": "{BF$"}


@dataclass(frozen=True, slots=True)
class Item:
    """One or more lines of the top level: a block, an argument, or what should have been one."""

    start: int
    end: int
    broken: bool


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """An open bracket: `( [ {` as written, `B` a block's brace, `F` that of `{ for`, `$` an interpolation
    or directive, `"` a string, `<` a heredoc with the pattern of its last line, `E` a lone expression.
    """

    kind: str
    start: int
    marker: re.Pattern[str] | None = None


class Brackets:
    def __init__(self, text: str, *, expression: bool) -> None:
        self.text = text
        self.stack: list[Frame] = [Frame("E", 0)] if expression else []
        self.mistakes: list[Mistake] = []
        self._items: list[tuple[int, int]] = []
        self._item_start: int | None = None
        self._item_end: int | None = None
        self._is_header = True  # the item has neither a brace nor an equals sign yet
        self._headers: list[tuple[int, Frame]] = []  # lines in an open block that look like a new one
        self._wrong: list[int] = []  # where mistakes are, said or not
        self._trouble_until = -1  # the end of the line of the last mistake

    @property
    def kind(self) -> str:
        """That of the innermost frame; empty at the top level."""
        return self.stack[-1].kind if self.stack else ""

    # Items

    def begin(self, at: int, token: str) -> None:
        """Every token but blanks, comments and line ends comes by here."""
        if self.stack:
            return
        if self._item_end is not None and not (token == "{" and self._is_header):
            self.end_item(self._item_end)
        self._item_end = None
        if self._item_start is None:
            self._item_start, self._is_header = at, True
        if token in {"{", "="}:
            self._is_header = False

    def end_line(self, at: int) -> None:
        """A line end that counts. Whether an item ends here is seen at the next token: a `{` goes with its header."""
        if not self.stack:
            if self._item_end is None:
                self._item_end = at
        elif self.kind == "B" and HEADER.match(self.text, at + 1):
            self._headers.append((at + 1, self.stack[-1]))

    def end_item(self, at: int) -> None:
        if self._item_start is not None:
            self._items.append((self._item_start, at))
        self._item_start = self._item_end = None

    def abandon(self, at: int) -> None:
        """Ends the item and all that is open in it."""
        self.stack.clear()
        self.end_item(at if self._item_end is None else self._item_end)

    # Brackets

    def open(self, kind: str, at: int, marker: re.Pattern[str] | None = None) -> None:
        self.stack.append(Frame(kind, at, marker))

    def close(self, token: str, at: int) -> Frame | None:
        """The frame that the token closes, if any."""
        if self.kind and self.kind in CLOSES[token]:
            return self.stack.pop()
        depth, lowest = len(self.stack) - 1, max(len(self.stack) - REACH, 0)
        while depth >= lowest and self.stack[depth].kind not in (*LITERAL, *CLOSES[token]):
            depth -= 1
        top = self.stack[-1] if self.stack else None
        if top is None or top.kind in {"B", "E"}:
            self._bracket_mistake(slips.stray_bracket(at, token), at)
            return None
        beside = self.text.find("\n", top.start, at) < 0
        found = depth >= lowest and self.stack[depth].kind in CLOSES[token]
        if not found or (beside and self.text.find("\n", self.stack[depth].start, at) >= 0):
            self._bracket_mistake(slips.wrong_bracket(at, token, top.start, top.kind), at)
            return self.stack.pop() if found or top.kind != "$" else None
        self._bracket_mistake(slips.unclosed(top.start, top.kind, at, token), at)
        frame = self.stack[depth]
        del self.stack[depth:]
        return frame

    def unclosed_before_line(self, at: int) -> bool:
        """Whether the line at `at` shows that the innermost bracket was not closed; it is then."""
        if HEADER.match(self.text, at):
            keep: tuple[str, ...] = ("<",)
        elif self.kind != "{" and ARGUMENT.match(self.text, at):
            keep = ("<", "B", "{")
        else:
            return False
        if self.stack[0].kind == "E":
            return False
        line_end = self.text.find("\n", at)
        line = self.text[at : None if line_end < 0 else line_end].strip()
        self._bracket_mistake(slips.unclosed(self.stack[-1].start, self.stack[-1].kind, at, line), at)
        while self.stack and self.stack[-1].kind not in keep:
            self.stack.pop()
        if not self.stack:
            self.end_item(at)
        return True

    def quote_closes_interpolation(self, at: int) -> bool:
        """Whether a quote behind an operand rather ends the string around an open `${`; it is then closed."""
        for depth in range(len(self.stack) - 1, max(len(self.stack) - REACH, 0), -1):
            frame = self.stack[depth]
            if frame.kind == "$" and self.stack[depth - 1].kind == '"':
                self._bracket_mistake(slips.unclosed(frame.start, "$", at, '"'), at)
                del self.stack[depth:]
                return True
            if frame.kind not in "([":
                break
        return False

    # Mistakes

    def mistake(self, mistake: Mistake, at: int) -> None:
        """Found at `at`. One a line: what follows on it is mostly a consequence."""
        self._wrong.append(mistake.start)
        if mistake.start >= self._trouble_until:
            self.mistakes.append(mistake)
        end = self.text.find("\n", max(mistake.start, at))
        self._trouble_until = max(self._trouble_until, len(self.text) if end < 0 else end)

    def _bracket_mistake(self, mistake: Mistake, at: int) -> None:
        """One an item, and none about brackets that an item with a mistake left over."""
        last = self.mistakes[-1].start if self.mistakes else -1
        if last < (self._item_start or 0) and (self.stack or not self.mistakes):
            self.mistake(mistake, at)
        else:
            self._wrong.append(mistake.start)

    # The end

    def finish(self, masked: str) -> tuple[Item, ...]:
        """The items, once the whole text was seen; what is still open is a mistake."""
        size = len(self.text)
        opened = [frame for frame in self.stack if frame.kind == "B"]
        inner = [frame for frame in self.stack if frame.kind in {"(", "[", "{", "F", "$"}]
        if inner:
            self._bracket_mistake(slips.unclosed(inner[-1].start, inner[-1].kind, size, ""), size)
        if opened and self._item_start is not None:
            self._cut(self._item_start, opened, masked)
        else:
            self.end_item(size if self._item_end is None else self._item_end)
        places = self._places()
        return tuple(Item(start, end, _any_within(places, start, end + 1)) for start, end in self._items)

    def _cut(self, item_start: int, opened: list[Frame], masked: str) -> None:
        """An item that is open at the end is cut at the lines that look like the start of a block."""
        still_open = set(opened)
        size, places = len(self.text), self._places()
        cuts = [item_start, *(at for at, frame in self._headers if frame in still_open), size]
        braces = [frame.start for frame in opened]
        for start, end in pairwise(cuts):
            self._items.append((start, end))
            index = bisect_left(braces, start)
            if index < len(braces) and braces[index] < end and not _any_within(places, start, end):
                self.mistakes.append(slips.unclosed_block(self.text, masked, braces[index], start, end))
                self._wrong.append(braces[index])

    def _places(self) -> list[int]:
        return sorted(self._wrong)


def _any_within(places: list[int], start: int, end: int) -> bool:
    return bisect_left(places, start) < bisect_right(places, end - 1)
