"""Pages: what is visible, how wide it is, where it wraps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagstaff.views.look import ASCII, UNICODE, Look, Page, Piece, cells, column, pad, pad_left, shortened, wrapped


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
    assert wrapped(Look(), "a mhv_accelerated_delivery b\n  goes on there", 8) == [
        "a",
        "mhv_accelerated_delivery",
        "b",
        "  goes",
        "  on",
        "  there",
    ]


def test_wrapping_keeps_durations_with_their_unit():
    assert wrapped(Look(), "soak of 24 h, 2 days", 9) == ["soak of", "24 h, 2", "days"]


def test_scripts_without_blanks_are_broken_between_wide_characters():
    assert wrapped(Look(), "東京の薬, mhv", 5) == ["東京", "の薬,", "mhv"]
    # A joined emoji is one.
    assert wrapped(Look(), "👩\u200d💻👩\u200d💻", 4) == ["👩\u200d💻", "👩\u200d💻"]


def test_prose_is_no_wider_than_one_can_read():
    page = Page(Look(200))
    page.paragraph("word " * 60, lead=Piece("- "))
    assert {cells(line) for line in page.text.splitlines()[:-1]} == {101}


def test_long_texts_and_endless_words_are_cut_and_counted():
    assert shortened("x" * 10_000, 0) == "x" * 300 + "... (and 9,700 characters more)"
    assert shortened("word " * 500, 2_000).endswith("word ... (and 500 characters more)")
    assert shortened("k" * 300, 0) == "k" * 300


def test_a_line_that_is_too_long_goes_on_below_with_its_styles():
    page = Page(Look(24))
    page.line(Piece("✗ ", "bad"), "toggle.a   0 % -> ", Piece("5 %", "strong"), "   k", indent=2)
    assert page.text == "  ✗ toggle.a\n      0 % -> 5 %   k\n"
    assert page.lines[1] == (Piece(" " * 6), Piece("0 % -> "), Piece("5 %", "strong"), Piece("   k"))


def test_a_command_stays_on_its_line():
    page = Page(Look(20))
    page.whole("flagstaff rollback toggle.a toggle.b")
    assert page.text == "flagstaff rollback toggle.a toggle.b\n"


def test_a_lead_that_leaves_no_room_stands_alone():
    page = Page(Look(40))
    page.paragraph("what happened then, and why", lead=Piece("2026-01-27 14:02:11 UTC   jane@host   "))
    assert page.text == "2026-01-27 14:02:11 UTC   jane@host\n    what happened then, and why\n"


def test_items_are_broken_between_them():
    page = Page(Look(30))
    page.items("waits for:", ["its Go", "blocker.a (pending)", "2 monitors"], indent=2)
    assert page.text == "  waits for: its Go;\n    blocker.a (pending);\n    2 monitors\n"


def test_a_column_is_as_wide_as_the_texts_that_leave_room():
    assert column(Look(40), ["a" * 10, "b" * 35, "c" * 20], 12) == 20
    assert column(Look(40), ["a" * 39], 12) == 0


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


def test_a_share_stays_with_its_sign_before_a_semicolon():
    page = Page(Look(40))
    page.paragraph("people in a mixed state went 96.8 % -> 0 %; and more")
    assert page.text == "people in a mixed state went\n96.8 % -> 0 %; and more\n"


def test_a_zone_without_letters_stays_with_its_time():
    page = Page(Look(40))
    page.paragraph("it soaks, as always, until 2026-01-27 14:05 -03 at most")
    assert page.text == "it soaks, as always, until\n2026-01-27 14:05 -03 at most\n"
