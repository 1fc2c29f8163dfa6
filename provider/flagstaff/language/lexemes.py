"""Lexemes: the tokens of a text that is free of mistakes, with nothing left out but blanks.

The mask takes away what the grammar need not see; the formatter must keep it all. Lexemes come line by line, where
only a line end outside of literal text and of `/* */` ends a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from flagstaff.language.source import BYTE_ORDER_MARK
from flagstaff.language.tokens import HEREDOC_MARKER, HEREDOC_TEXT, QUOTED_TEXT, name_end

# Kinds; an operator or a bracket is its own.
NAME: Final = "name"
IN: Final = "in"
NUMBER: Final = "number"
STRING: Final = "string"  # in quotes, without interpolations
TEXT: Final = "text"  # literal text of any other template
QUOTE: Final = "quote"
END_QUOTE: Final = "end quote"
HEREDOC: Final = "heredoc"
END_HEREDOC: Final = "end heredoc"
INTERPOLATION: Final = "${"  # or a directive
END_INTERPOLATION: Final = "}$"
COMMENT: Final = "comment"  # up to and with the line end, where it has one
NEWLINE: Final = "newline"
END: Final = "end"

_LEXEME: Final = re.compile(
    r"""[ \t]*(?:
    (?P<name>[A-Za-z_][A-Za-z0-9_-]*+(?![^\x00-\x7f]))
  | (?P<newline>\r?\n)
  | (?P<operator>&&|\|\||==|!=|<=|>=|=>|\.\.\.|[-+*%>?:.,=!()\[\]]|/(?![/*])|<(?!<))
  | (?P<string>"[^"\\$%\n]*(?:\\[^\n][^"\\$%\n]*)*")
  | (?P<brace>\{|~?\})
  | (?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)
  | (?P<comment>(?:\#|//)[^\n]*\n?|/\*.*?\*/)
  | (?P<quote>")
  | (?P<heredoc><<-?)
  | (?P<wide>[A-Za-z_\x80-\U0010ffff])
)""",
    re.VERBOSE | re.DOTALL,
)

_PLAIN: Final = frozenset({NAME, NEWLINE, STRING, NUMBER})  # neither open nor close anything

Line = tuple[list[str], list[str]]  # kinds, and what is written


def lines(text: str) -> Iterator[Line]:
    """The lexemes of each line; the last one ends in END, whose text are the blanks before the end of the file.

    Raises `ValueError` where the text has a mistake that leaves no lexeme; other mistakes may go unnoticed.
    """
    return _Lexer(text).lines()


class _Lexer:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = len(BYTE_ORDER_MARK) if text.startswith(BYTE_ORDER_MARK) else 0
        self.kinds: list[str] = []
        self.texts: list[str] = []
        # What is open: a brace, an interpolation, a quote, or the pattern of a heredoc's last line.
        self.stack: list[str | re.Pattern[str]] = []

    def lines(self) -> Iterator[Line]:
        match, text = _LEXEME.match, self.text
        while (found := match(text, self.at)) is not None:
            kind, self.at = found.lastgroup or END, found.end()
            word = found[kind]
            if kind == NAME:
                kind = IN if word == "in" else NAME
            elif kind == "operator":
                kind = word
            elif kind not in _PLAIN:
                self._handle(kind, word, found.start(kind))
                if kind == COMMENT and word.endswith("\n"):
                    yield self._line()
                continue
            self.kinds.append(kind)
            self.texts.append(word)
            if kind == NEWLINE:
                yield self._line()
        rest = text[self.at :]
        if rest.strip(" \t"):
            raise ValueError(f"no lexeme at offset {self.at}")
        self._add(END, rest)
        yield self._line()

    def _handle(self, kind: str, word: str, start: int) -> None:
        match kind:
            case "comment":
                self._add(COMMENT, word)
            case "brace":
                self._brace(word)
            case "quote":
                self._add(QUOTE, word)
                self.stack.append(word)
                self._template(QUOTED_TEXT)
            case "heredoc":
                self._heredoc(start)
            case _:
                self._wide(start)

    def _line(self) -> Line:
        line, self.kinds, self.texts = (self.kinds, self.texts), [], []
        return line

    def _add(self, kind: str, text: str) -> None:
        self.kinds.append(kind)
        self.texts.append(text)

    def _brace(self, word: str) -> None:
        if word == "{":
            self.stack.append(word)
        elif self.stack and self.stack.pop() == INTERPOLATION:
            self._add(END_INTERPOLATION, word)
            self._template(QUOTED_TEXT if self.stack[-1] == '"' else HEREDOC_TEXT)
            return
        self._add(word, word)

    def _wide(self, start: int) -> None:
        self.at = name_end(self.text, start)
        if self.at == start:
            raise ValueError(f"no lexeme at offset {start}")
        self._add(NAME, self.text[start : self.at])

    def _heredoc(self, start: int) -> None:
        opening = HEREDOC_MARKER.match(self.text, self.at)
        if opening is None:
            raise ValueError(f"no heredoc at offset {start}")
        self.at = opening.end()
        self._add(HEREDOC, self.text[start : self.at])
        marker = re.escape(opening["marker"])
        self.stack.append(re.compile(rf"[^\S\n]*{marker}[ \t]*(?=\r?\n)"))
        self._template(HEREDOC_TEXT)

    def _template(self, literal: re.Pattern[str]) -> None:
        """Literal text up to the end of the template or into an interpolation; of a heredoc, line by line."""
        text, marker = self.text, self.stack[-1]
        heredoc = marker if isinstance(marker, re.Pattern) else None
        while True:
            if heredoc and text[self.at - 1] == "\n" and (last := heredoc.match(text, self.at)):
                self._close(END_HEREDOC, last.group())
                return
            run = literal.match(text, self.at)
            end = self.at if run is None else run.end()
            if heredoc and text.startswith("\n", end):
                end += 1
            if end > self.at:
                self._add(TEXT, text[self.at : end])
                self.at = end
            if text.startswith(("${", "%{"), end):
                self._interpolation()
                return
            if heredoc is None:
                break
            if text[end - 1] != "\n" or end == len(text):
                raise ValueError(f"no end of the heredoc at offset {end}")
        if not text.startswith('"', end):
            raise ValueError(f"no end of the string at offset {end}")
        self._close(END_QUOTE, '"')

    def _interpolation(self) -> None:
        size = 3 if self.text.startswith("~", self.at + 2) else 2
        self._add(INTERPOLATION, self.text[self.at : self.at + size])
        self.stack.append(INTERPOLATION)
        self.at += size

    def _close(self, kind: str, word: str) -> None:
        self._add(kind, word)
        self.stack.pop()
        self.at += len(word)
