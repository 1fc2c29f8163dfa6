"""The signed text: canonical, and read back to the letter."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from flagstaff.addresses import Address
from flagstaff.approvals.message import LONGEST, Kind, Message, NotAMessageError
from flagstaff.model.evidence import Decision

MESSAGE = Message(
    kind=Kind.CHANGE,
    change="a" * 64,
    role=Address("role", "po"),
    decision=Decision.GO,
    environment="production",
    lineage="line-1",
    at=datetime(2026, 1, 27, 14, 3, 5, tzinfo=UTC),
    expires=datetime(2026, 1, 30, 14, 3, 5, tzinfo=UTC),
    note='für "alle"\n',
)
TEXT = (
    '{"at":"2026-01-27T14:03:05Z","change":"' + "a" * 64 + '","decision":"go","environment":"production",'
    '"expires":"2026-01-30T14:03:05Z","flagstaff":1,"kind":"change","lineage":"line-1","note":"für \\"alle\\"\\n",'
    '"role":"role.po"}'
)


def test_the_text_is_canonical_json():
    assert MESSAGE.text == TEXT


def test_it_reads_its_own_text():
    assert Message.read(TEXT) == MESSAGE


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '"x"',
        TEXT + "\n",
        TEXT.replace('"flagstaff":1', '"flagstaff":2'),
        TEXT.replace('"flagstaff":1', '"flagstaff":1,"more":1'),
        TEXT.replace('"lineage":"line-1",', ""),
        TEXT.replace('"go"', '"maybe"'),
        TEXT.replace('"role.po"', '"po"'),
        TEXT.replace("05Z", "05"),
        TEXT.replace("05Z", "05+00:00"),
        TEXT.replace('"line-1"', "1.0"),
        TEXT.replace('":"', '": "', 1),
        json.dumps(json.loads(TEXT)),
        TEXT.replace("line-1", "x" * LONGEST),
        "[" * 10_000,
    ],
)
def test_anything_else_is_none(text):
    with pytest.raises(NotAMessageError, match="it is not a text of Flagstaff's"):
        Message.read(text)


def test_a_number_where_text_belongs_is_none():
    text = replace(MESSAGE, note=1).text
    with pytest.raises(NotAMessageError):
        Message.read(text)
