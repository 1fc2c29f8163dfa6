"""The corners of the human plan that the golden files do not reach."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flagstaff.addresses import Address
from flagstaff.diagnostics import Position, Range
from flagstaff.model.evidence import Verdict
from flagstaff.model.live import Unrepresentable
from flagstaff.plan.check import Check, CheckName
from flagstaff.plan.plan import Action, Change, Drift, DriftKind, RecordChange, Status
from flagstaff.views.look import Look
from flagstaff.views.plan_human import plan_page

WIDE = Look(100)


def lines(view, look=WIDE) -> list[str]:
    return plan_page(view, look).text.splitlines()


def stopped(samples, action, status=Status.BLOCKED, verdict=Verdict.FAIL, before=None, **more) -> Change:
    check = Check(CheckName.DELETION, verdict, "Stopped", "", **more)
    return Change(samples.toggle("x"), "x", action, status, before, None, checks=(check,))


@pytest.mark.parametrize(
    ("action", "blocked", "waits"),
    [
        (Action.CREATE, "toggle.x is not created", "toggle.x waits to be created"),
        (Action.DELETE, "toggle.x is not deleted", "toggle.x waits to be deleted"),
        (Action.ADOPT, "toggle.x is not adopted", "toggle.x waits to be adopted"),
        (Action.FORGET, "toggle.x is not forgotten", "toggle.x waits to be forgotten"),
        (Action.RAISE, "toggle.x is not raised", "toggle.x waits"),
    ],
)
def test_every_action_that_does_not_go_is_named(samples, action, blocked, waits):
    found = lines(samples.view(samples.plan(changes=[stopped(samples, action)])))
    assert f"✗ Stopped: {blocked}" in found
    change = stopped(samples, action, Status.PENDING, Verdict.PENDING)
    assert f"? Stopped: {waits}" in lines(samples.view(samples.plan(changes=[change])))


@pytest.mark.parametrize(
    ("actions", "text"),
    [
        ([Action.LOWER], "✗ 1 lower is blocked; nothing else would change."),
        ([Action.RAISE, Action.SWITCH_ON], "✗ 2 raises are blocked; nothing else would change."),
        ([Action.LOWER, Action.DELETE], "✗ 2 changes are blocked; nothing else would change."),
    ],
)
def test_the_verdict_counts(samples, actions, text):
    changes = [
        replace(stopped(samples, action), address=samples.toggle(f"x{number}")) for number, action in enumerate(actions)
    ]
    assert lines(samples.view(samples.plan(changes=changes)))[0] == text


def test_only_waiting_is_no_block(samples):
    moves = samples.canary_moves()[:1]
    waiting = stopped(samples, Action.RAISE, Status.PENDING, Verdict.PENDING, samples.OFF)
    found = lines(samples.view(samples.plan(moves, [samples.change_of(moves[0]), waiting])))
    assert found[0] == "? 1 raise waits for a person; 1 other change can be applied."


def test_a_second_check_says_too_and_inconclusive_is_said(samples):
    change = stopped(samples, Action.RAISE, before=samples.OFF)
    more = replace(change.checks[0], summary="Too little data", verdict=Verdict.INCONCLUSIVE)
    passed = replace(more, summary="Fine", verdict=Verdict.PASS)
    change = replace(change, checks=(*change.checks, passed, more), notes=("a note",))
    text = "\n".join(lines(samples.view(samples.plan(changes=[change]))))
    assert "✗ Stopped: toggle.x stays at 0 %" in text
    assert "? Too little data (inconclusive): toggle.x, too" in text
    assert "Fine" not in text
    assert "  a note" in text


def test_a_place_without_its_source_is_named(samples):
    at = Range("gone.hcl", Position(3, 1, 9), Position(3, 2, 10))
    change = stopped(samples, Action.RAISE, range=at, label="here", ways_out=("wait",))
    found = lines(samples.view(samples.plan(changes=[change])))
    assert "    gone.hcl:3: here" in found
    assert "  Way out" in found


def test_many_that_stop_for_different_reasons_are_explained_each(samples):
    changes = [replace(stopped(samples, Action.RAISE), address=samples.toggle(f"x{number}")) for number in range(5)]
    changes = [
        replace(change, checks=(replace(change.checks[0], detail=f"reason {number}"),))
        for number, change in enumerate(changes)
    ]
    text = "\n".join(lines(samples.view(samples.plan(changes=changes))))
    assert all(f"reason {number}" in text for number in range(5))


def test_monitors_of_a_kind_each_say_why(samples):
    change = stopped(samples, Action.RAISE)
    checks = []
    for number in range(5):
        of = Address("monitor", f"m{number}")
        detail = f'Stage "c" waits for {of}. Server {number} is down.'
        made = replace(change.checks[0], name=CheckName.MONITOR, verdict=Verdict.INCONCLUSIVE, of=of, label="")
        checks.append(replace(made, summary="Monitor is inconclusive", detail=detail))
    text = "\n".join(lines(samples.view(samples.plan(changes=[replace(change, checks=tuple(checks))]))))
    assert "? Monitor is inconclusive (5): toggle." in text
    assert all(
        f'    - Stage "c" waits for monitor.m{number}. Server {number} is down.\n' in text for number in range(5)
    )


def test_testers_are_never_summed(samples):
    first, second, third = samples.canary_moves()
    changes = [samples.change_of(first, testers=2), samples.change_of(second, testers=5), samples.change_of(third)]
    found = lines(samples.view(samples.plan((first, second, third), changes)))
    assert "    trusted testers stay as they are: toggle.allergies (2), toggle.care_notes (5)" in found
    changes[1] = samples.change_of(second, testers=2)
    found = lines(samples.view(samples.plan((first, second, third), changes)))
    assert "    each of toggle.allergies, toggle.care_notes keeps its 2 trusted testers" in found
    found = lines(samples.view(samples.plan((first,), [samples.change_of(first, testers=1)])))
    assert "    1 trusted tester stays as it is" in found


def test_many_records_alike_share_a_line(samples):
    records = [
        RecordChange(samples.toggle("n", number), f"n{number}", Action.ADOPT, samples.FIVE) for number in range(20)
    ]
    changes = [
        Change(record.address, record.key, Action.ADOPT, Status.ALLOWED, samples.FIVE, samples.FIVE, notes=("seen",))
        for record in records
    ]
    found = lines(samples.view(samples.plan(changes=changes, records=records)))
    assert "Changes" in found
    at = found.index("    = 20 toggles   adopted at 5 %: recorded as it is, not written")
    assert found[at + 1 : at + 3] == ["      toggle.n[0..19]", "      seen"]
    assert found[-2] == "Plan: 20 to import, 0 to add, 0 to change, 0 to destroy."


def test_a_move_that_is_also_moved_or_adopted_says_both(samples):
    move = samples.canary_moves()[0]
    record = RecordChange(move.address, move.key, Action.MOVE, None, samples.toggle("former"))
    found = lines(samples.view(samples.plan([move], [samples.change_of(move)], [record])))
    assert "    moved from toggle.former" in found


def test_an_unknown_product_is_shown_by_its_name(samples):
    move = samples.canary_moves()[0]
    found = lines(samples.view(samples.plan([move], [samples.change_of(move)], products={})))
    assert "medical_records" in found


def test_refresh_only_says_that_nothing_is_written(samples):
    record = RecordChange(samples.toggle("a"), "a", Action.ADOPT, samples.FIVE)
    change = Change(samples.toggle("a"), "a", Action.ADOPT, Status.ALLOWED, samples.FIVE, samples.FIVE)
    found = lines(samples.view(samples.plan(changes=[change], records=[record], refresh_only=True)))
    assert "This plan only records what is live; it writes to no toggle." in found


def test_what_a_hand_did_that_no_exposure_says(samples):
    drift = Drift(samples.toggle("a"), "a", DriftKind.GONE, samples.FIVE, None, "")
    found = lines(samples.view(samples.plan(drift=[drift])))
    assert "  ! toggle.a gone, last applied 5 %" in found


TWO_ROWS = Unrepresentable("percentage_of_actors = 10 and 77 at once, of two writers at the same moment")


def test_a_long_reason_does_not_push_the_columns_apart(samples):
    odd, plain = samples.canary_moves()[:2]
    odd = replace(odd, before=TWO_ROWS)
    found = lines(samples.view(samples.plan([odd, plain], [samples.change_of(odd), samples.change_of(plain)])))
    at = next(number for number, line in enumerate(found) if "other -> 5 %" in line)
    assert found[at].endswith(odd.key)
    assert found[at + 1].strip() == f"is {TWO_ROWS} now"
    assert any("  0 % -> 5 %" in line for line in found)


def test_a_short_reason_stands_in_its_column(samples):
    move = replace(samples.canary_moves()[0], before=Unrepresentable("percentage_of_time = 5"))
    found = lines(samples.view(samples.plan([move], [samples.change_of(move)])))
    assert any("other (percentage_of_time = 5) -> 5 %" in line for line in found)


def test_a_repaired_requirement_is_said_to_be(samples):
    broken = replace(samples.everything().plan.observed.broken[0], repaired=True, range=None, reason="")
    found = lines(samples.view(samples.plan(broken=[broken])))
    at = found.index("Requirements that do not hold now (1)")
    assert found[at + 1 : at + 3] == [
        "  ✗ toggle.vitals is at 20 % while toggle.uhd is at 5 %; it requires 100 %",
        "    This plan repairs it.",
    ]


def test_keys_of_others_cannot_steer_the_terminal(samples):
    move = replace(samples.canary_moves()[0], key="key\x1b[2J\t")
    text = plan_page(samples.view(samples.plan([move], [replace(samples.change_of(move), key=move.key)])), WIDE).text
    assert "key\\x1b[2J\\t" in text
    assert "\x1b" not in text


@pytest.mark.parametrize("width", [40, 60, 80, 100, 160])
@pytest.mark.parametrize("name", ["everything", "big", "drift"])
def test_only_what_must_stay_whole_is_wider_than_the_page(samples, name, width):
    whole = ("Plan: ", "flagstaff apply", "mhv_")
    for line in lines(getattr(samples, name)(), Look(width)):
        words = line.split()
        must = any(word in line for word in whole) or len(words) <= 2 or " -> " in line
        assert len(line) <= max(width, 48) or must, line


def test_cost_is_linear(samples):
    """10,000 moves: no step looks at all moves for each move."""
    moves = tuple(samples.move(samples.toggle("n", number), samples.OFF, samples.FIVE) for number in range(10_000))
    view = samples.view(samples.plan(moves, [samples.change_of(move) for move in moves]))
    found = lines(view)
    assert "    toggle.n[0..9999]" in found
    assert len(found) < 20


def test_what_reads_the_same_is_explained_once(samples):
    changes = [replace(stopped(samples, Action.FORGET), address=samples.toggle(name)) for name in ("a", "b", "c")]
    found = lines(samples.view(samples.plan(changes=changes[:2])))
    assert found.count("✗ Stopped: toggle.a is not forgotten") == 1
    assert "  The same holds for 1 other: toggle.b" in found
    assert "  The same holds for 2 others: toggle.b, toggle.c" in lines(samples.view(samples.plan(changes=changes)))


def test_few_changes_with_numbers_of_their_own_are_explained_each(samples):
    at = Range("medications.hcl", Position(8, 5, 196), Position(8, 19, 210))
    made = [replace(stopped(samples, Action.RAISE, range=at), address=samples.toggle(f"n{n}")) for n in range(4)]
    changes = [replace(c, checks=(replace(c.checks[0], detail=f"number {n}"),)) for n, c in enumerate(made)]
    text = "\n".join(lines(samples.view(samples.plan(changes=changes[:3]))))
    assert all(f"number {number}" in text for number in range(3))
    text = "\n".join(lines(samples.view(samples.plan(changes=changes))))
    assert "number 0" in text
    assert "number 1" not in text
    assert "The same holds for 3 others: toggle.n1, toggle.n2, toggle.n3" in text
