"""The hand-off's script in a console with the real Flipper gem: on PostgreSQL with a cache before it, and in memory."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import pytest

from flagstaff.addresses import Address
from flagstaff.apply.handoff import handoff_of
from flagstaff.model.configuration import ProviderSettings, Settings
from flagstaff.model.live import Raw, Snapshot
from flagstaff.plan.inputs import Options
from flagstaff.plan.plan import Action, Plan
from flagstaff.providers.flipper.codec import decode
from flagstaff.providers.flipper.dialect import FlipperDialect
from flagstaff.providers.flipper.handoff_rails import rails_script
from flagstaff.providers.flipper.handoff_result import Result, parse_result
from flagstaff.testing import building
from flagstaff.testing.building import NOW, raw, recorded, toggle
from flagstaff.testing.postgres import USER

pytestmark = pytest.mark.service("flipper")

CONSOLE = Path(__file__).with_name("handoff_console.rb")
EYE = "User;18"  # of the first 5 % of held_enabled


def plan_of(toggles: dict[str, Raw], *wanted, propagation: float = 0, production: bool = False, **fields) -> Plan:
    """A plan for toggles that were all recorded as they are."""
    desired = building.desired(
        *wanted,
        settings=Settings(environment="va-try", production=production),
        provider=ProviderSettings("flipper", "snapshot", {"path": "export.json"}),
        **fields,
    )
    live = {key: str(FlipperDialect().live(gates).exposure) for key, gates in toggles.items()}
    known = {
        key.removesuffix("_enabled"): level.removesuffix(" %") for key, level in live.items() if "other" not in level
    }
    made = building.plan(
        desired,
        Snapshot(toggles, NOW),
        recorded(desired, **known),
        Options(provider="flipper.snapshot", embedded=False),
    )
    assert not made.blocked, made.blocked
    target: Any = {**made.core.target}
    target["provider"] = {**target["provider"], "propagation": propagation}
    return replace(made, core=replace(made.core, target=target))


@dataclass(frozen=True, slots=True)
class Ran:
    out: str
    toggles: dict[str, Any]
    seen: dict[str, int] | None

    @property
    def result(self) -> Result:
        return parse_result(self.out)


class Console:
    """Runs a plan's script; the store outlives a run only in a database."""

    def __init__(self, folder: Path, database=None) -> None:
        self.script = folder / "handoff.rb"
        self.place = None
        if database is not None:
            cluster = database.cluster
            place = {"host": str(cluster.folder), "port": cluster.port, "database": database.name}
            self.place = {**place, "username": USER}

    def __call__(self, plan: Plan, toggles=None, *, typed: str = "", watch=None) -> Ran:
        handoff = handoff_of(plan, made_by="ann", made_at=NOW)
        self.script.write_text(rails_script(handoff), encoding="ascii")
        order = {"toggles": toggles or {}, "script": str(self.script), "database": self.place, "watch": watch}
        done = subprocess.run(
            ["ruby", "-w", str(CONSOLE), json.dumps(order)],
            input=typed,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        assert "handoff.rb" not in done.stderr  # no warning of Ruby's
        out, _, last = done.stdout.rstrip("\n").rpartition("\n")
        found = json.loads(last)
        return Ran(out, found["toggles"], found["seen"])


@pytest.fixture
def memory(tmp_path) -> Console:
    return Console(tmp_path)


@pytest.fixture
def rows(tmp_path, database) -> Console:
    return Console(tmp_path, database)


LADDER = {"parent_enabled": raw("5", "ann@example.gov"), "child_enabled": raw("0", "ann@example.gov", "größe 旗")}
RUNGS = (toggle("parent", "100"), toggle("child", "5.5", requires=["parent"]))


def test_a_script_does_what_the_plan_says_and_tells_it(memory):
    ran = memory(plan_of(LADDER, *RUNGS), LADDER)
    assert ran.toggles["parent_enabled"] | {"time": 0} == {
        "boolean": False, "actors": ["ann@example.gov"], "groups": [], "share": 100, "time": 0,
    }  # fmt: skip
    assert ran.toggles["child_enabled"]["share"] == 5.5
    assert ran.toggles["child_enabled"]["actors"] == ["ann@example.gov", "größe 旗"]
    assert ran.out.index("toggle.parent (parent_enabled): 5 % -> 100 %, read back") < ran.out.index(
        "toggle.child (child_enabled): 0 % -> 5.5 %, read back"
    )
    assert (ran.result.outcome, ran.result.environment) == ("done", "va-try")
    assert ran.result.toggles["child_enabled"]["percentage_of_actors"] == "5.5"
    assert ran.result.actors == {"parent_enabled": 1, "child_enabled": 2}
    assert "ann@" not in ran.out
    assert "waiting" not in ran.out


def test_neighbours_are_waited_for_and_nobody_else(memory):
    more = {**LADDER, "alone_enabled": raw("0")}
    ran = memory(plan_of(more, *RUNGS, toggle("alone", "5"), propagation=1), more)
    assert ran.out.count("waiting until readers have seen parent_enabled: 0:01") == 1
    assert ran.out.count("waiting") == 1
    assert ran.result.outcome == "done"


@pytest.mark.parametrize("changed", ["parent_enabled", "child_enabled", "near_enabled"])
def test_nothing_is_done_if_one_value_differs_even_that_of_a_neighbour(memory, changed):
    near = toggle("near", "0", requires=["child"])
    toggles = {**LADDER, "near_enabled": raw("0")}
    ran = memory(plan_of(toggles, *RUNGS, near), {**toggles, changed: raw("7")})
    assert "NOTHING WAS DONE" in ran.out
    planned = "5 %" if changed == "parent_enabled" else "0 %"
    assert f"({changed}): planned {planned}, now 7 %" in ran.out
    assert {key: gates["share"] for key, gates in ran.toggles.items()} == {
        "parent_enabled": 5, "child_enabled": 0, "near_enabled": 0, changed: 7,
    }  # fmt: skip
    assert ran.result.outcome == "differs"


def test_all_gates_are_compared_but_actors(memory):
    plan = plan_of(LADDER, *RUNGS)
    ran = memory(plan, {**LADDER, "child_enabled": raw("0", groups=["staff"])})
    assert "(child_enabled): planned 0 %, now other (groups = staff)" in ran.out
    ran = memory(plan, {**LADDER, "child_enabled": raw("0", percentage_of_time="3")})
    assert "(child_enabled): planned 0 %, now other (percentage_of_time = 3)" in ran.out
    assert memory(plan, {**LADDER, "child_enabled": raw("0", "another")}).result.outcome == "done"


def test_a_mix_of_done_and_not_done_goes_on(memory):
    plan = plan_of(LADDER, *RUNGS)
    ran = memory(plan, {**LADDER, "parent_enabled": raw("100")})
    assert "(parent_enabled): 100 % now; was done already" in ran.out
    assert "(child_enabled): 5.5 % now; done" in ran.out
    assert ran.result.outcome == "done"


def test_production_wants_the_name_typed(memory):
    plan = plan_of(LADDER, *RUNGS, production=True)
    assert memory(plan, LADDER, typed="\n\n va-try \n").result.outcome == "done"
    for typed in ("", "\n", "yes\n", "va-tr\n"):
        ran = memory(plan, LADDER, typed=typed)
        assert (ran.result.outcome, ran.toggles["parent_enabled"]["share"]) == ("declined", 5)
        assert "NOTHING WAS DONE" in ran.out


def test_without_transactions_the_boolean_is_left_alone_with_what_comes_after_it(memory):
    toggles = {"held_enabled": raw("on"), "child_enabled": raw("20"), "alone_enabled": raw("0")}
    wanted = (toggle("held", "5"), toggle("child", "0", requires=["held"], at_least="1"), toggle("alone", "5"))
    ran = memory(plan_of(toggles, *wanted), toggles)
    assert "REFUSED: toggle.held can't change its boolean gate" in ran.out
    assert ran.toggles["held_enabled"]["boolean"] is True
    assert [ran.toggles[key]["share"] for key in ("child_enabled", "alone_enabled")] == [0, 5]
    assert ran.result.outcome == "open"
    toggles = {"parent_enabled": raw("0", "ann@example.gov"), "child_enabled": raw("0")}
    ran = memory(plan_of(toggles, toggle("parent", "on"), toggle("child", "5", requires=["parent"])), toggles)
    assert "(child_enabled): 0 % now; NOT done: it comes after parent_enabled" in ran.out
    assert ran.toggles["parent_enabled"]["actors"] == ["ann@example.gov"]


def test_a_boolean_that_can_lose_nobody_is_written_without_transactions(memory):
    toggles = {"up_enabled": raw("0"), "down_enabled": raw("on"), "time_enabled": raw("0", percentage_of_time="100")}
    ran = memory(plan_of(toggles, toggle("up", "on"), toggle("down", "0"), toggle("time", "5")), toggles)
    assert ran.result.outcome == "done", ran.out
    assert (ran.toggles["up_enabled"]["boolean"], ran.toggles["down_enabled"]["boolean"]) == (True, False)
    assert (ran.toggles["time_enabled"]["share"], ran.toggles["time_enabled"]["time"]) == (5, 0)


HOSTILE = (
    'a"; raise "out"; "',
    "#{raise 'out'}",
    "back\\slash\\",
    "grün 旗 🏁",
    "'#@x #$0'",
    "\u202eltr",
    "%PLAN%",
    "a/b?c&d",
)


def test_no_key_breaks_out_of_its_quotes(memory):
    wanted = [toggle(f"t{number}", "5", key=key) for number, key in enumerate(HOSTILE)]
    toggles = {key: raw("0") for key in HOSTILE}
    plan = building.plan(
        building.desired(*wanted, settings=Settings(environment='va "#{exit}"')), Snapshot(toggles, NOW)
    )
    ran = memory(plan, toggles)
    assert {key: gates["share"] for key, gates in ran.toggles.items()} == dict.fromkeys(HOSTILE, 5)
    assert ran.result.outcome == "done"
    assert ran.result.environment == 'va "#{exit}"'
    assert set(ran.result.toggles) == set(HOSTILE)


def test_it_is_made_once_and_deleted_once(memory):
    toggles = {"old_enabled": raw("0")}
    plan = plan_of(toggles, toggle("new", "5", create=True))
    ran = memory(plan, toggles)
    assert (ran.toggles["new_enabled"]["share"], ran.result.outcome) == (5, "done")
    assert memory(plan, {"new_enabled": raw("5")}).result.outcome == "done"
    assert memory(plan, {"new_enabled": raw("7")}).result.outcome == "differs"
    gone = plan_of(toggles, toggle("old", "5"))
    leave = replace(gone.core.moves[0], action=Action.DELETE, after=None)
    gone = replace(gone, core=replace(gone.core, moves=(leave,)))
    ran = memory(gone, {**toggles, "other_enabled": raw("5")})
    assert (list(ran.toggles), ran.result.toggles) == (["other_enabled"], {"old_enabled": None})
    assert "(old_enabled): not in the store now; done" in ran.out
    assert memory(gone, {"other_enabled": raw("5")}).result.outcome == "done"
    missing = plan_of(LADDER, *RUNGS)
    ran = memory(missing, {"parent_enabled": raw("5")})
    assert "(child_enabled): planned 0 %, now not in the store" in ran.out
    assert list(ran.toggles) == ["parent_enabled"]


@pytest.mark.parametrize("console", [["--nomultiline", "--nosingleline"], []], ids=["plain", "reline"])
def test_pasted_into_a_console_it_runs_as_a_whole(tmp_path, console):
    """On a terminal, with IRB's editor and without; the name is typed once the script asks for it."""
    handoff = handoff_of(plan_of(LADDER, *RUNGS, production=True), made_by="ann", made_at=NOW)
    setup = (
        'require "flipper"; $m = Flipper::Adapters::Memory.new; Flipper.configure { |c| c.adapter { $m } }; '
        "Flipper[:parent_enabled].enable_percentage_of_actors(5); Flipper[:child_enabled].add; 40 + 2"
    )
    with Irb(tmp_path, console) as irb:
        irb.wait_for("irb")
        irb.paste(setup + "\n")
        irb.wait_for("=> .*42")
        irb.settle()
        irb.paste(rails_script(handoff))
        irb.wait_for(r"Type the environment's name \(va-try\) to go on: $")
        irb.paste("va-try\n")
        irb.wait_for(r"^-----END FLAGSTAFF RESULT-----\r")
        block = re.findall(r"^-----BEGIN.*?^-----END FLAGSTAFF RESULT-----", irb.text, re.MULTILINE | re.DOTALL)[-1]
    assert parse_result(block).outcome == "done"


class Irb:
    """A console on a terminal that answers what the line editor asks it: where the cursor is."""

    def __init__(self, folder: Path, options: list[str]) -> None:
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(
            ["irb", "-f", "--nocolorize", *options],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=folder,
            env={**os.environ, "TERM": "xterm", "COLUMNS": "200", "LINES": "50", "LANG": "C.UTF-8"},
            start_new_session=True,
        )
        os.close(slave)
        self.text = ""
        self._seen = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.master)
        self.process.kill()
        self.process.wait()

    def paste(self, text: str) -> None:
        rest = text.replace("\n", "\r").encode()
        while rest:
            if select.select([], [self.master], [], 0.1)[1]:
                rest = rest[os.write(self.master, rest[:512]) :]
            while self._read(0.0):
                pass

    def wait_for(self, pattern: str) -> None:
        end = time.monotonic() + 100
        while not (found := re.compile(pattern, re.MULTILINE).search(self.text, self._seen)):
            assert time.monotonic() < end, f"no {pattern!r} in:\n{self.text[-3000:]}"
            self._read(0.5)
        self._seen = found.end()

    def settle(self) -> None:
        """Until it waits for input."""
        while self._read(0.5):
            pass

    def _read(self, seconds: float) -> bool:
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        data = os.read(self.master, 65536)
        self.text += data.decode("utf-8", "replace")
        if b"\x1b[6n" in data:
            os.write(self.master, b"\x1b[1;1R")
        return True


