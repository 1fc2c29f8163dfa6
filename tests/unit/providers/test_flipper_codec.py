"""Flipper's export: what is read, what is refused and where, and how it is written back."""

from __future__ import annotations

import json
import re

import pytest

from flagstaff.providers.flipper.codec import EMPTY, Export, ExportError, decode, encode

FEATURE = (
    '{"boolean":null,"groups":[],"actors":["User;1"],"percentage_of_actors":"5",'
    '"percentage_of_time":null,"expression":null}'
)
GATES = json.loads(FEATURE)


def refusal(text: str | bytes) -> str:
    with pytest.raises(ExportError) as error:
        decode(text if isinstance(text, bytes) else text.encode())
    return str(error.value)


def in_feature(gates: str) -> str:
    return refusal(f'{{"version":1,"features":{{"a b":{{"actors":[],{gates}}}}}}}')


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "line 1, column 1: not JSON (Expecting value)"),
        (
            '{"version":1,\n "features":{,}}',
            "line 2, column 14: not JSON (Expecting property name enclosed in double quotes)",
        ),
        (EMPTY + "x", "line 1, column 28: not JSON (Extra data)"),
        (b'{"version":1,"\xff":1}', "byte 15 is not UTF-8"),
        ("\ufeff{}", "line 1, column 1: not JSON (Unexpected UTF-8 BOM (decode using utf-8-sig))"),
        ("[" * 100_000, "values are nested too deeply"),
        ("[1]", "the top level is a list, not an object"),
        ("{}", 'there is no "version"; there is no "features"'),
        ('{"version":1}', 'there is no "features"'),
        ('{"version":2,"features":{}}', "version is 2, and only version 1 is known"),
        ('{"version":"1","features":{}}', 'version is "1", and only version 1 is known'),
        ('{"version":true,"features":{}}', "version is true, and only version 1 is known"),
        ('{"version":1,"features":[]}', "features is a list, not an object"),
        ('{"version":1,"features":null}', "features is null, not an object"),
        ('{"version":1,"features":true}', "features is a boolean, not an object"),
        ('{"version":1,"features":"x"}', "features is a text, not an object"),
        ('{"version":1,"features":{"a":1}}', 'features > "a" is a number, not an object'),
        ('{"version":1,"version":1,"features":{}}', 'the top level: the key "version" occurs twice'),
        ('{"version":1,"features":{"b":{},"a":{},"a":{}}}', 'features: the key "a" occurs twice'),
        ('{"version":1,"features":{"a":{"x":1,"y":2,"x":1}}}', 'features > "a": the key "x" occurs twice'),
        ('{"version":1,"features":{},"z":[1,[{"x":1,"x":1}]]}', 'z: the key "x" occurs twice'),
        ('{"version":1,"features":{"a":{"x":NaN}}}', "NaN is not JSON"),
        ('{"version":1,"features":{"a":{"x":-1e999}}}', "the number -1e999 is out of range"),
        ('{"version":1,"features":{"a":{"x":"\\uD800"}}}', "a text holds half of a character (a lone surrogate)"),
    ],
)
def test_damage_is_refused_with_its_place(text, where):
    assert refusal(text) == where


@pytest.mark.parametrize(
    ("gates", "what"),
    [
        ('"percentage_of_actors":"5abc"', 'percentage_of_actors is "5abc", not a percentage from 0 to 100'),
        ('"percentage_of_actors":true', "percentage_of_actors is true, not a percentage from 0 to 100"),
        ('"percentage_of_actors":100.5', "percentage_of_actors is 100.5, not a percentage from 0 to 100"),
        ('"percentage_of_time":-1', "percentage_of_time is -1, not a percentage from 0 to 100"),
        ('"percentage_of_time":"1e-3"', 'percentage_of_time is "1e-3", not a percentage from 0 to 100'),
        ('"groups":{}', "groups is {}, not a list of texts"),
        ('"groups":["a",1]', 'groups is ["a", 1], not a list of texts'),
        ('"boolean":"yes"', 'boolean is "yes", not true, false or null'),
        ('"boolean":[]', "boolean is [], not true, false or null"),
        ('"expression":["x"]', 'expression is ["x"], not an object'),
        (f'"expression":"{"x" * 50}"', f'expression is "{"x" * 38}…, not an object'),
    ],
)
def test_damaged_gates_are_refused_with_their_place(gates, what):
    assert in_feature(gates) == f'features > "a b" > {what}'


