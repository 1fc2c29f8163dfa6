"""Monitors looked at again while a plan is applied: how often, by which source, and what is kept of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from flagstaff.addresses import Address
from flagstaff.cli.measuring import Remeasuring, _Answers, _with_secrets
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.evidence import Answer, Frozen, Verdict
from flagstaff.model.exposure import OFF, Exposure
from flagstaff.model.rollout import Baseline, Monitor, MonitorSource, StageName
from flagstaff.monitors.protocols import Asked
from flagstaff.plan.plan import Action, Move, Plan
from flagstaff.plan.stages.view import Gate
from flagstaff.state.appending import append
from flagstaff.state.facts import Answered, Unlocked
from flagstaff.testing import building
from flagstaff.testing.applying import INFO, MemoryState
from flagstaff.testing.building import NOW
from flagstaff.testing.flipper_double import Response
from flagstaff.testing.flipper_server import serving

ERRORS, GONE = Address("monitor", "errors"), Address("monitor", "gone")
STAGE = StageName(Address("rollout", "r"), "canary")
MOVE = Move(Address("toggle", "a"), "a", Action.RAISE, OFF, Exposure.parse("5"), (), {}, stage=STAGE)


class Stats:
    mount = ""

    def __init__(self):
        self.errors, self.asked = 10, 0

    def handle(self, method, target, headers, body):
        self.asked += 1
        return Response(200, json.dumps({"errors": self.errors, "requests": 1000}).encode())


@pytest.fixture
def stats():
    return Stats()


@pytest.fixture
def monitor(stats):
    with serving(stats) as server:
        settings = {"url": server.url, "numerator": "/errors", "denominator": "/requests"}
        yield Monitor(ERRORS, "Errors", MonitorSource("http_json", settings), baseline=Baseline(timedelta(days=7)))


def plan(*monitors):
    made = building.plan(building.desired(), building.snapshot())
    return Plan(made.core, replace(made.observed, gates=(Gate(STAGE, monitors=monitors),)))


class Time:
    def __init__(self):
        self.seconds = 0.0

    def remeasuring(self, kept, *monitors, **fields):
        known = Asked(NOW, {ERRORS: Frozen(Decimal("0.01"), NOW, Decimal(100), Decimal(10_000))})
        made = Remeasuring(
            plan(ERRORS),
            {one.address: one for one in monitors},
            {},
            known,
            now=lambda: NOW + timedelta(seconds=self.seconds),
            monotonic=lambda: self.seconds,
            write_down=kept.append,
            answered=dict,
        )
        for name, value in fields.items():
            setattr(made, name, value)
        return made


def test_it_is_read_again_after_half_a_minute_and_what_stops_is_kept_once(monitor, stats):
    time, kept = Time(), []
    again = time.remeasuring(kept, monitor)
    assert again.stopped([MOVE]) == {}
    time.seconds, stats.errors = 29.0, 100
    assert again.stopped([MOVE]) == {}
    assert stats.asked == 1
    time.seconds = 30.0
    [why] = again.stopped([MOVE]).values()
    assert why.startswith("monitor.errors does not pass: 10 % (100 of 1,000) against a baseline of 1 %")
    assert again.stopped([MOVE])
    assert stats.asked == 2
    [[fact]] = kept
    assert fact.reading.measured == Decimal("0.1")


def test_a_monitor_that_is_gone_lets_nothing_through(stats):
    kept = []
    [why] = Time().remeasuring(kept).stopped([MOVE]).values()
    assert why == "monitor.errors does not pass: It is not known any more."
    assert len(kept) == 1
    told = {ERRORS: "Its source can't be read. Plan again."}
    [why] = Time().remeasuring(kept, missing=told).stopped([MOVE]).values()
    assert why == "monitor.errors does not pass: Its source can't be read. Plan again."


def test_an_answer_that_was_given_meanwhile_counts():
    manual = Monitor(ERRORS, "Errors", MonitorSource("manual", {"question": "Well?"}))
    state = MemoryState()
    time, kept, answers = Time(), [], _Answers(state, "")
    again = time.remeasuring(kept, manual, answered=answers)
    for verdict, stops in ((Verdict.PASS, False), (Verdict.FAIL, True)):
        said = Answer(ERRORS, verdict, "ann", NOW, NOW + timedelta(hours=1))
        append(state, [Unlocked(INFO), Answered(said)], time=NOW, run="run", who="ann")
        assert bool(again.stopped([MOVE])) is stops
        time.seconds += 31
    assert [fact.reading.verdict for [fact] in kept] == [Verdict.FAIL]


def test_moves_of_no_stage_are_left_to_go(stats):
    assert Time().remeasuring([]).stopped([replace(MOVE, stage=None)]) == {}


TOKEN = Monitor(ERRORS, "Errors", MonitorSource("http_json", {"url": "https://a"}, {"token": "s"}))


@pytest.mark.parametrize(
    "declared",
    [
        None,
        replace(TOKEN, source=OpenDecision("where", None)),
        replace(TOKEN, source=MonitorSource("http_json", {"url": "https://b"}, {"token": "s"})),
        replace(TOKEN, source=MonitorSource("prometheus", {"url": "https://a"}, {"token": "s"})),
        replace(TOKEN, source=MonitorSource("http_json", {"url": "https://a"})),
    ],
)
def test_secrets_need_the_same_source(declared):
    planned = replace(TOKEN, source=MonitorSource("http_json", {"url": "https://a"}))
    assert _with_secrets(planned, declared, ("token",)) is None
    assert _with_secrets(planned, declared, ()) == planned.source


def test_secrets_of_the_same_source_are_taken():
    planned = replace(TOKEN, source=MonitorSource("http_json", {"url": "https://a"}))
    assert _with_secrets(planned, TOKEN, ("token",)) == TOKEN.source
