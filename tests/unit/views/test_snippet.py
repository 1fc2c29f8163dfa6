"""Carets stand under the exact range, whatever the line is made of."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from flagstaff.language.source import Source
from flagstaff.views.look import Look, Page, cells
from flagstaff.views.snippet import add_snippet


def draw(text: str, marked: str | tuple[int, int], width: int = 60, look: Look | None = None, **more) -> str:
    source = Source("x.hcl", text)
    start, end = marked if isinstance(marked, tuple) else (text.index(marked), text.index(marked) + len(marked))
    page = Page(look or Look(width))
    add_snippet(page, source, source.range(start, end), **{"indent": 0} | more)
    return page.text


def test_one_line():
    assert draw('a = 1\nkey = "x"\n', '"x"') == '2 │ key = "x"\n  │       ^^^\n'


def test_the_gutter_is_as_wide_as_the_last_number():
    text = "".join(f"l{number}\n" for number in range(1, 12))
    assert draw(text, "l9", around=(1, 1)) == " 8 │ l8\n 9 │ l9\n   │ ^^\n10 │ l10\n"


def test_lines_around_stop_at_the_file_ends():
    assert draw("a\nb", "a", around=(2, 5)) == "1 │ a\n  │ ^\n2 │ b\n"


def test_tabs_go_to_tab_stops_and_carets_follow():
    assert draw("\tkey\t= x", "x") == "1 │     key = x\n  │           ^\n"
    assert draw('k = "a\t"', '"a\t"') == '1 │ k = "a  "\n  │     ^^^^^\n'


def test_wide_characters_take_two_cells():
    assert draw('t = "日本" + x', "x") == '1 │ t = "日本" + x\n  │              ^\n'
    assert draw('t = "日本"', '"日本"') == '1 │ t = "日本"\n  │     ^^^^^^\n'


def test_combining_characters_take_none():
    assert draw('t = "e\u0301" + x', "x") == '1 │ t = "e\u0301" + x\n  │           ^\n'


def test_control_and_direction_characters_are_shown():
    text = draw('k = "\x1b[31m\u202e" + x', "x")
    assert text == '1 │ k = "\\x1b[31m\\u202e" + x\n  │                        ^\n'


def test_an_empty_range_and_one_past_the_end_have_a_caret():
    assert draw("abc", (3, 3)) == "1 │ abc\n  │    ^\n"
    assert draw("abc", (1, 1)) == "1 │ abc\n  │  ^\n"


def test_an_empty_file():
    assert draw("", (0, 0)) == "1 │\n  │ ^\n"


def test_a_long_line_is_cut_around_the_caret():
    line = "a" * 100 + "HERE" + "b" * 100
    first, second = draw(line, "HERE", width=40).splitlines()
    assert len(first) <= 40
    assert first.startswith("1 │ …a")
    assert first.endswith("b…")
    at = first.index("HERE")
    assert second[at:] == "^^^^"
    assert not second[4:at].strip()


def test_a_long_line_is_cut_at_one_side_only():
    line = "HERE" + "b" * 100
    assert draw(line, "HERE", width=30) == "1 │ HERE" + "b" * 21 + "…\n  │ ^^^^\n"
    line = "a" * 100 + "HERE"
    assert draw(line, "HERE", width=30) == "1 │ …" + "a" * 21 + "HERE\n  │ " + " " * 22 + "^^^^\n"


def test_a_range_longer_than_the_window_is_cut_with_it():
    first, second = draw("x = " + "A" * 200, "A" * 200, width=40).splitlines()
    assert len(first) == len(second) == 40
    assert first.endswith("…")


def test_ranges_over_lines_mark_the_first_and_the_last():
    text = "x {\n  a = 1\n  b = 2\n} # end\n"
    assert draw(text, "x {\n  a = 1\n  b = 2\n}") == (
        "1 │ x {\n  │ ^^^\n2 │   a = 1\n3 │   b = 2\n4 │ } # end\n  │ ^\n"
    )


def test_the_middle_of_a_long_range_is_left_out():
    text = "x {\n" + "".join(f"  a{number} = 1\n" for number in range(10)) + "}\n"
    assert draw(text, text.rstrip(), label="here") == (
        " 1 │ x {\n   │ ^^^\n 2 │   a0 = 1\n 3 │   a1 = 1\n … │\n12 │ }\n   │ ^ here\n"
    )


def test_a_range_that_ends_before_the_next_line_does_not_include_it():
    assert draw("ab\ncd\n", (0, 3)) == "1 │ ab\n  │ ^^\n"


def test_the_label_stands_behind_the_caret_and_wraps_there():
    assert draw("ab cd", "cd", label="not this") == "1 │ ab cd\n  │    ^^ not this\n"
    assert draw("ab", "ab", width=34, label="one two three four five six seven") == (
        "1 │ ab\n  │ ^^ one two three four five six\n  │    seven\n"
    )


def test_a_label_without_room_stands_below():
    line = "a" * 30 + " HERE"
    assert draw(line, "HERE", width=46, label="not in the live store, look") == (
        f"1 │ {line}\n  │ {' ' * 31}^^^^\n  │ not in the live store, look\n"
    )


def test_ascii():
    look = Look.fitting(30, "ascii")
    assert draw("é" * 2 + "x" * 60, "é", look=look) == "1 | \\xe9\\xe9" + "x" * 15 + "...\n  | ^^^^\n"


@given(
    st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]), max_size=80),
    st.data(),
    st.integers(24, 100),
)
def test_nothing_is_wider_than_the_page_and_carets_are_under_the_line(text, data, width):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    line, carets = draw(text, (start, end), width=width).splitlines()
    # A page has at least 20 columns of source, and an empty range at the end needs one more.
    assert cells(line) <= max(width, 24)
    assert "^" in carets
    assert cells(carets) <= max(width, 24) + 1


def test_every_gap_of_line_numbers_is_marked():
    text = "\n".join(f"l{number}" for number in range(30))
    lines = [row.split(" │")[0].strip() for row in draw(text, text).splitlines()]
    numbers = [int(number) if number.isdigit() else None for number in lines if number]
    for left, right in pairwise(numbers):
        assert left is None or right is None or right == left + 1
