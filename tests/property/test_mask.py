"""Whatever the text: the mask keeps its length, and nothing but diagnostics comes of a mistake."""

import gc
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from flagstaff.diagnostics import Diagnostics
from flagstaff.language.chunks import squeeze
from flagstaff.language.mask import mask
from flagstaff.language.nodes import Node
from flagstaff.language.parse import parse, parse_expression
from flagstaff.language.source import Source

# The first parse builds the grammar's tables, which may take a second.
RELAXED = settings(max_examples=300, deadline=None)

PIECES = [
    *"abE_é\u0301²€“”'‘\"\\(){}[]<>=!+-*/%?:.,~#$&|;^ \t\n\r\0\x07\u00a0\ufeff\udcff0123",
    *(
        'toggle "x" {\n',
        "}\n",
        "a = 1\n",
        "\n",
        "\r\n",
        '"${',
        "${~",
        "~}",
        "%{ if x }",
        "%{ endif }",
        "%{ for v in l }",
    ),
    *("<<E\n", "<<-E\n", "\nE\n", "\n  E\n", "/*", "*/", "//", "for", "in", "if", "true", "null", "[*]", ".*", "=>"),
    *("...", "&&", "||", "==", "::", "<<<<<<< HEAD\n", "\n=======\n", "\n>>>>>>> x\n", "\\u00e9", "$${", "%%{", "!!"),
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=40).map("".join) | st.text(max_size=60)


@given(TEXTS, st.booleans())
def test_the_mask_keeps_the_length_and_the_order(text, expression):
    masked = mask(text, expression=expression)
    assert len(masked.text) == len(text)
    assert all(0 <= item.start <= item.end <= len(text) for item in masked.items)
    assert all(before.end <= after.start for before, after in pairwise(masked.items))
    assert all(0 <= mistake.start <= mistake.end <= len(text) for mistake in masked.mistakes)
    assert bool(masked.mistakes) >= any(item.broken for item in masked.items)
    for item in masked.items:
        chunk = squeeze(masked.text, item.start, item.end)
        assert len(chunk.text) == len(chunk.starts) == len(chunk.ends)
        assert all(start < end for start, end in zip(chunk.starts, chunk.ends, strict=True))
        assert all(end == start for end, start in zip(chunk.ends, chunk.starts[1:], strict=False))


def offsets(node):
    """Every node below one, each within its parent."""
    for name in type(node).__slots__:
        inner = getattr(node, name)
        for child in inner.values() if isinstance(inner, dict) else inner if isinstance(inner, tuple) else (inner,):
            if isinstance(child, Node):
                assert node.start <= child.start <= child.end <= node.end
                offsets(child)


@given(TEXTS)
@RELAXED
def test_any_text_gives_a_body_and_diagnostics(text):
    diagnostics = Diagnostics()
    enabled = gc.isenabled()
    body = parse(Source("main.hcl", text), diagnostics)
    assert gc.isenabled() is enabled
    offsets(body)
    for item in diagnostics.sorted():
        assert item.range.start <= item.range.end
        assert item.summary
        assert not set(item.summary) & set("`\"'{}")
        for terminal in ("RBRACE", "NL_OR_COMMENT", "STRING_CHARS", "$END", "Token("):
            assert terminal in text or terminal not in item.detail


@given(TEXTS)
@RELAXED
def test_any_text_is_an_expression_or_has_a_mistake(text):
    diagnostics = Diagnostics()
    node = parse_expression(Source("x", text), diagnostics)
    assert (node is None) is diagnostics.has_errors
    if node is not None:
        offsets(node)


VALUES = st.recursive(
    st.sampled_from(
        ["1", "x", "true", "null", '"s"', "-1.5", "!y", "a.b", "a[0]", "l[*].z", '"p ${q}"', "<<E\nw\nE\n"]
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.lists(inner, max_size=3).map(lambda items: f"f({', '.join(items)})"),
        st.lists(inner, max_size=3).map(lambda items: "{" + "".join(f"k = {item}\n" for item in items) + "}"),
        st.tuples(inner, st.sampled_from(["+", "-", "&&", "<", "=="]), inner).map(lambda parts: f"({' '.join(parts)})"),
        inner.map(lambda item: f"(x ? {item} : y)"),
        inner.map(lambda item: f"[for v in {item} : v]"),
    ),
    max_leaves=8,
)


@given(VALUES)
@RELAXED
def test_what_is_valid_is_read_whole(text):
    diagnostics = Diagnostics()
    node = parse_expression(Source("x", text), diagnostics)
    assert not diagnostics.items
    assert node.text == text.rstrip("\n")


@given(TEXTS)
@RELAXED
def test_a_broken_text_does_not_reach_the_blocks_before_it(text):
    before = 'toggle "first" {\n  key = "x"\n}\n'
    body = parse(Source("main.hcl", f"{before}\n{text}"), Diagnostics())
    assert body.blocks[0].title == 'toggle "first"'
    assert body.blocks[0].text == before.rstrip()
