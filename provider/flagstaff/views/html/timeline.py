"""A rollout on a line of time: a list of stages, each with its bar, its dates and what it waits for in words."""

from __future__ import annotations

from datetime import datetime

from flagstaff.views.html.inert import Attributes, Markup, block, element
from flagstaff.views.html.lines import inline
from flagstaff.views.report.figures import Period, Row, Span, Timeline

_WORDS = {Period.RAN: "ran", Period.SOAK: "soak that is left", Period.PLANNED: "at the earliest"}


def timeline(item: Timeline) -> Markup:
    scale = _Scale(item)
    rows = block("ol", {"class": "timeline"}, (_row(row, scale) for row in item.rows))
    if not scale.drawn:
        return rows
    first, last = item.ends
    axis = element("p", {"class": "axis"}, element("span", {}, first), _key(item), element("span", {}, last))
    return block("div", {"class": "time"}, [axis, rows])


class _Scale:
    """From moments to parts of the width."""

    def __init__(self, item: Timeline) -> None:
        moments = [moment for row in item.rows for span in row.spans for moment in (span.start, span.end)]
        self._start, end = min((*moments, item.now)), max((*moments, item.now))
        self.drawn = end > self._start
        self._whole = (end - self._start).total_seconds() or 1.0
        self.now = self.part(item.now)

    def part(self, moment: datetime) -> float:
        return (moment - self._start).total_seconds() / self._whole


def _key(item: Timeline) -> Markup:
    """What the bars mean, of those that are there, and the line."""
    periods = {span.period for row in item.rows for span in row.spans}
    parts = [
        element("span", {"class": "key"}, _swatch(period), f" {_WORDS[period]} ")
        for period in Period
        if period in periods
    ]
    now = element("svg", {"class": "swatch", "aria-hidden": "true", "width": 4, "height": 12}, _now(0.5, 12))
    return element("span", {}, *parts, element("span", {"class": "key"}, now, " now"))


def _swatch(period: Period) -> Markup:
    rect = element("rect", {"class": period.value, "x": 1, "y": 1, "width": 22, "height": 10})
    return element("svg", {"class": "swatch", "aria-hidden": "true", "width": 24, "height": 12}, rect)


def _row(row: Row, scale: _Scale) -> Markup:
    state = element("span", {"class": "state"}, f"{row.sign} {row.state}")
    parts = [element("p", {"class": "stage"}, element("strong", {}, row.title), Markup(" "), state)]
    if scale.drawn:
        parts.append(_strip(row, scale))
    parts.append(element("p", {}, inline(row.text)))
    if row.waits:
        parts.append(block("ul", {}, (element("li", {}, inline(wait)) for wait in row.waits)))
    return block("li", {}, parts)


def _strip(row: Row, scale: _Scale) -> Markup:
    bars = [_bar(span, scale) for span in row.spans]
    track = element("rect", {"class": "track", "x": 0, "y": 8, "width": "100%", "height": 2})
    return element(
        "svg",
        {"class": "strip", "aria-hidden": "true", "width": "100%", "height": 18},
        track,
        *bars,
        _now(scale.now, 18),
    )


def _bar(span: Span, scale: _Scale) -> Markup:
    start, end = scale.part(span.start), scale.part(span.end)
    width = max(end - start, 0.006)
    place: Attributes = {"x": f"{min(start, 1 - width):.2%}", "y": 3, "width": f"{width:.2%}", "height": 12}
    return element("rect", {"class": span.period.value, **place})


def _now(part: float, height: int) -> Markup:
    # Half of the line would be cut off at either end.
    part = min(max(part, 0.003), 0.997)
    return element("line", {"class": "now", "x1": f"{part:.2%}", "x2": f"{part:.2%}", "y1": 0, "y2": height})
