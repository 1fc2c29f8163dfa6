"""A pulled state: what can be read of it, and that nothing can be written."""

from __future__ import annotations

import pytest

from flagstaff.state.codec import encode_state
from flagstaff.state.pulled import PulledState
from flagstaff.state.state import State
from flagstaff.state.store import StateError

STATE = State(lineage="one", serial=3, journal_head="a" * 64)


def test_it_tells_what_was_pulled():
    store = PulledState.read(encode_state(STATE), "copy.json")
    assert store.load() == (STATE, "pulled")
    assert store.head() == STATE.journal_head
    assert list(store.entries(STATE.journal_head)) == []
    assert store.last() is None
    assert store.holder() is None


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("save", (STATE, "pulled")),
        ("append", ((), "")),
        ("acquire", (None,)),
        ("break_lease", ()),
        ("request_stop", ("x",)),
    ],
)
def test_it_can_not_be_written(name, arguments):
    with pytest.raises(StateError, match="State is a copy"):
        getattr(PulledState(STATE), name)(*arguments)


@pytest.mark.parametrize("text", ["", "{}", encode_state(State(lineage=""))])
def test_what_is_no_state_is_refused(text):
    with pytest.raises(StateError, match=r"copy\.json"):
        PulledState.read(text, "copy.json")