def test_several_mistakes_are_said_at_once():
    broken = '"%s":{"boolean":2,"percentage_of_time":101}'
    text = f'{{"version":1,"features":{{{",".join(broken % name for name in "abc")}}}}}'
    assert refusal(text) == (
        'features > "a" > percentage_of_time is 101, not a percentage from 0 to 100; '
        'features > "a" > boolean is 2, not true, false or null; '
        'features > "b" > percentage_of_time is 101, not a percentage from 0 to 100; and 3 more'
    )


def test_a_surrogate_pair_is_a_character():
    text = '{"version":1,"features":{"\\ud83c\\udfc1":{}}}'
    assert list(decode(text.encode()).features) == ["🏁"]
    assert encode(decode(text.encode())) == text.encode()


def test_typed_and_missing_gates_are_read():
    export = decode(
        b'{"version":1,"features":{"only":{"percentage_of_actors":12.5,"boolean":false}},"exported_at":"x"}'
    )
    assert export.features == {"only": {"percentage_of_actors": 12.5, "boolean": False}}
    assert export.exported_at == "x"


def test_an_export_made_from_nothing_is_in_flippers_layout():
    assert encode(Export({"version": 1, "features": {"a": {"actors": ["b"]}}})) == (
        b'{"version":1,"features":{"a":{"actors":["b"]}}}'
    )


LAYOUTS = {
    "one line": EMPTY.replace("{}", f'{{"a":{FEATURE},"b":{FEATURE}}}'),
    "blanks": json.dumps({"version": 1, "features": {"a": GATES, "é": {}}}, ensure_ascii=False),
    "escapes": json.dumps({"version": 1, "features": {"é": {}}}),
    "indented": json.dumps({"note": [1, {}], "version": 1, "features": {"a": GATES}}, indent=2) + "\n",
    "tabs": json.dumps({"version": 1, "features": {"a": GATES}}, indent="\t") + "\n\n",
    "a toggle a line": (
        f'{{\n  "version": 1,\n  "features": {{\n    "a": {json.dumps(GATES)},\n    "b": {{}}\n  }}\n}}\n'
    ),
    "a toggle a line, top on one": f'{{"version":1,"features":{{\n"a":{FEATURE},\n"b":{{}}\n}}}}',
    "lists on one line": (
        '{\n  "version": 1,\n  "features": {\n    "a": {\n      "actors": ["x", "y"],\n'
        '      "boolean": null\n    }\n  }\n}\n'
    ),
    "dos": json.dumps({"version": 1, "features": {"a": GATES}}, indent=2).replace("\n", "\r\n") + "\r\n",
    "wide": '{ "version" : 1, "features" : { "a" : { "boolean" : null } } }',
}


@pytest.mark.parametrize("text", LAYOUTS.values(), ids=LAYOUTS)
def test_the_layout_is_kept(text):
    assert encode(decode(text.encode())).decode() == text


def test_text_that_looks_like_layout_changes_nothing():
    text = '{"version":1,"features":{"a, {\\n  \\"b\\": [":{"actors":["x\\\\","]}, y"]}}}'
    assert encode(decode(text.encode())).decode() == text


def test_only_the_lines_of_what_changed_are_changed():
    text = LAYOUTS["indented"]
    export = decode(text.encode())
    raw = {**export.features["a"], "percentage_of_actors": "20"}
    written = encode(export.with_features({"a": raw})).decode()
    assert written == re.sub('"5"', '"20"', text)


def test_new_toggles_in_an_empty_file_follow_the_lines_around():
    export = decode(b'{\n  "version": 1,\n  "features": {}\n}\n').with_features({"a": {"actors": ["b"]}, "c": {}})
    assert encode(export).decode() == (
        '{\n  "version": 1,\n  "features": {\n    "a": {"actors": ["b"]},\n    "c": {}\n  }\n}\n'
    )


def test_new_levels_in_an_indented_file_follow_the_indent():
    text = '{\n  "version": 1,\n  "features": {\n    "a": {\n      "actors": []\n    }\n  }\n}'
    export = decode(text.encode()).with_features({"a": {"actors": ["b"]}})
    assert encode(export).decode() == text.replace("[]", '[\n        "b"\n      ]')
