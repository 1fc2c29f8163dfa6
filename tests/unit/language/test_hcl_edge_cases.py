"""Every text of the table is accepted or rejected as the reference implementation does.

`valid` is what Go's HCL parser says (an expression stands in parentheses there). Where `stricter`
is given, ours rejects what Go accepts, for that reason.
"""

import json
from pathlib import Path

import pytest

from flagstaff.diagnostics import Diagnostics
from flagstaff.language.parse import parse, parse_expression
from flagstaff.language.source import Source

TABLE = Path(__file__).parents[2] / "data" / "hcl-edge-cases.jsonl"
CASES = [json.loads(line) for line in TABLE.read_text(encoding="utf-8").splitlines()]


def test_the_table_is_whole():
    assert len(CASES) == 492
    assert sum(case["valid"] for case in CASES) == 353


@pytest.mark.parametrize("case", CASES, ids=lambda case: ascii(case["text"])[:60])
def test_accepts_what_is_valid_and_nothing_else(case):
    diagnostics = Diagnostics()
    read = parse if case["kind"] == "config" else parse_expression
    read(Source("main.hcl", case["text"]), diagnostics)
    assert [item.summary for item in diagnostics] == [] if case["valid"] else diagnostics.has_errors
    for item in diagnostics:
        assert item.range is not None
        assert item.range.start <= item.range.end
        assert item.detail.endswith((".", "`."))
