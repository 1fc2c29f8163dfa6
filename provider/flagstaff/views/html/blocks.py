"""Sections, paragraphs, lists and tables as HTML."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, assert_never

from flagstaff.views.html.bars import bars
from flagstaff.views.html.graph import graph
from flagstaff.views.html.inert import Markup, block, element, joined, text
from flagstaff.views.html.lines import inline
from flagstaff.views.html.timeline import timeline
from flagstaff.views.report.figures import Bars, Graph, Timeline
from flagstaff.views.report.model import Block, Bullets, Commands, Paragraph, Prose, Section, Table
from flagstaff.views.report.prose import prose_html

_LOWEST: Final = 6
# From this many columns on, a table may be wider than a telephone, and is scrolled by itself.
_WIDE: Final = 3


def section(item: Section, level: int, name: str) -> Markup:
    """`name` becomes its id; what is in it has ids that begin so."""
    heading = element(f"h{min(level, _LOWEST)}", {"id": name}, item.title)
    return block("section", {"aria-labelledby": name}, [heading, *_blocks(item, level, name)])


def _blocks(item: Section, level: int, name: str) -> Iterator[Markup]:
    for place, part in enumerate(item.blocks, 1):
        if isinstance(part, Section):
            yield section(part, level + 1, f"{name}-{place}")
        else:
            yield _block(part, level + 1, f"{name}-{place}", item.title)


def _block(item: Block, level: int, name: str, title: str) -> Markup:
    match item:
        case Paragraph(line):
            return element("p", {}, inline(line))
        case Bullets():
            return _bullets(item)
        case Table():
            return _table(item, name, title)
        case Commands(lines):
            return element("pre", {}, element("code", {}, joined(map(text, lines))))
        case Prose(markdown):
            return Markup(prose_html(markdown, min(level, _LOWEST)).rstrip())
        case Bars():
            return bars(item)
        case Timeline():
            return timeline(item)
        case Graph():
            return graph(item, name)
        case _:
            assert_never(item)


def _bullets(item: Bullets) -> Markup:
    if item.ticks:
        rows = zip(item.ticks, item.items, strict=True)
        lines = [element("li", {}, _tick(done=tick), Markup(" "), inline(line)) for tick, line in rows]
        return block("ul", {"class": "ticks"}, lines)
    return block("ol" if item.ordered else "ul", {}, (element("li", {}, inline(line)) for line in item.items))


def _tick(*, done: bool) -> Markup:
    sign, word = ("☑", "done") if done else ("☐", "open")
    return element("span", {"role": "img", "aria-label": word}, sign)


def _table(item: Table, name: str, title: str) -> Markup:
    # The caption of a table that its heading explains is for those who don't see the heading above it.
    own = {} if item.caption else {"class": "unseen"}
    rows = (
        element(
            "tr",
            {},
            element("th", {"scope": "row"}, inline(row[0])),
            *(element("td", {}, inline(cell)) for cell in row[1:]),
        )
        for row in item.rows
    )
    table = block(
        "table",
        {},
        [
            element("caption", {"id": name, **own}, item.caption or title),
            element("thead", {}, element("tr", {}, *map(_head, item.heads))),
            block("tbody", {}, rows),
        ],
    )
    if len(item.heads) < _WIDE:
        return table
    return block("div", {"class": "wide", "role": "group", "tabindex": 0, "aria-labelledby": name}, [table])


def _head(title: str) -> Markup:
    """A corner without a name heads nothing."""
    return element("th", {"scope": "col"}, title) if title else element("td", {})
