"""Outputs, the state, and the conditions under which they can't be shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flagstaff.addresses import Address
from flagstaff.diagnostics import Failure
from flagstaff.model.configuration import Output
from flagstaff.state.state import State
from flagstaff.views.look import Look
from flagstaff.views.outputs import output_json, output_raw, outputs_json, outputs_of, outputs_page, type_json
from flagstaff.views.records import state_list, state_page
from flagstaff.views.terraform_json import state_json

DATA = Path(__file__).parents[2] / "data" / "terraform-json"
OUTPUTS = {
    "share": Output("share", 0.5),
    "on": Output("on", True),
    "name": Output("name", "é"),
    "list": Output("list", [1]),
    "token": Output("token", None, hidden="sensitive"),
}


def test_raw():
    assert output_raw(OUTPUTS, "name") == "é"
    assert output_raw(OUTPUTS, "share") == "0.5"
    assert output_raw(OUTPUTS, "on") == "true"


@pytest.mark.parametrize(
    ("name", "summary", "detail"),
    [
        ("nam", "Unknown output", 'No output is called "nam". Did you mean "name"?'),
        ("token", "Output is not shown", 'Output "token" is sensitive; its value is not kept.'),
        (
            "list",
            "Output is not a single value",
            'Output "list" is not a string, number or bool, so -raw can\'t print it. Use -json.',
        ),
    ],
)
def test_raw_mistakes(name, summary, detail):
    with pytest.raises(Failure) as caught:
        output_raw(OUTPUTS, name)
    assert (caught.value.diagnostics[0].summary, caught.value.diagnostics[0].detail) == (summary, detail)


def test_json():
    assert json.loads(output_json(OUTPUTS, "list")) == [1]
    assert json.loads(output_json(OUTPUTS))["token"] == {"sensitive": True}
    assert outputs_json(OUTPUTS)["share"] == {"sensitive": False, "type": "number", "value": 0.5}


def test_types_are_terraforms():
    assert type_json({"b": [1, "x"], "a": None}) == ["object", {"a": "dynamic", "b": ["tuple", ["number", "string"]]}]
    assert type_json(value=True) == "bool"


def test_nothing_to_show():
    assert outputs_page({}, Look()).text == "No outputs are declared.\n"
    assert outputs_of(None) == {}
    assert state_page(State("x"), Look()).text == "0 toggles · state serial 0\n"


def test_state_list(samples):
    state = samples.state()
    everything = ["toggle.allergies", "toggle.global", 'toggle.site["653"]']
    assert state_list(state, Look()).text.splitlines() == everything
    assert state_list(state, Look(), [Address("toggle", "site")]).text == 'toggle.site["653"]\n'
    assert state_list(state, Look(), [Address("toggle", "global")]).text == "toggle.global\n"
    assert not state_list(state, Look(), [Address("toggle", "none")]).text


def test_state_json_has_the_shape_of_terraforms(samples):
    genuine = json.loads((DATA / "state-show.json").read_text())
    ours = json.loads(state_json(samples.state(), "flipper.api"))
    assert list(ours) == [key for key in genuine if key != "checks"]
    assert list(ours["values"]) == list(genuine["values"])
    theirs = {key for item in genuine["values"]["root_module"]["resources"] for key in item}
    for item in ours["values"]["root_module"]["resources"]:
        assert set(item) <= theirs
        assert theirs - set(item) <= {"index", "depends_on"}
    assert ours["values"]["root_module"]["resources"][2]["index"] == "653"


def test_no_state_is_the_version_alone():
    assert state_json(None, "flipper.api") == '{"format_version":"1.0"}'
