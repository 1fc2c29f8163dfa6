"""The columns of a population's table: which hold ids, segments and the users of products."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from flagstaff.audience.buckets import Id, Mask
from flagstaff.audience.population import Chunk
from flagstaff.diagnostics import did_you_mean

_ID: Final = "id"
_SEGMENT: Final = "segment"


class PopulationError(Exception):
    """A population can't be read. `summary` is fixed text, `detail` says what to do; neither tells an id."""

    def __init__(self, summary: str, detail: str) -> None:
        super().__init__(f"{summary}: {detail}")
        self.summary = summary
        self.detail = detail


def not_utf8(shown: str, place: str) -> PopulationError:
    return PopulationError("Population is not UTF-8", f"{shown} is not UTF-8 {place}. Convert it, then try again.")


@dataclass(frozen=True, slots=True)
class Layout:
    """`ids`: the column of each kind, the default first. `segment` and `products`: columns that are there."""

    ids: Mapping[str, str]
    segment: str | None
    products: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        segment = () if self.segment is None else (self.segment,)
        return tuple(dict.fromkeys((*self.ids.values(), *segment, *self.products)))


def lay_out(shown: str, header: Sequence[str], ids: Mapping[str, str] | None, products: Collection[str]) -> Layout:
    """Raises `PopulationError` where a column is missing, or where nobody says which one holds the ids."""
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise PopulationError("Duplicate column", f'{shown} has more than one column "{twice[0]}".')
    if ids is None:
        ids = {"": _ID if _ID in header or len(header) != 1 else header[0]}
    for name in ids.values():
        if name not in header:
            raise PopulationError(
                "Unknown column",
                f'{shown} has no column "{name}" with ids.{did_you_mean(name, header)} '
                f"It has {', '.join(header) or 'no columns'}.",
            )
    segment = _SEGMENT if _SEGMENT in header else None
    return Layout(ids, segment, tuple(name for name in header if name in products))


def gather(
    ids: Mapping[str, Sequence[Id]], segments: Sequence[str] | None, products: Mapping[str, Mask]
) -> Chunk | None:
    """Rows to people: those without any id are nobody's. None where nobody is left."""
    columns = list(ids.values())
    if not all(None in column for column in columns):
        return Chunk(len(columns[0]), ids, segments, products)
    kept = [row for row, values in enumerate(zip(*columns, strict=True)) if any(value is not None for value in values)]
    if not kept:
        return None
    return Chunk(
        len(kept),
        {kind: [column[row] for row in kept] for kind, column in ids.items()},
        None if segments is None else [segments[row] for row in kept],
        {name: mask[np.array(kept)] for name, mask in products.items()},
    )
