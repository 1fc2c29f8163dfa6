"""Bodies: from the grammar's tree to blocks and attributes, strictly.

The grammar is generous about line ends, one-line blocks and attributes that are set twice; HCL is
not, and a configuration must not mean less than it says.
"""

from __future__ import annotations

from collections.abc import Sequence

from flagstaff.language.grammar import Syntax
from flagstaff.language.lower_expressions import expression
from flagstaff.language.lower_piece import Piece
from flagstaff.language.lower_templates import literal
from flagstaff.language.mistakes import Mistake
from flagstaff.language.nodes import Attribute, Block, Body, Label, nfc


def items(piece: Piece, syntax: Syntax) -> tuple[Attribute | Block, ...]:
    """The attributes and blocks of a body, in the order of the text."""
    result: list[Attribute | Block] = []
    for part in syntax.parts:
        if result and not piece.has_newline(result[-1].end, piece.start(part)):
            _missing_line_end(piece, result[-1], piece.start(part), piece.end(part.parts[0]))
        result.append(_attribute(piece, part) if part.rule == "attribute" else _block(piece, part))
    return tuple(result)


def body(piece: Piece, members: Sequence[Attribute | Block], start: int, end: int) -> Body:
    attributes: dict[str, Attribute] = {}
    for member in members:
        if isinstance(member, Attribute):
            first = attributes.setdefault(member.name, member)
            if first is not member:
                report_duplicate(piece, member, first)
    return Body(piece.source, start, end, attributes, tuple(member for member in members if isinstance(member, Block)))


def report_duplicate(piece: Piece, attribute: Attribute, first: Attribute) -> None:
    name, length = attribute.name, len(attribute.name)
    piece.report(
        Mistake(
            attribute.start,
            attribute.start + length,
            "Duplicate argument",
            f"The argument `{name}` is set twice here. Remove one of the two.",
            related=((first.start, first.start + length, "first set here"),),
        )
    )


def _attribute(piece: Piece, syntax: Syntax) -> Attribute:
    name, _, value = syntax.parts
    node = expression(piece, value)
    return Attribute(piece.source, piece.start(name), node.end, nfc(piece.text(name)), node)


def _block(piece: Piece, syntax: Syntax) -> Block:
    kind, *labels, opening, inside, closing = syntax.parts
    start, brace, end = piece.start(kind), piece.start(opening), piece.end(closing)
    named = tuple(_label(piece, label) for label in labels)
    if piece.has_newline(start, brace):
        piece.mistake(
            brace,
            brace + 1,
            "Opening brace on its own line",
            "The `{` of a block stands on the line of its type and labels. Move it there.",
        )
    members: tuple[Attribute | Block, ...] = ()
    if piece.allows(1):
        piece.depth += 1
        members = items(piece, inside)
        piece.depth -= 1
        _check_lines(piece, members, brace + 1, end - 1)
    else:
        piece.too_deep(start, brace + 1)
    header_end = named[-1].end if named else piece.end(kind)
    inner = body(piece, members, brace, end)
    return Block(piece.source, start, end, nfc(piece.text(kind)), named, inner, header_end)


def _label(piece: Piece, syntax: Syntax) -> Label:
    start, end = piece.start(syntax), piece.end(syntax)
    if syntax.rule != "string":
        return Label(piece.source, start, end, nfc(piece.text(syntax)))
    if start in piece.mask.heredocs or any(part.parts[0].parts for part in syntax.parts[1:-1]):
        piece.mistake(
            start,
            end,
            "Invalid block label",
            "A label is plain text: no `${ }`, no `%{ }` and no heredoc. For a literal `${` write `$${`.",
        )
        return Label(piece.source, start, end, "")
    return Label(piece.source, start, end, literal(piece, start + 1, end - 1))


def _check_lines(piece: Piece, members: Sequence[Attribute | Block], start: int, end: int) -> None:
    """A block on one line holds at most one attribute; otherwise both braces are apart from what they hold."""
    if not members:
        return
    first, last = members[0], members[-1]
    if piece.has_newline(start, first.start):
        if not piece.has_newline(last.end, end):
            _missing_line_end(piece, last, end, end + 1)
    elif isinstance(first, Block) or piece.has_newline(first.end, end):
        width = len(first.name if isinstance(first, Attribute) else first.type)
        piece.mistake(
            first.start,
            first.start + width,
            "Missing line end",
            "A block on one line holds one argument at most. Start a new line behind the `{`.",
        )


def _missing_line_end(piece: Piece, before: Attribute | Block, start: int, end: int) -> None:
    what = f"The argument `{before.name}`" if isinstance(before, Attribute) else f"The block `{before.type}`"
    piece.mistake(start, end, "Missing line end", f"{what} ends before this. Start a new line here.")
