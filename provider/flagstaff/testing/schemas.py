"""What a document has that its schema doesn't describe, or the other way round.

Schemas are shipped open, so that a reader made for one version takes what a later one adds. A writer has to be
held to them closed: a field that nobody described is a flaw there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

import jsonschema

Json = Any

# Keywords whose schemas are about the same object as the schema in which they stand.
_SAME: Final = frozenset({"allOf", "anyOf", "oneOf", "if", "then", "else", "not"})
_NAMED: Final = frozenset({"properties", "$defs"})


def schema(name: str) -> dict[str, Json]:
    """As it is shipped."""
    found: dict[str, Json] = json.loads((files("flagstaff") / "schemas" / f"{name}.json").read_text(encoding="utf-8"))
    return found


def names() -> list[str]:
    """All formats, sorted."""
    folder = files("flagstaff") / "schemas"
    return sorted(one.name.removesuffix(".json") for one in folder.iterdir() if one.name.endswith(".json"))


def closed(whole: Json, *, around: bool = False) -> Json:
    """The same schema, but no object may have a field that isn't described.

    `around`: a schema around this one, about the same object, sees to that.
    """
    if isinstance(whole, list):
        return [closed(one, around=around) for one in whole]
    if not isinstance(whole, dict):
        return whole
    shut = "properties" in whole and not around
    made = {key: _inner(key, value, around=around or shut) for key, value in whole.items()}
    if shut and "additionalProperties" not in whole:
        made["unevaluatedProperties"] = False
    return made


def _inner(key: str, value: Json, *, around: bool) -> Json:
    if key in _NAMED:
        return {name: closed(one) for name, one in value.items()}
    if key in _SAME:
        return closed(value, around=around)
    return closed(value) if key in {"items", "additionalProperties"} else value


def flaws(name: str, document: Json, part: str = "", *, some: bool = False) -> list[str]:
    """Where and why `document` is not what the closed schema says; `part` is one of its `$defs`.

    `some`: fields of it at its top may be missing.
    """
    whole = _closed(name)
    wanted: Mapping[str, Json] = whole["$defs"][part] if part else whole
    if some:
        wanted = {key: value for key, value in wanted.items() if key != "required"}
    validator = jsonschema.Draft202012Validator({**wanted, "$defs": whole.get("$defs", {})})
    found = sorted(validator.iter_errors(document), key=lambda one: one.json_path)
    return [f"{one.json_path}: {one.message[:300]}" for one in found]


@cache
def _closed(name: str) -> dict[str, Json]:
    made: dict[str, Json] = closed(schema(name))
    return made
