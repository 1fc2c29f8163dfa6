"""Each numbered invariant is seen to be broken, alone and by name."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from flagstaff.addresses import Address
from flagstaff.model.exposure import Exposure
from flagstaff.model.live import Step
from flagstaff.model.recorded import Hold, ToggleRecord
from flagstaff.plan.plan import Action
from flagstaff.state.fact_codec import encode_fact
from flagstaff.state.facts import Imported, Intent, Outcome, Result
from flagstaff.state.invariants import check, verify
from flagstaff.state.journal import link
from flagstaff.state.recovery import fold
from flagstaff.state.state import State
from flagstaff.state.store import StateError

TIME = datetime(2026, 1, 27, 14, 3, 5, tzinfo=UTC)
NAIVE = datetime(2026, 1, 27, 14, 3, 5)  # noqa: DTZ001  # the naive time is the point
A, B, C = (Address("toggle", name) for name in "abc")
RECORD = ToggleRecord("a", Exposure(5000), TIME)
JOURNAL = link(
    None,
    [encode_fact(Imported(A, "a", Exposure(5000))), encode_fact(Imported(B, "b", Exposure(0)))],
    time=TIME,
    run="r",
    who="w",
)
GOOD = State("l", 1, journal_head=JOURNAL[0].hash, toggles={A: RECORD})


def found(state, entries=None):
    return [str(violation) for violation in verify(state, entries)]


def test_a_good_state_has_no_violations():
    assert found(GOOD) == []
    assert found(GOOD, JOURNAL) == []
    assert found(State("l"), ()) == []
    assert found(State("l"), JOURNAL) == []
    check(GOOD, "va.json")


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (replace(GOOD, lineage=""), "S1: The lineage is empty."),
        (replace(GOOD, serial=-1), "S2: The serial is -1."),
        (replace(GOOD, journal_head="abc"), 'S3: The journal\'s head "abc" is not a SHA-256.'),
        (
            replace(GOOD, toggles={Address("product", "sm"): RECORD}),
            "S4: product.sm is not the address of a toggle.",
        ),
        (
            replace(GOOD, holds={Address("product", "sm"): Hold("h", "", TIME, "")}),
            "S4: product.sm is not the address of a toggle.",
        ),
        (replace(GOOD, toggles={A: replace(RECORD, key="")}), "S5: toggle.a has no key."),
        (replace(GOOD, toggles={B: RECORD, A: RECORD}), 'S5: toggle.a and toggle.b both have the key "a".'),
        (
            replace(GOOD, toggles={A: replace(RECORD, last_write_at=NAIVE)}),
            "S6: toggle.a has the time 2026-01-27 14:03:05 without a time zone.",
        ),
        (
            replace(GOOD, holds={B: Hold("h", "", NAIVE, "")}),
            "S6: toggle.b has the time 2026-01-27 14:03:05 without a time zone.",
        ),
    ],
)
def test_a_state_that_breaks_one(state, expected):
    assert found(state) == [expected]


@pytest.mark.parametrize(
    ("state", "entries", "expected"),
    [
        (GOOD, JOURNAL[1:], ("J1: Journal, entry 2: entry 1 should stand here; entries were taken out, put in or "
         "reordered.")),
        (GOOD, (), f"J2: The journal has no entry with the hash {JOURNAL[0].hash}."),
        (replace(GOOD, toggles={}), JOURNAL, "J3: toggle.a is in the journal and not in the state."),
        (replace(GOOD, toggles={A: RECORD, C: replace(RECORD, key="c")}), JOURNAL,
         "J3: toggle.c is in the state and not in the journal."),
        (replace(GOOD, toggles={A: replace(RECORD, exposure=Exposure(6000))}), JOURNAL,
         'J3: toggle.a is "a" at 6 % in the state and "a" at 5 % in the journal.'),
        (replace(GOOD, toggles={A: replace(RECORD, key="x")}), JOURNAL,
         'J3: toggle.a is "x" at 5 % in the state and "a" at 5 % in the journal.'),
    ],
)  # fmt: skip
def test_a_state_and_journal_that_break_one(state, entries, expected):
    assert found(state, entries) == [expected]


def test_a_move_in_flight_is_no_violation_and_neither_is_what_was_settled_behind_it():
    """The head stands before the open move, while the state has the later result already."""
    to = Exposure(20_000)
    moves = [Intent(at, key, Action.RAISE, None, to, (Step(key, "set", 20, to),)) for at, key in ((A, "a"), (B, "b"))]
    facts = [*moves, Result(B, "b", Outcome.APPLIED, to)]
    more = link(JOURNAL[-1], map(encode_fact, facts), time=TIME, run="r", who="w")
    state = fold(State("l"), JOURNAL + more).state
    assert state.journal_head == JOURNAL[-1].hash
    assert state.toggles[B].exposure == to
    assert found(state, JOURNAL + more) == []


def test_an_entry_that_is_not_understood_is_a_violation():
    newer = link(None, [("rolled_back", {})], time=TIME, run="r", who="w")
    assert found(State("l"), newer) == [
        (
            'J3: Entry 1 (rolled_back): there is no kind of entry "rolled_back" in this version. It may come from a '
            "newer version of Flagstaff; use that one. Nothing was changed."
        )
    ]


def test_violations_name_what_they_are_about():
    (violation,) = verify(replace(GOOD, toggles={A: replace(RECORD, key="")}))
    assert (violation.number, violation.address) == ("S5", A)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (replace(GOOD, lineage=""), "va.json: S1: The lineage is empty."),
        (replace(GOOD, lineage="", serial=-1, journal_head="x"), "va.json: S1: The lineage is empty. (and 2 more)"),
    ],
)
def test_checking_stops_with_the_first_and_the_number_of_the_others(state, said):
    with pytest.raises(StateError) as raised:
        check(state, "va.json")
    assert raised.value.summary == "State breaks an invariant"
    assert raised.value.detail == (
        f"{said} The invariants are listed in the reference of the state. Nothing was changed."
    )
