"""Markdown by authors: parsed once by a real parser without HTML, and written again from what is known of it.

Links lead to http, https and mailto only, images become links, and raw HTML is text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from flagstaff.views.report.inert import is_link, markdown_code, markdown_start, markdown_text, seen_lines

_LOWEST: Final = 6


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")
    parser.validateLink = is_link  # type: ignore[method-assign]  # how the library wants it done
    return parser


def prose_html(text: str, level: int) -> str:
    """As HTML; its headings begin at `level`."""
    parser, environment = _parser(), dict[str, Any]()
    tokens = parser.parse(seen_lines(text), environment)
    for token in tokens:
        _shift(token, level)
    return str(parser.renderer.render(tokens, parser.options, environment))


def _shift(token: Token, level: int) -> None:
    if token.type in {"heading_open", "heading_close"}:
        token.tag = f"h{_level(token.tag, level)}"
    elif token.type == "th_open":
        token.attrSet("scope", "col")


def _level(tag: str, level: int) -> int:
    return min(_LOWEST, int(tag[1:]) + level - 1)


def prose_markdown(text: str, level: int) -> str:
    """As Markdown of our own; its headings begin at `level`."""
    return _blocks(SyntaxTreeNode(_parser().parse(seen_lines(text))).children, level)


def _blocks(nodes: Iterable[SyntaxTreeNode], level: int, between: str = "\n\n") -> str:
    return between.join(filter(None, (_block(node, level) for node in nodes)))


def _block(node: SyntaxTreeNode, level: int) -> str:
    match node.type:
        case "paragraph":
            return _paragraph(node)
        case "heading":
            return f"{'#' * _level(node.tag, level)} {_paragraph(node)}"
        case "bullet_list" | "ordered_list":
            return _list(node, level)
        case "blockquote":
            return _hang(_blocks(node.children, level), "> ", "> ")
        case "fence" | "code_block":
            return _code(node.content)
        case "hr":
            return "---"
        case "table":
            return _table(node)
        case other:  # a construct that the parser was not told to know
            raise AssertionError(other)


def _paragraph(node: SyntaxTreeNode) -> str:
    return "\n".join(markdown_start(line) for line in _inline(node.children).split("\n"))


def _list(node: SyntaxTreeNode, level: int) -> str:
    first = int(node.attrs.get("start", 1) or 0)
    items: list[str] = []
    tight = True
    for number, item in enumerate(node.children, first):
        sign = f"{number}. " if node.type == "ordered_list" else "- "
        tight = tight and all(one.hidden for one in item.children if one.type == "paragraph")
        inner = _blocks(item.children, level, "\n" if tight else "\n\n")
        items.append(_hang(inner, sign, " " * len(sign)))
    return ("\n" if tight else "\n\n").join(items)


def _hang(text: str, first: str, others: str) -> str:
    lines = text.split("\n")
    made = [first + lines[0], *(others + line if line else others.rstrip() for line in lines[1:])]
    return "\n".join(line.rstrip() for line in made)


def _code(text: str) -> str:
    """Fenced with more back-ticks than any line of it has."""
    most = max((len(line) - len(line.lstrip("`")) for line in map(str.strip, text.split("\n"))), default=0)
    fence = "`" * max(3, most + 1)
    return f"{fence}text\n{text.rstrip()}\n{fence}"


def _table(node: SyntaxTreeNode) -> str:
    rows = [
        [_inline(cell.children).replace("\n", " ") for cell in row.children]
        for part in node.children
        for row in part.children
    ]
    return table_lines(rows[0], rows[1:])


def table_lines(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown already."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _inline(nodes: Sequence[SyntaxTreeNode]) -> str:
    return "".join(map(_piece, nodes))


def _piece(node: SyntaxTreeNode) -> str:
    match node.type:
        case "inline":
            return _inline(node.children)
        case "text":
            return markdown_text(node.content)
        case "strong":
            return f"**{_inline(node.children)}**"
        case "em":
            return f"*{_inline(node.children)}*"
        case "s":
            return f"~~{_inline(node.children)}~~"
        case "code_inline":
            return markdown_code(node.content, cell=_in_table(node))
        case "softbreak":
            return " "
        case "hardbreak":
            return "\\\n"
        case "link":
            return f"[{_inline(node.children)}](<{node.attrs['href']}>)"
        case other:  # a construct that the parser was not told to know
            raise AssertionError(other)


def _in_table(node: SyntaxTreeNode) -> bool:
    parent = node.parent
    while parent is not None and parent.type not in {"td", "th"}:
        parent = parent.parent
    return parent is not None
