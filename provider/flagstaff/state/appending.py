"""Writing facts into a journal that others write, too: whoever was second writes behind the first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flagstaff.state.fact_codec import encode_fact
from flagstaff.state.facts import Fact
from flagstaff.state.journal import Entry, link
from flagstaff.state.lease import check_not_left
from flagstaff.state.store import StateConflict, StateStore


def append(
    store: StateStore, facts: Sequence[Fact], *, time: datetime, run: str, who: str, tries: int = 8
) -> tuple[Entry, ...]:
    """The entries, durably written behind whatever was last. It needs no lease, and the facts must not
    depend on what others write meanwhile. Raises `StateError`: a conflict only after so many tries, and
    where the state was moved away.
    """
    encoded = [encode_fact(fact) for fact in facts]
    while True:
        last = store.last()
        check_not_left(last)
        entries = link(last, encoded, time=time, run=run, who=who)
        try:
            store.append(entries, entries[0].previous)
        except StateConflict:
            tries -= 1
            if not tries:
                raise
        else:
            return entries
