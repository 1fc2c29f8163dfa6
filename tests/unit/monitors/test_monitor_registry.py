"""All monitors at once."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from flagstaff.addresses import Address
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.evidence import Answer, Frozen, Verdict
from flagstaff.model.rollout import Baseline, Monitor, MonitorSource
from flagstaff.monitors import registry
from flagstaff.monitors.asking import adds_up
from flagstaff.monitors.http import Timing
from flagstaff.monitors.protocols import Asked
from flagstaff.monitors.registry import merged, read_all
from flagstaff.providers.surroundings import Surroundings
from flagstaff.testing.flipper_double import Response
from flagstaff.testing.flipper_server import Fault, serving
from flagstaff.testing.metrics_double import API_KEY, APP_KEY, Canned, DatadogDouble, Series

AT = datetime(2026, 1, 27, 14, 2, tzinfo=UTC)
STOP = int(AT.timestamp()) - 120
KEYS = Surroundings({"DD_API_KEY": API_KEY, "DD_APP_KEY": APP_KEY})
FROZEN = Frozen(Decimal("0.01"), AT, Decimal(10_000), Decimal(1_000_000))


def address(name):
    return Address("monitor", name)


def ratio(name, url, **fields):
    settings = {"site": url.removeprefix("http://"), "numerator": "e", "denominator": "r"}
    made = Monitor(address(name), name, MonitorSource("datadog", settings), baseline=Baseline(timedelta(days=7)))
    return replace(made, **fields)


def double(errors=1, requests=100):
    """As many in each of the last 200 hours."""
    hours = range(1, 201)
    return DatadogDouble(
        {name: [Series([(STOP - 3600 * n, count) for n in hours])] for name, count in (("e", errors), ("r", requests))}
    )


def asked(**fields):
    return replace(Asked(AT), **fields)


def test_a_frozen_baseline_is_used_and_a_missing_one_is_measured_before_the_window():
    with serving(double(100, 10_000)) as server:
        monitors = [ratio("b", server.url), ratio("a", server.url)]
        found = read_all(monitors, asked(baselines={address("a"): FROZEN}), KEYS)
    assert list(found) == [address("a"), address("b")]
    assert found[address("a")].verdict is Verdict.PASS
    assert found[address("a")].baseline == FROZEN
    assert not found[address("a")].fresh
    fresh = found[address("b")]
    assert fresh.verdict is Verdict.PASS
    assert fresh.fresh
    assert fresh.baseline is not None
    assert (fresh.baseline.numerator, fresh.baseline.samples) == (16_800, 1_680_000)
    assert fresh.baseline.end == fresh.start


def test_what_needs_no_server_asks_none():
    manual = Monitor(address("m"), "M", MonitorSource("manual", {"question": "Well?"}))
    undecided = Monitor(address("u"), "U", OpenDecision("where", None))
    skipped = ratio("s", "http://127.0.0.1:1", before_traffic="skip")
    answer = Answer(address("m"), Verdict.PASS, "ann", AT, AT + timedelta(hours=1))
    found = read_all(
        [manual, undecided, skipped, manual],
        asked(answers={address("m"): answer}, traffic={address("s"): False}),
        Surroundings(),
    )
    assert {str(name): reading.verdict.value for name, reading in found.items()} == {
        "monitor.m": "pass",
        "monitor.s": "pass",
        "monitor.u": "undecided",
    }


def test_a_baseline_that_is_measured_late_ends_at_the_first_move():
    began = AT - timedelta(hours=20, seconds=30)
    with serving(double(100, 10_000)) as server:
        found = read_all([ratio("a", server.url)], asked(began={address("a"): began}), KEYS)[address("a")]
        later = read_all([ratio("a", server.url)], asked(began={address("a"): AT}), KEYS)[address("a")]
    assert found.baseline is not None
    assert found.baseline.end == AT - timedelta(hours=20, minutes=1)
    assert found.baseline.start == found.baseline.end - timedelta(days=7)
    assert later.baseline is not None
    assert later.baseline.end == later.start


def test_before_traffic_the_baseline_is_measured_all_the_same():
    nobody = {address("a"): False}
    with serving(double(100, 10_000)) as server:
        monitor = ratio("a", server.url, before_traffic="skip")
        found = read_all([monitor], asked(traffic=nobody), KEYS)[address("a")]
        frozen = read_all([monitor], asked(traffic=nobody, baselines={address("a"): FROZEN}), KEYS)[address("a")]
        count = len(server.seen.requests)
    assert (found.verdict, found.fresh, found.measured) == (Verdict.PASS, True, None)
    assert found.baseline is not None
    assert found.baseline.samples == 1_680_000
    assert (frozen.verdict, frozen.fresh, frozen.baseline) == (Verdict.PASS, False, None)
    assert count == 2


@pytest.mark.parametrize("queries", [{}, {"numerator": "unknown"}])
def test_before_traffic_there_may_be_no_baseline_to_measure(queries):
    with serving(double()) as server:
        monitor = ratio("a", server.url, before_traffic="skip")
        assert isinstance(monitor.source, MonitorSource)
        source = replace(monitor.source, settings={**monitor.source.settings, **queries})
        keys = KEYS if queries else Surroundings()
        found = read_all([replace(monitor, source=source)], asked(traffic={address("a"): False}), keys)[address("a")]
    assert (found.verdict, found.fresh, found.baseline) == (Verdict.PASS, False, None)


def test_a_monitor_whose_traffic_is_not_known_is_measured():
    found = read_all([ratio("s", "http://127.0.0.1:1", before_traffic="skip")], asked(), Surroundings())
    assert found[address("s")].verdict is Verdict.INCONCLUSIVE
    assert found[address("s")].reason.startswith("Datadog wants an api_key")


def test_a_baseline_is_not_asked_for_after_a_failure():
    with serving(Canned(Response(404))) as server:
        found = read_all([ratio("a", server.url)], asked(), KEYS)
        assert len(server.seen.requests) == 1
    assert found[address("a")].verdict is Verdict.INCONCLUSIVE
    assert found[address("a")].baseline is None


@pytest.mark.parametrize("kind", ["prometheus", "http_json"])
def test_a_query_without_a_window_has_no_baseline_over_another_one(kind):
    answer = {"n": 1, "status": "success", "data": {"resultType": "scalar", "result": [1, "1"]}}
    with serving(Canned(Response(200, json.dumps(answer).encode()))) as server:
        settings = {"url": server.url, "query": "q", "value": "/n"}
        monitor = ratio("a", server.url, source=MonitorSource(kind, settings))
        found = read_all([monitor], asked(), Surroundings())[address("a")]
        assert found.verdict is Verdict.INCONCLUSIVE
        assert "A query has no $window, so it can't be asked over the baseline's window." in found.reason
        more = {"prometheus": {"query": "rate(x[$window])"}, "http_json": {"url": f"{server.url}/?w=$window"}}
        with_window = {**settings, **more[kind]}
        monitor = replace(monitor, source=MonitorSource(kind, with_window))
        assert read_all([monitor], asked(), Surroundings())[address("a")].verdict is Verdict.PASS


def test_a_ratio_needs_the_window_in_both_of_its_queries():
    answer = {"status": "success", "data": {"resultType": "scalar", "result": [1, "100"]}}
    with serving(Canned(Response(200, json.dumps(answer).encode()))) as server:
        settings = {"url": server.url, "numerator": "increase(e[$window])", "denominator": "increase(r[1h])"}
        monitor = ratio("a", server.url, source=MonitorSource("prometheus", settings))
        found = read_all([monitor], asked(), Surroundings())[address("a")]
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.reason.startswith("The baseline can't be used. A query has no $window")


@pytest.mark.parametrize(
    ("kind", "query"),
    [("datadog", "sum:e{*}.as_count()"), ("prometheus", 'sum(increase(e{path="/a"}[$window])) or vector(0)')],
)
def test_a_count_alone_is_not_compared_with_that_of_a_longer_time(kind, query):
    """An hour of failures is always less than a week of health."""
    answer = {"status": "success", "data": {"resultType": "scalar", "result": [1, "900"]}}
    week = DatadogDouble({query: [Series([(STOP - 3600 * n, 900 if n == 1 else 10) for n in range(1, 201)])]})
    with serving(week if kind == "datadog" else Canned(Response(200, json.dumps(answer).encode()))) as server:
        settings = {"site": server.url.removeprefix("http://"), "url": server.url, "query": query}
        monitor = ratio("a", server.url, source=MonitorSource(kind, settings))
        found = read_all([monitor], asked(), KEYS)[address("a")]
        same = read_all([replace(monitor, baseline=Baseline(monitor.window))], asked(), KEYS)[address("a")]
    assert (found.verdict, found.measured) == (Verdict.INCONCLUSIVE, 900)
    assert found.reason == (
        "The baseline can't be used. The query adds up, so what it gives for 7d is no measure for 1h. Ask for "
        "numerator and denominator, or for a rate, or make both windows the same."
    )
    assert same.verdict is (Verdict.FAIL if kind == "datadog" else Verdict.PASS)


@pytest.mark.parametrize(
    ("kind", "query", "adds"),
    [
        ("datadog", "sum:e{resource:/a/b}.as_count()", True),
        ("datadog", "sum:e{*}.as_count()/sum:r{*}.as_count()", False),
        ("datadog", "avg:p95{*}", False),
        ("prometheus", "sum(count_over_time(x[$window]))", True),
        ("prometheus", "sum(increase(e[$window])) / sum(increase(r[$window]))", False),
        ("prometheus", "histogram_quantile(0.95, sum by (le) (increase(b[$window])))", False),
        ("prometheus", "sum(rate(e[$window]))", False),
        ("http_json", "increase(x[$window])", False),
    ],
)
def test_which_queries_give_more_over_a_longer_window(kind, query, adds):
    assert adds_up(kind, query) is adds


def test_what_no_file_can_hold_is_taken_out_of_what_a_server_says():
    said = {"errors": ["\ud800 and \u001b[31m"]}
    with serving(Canned(Response(400, json.dumps(said).encode()))) as server:
        found = read_all([ratio("a", server.url)], asked(), KEYS)[address("a")]
    assert 'It says: "\ufffd and \ufffd[31m".' in found.reason


def test_a_server_that_hangs_does_not_keep_the_others_waiting():
    with serving(double()) as good, serving(double(), lambda *_: Fault(delay=1.0)) as slow:
        found = read_all([ratio("a", slow.url), ratio("b", good.url)], asked(), KEYS, total=0.6)
    assert found[address("a")].verdict is Verdict.INCONCLUSIVE
    assert "no whole answer within" in found[address("a")].reason or "no answer within" in found[address("a")].reason
    assert found[address("b")].samples == 100


def test_many_that_hang_leave_time_for_those_behind_them(monkeypatch):
    monkeypatch.setattr(registry, "_EACH", 0.2)
    with serving(double()) as good, serving(double(), lambda *_: Fault(delay=5.0)) as slow:
        hanging = [ratio(f"a{number}", slow.url) for number in range(10)]
        found = read_all([*hanging, ratio("b", good.url)], asked(), KEYS, total=5)
    assert {reading.verdict for reading in found.values() if reading.monitor != address("b")} == {Verdict.INCONCLUSIVE}
    assert found[address("b")].samples == 100


def test_what_never_comes_back_is_told(monkeypatch):
    monkeypatch.setattr(registry, "read", lambda *_: threading.Event().wait(0.5))
    found = read_all([ratio("a", "http://127.0.0.1:1")], asked(), KEYS, timing=Timing(), total=0.05)
    assert found[address("a")].reason == (
        "There was no answer within 0.05 s. Try again, or look at what the monitor asks."
    )


def test_many_are_read_a_few_at_a_time():
    with serving(double(100, 10_000)) as server:
        monitors = [ratio(f"m{number}", server.url) for number in range(12)]
        found = read_all(monitors, asked(baselines={one.address: FROZEN for one in monitors}), KEYS)
    assert {reading.verdict for reading in found.values()} == {Verdict.PASS}
    assert len(found) == 12


def test_a_bug_is_a_reason_and_shows_no_values(monkeypatch):
    def broken(*_):
        raise RuntimeError("a secret")

    monkeypatch.setattr(registry, "_OPENERS", {"datadog": broken})
    found = read_all([ratio("a", "x")], asked(), KEYS)[address("a")]
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.reason == "Flagstaff has a bug (RuntimeError) in reading this monitor. Please report it."


def test_a_secret_that_a_server_sends_back_is_not_told():
    token = "a-token-of-the-source"
    answer = {"status": "success", "warnings": [f"{token} and {API_KEY} are odd"], "data": None}
    with serving(Canned(Response(200, json.dumps(answer).encode()))) as server:
        source = MonitorSource("prometheus", {"url": server.url, "query": "q"}, {"token": token})
        found = read_all([ratio("a", "x", source=source)], asked(), KEYS)[address("a")]
    assert '"(secret) and (secret) are odd"' in found.reason


def test_a_kind_that_nobody_knows():
    found = read_all([ratio("a", "x", source=MonitorSource("graphite"))], asked(), KEYS)[address("a")]
    assert found.reason == 'There is no source of the kind "graphite".'


def test_secrets_are_put_where_they_belong():
    source = MonitorSource("http_json", {"url": "u", "headers": {"A": "1"}}, {"token": "t", "headers.B": "2"})
    assert merged(source) == {"url": "u", "headers": {"A": "1", "B": "2"}, "token": "t"}
