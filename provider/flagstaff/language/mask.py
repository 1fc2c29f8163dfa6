"""The mask: a text of the same length that python-hcl2 parses as HCL means it.

Offsets never move, so every name, number and literal is read back from the original text. In the
masked text

- comments are blanks, and so are line ends inside of `( )`, `[ ]`, `${ }` and `{ for }`;
- literal text is `xxx`, and a heredoc is a quoted string;
- `${~` and `~}` have no strip marker, and `[ * ]` no blanks;
- of a chain of unary operators only the last is left;
- names are ASCII.

What was taken out is noted beside the text. One pass over the text, without a step back, finds what
is wrong with its characters, quotes and brackets, and goes on behind it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from flagstaff.language import slips
from flagstaff.language.brackets import BODY, LITERAL, Brackets, Frame, Item
from flagstaff.language.mistakes import Mistake
from flagstaff.language.tokens import (
    CONFLICT,
    FOR,
    HEREDOC_MARKER,
    HEREDOC_TEXT,
    NEXT_HEADER,
    QUOTED_TEXT,
    TOKEN,
    name_end,
)


@dataclass(frozen=True, slots=True)
class Heredoc:
    """`flush` for `<<-`; the text between the markers; `end` is behind the closing marker."""

    flush: bool
    text_start: int
    text_end: int
    end: int


@dataclass(frozen=True, slots=True)
class Mask:
    """`text`, and by offset what it no longer shows."""

    text: str
    items: tuple[Item, ...]
    mistakes: tuple[Mistake, ...]
    heredocs: Mapping[int, Heredoc]
    chains: Mapping[int, tuple[int, ...]]  # by the last unary operator, the ones before it
    strips_before: AbstractSet[int]  # the `$` or `%` of `${~`
    strips_after: AbstractSet[int]  # the brace of `~}`


def mask(text: str, *, expression: bool = False) -> Mask:
    """The masked text. With `expression` it is one expression, in which line ends don't count."""
    return _Masker(text, expression=expression).run()


