"""The record of a rollout: status, history and report of the same days, and what they say when things are broken."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime

import pytest

from flagstaff.apply.clock import SystemClock

MAIN = """\
flagstaff {
  environment = "try-out"
  timezone    = "America/New_York"
  backend "local" {
    path = "state.json"
  }
}
provider "flipper" {
  source = "embedded"
  path   = "live.json"
}
variable "go" {
  type    = list(string)
  default = ["canary"]
}
variable "done" {
  default = "pending"
}
role "po" {
  signers = ["po@example.gov ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKlvFe5Tz5mJ5fzFf1yYfgk5yHkT1cGZqk1xTZ0QJkqk"]
}
product "records" {
  title  = "Records"
  owner  = role.po
  people = 100000
  segment "dual" {
    title = "Dual patients"
    share = 0.08
    on    = "both sources"
    off   = "the old source"
  }
}
toggle "a" {
  key     = "a_enabled"
  aliases = ["isA"]
  title   = "Part A"
  product = product.records
}
toggle "b" {
  key     = "b_enabled"
  title   = "Part B"
  product = product.records
}
blocker "data" {
  title    = "Data | validated"
  status   = var.done
  owner    = role.po
  evidence = "https://example.gov/run/12"
}
blocker "table" {
  for_each = { "a/lower" = "complete", "a/upper" = "pending", "b/lower" = "complete" }
  title    = "${split("/", each.key)[0]}: ${split("/", each.key)[1]}"
  status   = each.value
  blocking = false
  note     = split("/", each.key)[1] == "lower" ? "all tested" : ""
  product  = product.records
}
monitor "board" {
  title      = "Errors on the board"
  where      = "the board"
  normal     = "none"
  concerning = "any"
  note       = "look at both"
  source "manual" {
    question = "Is the board clean?"
  }
}
trigger "errors" {
  title  = "New class of errors"
  reason = "unknown failure mode"
  action = "roll back"
}
trigger "board" {
  title   = "Errors on the board"
  monitor = monitor.board
}
rollout "records" {
  title      = "Records"
  product    = product.records
  go         = var.go
  triggers   = [trigger.errors, trigger.board]
  stage "canary" {
    title      = "Canary"
    percentage = between(1, 5)
    toggles    = [toggle.a, toggle.b]
    soak       = between("24h", "48h")
    meaning    = "new"
    note       = "Look at <b>errors</b>."
  }
  stage "full" {
    percentage = 100
    toggles    = [toggle.a, toggle.b]
    together   = true
    not_before = "2026-02-10"
    soak       = "24h"
    meaning    = "new"
    blocked_by = [blocker.data]
    waive {
      check  = "freeze"
      reason = "agreed in May"
      until  = "2027-01-01"
    }
  }
  stage "after" {
    soak = "24h"
  }
  risk "latency" {
    title      = "Latency"
    detail     = "seen in tests"
    mitigation = "the canary"
    owner      = role.po
  }
  document {
    title  = "Records plan"
    status = "Draft"
    facts  = { Product = "Records", Contact = undecided("who answers the phone") }
    section "summary" {
      title = "Summary"
      body  = "A **dark** deploy."
    }
    section "flow" {
      body = undecided("which way the data flow")
    }
    glossary = { Dark = "without telling" }
  }
}
policy {
  owner = role.po
}
"""
GO_FULL = ("-var", 'go=["canary", "full"]', "-var", "done=complete")
GO_ON = ("-var", 'go=["canary", "full", "after"]', "-var", "done=complete")


class Day:
    """What time it is for the commands of a test."""

    at = datetime(2026, 2, 1, 15, tzinfo=UTC)

    def __call__(self, text):
        Day.at = datetime.fromisoformat(text)


@pytest.fixture
def now(monkeypatch):
    monkeypatch.setattr(SystemClock, "now", lambda _: Day.at)
    day = Day()
    day("2026-02-01T15:00:00Z")
    return day


@pytest.fixture
def records(new_project, feature, now):
    return new_project(MAIN, {"a_enabled": feature(actors=["ann@example.gov"]), "b_enabled": feature()})


def status(project, *arguments, **env):
    ran = project.run("status", *arguments, **env)
    assert (ran.code, ran.err) == (0, "")
    return ran.out


def squeezed(text):
    return " ".join(text.split())


def test_status_before_anything(records):
    text = status(records, "-now=2026-02-01T15:00:00Z", COLUMNS="120")
    assert text.startswith("try-out · state serial 0 · live store read ")
    assert "Rollout   at   since   next         what it waits for\n" in text
    assert "records   -    -       canary 5 %   nothing: plan and apply it\n" in text
    assert "Open decisions: 2 (flagstaff plan lists them)" in text


@pytest.fixture
def canary(records):
    records.apply()
    return records


def test_status_of_a_stage_that_runs(canary):
    text = status(canary, "-now=2026-02-03T19:00:00Z", COLUMNS="200")
    row = next(line for line in text.splitlines() if line.startswith("records"))
    assert re.match(r"records +canary 5 % +2 d 4 h +full 100 % +its Go: put \"full\" into `go` \(main.hcl:\d+\)", row)
    assert "not before" not in text
    assert "Data | validated (pending)" in text
    assert "earliest 2026-02-10 00:00 EST" in text
    assert (
        "Waivers: 1\n  ! rollout.records.stage.full: freeze, until 2027-01-02 00:00 EST, agreed to by role.po" in text
    )
    assert text.isprintable() is False  # lines
    assert "\x1b" not in text


def test_a_soak_that_is_not_served_says_until_when(canary):
    text = squeezed(status(canary, "-now=2026-02-01T18:00:00Z", COLUMNS="200"))
    assert "soak: earliest 2026-02-02 10:00 EST, soak 24 h of" in text


def test_status_fits_a_narrow_terminal(canary):
    text = status(canary, "-now=2026-02-03T15:00:00Z", COLUMNS="80")
    assert max(map(len, text.splitlines())) <= 80
    assert "    ✗ Data | validated (pending)" in text


def test_status_as_json(canary):
    made = json.loads(status(canary, "-json", "-now=2026-02-03T15:00:00Z"))
    assert (made["format"], made["environment"], made["from_state_alone"]) == (1, "try-out", None)
    (row,) = made["rollouts"]
    assert (row["address"], row["complete"]) == ("rollout.records", False)
    assert (row["at"]["name"], row["at"]["state"], row["at"]["since"]) == ("canary", "served", "2026-02-01T15:00:00Z")
    assert [(wait["check"], wait["verdict"]) for wait in row["waits_for"]] == [
        ("go", "pending"),
        ("not before", "fail"),
        ("blocker", "fail"),
    ]
    assert row["waits_for"][1]["earliest"] == "2026-02-10T05:00:00Z"
    assert made["waivers"][0]["until"] == "2027-01-02T05:00:00Z"
    assert [one["why"] for one in made["open_decisions"]] == ["who answers the phone", "which way the data flow"]


def test_a_toggle_that_a_hand_turned_down_is_held(canary):
    canary.turn("a_enabled", 1)
    canary.turn("b_enabled", 0)
    text = squeezed(status(canary, "-now=2026-02-03T15:00:00Z", COLUMNS="200"))
    assert "HELD (canary 5 %, stopped)" in text
    assert "release of toggle.b by role.po (po@example.gov): turned down by hand to 0 %, last applied 5 %" in text
    assert "Drift: 2" in text
    assert "toggle.b live 0 %, last applied 5 %; not by Flagstaff, seen at 20" in text
    assert json.loads(status(canary, "-json"))["held"][0]["implied"] is True


def test_status_with_a_broken_configuration_is_of_the_state(canary):
    canary.edit('title  = "Records"', "titel  = 1 +", "main.hcl")
    text = squeezed(status(canary, "-now=2026-02-03T15:00:00Z", COLUMNS="200"))
    assert "from the state alone" in text
    assert "The configuration can't be used (" in text
    assert "this is what the last apply recorded, and the live store was not read." in text
    assert "canary 5 % 2 d full 100 %" in text


def test_status_without_the_live_store_says_so(canary):
    (canary.path / "live.json").write_text("{", encoding="utf-8")
    text = squeezed(status(canary, "-now=2026-02-03T15:00:00Z", COLUMNS="200"))
    assert "from the state alone" in text
    assert "The live store was not read." in text
    assert "canary 5 % 2 d full 100 %" in text


def test_status_of_nothing_at_all(new_project):
    broken = new_project("toggle {", {})
    ran = broken.run("status")
    assert ran.code == 1
    assert ran.err.startswith("Error: ")


def test_without_a_network_a_store_behind_one_is_left_alone(canary):
    canary.edit('source = "embedded"\n  path   = "live.json"', 'source = "api"\n  url = "https://flipper.example"')
    text = squeezed(status(canary, "-no-network", "-now=2026-02-03T15:00:00Z", COLUMNS="200"))
    assert "With -no-network the live store was not read." in text
    assert "canary 5 % 2 d full 100 %" in text


def test_without_a_network_no_monitor_is_asked(va):
    text = squeezed(status(va, "-no-network", "-json"))
    assert "monitor.appointments_fetch_failures: It was not read, because of -no-network." in text
    assert "api_key" not in text


def test_without_a_network_a_state_behind_one_is_out_of_reach(canary):
    canary.edit(
        'backend "local" {\n    path = "state.json"\n  }',
        'backend "s3" {\n    bucket = "va-flagstaff"\n    key = "k"\n  }',
    )
    ran = canary.run("status", "-no-network")
    assert ran.code == 1
    assert "Error: State is behind the network" in ran.err


def test_complete(canary, now):
    now("2026-02-11T15:00:00Z")
    canary.apply(*GO_FULL)
    now("2026-02-13T15:00:00Z")
    canary.apply(*GO_ON)
    waits = squeezed(status(canary, *GO_ON, "-now=2026-02-13T16:00:00Z", COLUMNS="160"))
    assert 'the soak of "after", until 2026-02-14 10:00 EST' in waits
    text = squeezed(status(canary, *GO_ON, "-now=2026-02-15T15:00:00Z", COLUMNS="160"))
    assert "records complete 2 d -" in text
    report = canary.run("report", "rollout", "records", *GO_ON, "-now=2026-02-15T15:00:00Z").out
    assert "**Complete: the last stage has served its soak.**" in report


def test_history_of_a_toggle_a_rollout_a_person_and_a_day(canary):
    whole = canary.run("history").out.splitlines()
    assert "apply began: change " in whole[0]
    by_alias = canary.run("history", "isA", COLUMNS="200").out
    assert "toggle.a created" not in by_alias
    assert "toggle.a raised 0 % -> 5 %, verified" in by_alias
    assert "toggle.b raised" not in by_alias
    assert canary.run("history", "a_enabled").out == canary.run("history", "toggle.a").out
    of_rollout = canary.run("history", "-rollout=records", COLUMNS="200").out
    assert 'rollout.records stage "canary" [new] is verified; its soak runs from now on' in of_rollout
    assert canary.run("history", "-rollout", "rollout.records").out == canary.run("history", "-rollout=records").out
    assert canary.run("history", "-who=nobody-of-that-name").err == "Nothing of that was done here.\n"
    assert canary.run("history", "-since=2999-01-01").out == ""
    both = canary.run("history", "toggle.a", "-rollout=records", "-limit=1").out
    assert len(both.splitlines()) <= 3


def test_history_says_what_it_does_not_know(canary):
    ran = canary.run("history", "toggle.aa")
    assert (ran.code, ran.out) == (1, "")
    assert 'Neither the journal nor the state knows "toggle.aa". Did you mean "toggle.a"?' in squeezed(ran.err)
    ran = canary.run("history", "-rollout=recods")
    assert 'knows a rollout "recods". Did you mean "records"?' in squeezed(ran.err)


def test_history_as_json_has_stable_fields(canary):
    lines = [json.loads(line) for line in canary.run("history", "-json", "toggle.a").out.splitlines()]
    assert {tuple(line) for line in lines} == {
        ("sequence", "time", "kind", "run", "who", "text", "subjects", "data", "previous", "hash")
    }
    assert [line["kind"] for line in lines][:3] == ["apply_started", "intent", "result"]


def test_the_journal_is_checked_though_the_state_cannot_be_read(canary):
    canary.write("state.json", "{")
    ran = canary.run("journal", "verify")
    assert (ran.code, ran.out) == (1, "")
    assert "The journal's own chain was checked; without the state nobody can say" in squeezed(ran.err)
    assert "Journal is not whole" not in ran.err


def test_an_entry_that_cannot_be_read_is_told_with_what_was_checked(canary):
    path = canary.path / "state.journal.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    lines[1] = lines[1].replace('"sequence"', '"sequnce"')
    path.write_text("".join(lines))
    ran = canary.run("journal", "verify")
    assert ran.code == 1
    assert "The 1 entries before that place were checked" in squeezed(ran.err)


def test_a_chain_that_was_made_anew_is_found(canary):
    """Every hash fits; only the state's head does not."""
    from flagstaff.state.journal import decode_entry, encode_entry, link

    path = canary.path / "state.journal.jsonl"
    entries = [decode_entry(line) for line in path.read_text().splitlines()]
    made, last = [], None
    for entry in entries:
        (last,) = link(last, [(entry.kind, entry.data)], time=entry.time, run=entry.run, who="somebody else")
        made.append(encode_entry(last) + "\n")
    path.write_text("".join(made))
    ran = canary.run("journal", "verify")
    assert ran.code == 1
    assert "which the state takes in, is not there" in squeezed(ran.err)


