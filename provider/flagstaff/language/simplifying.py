"""The canonical form of a file: what is written in a roundabout way is written plainly, then laid out.

It is what `terraform fmt` does besides the layout: `"${x}"` as an argument's value is x, a block's labels stand in
quotes, and a variable's type is none of the old quoted or bare forms. Nothing else is touched, and no comment is lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from flagstaff.diagnostics import Diagnostics
from flagstaff.language.formatting import layout
from flagstaff.language.lexemes import COMMENT, END_HEREDOC, END_QUOTE, INTERPOLATION, NEWLINE, QUOTE, lines
from flagstaff.language.nodes import Body, Expression, Node, Parentheses, TemplateWrap
from flagstaff.language.parse import parse
from flagstaff.language.source import Source

_TYPES: Final[Mapping[str, str]] = {
    "list": "list(any)",
    "map": "map(any)",
    "set": "set(any)",
    '"string"': "string",
    '"list"': "list(string)",
    '"map"': "map(string)",
}


def formatted(source: Source, diagnostics: Diagnostics) -> str | None:
    """The text as `fmt` writes it; None where it has mistakes, which are reported."""
    while True:
        found = Diagnostics()
        body = parse(source, found)
        diagnostics.extend(found)
        if found.has_errors:
            return None
        edits = sorted((node.start, node.end, text) for node, text in _edits(body))
        if not edits:
            return layout(source.text)
        source = Source(source.filename, _edited(source.text, edits))  # what was inside may be plainer still


def _edited(text: str, edits: list[tuple[int, int, str]]) -> str:
    parts: list[str] = []
    at = 0
    for start, end, new in edits:
        parts += text[at:start], new
        at = end
    return "".join((*parts, text[at:]))


def _edits(body: Body, within: tuple[str, ...] = ()) -> Iterator[tuple[Node, str]]:
    """Nodes, none in another, and what to write for each."""
    for name, attribute in body.attributes.items():
        value = attribute.value
        plain = _TYPES.get(value.text) if (*within, name) == ("variable", "type") else _unwrapped(value)
        if plain is not None:
            yield value, plain
    for block in body.blocks:
        yield from ((label, f'"{label.text}"') for label in block.labels if not label.text.startswith('"'))
        yield from _edits(block.body, (*within, block.type))


def _unwrapped(value: Expression) -> str | None:
    """`x` for `"${x}"`; in parentheses where it goes over several lines. None for all else."""
    if not isinstance(value, TemplateWrap):
        return None
    inside = value.text[3:-2].removeprefix("~").removesuffix("~").strip(" \t\r\n")
    words = [word for line in lines(f"{inside}\n") for word in zip(*line, strict=True)][:-1]
    kinds = [kind for kind, _ in words]
    if END_HEREDOC in kinds[-2:] or _interpolates(kinds):
        return None
    comment = kinds[-1] == COMMENT  # up to the line end
    over_lines = any(kind == NEWLINE or text.endswith("\n") for kind, text in words[:-1])
    if not comment and (not over_lines or (value.value.text == inside and isinstance(value.value, Parentheses))):
        return inside
    return f"({inside}\n)" if comment else f"({inside})"


def _interpolates(kinds: Iterable[str]) -> bool:
    """Outside of any string: then the outermost quotes may hold more than one value."""
    depth = 0
    for kind in kinds:
        depth += (kind == QUOTE) - (kind == END_QUOTE)
        if kind == INTERPOLATION and not depth:
            return True
    return False
