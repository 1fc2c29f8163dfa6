"""A rollout from its first plan to its end, in simulated time, with all that gets in its way.

The world is a function of the simulated time: its errors are up for some hours after the canary. A real Prometheus has
that history in its database, and a double says the same where there is none.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from flagstaff.state.journal import decode_entry, encode_entry, link, verify
from flagstaff.testing.clock import FakeClock
from flagstaff.testing.flipper_double import Response
from flagstaff.testing.flipper_server import serving
from flagstaff.testing.prometheus import Server, samples
from flagstaff.testing.signing import make_key

pytestmark = pytest.mark.service("ssh-keygen")

START = datetime(2026, 1, 27, 14, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
# While these last, one request in ten fails, and else one in a hundred.
BAD = (START + 3 * HOUR, START + 8 * HOUR)
# Requests a minute.
TRAFFIC = 600
WINDOW = 30 * MINUTE

MAIN = """\
flagstaff {
  environment = "staging"
  timezone    = "America/New_York"
  backend "local" {
    path = "state.json"
  }
}

provider "flipper" {
  source = "embedded"
  path   = "live.json"
}

role "po" {
  signers = [SIGNER]
}

product "records" {
  title  = "Medical Records"
  owner  = role.po
  people = 1200000
}

product "billing" {
  title = "Billing"
}

toggle "allergies" {
  key     = "allergies_enabled"
  product = product.records
}

toggle "medications" {
  key     = "medications_enabled"
  product = product.records
  requires {
    toggles  = [toggle.allergies]
    at_least = 5
    reason   = "The list shows allergies"
  }
}

toggle "invoices" {
  key        = "invoices_enabled"
  product    = product.billing
  percentage = 0
}

blocker "vista" {
  title  = "Vista health data validation complete"
  status = "in_progress"
}

monitor "errors" {
  title = "Error ratio"
  source SOURCE
  baseline {
    window = "6h"
  }
}

trigger "errors" {
  title   = "New errors when fetching records"
  reason  = "People can't see their records"
  action  = "Disable, verify, document"
  monitor = monitor.errors
}

rollout "records" {
  title      = "Accelerated Records"
  product    = product.records
  go         = ["canary"]
  blocked_by = [blocker.vista]
  triggers   = [trigger.errors]
  soak       = "24h"

  stage "canary" {
    percentage = 5
    toggles    = [toggle.allergies, toggle.medications]
  }

  stage "limited" {
    percentage = 20
    toggles    = [toggle.allergies, toggle.medications]
    monitors   = [monitor.errors]
    approval   = role.po
  }

  stage "everyone" {
    percentage = 100
    toggles    = [toggle.allergies, toggle.medications]
    monitors   = [monitor.errors]
    approval   = role.po
  }
}
"""


def errors(at):
    """How many there were since the first of time."""
    start, end = BAD
    bad = max(timedelta(0), min(at, end) - start)
    return ((at - START) / MINUTE + 10_000) * TRAFFIC * 0.01 + bad / MINUTE * TRAFFIC * 0.09


class Service:
    """Says how many errors and requests there were within the window that ends now."""

    mount = ""

    def __init__(self, clock):
        self.clock = clock

    def handle(self, method, target, headers, body):
        now, span = self.clock.now(), timedelta(seconds=int(target.rpartition("=")[2]))
        if span != WINDOW:  # the baseline, of the time before
            now -= WINDOW
        said = {"errors": errors(now) - errors(now - span), "requests": span / MINUTE * TRAFFIC}
        return Response(200, json.dumps(said).encode())


@pytest.fixture
def double(clock):
    with serving(Service(clock)) as server:
        yield f"""\
"http_json" {{
    url         = "{server.url}/stats?last=$window"
    numerator   = "/errors"
    denominator = "/requests"
    window      = "30m"
    delay       = "0s"
  }}"""


@pytest.fixture
def prometheus():
    span = ((START - 12 * HOUR).timestamp(), (START + 144 * HOUR).timestamp())
    begun = datetime.fromtimestamp(span[0], UTC)

    def failed(seconds):
        return errors(begun + timedelta(seconds=seconds))

    server = Server.create(
        [
            *samples("errors_total", *span, failed),
            *samples("requests_total", *span, lambda seconds: seconds / 60 * TRAFFIC),
        ]
    )
    yield f"""\