@pytest.fixture
def report(canary):
    ran = canary.run("report", "rollout", "records", "-now=2026-02-03T16:00:00Z")
    assert (ran.code, ran.err) == (0, "")
    return ran.out


def test_the_report_in_markdown(report):
    assert report.startswith(
        "# Records plan\n\n- **Status:** Draft\n- **Contact:** **UNDECIDED: who answers the phone**\n"
    )
    assert "- **Environment:** try-out\n- **Rendered:** 2026-02-03 11:00 EST, state serial " in report
    assert re.search(r"- \*\*Changes applied:\*\* `[0-9a-f]{8}`\n", report)
    assert "**Canary at 5 %, since 2026-02-01 10:00 EST (2 d 1 h).**" in report
    chapters = re.findall(r"^## (.*)$", report, re.MULTILINE)
    assert chapters == [
        "Where it stands",
        "Summary",
        "flow",
        "Target population",
        "Data sources before and after",
        "Stages",
        "Pre-rollout validation",
        "Blockers",
        "Waivers",
        "Monitoring",
        "Rollback",
        "Known risks",
        "Open decisions",
        "What happened",
        "Glossary",
    ]


def fixed(text):
    """Without what differs from run to run, or from machine to machine."""
    text = re.sub(r"((?:seen at|read)\s+)\d{4}-\d\d-\d\d(\s+)\d\d:\d\d EST", r"\g<1>2026-02-03\g<2>10:00 EST", text)
    text = re.sub(r"[0-9a-f]{8}(?=[`<])", "7f3a91c2", re.sub(r"change [0-9a-f]{8}", "change 7f3a91c2", text))
    return re.sub(r"[\w.-]+@(&#8203;)?[\w.-]+(?= \||</td>)", "jane@host", text.replace("\\_", "_"))


