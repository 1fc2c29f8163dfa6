"""Appending without a lease: whoever was second writes behind the first, and gives up in the end."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from flagstaff.addresses import Address
from flagstaff.state.appending import append
from flagstaff.state.facts import Removed
from flagstaff.state.store import StateConflict
from flagstaff.testing.applying import MemoryState

NOW = datetime(2026, 1, 27, 14, 0, tzinfo=UTC)
FACTS = [Removed(Address("toggle", "a"), "a"), Removed(Address("toggle", "b"), "b")]


def tell(store: MemoryState, who: str = "ann", **fields):
    return append(store, FACTS, time=NOW, run=f"run of {who}", who=who, **fields)


def test_facts_are_chained_behind_the_last():
    store = MemoryState()
    first, second = tell(store), tell(store, "bob")
    assert store.journal == [*first, *second]
    assert [entry.sequence for entry in store.journal] == [1, 2, 3, 4]
    assert second[0].previous == first[1].hash
    assert {(entry.who, entry.run, entry.time) for entry in second} == {("bob", "run of bob", NOW)}


def test_who_is_second_writes_behind_the_first():
    store = MemoryState()
    others = iter(["bob", "carol"])

    def hook(word: str) -> None:
        if word == "append" and (other := next(others, None)):
            store.hook = lambda _: None
            tell(store, other)
            store.hook = hook

    store.hook = hook
    tell(store)
    assert [entry.who for entry in store.journal[::2]] == ["bob", "carol", "ann"]


def test_a_store_that_never_takes_it_is_left_alone():
    store = MemoryState()
    asked = []

    def refuse(word: str) -> None:
        asked.append(word)
        raise StateConflict("State was changed by somebody else", "Again.")

    store.hook = refuse
    with pytest.raises(StateConflict):
        tell(store, tries=3)
    assert asked == ["append"] * 3
    assert store.journal == []
