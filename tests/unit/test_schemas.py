"""The JSON Schemas that are shipped: sound, whole, in step with the code, and true of every golden file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args, get_type_hints

import jsonschema
import pytest

from flagstaff.addresses import Address
from flagstaff.approvals.message import Kind, Message
from flagstaff.audience.person import Why
from flagstaff.model.evidence import Decision, Verdict
from flagstaff.plan.plan import Core, Observed
from flagstaff.plan.stages.view import StageState
from flagstaff.state import fact_codec, state
from flagstaff.state.journal import KINDS, Entry
from flagstaff.state.store import LockInfo
from flagstaff.testing.schemas import closed, flaws, names, schema

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden"
NAMES = names()
# Which schema a golden file is held to: its name, the part that the file is, and whether only some fields were kept.
RULES = {
    "plan-json/*.json": ("plan", "", False),
    "rollouts/*.json": ("plan", "flagstaff", True),
    "audience/plan.json": ("plan", "affected", False),
    "audience/person.json": ("person", "", False),
    "stream/*.jsonl": ("stream", "", False),
    "state/show.json": ("shown-state", "", False),
    "diagnostics/*.json": ("validate", "", False),
    "state-formats/*/va.json": ("state", "", False),
    "state-formats/*/va.journal.jsonl": ("journal", "", False),
}


def documents(path: Path) -> list[Any]:
    text = path.read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()] if path.suffix == ".jsonl" else [json.loads(text)]


GOLDEN_FILES = sorted(path for kind in ("*.json", "*.jsonl") for path in GOLDEN.rglob(kind))


@pytest.mark.parametrize("path", GOLDEN_FILES, ids=lambda path: str(path.relative_to(GOLDEN)))
def test_every_golden_file_is_as_its_schema_says(path):
    rules = [rule for pattern, rule in RULES.items() if path.relative_to(GOLDEN).match(pattern)]
    assert len(rules) == 1, "a golden file of JSON needs a schema, and a line in RULES"
    name, part, some = rules[0]
    found = documents(path)
    assert found
    assert [flaw for one in found for flaw in flaws(name, one, part, some=some)] == []


def test_every_rule_has_a_golden_file():
    assert [rule for rule in RULES if not list(GOLDEN.glob(rule))] == []


@pytest.mark.parametrize("name", NAMES)
def test_it_is_a_schema(name):
    found = schema(name)
    jsonschema.Draft202012Validator.check_schema(found)
    jsonschema.Draft202012Validator.check_schema(closed(found))
    assert found["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert re.fullmatch(rf"urn:flagstaff:schema:{name}:[1-9]\d*", found["$id"])
    assert len(found["title"]) <= 72
    assert found["description"].endswith(".")


def nodes(one: dict[str, Any], path: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    """A schema and all that are in it, but for conditions: they only choose, and what they choose is described."""
    yield path, one
    inner = [(key, name, item) for key in ("properties", "$defs") for name, item in one.get(key, {}).items()]
    inner += [(key, number, item) for key in ("allOf", "anyOf") for number, item in enumerate(one.get(key, ()))]
    inner += [
        (key, "", one[key]) for key in ("items", "additionalProperties", "then") if isinstance(one.get(key), dict)
    ]
    for key, name, item in inner:
        yield from nodes(item, f"{path}/{key}/{name}".removesuffix("/"))


@pytest.mark.parametrize("name", NAMES)
def test_every_property_is_described(name):
    bare = [
        f"{path}/{key}"
        for path, node in nodes(schema(name))
        for key, item in node.get("properties", {}).items()
        if not re.fullmatch(r"\S.*[.)]", item.get("description", ""))
    ]
    assert bare == []


@pytest.mark.parametrize("name", NAMES)
def test_every_definition_is_described_and_used(name):
    found = schema(name)
    defs = found.get("$defs", {})
    used = {node["$ref"].removeprefix("#/$defs/") for _, node in nodes(found) if isinstance(node.get("$ref"), str)}
    assert used == set(defs)
    assert [key for key, item in defs.items() if not item.get("description")] == []


def test_a_definition_means_the_same_wherever_it_is():
    """The files stand alone, so they repeat each other; the pages of the reference tell each once."""
    meanings: dict[str, dict[str, str]] = {}
    for name in NAMES:
        for key, item in schema(name).get("$defs", {}).items():
            meanings.setdefault(key, {})[name] = json.dumps(item, sort_keys=True)
    assert [key for key, found in meanings.items() if len(set(found.values())) > 1] == []


def test_what_is_printed_may_grow_and_what_is_read_back_is_strict():
    """A schema is as strict as the reader: Flagstaff refuses fields that it doesn't know in what it wrote itself."""
    strict = {name for name in NAMES if schema(name).get("additionalProperties") is False}
    assert strict == {"approval", "journal", "lease", "saved-plan", "state"}
    for name in set(NAMES) - strict:
        assert [path for path, node in nodes(schema(name)) if node.get("additionalProperties") is False] == []


def snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def classes(kind: type) -> set[type]:
    """A dataclass and those that its fields are made of."""
    found: set[type] = set()

    def look(hint: Any) -> None:
        if is_dataclass(hint) and hint not in found and (f"saved_{snake(hint.__name__)}" in SAVED):
            found.add(hint)
            for item in get_type_hints(hint).values():
                look(item)
        for item in get_args(hint):
            look(item)

    look(kind)
    return found


SAVED = schema("saved-plan")["$defs"]


def test_a_saved_plan_is_described_as_the_code_has_it():
    known = classes(Core) | classes(Observed)
    # Two classes have the name Change: what a plan makes of a toggle, and who has something before and after.
    shapes = {
        f"saved_{'audience_change' if 'gained' in {f.name for f in fields(kind)} else snake(kind.__name__)}": kind
        for kind in known
    }
    assert {name for name in SAVED if name.startswith("saved_")} == set(shapes)
    for name, kind in shapes.items():
        assert set(SAVED[name]["properties"]) == {field.name for field in fields(kind)}, name
        needed = {f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING}
        assert set(SAVED[name]["required"]) == needed, name


def test_the_state_is_described_as_the_code_has_it():
    found = schema("state")
    assert set(found["properties"]) == {"format", *(field.name for field in fields(state.State))}
    assert found["properties"]["format"]["const"] == state.FORMAT


def test_the_journal_is_described_as_the_code_has_it():
    found = schema("journal")
    assert set(found["properties"]) == {field.name for field in fields(Entry)}
    assert found["properties"]["kind"]["enum"] == list(KINDS)
    branches = {one["if"]["properties"]["kind"]["const"]: one["then"]["properties"]["data"] for one in found["allOf"]}
    assert set(branches) == set(KINDS)
    for kind, branch in branches.items():
        shape = found["$defs"][branch["$ref"].removeprefix("#/$defs/")]
        assert set(shape["properties"]) == set(fact_codec._FIELDS[kind]), kind


def test_words_are_those_of_the_code():
    reading = schema("stream")["$defs"]["reading"]["properties"]
    assert reading["verdict"]["enum"] == [item.value for item in Verdict]
    assert schema("status")["$defs"]["status_stage"]["properties"]["state"]["enum"] == [one.value for one in StageState]
    assert schema("person")["$defs"]["person_moment"]["properties"]["why"]["enum"] == [one.value for one in Why]