class _Masker:
    def __init__(self, text: str, *, expression: bool) -> None:
        self.text = text
        self.at = 0
        self.out: list[str] = []
        self.brackets = Brackets(text, expression=expression)
        self.operand = False  # the token before ends an operand
        self.in_value = False  # an argument's `=` stands before on this line
        self.unary: tuple[int, int] | None = None  # the unary operator just before: offset, index in `out`
        self.last_lines: dict[str, int] | None = None
        self.last_comment_end = text.rfind("*/")
        self.last_conflict = text.rfind("\n>>>>>>>")
        self.heredocs: dict[int, Heredoc] = {}
        self.chains: dict[int, tuple[int, ...]] = {}
        self.strips_before: set[int] = set()
        self.strips_after: set[int] = set()
        self.handlers = {
            "blank": self._keep,
            "newline": self._newline,
            "name": self._name,
            "wide": self._wide,
            "quote": self._quote,
            "number": self._number,
            "comment": self._blank_out,
            "long_comment": self._long_comment,
            "splat": self._splat,
            "open": self._open,
            "close": self._close,
            "heredoc": self._heredoc,
            "prefix": self._prefix,
            "operator": self._operator,
            "strip": self._strip,
        }

    def run(self) -> Mask:
        text, size, match, handlers, stack = self.text, len(self.text), TOKEN.match, self.handlers, self.brackets.stack
        if text.startswith("\ufeff"):
            self._blank_out("\ufeff", 1)
        self._conflict()
        while self.at < size or self.brackets.kind in LITERAL:
            if stack and stack[-1].kind in LITERAL:
                self._literal(stack[-1])
            elif (token := match(text, self.at)) is not None:
                handlers[token.lastgroup or ""](token.group(), token.end())
            else:
                self._bad_character()
        masked = "".join(self.out)
        items = self.brackets.finish(masked)
        mistakes = tuple(self.brackets.mistakes)
        return Mask(masked, items, mistakes, self.heredocs, self.chains, self.strips_before, self.strips_after)

    # Tokens

    def _keep(self, token: str, end: int) -> None:
        self.out.append(token)
        self.at = end

    def _blank_out(self, token: str, end: int) -> None:
        self._keep(" " * len(token), end)

    def _put(self, token: str, end: int, *, operand: bool) -> None:
        """A token that counts; `operand`: it may end an operand."""
        self.brackets.begin(self.at, token)
        self.operand, self.unary = operand, None
        self._keep(token, end)

    def _newline(self, _token: str, end: int) -> None:
        kind = self.brackets.kind
        if kind in BODY:
            self.brackets.end_line(self.at)
            self.in_value = False
        if kind in BODY or kind == "{":
            self.operand = False
            self._keep("\n", end)
        else:
            self._keep(" ", end)
        if kind not in BODY and self.brackets.unclosed_before_line(end):
            self.in_value = self.operand = False
        self._conflict()

    def _name(self, token: str, end: int) -> None:
        part_of_value = bool(self.out) and self.out[-1] == "."
        self._put(token, end, operand=part_of_value or token not in {"in", "if"})

    def _wide(self, _token: str, _end: int) -> None:
        end = name_end(self.text, self.at)
        if end == self.at:
            self._bad_character()
            return
        name = self.text[self.at : end]
        self._put("".join(letter if letter < "\x80" else "Q" for letter in name), end, operand=True)

    def _number(self, token: str, end: int) -> None:
        self._put(token, end, operand=True)

    def _operator(self, token: str, end: int) -> None:
        if token == "=" and self.brackets.kind in BODY:
            self.in_value = True
        self._put(token, end, operand=False)

    def _prefix(self, token: str, end: int) -> None:
        if self.operand and token == "-":
            self._put(token, end, operand=False)
            return
        start, before = self.at, self.unary
        if before is not None:
            self.out[before[1]] = " "
            self.chains[start] = (*self.chains.pop(before[0], ()), before[0])
        self._put(token, end, operand=False)
        self.unary = (start, len(self.out) - 1)

    def _splat(self, token: str, end: int) -> None:
        self._put("[*]" + " " * (len(token) - 3), end, operand=True)

    def _strip(self, token: str, end: int) -> None:
        self.strips_after.add(end)
        self._blank_out(token, end)

    def _long_comment(self, _token: str, _end: int) -> None:
        if self.at + 2 <= self.last_comment_end:
            close = self.text.index("*/", self.at + 2)
            self._keep(" " * (close + 2 - self.at), close + 2)
            return
        self.brackets.mistake(slips.unclosed_comment(self.at), self.at)
        self._resynchronise()

    def _open(self, token: str, end: int) -> None:
        kind, outer = token, self.brackets.kind
        if token == "{" and outer in BODY and not self.in_value:
            kind = "B"
        elif token == "{" and FOR.match(self.text, end):
            kind = "F"
        start = self.at
        self._put(token, end, operand=False)
        self.brackets.open(kind, start)

    def _close(self, token: str, end: int) -> None:
        start = self.at
        self._put(token, end, operand=True)
        frame = self.brackets.close(token, start)
        if frame is not None and frame.kind == "B":
            self.in_value = False

    # Literal text

    def _quote(self, token: str, end: int) -> None:
        if self.operand and self.brackets.quote_closes_interpolation(self.at):
            return
        start = self.at
        self._put(token, end, operand=False)
        self.brackets.open('"', start)

    def _literal(self, frame: Frame) -> None:
        """Literal text up to the end of the string or heredoc, or into an interpolation."""
        text, marker = self.text, frame.marker
        if marker is not None and text[self.at - 1] == "\n" and (close := marker.match(text, self.at)):
            self._end_heredoc(frame, close.end("marker"))
            return
        run = (QUOTED_TEXT if marker is None else HEREDOC_TEXT).match(text, self.at)
        if run is not None:
            self._keep("x" * (run.end() - self.at), run.end())
        character = text[self.at : self.at + 1]
        if text.startswith(("${", "%{"), self.at):
            self._interpolation()
        elif character == '"' and marker is None:
            self.brackets.stack.pop()
            self.operand = True
            self._keep('"', self.at + 1)
        elif character == "\n" and marker is not None:
            self._keep("x", self.at + 1)
        elif character in {"", "\n", "\\"} or text.startswith("\r\n", self.at):
            self._unclosed_literal(frame)
        else:
            self.brackets.mistake(slips.bad_character(text, self.at), self.at)
            self._keep("x", self.at + 1)

    def _interpolation(self) -> None:
        start = self.at
        self.brackets.open("$", start)
        self.operand, self.unary = False, None
        self._keep(self.text[start : start + 2], start + 2)
        if self.text.startswith("~", self.at):
            self.strips_before.add(start)
            self._blank_out("~", self.at + 1)

    def _unclosed_literal(self, frame: Frame) -> None:
        """A string that its line does not close ends before the brackets that the line ends with."""
        self.brackets.stack.pop()
        if frame.marker is not None:
            self.brackets.mistake(slips.unclosed_heredoc(self.text, frame.start), self.at)
            return
        line_end = self.text.find("\n", self.at)
        line_end = len(self.text) if line_end < 0 else line_end
        self.brackets.mistake(slips.unclosed_string(self.text, frame.start, line_end), self.at)
        run = self.out.pop() if self.out[-1].startswith("x") else ""
        start = self.at - len(run)
        end = slips.string_end(self.text, start, line_end)
        self._keep(" " * (end - start), end)
        self.operand = True

    def _heredoc(self, token: str, end: int) -> None:
        start, opening = self.at, HEREDOC_MARKER.match(self.text, end)
        marker = opening.group("marker") if opening is not None else ""
        if opening is None or name_end(self.text, end) != end + len(marker):
            self.brackets.mistake(slips.bad_heredoc(self.text, start, end), start)
            end = self._after_heredoc(end)
            self._put(" " * (end - start), end, operand=True)
            return
        if self._last_line(marker) < opening.end():
            self.brackets.mistake(slips.unclosed_heredoc(self.text, start), start)
            self._put(" " * (opening.end() - start), opening.end(), operand=True)
            self._resynchronise()
            return
        pattern = re.compile(rf"[^\S\n]*(?P<marker>{re.escape(marker)})[ \t]*\r?\n")
        self.heredocs[start] = Heredoc(token == "<<-", opening.end(), opening.end(), opening.end())
        self._put('"' + "x" * (opening.end() - start - 1), opening.end(), operand=False)
        self.brackets.open("<", start, pattern)

    def _end_heredoc(self, frame: Frame, end: int) -> None:
        opened = self.heredocs[frame.start]
        self.heredocs[frame.start] = Heredoc(opened.flush, opened.text_start, self.at, end)
        self.brackets.stack.pop()
        self.operand = True
        self._keep("x" * (end - self.at - 1) + '"', end)

    def _after_heredoc(self, at: int) -> int:
        """Where a heredoc ends whose marker is not quite one; `at` where that can't be told."""
        word = re.compile(r"[^\w\n]*(\w+)[^\n]*\n").match(self.text, at)
        if word is None or self._last_line(word.group(1)) < word.end():
            return at
        line = re.compile(rf"^[^\S\n]*{word.group(1)}[^\S\n]*$", re.MULTILINE).search(self.text, word.end())
        return at if line is None else line.end()

    def _last_line(self, marker: str) -> int:
        """Where the last line starts that holds nothing but this marker; -1 where there is none."""
        if self.last_lines is None:
            self.last_lines, at = {}, 0
            for line in self.text.split("\n")[:-1]:
                self.last_lines[line.strip()] = at
                at += len(line) + 1
        return self.last_lines.get(marker, -1)

    # Mistakes

    def _bad_character(self) -> None:
        mistake = slips.bad_character(self.text, self.at)
        self.brackets.mistake(mistake, self.at)
        self._put(" " * (mistake.end - self.at), mistake.end, operand=True)

    def _conflict(self) -> None:
        """Skips both sides of a merge conflict: which of them counts is not ours to guess."""
        marker = CONFLICT.match(self.text, self.at)
        if marker is None:
            return
        start, end = marker.span()
        self.brackets.mistake(slips.conflict(start, end), start)
        if marker.group().startswith("<") and start < self.last_conflict:
            last = self.text.find("\n", self.text.index("\n>>>>>>>", start) + 1)
            end = len(self.text) if last < 0 else last
        self._put(" " * (end - start), end, operand=False)

    def _resynchronise(self) -> None:
        """Skips to the next line that starts a block, with nothing open."""
        header = NEXT_HEADER.search(self.text, self.at)
        end = len(self.text) if header is None else header.start()
        self._keep(" " * (end - self.at), end)
        self.brackets.abandon(end)
        self.in_value = self.operand = False
