"""Columns: how wide a text is where HCL's library aligns it, in grapheme clusters as that library counts them.

Its clusters are those of Unicode 13: in Indic scripts a consonant that is joined to the next one ends a cluster, which
since Unicode 15.1 it does not (rule GB9c of UAX 29). The functions of the language count by the newer rule.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from regex import Pattern

_JOINING: Final = r"[\p{GCB=Extend}\p{GCB=ZWJ}\p{GCB=SpacingMark}]"
_CLUSTER: Final = r"""
    \r\n
  | \p{GCB=Prepend}*
    (?: \p{GCB=Regional_Indicator}{2}
      | \p{GCB=L}*(?:\p{GCB=V}+|\p{GCB=LV}\p{GCB=V}*|\p{GCB=LVT})\p{GCB=T}* | \p{GCB=L}+ | \p{GCB=T}+
      | \p{Extended_Pictographic}(?:{joining}*\p{GCB=ZWJ}\p{Extended_Pictographic})*
      | [^\p{GCB=Control}\r\n]
    ){joining}*
  | .
"""


def columns(text: str) -> int:
    if text.isascii() and "\r" not in text:
        return len(text)
    return sum(1 for _ in _cluster().finditer(text))


@cache
def _cluster() -> Pattern[str]:
    import regex  # noqa: PLC0415  # slow to import, and few texts need it

    return regex.compile(_CLUSTER.replace("{joining}", _JOINING), regex.VERBOSE | regex.DOTALL)
