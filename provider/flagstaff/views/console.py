"""Consoles: the one place where pages meet a terminal, through rich.

Rich is imported on use, so that commands which print no page never load it.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, TextIO

from flagstaff.views.look import Line, Look, Page, Style

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

# A width for files and pipes, where there is no terminal to ask.
PLAIN_WIDTH: Final = 100

_STYLES: Final[Mapping[Style, str]] = {
    "": "",
    "bad": "bold red",
    "good": "green",
    "warn": "yellow",
    "up": "cyan",
    "down": "magenta",
    "strong": "bold",
    "dim": "dim",
}


def make_console(stream: TextIO, environment: Mapping[str, str], *, color: bool = True) -> Console:
    """A console on a stream, which honours NO_COLOR, COLUMNS and TERM of `environment`.

    `color` False: no styles at all (`-no-color`).
    """
    from rich.console import Console  # noqa: PLC0415 - heavy

    class Ours(Console):
        def on_broken_pipe(self) -> None:
            """rich would end the process here, and with it an apply whose moves are in flight."""
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))

    plain = not color or bool(environment.get("NO_COLOR"))
    columns = environment.get("COLUMNS", "")
    width = int(columns) if columns.isdigit() and int(columns) else None
    if width is None and not stream.isatty():
        width = PLAIN_WIDTH
    return Ours(
        file=stream,
        width=width,
        color_system=None if plain else "auto",
        no_color=plain,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
        _environ=dict(environment),
    )


def look_of(console: Console) -> Look:
    """What pages for this console must fit."""
    return Look.fitting(console.width, console.encoding)


def show(console: Console, page: Page) -> None:
    """Print a page. Nothing is wrapped or cut here: the page was made for the width."""
    from rich.text import Text  # noqa: PLC0415 - heavy

    if page.lines:
        console.print(Text("\n").join(map(as_text, page.lines)), soft_wrap=True)


def as_text(line: Line) -> Text:
    from rich.text import Text  # noqa: PLC0415 - heavy

    text = Text()
    for piece in line:
        text.append(piece.text, _STYLES[piece.style])
    text.rstrip()
    return text
