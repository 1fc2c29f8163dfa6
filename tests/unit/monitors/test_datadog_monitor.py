"""A monitor of Datadog's own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from flagstaff.model.evidence import Verdict
from flagstaff.monitors.datadog_monitor import open_datadog_monitor
from flagstaff.monitors.http import Reach
from flagstaff.monitors.protocols import Judged, Trouble, Window
from flagstaff.providers.surroundings import Surroundings
from flagstaff.testing.flipper_double import Response
from flagstaff.testing.flipper_server import serving
from flagstaff.testing.metrics_double import API_KEY, APP_KEY, Canned, DatadogDouble, monitor

END = datetime(2026, 1, 27, 14, 0, tzinfo=UTC)
WINDOW = Window(END - timedelta(hours=1), END)
NOW = int(END.timestamp())


def measured(double, **settings):
    with serving(double) as server:
        given = {"site": server.url.removeprefix("http://"), "api_key": API_KEY, "app_key": APP_KEY, **settings}
        source = open_datadog_monitor(given, Reach(Surroundings(), float("inf")))
        assert not isinstance(source, Trouble)
        return source.measure(WINDOW)


def judged(overall="OK", **fields):
    found = measured(DatadogDouble(monitors={7: monitor(7, "Errors", overall, **fields)}), id=7)
    assert isinstance(found, Judged)
    return found


@pytest.mark.parametrize(
    ("state", "verdict", "reason"),
    [
        ("OK", Verdict.PASS, 'The monitor of Datadog, "Errors", is OK.'),
        ("Alert", Verdict.FAIL, 'The monitor of Datadog, "Errors", alerts for *.'),
        ("Warn", Verdict.INCONCLUSIVE, "warns, which is no alert yet. Look at it in Datadog."),
        ("No Data", Verdict.INCONCLUSIVE, "has no data. Look at it in Datadog."),
        ("Skipped", Verdict.INCONCLUSIVE, "was not evaluated."),
        ("Unknown", Verdict.INCONCLUSIVE, "can't tell."),
        ("Ignored", Verdict.INCONCLUSIVE, "is ignored."),
        ("Brand new", Verdict.INCONCLUSIVE, 'is in the state "Brand new".'),
    ],
)
def test_only_ok_passes(state, verdict, reason):
    found = judged(state)
    assert found.verdict is verdict
    assert reason in found.reason
    assert found.query == "monitor 7"


def test_one_group_that_alerts_is_an_alert_and_one_without_data_no_pass():
    groups = {"host:b": {"status": "Alert"}, "host:a": {"status": "No Data"}, "host:c": {"status": "OK"}}
    found = judged("OK", state={"groups": groups})
    assert found.verdict is Verdict.FAIL
    assert found.reason.endswith("alerts for host:b.")
    del groups["host:b"]
    assert judged("OK", state={"groups": groups}).verdict is Verdict.INCONCLUSIVE
    assert judged("OK", state={"groups": {"host:a": None}}).verdict is Verdict.INCONCLUSIVE
    assert judged("OK", state={"groups": {"host:c": {"status": "OK"}}}).verdict is Verdict.PASS
    assert judged("OK", state=None).verdict is Verdict.PASS
    assert judged("Alert", state=None).reason.endswith('"Errors", alerts.')


@pytest.mark.parametrize("state", ["OK", "Alert"])
def test_a_monitor_in_a_downtime_says_nothing(state):
    found = judged(state, matching_downtimes=[{"id": 1, "scope": ["*"], "start": NOW - 60, "end": None}])
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "is in a downtime: what it says doesn't count." in found.reason


@pytest.mark.parametrize(
    ("silenced", "verdict"),
    [
        ({"*": None}, Verdict.INCONCLUSIVE),
        ({"*": NOW + 60}, Verdict.INCONCLUSIVE),
        ({"*": NOW - 60}, Verdict.PASS),
        ({}, Verdict.PASS),
        (None, Verdict.PASS),
    ],
)
def test_a_muted_monitor_says_nothing(silenced, verdict):
    assert judged(options={"silenced": silenced}).verdict is verdict


def test_a_monitor_that_is_not_there():
    found = measured(DatadogDouble(), id=8)
    assert isinstance(found, Trouble)
    assert 'answered with 404: there is nothing at this address. It says: "Monitor not found".' in found.reason
    assert found.query == "monitor 8"


def named(*documents, **settings):
    return measured(DatadogDouble(monitors={one["id"]: one for one in documents}), **settings)


def test_by_its_whole_name_and_all_tags():
    right = monitor(7, "Errors", tags=["team:a", "env:prod"])
    others = (monitor(8, "Errors of others", "Alert"), monitor(9, "Errors", "Alert", tags=["env:prod"]))
    found = named(right, *others, name="Errors", tags=["team:a"])
    assert isinstance(found, Judged)
    assert (found.verdict, found.query) == (Verdict.PASS, 'monitor "Errors" team:a')


@pytest.mark.parametrize(("documents", "count"), [((), "none has"), ((monitor(1, "E"), monitor(2, "E")), "2 have")])
def test_none_or_several_of_that_name(documents, count):
    found = named(*documents, name="E")
    assert found == Trouble(
        f"One monitor with exactly this name and these tags is wanted, and {count} them. Give its id.", 'monitor "E"'
    )


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"id": 8, "overall_state": "OK"}', b'{"id": 7}'])
def test_an_answer_in_another_form(body):
    found = measured(Canned(Response(200, body)), id=7)
    assert found == Trouble("Datadog answered without the monitor's state. Is the id right?", "monitor 7")


def test_a_list_in_another_form():
    found = measured(Canned(Response(200, b"{}")), name="E")
    assert found == Trouble("Datadog answered without a list of monitors. Is the site right?", 'monitor "E"')


def test_a_list_that_can_not_be_read():
    found = measured(Canned(Response(404)), name="E")
    assert isinstance(found, Trouble)
    assert "answered with 404" in found.reason


def test_without_keys():
    found = open_datadog_monitor({"id": 7}, Reach(Surroundings(), 1.0))
    assert isinstance(found, Trouble)