"prometheus" {{
    url         = "{server.url}"
    numerator   = "sum(increase(errors_total[$window]))"
    denominator = "sum(increase(requests_total[$window]))"
    window      = "30m"
    delay       = "0s"
  }}"""
    server.remove()


@dataclass
class Walk:
    """The project with its clock and its product owner's key."""

    project: object
    clock: FakeClock
    key: str

    def run(self, *arguments):
        ran = self.project.run(*arguments)
        assert "bug" not in ran.err
        return ran

    def do(self, *arguments, code=0):
        ran = self.run(*arguments)
        assert ran.code == code, ran.both
        return ran

    def at(self, hours):
        """Let time pass until so many hours after the start."""
        self.clock.time = START + timedelta(hours=hours)

    def go(self, *stages):
        text = (self.project.path / "main.hcl").read_text(encoding="utf-8")
        listed = ", ".join(f'"{name}"' for name in stages)
        self.project.main(re.sub(r"go         = \[.*\]", f"go         = [{listed}]", text))

    @property
    def levels(self):
        return [self.project.percentage(f"{name}_enabled") for name in ("allergies", "medications", "invoices")]

    def agreed(self, note):
        """A plan that the product owner agrees to, and that is applied then."""
        self.do("plan", "-out=next.plan")
        self.do("apply", "next.plan")
        assert self.facts("result")[-1]["outcome"] == "applied"
        self.do("approve", "next.plan", "-as=po", f"-key={self.key}", f"-note={note}")
        self.do("apply", "next.plan")

    def facts(self, kind):
        return [entry["data"] for entry in self.project.journal if entry["kind"] == kind]


@pytest.fixture(params=["double", pytest.param("prometheus", marks=pytest.mark.service("prometheus"))])
def walk(request, new_project, feature, clock, tmp_path):
    source = request.getfixturevalue(request.param)
    key = make_key(tmp_path, "po")
    text = MAIN.replace("SOURCE", source).replace("SIGNER", json.dumps(key.signer("po@example.gov")))
    names = ("allergies", "medications", "invoices")
    project = new_project(text, {f"{name}_enabled": feature() for name in names})
    project.env["HOME"] = str(tmp_path)
    return Walk(project, clock, str(key.file))


def flat(ran):
    return " ".join(ran.both.split())


def test_from_the_first_plan_to_the_end(walk):
    a_blocker_stops_it(walk)
    the_canary_soaks(walk)
    errors_take_it_back(walk)
    what_went_down_stays_down(walk)
    a_signed_release_lets_it_go_on(walk)
    it_goes_on_to_everyone(walk)
    what_was_done_is_told(walk)
    nobody_rewrites_it(walk)


def a_blocker_stops_it(walk):
    ran = walk.do("plan", code=3)
    assert (
        'Stage "canary" waits for blocker.vista ("Vista health data validation complete"), which is in progress.'
        in (flat(ran))
    )
    assert walk.do("apply", "-auto-approve", code=3)
    assert walk.levels == [None, None, None]
    walk.project.edit('status = "in_progress"', 'status = "complete"')


def the_canary_soaks(walk):
    walk.do("apply", "-auto-approve")
    assert walk.levels == ["5", "5", None]
    walk.at(1)
    walk.go("canary", "limited")
    ran = walk.do("plan", code=3)
    assert "earliest 2026-01-28 09:00 EST, soak 24 h" in flat(ran)
    walk.go("canary")


def errors_take_it_back(walk):
    """Within one evaluation: the first reading that fails is the one after which all is down."""
    ran = walk.do("watch", "-rollout=records", "-interval=10m", "-auto-rollback", code=1)
    assert walk.levels == ["0", "0", None]
    read = [fact["reading"] for fact in walk.facts("measured") if fact["reading"]["monitor"] == "monitor.errors"]
    failed = datetime.fromisoformat(read[-1]["at"])
    assert read[-1]["verdict"] == "fail"
    assert [one["verdict"] for one in read[:-1]] == ["pass"] * (len(read) - 1)
    # The first look at a window with more errors than chance explains.
    assert BAD[0] < failed <= BAD[0] + 10 * MINUTE
    [begun] = (entry for entry in walk.project.journal if entry["kind"] == "rollback_started")
    assert datetime.fromisoformat(begun["time"]) == failed
    assert begun["data"]["trigger"] == "trigger.errors"
    lowered = [fact["address"] for fact in walk.facts("intent") if fact["after"] == "0"]
    assert lowered == ["toggle.medications", "toggle.allergies"]
    assert "New errors when fetching records (trigger.errors)" in ran.out
    assert "What to do: Disable, verify, document" in ran.out
    assert "flagstaff rollback -rollout records -reason 'New errors when fetching records (trigger.errors): " in ran.out


def what_went_down_stays_down(walk):
    walk.at(12)  # the errors are gone
    walk.project.edit("percentage = 0\n", "percentage = 10\n")
    ran = walk.do("plan")
    assert "? 2 raises wait for a person; 1 other change can be applied." in ran.out
    assert "Held: toggle.allergies waits at 0 %" in ran.out
    assert "against a baseline of 1 %: the data supports an increase of" in flat(ran)
    assert '"canary" at 5 %, stopped' in ran.out
    walk.do("apply", "-auto-approve")
    assert walk.levels == ["0", "0", "10"]
    status = walk.do("status")
    assert "HELD (canary 5 %, stopped)" in status.out
    assert "trigger.errors fired at 2026-01-27 12:10 EST: monitor.errors: 4 % (720 of 18,000)" in flat(status)


