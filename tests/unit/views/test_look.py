"""Pages: what is visible, how wide it is, where it wraps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagstaff.views.look import ASCII, UNICODE, Look, Page, Piece, cells, pad, pad_left, wrapped


def test_symbols_follow_the_encoding():
    assert Look.fitting(80, "utf-8").symbols is UNICODE
    assert Look.fitting(80, "ascii").symbols is ASCII
    assert Look.fitting(80, "latin-1").symbols is ASCII
    assert Look.fitting(80, "no-such-encoding").symbols is ASCII


def test_text_of_others_cannot_steer_a_terminal():
    assert Look().clean("a\x1b[31m\tb\x07\u202ec\u2066") == "a\\x1b[31m\\tb\\x07\\u202ec\\u2066"


def test_joiners_and_letters_stay():
    assert Look().clean("Zoë 👩\u200d⚕ 日本") == "Zoë 👩\u200d⚕ 日本"


def test_ascii_escapes_what_it_lacks():
    assert Look.fitting(80, "ascii").clean("Zoë") == "Zo\\xeb"


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text):
    look = Look.fitting(80, "ascii")
    assert look.clean(look.clean(text)) == look.clean(text)
    assert Look().clean(Look().clean(text)) == Look().clean(text)


@pytest.mark.parametrize(("text", "width"), [("abc", 3), ("日本", 4), ("e\u0301", 1), ("a\u200db", 2), ("", 0)])
def test_cells(text, width):
    assert cells(text) == width
    assert cells(pad(text, 6)) == cells(pad_left(text, 6)) == 6


def test_wrapping_keeps_numbers_with_their_percent_sign():
    assert wrapped(Look(), "it is at 25 % now", 11) == ["it is at", "25 % now"]


def test_wrapping_keeps_long_words_and_indented_lines():
    assert wrapped(Look(), "a mhv_accelerated_delivery b\n  kept as it is here", 5) == [
        "a",
        "mhv_accelerated_delivery",
        "b",
        "  kept as it is here",
    ]


def test_a_paragraph_hangs_behind_its_lead():
    page = Page(Look(12))
    page.paragraph("one two three\n\nfour", indent=1, lead=Piece("- "))
    assert page.text == " - one two\n   three\n\n   four\n"


def test_blank_lines_are_single_and_not_at_the_top():
    page = Page(Look())
    page.blank()
    page.line("a")
    page.blank()
    page.blank()
    page.line("b")
    assert page.text == "a\n\nb\n"
