"""What a watch says: news between two looks, the table, and the page of a trigger that fired."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from flagstaff.addresses import Address
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.evidence import Frozen, Reading, Verdict
from flagstaff.model.exposure import Exposure
from flagstaff.model.recorded import StageRecord
from flagstaff.model.rollout import Rollout, Soak, Stage, StageName, Trigger
from flagstaff.monitors.watching import Firing, Soaking
from flagstaff.plan.stages.clock import Place
from flagstaff.plan.stages.view import StageState
from flagstaff.views.console import make_console
from flagstaff.views.look import ASCII, Look
from flagstaff.views.watch import Sight, news, numbers, reason, rollback_line, standing, time_left
from flagstaff.views.watch_human import WatchPrinter, fired_page, watch_page

AT = datetime(2026, 1, 27, 14, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ROLLOUT = Address("rollout", "records")
ERRORS = Address("monitor", "errors")
FIVE = Exposure.parse("5")
STAGE = Stage(
    StageName(ROLLOUT, "canary"), exposure=FIVE, toggles=(Address("toggle", "allergies"),), soak=Soak(24 * HOUR)
)
RECORD = StageRecord(STAGE.toggles, FIVE, started=AT - 4 * HOUR, verified=AT - 4 * HOUR)


def soaking(state=StageState.RUNNING, *, stage=STAGE, record=RECORD, trouble="", up=True):
    return Soaking(Rollout(ROLLOUT), stage, Place(stage, record, trouble, 4 * HOUR), state, up)


STOPPED = soaking(StageState.STOPPED, trouble="toggle.allergies is at 0 %, and counts from 5 % on")
READING = Reading(
    ERRORS,
    Verdict.PASS,
    AT,
    "1 % against 1 %.",
    measured=Decimal("0.01"),
    numerator=Decimal(10),
    samples=Decimal(1000),
    baseline=Frozen(Decimal("0.011"), AT),
)


def sight(*stages, readings=(READING,), **fields):
    return Sight(AT, UTC, stages or (soaking(),), {one.monitor: one for one in readings}, **fields)


def texts(before, now):
    return [(str(one.subject or ""), one.text) for one in news(before, now)]


def test_the_first_look_tells_all_that_is_under_way():
    served = soaking(StageState.SERVED, record=replace(RECORD, served=25 * HOUR))
    assert texts(None, sight(served, soaking())) == [
        ("rollout.records.stage.canary", "runs since 2026-01-27 10:00 UTC, 20 h left of 24 h"),
        ("monitor.errors", "pass. 1 % against 1 %."),
    ]
    assert texts(sight(), sight()) == []


def test_a_change_of_a_verdict_is_news_once():
    failed = replace(READING, verdict=Verdict.FAIL, reason="5 % against 1 %.")
    assert texts(sight(), sight(readings=[failed])) == [("monitor.errors", "fail (was pass). 5 % against 1 %.")]


@pytest.mark.parametrize(
    ("one", "said", "left"),
    [
        (soaking(), "runs since 2026-01-27 10:00 UTC, 20 h left of 24 h", "20 h left of 24 h"),
        (
            soaking(stage=replace(STAGE, soak=OpenDecision("how long", None))),
            "runs since 2026-01-27 10:00 UTC, soak undecided: how long",
            "soak undecided: how long",
        ),
        (
            soaking(StageState.STARTED, record=replace(RECORD, verified=None)),
            "has begun, and not all of its toggles are there yet",
            "its clock has not begun",
        ),
        (
            STOPPED,
            "its clock stands: toggle.allergies is at 0 %, and counts from 5 % on",
            "its clock stands",
        ),
        (
            soaking(StageState.STOPPED, up=False),
            "its clock stands; nothing of it is up any more",
            "its clock stands",
        ),
        (soaking(StageState.LEFT), "has no Go any more", "its clock has not begun"),
        (soaking(record=replace(RECORD, served=25 * HOUR)), "soak served (24 h)", "20 h left of 24 h"),
        (soaking(stage=replace(STAGE, soak=None)), "soak served", "its clock has not begun"),
    ],
)
def test_where_a_stage_is(one, said, left):
    now = sight(one)
    assert standing(one, now) == said
    assert time_left(one, AT) == left


def test_what_ends_is_told_once():
    gone = soaking(StageState.LEFT)
    assert texts(sight(), sight(gone)) == [("rollout.records.stage.canary", "has no Go any more")]
    assert texts(sight(gone), sight(gone)) == []


def test_troubles_come_and_go():
    trouble = sight(troubles=("The live store can't be read. X.",))
    assert texts(sight(), trouble) == [("", "The live store can't be read. X.")]
    assert texts(trouble, trouble) == []
    assert texts(trouble, sight()) == [("", "Everything can be looked at again.")]


def test_numbers_of_a_reading():
    assert numbers(READING) == "0.01 (10 of 1,000), baseline 0.011"
    assert numbers(replace(READING, numerator=None, samples=None, baseline=None)) == "0.01"
    assert numbers(replace(READING, measured=None)) == ""


FIRED = (
    Firing(Trigger(Address("trigger", "a"), "It's slow"), (ROLLOUT,), "ann called it."),
    Firing(
        Trigger(Address("trigger", "b"), "Errors", "people see them", "Disable"),
        (ROLLOUT, Address("rollout", "site", "a b")),
        "5 %.",
    ),
)


def test_the_line_to_copy_is_quoted():
    assert reason(FIRED) == "It's slow (trigger.a): ann called it; Errors (trigger.b): 5 %"
    assert rollback_line(FIRED) == (
        "flagstaff rollback -rollout records -rollout 'site[\"a b\"]' -reason "
        "'It'\"'\"'s slow (trigger.a): ann called it; Errors (trigger.b): 5 %'"
    )


def test_what_fired():
    assert fired_page(FIRED[1:], Look(60, ASCII), rolls_back=True).text == (
        "\nX 1 trigger fired\n\n  Errors (trigger.b)\n  Why: 5 %.\n  It matters because: people see them\n"
        "  What to do: Disable\n\nRolling back now:\n"
        "  flagstaff rollback -rollout records -rollout 'site[\"a b\"]' -reason 'Errors (trigger.b): 5 %'\n\n"
    )


TABLE = """\
  rollout.records.stage.canary 5 %   its clock stands
    its clock stands: toggle.allergies is at 0 %, and counts
    from 5 % on
  monitor.errors   v pass   0.01 (10 of 1,000), baseline
      0.011
    1 % against 1 %.
  ! The state can't be read. X.
  read at 2026-01-27 14:00 UTC; again in 0:30. Ctrl-C ends
  the watch, and changes nothing.
