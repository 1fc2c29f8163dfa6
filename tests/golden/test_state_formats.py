"""States and journals of every released format: read for ever, and written back without loss.

The folders under state-formats/ are never changed.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from flagstaff.addresses import Address
from flagstaff.model.evidence import Answer, Approval, Decision, Frozen, Reading, Verdict
from flagstaff.model.exposure import OFF, Exposure
from flagstaff.model.live import Step, Unrepresentable
from flagstaff.model.recorded import Hold, StageRecord, Standing, ToggleRecord
from flagstaff.model.rollout import StageName
from flagstaff.plan.applied.read import remembered
from flagstaff.plan.plan import Action
from flagstaff.state import facts, invariants
from flagstaff.state.codec import decode_state, encode_state
from flagstaff.state.fact_codec import decode_fact, encode_fact
from flagstaff.state.facts import Outcome, StageEvent
from flagstaff.state.journal import KINDS, decode_entry, encode_entry, link, verify
from flagstaff.state.local import LocalStore
from flagstaff.state.recovery import fold
from flagstaff.state.state import FORMAT, State
from flagstaff.state.store import LockInfo, StateError

FORMATS = Path(__file__).with_name("state-formats")
AT = datetime(2026, 1, 27, 14, 3, 5, tzinfo=UTC)
A, B, OWNER = Address("toggle", "a"), Address("toggle", "b", "653"), Address("role", "owner")
ROLLOUT, MONITOR = Address("rollout", "records"), Address("monitor", "errors")
STAGE = StageName(ROLLOUT, "wave_1a")
FROZEN = Frozen(Decimal("0.004"), AT, Decimal(4), Decimal(1000), AT - timedelta(days=7), AT, "sum:errors")
HOLD = Hold("h1", "errors", AT, "ann", A, "run-9", Exposure(5000), ("bob@example.gov",))
APPROVAL = Approval("c" * 64, OWNER, Decision.GO, "po@example.gov", AT, AT + timedelta(hours=72), "fine", "text", "sig")
ANSWER = Answer(MONITOR, Verdict.PASS, "ann", AT, AT + timedelta(hours=4), "looked")
READING = Reading(MONITOR, Verdict.INCONCLUSIVE, AT, "Too few.", "sum:errors", AT, AT, Decimal("0.1"), baseline=FROZEN)
INFO = LockInfo("lease-1", "apply", "ann", "build-7", 4242, AT, "0.1.0")
STANDING = Standing({"percentage_of_actors": "5"}, 3)
STATE = State(
    lineage="6a1e",
    serial=7,
    tool="0.1.0",
    journal_head="d" * 64,
    environment="production",
    applied={"policy": {"max_raise": None}},
    toggles={A: ToggleRecord("a", Exposure(5000), AT, "c" * 64, True, STANDING), B: ToggleRecord("b", OFF)},
    stages={
        STAGE: StageRecord((A, B), Exposure(5000), "SCDF", AT, AT, timedelta(hours=2), "b was lowered", "run-1", True)
    },
    holds={A: HOLD, B: Hold("h2", "", AT, "ann")},
    guards={"roles": {}},
    baselines={(ROLLOUT, MONITOR): FROZEN},
    answers={MONITOR: ANSWER},
    approvals=(APPROVAL,),
)
STEP = Step("a", "gates", {"percentage_of_actors": "5"}, Exposure(5000))
FACTS = (
    facts.Imported(A, "a", OFF, AT, STANDING),
    facts.ApplyStarted("c" * 64, "production", {"moves": []}),
    facts.Intent(A, "a", Action.RAISE, OFF, Exposure(5000), (STEP,), {"actors": []}, "c" * 64),
    facts.Result(A, "a", Outcome.UNKNOWN, None, "no answer"),
    facts.Recovered(A, "a", Outcome.APPLIED, Exposure(5000), "run-1", "applied", STANDING),
    facts.StageChanged(STAGE, StageEvent.STARTED, (A,), Exposure(5000), "SCDF", "why"),
    facts.BaselineFrozen(ROLLOUT, MONITOR, FROZEN),
    facts.Measured(READING),
    facts.Answered(ANSWER),
    facts.Approved(APPROVAL),
    facts.ApplyFinished({"applied": 1}, "Interrupted."),
    facts.Takeover(INFO),
    facts.Unlocked(INFO),
    facts.Trusted({"roles": {}}),
    facts.RollbackStarted("production", ("toggle.a",), "errors", OFF, Address("trigger", "t")),
    facts.Held(A, "a", HOLD),
    facts.Intent(A, "a", Action.LOWER, Unrepresentable("an expression"), OFF),
    facts.Result(A, "a", Outcome.APPLIED, OFF, "", STANDING),
    facts.RollbackFinished({"down": 1}),
    facts.Explained("run-9", "a query was slow"),
    facts.Released("h1", (A,), "mended", APPROVAL),
    facts.Moved(A, B, "a"),
    facts.Removed(B, "a"),
    facts.Pushed(9, 8, encode_state(replace(STATE, journal_head=""))),
    facts.Migrated("local va.json", "s3://bucket/va", arrived=True),
)


def read(name: str) -> str:
    return (FORMATS / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", sorted(path.name for path in FORMATS.iterdir() if path.is_dir()))
def test_a_released_state_is_read_and_written_back(folder, tmp_path):
    shutil.copytree(FORMATS / folder, tmp_path / "there")
    store = LocalStore(tmp_path / "there" / "va.json")
    state, token = store.load()
    assert state is not None
    assert decode_state(encode_state(state), "x") == state
    entries = tuple(store.entries())
    assert verify(entries) == ()
    written = [encode_fact(decode_fact(entry.kind, entry.data)) for entry in entries]
    assert [decode_fact(*fact) for fact in written] == [decode_fact(entry.kind, entry.data) for entry in entries]
    assert store.save(state.changed(tool="later"), token)


def test_the_first_state_and_its_journal_agree_and_still_say_the_same():
    state = decode_state(read("1-first/va.json"), "va.json")
    entries = tuple(map(decode_entry, read("1-first/va.journal.jsonl").splitlines()))
    assert invariants.verify(state, entries) == ()
    assert {str(address): (one.key, str(one.exposure)) for address, one in state.toggles.items()} == {
        "toggle.child": ("child_enabled", "20 %"),
        "toggle.older": ("old_enabled", "30 %"),
        "toggle.parent": ("parent_enabled", "100 %"),
    }
    assert fold(State(state.lineage), entries).state.toggles == state.toggles
    recalled = remembered(state.applied)
    assert {str(address): str(toggle.exposure) for address, toggle in recalled.toggles.items()} == {
        "toggle.child": "20 %", "toggle.older": "30 %", "toggle.parent": "100 %",
    }  # fmt: skip
    assert (state.baselines, state.answers, state.approvals) == ({}, {}, ())


def test_the_text_of_everything():
    """What is written now is what is there. A new field gets a folder of its own: no option rewrites this one."""
    entries = link(None, map(encode_fact, FACTS), time=AT, run="run-1", who="ann@build-7")
    assert encode_state(STATE) == read("1-evidence/va.json")
    assert [encode_entry(entry) for entry in entries] == read("1-evidence/va.journal.jsonl").splitlines()
    assert decode_state(read("1-evidence/va.json"), "va.json") == STATE
    lines = read("1-evidence/va.journal.jsonl").splitlines()
    assert tuple(decode_fact(entry.kind, entry.data) for entry in map(decode_entry, lines)) == FACTS
    assert {entry.kind for entry in entries} == set(KINDS)


def test_a_newer_format_is_refused_with_the_version_that_wrote_it():
    document = json.loads(read("1-first/va.json")) | {"format": FORMAT + 1, "tool": "7.8.9", "news": []}
    with pytest.raises(StateError) as error:
        decode_state(json.dumps(document), "va.json")
    assert error.value.summary == "State has a newer format"
    assert error.value.detail == (
        f"va.json has format {FORMAT + 1} and was written by version 7.8.9 of Flagstaff; this version reads formats up "
        f"to {FORMAT}. Use that version, or a later one. Nothing was changed."
    )
