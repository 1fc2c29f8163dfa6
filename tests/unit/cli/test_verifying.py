"""The journal is checked as far as it can be read, and what the state took from it must be in it."""

from datetime import UTC, datetime, timedelta

import pytest

from flagstaff.addresses import Address
from flagstaff.cli.verifying import verified
from flagstaff.model.evidence import Answer, Approval, Decision, Verdict
from flagstaff.state.fact_codec import encode_fact
from flagstaff.state.facts import Answered, Approved, Pushed, Removed
from flagstaff.state.journal import link
from flagstaff.state.local import LocalStore
from flagstaff.state.state import State

NOW = datetime(2026, 2, 3, 19, tzinfo=UTC)
GO = Approval("c" * 64, Address("role", "po"), Decision.GO, "po@example.gov", NOW, NOW + timedelta(hours=72))
ANSWER = Answer(Address("monitor", "board"), Verdict.PASS, "ann", NOW, NOW + timedelta(hours=4))
REMOVED = Removed(Address("toggle", "a"), "ka")


@pytest.fixture
def store(tmp_path):
    return LocalStore(tmp_path / "state.json")


def write(store, *facts):
    entries = link(None, map(encode_fact, facts), time=NOW, run="run", who="jane@host")
    store.append(entries, "")
    state = State("lineage", 1, journal_head=entries[-1].hash, approvals=(GO,), answers={ANSWER.subject: ANSWER})
    store.save(state, "")
    return entries


def details(store):
    return [found.detail for found in verified(store).found]


def test_what_the_state_knows_is_in_the_journal(store):
    write(store, Approved(GO), Answered(ANSWER))
    assert verified(store).entries == 2
    assert details(store) == []


def test_a_decision_that_no_entry_tells(store):
    """As after a rewrite of everything, the state's head included."""
    write(store, REMOVED)
    told = ", which no entry of the journal tells; the journal was rewritten."
    assert details(store) == [
        f"The state has a go of po@example.gov for role.po on change cccccccc{told}",
        f"The state has an answer of ann to monitor.board{told}",
    ]


def test_a_state_that_was_pushed_may_have_decisions_from_elsewhere(store):
    write(store, REMOVED, Pushed(1, None, "{}"))
    assert details(store) == []


def test_a_journal_without_a_state(store):
    store.append(link(None, [encode_fact(REMOVED)], time=NOW, run="run", who="jane@host"), "")
    assert (verified(store).entries, details(store)) == (1, [])
