"""A few lines can't ask for more memory than there is."""

from __future__ import annotations

import pytest

from flagstaff.language import limits
from flagstaff.language.limits import fits
from flagstaff.language.values import number as number_of
from flagstaff.language.values import object_of, string, tuple_of


@pytest.fixture
def small(monkeypatch):
    """Limits that a test reaches at once."""
    for module in ("evaluate_templates", "functions.strings", "functions.patterns", "functions.formatting"):
        monkeypatch.setattr(f"flagstaff.language.{module}.MOST_TEXT", 100)
    monkeypatch.setattr("flagstaff.language.functions.collections.MOST_ELEMENTS", 100)
    monkeypatch.setattr("flagstaff.language.evaluate_for.MOST_ROUNDS", 100)


def evaluated(text):
    from flagstaff.diagnostics import Diagnostics
    from flagstaff.language.evaluate import evaluate
    from flagstaff.language.parse import parse_expression
    from flagstaff.language.source import Source

    diagnostics = Diagnostics()
    expression = parse_expression(Source("x.hcl", text), diagnostics)
    assert expression is not None
    value = evaluate(expression, None, diagnostics)
    return value, [(item.summary, item.detail) for item in diagnostics]


FIFTY = "x" * 50
TEXT = f"The text would have more than {limits.MOST_TEXT:,} characters."
LIST = f"The list would have more than {limits.MOST_ELEMENTS:,} elements."


@pytest.mark.parametrize(
    "text",
    [
        f'"{FIFTY}${{"{FIFTY}"}}"',
        f'join("", ["{FIFTY}", "{FIFTY}"])',
        'join("xxxxxxxxxx", [for n in range(10) : ""])',
        f'replace("{FIFTY}", "x", "yy")',
        f'replace("{FIFTY}", "/x/", "yy")',
        f'formatlist("{FIFTY}%s", ["a"])',
        "flatten([for a in range(10) : range(10)])",
        "concat(range(50), range(50))",
        "[for n in range(100) : n]",
        "[for a in range(9) : [for b in range(10) : b]]",
    ],
)
def test_what_just_fits(small, text):
    assert evaluated(text)[1] == []


@pytest.mark.parametrize(
    ("text", "summary", "said"),
    [
        (f'"x{FIFTY}${{"{FIFTY}"}}"', "Text too long", f"Here {limits.TOO_LONG}."),
        (f'"%{{ for n in range(3) }}{FIFTY}%{{ endfor }}"', "Text too long", f"Here {limits.TOO_LONG}."),
        (f'join("", ["{FIFTY}", "{FIFTY}", "x"])', "Invalid argument", TEXT),
        ('join("xxxxxxxxxx", [for n in range(11) : ""])', "Invalid argument", TEXT),
        (f'replace("{FIFTY}", "x", "yyy")', "Invalid argument", TEXT),
        (f'replace("{FIFTY}", "/x/", "yyy")', "Invalid argument", TEXT),
        (f'formatlist("{FIFTY}%s", ["a", "b"])', "Invalid argument", TEXT),
        ("flatten([for a in range(10) : range(11)])", "Invalid argument", LIST),
        ("concat(range(50), range(51))", "Invalid argument", LIST),
        ("[for n in range(101) : n]", "Too many elements", "would go round more than 100 times"),
        ("[for a in range(10) : [for b in range(10) : b]]", "Too many elements", "would go round more than"),
        ("{ for a in range(101) : a => a }", "Too many elements", "would go round more than"),
    ],
)
def test_what_does_not(small, text, summary, said):
    ((found, detail),) = evaluated(text)[1]
    assert found == summary
    assert said.lower() in detail.lower()


def test_what_is_shared_counts_as_often_as_it_stands(monkeypatch):
    monkeypatch.setattr(limits, "MOST_TEXT", 100)
    text = string("x" * 20)
    assert fits(tuple_of([text] * 4))
    assert not fits(tuple_of([text] * 5))
    assert not fits(object_of(dict.fromkeys("abcde", text)))
    assert not fits(tuple_of([tuple_of([number_of(1)] * 30)] * 4))
    assert fits(object_of({"a": number_of(1)}))
