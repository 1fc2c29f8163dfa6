"""Diagnostics as text and as Terraform's JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flagstaff.diagnostics import Diagnostic, Related, Severity
from flagstaff.language.source import Source
from flagstaff.views.diagnostics import diagnostic_json, diagnostics_page, validation_json, validation_page
from flagstaff.views.look import Look

DATA = Path(__file__).parents[2] / "data" / "terraform-json"
SOURCE = Source("main.hcl", 'toggle "é" {\n  input = var.precent\n}\n')
AT = SOURCE.range(SOURCE.text.index("var"), SOURCE.text.index("\n}"))
ERROR = Diagnostic(Severity.ERROR, "Unknown variable", "There is none.", AT, context='toggle "é"')
WARNING = Diagnostic(Severity.WARNING, "Not used", "")


def shape(value):
    """Keys and types, all the way down."""
    match value:
        case dict():
            return {key: shape(item) for key, item in value.items()}
        case list():
            return [shape(item) for item in value[:1]]
        case _:
            return type(value)


def text(*diagnostics, sources=None, width=60) -> str:
    return diagnostics_page(diagnostics, {"main.hcl": SOURCE} if sources is None else sources, Look(width)).text


def test_the_json_has_the_shape_of_terraforms():
    genuine = json.loads((DATA / "validate-undeclared-var.json").read_text())
    ours = json.loads(validation_json([ERROR], {"main.hcl": SOURCE}))
    assert ours["diagnostics"][0].pop("code") == ERROR.code
    assert shape(ours) == shape(genuine)
    assert list(ours) == list(genuine)
    assert list(ours["diagnostics"][0]) == list(genuine["diagnostics"][0])


def test_a_message_without_a_place_has_the_shape_of_terraforms():
    genuine = json.loads((DATA / "validate-cycle.json").read_text())
    ours = json.loads(validation_json([Diagnostic(Severity.ERROR, "Cycle", "")], {}))
    assert ours["diagnostics"][0].pop("code") == "cycle"
    assert shape(ours) == shape(genuine)


def test_offsets_are_bytes_of_the_code():
    at = SOURCE.range(8, 9)
    made = diagnostic_json(Diagnostic(Severity.ERROR, "s", "d", at), {"main.hcl": SOURCE})
    assert made["range"]["start"] == {"line": 1, "column": 9, "byte": 8}
    assert made["snippet"] == {
        "context": None,
        "code": 'toggle "é" {',
        "start_line": 1,
        "highlight_start_offset": 8,
        "highlight_end_offset": 10,
        "values": [],
    }
    assert made["snippet"]["code"].encode()[8:10].decode() == "é"


def test_a_range_over_lines_carries_all_of_them():
    at = SOURCE.range(0, len(SOURCE.text))
    snippet = diagnostic_json(Diagnostic(Severity.ERROR, "s", "d", at), {"main.hcl": SOURCE})["snippet"]
    assert snippet["code"] == SOURCE.text.rstrip("\n")
    assert snippet["highlight_end_offset"] == len(snippet["code"].encode())


def test_counts_and_validity():
    document = json.loads(validation_json([WARNING], {}))
    assert (document["valid"], document["error_count"], document["warning_count"]) == (True, 0, 1)
    document = json.loads(validation_json([WARNING, ERROR], {}))
    assert (document["valid"], document["error_count"], document["warning_count"]) == (False, 1, 1)


def test_json_without_the_source_has_no_snippet():
    assert "snippet" not in diagnostic_json(ERROR, {})
    assert "range" not in diagnostic_json(WARNING, {})
    made = diagnostic_json(Diagnostic(Severity.ERROR, "s", "d", address="toggle.x"), {})
    assert made == {"severity": "error", "summary": "s", "detail": "d", "address": "toggle.x"}


def test_related_places_are_told_in_the_detail_of_json():
    related = (Related(SOURCE.range(0, 6), "first declared here"),)
    made = diagnostic_json(Diagnostic(Severity.ERROR, "Twice", "Said twice.", AT, related=related), {})
    assert made["detail"] == "Said twice.\nfirst declared here: main.hcl line 1"


def test_text():
    assert text(ERROR) == (
        "Error: Unknown variable\n\n"
        '  on main.hcl line 2, in toggle "é":\n'
        "   2 │   input = var.precent\n"
        "     │           ^^^^^^^^^^^\n\n"
        "  There is none.\n"
    )


def test_text_without_the_source_keeps_the_label():
    labelled = Diagnostic(Severity.ERROR, "Unknown variable", "", AT, label="not declared")
    assert text(labelled, sources={}) == "Error: Unknown variable\n\n  on main.hcl line 2\n    not declared\n"


def test_detail_is_wrapped_at_the_width():
    long = Diagnostic(Severity.WARNING, "Long", "one two three four five")
    assert text(long, width=16) == "Warning: Long\n\n  one two three\n  four five\n"


@pytest.mark.parametrize(
    ("items", "end"),
    [
        ([], "Success! The configuration is valid.\n"),
        ([WARNING], "Success! The configuration is valid, but there were some warnings.\n"),
        ([ERROR, WARNING, ERROR], "2 errors.\n"),
    ],
)
def test_the_verdict_of_validate(items, end):
    assert validation_page(items, {}, Look()).text.endswith(end)
