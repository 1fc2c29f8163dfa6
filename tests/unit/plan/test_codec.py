"""The plan's JSON form is strict: damage is named, never guessed away."""

import copy
import json
from dataclasses import replace
from datetime import datetime

import pytest

from flagstaff.diagnostics import Diagnostic, Position, Range, Severity
from flagstaff.model.configuration import ProviderSettings
from flagstaff.model.exposure import ON
from flagstaff.model.live import Step
from flagstaff.plan.codec import PlanFormatError, change_id, decode_plan, encode, encode_plan
from flagstaff.plan.plan import GuardChange
from flagstaff.testing import building as b


def document():
    config = b.desired(b.toggle("a", "100"), b.toggle("m", "5", requires=["a"]), b.toggle("g", "0"))
    live = b.snapshot(a="5", m="0", g=b.raw("0", groups=["admins"]))
    return json.loads(json.dumps(encode_plan(b.plan(config, live, b.recorded(a="5")))))


def edited(path, value):
    """The document with the value at `path` replaced, and its change id made to fit."""
    made = copy.deepcopy(document())
    inner = made
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return made


def test_round_trip():
    plan = decode_plan(document())
    assert encode_plan(plan) == document()


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("core", "moves", 0, "key"), 7, "core.moves[0].key: 7 is not valid here"),
        (("core", "moves", 0, "address"), "nonsense", 'core.moves[0].address: "nonsense" is not valid here'),
        (("core", "moves", 0, "address"), 1, "core.moves[0].address: 1 is not valid here"),
        (("core", "moves", 0, "after"), "101", 'core.moves[0].after: "101" is not valid here'),
        (("core", "moves", 0, "after"), "x" * 99, f'core.moves[0].after: "{"x" * 56}... is not valid here'),
        (("core", "moves", 0, "action"), "explode", 'core.moves[0].action: "explode" is not valid here'),
        (("core", "moves", 0, "before"), {"other": 1}, 'core.moves[0].before: {"other": 1} is not valid here'),
        (("core", "moves", 0, "gates"), [], "core.moves[0].gates: [] is not valid here"),
        (("core", "moves", 0), "x", 'core.moves[0]: "x" is not valid here'),
        (("core", "moves", 0, "extra"), 1, 'core.moves[0]: unknown field "extra"'),
        (("core", "moves"), {}, "core.moves: {} is not valid here"),
        (("core",), {}, 'core: the field "environment" is missing'),
        (("observed", "created"), "yesterday", 'observed.created: "yesterday" is not valid here'),
        (("observed", "known"), "2", 'observed.known: "2" is not valid here'),
        (("surplus",), 1, 'unknown field "surplus"'),
        (("format",), 9, "it has format 9, written by Flagstaff 0.1.0; this one reads 1"),
    ],
)
def test_damage_is_named(path, value, message):
    with pytest.raises(PlanFormatError) as error:
        decode_plan(edited(path, value))
    assert str(error.value) == message


@pytest.mark.parametrize("other", [None, [], {}, "plan", {"format_version": "1.2"}])
def test_other_documents_are_not_plans(other):
    with pytest.raises(PlanFormatError, match="it is not a plan of Flagstaff"):
        decode_plan(other)


def test_an_edited_plan_is_found_by_its_change_id():
    with pytest.raises(PlanFormatError, match="the file was edited or damaged"):
        decode_plan(edited(("core", "moves", 0, "after"), "50"))


def test_the_change_id_covers_what_would_be_done():
    one = b.plan(b.desired(b.toggle("a", "5")), b.snapshot(a="0"))
    other = b.plan(b.desired(b.toggle("a", "6")), b.snapshot(a="0"))
    titled = b.plan(b.desired(b.toggle("a", "5", title="T")), b.snapshot(a="0"))
    assert change_id(one.core) != change_id(other.core)
    assert change_id(one.core) == change_id(titled.core)
    assert len(change_id(one.core)) == 64


def test_the_change_id_does_not_depend_on_where_a_guard_is_declared():
    core = b.plan(b.desired(b.toggle("a", "5")), b.snapshot(a="5"), b.recorded(a="5")).core

    def at(line):
        place = Range("main.hcl", Position(line, 1, line), Position(line, 2, line + 1))
        return change_id(
            replace(core, guard_changes=(GuardChange("policy", "max_raise", "50", "95", True, None, place),))
        )

    assert at(3) == at(4)
    assert at(3) != change_id(core)


def test_warnings_and_ranges_have_a_form():
    where = Range("a.hcl", Position(1, 2, 1), Position(1, 3, 2))
    assert encode(Diagnostic(Severity.WARNING, "s", "d", where)) == {
        "severity": "warning",
        "summary": "s",
        "detail": "d",
        "range": {
            "filename": "a.hcl",
            "start": {"line": 1, "column": 2, "byte": 1},
            "end": {"line": 1, "column": 3, "byte": 2},
        },
    }
    assert encode(Step("k", "op", [1.5, None, True], ON)) == {
        "key": "k",
        "operation": "op",
        "value": [1.5, None, True],
        "leaves": "on",
    }


def test_other_values_have_no_form():
    with pytest.raises(TypeError, match="object has no JSON form"):
        encode(object())
    assert encode(datetime(2026, 1, 1, tzinfo=b.NOW.tzinfo)) == "2026-01-01T00:00:00+00:00"


def test_the_change_id_covers_where_the_change_goes():
    """Nobody can take an agreed change to another store, or have other guards recorded with it."""
    live = b.snapshot(a="0")
    here = b.desired(b.toggle("a", "5"))
    there = b.desired(b.toggle("a", "5"), provider=ProviderSettings("flipper", "embedded", {"path": "other.json"}))
    bold = b.desired(b.toggle("a", "5"), policy=b.policy("50"))
    assert len({change_id(b.plan(config, live).core) for config in (here, there, bold)}) == 3


def test_other_guards_than_agreed_to_are_refused():
    made = document()
    made["observed"]["guards"]["policy"]["max_raise"] = 1
    with pytest.raises(PlanFormatError, match="the guards that it would record do not fit its change"):
        decode_plan(made)


def test_a_newer_format_is_named_whatever_else_is_in_it():
    with pytest.raises(PlanFormatError, match="format 9, written by Flagstaff another version"):
        decode_plan({"format": 9, "observed": []})