WIDE = {
    **LADDER,
    "held_enabled": raw("on", "ann@example.gov", groups=[]),
    "up_enabled": raw("25", "ann@example.gov", "ben@example.gov"),
    "time_enabled": raw("10", percentage_of_time="100"),
    "odd_enabled": raw("10", "ann@example.gov", percentage_of_time="30"),
}
STEPS = (
    *RUNGS,
    toggle("held", "5"),
    toggle("up", "on"),
    toggle("time", "5"),
    toggle("odd", "0"),
    toggle("new", "20", create=True),
)


@pytest.mark.service("postgres")
def test_on_postgresql_every_kind_of_move_keeps_its_testers_and_a_second_run_writes_nothing(rows):
    plan = plan_of(WIDE, *STEPS)
    ran = rows(plan, WIDE, watch=["held_enabled", EYE])
    assert ran.result.outcome == "done", ran.out
    # The gem reads through its cache, which was written to all along: it is not left with an old value.
    assert {key: (gates["boolean"], gates["share"], gates["time"]) for key, gates in ran.toggles.items()} == {
        "parent_enabled": (False, 100, 0),
        "child_enabled": (False, 5.5, 0),
        "held_enabled": (False, 5, 0),
        "up_enabled": (True, 0, 0),
        "time_enabled": (False, 5, 0),
        "odd_enabled": (False, 0, 0),
        "new_enabled": (False, 20, 0),
    }
    assert {key: gates["actors"] for key, gates in ran.toggles.items() if gates["actors"]} == {
        key: sorted(gates["actors"]) for key, gates in WIDE.items() if gates["actors"]
    }
    assert ran.seen is not None
    assert ran.seen["reads"] >= 2000
    assert ran.seen["off"] == 0
    again = rows(plan)
    assert again.out.count("was done already") == len(STEPS)
    assert "read back" not in again.out
    assert again.toggles == ran.toggles
    assert again.result.outcome == "done"


