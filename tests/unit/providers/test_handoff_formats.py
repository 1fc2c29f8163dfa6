"""The console script and the click list: what is in them, for whom, and that no text gets out of its place."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flagstaff.addresses import Address
from flagstaff.apply.handoff import handoff_of
from flagstaff.apply.options import Options as ApplyOptions
from flagstaff.diagnostics import Failure
from flagstaff.model.configuration import ProviderSettings, Settings
from flagstaff.model.exposure import OFF, Exposure
from flagstaff.model.live import Refusal, Snapshot, Unrepresentable
from flagstaff.plan.inputs import Options
from flagstaff.plan.plan import Action, Change, Status
from flagstaff.providers.flipper.dialect import FlipperDialect
from flagstaff.providers.flipper.handoff import exposure_text, new_gates
from flagstaff.providers.flipper.handoff_checklist import checklist, code, plain
from flagstaff.providers.flipper.handoff_rails import ascii_line, literal, quoted, rails_script
from flagstaff.testing import building
from flagstaff.testing.building import NOW, raw, recorded, toggle

MADE = datetime(2026, 1, 27, 14, 2, tzinfo=UTC)
SETTINGS = {"path": "export.json", "ui_url": "https://api.example.gov/flipper/"}
ASKED = Options(provider="flipper.snapshot", embedded=False)

STORE = {
    "parent_enabled": raw("5", "ann@example.gov", "ben@example.gov"),
    "child_enabled": raw("0", "ann@example.gov"),
    "near_enabled": raw("0"),
    "held_enabled": raw("on"),
    "kept_enabled": raw("on", "ann@example.gov"),
    "down_enabled": raw("on"),
    "up_enabled": raw("0"),
    "loud_enabled": raw("25", "ann@example.gov"),
    "time_enabled": raw("10", percentage_of_time="100"),
    "odd_enabled": raw("10", expression={"Boolean": [True]}),
    "blocked_enabled": raw("0"),
}
WANTED = (
    toggle("parent", "100"),
    toggle("child", "20", requires=["parent"]),
    toggle("near", "0", requires=["child"]),
    toggle("held", "5"),
    toggle("kept", "0"),
    toggle("down", "0"),
    toggle("up", "on"),
    toggle("loud", "on"),
    toggle("time", "5"),
    toggle("odd", "0"),
    toggle("new", "10", create=True),
    toggle("blocked", "5", requires=["near"]),
)


def plan_of(store=STORE, wanted=WANTED, propagation=120.0, production=True, **settings):
    desired = building.desired(
        *wanted,
        settings=Settings(environment="va-production", production=production),
        provider=ProviderSettings("flipper", "snapshot", SETTINGS | settings),
    )
    known = {key.removesuffix("_enabled"): FlipperDialect().live(gates).exposure for key, gates in store.items()}
    record = recorded(desired, **{name: level.encode() for name, level in known.items() if isinstance(level, Exposure)})
    made = building.plan(desired, Snapshot(store, NOW), record, ASKED)
    provider = {**made.core.target["provider"], "propagation": propagation}
    return replace(made, core=replace(made.core, target={**made.core.target, "provider": provider}))


def handoff(plan=None, **options):
    return handoff_of(plan or plan_of(), made_by="ann@desk", made_at=MADE, **options)


def test_the_script(golden):
    golden("handoff/everything.rb", rails_script(handoff()))


def test_the_clicks(golden):
    golden("handoff/everything.md", checklist(handoff()))


def test_a_small_list(golden):
    store = {"parent_enabled": raw("0")}
    made = plan_of(store, (toggle("parent", "5"),), propagation=0, production=False, ui_url=None)
    golden("handoff/small.md", checklist(handoff(made)))


def test_the_golden_folder_holds_these_three():
    folder = Path(__file__).parents[2] / "golden" / "handoff"
    assert sorted(path.name for path in folder.iterdir()) == ["everything.md", "everything.rb", "small.md"]


HOSTILE = [
    '"',
    "'",
    "\\",
    '\\"',
    "#{exit}",
    "#@a",
    "#$0",
    "`id`",
    "é",
    "旗",
    "🏁",
    "\u202e",
    "%PLAN%",
    "a b",
    "\\u{41}",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_every_text_is_one_ruby_literal_of_ascii(text):
    made = quoted(text)
    assert re.fullmatch(r'"(?:[ !$-\[\]-~]|\\["\\#]|\\u\{[0-9a-f]{1,6}\})*"', made)
    assert re.sub(r"\\(?:u\{(\w+)\}|(.))", lambda found: found[2] or chr(int(found[1], 16)), made[1:-1]) == text


def test_plain_values_are_literals():
    assert literal([None, True, False, 1, 2.5, {"a": ["b"]}]) == '[nil, true, false, 1, 2.5, {"a" => ["b"]}]'
    assert ascii_line("a\nb é") == "a\\nb \\xe9"


def test_no_hostile_key_leaves_its_place_in_either_format():
    keys = ['a"; exit; "', "#{exit}", "`rm` <b>|", "back\\slash", "[x](javascript:1)", "旗"]
    wanted = [toggle(f"t{number}", "5", key=key) for number, key in enumerate(keys)]
    plan = building.plan(
        building.desired(*wanted, settings=Settings(environment="va\n# <b> #{exit}")),
        Snapshot({key: raw("0") for key in keys}, NOW),
    )
    script, clicks = rails_script(handoff(plan)), checklist(handoff(plan))
    assert script.isascii()
    assert [line for line in script.splitlines()[:3] if "exit" in line] == [
        "  # Flagstaff hand-off: 6 changes of feature toggles in va\\n# <b> #{exit}, in this order."
    ]
    data = script.partition("@plan ||=")[2].partition("def run")[0]
    assert not re.search(r"(?<!\\)#\{", data)
    assert clicks.splitlines()[0] == "# Feature toggles in va # \\<b\\> #{exit}: 6 changes by hand"
    assert "`` `rm` <b>| ``: 0 % to" in clicks
    assert "`[x](javascript:1)`: 0 % to" in clicks


def test_no_line_of_the_script_is_a_command_of_a_console():
    """Pry takes a line for a command even in the midst of an expression."""
    words = (
        "next continue step finish break help ls cd edit hist play exit quit show watch wtf stat bt cat up down frame"
    )
    for line in rails_script(handoff()).splitlines()[1:]:
        found = line.split()
        assert not found or (found[0] not in words.split() and not line.strip().startswith((".", "!", "?", "$ ", "@ ")))
        assert "\t" not in line


def test_what_waits_for_a_yes_is_left_out_with_what_comes_after_it():
    plan = plan_of()
    moves = tuple(replace(move, consent=True) if move.key == "parent_enabled" else move for move in plan.core.moves)
    plan = replace(plan, core=replace(plan.core, moves=moves))
    made = handoff(plan)
    assert {"parent_enabled", "child_enabled"} & {move.key for move in made.moves} == set()
    told = {str(one.address): one.why for one in made.left_out}
    assert "plan with -accept-drift toggle.parent" in told["toggle.parent"]
    assert told["toggle.child"] == "Waits because of toggle.parent."
    assert "Requirement not met." in told["toggle.blocked"]
    text = checklist(made)
    assert "## NOT part of this hand-off" in text
    assert "- `child_enabled` (toggle.child), 0 % to 20 %: Waits because of toggle.parent." in text
    agreed = handoff(plan, options=ApplyOptions(who="", run="", consented=frozenset({Address("toggle", "parent")})))
    assert {"parent_enabled", "child_enabled"} <= {move.key for move in agreed.moves}


def test_a_change_without_a_check_says_its_status():
    plan = plan_of()
    change = Change(Address("toggle", "z"), "z_enabled", plan.core.moves[0].action, Status.PENDING, OFF, OFF)
    plan = replace(plan, observed=replace(plan.observed, changes=(change,)))
    assert handoff(plan).left_out[-1].why == "It is pending."


def test_only_gates_that_change_are_written():
    moves = {move.key: new_gates(move) for move in plan_of().core.moves}
    assert moves == {
        "parent_enabled": {"percentage_of_actors": "100"},
        "child_enabled": {"percentage_of_actors": "20"},
        "held_enabled": {"boolean": None, "percentage_of_actors": "5"},
        "kept_enabled": {"boolean": None},
        "down_enabled": {"boolean": None},
        "up_enabled": {"boolean": "true"},
        "loud_enabled": {"boolean": "true", "percentage_of_actors": None},
        "time_enabled": {"percentage_of_actors": "5", "percentage_of_time": "0"},
        "odd_enabled": {"expression": None, "percentage_of_actors": "0"},
        "new_enabled": {"percentage_of_actors": "10"},
    }


def test_a_move_that_flipper_can_not_make_is_refused():
    plan = plan_of({"parent_enabled": raw("5")}, (toggle("parent", "10"),))
    move = replace(plan.core.moves[0], gates={"groups": ["staff"]}, before=Unrepresentable("groups = staff"))
    assert isinstance(new_gates(move), Refusal)
    made = handoff(replace(plan, core=replace(plan.core, moves=(move,))))
    with pytest.raises(Failure) as caught:
        rails_script(made)
    assert caught.value.diagnostics[0].summary == "Toggle is open in another way"
    assert "NOT BY CLICKING" in checklist(made)
    assert "other (groups = staff)" in checklist(made)


def test_exposures_as_the_script_computes_them():
    values = (None, OFF, Exposure(5_500), Exposure(100_001), Unrepresentable("groups = staff"))
    assert [exposure_text(value) for value in values] == [None, "0", "5.5", "on", "other (groups = staff)"]


def test_last_writes_are_told_in_seconds():
    script = rails_script(handoff())
    found = re.search(r'"written" => (\{.*\})', script)
    assert found
    assert json.loads(found[1].replace(" =>", ":"))["parent_enabled"] == round(NOW.timestamp())


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a", "`a`"), ("a`b", "`` a`b ``"), ("``", "``` `` ```"), (" a", "`  a `"), ("a\nb\u202e", "`a\\nb\\u202e`")],
)
def test_code_spans(text, shown):
    assert code(text) == shown


def test_plain_text_is_no_markup():
    assert plain("a_b _c_ *d* [e](f) <g> & `h` |\n i") == "a_b \\_c\\_ \\*d\\* \\[e\\](f) \\<g\\> \\& \\`h\\` \\| i"


@pytest.mark.parametrize(
    ("seconds", "text"), [(1, "1 second"), (60, "1 minute"), (120, "2 minutes"), (150, "2 minutes 30 seconds")]
)
def test_waits(seconds, text):
    assert f"**WAIT {text}**" in checklist(handoff(plan_of(propagation=seconds)))


def test_what_has_no_button_on_the_page():
    """A delete; and the boolean where it would leave a gap or has people to lose."""
    plan = plan_of({"a_enabled": raw("0")}, (toggle("a", "5"),))
    move = replace(plan.core.moves[0], action=Action.DELETE, after=None)
    text = checklist(handoff(replace(plan, core=replace(plan.core, moves=(move,)))))
    assert "NOT BY CLICKING: the page may not delete toggles." in text
    text = checklist(handoff(plan_of({"a_enabled": raw("5")}, (toggle("a", "on"),))))
    assert "NOT BY CLICKING: on the way the page would switch everybody off for a moment" in text


def test_nothing_depends_nothing_waits():
    store = {"a_enabled": raw("0"), "b_enabled": raw("0")}
    assert "WAIT" not in checklist(handoff(plan_of(store, (toggle("a", "5"), toggle("b", "5")))))
