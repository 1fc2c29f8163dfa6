"""What a value that was read says of a move."""

from __future__ import annotations

import pytest

from flagstaff.apply.events import Ended
from flagstaff.apply.verify import Seen, seen, settle
from flagstaff.apply.writing import Attempt
from flagstaff.model.exposure import Exposure
from flagstaff.model.live import Step, Unrepresentable
from flagstaff.plan.plan import Action, Move
from flagstaff.testing import building as b


def at(text):
    return None if text is None else Exposure.parse(text)


def move(before, after, *leaves):
    steps = tuple(Step("a_enabled", "set", leave, at(leave)) for leave in leaves)
    return Move(b.address("a"), "a_enabled", Action.RAISE, at(before), at(after), steps, {})


@pytest.mark.parametrize(
    ("before", "after", "leaves", "live", "steps", "expected"),
    [
        ("5", "20", ["20"], "20", None, Seen.AFTER),
        ("5", "20", ["20"], "5", None, Seen.BEFORE),
        ("5", "20", ["20"], "7", None, Seen.OTHER),
        ("5", "20", ["20"], None, None, Seen.OTHER),
        ("on", "20", ["0", "20"], "0", None, Seen.BETWEEN),
        ("on", "20", ["0", "20"], "0", 1, Seen.BETWEEN),
        ("on", "20", ["0", "20"], "0", 0, Seen.OTHER),
        ("0", None, ["0"], None, None, Seen.AFTER),
        ("0", None, ["0"], "0", None, Seen.BEFORE),
        (None, "5", ["0", "5"], None, None, Seen.BEFORE),
        (None, "5", ["0", "5"], "0", None, Seen.BETWEEN),
    ],
)
def test_where_a_toggle_stands(before, after, leaves, live, steps, expected):
    assert seen(move(before, after, *leaves), at(live), steps) is expected


def test_a_time_gate_is_neither():
    assert seen(move("5", "20", "20"), Unrepresentable("time gate")) is Seen.OTHER


OVERRULED = (
    "The store answered that it was at 20 % after the write: somebody else set it since, or what is read comes out of "
    "a cache."
)


@pytest.mark.parametrize(
    ("attempt", "live", "ended", "ours", "detail"),
    [
        (Attempt(1), "20", Ended.APPLIED, True, ""),
        (Attempt(1, "Lost", unknown=True), "20", Ended.APPLIED, True, ""),
        (Attempt(0, "Refused."), "20", Ended.FAILED, False, "Refused. It is at 20 % now."),
        (Attempt(0, "Refused"), "5", Ended.FAILED, False, "Refused. It is at 5 % now."),
        (Attempt(1), "5", Ended.FAILED, False, f"{OVERRULED} It is at 5 % now."),
        (Attempt(1), "on", Ended.UNKNOWN, False, f"{OVERRULED} It is on now, neither at 5 % as before nor at 20 %."),
        (
            Attempt(0, "Changed", conflict=True),
            "7",
            Ended.FAILED,
            False,
            "toggle.a (a_enabled) was at 5 % when the plan was made and is at 7 % now.",
        ),
        (
            Attempt(0, "Changed", conflict=True),
            "5",
            Ended.FAILED,
            False,
            "toggle.a (a_enabled) was at 5 % when the plan was made and is at 5 %, by other settings now.",
        ),
    ],
)
def test_how_a_move_ended(attempt, live, ended, ours, detail):
    settled = settle(move("5", "20", "20"), attempt, at(live))
    assert (settled.ended, settled.ours, settled.detail) == (ended, ours, detail)


def test_a_move_done_in_part_is_ours():
    settled = settle(move("on", "20", "0", "20"), Attempt(1, "Refused"), at("0"))
    assert (settled.ended, settled.ours, settled.shakes) == (Ended.FAILED, True, True)
    assert settled.detail == "Refused. It is at 0 % now. The move is done in part."
