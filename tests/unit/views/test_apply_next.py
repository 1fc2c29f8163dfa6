"""What an apply says to watch next: only what is so, and never more than eight lines."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from flagstaff.addresses import Address
from flagstaff.apply.events import Ended, MoveResult, Outcome
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.exposure import Exposure
from flagstaff.model.rollout import Monitor, MonitorSource, Soak, Stage, StageName, Trigger
from flagstaff.plan.plan import Action, StageMove
from flagstaff.testing import building as b
from flagstaff.views.apply_next import back_command, next_page, return_command
from flagstaff.views.look import Look

NOW = datetime(2026, 1, 27, 14, 0, tzinfo=UTC)
DAY = Soak(timedelta(days=1), timedelta(days=2))


def ended(plan, ended=Ended.APPLIED) -> Outcome:
    return Outcome(tuple(MoveResult(move, ended) for move in plan.core.moves), 3)


def plan_of(*stages: Stage, **fields):
    desired = b.ramped(b.rollout("records", *stages, go=["canary"]), **fields)
    return b.plan(desired, b.snapshot(allergies="0"))


def text(plan, outcome=None, now=NOW, width=80) -> str:
    return next_page(plan, outcome or ended(plan), now, Look(width)).text


def begun(plan):
    """As if nothing had stopped its stage."""
    name = StageName(Address("rollout", "records"), "canary")
    return replace(plan, core=replace(plan.core, stages=(StageMove(name),)))


def stage(name, level, **more):
    return b.stage(name, str(level), "allergies", **more)


def test_a_stage_that_soaks_and_the_one_after_it():
    plan = plan_of(stage("canary", 5, soak=DAY), stage("full", 100, after=("canary",)))
    assert text(plan) == (
        "\nWhat to watch\n"
        '  rollout.records "canary" at 5 % soaks until 2026-01-28 14:00 UTC (24 h), then\n'
        '  "full" at the earliest\n'
        "  watch:        flagstaff watch -rollout=records\n"
        '  down to 0 %:  flagstaff rollback toggle.allergies -reason "..."\n'
    )


def test_a_date_of_the_next_stage_counts_if_it_is_later():
    later = NOW + timedelta(days=3)
    plan = plan_of(stage("canary", 5, soak=DAY), stage("full", 100, after=("canary",), not_before=later))
    assert '; "full" not before 2026-01-30 14:00 UTC\n' in text(plan, width=120).replace("\n  2026", " 2026")


@pytest.mark.parametrize(
    ("soak", "told"),
    [
        (None, 'rollout.records "canary" at 5 % runs, then "full" at the earliest\n'),
        (OpenDecision("how long?", None), 'rollout.records "canary" at 5 % runs; its soak is undecided; then "full"\n'),
    ],
)
def test_no_time_is_named_that_nobody_knows(soak, told):
    plan = plan_of(stage("canary", 5, soak=soak), stage("full", 100, after=("canary",)))
    assert told in text(plan, width=120)


def test_what_is_watched_and_where():
    names = [Address("monitor", name) for name in "abcd"]
    monitors = {name: Monitor(name, f"Errors of {name.name}", MonitorSource("manual")) for name in names[:3]}
    monitors[names[0]] = replace(monitors[names[0]], where="https://dash.example/1")
    call = Address("trigger", "call")
    one = stage("canary", 5, soak=DAY, monitors=(*names[:2], names[3]))
    plan = plan_of(one, monitors=monitors, triggers={call: Trigger(call, "Somebody calls")})
    assert "    watched: Errors of a (https://dash.example/1); Errors of b; monitor.d\n" in text(begun(plan), width=120)
    plan = plan_of(replace(one, triggers=(call,)), monitors=monitors, triggers={call: Trigger(call, "Somebody calls")})
    assert "Errors of b; monitor.d; 1 more\n" in text(begun(plan), width=120)


def test_of_many_stages_three_are_told(samples):
    moves = samples.canary_moves()
    stages = [StageMove(StageName(Address("rollout", f"r{n}"), "canary")) for n in range(5)]
    made = samples.plan(moves)
    told = text(replace(made, core=replace(made.core, stages=tuple(stages))))
    assert '  rollout.r2 "canary" runs\n  2 stages more: flagstaff status\n' in told
    assert len(told.splitlines()) <= 9


def test_a_stage_of_which_a_move_was_not_done_is_not_told():
    plan = plan_of(stage("canary", 5, soak=DAY))
    assert not text(plan, ended(plan, Ended.WAITING))
    assert not text(plan, ended(plan, Ended.FAILED))


def test_a_configuration_without_rollouts_has_the_way_back_alone(samples):
    moves = samples.canary_moves()
    made = text(samples.plan(moves))
    assert made == (
        '\n  down to 0 %:  flagstaff rollback toggle.allergies toggle.care_notes toggle.labs_and_tests -reason "..."\n'
    )
    lowered = [replace(move, action=Action.LOWER) for move in moves]
    assert not text(samples.plan(lowered))


def test_many_toggles_go_back_by_rollout_or_not_in_one_line(samples):
    move, *_ = samples.canary_moves()
    many = [replace(move, address=Address("toggle", f"t{n}")) for n in range(7)]
    assert back_command(many) == ""
    name = b.stage("canary", 5, "a").name
    staged = [replace(one, stage=replace(name, rollout=Address("rollout", "site", "a b"))) for one in many]
    assert back_command(staged) == 'flagstaff rollback -rollout=\'site["a b"]\' -reason "..."'


def test_a_stage_that_its_toggles_only_pass_is_not_told():
    """All of it comes back to a later stage at once, which is the one to watch."""
    plan = plan_of(stage("canary", 5), stage("half", 50, after=("canary",), soak=DAY))
    canary, half = (StageName(Address("rollout", "records"), name) for name in ("canary", "half"))
    (move,) = plan.core.moves
    stages = tuple(StageMove(name, moves=(move.address,)) for name in (canary, half))
    told = text(replace(plan, core=replace(plan.core, moves=(replace(move, stage=half),), stages=stages)), width=120)
    assert '"half" at 50 % soaks until' in told
    assert '"canary"' not in told


def test_what_was_raised_goes_back_to_the_stage_before():
    plan = plan_of(stage("canary", 5), stage("half", 50, after=("canary",)))
    move = replace(plan.core.moves[0], stage=StageName(Address("rollout", "records"), "half"))
    from_canary = replace(move, before=Exposure(5_000), after=Exposure(50_000))
    command = 'flagstaff rollback toggle.allergies -to=canary -reason "..."'
    assert return_command(plan, [from_canary]) == (command, "canary")
    assert return_command(plan, [replace(from_canary, before=Exposure(7_000))]) == ("", "")
    assert return_command(plan, [move]) == ("", "")
    assert return_command(plan, [from_canary, replace(from_canary, stage=None)]) == ("", "")
    assert return_command(plan, [from_canary] * 7) == ("", "")
    assert return_command(plan, []) == ("", "")
