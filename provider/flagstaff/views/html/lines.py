"""Lines of text as HTML."""

from __future__ import annotations

import re
from typing import Final, assert_never

from flagstaff.views.html.inert import Markup, element, joined, text
from flagstaff.views.report.inert import is_link
from flagstaff.views.report.inline import Code, Inline, Line, Link, Strong, Text, Undecided

_PERCENT: Final = re.compile(r"(?<=\d) %")


def inline(line: Line) -> Markup:
    return joined(map(_piece, line), "")


def _piece(piece: Inline) -> Markup:
    match piece:
        case Text(words):
            return _prose(words)
        case Strong(words):
            return element("strong", {}, _prose(words))
        case Code(words):
            return element("code", {}, words)
        case Link(url):
            return element("a", {"href": url, "rel": "noreferrer nofollow"}, url) if is_link(url) else text(url)
        case Undecided(why):
            return element("strong", {"class": "undecided"}, f"UNDECIDED: {why}")
        case _:
            assert_never(piece)


def _prose(words: str) -> Markup:
    """A number stays beside its sign."""
    return Markup(_PERCENT.sub("\u00a0%", text(words)))
