"""The result block: read back from whatever a paste made of it, or refused."""

import hashlib
import json
from datetime import UTC, datetime

import pytest

from flagstaff.providers.flipper.handoff_result import BEGIN, END, ResultError, is_result, parse_result

BODY = {
    "format": 1,
    "change": "7f3a",
    "environment": "va-try",
    "outcome": "done",
    "time": "2026-01-27T14:02:11Z",
    "flipper": None,
    "toggles": {"a b": {"gates": {"percentage_of_actors": "5", "groups": []}, "actors": 2}, "gone": None},
}


def line(body=None, **more):
    text = json.dumps({**(body or BODY), **more}, separators=(",", ":")).replace(" ", "\\u0020").removesuffix("}")
    return f'{text},"checksum":"{hashlib.sha256(text.encode()).hexdigest()}"}}'


def block(**more):
    return f"{BEGIN}\n{line(**more)}\n{END}\n"


def test_it_is_read_back():
    result = parse_result(block())
    assert (result.change, result.environment, result.outcome) == ("7f3a", "va-try", "done")
    assert result.time == datetime(2026, 1, 27, 14, 2, 11, tzinfo=UTC)
    assert result.toggles == {"a b": {"percentage_of_actors": "5", "groups": []}, "gone": None}
    assert result.actors == {"a b": 2}


@pytest.mark.parametrize("width", [1, 7, 80])
def test_line_breaks_and_blanks_of_a_terminal_do_no_harm(width):
    text = line()
    folded = "  \r\n".join(text[start : start + width] for start in range(0, len(text), width))
    assert parse_result(f"irb> load\n{BEGIN}\n{folded}\n{END}\nirb>") == parse_result(block())


def test_the_last_block_counts_and_a_bare_line_will_do():
    assert parse_result(block(outcome="open") + block()).outcome == "done"
    assert parse_result(f"  {line()}\n").outcome == "done"


def test_what_is_meant_to_be_a_result():
    assert is_result(block())
    assert is_result(line())
    assert is_result(BEGIN)
    assert not is_result('{"version":1,"features":{"checksum":{"boolean":null}}}')


WRONG = [
    (block().replace(END, ""), "a marker is missing"),
    (block().replace('"5"', '"6"'), "its checksum does not fit"),
    (f"{BEGIN}\n{line()[:-30]}\n{END}", "not one whole line of JSON with a checksum"),
    (block(format=2), "it has format 2, and this release reads 1"),
    (block(change=1), "it is not as the script writes it (TypeError)"),
    (block(time="soon"), "it is not as the script writes it (ValueError)"),
    (block(time="2026-01-27T14:02:11"), "it is not as the script writes it (ValueError)"),
    (block(toggles=[]), "it is not as the script writes it (AttributeError)"),
    (block(toggles={"a": {"actors": 1}}), "it is not as the script writes it (KeyError)"),
    (block(toggles={"a": {"gates": [], "actors": 1}}), "it is not as the script writes it (TypeError)"),
]


@pytest.mark.parametrize(("text", "why"), WRONG, ids=[why for _, why in WRONG])
def test_what_does_not_fit_is_refused(text, why):
    with pytest.raises(ResultError, match=why.replace("(", r"\(").replace(")", r"\)")):
        parse_result(text)
