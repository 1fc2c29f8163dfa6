"""From a file's text to its syntax tree: mask, pieces, grammar, lowering.

Every mistake is a diagnostic, and none hides those of another block. What could be read is
returned; a block with a mistake may be missing from it, so a caller that finds errors stops.
"""

from __future__ import annotations

import gc
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager

from flagstaff.diagnostics import Diagnostics
from flagstaff.language import lower
from flagstaff.language.brackets import Item
from flagstaff.language.chunks import Chunk, squeeze, wrap
from flagstaff.language.explain import explain, title
from flagstaff.language.grammar import Rejected, Syntax, read
from flagstaff.language.lower_expressions import expression
from flagstaff.language.lower_piece import Piece
from flagstaff.language.mask import Mask, mask
from flagstaff.language.nodes import Attribute, Block, Body, Expression
from flagstaff.language.source import Source


def parse(source: Source, diagnostics: Diagnostics) -> Body:
    """The body of a file. Never raises for what the text says."""
    with _collector_off():
        masked = mask(source.text)
        _report_mask(source, masked, diagnostics)
        members: list[Attribute | Block] = []
        for item in masked.items:
            if not item.broken:
                members.extend(_item(source, masked, item, diagnostics))
        whole = Piece(source, masked, Chunk("", [], []), diagnostics)
        return lower.body(whole, members, 0, len(source.text))


def parse_expression(source: Source, diagnostics: Diagnostics) -> Expression | None:
    """The one expression that the text is, over as many lines as it likes; None where it is none."""
    with _collector_off():
        masked = mask(source.text, expression=True)
        _report_mask(source, masked, diagnostics)
        if masked.mistakes:
            return None
        if not masked.text.strip():
            diagnostics.error("Missing expression", "The text is empty. A value is expected.", source.range(0, 0))
            return None
        chunk = wrap(squeeze(masked.text, 0, len(masked.text)))
        piece = Piece(source, masked, chunk, diagnostics)
        tree = _read(piece, expression=True)
        if tree is None:
            return None
        before = len(diagnostics)
        value = expression(piece, tree.parts[0].parts[2].parts[1])
        return value if len(diagnostics) == before else None


def _item(source: Source, masked: Mask, item: Item, diagnostics: Diagnostics) -> tuple[Attribute | Block, ...]:
    chunk = squeeze(masked.text, item.start, item.end)
    piece = Piece(source, masked, chunk, diagnostics, title(source.text, item.start))
    tree = _read(piece)
    return () if tree is None else lower.items(piece, tree)


def _read(piece: Piece, *, expression: bool = False) -> Syntax | None:
    tree = read(piece.chunk.text)
    if isinstance(tree, Rejected):
        piece.report(explain(piece.source.text, piece.mask.text, piece.chunk, tree, expression=expression))
        return None
    return tree


def _report_mask(source: Source, masked: Mask, diagnostics: Diagnostics) -> None:
    starts = [item.start for item in masked.items]
    for mistake in masked.mistakes:
        index = bisect_right(starts, mistake.start) - 1
        context = title(source.text, starts[index]) if index >= 0 else ""
        mistake.report(source, context, diagnostics)


@contextmanager
def _collector_off() -> Iterator[None]:
    """Trees hold no cycles, and looking for some makes the time grow with the square of the blocks."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
