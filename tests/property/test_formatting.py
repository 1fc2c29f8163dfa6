"""Formatting changes the layout and nothing else, and a second time nothing at all."""

import importlib.util
import sys
import time
from dataclasses import fields
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from flagstaff.diagnostics import Diagnostics
from flagstaff.language.formatting import layout
from flagstaff.language.lexemes import COMMENT, lines
from flagstaff.language.nodes import Node, Parentheses, TemplateWrap
from flagstaff.language.parse import parse
from flagstaff.language.simplifying import formatted
from flagstaff.language.source import Source

WRITER = Path(__file__).parents[1] / "contract" / "hclwrite" / "random_texts.py"
PLACES = {"source", "start", "end", "name_start", "name_end", "header_end"}


def _texts():
    spec = importlib.util.spec_from_file_location("flagstaff_random_texts", WRITER)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module.random_texts


random_texts = _texts()
TEXTS = st.integers(0, 10**9).map(lambda seed: next(random_texts(seed, 1)))


def meaning(value):
    """A tree without places; `"${x}"` and `(x)` mean x."""
    if isinstance(value, TemplateWrap | Parentheses):
        return meaning(value.value)
    if isinstance(value, Node):
        inner = [meaning(getattr(value, item.name)) for item in fields(value) if item.name not in PLACES]
        return (type(value).__name__, *inner)
    if isinstance(value, tuple):
        return tuple(map(meaning, value))
    if isinstance(value, dict):
        return {name: meaning(item) for name, item in value.items()}
    return value


def read(text):
    diagnostics = Diagnostics()
    body = parse(Source("main.hcl", text), diagnostics)
    return None if diagnostics.has_errors else body


def comments(text):
    found = (pair for line in lines(text) for pair in zip(*line, strict=True))
    return [word.strip() for kind, word in found if kind == COMMENT]


@given(TEXTS)
def test_the_meaning_and_the_comments_stay(text):
    body = read(text)
    result = formatted(Source("main.hcl", text), Diagnostics())
    assert (result is None) is (body is None)
    if body is not None:
        assert meaning(read(result)) == meaning(body)
        assert comments(result) == comments(text)
        assert formatted(Source("main.hcl", result), Diagnostics()) == result


@given(TEXTS)
def test_the_layout_only_moves_blanks(text):
    if read(text) is not None:
        blanks = str.maketrans("", "", " \t\ufeff")
        assert layout(text).translate(blanks) == text.translate(blanks)


BLOCK = """\
# {0}
toggle "flag_{0}" {{
key = "feature_{0}" # why
percentage= var.on ? {0} : f(1,[2,{0}])
requires {{
toggles=[toggle.flag_0]
reason="Because of ${{var.reason}} and {0}"
}}
}}
"""


def test_the_time_grows_with_the_text_and_not_with_its_square():
    def seconds(count):
        text = "".join(map(BLOCK.format, range(count)))
        start = time.process_time()
        layout(text)
        return time.process_time() - start

    seconds(100)
    assert seconds(10_000) < 30 * max(seconds(1000), 0.02)
