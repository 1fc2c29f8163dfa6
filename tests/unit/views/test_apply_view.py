"""What an apply says at its start, while it runs, and at its end, whatever happened."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from flagstaff.addresses import Address
from flagstaff.apply.events import BatchStarted, Ended, MoveEnded, MoveResult, Outcome, Recovered
from flagstaff.model.live import Unrepresentable
from flagstaff.plan.plan import Action, RecordChange
from flagstaff.views.apply_human import ApplyPrinter, apply_end, apply_header
from flagstaff.views.look import Look


def test_the_header_tells_batches_and_records(samples):
    moves = samples.canary_moves()
    record = RecordChange(Address("toggle", "x"), "x", Action.FORGET)
    plan = samples.plan(moves, records=[record])
    text = apply_header(plan, (moves[:2], moves[2:]), samples.CHANGE_ID, Look(120), store='flipper "x.json"').text
    assert text == (
        'Applying change 7f3a91c2 to va-staging, flipper "x.json". 3 moves in 2 batches, 1 change of the\nstate only.\n'
    )


def end(*results: MoveResult, stopped="", **more) -> str:
    return apply_end(Outcome(results, 13, stopped=stopped), Look(100), **more).text


def test_nothing_was_applied(samples):
    first, second, _ = samples.canary_moves()
    text = end(MoveResult(first, Ended.FAILED, "It was refused."), MoveResult(second, Ended.NOT_STARTED))
    assert text == (
        "\nError: Not applied: 0 applied, 1 failed, 0 skipped, 1 not started.\n"
        "State serial 13 is saved; nothing is lost.\n"
        "  ✗ failed       toggle.allergies: It was refused.\n"
        "    not started  toggle.care_notes\n"
        "\n"
        "  finish:  flagstaff apply   (plans again from what is live now, and asks)\n"
    )


def test_an_interrupt_that_came_when_all_was_done(samples):
    first, *_ = samples.canary_moves()
    assert end(MoveResult(first, Ended.APPLIED), stopped="Interrupted.").startswith(
        "\nError: Applied: 1 applied, 0 failed, 0 skipped, 0 not started.\n"
        "State serial 13 is saved; nothing is lost.\n"
        "Stopped: Interrupted.\n"
    )


def test_what_waits_for_a_yes_is_told_and_is_no_failure(samples):
    first, second, third = samples.canary_moves()
    detail = "The approval of role.owner is missing."
    waiting = [
        MoveResult(second, Ended.WAITING, detail),
        MoveResult(third, Ended.WAITING, "Waits because of toggle.care_notes.", because=second.address),
    ]
    assert end(MoveResult(first, Ended.APPLIED), *waiting) == (
        "\nApply complete! Resources: 0 added, 1 changed, 0 destroyed.\n"
        "1 applied, 0 failed, 0 skipped, 2 waiting, 0 not started. State serial 13 is saved.\n"
        "\n"
        "2 changes wait for a person:\n"
        "  ? waiting      toggle.care_notes: The approval of role.owner is missing.\n"
        "  ? waiting      toggle.labs_and_tests: because of toggle.care_notes\n"
    )
    assert "1 change waits for a person:\n" in end(waiting[0])
    failed = end(MoveResult(first, Ended.FAILED, "It was refused."), *waiting)
    assert failed.startswith("\nError: Not applied: 0 applied, 1 failed, 0 skipped, 2 waiting, 0 not started.\n")
    assert "  ? waiting      toggle.care_notes: The approval of role.owner is missing.\n" in failed
    assert not printed(samples, MoveEnded(waiting[0]))  # the end says it


def test_moves_with_one_reason_share_a_row(samples):
    moves = [samples.move(samples.toggle("n", number), samples.OFF, samples.FIVE) for number in range(20)]
    applied = [MoveResult(move, Ended.APPLIED) for move in moves]
    skipped = [MoveResult(move, Ended.SKIPPED, "x", because=moves[0].address) for move in moves]
    lines = end(*applied, *skipped).splitlines()
    assert lines[3:5] == [
        "  ✓ applied      20 moves, listed above",
        "  - skipped      toggle.n[0..19]: because of toggle.n[0]",
    ]


def test_only_what_was_raised_can_be_reverted_by_going_down(samples):
    down = samples.move(samples.toggle("a"), samples.FIVE, samples.OFF)
    failed = MoveResult(samples.canary_moves()[0], Ended.FAILED, "It was refused.")
    assert "revert:" not in end(MoveResult(down, Ended.APPLIED), failed)
    up = samples.move(samples.toggle("site", "653"), samples.OFF, samples.FIVE)
    assert "flagstaff rollback 'toggle.site[\"653\"]' -reason" in end(MoveResult(up, Ended.APPLIED), failed)


def test_success_without_moves_is_success():
    text = apply_end(Outcome((), 2, records=2), Look(100)).text
    assert text == (
        "\nApply complete! Resources: 0 added, 0 changed, 0 destroyed.\n"
        "0 applied, 0 failed, 0 skipped, 0 not started; 2 changes of the state only. State serial 2 is saved.\n"
    )


def printed(samples, *events) -> str:
    file = io.StringIO()
    with ApplyPrinter(Console(file=file, width=80), samples.plan(samples.canary_moves()), now=lambda: 0.0) as printer:
        for event in events:
            printer(event)
    return file.getvalue()


def test_one_batch_needs_no_heading(samples):
    assert not printed(samples, BatchStarted(1, 1, 3))
    assert printed(samples, BatchStarted(1, 2, 3)) == "batch 1 of 2: 3 moves\n"


def test_what_was_not_started_is_said_at_the_end_only(samples):
    assert not printed(samples, MoveEnded(MoveResult(samples.canary_moves()[0], Ended.NOT_STARTED, "x")))


def test_a_long_reason_stands_below(samples):
    move = samples.canary_moves()[0]
    text = printed(samples, MoveEnded(MoveResult(move, Ended.FAILED, "It is at 25 % now, neither at 0 % nor at 5 %.")))
    assert text == (
        "  ✗ toggle.allergies        0 % -> 5 %   failed\n      It is at 25 % now, neither at 0 % nor at 5 %.\n"
    )
    because = MoveResult(move, Ended.SKIPPED, "x", because=Address("toggle", "a" * 40))
    assert printed(samples, MoveEnded(because)).endswith(f"skipped\n      because of toggle.{'a' * 40}\n")


def test_what_no_exposure_says_is_short_in_its_column(samples):
    two_rows = Unrepresentable("percentage_of_actors = 10 and 77 at once, of two writers at the same moment")
    move = replace(samples.canary_moves()[0], before=two_rows)
    assert " other -> 5 %   verified" in printed(samples, MoveEnded(MoveResult(move, Ended.APPLIED)))


def test_a_created_and_a_deleted_toggle(samples):
    made = replace(samples.move(samples.toggle("allergies"), samples.OFF, samples.FIVE), action=Action.CREATE)
    assert "none -> 5 %" in printed(samples, MoveEnded(MoveResult(made, Ended.APPLIED)))
    gone = samples.move(samples.toggle("allergies"), samples.OFF, samples.OFF, action=Action.DELETE)
    assert "0 % -> none" in printed(samples, MoveEnded(MoveResult(gone, Ended.APPLIED)))


@pytest.mark.parametrize(
    ("live", "text"),
    [
        (None, "  ? toggle.a was in flight in run r1: unknown; the store has no such toggle\n"),
        ("FIVE", "  ? toggle.a was in flight in run r1: unknown; the store says 5 %\n"),
    ],
)
def test_recovered_moves(samples, live, text):
    value = getattr(samples, live) if live else None
    assert printed(samples, Recovered(samples.toggle("a"), "a", "unknown", "r1", value)) == text


def test_a_group_that_is_apart_is_said_before_the_way_out(samples):
    first, second, _ = (replace(move, group="rollout.r.stage.limited") for move in samples.canary_moves())
    text = end(MoveResult(first, Ended.APPLIED), MoveResult(second, Ended.FAILED, "it broke"))
    assert "rollout.r.stage.limited goes together, and is apart now: 1 of 2 are done." in " ".join(text.split())
    assert "apart" not in end(MoveResult(first, Ended.FAILED, "x"), MoveResult(second, Ended.SKIPPED, "y"))


def test_what_finishes_it_needs_the_same_variables(samples):
    first, *_ = samples.canary_moves()
    text = end(MoveResult(first, Ended.FAILED, "It was refused."), given=True)
    assert "flagstaff apply   (with the same -var and -var-file; plans again from what is live now, and asks)" in text
