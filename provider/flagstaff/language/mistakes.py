"""A mistake in a text: what the mask, the grammar and the lowering find, before it is a diagnostic."""

from __future__ import annotations

from dataclasses import dataclass

from flagstaff.diagnostics import Diagnostics, Related
from flagstaff.language.source import Source


@dataclass(frozen=True, slots=True)
class Mistake:
    """`related` holds start, end and message of other places that explain it."""

    start: int
    end: int
    summary: str
    detail: str
    label: str = ""
    related: tuple[tuple[int, int, str], ...] = ()

    def report(self, source: Source, context: str, diagnostics: Diagnostics) -> None:
        diagnostics.error(
            self.summary,
            self.detail,
            source.range(self.start, self.end),
            label=self.label,
            context=context,
            related=tuple(Related(source.range(start, end), message) for start, end, message in self.related),
        )
