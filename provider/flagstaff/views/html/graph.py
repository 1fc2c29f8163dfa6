"""Toggles and what they need as an SVG drawing, in boxes from left to right: first what must go up first."""

from __future__ import annotations

from typing import Final

from flagstaff.views.html.inert import Markup, block, element
from flagstaff.views.html.layers import Layout, Place, layers
from flagstaff.views.look import cell
from flagstaff.views.report.figures import Arrow, Graph, Mark, Node

_WIDTH, _HEIGHT = 232, 58
_ACROSS, _DOWN = 300, 74
_MARGIN: Final = 4
_COLUMNS: Final = 3
# As many columns of text fit into a box.
_TITLE, _LEVEL = 25, 29
_KINDS: Final = {Mark.UP: "up", Mark.DOWN: "down", Mark.STOPPED: "stopped", Mark.SAME: "same"}


def graph(item: Graph, name: str) -> Markup:
    """`name` begins the ids in it."""
    layout = layers(item.nodes, item.arrows, _COLUMNS)
    columns, rows = layout.size
    width = 2 * _MARGIN + (columns - 1) * _ACROSS + _WIDTH
    height = 2 * _MARGIN + (rows - 1) * _DOWN + _HEIGHT
    drawing = block(
        "svg",
        {
            "class": "graph",
            "role": "img",
            "aria-labelledby": f"{name}-title {name}-text",
            "viewBox": f"0 0 {width} {height}",
            "width": width,
            "height": height,
        },
        [
            element("title", {"id": f"{name}-title"}, item.title),
            element("desc", {"id": f"{name}-text"}, item.description),
            *(_arrow(arrow, layout) for arrow in item.arrows),
            *(_node(node, layout.places[node.address]) for node in item.nodes),
        ],
    )
    return block("div", {"class": "wide", "role": "group", "tabindex": 0, "aria-label": item.title}, [drawing])


def _arrow(arrow: Arrow, layout: Layout) -> Markup:
    """From the child to what it needs, past the boxes between."""
    x, y = _left(layout.places[arrow.child])
    to_x, to_y = _left(layout.places[arrow.parent])
    to_x += _WIDTH
    steps = [f"M{x},{y}"]
    for place in layout.ways[arrow.child, arrow.parent]:
        left, middle = _left(place)
        steps.append(_bend(x, y, left + _WIDTH, middle) + f" L{left},{middle}")
        x, y = left, middle
    steps.append(_bend(x, y, to_x + 8, to_y))
    text = element("title", {}, f"{arrow.child} {arrow.text} {arrow.parent}")
    line = element("path", {"class": "arrow soft" if arrow.soft else "arrow", "d": " ".join(steps)})
    return element("g", {}, text, line, element("path", {"class": "tip", "d": f"M{to_x},{to_y} l9,-4.5 v9 z"}))


def _left(place: Place) -> Place:
    """The middle of the left side of a box there."""
    column, row = place
    return _MARGIN + column * _ACROSS, _MARGIN + row * _DOWN + _HEIGHT // 2


def _bend(x: int, y: int, to_x: int, to_y: int) -> str:
    half = (x + to_x) // 2
    return f"C{half},{y} {half},{to_y} {to_x},{to_y}"


def _node(node: Node, place: Place) -> Markup:
    column, row = place
    sign = f"{node.mark.value} " if node.mark.value else ""
    inside = [
        element("title", {}, f"{node.title}, {node.address}: {node.level}"),
        element("rect", {"class": "box", "width": _WIDTH, "height": _HEIGHT, "rx": 6}),
        element("text", {"x": 10, "y": 20, "class": "name"}, _fit(node.title, _TITLE)),
        element("text", {"x": 10, "y": 38}, _fit(sign + node.level, _LEVEL)),
    ]
    if node.before is not None and node.after is not None:
        inside += _levels(node.before, node.after)
    at = f"translate({_MARGIN + column * _ACROSS} {_MARGIN + row * _DOWN})"
    return element("g", {"class": f"node {_KINDS[node.mark]}", "transform": at}, *inside)


def _levels(before: float, after: float) -> list[Markup]:
    room = _WIDTH - 20
    place = {"x": 10, "y": 46, "height": 6}
    kept, most = min(before, after) * room, max(before, after) * room
    parts = [element("rect", {"class": "track", **place, "width": room})]
    parts += [element("rect", {"class": "kept", **place, "width": kept})] if kept else []
    if most > kept:
        change = {**place, "x": 10 + kept, "width": max(most - kept, 1)}
        parts.append(element("rect", {"class": "gained" if after > before else "lost", **change}))
    return parts


def _fit(text: str, most: int) -> str:
    """Cut to so many columns."""
    used = 0
    for place, character in enumerate(text):
        used += cell(character)
        if used > most:
            return text[: max(0, place - 1)] + "…"
    return text
