"""The state's text: exact, and refused with words that say what is wrong and where."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from flagstaff.addresses import Address
from flagstaff.model.evidence import Frozen
from flagstaff.model.exposure import ON, Exposure
from flagstaff.model.recorded import Hold, Standing, ToggleRecord
from flagstaff.state.codec import decode_state, encode_state
from flagstaff.state.state import State
from flagstaff.state.store import StateError

TIME = datetime(2026, 1, 27, 14, 3, 5, 123456, tzinfo=UTC)
STATE = State(
    lineage="6a1e",
    serial=7,
    tool="0.1.0",
    journal_head="d" * 64,
    environment="production",
    applied={"products": {"sm": {"title": "Größe"}, "appointments": {}}, "policy": {"max_raise": 50}},
    toggles={
        Address("toggle", "vitals"): ToggleRecord("vitals", Exposure(5001), TIME, "c" * 64, created=True),
        Address("toggle", "site", 10): ToggleRecord("site_10", ON),
        Address("toggle", "site", 9): ToggleRecord("site_9", ON),
    },
    stages={},
    holds={Address("toggle", "vitals"): Hold("h1", "errors", TIME, "joe")},
    guards=None,
)
# Format 1 as it was released: this text must be readable for ever.
TEXT = """\
{
  "format": 1,
  "lineage": "6a1e",
  "serial": 7,
  "tool": "0.1.0",
  "journal_head": "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd",
  "environment": "production",
  "applied": {
    "policy": {
      "max_raise": 50
    },
    "products": {
      "appointments": {},
      "sm": {"title": "Größe"}
    }
  },
  "toggles": {
    "toggle.site[9]": {"change": null, "created": false, "exposure": "on", "key": "site_9", "last_write_at": null},
    "toggle.site[10]": {"change": null, "created": false, "exposure": "on", "key": "site_10", "last_write_at": null},
    "toggle.vitals": {"change": "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc", "created": true, \
"exposure": "5.001", "key": "vitals", "last_write_at": "2026-01-27T14:03:05.123456Z"}
  },
  "stages": {},
  "holds": {
    "toggle.vitals": {"at": "2026-01-27T14:03:05.123456Z", "cause": "errors", "id": "h1", "who": "joe"}
  },
  "guards": null
}
"""


def test_the_text_of_format_1():
    assert encode_state(STATE) == TEXT


def test_format_1_is_read():
    assert decode_state(TEXT, "va.json") == STATE


def test_what_a_toggle_was_verified_with_came_later_and_is_kept():
    vitals = Address("toggle", "vitals")
    seen = replace(STATE.toggles[vitals], standing=Standing({"percentage_of_actors": "5.001"}, 3))
    state = replace(STATE, toggles={**STATE.toggles, vitals: seen})
    text = encode_state(state)
    assert '05.123456Z", "standing": {"gates": {"percentage_of_actors": "5.001"}, "testers": 3}}\n' in text
    assert decode_state(text, "va.json") == state


def test_times_are_written_in_utc():
    there = TIME.astimezone(timezone(timedelta(hours=-5)))
    moved = replace(STATE, holds={Address("toggle", "vitals"): Hold("h1", "errors", there, "joe")})
    assert encode_state(moved) == TEXT


def test_what_json_can_not_say_is_not_written():
    with pytest.raises(ValueError, match="Out of range float values are not JSON compliant"):
        encode_state(replace(STATE, applied={"a": float("nan")}))
    naive = datetime(2026, 1, 27, 14, 3, 5)  # noqa: DTZ001  # the naive time is the point
    with pytest.raises(ValueError, match="2026-01-27 14:03:05 has no time zone"):
        encode_state(replace(STATE, holds={Address("toggle", "a"): Hold("h", "", naive, "")}))


def refused(text):
    with pytest.raises(StateError) as raised:
        decode_state(text, "va.json")
    summary, detail = raised.value.summary, raised.value.detail
    advice = (
        " Nothing was changed. If it was edited or copied by hand, undo that; the state as it was one save earlier is "
        "in the backup beside it."
    )
    assert detail.startswith("va.json: ")
    assert detail.endswith(advice)
    return summary, detail.removeprefix("va.json: ").removesuffix(advice).removesuffix(".")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "it is empty"),
        (" \n", "it is empty"),
        (
            '{"format": 1,\n  oops}',
            "line 2, column 3: it is not JSON (Expecting property name enclosed in double quotes)",
        ),
        ("{} {}", "line 1, column 4: it is not JSON (Extra data)"),
        ('{"format": NaN}', "NaN is not JSON"),
        ('{"format": 1, "a": {"x": 1, "y": 2, "x": 3}}', 'the field "x" is given twice in one object'),
        ("[" * 100_000, "it is nested too deeply"),
        (
            "9" * 5000,
            "a number in it has too many digits",
        ),
    ],
)
def test_what_is_not_json(text, problem):
    assert refused(text) == ("State is not readable", problem)


@pytest.mark.parametrize(
    ("cut", "problem"),
    [
        (40, "line 4, column 3: it is not JSON (Expecting property name enclosed in double quotes)"),
        (180, "line 7, column 18: it is not JSON (Unterminated string starting at)"),
        (len(TEXT) - 3, "line 26, column 17: it is not JSON (Expecting ',' delimiter)"),
    ],
)
def test_a_state_that_was_cut_short(cut, problem):
    assert refused(TEXT[:cut]) == (
        "State is not readable",
        problem + "; it ends too early, as after a full disk or a copy that was cut short",
    )


def changed(**fields):
    return json.dumps({**json.loads(TEXT), **fields})


def without(name):
    return json.dumps({key: value for key, value in json.loads(TEXT).items() if key != name})


def toggle(**fields):
    record = {"key": "k", "exposure": "5", "last_write_at": None, "change": None, "created": False}
    return changed(toggles={"toggle.a": {**record, **fields}})


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[]", "an object is required, not a list"),
        ("null", "an object is required, not null"),
        (without("format"), 'the field "format" is missing; is this a state of Flagstaff?'),
        (changed(format="1"), "format: a whole number is required, not a string"),
        (changed(format=True), "format: a whole number is required, not a boolean"),
        (changed(format=0), "format: there is no format 0"),
        (without("lineage"), 'the field "lineage" is missing'),
        (changed(serial=1.5), "serial: a whole number is required, not a number with a fraction"),
        (changed(serail=1), 'there is no field "serail". Did you mean "serial"?'),
        (changed(stages=None), "stages: an object is required, not null"),
        (changed(toggles={"vitals": {}}), ('toggles["vitals"]: "vitals" is not an address; one looks like '
         'toggle.allergies or toggle.site["653"]')),
        (changed(toggles={"toggle.a": 5}), 'toggles["toggle.a"]: an object is required, not a number'),
        (changed(toggles={"toggle.a": {"key": "k"}}), 'toggles["toggle.a"]: the field "exposure" is missing'),
        (toggle(key={}), 'toggles["toggle.a"].key: a string is required, not an object'),
        (toggle(created=1), 'toggles["toggle.a"].created: a boolean is required, not a number'),
        (toggle(exposure="banana"), ('toggles["toggle.a"].exposure: "banana" is not an exposure; one is "on" or a '
         'percentage such as "5" or "0.001"')),
        (toggle(exposure="5.0"), ('toggles["toggle.a"].exposure: "5.0" is not an exposure; one is "on" or a '
         'percentage such as "5" or "0.001"')),
        (toggle(exposure="101"), ('toggles["toggle.a"].exposure: "101" is not an exposure; one is "on" or a '
         'percentage such as "5" or "0.001"')),
        (toggle(last_write_at="yesterday"), ('toggles["toggle.a"].last_write_at: "yesterday" is not a time in UTC such '
         'as "2026-01-27T14:03:05Z"')),
        (toggle(last_write_at="2026-01-27T14:03:05"), ('toggles["toggle.a"].last_write_at: "2026-01-27T14:03:05" is '
         'not a time in UTC such as "2026-01-27T14:03:05Z"')),
        (toggle(last_write_at="2026-01-27T14:03:05-05:00"), ('toggles["toggle.a"].last_write_at: '
         '"2026-01-27T14:03:05-05:00" is not a time in UTC such as "2026-01-27T14:03:05Z"')),
        (toggle(last_write_at="2026-01-27 14:03:05Z"), ('toggles["toggle.a"].last_write_at: "2026-01-27 14:03:05Z" is '
         'not a time in UTC such as "2026-01-27T14:03:05Z"')),
    ],
)  # fmt: skip
def test_what_is_no_state(text, problem):
    assert refused(text) == ("State is damaged", problem)


def test_a_field_that_an_older_version_did_not_write_has_its_default():
    assert decode_state('{"format": 1, "lineage": "x"}', "va.json") == State("x")


@pytest.mark.parametrize(
    ("tool", "writer"),
    [
        ("2.1.0", "version 2.1.0 of Flagstaff"),
        ("", "a newer version of Flagstaff"),
        (None, "a newer version of Flagstaff"),
    ],
)
def test_a_newer_format_names_the_version_that_wrote_it(tool, writer):
    with pytest.raises(StateError) as raised:
        decode_state(json.dumps({"format": 3, "tool": tool, "what": "ever"}), "va.json")
    assert raised.value.summary == "State has a newer format"
    assert raised.value.detail == (
        f"va.json has format 3 and was written by {writer}; this version reads formats up to 1. Use that version, or a "
        "later one. Nothing was changed."
    )


def test_changing_raises_the_serial_only_if_it_makes_a_difference():
    assert STATE.changed(environment="production") is STATE
    assert STATE.changed(environment="staging") == replace(STATE, environment="staging", serial=8)


def test_planning_gets_its_part():
    recorded = STATE.recorded
    assert (recorded.lineage, recorded.serial) == ("6a1e", 7)
    assert recorded.toggles is STATE.toggles
    assert recorded.holds is STATE.holds
    assert recorded.applied is STATE.applied
    assert recorded.guards is None
    assert recorded.stages is STATE.stages


def test_baselines_of_instances_with_blanks_in_their_index():
    pair = (Address("rollout", "site", "a b"), Address("monitor", "errors", "] monitor.x"))
    state = replace(STATE, baselines={pair: Frozen(Decimal("0.01"), TIME)})
    assert decode_state(encode_state(state), "x").baselines == state.baselines
    text = encode_state(state).replace("rollout.site[", "rollout.site(")
    with pytest.raises(StateError, match="is not two addresses with a blank in between"):
        decode_state(text, "x")
