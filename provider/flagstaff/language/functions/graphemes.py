"""Graphemes: what people count as characters (Unicode's extended grapheme clusters)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regex import Pattern


def clusters(text: str) -> Sequence[str]:
    """The grapheme clusters of a text, in order."""
    if text.isascii() and "\r\n" not in text:
        return text
    found: list[str] = _pattern().findall(text)
    return found


@cache
def _pattern() -> Pattern[str]:
    import regex  # noqa: PLC0415  # slow to import, and few texts need it

    return regex.compile(r"\X")
