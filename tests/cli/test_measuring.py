"""Monitors in plans and applies: read before a stage begins, and looked at again before its raises."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from flagstaff.testing.flipper_double import Response
from flagstaff.testing.flipper_server import serving
from flagstaff.testing.metrics_double import Canned

SOURCE = """\
flagstaff {{
  environment = "try-out"
  backend "local" {{
    path = "state.json"
  }}
}}

provider "flipper" {{
  source = "embedded"
  path   = "live.json"
}}

variable "token" {{
  type      = string
  default   = "a-monitor-token"
  sensitive = true
}}

toggle "allergies" {{
  key = "allergies_enabled"
}}

monitor "errors" {{
  title = "Errors"
  source "http_json" {{
    url         = "{url}/stats?last=$window"
    numerator   = "/errors"
    denominator = "/requests"
    token       = var.token
    delay       = "0s"
  }}
  baseline {{
    window = "7d"
  }}
  before_traffic = "wait"
}}

rollout "records" {{
  go       = ["canary"]
  monitors = [monitor.errors]
  stage "canary" {{
    percentage = 5
    toggles    = [toggle.allergies]
  }}
  stage "half" {{
    percentage = 50
    toggles    = [toggle.allergies]
  }}
}}
"""


class Stats:
    """What the measured service says, for each window that it is asked for."""

    mount = ""

    def __init__(self):
        self.errors, self.requests, self.asked, self.tokens = 10, 1000, [], []

    def handle(self, method, target, headers, body):
        self.asked.append(target)
        self.tokens.append(headers["Authorization"])
        factor = 168 if target.endswith("604800") else 1
        errors = 10 if factor > 1 else self.errors
        return Response(200, json.dumps({"errors": errors * factor, "requests": self.requests * factor}).encode())


@pytest.fixture
def stats():
    return Stats()


@pytest.fixture
def url(stats):
    with serving(stats) as server:
        yield server.url


@pytest.fixture
def records(new_project, feature, url):
    return new_project(SOURCE.format(url=url), {"allergies_enabled": feature()})


def facts(project, kind):
    return [entry["data"] for entry in project.journal if entry["kind"] == kind]


def test_a_stage_begins_once_its_monitor_passes_and_the_baseline_is_frozen(records, stats):
    assert records.run("plan").code == 0
    records.apply()
    assert records.percentage("allergies_enabled") == "5"
    assert stats.asked[:2] == ["/stats?last=3600", "/stats?last=604800"]
    [frozen] = facts(records, "baseline_frozen")
    assert (frozen["rollout"], frozen["monitor"]) == ("rollout.records", "monitor.errors")
    assert (frozen["baseline"]["numerator"], frozen["baseline"]["samples"]) == ("1680", "168000")
    [measured] = facts(records, "measured")
    assert (measured["reading"]["verdict"], measured["reading"]["fresh"]) == ("pass", True)
    assert measured["reading"]["query"] == "/errors / /requests"


def test_a_monitor_that_fails_blocks_the_stage_with_the_numbers(records, stats):
    stats.errors = 100
    ran = records.run("plan")
    assert ran.code == 3
    assert "Monitor does not pass" in ran.out
    assert "10 % (100 of 1,000) against a baseline of 1 %: the data supports an increase of 9 percentage" in " ".join(
        ran.out.split()
    )


def test_the_frozen_baseline_is_kept_and_not_asked_for_again(records, stats):
    records.apply()
    stats.asked.clear()
    records.edit('go       = ["canary"]', 'go       = ["canary", "half"]')
    stats.errors = 100
    ran = records.run("plan", "-json")
    assert ran.code == 3
    assert stats.asked == ["/stats?last=3600"]


@pytest.mark.parametrize(
    "body", [b"<html>", b'{"errors": 1', b'{"errors": null, "requests": 1}', b'{"errors": 0, "requests": 0}']
)
def test_bad_news_from_the_source_is_never_a_pass(new_project, feature, body):
    with serving(Canned(Response(200, body))) as server:
        project = new_project(SOURCE.format(url=server.url), {"allergies_enabled": feature()})
        ran = project.run("plan")
    assert ran.code == 3
    assert "Monitor is inconclusive" in ran.out


def test_without_a_network_nothing_is_asked_and_nothing_passes(records, stats):
    ran = records.run("plan", "-no-network")
    assert ran.code == 3
    assert "It was not read, because of -no-network." in " ".join(ran.out.split())
    assert stats.asked == []


def test_without_a_network_other_stores_are_refused(records):
    text = (records.path / "main.hcl").read_text()
    records.main(
        text.replace('source = "embedded"\n  path   = "live.json"', 'source = "api"\n  url = "https://f.example.gov"')
    )
    ran = records.run("plan", "-no-network")
    assert ran.code == 1
    assert 'the source "api" of the provider is read over the network' in " ".join(ran.both.split())
    records.main(
        text.replace(
            'backend "local" {\n    path = "state.json"',
            'backend "s3" {\n    bucket = "va-flagstaff"\n    key = "k"\n    region = "us-east-1"',
        )
    )
    ran = records.run("plan", "-no-network")
    assert ran.code == 1
    assert 'the backend "s3" is read over the network' in " ".join(ran.both.split())


def test_only_refreshing_asks_no_monitor(records, stats):
    records.run("plan", "-refresh-only")
    assert stats.asked == []


def test_a_saved_plan_is_measured_again_and_stopped_by_what_is_found(records, stats):
    assert records.run("plan", "-out=a.plan").code == 0
    assert "a-monitor-token" not in (records.path / "a.plan").read_text()
    stats.errors, stats.asked[:] = 100, []
    ran = records.run("apply", "-auto-approve", "a.plan")
    assert ran.code == 1
    assert "monitor.errors does not pass: 10 % (100 of 1,000)" in " ".join(ran.both.split())
    assert records.percentage("allergies_enabled") is None
    # The baseline is the one that the plan was compared with.
    assert stats.asked == ["/stats?last=3600"]
    verdicts = [fact["reading"]["verdict"] for fact in facts(records, "measured")]
    assert verdicts == ["pass", "fail"]
    assert records.run("journal", "verify").code == 0


def test_a_saved_plan_that_still_passes_is_applied_with_the_secrets_of_today(records, stats):
    assert records.run("plan", "-out=a.plan").code == 0
    assert records.run("apply", "-auto-approve", "a.plan", FLAGSTAFF_VAR_token="another").code == 0
    assert stats.tokens[-1] == "Bearer another"
    assert records.percentage("allergies_enabled") == "5"


def test_secrets_go_nowhere_but_where_the_plan_would_have_sent_them(records, stats):
    assert records.run("plan", "-out=a.plan").code == 0
    stats.asked.clear()
    records.edit("/stats?last=$window", "/elsewhere?last=$window")
    ran = records.run("apply", "-auto-approve", "a.plan")
    assert ran.code == 1
    assert "Its source needs token, which a plan never holds" in " ".join(ran.both.split())
    assert stats.asked == []


def test_a_fresh_reading_is_not_asked_for_twice(records, stats):
    records.apply()
    assert len(stats.asked) == 2


def test_a_pretended_time_is_the_time_of_the_windows(records, stats):
    later = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    ran = records.run("apply", "-auto-approve", f"-now={later}")
    assert ran.code == 0, ran.both
    [measured] = facts(records, "measured")
    assert measured["reading"]["end"][:10] == later[:10]


def test_no_secret_is_in_any_file_or_output(records):
    said = records.run("plan").both + records.run("apply", "-auto-approve").both
    assert "a-monitor-token" not in said
    kept = {name: data for name, data in records.files().items() if name != "main.hcl"}
    assert not [name for name, data in kept.items() if b"a-monitor-token" in data]


def test_a_monitor_of_a_plan_that_can_not_be_read_lets_nothing_through(records):
    assert records.run("plan", "-out=a.plan").code == 0
    document = json.loads((records.path / "a.plan").read_text())
    document["observed"]["monitors"]["monitor.errors"]["window"] = "1h"
    (records.path / "a.plan").write_text(json.dumps(document))
    ran = records.run("apply", "-auto-approve", "a.plan")
    assert ran.code == 1
    assert "monitor.errors can't be read: TypeError. Plan again." in " ".join(ran.both.split())
