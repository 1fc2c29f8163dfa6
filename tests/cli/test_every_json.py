"""Every command that writes JSON, over the days of one rollout: all of it is what the schemas say, and no more.

The clock is simulated; the errors that a monitor counts are up for some hours after the canary.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from flagstaff.testing.flipper_double import Response
from flagstaff.testing.flipper_server import serving
from flagstaff.testing.schemas import flaws, names, schema
from flagstaff.testing.signing import make_key

# The exit codes of what was planned, or applied, whether something is blocked or not.
PLANNED = -1
PEOPLE = "-population=people.txt"
START = datetime(2026, 1, 27, 14, 0, tzinfo=UTC)
MAIN = """\
flagstaff {
  environment = "staging"
  production  = true
  timezone    = "America/New_York"
  backend "local" {
    path = "state.json"
  }
}

provider "flipper" {
  source = "embedded"
  path   = "live.json"
}

variable "invoices" {
  type    = number
  default = 0
}

variable "secret" {
  default   = "hush"
  sensitive = true
}

role "po" {
  signers = [SIGNER]
}

policy {
  max_raise         = 60
  max_changed_share = 0.9
  owner             = role.po

  prevent_self_approval = true
  freeze "holidays" {
    from   = "2026-01-01"
    to     = "2026-12-31"
    reason = "holiday freeze"
    products = [product.records]
  }
}

product "records" {
  title  = "Medical Records"
  owner  = role.po
  people = 1200000
  segment "dual" {
    share = 0.08
    on    = "both sources"
    off   = "the old source"
  }
}

product "billing" {
  title = "Billing"
}

toggle "allergies" {
  key     = "allergies_enabled"
  aliases = ["isAllergies"]
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
  percentage = var.invoices
}

toggle "site" {
  for_each   = toset(["506", "653"])
  key        = "site_${each.key}_enabled"
  product    = product.billing
  create     = true
  percentage = 0
}

toggle "open" {
  key        = "open_enabled"
  percentage = undecided("share for the alignment")
}

experience "list" {
  title = "The list"
  when  = toggle.allergies && toggle.medications
}

blocker "vista" {
  title  = "Vista health data validation complete"
  status = "in_progress"
}

monitor "errors" {
  title = "Error ratio"
  source "http_json" {
    url         = "URL/stats?last=$window"
    numerator   = "/errors"
    denominator = "/requests"
    window      = "30m"
    delay       = "0s"
  }
  baseline {
    window = "6h"
  }
}

monitor "board" {
  title = "Errors on the board"
  source "manual" {
    question = "Is the board clean?"
  }
}

trigger "errors" {
  title   = "New errors"
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
  waive {
    check  = "freeze"
    reason = "agreed in May"
    until  = "2027-01-01"
  }

  stage "canary" {
    percentage = 5
    toggles    = [toggle.allergies, toggle.medications]
    meaning    = "new"
  }

  stage "limited" {
    percentage = between(10, 20)
    toggles    = [toggle.allergies, toggle.medications]
    meaning    = "new"
    together   = true
    monitors   = [monitor.errors, monitor.board]
    approval   = role.po
  }

  stage "quiet" {
    soak = "1h"
  }
}

output "shares" {
  value = { canary = 5, names = ["a", "b"] }
}

