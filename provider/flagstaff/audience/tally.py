"""A tally: the counts of an analysis, added up chunk by chunk."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flagstaff.audience.buckets import Mask
from flagstaff.audience.cohorts import Cohorts, Key, Value
from flagstaff.audience.results import Share, Spread


class Tally:
    """Counts by key. A key whose value nobody could say of some chunk has no share: the others are not everybody."""

    def __init__(self) -> None:
        self._counts: dict[Key, int] = {}
        self._rows: dict[Key, NDArray[np.int64]] = {}
        self._rough: set[Key] = set()
        self._unknown: set[Key] = set()

    def add(self, key: Key, value: Value, cohorts: Cohorts, within: Mask | None = None) -> None:
        """Count those for whom the value holds, of the people `within`."""
        if value is None:
            self._unknown.add(key)
            return
        if not isinstance(value, bool):
            self._rough.add(key)
        elif within is not None:
            value = within & value
        if isinstance(value, bool):
            number = cohorts.size if value else 0
        else:
            number = int(np.count_nonzero(value if within is None else value & within))
        self._counts[key] = self._counts.get(key, 0) + number

    def add_row(self, key: Key, row: NDArray[np.int64], *, exact: bool) -> None:
        """Add up rows of one length."""
        self._rows[key] = self._rows[key] + row if key in self._rows else row
        if not exact:
            self._rough.add(key)

    def spread(self, key: Key, people: int | None) -> Spread | None:
        row = self._rows.get(key)
        return None if row is None else Spread(tuple(row.tolist()), people, key not in self._rough)

    def total(self, key: Key) -> int:
        """The count of something that is always known; 0 where it was never counted."""
        return self._counts.get(key, 0)

    def share(self, key: Key, of: int, people: int | None) -> Share | None:
        count = None if key in self._unknown else self._counts.get(key)
        return None if count is None else Share(count, of, people, key not in self._rough)