@pytest.mark.service("postgres")
def test_on_postgresql_one_value_changed_in_between_stops_everything(rows):
    plan = plan_of(WIDE, *STEPS)
    assert rows(plan, WIDE).result.outcome == "done"
    ran = rows(plan, {"up_enabled": raw("40")})
    assert "NOTHING WAS DONE" not in ran.out  # it was on, and stays so
    ran = rows(plan, {"child_enabled": raw("40")})
    assert "(child_enabled): planned 0 %, now 40 %" in ran.out
    assert "NOTHING WAS DONE" in ran.out
    assert "read back" not in ran.out
    assert ran.result.outcome == "differs"


@pytest.mark.service("postgres")
def test_on_postgresql_two_values_of_one_gate_are_no_value_to_build_on(rows, database):
    plan = plan_of(LADDER, *RUNGS)
    assert rows(plan_of(LADDER, toggle("parent", "6")), LADDER).result.outcome == "done"
    with database.connect() as connection:
        connection.execute(
            "insert into flipper_gates (feature_key, key, value, created_at, updated_at)"
            " values ('child_enabled', 'percentage_of_actors', '20', now(), now())"
        )
    ran = rows(plan, {"parent_enabled": raw("5")})
    assert "now other (percentage_of_actors = 0.0 and 20 at once, of two writers at the same moment" in ran.out
    assert ran.result.outcome == "differs"


