"""The terminal: data on standard output, everything else on standard error, questions on a terminal only."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from functools import cached_property
from typing import TYPE_CHECKING, TextIO

from flagstaff.diagnostics import Diagnostic
from flagstaff.views.console import look_of, make_console, show
from flagstaff.views.diagnostics import Sources, diagnostics_page
from flagstaff.views.look import Look, Page

if TYPE_CHECKING:
    from rich.console import Console


@dataclass
class Terminal:
    """The three streams, with the consoles on two of them made when they are needed.

    `zone` is that of all times that people read: the configuration's, once something told it.
    """

    stdin: TextIO
    stdout: TextIO
    stderr: TextIO
    environment: Mapping[str, str]
    color: bool = True
    zone: tzinfo = UTC

    @classmethod
    def standard(cls, *, color: bool = True) -> Terminal:
        return cls(sys.stdin, sys.stdout, sys.stderr, os.environ, color)

    @cached_property
    def out(self) -> Console:
        return make_console(self.stdout, self.environment, color=self.color)

    @cached_property
    def err(self) -> Console:
        return make_console(self.stderr, self.environment, color=self.color)

    @property
    def look(self) -> Look:
        """What a page on standard output must fit."""
        return replace(look_of(self.out), zone=self.zone)

    def show(self, page: Page) -> None:
        show(self.out, page)

    def tell(self, text: str) -> None:
        """A paragraph beside the data."""
        page = Page(look_of(self.err))
        page.paragraph(text)
        show(self.err, page)

    def data(self, text: str, end: str = "\n") -> None:
        """Text for programs: as it is, in UTF-8 whatever the locale says."""
        self.stdout.flush()
        self.stdout.buffer.write((text + end).encode("utf-8", "backslashreplace"))
        self.stdout.buffer.flush()

    def diagnostics(self, items: Iterable[Diagnostic], sources: Sources) -> None:
        found = tuple(items)
        if found:
            page = diagnostics_page(found, sources, look_of(self.err))
            page.blank()
            self.stdout.flush()
            show(self.err, page)

    def ask(self, question: str) -> str | None:
        """The answer to a question on a terminal, without white space around; None where nobody can answer."""
        if not self.stdin.isatty():
            return None
        self.stdout.flush()
        self.stderr.write(question)
        self.stderr.flush()
        answer = self.stdin.readline()
        return answer.strip() if answer else ""
