"""Monitors as plain JSON, and back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from flagstaff.addresses import Address
from flagstaff.model.conditions import Always, And, Arithmetic, Comparison, Constant, Is, Not, Or, Symbol
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.rollout import Baseline, Monitor, MonitorSource
from flagstaff.plan.applied.monitors import condition_form, credentials, read_condition, read_monitor
from flagstaff.plan.applied.rollouts import monitor_document

LIMIT = Arithmetic("*", Symbol("baseline"), Constant(Decimal("1.10")))
CONDITION = Comparison("<=", Symbol("measured"), LIMIT)
MONITOR = Monitor(
    Address("monitor", "errors"),
    "Errors",
    MonitorSource("prometheus", {"url": "https://p.example.gov", "query": "x[$window]"}),
    window=timedelta(hours=2),
    delay=timedelta(seconds=30),
    interval=timedelta(seconds=15),
    baseline=Baseline(window=timedelta(days=7)),
    pass_when=CONDITION,
    pass_when_text="measured <= baseline * var.factor",
    worse="decrease",
    tolerance=Decimal("0.1"),
    min_samples=1000,
    before_traffic="skip",
    unit="errors",
    where="the board",
    normal="0.1 %",
    concerning="1 %",
)
NOTHING = OpenDecision("the limit", None)


def back(monitor):
    return read_monitor(monitor.address, json.loads(json.dumps(monitor_document(monitor))))


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"pass_when": None, "pass_when_text": ""},
        {"pass_when": NOTHING, "pass_when_text": ""},
        {"source": NOTHING},
        {"baseline": None},
        {"baseline": Baseline(value=Decimal("0.4"))},
        {"baseline": Baseline(value=NOTHING)},
    ],
)
def test_a_monitor_comes_back_as_it_was(fields):
    monitor = replace(MONITOR, **fields)
    assert back(monitor) == monitor


def test_secrets_stay_out_and_their_names_in():
    secret = replace(MONITOR, source=MonitorSource("prometheus", {"url": "u"}, {"token": "s3cret"}))
    document = monitor_document(secret)
    assert "s3cret" not in json.dumps(document)
    assert credentials(document) == ("token",)
    assert back(secret).source == MonitorSource("prometheus", {"url": "u"})
    assert credentials(monitor_document(replace(MONITOR, source=NOTHING))) == ()
    assert credentials({"source": None}) == ()


@pytest.mark.parametrize(
    "condition",
    [
        Always(True),
        CONDITION,
        Not(CONDITION),
        And((CONDITION, Always(False))),
        Or((CONDITION, Not(CONDITION))),
    ],
)
def test_conditions_come_back(condition):
    assert read_condition(json.loads(json.dumps(condition_form(condition)))) == condition


def test_a_condition_over_toggles_is_no_threshold():
    with pytest.raises(ValueError, match=r"toggle\.a is not about a number"):
        condition_form(Is(Address("toggle", "a")))


@pytest.mark.parametrize(
    "form",
    [None, 1, "measured", [], ["&&"], ["<", "a"], ["~", "a", "b"], ["<", 1, "a"], ["<", {"value": "x"}, "a"],
     ["<", ["^", "a", "b"], "c"], ["<", {"value": 1}, "a"]],
)  # fmt: skip
def test_what_is_no_condition_is_refused(form):
    with pytest.raises(ValueError, match="is no"):
        read_condition(form)


def test_a_threshold_that_only_people_can_read_is_refused():
    document = {**monitor_document(MONITOR), "condition": None}
    with pytest.raises(ValueError, match=r"monitor\.errors has a threshold that can't be read"):
        read_monitor(MONITOR.address, document)


@pytest.mark.parametrize(
    "document", [{}, {**monitor_document(MONITOR), "window": "1h"}, {**monitor_document(MONITOR), "source": 7}]
)
def test_a_document_in_another_form_is_refused(document):
    with pytest.raises(ValueError, match=r"monitor\.errors can't be read"):
        read_monitor(MONITOR.address, document)
