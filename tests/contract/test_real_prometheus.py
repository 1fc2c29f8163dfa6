"""A real Prometheus: what it says in every case that a monitor must not take for good news."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from flagstaff.addresses import Address
from flagstaff.model.evidence import Verdict
from flagstaff.model.rollout import Baseline, Monitor, MonitorSource
from flagstaff.monitors.protocols import Asked
from flagstaff.monitors.registry import read_all
from flagstaff.providers.surroundings import Surroundings
from flagstaff.testing.prometheus import Server, samples

pytestmark = pytest.mark.service("prometheus")

# The end of the samples: 1 error in 100 requests until then, and 5 in the last half hour.
END = datetime(2026, 1, 27, 14, 0, tzinfo=UTC)
START = END - timedelta(hours=6)
HALF = timedelta(minutes=30)
ERRORS = Address("monitor", "errors")
RATIO = {
    "numerator": 'sum(increase(errors_total{app="scdf"}[$window]))',
    "denominator": 'sum(increase(requests_total{app="scdf"}[$window]))',
}


def errors(seconds):
    before = (END - HALF - START).total_seconds()
    return seconds / 10 if seconds <= before else before / 10 + (seconds - before) / 2


@pytest.fixture(scope="module")
def history():
    span, labels = (START.timestamp(), END.timestamp()), {"app": "scdf"}
    server = Server.create(
        [
            *samples("errors_total", *span, errors, labels=labels),
            *samples("requests_total", *span, lambda seconds: seconds * 10, labels=labels),
            *samples("zero_total", *span, lambda _: 0.0),
        ]
    )
    yield server
    server.remove()


def monitor(server, settings, **fields):
    made = Monitor(ERRORS, "Errors", MonitorSource("prometheus", {"url": server.url, **settings}))
    return replace(made, **{"window": HALF, "delay": timedelta(0), "baseline": Baseline(timedelta(hours=4)), **fields})


def reading(one, at=END):
    return read_all([one], Asked(at), Surroundings())[ERRORS]


def test_a_ratio_is_read_and_compared_with_the_time_before(history):
    before = reading(monitor(history, RATIO), END - HALF)
    assert before.verdict is Verdict.PASS, before.reason
    assert before.measured is not None
    assert before.measured == pytest.approx(Decimal("0.01"), rel=Decimal("0.001"))
    assert before.fresh
    assert before.baseline is not None
    assert before.baseline.samples == pytest.approx(Decimal(144_000), rel=Decimal("0.01"))
    after = reading(monitor(history, RATIO))
    assert after.verdict is Verdict.FAIL
    assert after.reason.startswith(
        "5 % (900 of 18,000) against a baseline of 1 %: the data supports an increase of 4 percentage points ("
    )
    assert after.query == f"{RATIO['numerator']} / {RATIO['denominator']}".replace("$window", "1800s")
    assert (after.start, after.end) == (END - HALF, END)


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("sum(increase(unheard_of_total[$window]))", "There is no data at this time: the metric is unknown"),
        ("sum(increase(zero_total[$window])) / sum(increase(zero_total[$window]))", "The source answered NaN"),
        ("1 / sum(increase(zero_total[$window]))", "The source answered Infinity"),
        (
            '{__name__=~"errors_total|requests_total"}',
            "Aggregate to one series, with sum(...) for example: there are 2",
        ),
        ("errors_total[$window]", "The query gives a matrix and not one number."),
        ("sum(increase(errors_total", "can't evaluate the query. It says: "),
    ],
)
def test_what_is_no_number_never_passes(history, query, reason):
    found = reading(monitor(history, {"query": query}))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert reason in found.reason
    assert found.measured is None


def test_a_numerator_that_is_not_there_is_no_zero_unless_the_query_says_so(history):
    unknown = {**RATIO, "numerator": "sum(increase(unheard_of_total[$window]))"}
    found = reading(monitor(history, unknown))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.reason.startswith("The numerator: There is no data at this time")
    said = {**unknown, "numerator": f"{unknown['numerator']} or vector(0)"}
    assert reading(monitor(history, said)).verdict is Verdict.PASS


def test_a_time_without_samples_is_no_data(history):
    found = reading(monitor(history, RATIO), END + timedelta(hours=2))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.reason.startswith("The denominator: There is no data at this time")


def test_a_target_that_dies_while_it_is_watched(history):
    """A range still has samples of it; a query that asks for `up` beside them has not."""
    live = {"query": 'sum(rate(jobs_total[$window])) and on() (sum(up{job="app"}) > 0)'}
    one = monitor(
        history, live, window=timedelta(minutes=5), interval=timedelta(seconds=1), baseline=Baseline(value=Decimal(10))
    )
    exporter = history.exporter
    exporter.values["jobs_total"] = 1
    history.wait(lambda: history.value("count_over_time(jobs_total[5m]) >= 2"), "samples of the exporter")
    history.wait(lambda: reading(one, datetime.now(UTC)).verdict is Verdict.PASS, "a reading that passes")
    exporter.stop()
    history.wait(lambda: history.value('up{job="app"}') == "0", "a target that is down")
    time.sleep(1.0)
    found = reading(one, datetime.now(UTC))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.reason.startswith("There is no data at this time: the metric is unknown, or its target is down.")


def test_a_session_server_scrapes_its_exporter(prometheus):
    prometheus.exporter.values['errors_total{code="500"}'] = 3
    prometheus.wait(lambda: prometheus.value("sum(errors_total)") == "3", "what the exporter says")
