"""Shares as bars: what is kept, what is new, and what is lost in an empty frame; beside them the same in words."""

from __future__ import annotations

from flagstaff.views.html.inert import Attributes, Markup, block, element
from flagstaff.views.html.lines import inline
from flagstaff.views.report.figures import Bar, Bars


def bars(item: Bars) -> Markup:
    return block("ul", {"class": "bars"}, map(_row, item.bars))


def _row(bar: Bar) -> Markup:
    label = element("span", {"class": "label"}, inline(bar.label))
    return element("li", {}, label, Markup(" "), strip(bar.before, bar.after), element("span", {}, inline(bar.text)))


def strip(before: float, after: float) -> Markup:
    """Of 1; its text stands beside it."""
    kept, most = min(before, after), max(before, after)
    parts = [_part("track", 0, 1)]
    if kept:
        parts.append(_part("kept", 0, kept))
    if most > kept:
        # However small a share is, it can be seen.
        parts.append(_part("gained" if after > before else "lost", kept, max(most - kept, 0.004)))
    return element("svg", {"class": "strip", "aria-hidden": "true", "width": "100%", "height": 14}, *parts)


def _part(kind: str, start: float, width: float) -> Markup:
    start = min(start, 1 - min(width, 1))
    place: Attributes = {"class": kind, "x": f"{start:.2%}", "y": 2, "width": f"{width:.2%}", "height": 10}
    return element("rect", place)
