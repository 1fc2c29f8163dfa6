"""Random texts for the judge of `flagstaff fmt`.

They are valid HCL by construction, but for a few whose blanks join what should stay apart: the judge says which are.
The same seed makes the same texts on every Python.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator


class _Writer:
    """One random text. `depth` says how deep a value may go."""

    NAMES = (
        "a",
        "bc",
        "name",
        "x-y",
        "_u",
        "toggle",
        "é",
        "名前",
        "in",
        "for",
        "if",
        "null",
        "e\u0301a",
        "long_name_of_it",
    )
    WORDS = (
        "x", "two words", "é", "日本", "e\u0301", "👩‍👩‍👧‍👦", "👍🏽", "🇩🇪🇫🇷", "각", "$", "%", "$${", "%%{", "100%", "#",
        "//", "/*", "{",
        "}", "(", "=", "\t", "  ", "'", "$$", "%a", "क्षि", "\u0301",
    )  # fmt: skip
    OPERATORS = ("+", "-", "*", "/", "%", "==", "!=", "<", ">", "<=", ">=", "&&", "||")

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.one_line = 0  # in a one-line block: nothing may end the line
        self.end = "\r\n" if chance.random() < 0.1 else "\n"

    def some(self, least: int, most: int) -> range:
        return range(self.chance.randint(least, most))

    def gap(self, needed: bool = False) -> str:
        least = " " if needed else ""
        return self.chance.choice(
            (least, least, " ", " ", "  ", "\t", "   " if needed or self.chance.random() < 0.5 else "")
        )

    def pad(self) -> str:
        """Between two lexemes: blanks, seldom a comment."""
        return (
            f"{self.gap()}/* {self.chance.choice(('c', 'é', '*'))} */{self.gap()}"
            if self.chance.random() < 0.02
            else self.gap()
        )

    def wide(self) -> str:
        """In brackets: perhaps a line end, a comment."""
        if self.one_line or self.chance.random() < 0.75:
            return self.pad()
        comment = f"{self.gap()}{self.comment()}" if self.chance.random() < 0.3 else ""
        blank = (self.end + self.gap()) * self.chance.choice((0, 0, 0, 1, 2))
        return f"{comment}{self.gap()}{self.end}{blank}{self.gap()}"

    def comment(self) -> str:
        return (
            self.chance.choice(("#", "//"))
            + self.chance.choice(("", " ", "  "))
            + self.chance.choice(("", "c", "why é", 'a="b" {', "日本"))
        )

    def name(self) -> str:
        return self.chance.choice(self.NAMES)

    def string(self, depth: int) -> str:
        parts = []
        for _ in self.some(0, 3):
            if depth > 0 and self.chance.random() < 0.4:
                parts.append(self.interpolation(depth - 1))
            else:
                parts.append(self.chance.choice((*self.WORDS, '\\"', "\\n", "\\\\", "\\u00e9")))
        if depth > 0 and self.chance.random() < 0.1:
            parts.append(self.directive(depth - 1, self.string_text))
        return f'"{"".join(parts)}"'

    def string_text(self) -> str:
        return self.chance.choice(self.WORDS)

    def interpolation(self, depth: int) -> str:
        left, right = self.chance.choice((("${", "}"), ("${", "}"), ("${~", "~}"), ("${", "~}")))
        return f"{left}{self.wide()}{self.value(depth)}{self.wide()}{right}"

    def directive(self, depth: int, text: Callable[[], str]) -> str:
        left, right = self.chance.choice((("%{", "}"), ("%{~", "~}")))
        g = self.gap
        if self.chance.random() < 0.5:
            head, tail = f"if {self.value(depth)}", "endif"
        else:
            head, tail = f"for {self.chance.choice('xy')} in {self.value(depth)}", "endfor"
        return f"{left}{g()}{head}{g()}{right}{text()}{left}{g()}{tail}{g()}{right}"

    def heredoc(self, depth: int) -> str:
        marker, end = self.chance.choice(("E", "EOT", "été")), self.end
        lines = []
        for _ in self.some(0, 4):
            parts = [self.gap()]
            for _ in self.some(0, 3):
                parts.append(
                    self.interpolation(depth - 1)
                    if self.chance.random() < 0.3
                    else self.chance.choice((*self.WORDS, '"', "\\"))
                )
            if self.chance.random() < 0.1:
                parts.append(self.directive(depth - 1, lambda: f"{end}{self.gap()}x{end}"))
            lines.append("".join(parts) + end)
        opening, blank = self.chance.choice(("<<", "<<-")), self.chance.choice(("", "", " "))
        return f"{opening}{marker}{end}{''.join(lines)}{self.gap()}{marker}{blank}{end}"

    def value(self, depth: int) -> str:
        """A value that ends where its brackets end."""
        if depth <= 0 or self.chance.random() < 0.25:
            return self.chance.choice(
                (self.name(), "1", "-1", "0.5", "1e3", "true", '""', '"x"', '"${a}"', "a.b", "a[0]", "[]", "{}")
            )
        make = self.chance.choice(
            (
                self.string,
                self.binary,
                self.unary,
                self.conditional,
                self.call,
                self.list,
                self.object,
                self.access,
                self.parentheses,
                self.for_,
            )
        )
        return make(depth - 1)

    def binary(self, depth: int) -> str:
        operator = f"{self.gap(needed=True)}{self.chance.choice(self.OPERATORS)}{self.pad()}"
        return f"{self.value(depth)}{operator}{self.value(depth)}"

    def unary(self, depth: int) -> str:
        return f"{self.chance.choice('-!')}{self.gap()}{self.value(depth)}"

    def conditional(self, depth: int) -> str:
        g = self.gap
        return f"{self.value(depth)}{g()}?{g()}{self.value(depth)}{g()}:{g()}{self.value(depth)}"

    def parentheses(self, depth: int) -> str:
        return f"({self.wide()}{self.value(depth)}{self.wide()})"

    def _items(self, item: Callable[[], str], most: int) -> str:
        """Separated by commas, with one behind the last, or not."""
        parts = [f"{self.wide()}{item()}{self.pad()}" for _ in self.some(0, most)]
        trailing = "," if parts and self.chance.random() < 0.3 else ""
        return f"{','.join(parts)}{trailing}{self.wide()}"

    def call(self, depth: int) -> str:
        inner = self._items(lambda: self.value(depth), 3)
        return f"{self.chance.choice(('f', 'max', 'in'))}{self.gap()}({inner})"

    def list(self, depth: int) -> str:
        return f"[{self._items(lambda: self.value(depth), 4)}]"

    def object(self, depth: int) -> str:
        over_lines = not self.one_line and self.chance.random() < 0.6
        parts = []
        for _ in self.some(0, 4):
            key = self.chance.choice(
                (self.name(), '"k"', f"({self.gap()}{self.value(depth)}{self.gap()})", f'"k${{{self.name()}}}"')
            )
            separator = self._line_end() if over_lines else f"{self.gap()},"
            parts.append(
                f"{self.gap()}{key}{self.pad()}{self.chance.choice('===:')}{self.pad()}{self.value(depth)}{separator}"
            )
        return f"{{{self._line_end() if over_lines else ''}{''.join(parts)}{self.gap()}}}"

    def _line_end(self) -> str:
        comma = f"{self.gap()}," if self.chance.random() < 0.2 else ""
        return (
            self.chance.choice(("", "", f"{self.gap()}{self.comment()}")) + self.end if not comma else comma + self.end
        )

    def access(self, depth: int) -> str:
        g = self.gap
        target = self.chance.choice(
            (self.name(), f"({self.value(depth)})", f"f({self.value(depth)})", f"[{self.value(depth)}]")
        )
        for _ in self.some(1, 3):
            target += self.chance.choice(
                (f".{g()}b", f"{g()}[{g()}{self.value(depth)}{g()}]", f"{g()}[{g()}*{g()}]", ".0", ".*")
            )
        return target

    def for_(self, depth: int) -> str:
        w, g = self.wide, self.gap
        names = self.chance.choice(("x", f"k{g()},{g()}v"))
        head = f"for{g(needed=True)}{names}{g(needed=True)}in{g(needed=True)}{self.value(depth)}{w()}:{w()}"
        tail = f"{g(needed=True)}if{g(needed=True)}{self.value(depth)}" if self.chance.random() < 0.3 else ""
        if self.chance.random() < 0.5:
            return f"[{w()}{head}{self.value(depth)}{tail}{w()}]"
        group = f"{g()}..." if self.chance.random() < 0.2 else ""
        return f"{{{w()}{head}{self.value(depth)}{g(needed=True)}=>{g()}{self.value(depth)}{group}{tail}{w()}}}"

    def attribute(self, depth: int, number: int) -> str:
        start = f"{self.gap()}{self.name()}{number}{self.pad()}={self.pad()}"
        if self.chance.random() < 0.1:
            return start + self.heredoc(depth)
        return f"{start}{self.value(depth)}{self._rest()}{self.end}"

    def _rest(self) -> str:
        gap = self.gap()
        return self.chance.choice(
            ("", "", gap, f"{gap}{self.comment()}", f"{gap}{self.comment()}", f"{gap}/* c */{gap}")
        )

    def block(self, depth: int) -> str:
        labels = "".join(
            f"{self.gap(needed=True)}{self.chance.choice((chr(34) + 'l' + chr(34), 'l'))}" for _ in self.some(0, 2)
        )
        head = f"{self.gap()}{self.chance.choice(('toggle', 'b', 'é'))}{labels}{self.gap(needed=True)}{{"
        shape = self.chance.random()
        if shape < 0.1:
            return f"{head}{self.gap()}}}{self._rest()}{self.end}"
        if shape < 0.25:
            self.one_line += 1
            value = self.value(2)
            self.one_line -= 1
            return f"{head}{self.gap()}a{self.gap()}={self.gap()}{value}{self.gap()}}}{self._rest()}{self.end}"
        rest = f"{self.gap()}{self.comment()}" if self.chance.random() < 0.1 else self.gap()
        return f"{head}{rest}{self.end}{self.body(depth - 1)}{self.gap()}}}{self._rest()}{self.end}"

    def body(self, depth: int) -> str:
        parts = []
        for number in self.some(0, 6):
            kind = self.chance.random()
            if kind < 0.15:
                parts.append(f"{self.gap()}{self.end}")
            elif kind < 0.3:
                parts.append(
                    f"{self.gap()}{self.chance.choice((self.comment(), '/* c */', f'/* a{self.end} b */'))}{self.end}"
                )
            elif kind < 0.5 and depth > 0:
                parts.append(self.block(depth))
            else:
                parts.append(self.attribute(3, number))
        return "".join(parts)

    def file(self) -> str:
        text = self.body(3)
        if self.chance.random() < 0.1:
            text = text.rstrip("\r\n") + self.gap()
        return f"\ufeff{text}" if self.chance.random() < 0.03 and text else text


def random_texts(seed: int, count: int) -> Iterator[str]:
    chance = random.Random(seed)
    for _ in range(count):
        yield _Writer(chance).file()
