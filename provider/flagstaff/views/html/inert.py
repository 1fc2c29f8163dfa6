"""HTML that nobody can write but us: text becomes markup here, escaped, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Final

from flagstaff.views.report.inert import seen

Attributes = Mapping[str, str | int | float]
_EMPTY: Final = frozenset({"rect", "line", "path", "meta"})
_NONE: Final[Attributes] = {}


class Markup(str):
    """HTML that stands as it is; every other text is escaped where it meets some."""

    __slots__ = ()


def text(value: str) -> Markup:
    return value if isinstance(value, Markup) else Markup(escape(seen(value)))


def element(name: str, attributes: Attributes = _NONE, *children: str) -> Markup:
    """`name` and the names of attributes are ours; everything else may come from anybody."""
    inside = "".join(f' {key}="{text(_plain(value))}"' for key, value in attributes.items())
    if name in _EMPTY and not children:
        return Markup(f"<{name}{inside}/>" if name != "meta" else f"<{name}{inside}>")
    return Markup(f"<{name}{inside}>{''.join(map(text, children))}</{name}>")


def joined(parts: Iterable[str], by: str = "\n") -> Markup:
    return Markup(by.join(map(text, parts)))


def block(name: str, attributes: Attributes, parts: Iterable[str]) -> Markup:
    """An element with its children on lines of their own."""
    return element(name, attributes, Markup("\n"), joined(parts), Markup("\n"))


def _plain(value: str | float) -> str:
    """Numbers with as many digits as a drawing needs."""
    return value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".") if value % 1 else f"{value:.0f}"
