"""Confirming, as values: what is true of a move, given what was read and what is recorded."""

from dataclasses import replace

import pytest

from flagstaff.apply.confirming import Evidence, EvidenceReader, Verdict, verify
from flagstaff.model.exposure import Exposure
from flagstaff.model.recorded import Hold
from flagstaff.plan.plan import Action, RecordChange
from flagstaff.providers.flipper.dialect import FlipperDialect
from flagstaff.providers.protocols import StoreError
from flagstaff.testing.building import NOW, address, desired, plan, raw, recorded, snapshot, toggle

DIALECT = FlipperDialect()
CONFIG = desired(toggle("a", "5"))
RECORD = recorded(CONFIG, a="0")
A = address("a")


def evidence(whole=True, **toggles):
    found = {f"{name}_enabled": raw(value) if isinstance(value, str) else value for name, value in toggles.items()}
    return Evidence(found, NOW, "the export", whole)


def made():
    return plan(CONFIG, snapshot(a="0"), RECORD)


def deleting():
    """The same plan, but its one move deletes."""
    core = made().core
    gone = replace(core.moves[0], action=Action.DELETE, after=None)
    return replace(made(), core=replace(core, moves=(gone,)))


def verdict(proof, record=RECORD, of=None):
    [one] = verify(of or made(), proof, DIALECT, record)
    return one.verdict


@pytest.mark.parametrize(
    ("live", "wanted"),
    [("5", Verdict.CONFIRMED), ("0", Verdict.OPEN), ("6", Verdict.DRIFT), ("on", Verdict.DRIFT), (None, Verdict.DRIFT)],
)
def test_what_was_read_decides(live, wanted):
    assert verdict(evidence(a=live)) is wanted


def test_a_toggle_of_which_nothing_is_known():
    assert verdict(evidence(whole=False)) is Verdict.UNSEEN
    assert verdict(evidence(whole=True)) is Verdict.DRIFT


def test_what_was_recorded_since_the_plan():
    again = replace(RECORD.toggles[A], exposure=Exposure(5000), change="c")
    assert verdict(evidence(a="5"), replace(RECORD, toggles={A: again})) is Verdict.RECORDED
    assert verdict(evidence(a="5"), replace(RECORD, toggles={A: replace(again, key="b")})) is Verdict.OVERTAKEN
    assert verdict(evidence(a="5"), replace(RECORD, toggles={})) is Verdict.OVERTAKEN
    held = replace(RECORD, holds={A: Hold("h1", "rollback", NOW, "ben")})
    assert verdict(evidence(a="5"), held) is Verdict.OVERTAKEN


def test_a_record_that_is_as_planned_already_is_confirmed_all_the_same():
    """Recorded at 5 %, turned down by hand, and put back: the live toggle is what the plan was about."""
    record = recorded(CONFIG, a="5")
    planned = made().core.preconditions[0]
    of = replace(made(), core=replace(made().core, preconditions=(replace(planned, recorded=record.toggles[A]),)))
    assert verdict(evidence(a="5"), record, of) is Verdict.CONFIRMED


def test_a_toggle_with_a_new_address_may_be_recorded_under_the_old_one():
    old = replace(RECORD, toggles={address("old"): RECORD.toggles[A]})
    moved = RecordChange(A, "a_enabled", Action.MOVE, moved_from=address("old"))
    of = replace(made(), core=replace(made().core, records=(moved,)))
    assert verdict(evidence(a="5"), old, of) is Verdict.CONFIRMED


def test_a_toggle_that_was_to_go():
    assert verdict(evidence(a="0"), of=deleting()) is Verdict.OPEN
    assert verdict(evidence(), of=deleting()) is Verdict.CONFIRMED
    assert verdict(evidence(), replace(RECORD, toggles={}), deleting()) is Verdict.RECORDED


def test_evidence_is_read_as_a_store_is():
    whole = EvidenceReader(evidence(a="5", b=None), NOW)
    assert list(whole.read().toggles) == ["a_enabled"]
    assert list(whole.read(["a_enabled", "b_enabled", "c_enabled"]).toggles) == ["a_enabled"]
    assert whole.read().taken_at == NOW
    part = EvidenceReader(evidence(whole=False, a="5", b=None), NOW)
    assert list(part.read(["a_enabled", "b_enabled"]).toggles) == ["a_enabled"]
    with pytest.raises(StoreError, match="says nothing of c_enabled"):
        part.read(["c_enabled"])


def test_how_a_toggle_stands_counts_actors_that_are_not_named():
    told = replace(evidence(a=raw("5", groups=["staff"])), actors={"a_enabled": 3})
    standing = told.standing("a_enabled", DIALECT)
    assert standing is not None
    assert (standing.testers, standing.gates["percentage_of_actors"]) == (4, "5")
    assert evidence(a=raw("5", "ann")).standing("a_enabled", DIALECT).testers == 1
    assert evidence().standing("a_enabled", DIALECT) is None
