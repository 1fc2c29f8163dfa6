"""What is printed as JSON acts on no reader, and means what it meant."""

import json

import pytest

from flagstaff.views.json_text import json_text

HOSTILE = "a\u2028b\u2029c\x85d\x9b2Je\u202etxt\u2066\ufeff\ud800 \x1b[31m\n"


@pytest.mark.parametrize("options", [{}, {"indent": 2}, {"compact": True}])
def test_what_ends_lines_or_turns_text_is_escaped_and_reads_back(options):
    document = {HOSTILE: [HOSTILE, 1]}
    made = json_text(document, **options)
    assert json.loads(made) == document
    assert len(made.splitlines()) == made.count("\n") + 1
    assert all(sign.isprintable() or sign == "\n" for sign in made)
    assert "\\u2028b" in made


def test_what_can_be_read_stays():
    text = "é 日本 👩‍👩‍👧‍👦"
    assert json_text({"a": text}) == f'{{"a": "{text}"}}'
    assert json_text({"a": [text]}, compact=True) == f'{{"a":["{text}"]}}'
