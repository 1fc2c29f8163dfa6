"""Datadog's metrics, by both versions of its API: the same questions, the same verdict-worthy numbers."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from flagstaff.monitors.datadog import open_datadog
from flagstaff.monitors.http import Reach, Timing
from flagstaff.monitors.protocols import Counted, Trouble, Valued, Window
from flagstaff.providers.surroundings import Surroundings
from flagstaff.testing.flipper_double import Response
from flagstaff.testing.flipper_server import serving
from flagstaff.testing.metrics_double import API_KEY, APP_KEY, Canned, DatadogDouble, Series

END = datetime(2026, 1, 27, 14, 0, tzinfo=UTC)
WINDOW = Window(END - timedelta(hours=1), END)
STOP = int(END.timestamp())
ERRORS, REQUESTS, LATENCY = (
    "sum:scdf.errors{env:prod}.as_count()",
    "sum:scdf.requests{env:prod}.as_count()",
    "avg:p95{*}",
)
RATIO = {"numerator": ERRORS, "denominator": REQUESTS}
KEYS = {"DD_API_KEY": API_KEY, "DD_APP_KEY": APP_KEY}
versions = pytest.mark.parametrize("api", ["v1", "v2"])


def reach(**environment):
    timing = Timing(sleep=lambda _: None, monotonic=lambda: 0.0, now=lambda: END, chance=lambda: 0.5)
    return Reach(Surroundings(KEYS | environment), 60.0, timing)


def minutes(value, *, count=60, tags=()):
    return Series([(STOP - 60 * (number + 1), value) for number in reversed(range(count))], tags)


def measured(double, settings, window=WINDOW, **environment):
    with serving(double) as server:
        site = server.url.removeprefix("http://")
        source = open_datadog({"site": site, **settings}, reach(**environment))
        return source if isinstance(source, Trouble) else source.measure(window)


@versions
def test_counts_are_summed_each_by_itself(api):
    double = DatadogDouble({ERRORS: [minutes(1)], REQUESTS: [minutes(100.5)]})
    found = measured(double, {"api": api, **RATIO})
    assert found == Counted(Decimal(60), Decimal(6030), f"{ERRORS} / {REQUESTS}")
    assert double.asked == [REQUESTS, ERRORS]


@versions
def test_a_value_is_averaged_over_the_window(api):
    double = DatadogDouble({LATENCY: [Series([(STOP - 120, 1.0), (STOP - 60, 2.0)])]})
    assert measured(double, {"api": api, "query": LATENCY}) == Valued(Decimal("1.5"), LATENCY)


@versions
def test_one_query_that_counts_is_summed(api):
    assert measured(DatadogDouble({ERRORS: [minutes(2)]}), {"api": api, "query": ERRORS}) == Valued(
        Decimal(120), ERRORS
    )


@versions
def test_points_outside_of_the_window_do_not_count(api):
    points = [(STOP - 3660, 100), (STOP - 3600, 1), (STOP - 60, 2), (STOP, 100), (STOP + 60, 100)]
    found = measured(DatadogDouble({ERRORS: [Series(points)]}), {"api": api, "query": ERRORS})
    assert found == Valued(Decimal(3), ERRORS)


@versions
def test_buckets_without_data_are_left_out(api):
    points = [(STOP - 180, 1), (STOP - 120, None), (STOP - 60, None)]
    found = measured(DatadogDouble({LATENCY: [Series(points)]}), {"api": api, "query": LATENCY})
    assert found == Valued(Decimal(1), LATENCY)


@versions
@pytest.mark.parametrize("series", [[], [Series([(STOP - 60, None)])], [Series([(STOP - 7200, 1)])]])
def test_no_data_is_no_zero(api, series):
    found = measured(DatadogDouble({ERRORS: series, REQUESTS: [minutes(1)]}), {"api": api, **RATIO})
    assert isinstance(found, Trouble)
    assert found.reason.startswith("The numerator: There is no data in this window. If nothing to count means 0, write")
    assert found.query == f"{ERRORS} / {REQUESTS}"
    assert isinstance(measured(DatadogDouble(), {"api": api, "query": LATENCY}), Trouble)


@versions
def test_a_sparse_denominator_is_no_data_either(api):
    found = measured(DatadogDouble({ERRORS: [minutes(1)]}), {"api": api, **RATIO})
    assert isinstance(found, Trouble)
    assert found.reason.startswith("The denominator: There is no data in this window.")


@versions
def test_a_ratio_in_one_query_is_averaged_and_not_summed(api):
    query = f"{ERRORS}/{REQUESTS}"
    double = DatadogDouble({query: [Series([(STOP - 120, 0.25), (STOP - 60, 0.75)])]})
    assert measured(double, {"api": api, "query": query}) == Valued(Decimal("0.5"), query)


@versions
def test_several_series_are_refused(api):
    query = "sum:scdf.errors{*} by {host}.as_count()"
    several = [minutes(1, tags=("host:a",)), minutes(1, tags=("host:b",))]
    found = measured(DatadogDouble({query: several}), {"api": api, "query": query})
    assert isinstance(found, Trouble)
    assert found.reason.startswith("Aggregate to one, without `by {...}`: there are 2 ")
    one = measured(DatadogDouble({query: several[:1]}), {"api": api, "query": query})
    assert one == Valued(Decimal(60), query)


@versions
def test_the_window_stands_in_the_query(api):
    query, asked = "sum:x{*}.as_count().rollup(sum, $window)", "sum:x{*}.as_count().rollup(sum, 3600)"
    found = measured(DatadogDouble({asked: [Series([(STOP - 3600, 7)])]}), {"api": api, "query": query})
    assert found == Valued(Decimal(7), asked)


@versions
def test_wrong_keys(api):
    found = measured(DatadogDouble(), {"api": api, "query": LATENCY}, DD_API_KEY="another")
    assert isinstance(found, Trouble)
    assert found.reason.endswith(
        'answered with 403: it does not let us read. It says: "Forbidden". Check the two keys and the site; the '
        "application key needs the scope timeseries_query."
    )


@versions
def test_keys_of_the_source_go_before_those_of_the_environment(api):
    double = DatadogDouble({ERRORS: [minutes(1)]})
    settings = {"api": api, "query": ERRORS, "api_key": API_KEY, "app_key": APP_KEY}
    assert measured(double, settings, DD_API_KEY="x", DD_APP_KEY="y") == Valued(Decimal(60), ERRORS)


PARTIAL = [
    ("v1", {"status": "error", "error": "Query timed out", "series": []}, '"Query timed out"'),
    ("v1", {"status": "error", "series": []}, '"error"'),
    ("v1", {"status": "ok", "errors": ["one shard is down"], "series": []}, "one shard is down"),
    ("v2", {"errors": "partial failure", "data": {}}, '"partial failure"'),
]


@pytest.mark.parametrize(("api", "document", "said"), PARTIAL)
def test_an_answer_that_is_partial_is_refused(api, document, said):
    found = measured(Canned(Response(200, json.dumps(document).encode())), {"api": api, "query": ERRORS})
    assert isinstance(found, Trouble)
    assert found.reason.startswith("Datadog answered, and says that not all is well:")
    assert said in found.reason


def v1(*points):
    return {"status": "ok", "series": [{"pointlist": list(points)}]}


def v2(*columns):
    return {"data": {"attributes": {"columns": list(columns)}}}


ODD = [
    ("v1", [], "a list of series"),
    ("v1", {"status": "ok"}, "a list of series"),
    ("v1", {"status": "ok", "series": [{"pointlist": {}}]}, "a list of points"),
    ("v1", v1(["x", 1]), "points with a time"),
    ("v1", v1([1]), "points with a time"),
    ("v1", v1(7), "points with a time"),
    ("v1", v1([STOP * 1000 - 1000, "1"]), "points with a number"),
    ("v1", v1([STOP * 1000 - 1000, True]), "points with a number"),
    ("v2", [], "columns of numbers"),
    ("v2", {"data": None}, "columns of numbers"),
    ("v2", v2({"type": "number", "values": ["1"]}), "a number"),
    ("v2", v2("x"), "columns of numbers"),
]


@pytest.mark.parametrize(("api", "document", "missing"), ODD)
def test_an_answer_in_another_form_is_refused(api, document, missing):
    found = measured(Canned(Response(200, json.dumps(document).encode())), {"api": api, "query": ERRORS})
    assert isinstance(found, Trouble)
    assert found.reason == f"Datadog answered without {missing}, which its API promises. Is the site right?"


@pytest.mark.parametrize(
    "document", [v2(), v2({"type": "number", "values": []}), v2({"type": "number", "values": [None]})]
)
def test_no_data_in_all_the_forms_of_the_second_version(document):
    found = measured(Canned(Response(200, json.dumps(document).encode())), {"query": ERRORS})
    assert isinstance(found, Trouble)
    assert found.reason.startswith("There is no data in this window.")


def test_the_second_version_is_asked_in_milliseconds():
    double = Canned(Response(200, json.dumps(v2({"type": "number", "values": [3]})).encode()))
    assert measured(double, {"query": LATENCY}) == Valued(Decimal(3), LATENCY)
    [body] = map(json.loads, double.bodies)
    assert body == {
        "data": {
            "type": "scalar_request",
            "attributes": {
                "from": (STOP - 3600) * 1000,
                "to": STOP * 1000,
                "queries": [{"data_source": "metrics", "name": "a", "query": LATENCY, "aggregator": "avg"}],
                "formulas": [{"formula": "a"}],
            },
        }
    }


def test_a_key_that_is_nowhere():
    found = open_datadog({"query": LATENCY}, Reach(Surroundings({"DD_API_KEY": "x"}), 60.0))
    assert found == Trouble("Datadog wants an app_key: give it in the source block, or in the variable DD_APP_KEY.")


@pytest.mark.parametrize("site", ["datadoghq.com", "ddog-gov.com"])
def test_keys_go_only_to_a_host_that_is_allowed_outside_of_the_repository(site):
    settings = {"query": LATENCY} if site == "datadoghq.com" else {"query": LATENCY, "site": site}
    found = open_datadog(settings, reach())
    assert isinstance(found, Trouble)
    assert f"would send its api_key to api.{site}, and nothing outside the repository allows that" in found.reason
    allowed = open_datadog(settings, reach(FLAGSTAFF_ALLOWED_HOSTS=f"api.{site}"))
    assert not isinstance(allowed, Trouble)
    assert str(allowed.client.endpoint) == f"https://api.{site}"


def test_the_site_of_the_environment_is_that_of_datadogs_own_tools():
    allowed = {"FLAGSTAFF_ALLOWED_HOSTS": "api.ddog-gov.com,api.datadoghq.eu", "DD_SITE": "ddog-gov.com"}
    assert str(open_datadog({"query": LATENCY}, reach(**allowed)).client.endpoint) == "https://api.ddog-gov.com"
    own = open_datadog({"query": LATENCY, "site": "datadoghq.eu"}, reach(**allowed))
    assert str(own.client.endpoint) == "https://api.datadoghq.eu"


@pytest.mark.parametrize("site", ["evil.example/x?", "a b", "user@host"])
def test_a_site_that_is_none(site):
    found = open_datadog({"query": LATENCY, "site": site}, reach(FLAGSTAFF_ALLOWED_HOSTS="*"))
    assert isinstance(found, Trouble)
    assert found.reason.endswith("It is a Datadog site such as ddog-gov.com.")
