"""`watch` as people run it, beside a real Prometheus that scrapes: the errors go up, and all comes down."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time

import pytest

from flagstaff.testing.prometheus import Server

pytestmark = pytest.mark.service("prometheus")

MAIN = """\
flagstaff {
  environment = "try-out"
  backend "local" {
    path = "state.json"
  }
}

provider "flipper" {
  source = "embedded"
  path   = "live.json"
}

toggle "parent" {
  key = "parent_enabled"
}

toggle "child" {
  key = "child_enabled"
  requires {
    toggles  = [toggle.parent]
    at_least = 5
  }
}

monitor "errors" {
  title = "Error ratio"
  source "prometheus" {
    url         = "URL"
    numerator   = "sum(increase(errors_total[$window]))"
    denominator = "sum(increase(requests_total[$window]))"
    window      = "2s"
    delay       = "0s"
    interval    = "1s"
  }
  pass_when = measured <= 0.05
}

trigger "errors" {
  title   = "New errors"
  monitor = monitor.errors
}

rollout "ramp" {
  go       = ["canary"]
  triggers = [trigger.errors]
  soak     = "10m"
  stage "canary" {
    percentage = 5
    toggles    = [toggle.parent, toggle.child]
  }
}
"""


class Traffic:
    """Counts up, as a service under load does; `share` of its requests fail."""

    def __init__(self, values):
        self.values, self.share, self.ended = values, 0.01, threading.Event()
        values.update(errors_total=0, requests_total=0)
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.ended.wait(0.05):
            self.values["requests_total"] += 100
            self.values["errors_total"] += 100 * self.share

    def stop(self):
        self.ended.set()
        self.thread.join()


@pytest.fixture
def server():
    made = Server.create()
    yield made
    made.remove()


@pytest.fixture
def traffic(server):
    made = Traffic(server.exporter.values)
    yield made
    made.stop()


def flagstaff(folder, *arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "flagstaff", *arguments],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def done(folder, *arguments):
    with flagstaff(folder, *arguments) as process:
        process.communicate(timeout=60)
    return process.returncode


def test_errors_that_go_up_take_it_back_within_one_evaluation(server, traffic, tmp_path):
    (tmp_path / "main.hcl").write_text(MAIN.replace("URL", server.url), encoding="utf-8")
    gates = {"boolean": None, "groups": [], "actors": [], "percentage_of_actors": None, "percentage_of_time": None}
    live = tmp_path / "live.json"
    live.write_text(json.dumps({"version": 1, "features": {"parent_enabled": gates, "child_enabled": gates}}))
    assert done(tmp_path, "apply", "-auto-approve") == 0
    assert levels(live) == ["5", "5"]
    server.wait(lambda: server.value("increase(requests_total[2s])"), "samples of the exporter")
    time.sleep(1.0)
    verdicts = []
    with flagstaff(tmp_path, "watch", "-json", "-interval=1s", "-auto-rollback") as process:
        for line in process.stdout:
            message = json.loads(line) if line.startswith("{") else {}
            if message.get("type") == "watch_evaluation":
                verdicts += [one["verdict"] for one in message["evaluation"]["readings"]]
            if verdicts[-2:] == ["pass", "pass"]:
                traffic.share = 0.5
    assert process.returncode == 1
    assert levels(live) == ["0", "0"]
    assert verdicts[-1] == "fail"
    assert verdicts.count("fail") == 1, "nothing is looked at once more before it goes down"
    journal = [json.loads(line) for line in (tmp_path / "state.journal.jsonl").read_text().splitlines()]
    begun = next(entry for entry in journal if entry["kind"] == "rollback_started")
    lowered = [
        entry["data"]["address"] for entry in journal if entry["kind"] == "intent" and entry["run"] == begun["run"]
    ]
    assert lowered == ["toggle.child", "toggle.parent"]


def levels(live):
    features = json.loads(live.read_text())["features"]
    return [features[f"{name}_enabled"]["percentage_of_actors"] for name in ("parent", "child")]
