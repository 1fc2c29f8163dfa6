"""configs/va with every open decision taken: all stages of its four rollouts, in pretended time, to everyone."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from flagstaff.config import load
from flagstaff.diagnostics import Diagnostics
from flagstaff.language.parse import parse
from flagstaff.testing.clock import FakeClock
from flagstaff.testing.flipper_double import Response
from flagstaff.testing.flipper_server import serving
from flagstaff.testing.signing import make_key

pytestmark = pytest.mark.service("ssh-keygen")

START = datetime(2026, 1, 27, 15, 0, tzinfo=UTC)
ROLES = ("appointments_po", "medical_records_po", "medications_po", "sm_po")
TURNED = ("OH_request", "OH_direct_schedule", "enable_OH_eligibility", "enable_OH_slots_search")
DOMAINS = ("labs_and_tests", "allergies", "care_notes", "vital_signs", "conditions", "vaccines")

# What was open in the plans, and what somebody decided.
DECIDED = {
    "appointments_rollout.hcl": {
        r"appointments_toggles = undecided\(.*\)": "appointments_toggles = ["
        + ", ".join(f'toggle.oh_scheduling["va_online_scheduling_{name}"]' for name in TURNED)
        + "]",
        r"(api_error_baseline +)= undecided\(.*\)": r"\1= 0.01",
        r"(booking_baseline +)= undecided\(.*\)": r"\1= 0.9",
        r"(cancellation_baseline +)= undecided\(.*\)": r"\1= 0.9",
        r"(oracle_response_times +)= undecided\(.*\)": r"\1= 800",
        r"status  = undecided\(.*\)": 'status  = "pending"',
        r"not_before = undecided\(.*\)": 'not_before = "2026-06-01"',
        r"body  = undecided\(.*\)": 'body  = "VistA or Oracle Health"',
        r"normal     = local.\w+": 'normal     = "as it was"',
    },
    "medical_records_rollout.hcl": {
        r"(scdf_response_times +)= undecided\(.*\)": r"\1= 800",
        r"(target_start +)= undecided\(.*\)": r'\1= "2026-02-02"',
        r"(monitoring_period +)= undecided\(.*\)": r'\1= between("24h", "48h")',
        r"evidence = undecided\(.*\)": 'evidence = "the dashboards"',
        r"percentage = undecided\(\"share.*\)": "percentage = 2",
        r"percentage = undecided\(\"the steps.*\)": "percentage = 100",
        r"(normal    |concerning) = local.\w+": r'\1 = "as it was"',
    },
}


class Service:
    """Answers for every monitor; `bad` are the names of those that answer badly."""

    mount = ""

    def __init__(self):
        self.bad = set()

    def handle(self, method, target, headers, body):
        name = target.partition("m=")[2].partition("&")[0]
        good = name in {"appointments_booking", "appointments_cancellation"}
        share = 0.95 if good else 0.0 if name == "vaos_timeouts" else 0.01
        if name in self.bad and target.endswith("=3600"):  # the baseline is of the time before
            share = 0.5
        said = {"n": share * 100_000, "d": 100_000, "value": 5000 if name in self.bad else 300}
        return Response(200, json.dumps(said).encode())


@dataclass
class Walk:
    """The copy, its clock, the owners' keys, and which stages have their Go."""

    project: object
    service: Service
    keys: dict
    clock: FakeClock
    go: dict = field(default_factory=dict)

    def run(self, *arguments):
        ran = self.project.run(*arguments)
        assert "bug" not in ran.err
        return ran

    def do(self, *arguments, code=0):
        ran = self.run(*arguments)
        assert ran.code == code, ran.both
        return ran

    def wait(self, **time):
        self.clock.time += timedelta(**time)

    @property
    def asked(self):
        return (
            f"-now={self.clock.now().isoformat()}",
            *(f"-var={product}_go={json.dumps(stages)}" for product, stages in self.go.items()),
        )

    def plan(self, code=0):
        return self.do("plan", "-out=next.plan", "-audience=none", *self.asked, code=code)

    def apply(self, code=0):
        ran = self.do("apply", "-auto-approve", "-audience=none", *self.asked, code=code)
        self.look()
        return ran

    def agree(self, role):
        self.plan()
        self.do("approve", "next.plan", f"-as={role}", f"-key={self.keys[role].file}")

    def look(self):
        self.do("status", *self.asked)
        self.do("history")
        self.do("journal", "verify")
        self.do("state", "verify")

    def refused(self, text, code=3):
        ran = self.plan(code)
        assert text in " ".join(ran.out.split()), ran.both
        before = self.project.live
        self.do("apply", "-auto-approve", "-audience=none", *self.asked, code=code)
        assert self.project.live == before

    def complete(self, name):
        """One blocker is no more."""
        text = ""
        for file in ("appointments_rollout.hcl", "medical_records_rollout.hcl", "medications_rollout.hcl"):
            path = self.project.path / file
            text = path.read_text(encoding="utf-8")
            pattern = rf'(blocker "{name}" {{\n(?:  .*\n)*?  status +)= "pending"'
            new, count = re.subn(pattern, r'\1= "complete"', text)
            if count:
                path.write_text(new, encoding="utf-8")
                return
        raise AssertionError(name)

    def levels(self, *names):
        return [self.project.percentage(name) for name in names]


