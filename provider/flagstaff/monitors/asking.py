"""What the sources have in common: one query or two, and the placeholder for the window. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Self

from flagstaff.monitors.protocols import PLACEHOLDER, Counted, Measurement, Trouble, Valued

# Labels and texts, in which a slash divides nothing.
_QUOTED: Final = re.compile(r"""\{[^}]*\}|"[^"]*"|'[^']*'""")
_ADDING: Final = re.compile(r"\b(?:increase|delta|changes|resets|(?:count|sum)_over_time)\s*\(")


def adds_up(kind: str, query: str) -> bool:
    """Whether one query alone gives more over a longer window: it counts, and is divided by nothing."""
    bare = _QUOTED.sub("", query)
    if "/" in bare or "histogram_quantile" in bare:
        return False
    return ".as_count()" in bare if kind == "datadog" else kind == "prometheus" and _ADDING.search(bare) is not None


@dataclass(frozen=True, slots=True)
class Queries:
    """`value`, or `numerator` and `denominator`; the others are empty."""

    value: str = ""
    numerator: str = ""
    denominator: str = ""

    @classmethod
    def of(cls, settings: Mapping[str, Any], value: str = "query") -> Self:
        """`value` is the name of the attribute for one query alone."""
        return cls(*(str(settings.get(name) or "") for name in (value, "numerator", "denominator")))

    def within(self, window: str) -> Queries:
        """With the window in its place."""
        return Queries(*(text.replace(PLACEHOLDER, window) for text in (self.value, self.numerator, self.denominator)))

    @property
    def shown(self) -> str:
        """As a reading keeps it."""
        return self.value or f"{self.numerator} / {self.denominator}"

    def measured(self, one: Callable[[str], Decimal | Trouble]) -> Measurement:
        """Ask by `one`, once or twice, and put the answers together."""
        if self.value:
            value = one(self.value)
            return self.trouble(value, "") if isinstance(value, Trouble) else Valued(value, self.shown)
        samples = one(self.denominator)
        if isinstance(samples, Trouble):
            return self.trouble(samples, "The denominator: ")
        numerator = one(self.numerator)
        if isinstance(numerator, Trouble):
            return self.trouble(numerator, "The numerator: ")
        return Counted(numerator, samples, self.shown)

    def trouble(self, found: Trouble, which: str) -> Trouble:
        return Trouble(which + found.reason, self.shown)


def as_number(value: object) -> Decimal | None:
    """A number of JSON, whole or not; None: it is none."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    return Decimal(value)
