"""Pages on real consoles: colour, width, encodings, and the bar of a wait."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from flagstaff.addresses import Address
from flagstaff.apply.events import MoveStarted, Waiting
from flagstaff.views.apply_human import ApplyPrinter
from flagstaff.views.console import PLAIN_WIDTH, look_of, make_console, show
from flagstaff.views.look import ASCII, Look, Page, Piece
from flagstaff.views.plan_human import plan_page


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def printed(stream, environment, **more) -> str:
    console = make_console(stream, environment, **more)
    page = Page(look_of(console))
    page.line(Piece("Error: ", "bad"), "[bold]x[/] :smile:")
    show(console, page)
    return stream.getvalue()


def test_a_file_gets_no_escapes_and_a_fixed_width():
    stream = io.StringIO()
    assert printed(stream, {}) == "Error: [bold]x[/] :smile:\n"
    assert make_console(stream, {}).width == PLAIN_WIDTH


def test_a_terminal_gets_colour():
    assert "\x1b[1;31mError: " in printed(Terminal(), {"TERM": "xterm-256color"})


def test_no_color():
    assert "\x1b" not in printed(Terminal(), {"TERM": "xterm-256color", "NO_COLOR": "1"})
    assert "\x1b" not in printed(Terminal(), {"TERM": "xterm-256color"}, color=False)


def test_columns_are_honoured():
    assert make_console(Terminal(), {"COLUMNS": "61"}).width == 61
    assert make_console(io.StringIO(), {"COLUMNS": "61"}).width == 61
    assert make_console(io.StringIO(), {"COLUMNS": "wide"}).width == PLAIN_WIDTH


def test_a_stream_that_carries_no_symbols_gets_ascii(samples):
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    console = make_console(stream, {})
    assert look_of(console).symbols is ASCII
    show(console, plan_page(samples.blocked(), look_of(console)))
    stream.flush()
    assert raw.getvalue().startswith(b"X 1 raise is blocked; 3 other changes can be applied.\n")


def test_colour_changes_no_character(samples):
    page = plan_page(samples.everything(), Look(100))
    stream = Terminal()
    console = Console(file=stream, width=100, force_terminal=True, color_system="truecolor", highlight=False)
    show(console, page)
    from rich.text import Text

    assert Text.from_ansi(stream.getvalue()).plain.rstrip("\n") == page.text.rstrip("\n")


def test_an_empty_page_prints_nothing():
    stream = io.StringIO()
    console = make_console(stream, {})
    show(console, Page(look_of(console)))
    assert not stream.getvalue()


def test_a_wait_on_a_terminal_counts_down_and_goes_away(samples):
    stream = Terminal()
    console = Console(file=stream, width=100, force_terminal=True, color_system=None)
    moves = samples.canary_moves()
    times = iter(range(1000))
    with ApplyPrinter(console, samples.plan(moves), now=lambda: float(next(times))) as printer:
        printer(Waiting(moves[0].address, Address("toggle", "uhd"), 118.0))
        printer(Waiting(moves[0].address, Address("toggle", "uhd"), 117.0))
        printer(Waiting(moves[1].address, Address("toggle", "uhd"), 117.0))
        printer(MoveStarted(moves[0]))
        printer(Waiting(moves[2].address, Address("toggle", "uhd"), 3.0))
    text = stream.getvalue()
    assert "toggle.allergies waits: readers may still serve the old value of toggle.uhd for 1:5" in text
    assert "\x1b[2K" in text


def test_a_reader_that_goes_away_does_not_end_the_process():
    class Gone(io.StringIO):
        def write(self, _: str) -> int:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        printed(Gone(), {})