@pytest.fixture
def parsed_once(monkeypatch):
    """Of the eleven files, a command differs from the one before in one at most: nodes are values."""
    known = {}

    def parse_once(source, diagnostics):
        place = source.filename, source.text
        if place not in known:
            own = Diagnostics()
            known[place] = parse(source, own), own
        body, own = known[place]
        diagnostics.extend(own)
        return body

    monkeypatch.setattr(load, "parse", parse_once)


@pytest.fixture
def walk(va, tmp_path, clock, parsed_once):
    clock.time = START
    keys = {role: make_key(tmp_path, role) for role in ROLES}
    service = Service()
    va.env["HOME"] = str(tmp_path)
    with serving(service) as server:
        for file, edits in DECIDED.items():
            text = (va.path / file).read_text(encoding="utf-8")
            for old, new in edits.items():
                text, count = re.subn(old, new, text)
                assert count, old
            text = re.sub(
                r'(monitor "(\w+)" {(?:(?!\n}).|\n)*?)source "datadog" {\n((?:    .*\n)*)  }',
                lambda found: found[1] + source(server.url, found[2], "query" in found[3]),
                text,
            )
            assert 'datadog" {' not in text
            va.write(file, text)
        roles = (va.path / "roles.hcl").read_text(encoding="utf-8")
        for role in ROLES:
            line = json.dumps(keys[role].signer(f"{role}@example.gov"))
            roles = roles.replace(f'role "{role}" {{\n', f'role "{role}" {{\n  signers = [{line}]\n')
        va.write("roles.hcl", roles)
        yield Walk(va, service, keys, clock)


def source(url, name, query):
    asked = 'value = "/value"' if query else 'numerator = "/n"\n    denominator = "/d"'
    return f'source "http_json" {{\n    url = "{url}/stats?m={name}&last=$window"\n    {asked}\n    window = "1h"\n  }}'


def test_to_the_end(walk):
    walk.do("validate")
    secure_messaging(walk)
    appointments(walk)
    medical_records(walk)
    medications(walk)
    nudging(walk)
    the_end(walk)


def secure_messaging(walk):
    key = "mhv_secure_messaging_cerner_pilot"
    walk.apply()
    assert walk.levels(key) == ["5"]
    for stage, hours, level in (("limited", 24, "20"), ("full", 48, "100")):
        walk.go["secure_messaging"] = [*walk.go.get("secure_messaging", ["canary"]), stage]
        walk.refused("soak", 3)
        walk.wait(hours=hours)
        walk.refused("role.sm_po has not agreed to this change", 0)
        walk.agree("sm_po")
        walk.apply()
        assert walk.levels(key) == [level]