"""


def test_the_table():
    page = watch_page(
        sight(STOPPED, troubles=("The state can't be read. X.",)), Look(60), AT + HOUR / 120, AT + HOUR / 60
    )
    assert page.text == "\n" + TABLE.replace(" v ", " ✓ ")
    assert "again in" not in watch_page(sight(), Look(60), AT, None).text


class Tty(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


def test_a_terminal_shows_the_table_and_takes_it_away():
    stream = Tty()
    console = make_console(stream, {"TERM": "xterm", "COLUMNS": "100"})
    with WatchPrinter(console, now=lambda: AT) as printer:
        printer.seen(sight(), tuple(news(None, sight())), AT + HOUR)
        printer.seen(sight(), (), AT + HOUR)
        assert "again in 1:00:00" in stream.getvalue()
        printer.fired(FIRED, rolls_back=False)
        printer.say("That is all.")
    assert "Roll back with:" in stream.getvalue()
    assert "still watching" not in stream.getvalue()


def test_a_file_gets_a_line_for_each_evaluation():
    stream = io.StringIO()
    printer = WatchPrinter(make_console(stream, {}), now=lambda: AT)
    for minutes in range(0, 31, 5):
        now = replace(sight(), at=AT + timedelta(minutes=minutes))
        printer.seen(now, (), AT + HOUR)
    said = [line[11:16] for line in stream.getvalue().splitlines() if line[0] != " "]
    assert said == ["14:00", "14:05", "14:10", "14:15", "14:20", "14:25", "14:30"]
    text = " ".join(stream.getvalue().split())
    assert "still watching: rollout.records.stage.canary 20 h left of 24 h; monitor.errors pass" in text