NOW = datetime(2026, 1, 27, 14, 0, tzinfo=UTC)
SHA = "0" * 64
MESSAGE = Message(Kind.CHANGE, SHA, Address("role", "po"), Decision.GO, "production", "1f0c", NOW, NOW, "fine")
# One good document of each format of which there is no golden file.
SAMPLES: Mapping[str, Any] = {
    "approval": json.loads(MESSAGE.text),
    "lease": fact_codec.LOCK_INFO.encode(LockInfo("a1", "apply", "po", "host", 7, NOW, "0.1.0")),
    "log": {"time": NOW.isoformat(), "level": "info", "run": "a1", "message": "applied"},
    "version": {"flagstaff_version": "0.1.0", "python_version": "3.11.2"},
    "variables": {"percent": 5},
    "output": {"title": {"sensitive": False, "type": "string", "value": "x"}, "token": {"sensitive": True}},
    "export": {"version": 1, "features": {"a": {"boolean": None, "actors": ["User;1"], "percentage_of_actors": "5"}}},
    "result": {
        "format": 1,
        "change": SHA,
        "environment": "production",
        "outcome": "done",
        "time": "2026-01-27T14:00:00Z",
        "flipper": "1.3.0",
        "toggles": {"a": {"gates": {"percentage_of_actors": ["5"]}, "actors": 2}, "b": None},
        "checksum": SHA,
    },
    "history": {
        "sequence": 1,
        "time": "2026-01-27T14:00:00+00:00",
        "kind": "explained",
        "run": "a1",
        "who": "po",
        "text": "reason of the rollback",
        "subjects": [],
        "data": {"rollback": "a1", "reason": "errors"},
        "previous": "",
        "hash": SHA,
    },
    "audience": {"format": 1, **documents(GOLDEN / "audience" / "plan.json")[0]},
    "status": {
        "format": 1,
        "environment": "production",
        "production": True,
        "time": "2026-01-27T14:00:00Z",
        "serial": 3,
        "read_at": None,
        "from_state_alone": "no network",
        "rollouts": [],
        "held": [],
        "drift": [],
        "waivers": [],
        "open_decisions": [],
    },
    "sarif": {
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "Flagstaff", "semanticVersion": "0.1.0", "rules": []}},
                "automationDetails": {"id": "flagstaff/plan/va/"},
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {"ROOT": {"description": {"text": "The root of the repository."}}},
                "results": [],
            }
        ],
    },
    "saved-plan": {
        "format": 1,
        "change": SHA,
        "core": {"environment": "va", "provider": "flipper.embedded", "lineage": "1f0c"},
        "observed": {
            "created": "2026-01-27T14:00:00+00:00",
            "tool": "0.1.0",
            "serial": 1,
            "read_at": "2026-01-27T14:00:00+00:00",
        },
    },
}


def sample(name: str) -> Any:
    if name in SAMPLES:
        return SAMPLES[name]
    pattern = next(pattern for pattern, (known, part, _) in RULES.items() if known == name and not part)
    return documents(min(GOLDEN.glob(pattern)))[0]


@pytest.mark.parametrize("name", NAMES)
def test_a_good_document_is_taken_and_broken_ones_are_refused(name):
    good, shipped = sample(name), jsonschema.Draft202012Validator(schema(name))
    assert flaws(name, good) == []
    assert shipped.is_valid(good)
    assert not shipped.is_valid([good])
    for field in schema(name).get("required", ()):
        assert not shipped.is_valid({key: value for key, value in good.items() if key != field}), field
    typed = [key for key, item in schema(name).get("properties", {}).items() if set(item) - {"description"}]
    assert typed or name in {"output", "variables"}
    for field in typed:
        assert not shipped.is_valid({**good, field: [[["never"]]]}), field
    if name not in {"output", "variables", "log"}:  # which have names of the user, or of a message
        assert flaws(name, {**good, "never": 1}) != []
    if name == "output":
        assert not shipped.is_valid({"title": "x"})


def test_flaws_say_where():
    good = sample("journal")
    wrong = {**good, "data": {**good["data"], "never": 1}, "hash": "x"}
    assert [flaw.partition(":")[0] for flaw in flaws("journal", wrong)] == ["$.data", "$.hash"]
    assert flaws("stream", {**sample("stream"), "@timestamp": "yesterday"})[0].startswith("$['@timestamp']: ")
    assert flaws("plan", {}, "affected", some=True) == []


def test_closing_a_schema_shuts_every_object_once():
    open_ = {
        "properties": {"a": {"properties": {"b": {}}}},
        "allOf": [{"if": {"properties": {"a": {}}}, "then": {"properties": {"c": {"properties": {}}}}}],
    }
    assert closed(open_) == {
        "properties": {"a": {"properties": {"b": {}}, "unevaluatedProperties": False}},
        "allOf": [
            {
                "if": {"properties": {"a": {}}},
                "then": {"properties": {"c": {"properties": {}, "unevaluatedProperties": False}}},
            }
        ],
        "unevaluatedProperties": False,
    }


def test_the_reference_leads_to_every_part_once():
    text = (ROOT / "docs" / "reference" / "json.md").read_text(encoding="utf-8")
    headings = re.findall(r"^##+ (.+)$", text, re.MULTILINE)
    assert len(headings) == len(set(headings))
    assert set(NAMES) <= set(headings)
    assert set(re.findall(r"\(#([^)]+)\)", text)) <= set(headings)