def medical_records(walk):
    domains = [f"mhv_accelerated_delivery_{name}_enabled" for name in DOMAINS]
    walk.go["medications"] = ["canary"]
    for name in ("vista_refill", "drupal_ehr_toggle", "parameter_store"):
        walk.refused(f"blocker.{name}")
        walk.complete(name)
    walk.refused("It would be at 5 % while toggle.allergies is at 0 %; it requires 100 %")
    walk.go["medications"] = []
    walk.go["medical_records"] = ["wave_1a"]
    for name in ("blue_button", "dashboards", "diagrams", "vista_validation"):
        walk.refused(f"blocker.{name}")
        walk.complete(name)
    walk.refused("Vista health data")
    walk.project.edit(
        'title = "Vista health data", status = "pending"',
        'title = "Vista health data", status = "complete"',
        "medical_records_rollout.hcl",
    )
    walk.refused("earliest 2026-02-02")
    walk.clock.time = datetime(2026, 2, 2, 5, 1, tzinfo=UTC)
    walk.apply()
    walk.go["medical_records"] += ["wave_1b", "wave_1c_lh"]
    walk.apply()
    walk.go["medical_records"].append("wave_1c_scdf")
    for name in ("vaccines_lh_alignment", "vaccines_scdf_dev", "vaccines_scdf_testing"):
        walk.refused(f"blocker.{name}")
        walk.complete(name)
    walk.apply()
    walk.go["medical_records"].append("limited")
    walk.refused("soak")
    walk.wait(hours=24)
    walk.service.bad = {"scdf_error_rate"}
    walk.refused("monitor.scdf_error_rate")
    walk.service.bad = {"scdf_response_times"}
    walk.refused("monitor.scdf_response_times")
    walk.service.bad = set()
    walk.refused("6 of 12 managed toggles would change or be forgotten (50 %)")
    waiver = """
  owner = role.medical_records_po
  waive {
    check  = "changed share"
    reason = "All domains should be moved at the same time"
    until  = "2026-02-04"
  }
}
"""
    text = (walk.project.path / "main.hcl").read_text()
    walk.project.main(text.rstrip()[:-1] + waiver.lstrip("\n"))
    walk.agree("medical_records_po")
    walk.apply()
    assert walk.levels(*domains) == ["20"] * 6
    walk.go["medications"] = ["canary"]
    walk.refused("while toggle.allergies is at 20 %; it requires 100 %")
    walk.go["medications"] = []
    walk.go["medical_records"].append("thereafter")
    walk.refused("role.medical_records_po has not agreed to this change", 0)
    walk.agree("medical_records_po")
    begun = walk.clock.time
    walk.clock.time = datetime(2026, 2, 5, 5, 1, tzinfo=UTC)  # the waiver is over, the approval is not
    ran = walk.run("apply", "next.plan")
    assert walk.levels(*domains) == ["20"] * 6, ran.both
    walk.refused("6 of 12 managed toggles would change or be forgotten (50 %)")
    walk.clock.time = begun
    walk.apply()
    assert walk.levels(*domains) == ["100"] * 6


def medications(walk):
    key = "mhv_medications_cerner_pilot"
    walk.go["medications"] = ["canary"]
    walk.apply()
    assert walk.levels(key) == ["5"]
    for stage, hours, level in (("limited", 24, "20"), ("full", 48, "100")):
        walk.go["medications"].append(stage)
        walk.refused("soak", 3)
        walk.wait(hours=hours)
        walk.refused("role.medications_po has not agreed to this change", 0)
        walk.agree("medications_po")
        walk.apply()
        assert walk.levels(key) == [level]


def appointments(walk):
    walk.go["appointments"] = ["canary"]
    for name in ("travel_pay_back_office", "appointments_dashboards"):
        walk.refused(f"blocker.{name}")
        walk.complete(name)
    for name in (
        "appointments_api_errors",
        "appointments_fetch_failures",
        "appointments_booking",
        "appointments_cancellation",
        "vaos_response_times",
        "vaos_timeouts",
    ):
        walk.service.bad = {name}
        walk.refused(f"monitor.{name}")
    walk.service.bad = set()
    walk.apply()
    for stage in ("limited", "full"):
        walk.go["appointments"].append(stage)
        walk.refused("role.appointments_po has not agreed to this change", 0)
        walk.agree("appointments_po")
        walk.apply()
        turned = [f"va_online_scheduling_{name}" for name in TURNED]
        assert walk.levels(*turned) == ["20" if stage == "limited" else "100"] * len(TURNED)


def nudging(walk):
    walk.go["appointments"].append("nudging")
    for name in ("appointments_wave_2", "appointments_stability"):
        walk.refused(f"blocker.{name}")
        walk.complete(name)
    walk.refused("2026-06-01")
    walk.clock.time = datetime(2026, 6, 1, 14, tzinfo=UTC)
    walk.apply()


def the_end(walk):
    ran = walk.plan()
    assert "No changes." in ran.out
    assert len(re.findall(r"^  \w+ +complete$", ran.out, re.MULTILINE)) == 4
    assert "Waiver has expired" in ran.out
    report = walk.do("report", "rollout", "appointments", *walk.asked[1:]).out
    assert "### Step 5: Nudging Phase" in report
    assert report.count("- **State:** served") + report.count("- **State:** running") == 4
