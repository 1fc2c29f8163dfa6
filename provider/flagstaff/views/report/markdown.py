"""A report as GitHub's Markdown. What people wrote is shown as it is, and means nothing to Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from flagstaff.views.report.figures import Bars, Graph, Timeline
from flagstaff.views.report.inert import is_link, markdown_code, markdown_heading, markdown_start, markdown_text, seen
from flagstaff.views.report.model import (
    Block,
    Bullets,
    Code,
    Commands,
    Inline,
    Line,
    Link,
    Paragraph,
    Prose,
    Report,
    Section,
    Strong,
    Table,
    Text,
    Undecided,
)
from flagstaff.views.report.prose import prose_markdown, table_lines


def report_markdown(report: Report) -> str:
    """The whole document, its last line ended."""
    parts = [f"# {markdown_heading(report.title)}"]
    if report.facts:
        parts.append("\n".join(f"- **{markdown_text(name)}:** {_line(value)}" for name, value in report.facts))
    for section in report.sections:
        parts += _section(section, 2)
    return "\n\n".join(parts) + "\n"


def _section(section: Section, level: int) -> Iterator[str]:
    yield f"{'#' * level} {markdown_heading(section.title)}"
    for block in section.blocks:
        if isinstance(block, Section):
            yield from _section(block, level + 1)
        elif text := _block(block, level + 1):
            yield text


def _block(block: Block, level: int) -> str:
    match block:
        case Paragraph(line):
            return markdown_start(_line(line))
        case Bullets(items, ordered, ticks):
            signs = [f"{number}. " for number in range(1, len(items) + 1)] if ordered else ["- "] * len(items)
            boxes = [f"[{'x' if tick else ' '}] " for tick in ticks] or [""] * len(items)
            rows = zip(signs, boxes, items, strict=True)
            return "\n".join(f"{sign}{box}{markdown_start(_line(item))}" for sign, box, item in rows)
        case Table(heads, rows_):
            return table_lines(list(map(markdown_text, heads)), ([_line(c, cell=True) for c in row] for row in rows_))
        case Commands(lines):
            return "```console\n" + "\n".join(seen(line).replace("`", "'") for line in lines) + "\n```"
        case Prose(markdown):
            return prose_markdown(markdown, level)
        case Bars() | Timeline() | Graph():  # drawings, which Markdown has none of
            return ""
        case _:
            assert_never(block)


def _line(line: Line, *, cell: bool = False) -> str:
    return "".join(_inline(piece, cell=cell) for piece in line)


def _inline(piece: Inline, *, cell: bool) -> str:
    match piece:
        case Text(text):
            return markdown_text(text)
        case Strong(text):
            return f"**{markdown_text(text.strip())}**" if text.strip() else ""
        case Code(text):
            return markdown_code(text, cell=cell)
        case Link(url):
            return f"<{url}>" if is_link(url) else markdown_text(url)
        case Undecided(why):
            return f"**UNDECIDED: {markdown_text(why)}**"
        case _:
            assert_never(piece)