def test_what_it_all_looks_like(canary, golden):
    when = "-now=2026-02-03T16:00:00Z"
    canary.turn("b_enabled", 0)
    for form in ("md", "html"):
        golden(f"report/records.{form}", fixed(canary.run("report", "rollout", "records", f"-format={form}", when).out))
    for width in ("80", "200"):
        golden(f"status/records-{width}.txt", fixed(status(canary, when, COLUMNS=width)))


def test_what_the_report_says_of_people_and_stages(report):
    assert "| Dual patients | 8 % | 8,000 | both sources | the old source |" in report
    assert "| **Canary** | Part A, Part B | as it is without the toggle | new |" in report
    assert "Look at &lt;b&gt;errors&lt;/b&gt;.\n" in report
    assert "- **Share:** 1 % to 5 %\n" in report
    assert "- **Started:** 2026-02-01 10:00 EST\n- **Verified:** 2026-02-01 10:00 EST\n" in report
    assert "- **Soak:** 24 h to 48 h; served 2 d 1 h\n" in report
    assert "- **Expected people, for each toggle:** about 5,000\n" in report
    assert "- **People now, for each toggle:** about 5,000 (verified share: 5 %)\n" in report
    assert "| Part A | `isA` | `a_enabled` | 1 % to 5 % | 5 % |" in report
    assert "- **Target start:** not before 2026-02-10\n" in report


