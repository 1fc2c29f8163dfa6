"""Texts that break what prints them, and values that hold them wherever somebody could have written one.

For tests of views: whatever a title, key, reason or name holds, what is printed means what was meant. Needs Hypothesis.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any, Final

from hypothesis import strategies as st

from flagstaff.addresses import Address
from flagstaff.diagnostics import Range
from flagstaff.model.rollout import StageName

LONG: Final = 10_000
# What steers a terminal, turns the direction of a text, ends a line or has no encoding.
STEERING: Final = (
    "\x1b[31mred", "\x1b]0;title\x07", "\x9b2J", "\0", "\t", "\n", "\r\n", "\r", "\u2028",
    "\u200f", "\u202etxt.exe", "\u2066", "\ud800",
)  # fmt: skip
# What nothing printed may hold but a newline: what acts, and what is not seen.
UNSEEN: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def texts(fragments: Sequence[str], between: Sequence[str] = ("",), *, long: int = LONG) -> st.SearchStrategy[str]:
    """Some of the fragments in a row, any text, and one fragment again and again, up to `long` characters."""
    one = st.sampled_from(fragments)
    rows = [st.lists(one, min_size=1, max_size=6).map(sign.join) for sign in between]
    return st.one_of(*rows, st.text(max_size=60), one.map(lambda text: text * (long // len(text))))


def poisoned(value: Any, text: str, *, kept: tuple[type, ...] = (), indexed: bool = False) -> Any:
    """The same value, with the text wherever somebody could have written one.

    Values of the `kept` types stay. With `indexed`, an address that has no index gets one: it stands for no toggle
    of the plan any more.
    """
    match value:
        case Enum() | datetime():
            return value
        case _ if isinstance(value, kept):
            return value
        case str():
            return text
        case Address(kind, name, index):
            return Address(kind, name, text if indexed or index is not None else None)
        case StageName(rollout, _):
            return StageName(rollout, text)
        case Range():
            return replace(value, filename=text)
        case tuple():
            return tuple(poisoned(item, text, kept=kept, indexed=indexed) for item in value)
        case Mapping():
            return {name: poisoned(item, text, kept=kept, indexed=indexed) for name, item in value.items()}
        case _ if is_dataclass(value) and not isinstance(value, type):
            found = {each.name: getattr(value, each.name) for each in fields(value) if each.init}
            return replace(value, **{n: poisoned(item, text, kept=kept, indexed=indexed) for n, item in found.items()})
        case _:
            return value
