"""Which decisions a state keeps: none of them is verified here, so none may push another one out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from flagstaff.addresses import Address
from flagstaff.model.evidence import Approval, Decision
from flagstaff.state.appending import append
from flagstaff.state.facts import Approved
from flagstaff.state.recovery import fold
from flagstaff.state.state import State
from flagstaff.testing.applying import MemoryState

NOW = datetime(2026, 1, 27, 14, 0, tzinfo=UTC)
GO = Approval("c", Address("role", "po"), Decision.GO, "po", NOW, NOW + timedelta(hours=1), signature="1")
NO_GO = replace(GO, decision=Decision.NO_GO, signature="2")


def kept(*told: tuple[Approval, int]) -> tuple[Approval, ...]:
    """Of decisions that were written after so many minutes."""
    store = MemoryState()
    for approval, minutes in told:
        append(store, [Approved(approval)], time=NOW + timedelta(minutes=minutes), run="r", who="ann")
    return fold(State("lineage"), store.entries()).state.approvals


def test_a_later_one_in_the_same_name_takes_nothing_away():
    forged = replace(GO, signature="3")
    assert kept((NO_GO, 0), (forged, 1)) == (NO_GO, forged)
    assert kept((GO, 0), (NO_GO, 1)) == (GO, NO_GO)


def test_the_same_one_again_is_one():
    assert kept((GO, 0), (GO, 1)) == (GO,)


def test_what_has_expired_goes_but_for_a_no_go():
    other = replace(GO, principal="qa", expires=NOW + timedelta(hours=9))
    assert kept((GO, 0), (NO_GO, 1), (other, 60)) == (NO_GO, other)