def test_what_the_report_says_of_evidence(report):
    assert (
        "|  | lower | upper |\n| --- | --- | --- |\n| **a** | ✅ Complete | ⏳ Pending |\n| **b** | ✅ Complete | - |"
        in report
    )
    assert "- **lower**: does not block. all tested\n- **upper**: does not block\n" in report
    assert (
        "- [ ] **Data &#124; validated**: ⏳ Pending, blocks full, owner role.po, evidence: <https://example.gov/run/12>"
        in report
    )
    assert "| **New class of errors** | unknown failure mode | roll back | a person |" in report
    assert 'flagstaff rollback -rollout records -reason "what was seen"' in report
    assert "| **Latency** | seen in tests | the canary | open | role.po |" in report
    assert "| **UNDECIDED: which way the data flow** | `rollout.records.section.flow` |" in report
    assert "toggle.a raised 0 % -&gt; 5 %, verified" in report
    assert "| **Dark** | without telling |" in report


def test_the_report_goes_to_a_file_as_html(canary):
    ran = canary.run("report", "rollout", "rollout.records", "-format=html", "-out=plan.html")
    assert (ran.code, ran.out) == (0, "")
    page = (canary.path / "plan.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "<strong>dark</strong> deploy" in page
    assert "&lt;b&gt;errors&lt;/b&gt;" in page
    ran = canary.run("report", "rollout", "records", "-out=missing/plan.md")
    assert "Error: Report can't be saved" in ran.err


def test_the_report_from_the_state_says_so(canary):
    canary.edit('title  = "Records"', "titel  = 1 +", "main.hcl")
    report = canary.run("report", "rollout", "records").out
    assert "**From the state alone.** The configuration can't be used" in report
    assert "| Part A | `isA` | `a_enabled` | 1 % to 5 % | 5 % |" in report


def test_a_rollout_that_is_not_there(canary):
    ran = canary.run("report", "rollout", "recods")
    assert (ran.code, ran.out) == (1, "")
    assert 'There is no rollout "recods". Did you mean "records"?' in squeezed(ran.err)


def test_ten_thousand_entries_are_listed_quickly(canary):
    from flagstaff.addresses import Address
    from flagstaff.model.exposure import Exposure
    from flagstaff.plan.plan import Action
    from flagstaff.state.fact_codec import encode_fact
    from flagstaff.state.facts import Intent, Outcome, Result
    from flagstaff.state.journal import link
    from flagstaff.state.local import LocalStore

    store = LocalStore(canary.path / "state.json")
    facts = []
    for number in range(5_000):
        address = Address("toggle", "many", number)
        facts.append(Intent(address, f"k{number}", Action.RAISE, Exposure(0), Exposure(5000)))
        facts.append(Result(address, f"k{number}", Outcome.APPLIED, Exposure(5000)))
    last = store.last()
    store.append(link(last, map(encode_fact, facts), time=last.time, run="big", who="jane"), last.hash)
    start = time.perf_counter()
    ran = canary.run("history", "toggle.many[4999]")
    assert time.perf_counter() - start < 10
    assert "toggle.many[4999] raised 0 % -> 5 %, verified" in squeezed(ran.out)
    assert len(canary.run("history", "toggle.many", "-json").out.splitlines()) == 10_000


def test_only_refreshing_asks_nothing_to_begin(canary):
    assert canary.run("plan", *GO_ON).code == 3
    assert canary.run("plan", "-refresh-only", *GO_ON).code == 0


def test_a_limit_that_nobody_decided_on_lets_nothing_up(records):
    records.edit("policy {\n  owner = role.po\n", 'policy {\n  owner = role.po\n  max_raise = undecided("how much?")\n')
    ran = records.run("plan")
    assert ran.code == 3
    assert "the policy lets nothing up: its `max_raise` is 0, or undecided." in squeezed(ran.out)
