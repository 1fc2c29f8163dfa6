"""Taking the journal into the state: what each kind of entry makes of a record, and what stays open."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from flagstaff.addresses import Address
from flagstaff.model.exposure import OFF, Exposure
from flagstaff.model.live import Step, Unrepresentable
from flagstaff.model.recorded import Hold, Standing, ToggleRecord
from flagstaff.plan.plan import Action
from flagstaff.state import invariants
from flagstaff.state.codec import encode_state
from flagstaff.state.fact_codec import encode_fact
from flagstaff.state.facts import (
    ApplyFinished,
    ApplyStarted,
    Imported,
    Intent,
    Migrated,
    Moved,
    Outcome,
    Pushed,
    Recovered,
    Removed,
    Result,
    Takeover,
    Trusted,
    Unlocked,
)
from flagstaff.state.journal import link
from flagstaff.state.recovery import Folded, fold, in_flight
from flagstaff.state.state import State
from flagstaff.state.store import LockInfo, StateError

TIME = datetime(2026, 1, 27, 14, 3, 5, tzinfo=UTC)
A, B, C, D = (Address("toggle", name) for name in "abcd")
FIVE, TEN, TWENTY = Exposure(5000), Exposure(10_000), Exposure(20_000)
BEFORE = ToggleRecord("a", FIVE, TIME - timedelta(days=1), "older")
STATE = State("6a1e", toggles={A: BEFORE})
GATES = {"percentage_of_actors": 5, "actors": ["tester"]}
# 5 % -> 10 % -> 20 %, in two steps.
RAISE = Intent(
    A, "a", Action.RAISE, FIVE, TWENTY, (Step("a", "set", 10, TEN), Step("a", "set", 20, TWENTY)), GATES, "change"
)
HOLDER = LockInfo("l", "apply", "jane", "build-7", 1, TIME, "0.1.0")


def entries(*facts, last=None, run="run-1"):
    return link(last, map(encode_fact, facts), time=TIME, run=run, who="jane")


def record(*facts, state=STATE):
    return fold(state, entries(*facts)).state.toggles.get(A)


@pytest.mark.parametrize("kind", [Result, Recovered])
def test_an_applied_move_is_recorded_with_its_change_and_time(kind):
    assert record(RAISE, kind(A, "a", Outcome.APPLIED, TWENTY)) == ToggleRecord("a", TWENTY, TIME, "change")


@pytest.mark.parametrize("kind", [Result, Recovered])
@pytest.mark.parametrize(
    ("read", "expected"),
    [
        (TEN, ToggleRecord("a", TEN, TIME, "change")),  # its own first step
        (TWENTY, ToggleRecord("a", TWENTY, TIME, "change")),  # written, though it failed later
        (FIVE, BEFORE),  # nothing was written
        (OFF, BEFORE),  # a hand: the record stays, so that planning sees drift, and a hold
        (Unrepresentable("an expression"), BEFORE),
        (None, BEFORE),  # gone, or not read
    ],
)
def test_what_a_failed_move_left_is_recorded_where_it_is_its_own(kind, read, expected):
    assert record(RAISE, kind(A, "a", Outcome.FAILED, read)) == expected


def test_a_first_step_that_leaves_what_was_there_is_not_told_from_nothing_written():
    slow = replace(RAISE, steps=(Step("a", "prepare", None, FIVE), *RAISE.steps))
    assert record(slow, Result(A, "a", Outcome.FAILED, FIVE)) == BEFORE


def test_a_created_toggle_is_known_as_ours_until_it_is_deleted():
    create = replace(RAISE, action=Action.CREATE, before=None)
    made = record(create, Result(A, "a", Outcome.APPLIED, TWENTY))
    assert made == ToggleRecord("a", TWENTY, TIME, "change", created=True)
    ours = State("l", toggles={A: made})
    assert record(RAISE, Result(A, "a", Outcome.APPLIED, TWENTY), state=ours).created
    assert record(Imported(A, "a", FIVE), state=ours).created
    assert not record(Imported(A, "other", FIVE), state=ours).created
    delete = replace(RAISE, action=Action.DELETE, before=OFF, after=None, steps=(Step("a", "delete", None, OFF),))
    assert record(delete, Result(A, "a", Outcome.APPLIED), state=ours) is None
    assert record(delete, Result(A, "a", Outcome.FAILED), state=ours) == made
    assert record(delete, Recovered(A, "a", Outcome.APPLIED), state=ours) is None


def test_an_intent_without_a_result_is_in_flight():
    written = entries(ApplyStarted("change", "production", {}), RAISE)
    folded = fold(STATE, written)
    assert folded.state == replace(STATE, journal_head=written[0].hash)
    assert folded.pending == written[1:]
    assert folded.last == written[1]
    assert folded.interrupted == ("run-1",)
    (move,) = folded.in_flight
    assert (move.address, move.intent, move.run, move.who, move.time, move.told) == (
        A,
        RAISE,
        "run-1",
        "jane",
        TIME,
        "",
    )
    assert in_flight(STATE, written) == (move,)


def test_an_unknown_outcome_leaves_it_in_flight_and_says_what_was_told():
    written = entries(RAISE, Result(A, "a", Outcome.UNKNOWN, None, "The connection was lost."), ApplyFinished({}))
    folded = fold(STATE, written)
    assert folded.in_flight[0].told == "The connection was lost."
    assert folded.state == STATE
    assert folded.interrupted == ()
    settled = entries(Recovered(A, "a", Outcome.APPLIED, TWENTY, "run-1"), last=folded.last, run="run-2")
    after = fold(folded.state, folded.pending + settled)
    assert after.in_flight == ()
    assert after.state.toggles[A].exposure == TWENTY
    assert after.state.journal_head == settled[-1].hash


def test_the_head_stands_before_the_first_move_in_flight_and_later_results_are_taken_in():
    other = replace(RAISE, address=B, key="b")
    written = entries(RAISE, other, Result(B, "b", Outcome.APPLIED, TWENTY))
    folded = fold(STATE, written)
    assert folded.state.journal_head == ""
    assert folded.state.toggles == {A: BEFORE, B: ToggleRecord("b", TWENTY, TIME, "change")}
    assert [move.address for move in folded.in_flight] == [A]
    assert fold(folded.state, written).state == folded.state


def test_moves_in_flight_are_told_in_the_order_of_the_journal():
    written = entries(replace(RAISE, address=B, key="b"), RAISE, replace(RAISE, address=C, key="c"))
    assert [move.address for move in in_flight(STATE, written)] == [B, A, C]


def test_a_failure_without_an_intent_tells_nothing():
    assert record(Result(A, "a", Outcome.FAILED, TWENTY)) == BEFORE


def test_a_new_intent_takes_the_place_of_the_open_one():
    second = replace(RAISE, before=TEN)
    written = entries(RAISE, second)
    assert [move.intent for move in in_flight(STATE, written)] == [second]
    assert fold(STATE, written).pending == written[1:]


def test_what_is_imported_or_forgotten_is_not_in_flight_any_more():
    since = TIME - timedelta(days=3)
    written = entries(RAISE, Imported(A, "a", TEN, since))
    assert fold(STATE, written).in_flight == ()
    assert fold(STATE, written).state.toggles == {A: ToggleRecord("a", TEN, since)}
    written = entries(RAISE, Removed(A, "a"))
    assert fold(STATE, written).in_flight == ()
    assert fold(STATE, written).state.toggles == {}
    assert fold(STATE, entries(Removed(B, "b"))).state.toggles == STATE.toggles


def test_a_record_moves_with_its_hold_and_its_open_move():
    hold = Hold("h", "errors", TIME, "joe")
    state = replace(STATE, holds={A: hold})
    folded = fold(state, entries(RAISE, Moved(A, B, "new key")))
    assert folded.state.toggles == {B: replace(BEFORE, key="new key")}
    assert folded.state.holds == {B: hold}
    assert [(move.address, move.intent.address) for move in folded.in_flight] == [(B, A)]


def test_what_went_down_with_a_toggle_is_released_with_it_by_its_new_name():
    cause, dependent, other = (
        Hold(name, "errors", TIME, "joe", of=of) for name, of in (("h", None), ("i", A), ("j", B))
    )
    records = {A: BEFORE, B: replace(BEFORE, key="b")}
    state = replace(STATE, toggles=records, holds={A: cause, C: dependent, D: other})
    moved = fold(state, entries(Moved(A, B, "a"))).state.holds
    assert {address: hold.of for address, hold in moved.items()} == {B: None, C: B, D: B}
    swapped = fold(state, entries(Moved(A, B, "a"), Moved(B, A, "b"), Takeover(HOLDER))).state.holds
    assert {address: hold.of for address, hold in swapped.items()} == {B: None, C: B, D: A}


def test_what_went_down_with_a_toggle_follows_its_key_to_another_block():
    state = replace(STATE, holds={A: Hold("h", "errors", TIME, "joe"), C: Hold("i", "errors", TIME, "joe", of=A)})
    holds = fold(state, entries(Imported(B, "a", FIVE))).state.holds
    assert {address: hold.of for address, hold in holds.items()} == {B: None, C: B}


def test_a_hold_stays_where_a_toggle_was_forgotten_and_another_comes():
    hold = Hold("h", "errors", TIME, "joe")
    state = replace(STATE, holds={B: hold})
    folded = fold(state, entries(Moved(A, B, "a")))
    assert folded.state.holds == {B: hold}
    assert fold(state, entries(Removed(B, "b"))).state.holds == {B: hold}


def test_moves_of_one_run_are_made_at_once_and_those_of_two_one_after_the_other():
    state = replace(STATE, toggles={A: BEFORE, B: replace(BEFORE, key="b")})
    swapped = fold(state, entries(Moved(A, B, "a"), Moved(B, A, "b"))).state.toggles
    assert {address: item.key for address, item in swapped.items()} == {A: "b", B: "a"}
    first = entries(Moved(A, B, "a"))
    second = entries(Moved(B, C, "a"), last=first[-1], run="run-2")
    assert fold(STATE, first + second).state.toggles == {C: BEFORE}
    assert fold(state, first + second).state.toggles == {C: BEFORE}
    between = entries(Moved(A, B, "a"), Takeover(HOLDER), Moved(B, C, "a"))
    assert fold(STATE, between).state.toggles == {C: BEFORE}


def test_a_live_toggle_has_one_record():
    """A block was renamed without `moved`, and only the new one was targeted."""
    hold = Hold("h", "errors", TIME, "joe")
    state = replace(STATE, toggles={A: replace(BEFORE, created=True)}, holds={A: hold})
    renamed = replace(RAISE, address=B)
    folded = fold(state, entries(renamed, Result(B, "a", Outcome.APPLIED, TWENTY))).state
    assert folded.toggles == {B: ToggleRecord("a", TWENTY, TIME, "change", created=True)}
    assert folded.holds == {B: hold}
    assert fold(replace(state, holds={}), entries(Imported(B, "a", FIVE))).state.holds == {}


def test_moving_what_is_not_there_does_nothing():
    assert fold(STATE, entries(Moved(B, C, "b"))).state.toggles == STATE.toggles


def test_leases_change_no_record():
    written = entries(Takeover(HOLDER), Unlocked(HOLDER))
    assert fold(STATE, written).state == replace(STATE, journal_head=written[-1].hash)


def test_nothing_to_take_in():
    assert fold(STATE, ()) == Folded(STATE, (), (), (), None)


def test_entries_that_do_not_start_at_the_head_are_refused():
    written = entries(Removed(A, "a"), Removed(B, "b"))
    with pytest.raises(StateError) as raised:
        fold(STATE, written[1:])
    assert raised.value.summary == "Journal is damaged"
    assert raised.value.detail == (
        "Journal, entry 2: entry 1 should stand here; entries were taken out, put in or reordered. Nothing was "
        "changed. `flagstaff journal verify` lists every flaw; restore the journal from a copy before going on."
    )
    with pytest.raises(StateError, match="entry 2: it does not carry the hash of the entry before"):
        fold(replace(STATE, journal_head="f" * 64), written[1:])
    assert fold(replace(STATE, journal_head=written[0].hash), written[1:]).last == written[1]


def test_a_rewritten_entry_is_not_taken_in():
    written = entries(RAISE, Result(A, "a", Outcome.APPLIED, TWENTY))
    forged = replace(written[1], data={**written[1].data, "exposure": "10"})
    with pytest.raises(StateError, match="entry 2: its content does not match its hash; it was rewritten"):
        fold(STATE, (written[0], forged))


def test_an_entry_of_a_newer_version_is_not_passed_over():
    written = link(None, [("rolled_back", {})], time=TIME, run="r", who="w")
    with pytest.raises(StateError) as raised:
        fold(STATE, written)
    assert raised.value.summary == "Journal entry is not understood"
    assert raised.value.detail == (
        'Entry 1 (rolled_back): there is no kind of entry "rolled_back" in this version. It may come from a newer '
        "version of Flagstaff; use that one. Nothing was changed."
    )


def test_guards_that_a_person_trusted_are_the_states():
    guards = {"roles": {}, "policy": {"max_raise": 50}}
    assert fold(STATE, entries(Trusted(guards))).state.guards == guards
    kept = replace(STATE, guards={"policy": {}})
    assert fold(kept, entries(Imported(A, "a", FIVE))).state.guards == {"policy": {}}


def test_a_pushed_state_is_the_state_but_for_lineage_and_serial():
    pushed = State(
        "other", 9, environment="staging", applied={"policy": {}}, guards={"roles": {}},
        toggles={B: ToggleRecord("b", TWENTY)}, holds={B: Hold("h", "why", TIME, "ann")},
    )  # fmt: skip
    written = entries(Imported(A, "a", FIVE), Pushed(9, 4, encode_state(pushed)))
    expected = replace(pushed, lineage=STATE.lineage, serial=STATE.serial, journal_head=written[-1].hash)
    assert fold(STATE, written).state == expected
    # Taken in once more, it makes no difference; what comes behind it does.
    assert fold(replace(expected, journal_head=""), written).state == expected
    more = (*written, *entries(Removed(B, "b"), last=written[-1]))
    assert fold(STATE, more).state.toggles == {}
    assert fold(State("6a1e"), written).in_flight == ()
    assert invariants.verify(expected, written) == ()


def test_a_key_that_a_pushed_state_moved_has_one_record():
    """The next import of that key finds the new owner."""
    pushed = State("6a1e", 9, toggles={B: ToggleRecord("a", TWENTY)})
    written = entries(Pushed(9, 0, encode_state(pushed)), Imported(A, "a", FIVE))
    assert fold(STATE, written).state.toggles == {A: ToggleRecord("a", FIVE)}


def test_a_state_that_went_elsewhere_tells_of_no_toggle():
    assert record(Migrated("local a", "local b"), Migrated("local a", "local b", arrived=True)) == BEFORE


def test_a_record_keeps_what_was_read_when_it_was_verified():
    seen = Standing({"percentage_of_actors": "20"}, 2)
    for kind in (Result, Recovered):
        made = record(RAISE, kind(A, "a", Outcome.APPLIED, TWENTY, standing=seen))
        assert made == ToggleRecord("a", TWENTY, TIME, "change", standing=seen)
    assert record(Imported(A, "a", FIVE, standing=seen)) == ToggleRecord("a", FIVE, standing=seen)