def test_what_is_not_in_the_hand_off_is_left_alone(memory):
    """A move that waits for somebody's yes, and what comes after it."""
    plan = plan_of(LADDER, *RUNGS)
    core = plan.core
    asked = [
        replace(one, approvals=(Address("role", "owner"),)) if one.key == "parent_enabled" else one
        for one in core.moves
    ]
    plan = replace(plan, core=replace(core, moves=tuple(asked)))
    assert handoff_of(plan, made_by="ann", made_at=NOW).moves == ()


HOW_TO = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "production-without-an-api.md"


def test_the_export_of_the_how_to_is_one_that_is_read(tmp_path):
    """The lines for older gems, in the older gem; those for newer ones are Ruby at least."""
    new, old = re.findall(r"^```ruby\n(.*?)^```$", HOW_TO.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    checked = subprocess.run(["ruby", "-wc"], input=new, capture_output=True, text=True, timeout=60)
    assert (checked.returncode, checked.stderr) == (0, "")
    script = tmp_path / "handoff.rb"
    script.write_text(f"Dir.chdir({json.dumps(str(tmp_path))}) do\n{old}end\n", encoding="utf-8")
    order = {"toggles": {**WIDE, "grün": raw("2.5")}, "script": str(script), "database": None, "watch": None}
    subprocess.run(["ruby", str(CONSOLE), json.dumps(order)], check=True, capture_output=True, timeout=60)
    export = decode((tmp_path / "production.json").read_bytes())
    dialect = FlipperDialect()
    assert {key: str(dialect.live(gates).exposure) for key, gates in export.features.items()} == {
        "parent_enabled": "5 %",
        "child_enabled": "0 %",
        "held_enabled": "on",
        "up_enabled": "25 %",
        "time_enabled": "on",
        "odd_enabled": "other (percentage_of_time = 30)",
        "grün": "2.5 %",
    }
    assert export.features["up_enabled"]["actors"] == ["ann@example.gov", "ben@example.gov"]
    assert export.document["environment"] == "va-production"
    assert str(export.exported_at).endswith("Z")
