"""Prometheus's answers that a real one rarely gives; tests/contract/test_real_prometheus.py asks a real one."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import parse_qs

import pytest

from flagstaff.monitors.http import Reach
from flagstaff.monitors.prometheus import open_prometheus
from flagstaff.monitors.protocols import Counted, Trouble, Valued, Window
from flagstaff.providers.surroundings import Surroundings
from flagstaff.testing.flipper_double import Response
from flagstaff.testing.flipper_server import serving
from flagstaff.testing.metrics_double import Canned

END = datetime(2026, 1, 27, 14, 0, tzinfo=UTC)
WINDOW = Window(END - timedelta(hours=1), END)


def measured(data, settings=None, **rest):
    double = Canned(Response(200, json.dumps({"status": "success", "data": data, **rest}).encode()))
    with serving(double) as server:
        source = open_prometheus(
            {"url": f"{server.url}/", "query": "q", **(settings or {})}, Reach(Surroundings(), float("inf"))
        )
        assert not isinstance(source, Trouble)
        return source.measure(WINDOW), double, server.seen


def vector(*values):
    return {"resultType": "vector", "result": [{"metric": {}, "value": [1, value]} for value in values]}


def reason(data, **rest):
    found, _, _ = measured(data, **rest)
    assert isinstance(found, Trouble)
    return found.reason


def test_one_series_and_a_scalar_are_numbers():
    assert measured(vector("0.25"))[0] == Valued(Decimal("0.25"), "q")
    assert measured({"resultType": "scalar", "result": [1, "3e2"]})[0] == Valued(Decimal(300), "q")


def test_it_is_asked_at_the_end_of_the_window():
    ratio = {"query": "", "numerator": "increase(e[$window])", "denominator": "increase(r[$window])"}
    found, double, seen = measured(vector("7"), ratio)
    assert found == Counted(Decimal(7), Decimal(7), "increase(e[3600s]) / increase(r[3600s])")
    assert seen.requests == [("POST", "/api/v1/query")] * 2
    asked = [parse_qs(body.decode()) for body in double.bodies]
    assert [one["query"] for one in asked] == [["increase(r[3600s])"], ["increase(e[3600s])"]]
    assert asked[0]["time"] == ["1769522400.000"]


@pytest.mark.parametrize(
    ("settings", "headers"),
    [
        ({}, {"Authorization": None}),
        ({"token": "t"}, {"Authorization": "Bearer t"}),
        ({"username": "u", "password": "p"}, {"Authorization": "Basic dTpw"}),
        ({"tenant": "va"}, {"X-Scope-OrgID": "va"}),
    ],
)
def test_who_asks(settings, headers):
    _, _, seen = measured(vector("1"), settings)
    assert {name: seen.headers[0].get(name) for name in headers} == headers


def test_answers_that_are_no_number():
    assert reason(vector()).startswith("There is no data at this time: the metric is unknown, or its target is down.")
    assert reason(vector("1", "2")).startswith("Aggregate to one series, with sum(...) for example: there are 2,")
    assert reason({"resultType": "matrix", "result": []}).startswith("The query gives a matrix and not one number.")
    assert reason(vector("1"), warnings=["one store is down"]).startswith(
        'The answer may be partial; Prometheus warns: "one store is down".'
    )
    assert '"odd"' in reason(vector("1"), warnings="odd")


@pytest.mark.parametrize(
    "data",
    [None, {}, vector(1), vector("x"), {"resultType": "scalar", "result": "1"}, {"resultType": "vector", "result": {}}],
)
def test_answers_in_another_form(data):
    found = reason(data)
    assert "not in the form of Prometheus's API" in found or "gives a vector" in found


@pytest.mark.parametrize("document", [[], {"status": "error", "error": "x"}])
def test_answers_that_are_no_success(document):
    double = Canned(Response(200, json.dumps(document).encode()))
    with serving(double) as server:
        source = open_prometheus({"url": server.url, "query": "q"}, Reach(Surroundings(), float("inf")))
        assert not isinstance(source, Trouble)
        found = source.measure(WINDOW)
    assert isinstance(found, Trouble)
    assert "not in the form" in found.reason


def test_an_address_that_is_none():
    found = open_prometheus({"url": "prometheus:9090", "query": "q"}, Reach(Surroundings(), 1.0))
    assert isinstance(found, Trouble)
    assert found.reason.startswith('The argument "url" must be an address such as')