def a_signed_release_lets_it_go_on(walk):
    ran = walk.do("release", "toggle.allergies", "-note=the cache was cold", code=1)
    for name in ("allergies", "medications"):
        walk.do("release", f"toggle.{name}", "-note=the cache was cold", f"-key={walk.key}")
    ran = walk.do("plan", code=3)
    assert "Trigger has fired" in ran.out
    assert 'trigger.errors ("New errors when fetching records") fired at 2026-01-27 12:10 EST: ' in flat(ran)
    assert "flagstaff answer trigger.errors -verdict=pass -note=..." in flat(ran)
    walk.do("answer", "trigger.errors", "-verdict=pass", "-note=fixed")
    ran = walk.do("plan")
    assert "same people" in flat(ran)
    walk.do("apply", "-auto-approve")
    assert walk.levels == ["5", "5", "10"]
    walk.at(30)  # a day after the first time, and not after this one
    walk.go("canary", "limited")
    assert "earliest 2026-01-28 21:00 EST, soak 24 h" in flat(walk.do("plan", code=3))


def it_goes_on_to_everyone(walk):
    ran = walk.do("watch", "-interval=1h")
    assert walk.clock.time == START + 36 * HOUR
    assert "rollout.records.stage.canary: soak served (24 h)" in flat(ran)
    walk.agreed("the canary was quiet")
    assert walk.levels == ["20", "20", "10"]
    walk.at(61)
    walk.go("canary", "limited", "everyone")
    walk.agreed("no calls")
    assert walk.levels == ["100", "100", "10"]
    ran = walk.do("watch", "-interval=6h", "-auto-rollback")
    assert "No soak runs any more, and no trigger fired." in ran.out
    assert walk.clock.time == START + 85 * HOUR
    assert "complete" in walk.do("status").out
    assert "No changes." in walk.do("plan").out


def what_was_done_is_told(walk):
    walk.do("journal", "verify")
    told = flat(walk.do("history", "-rollout=records"))
    for line in (
        "monitor.errors read: fail. 4 % (720 of 18,000) against a baseline of 1 %: the data supports an increase of",
        "trigger.errors fired: monitor.errors: 4 % (720 of 18,000) against a baseline of 1 %",
        "rollback began: toggle.allergies, toggle.medications down to 0 %, on trigger.errors: New errors when",
        "toggle.medications held, was at 5 %",
        "released toggle.allergies, by po@example.gov (signed) for role.po: the cache was cold",
        "called off trigger.errors: fixed",
        'stage "everyone" is verified',
    ):
        assert line in told, line
    assert "toggle.invoices" not in told
    report = walk.do("report", "rollout", "records").out
    for fact in (
        "Complete: the last stage has served its soak.",
        "2026-01-27 09:00 EST",  # the canary, for the first time
        "2026-01-27 21:00 EST",  # and again
        "2026-01-28 21:00 EST",  # limited
        "2026-01-29 22:00 EST",  # everyone
        "| 2026-01-27 12:10 EST |",  # and back
        "New errors when fetching records",
        "the cache was cold",
        "the canary was quiet",
        "no calls",
        "example.gov (signed) | role.po |",
    ):
        assert fact in report, fact


def nobody_rewrites_it(walk):
    path = walk.project.path / "state.journal.jsonl"
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)

    def finds(data, what):
        path.write_bytes(data)
        ran = walk.do("journal", "verify", code=1)
        assert what in flat(ran), ran.both

    at = whole.index(b"the cache was cold")
    finds(
        whole[:at] + b"The cache was cold" + whole[at + 18 :], "its content does not match its hash; it was rewritten"
    )
    finds(b"".join(lines[:-1]), "which the state takes in, is not there; the journal was cut")
    finds(rewritten(lines), "which the state takes in, is not there; the journal was cut")
    path.write_bytes(whole)
    walk.do("journal", "verify")


def rewritten(lines):
    """Another past, in itself without a flaw."""
    entries = []
    for line in lines:
        old = decode_entry(line.decode())
        data = json.loads(json.dumps(dict(old.data)).replace("the cache was cold", "it was nothing"))
        last = entries[-1] if entries else None
        entries += link(last, [(old.kind, data)], time=old.time, run=old.run, who=old.who)
    assert verify(entries) == ()
    return "".join(f"{encode_entry(entry)}\n" for entry in entries).encode()