output "token" {
  value     = var.secret
  sensitive = true
}
"""


class Service:
    """Says how many errors and requests there were; one in ten fails from the third hour on, for five hours."""

    mount = ""

    def __init__(self, clock):
        self.clock = clock

    def handle(self, method, target, headers, body):
        bad = timedelta(hours=3) <= self.clock.now() - START < timedelta(hours=8) and target.endswith("=1800")
        return Response(200, json.dumps({"errors": 1800 if bad else 180, "requests": 18_000}).encode())


class Days:
    """The project, and what was written in which format."""

    def __init__(self, project, clock, key):
        self.project, self.clock, self.key = project, clock, key
        self.seen: dict[str, list] = {}

    def at(self, hours):
        self.clock.time = START + timedelta(hours=hours)

    def run(self, *arguments, code=0, **env):
        ran = self.project.run(*arguments, **env)
        assert ran.code in ((0, 3) if code == PLANNED else (code,)), ran.both[-3000:]
        assert "hush" not in ran.both
        return ran

    def fits(self, name, document):
        assert flaws(name, document) == []
        self.seen.setdefault(name, []).append(document)
        return document

    def one(self, name, *arguments, code=0):
        """A command that prints one document."""
        return self.fits(name, json.loads(self.run(*arguments, code=code).out))

    def lines(self, name, *arguments, code=0):
        """A command that prints a document a line."""
        return [self.fits(name, found) for found in self.run(*arguments, code=code).messages()]

    def looks(self):
        """At everything that can be looked at."""
        self.lines("stream", "plan", "-json", "-unmanaged", PEOPLE, "-audience=full", code=PLANNED)
        self.run("plan", "-out=next.plan", "-unmanaged", PEOPLE, "-audience=full", code=PLANNED)
        self.fits("saved-plan", json.loads((self.project.path / "next.plan").read_text(encoding="utf-8")))
        plan = self.one("plan", "show", "-json", "next.plan")
        self.one("sarif", "show", "-format=sarif", "next.plan")
        self.one("sarif", "plan", "-format=sarif", code=PLANNED)
        self.one("shown-state", "show", "-json")
        self.one("status", "status", "-json")
        self.one("audience", "audience", "-json", PEOPLE)
        self.fits("export", json.loads((self.project.path / "live.json").read_text(encoding="utf-8")))
        return plan

    def record(self):
        """What is kept, and what is told of it."""
        self.one("state", "state", "pull")
        self.one("output", "output", "-json")
        self.fits("state", self.project.state)
        for entry in self.project.journal:
            self.fits("journal", entry)
        self.lines("history", "history", "-json")

    def go(self, *stages):
        text = (self.project.path / "main.hcl").read_text(encoding="utf-8")
        listed = ", ".join(f'"{name}"' for name in stages)
        self.project.main(re.sub(r"go         = \[.*\]", f"go         = [{listed}]", text))


@pytest.fixture
def days(new_project, feature, clock, tmp_path):
    key = make_key(tmp_path, "po")
    with serving(Service(clock)) as server:
        text = MAIN.replace("URL", server.url).replace("SIGNER", json.dumps(key.signer("po@example.gov")))
        live = {f"{name}_enabled": feature() for name in ("allergies", "medications", "invoices", "open")}
        live["medications_enabled"] = feature(actors=["User;1"])
        live["site_506_enabled"] = feature()
        live["nobody_knows_it"] = feature(30)
        project = new_project(text, live)
        project.env |= {"HOME": str(tmp_path), "FLAGSTAFF_AUTHOR": "dev@example.gov"}
        project.write("people.txt", "".join(f"person-{number}\n" for number in range(400)))
        yield Days(project, clock, str(key.file))


@pytest.mark.service("ssh-keygen")
def test_all_that_is_written_is_as_the_schemas_say(days):
    nothing_is_there_yet(days)
    the_canary(days)
    a_trigger_fires(days)
    hands_and_guards(days)
    a_release_and_the_next_stage(days)
    what_was_signed(days)
    unseen = set(names()) - set(days.seen)
    # Written by a script in a Rails console; of a process that runs; read only.
    assert unseen == {"result", "lease", "variables"}
    all_that_matters_was_there(days)


def nothing_is_there_yet(days):
    days.fits("version", json.loads(days.run("version", "-json").out))
    days.one("validate", "validate", "-json")
    days.one("sarif", "validate", "-format=sarif")
    assert days.one("shown-state", "show", "-json") == {"format_version": "1.0"}
    days.project.edit("aliases =", "aliasses =")
    assert days.one("validate", "validate", "-json", code=1)["error_count"] == 1
    days.one("sarif", "plan", "-format=sarif", code=1)
    days.lines("stream", "plan", "-json", code=1)
    days.project.edit("aliasses =", "aliases =")
    logged = days.run("plan", code=3, FLAGSTAFF_LOG="debug").err
    for line in filter(re.compile(r"\{.*\}").fullmatch, logged.splitlines()):
        days.fits("log", json.loads(line))


def the_canary(days):
    plan = days.looks()
    assert plan["variables"] == {"invoices": {"value": 0}, "secret": {}}
    assert plan["complete"] is False
    days.project.edit('status = "in_progress"', 'status = "complete"')
    days.looks()
    days.run("approve", "next.plan", "-as=po", f"-key={days.key}")
    days.lines("stream", "apply", "-json", "-auto-approve", "next.plan", code=PLANNED)
    assert days.project.percentage("allergies_enabled") == "5"
    days.record()
    days.one("audience", "audience", "-set", "toggle.allergies=20", "-json", PEOPLE)
    days.one("person", "audience", "-id=someone@example.gov", "-json")
    days.one("person", "audience", "-id=User;1", "-json")


def a_trigger_fires(days):
    days.at(1)
    days.lines("stream", "watch", "-json", "-rollout=records", "-interval=10m", "-auto-rollback", code=1)
    assert days.project.percentage("allergies_enabled") == "0"
    days.run("rollback", "toggle.invoices", "-auto-approve", "-reason=errors on the invoices")
    days.record()


def hands_and_guards(days):
    days.at(12)
    days.project.turn("site_506_enabled", 10)
    days.project.turn("medications_enabled", 10)
    days.project.edit("max_raise         = 60", "max_raise         = 90")
    days.looks()
    days.run("plan", "-now=2026-01-28T02:00:00Z", "-out=next.plan", '-accept-drift=toggle.site["506"]', code=PLANNED)
    days.fits("saved-plan", json.loads((days.project.path / "next.plan").read_text(encoding="utf-8")))
    days.project.edit("max_raise         = 90", "max_raise         = 60")
    for name in ("site_506", "medications"):
        days.project.turn(f"{name}_enabled", 0)


def a_release_and_the_next_stage(days):
    for name in ("allergies", "medications"):
        days.run("release", f"toggle.{name}", "-note=the cache was cold", f"-key={days.key}")
    days.run("release", "toggle.invoices", "-note=it was another one", "-auto-approve")
    days.run("answer", "trigger.errors", "-verdict=pass", "-note=fixed")
    days.looks()
    days.run("approve", "next.plan", "-as=po", f"-key={days.key}")
    days.run("apply", "-auto-approve", "next.plan", code=PLANNED)
    days.at(40)
    days.go("canary", "limited", "quiet")
    days.looks()
    days.go("canary", "limited")
    days.run("answer", "monitor.board", "-verdict=pass", "-note=clean")
    days.looks()
    days.run("approve", "next.plan", "-as=po", f"-key={days.key}", "-note=no calls")
    days.lines("stream", "apply", "-json", "-auto-approve", "next.plan", code=PLANNED)
    days.looks()
    days.record()


def what_was_signed(days):
    texts = [entry["data"]["approval"] for entry in days.project.journal if entry["kind"] in {"approved", "released"}]
    for one in filter(None, texts):
        days.fits("approval", json.loads(one["message"]))


def all_that_matters_was_there(days):
    """Else an empty list would be as good as what the schema says of it."""
    found = days.seen
    kinds = {entry["kind"] for entry in found["journal"]}
    assert kinds >= {"apply_started", "intent", "result", "stage_changed", "baseline_frozen", "measured", "answered"}
    assert kinds >= {"approved", "rollback_started", "rollback_finished", "held", "released", "apply_finished"}
    types = {line["type"] for line in found["stream"]}
    assert types >= {"version", "log", "diagnostic", "resource_drift", "planned_change", "change_summary", "outputs"}
    assert types >= {"apply_start", "apply_complete", "watch_evaluation", "watch_trigger"}
    filled = {key for plan in found["plan"] for key, value in plan["flagstaff"].items() if value}
    assert set(schema("plan")["$defs"]["flagstaff"]["properties"]) - filled <= {
        "refresh_only",
        "left_out",
        "taken_at",
    }
    filled = {key for status in found["status"] for key, value in status.items() if value}
    assert set(schema("status")["properties"]) - filled <= {"from_state_alone"}
    filled = {key for state in found["state"] for key, value in state.items() if value}
    assert set(schema("state")["properties"]) == filled


def test_the_formats_are_listed_with_a_line_each(project):
    ran = project.run("schema")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert [line.split()[0] for line in lines] == names()
    assert "plan         A plan in Terraform's format: show -json FILE" in lines
    assert max(map(len, lines)) < 100


def test_a_schema_is_printed_as_it_is_shipped(project):
    ran = project.run("schema", "status")
    assert ran.code == 0
    assert json.loads(ran.out) == schema("status")


def test_a_format_that_is_not_there(project):
    ran = project.run("schema", "plans")
    assert (ran.code, ran.out) == (1, "")
    assert 'There is no format "plans". Did you mean "plan"? `flagstaff schema` lists all of them.' in ran.err


def test_names_are_completed(project):
    ran = project.command(_FLAGSTAFF_COMPLETE="bash_complete", COMP_WORDS="flagstaff\nschema\nsta", COMP_CWORD="2")
    assert ran.out.split() == ["state", "status"]
