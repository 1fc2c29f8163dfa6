"""docs/reference/json.md, from the JSON Schemas that are shipped."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

Schema = Mapping[str, Any]

SCHEMAS: Final = Path("provider", "flagstaff", "schemas")
# In the order in which a reader needs them; those that are not named here follow, by name.
FIRST: Final = (
    "plan",
    "stream",
    "validate",
    "status",
    "audience",
    "person",
    "output",
    "history",
    "sarif",
    "shown-state",
)
HEAD: Final = """# JSON formats

<!-- Written by docs/generate.py from provider/flagstaff/schemas: change them, then run `make docs`. -->

Everything that Flagstaff writes as JSON has a JSON Schema (draft 2020-12). The schemas are in the package:
`flagstaff schema` lists them, `flagstaff schema NAME` prints one.

What you can rely on:

- Fields are added within a version, never changed or taken away. So leave fields, and values of fields, that you
  don't know alone; the schemas of what is printed allow them.
- A field that changes its meaning comes with a new version: `format` in the document, and the number at the end of
  the schema's `$id`.
- What Flagstaff reads back is as strict as its schema says: saved plans, states, journals and approvals with a field
  that isn't described are refused. States and journals of every released version stay readable.
- Where a document is in Terraform's format, what Terraform's readers need is there, under Terraform's names. What
  Terraform has no words for is under names of our own, mostly `flagstaff`.
- An exposure is text: `"0"`, `"5"`, `"0.001"`, `"100"`, `"on"`. Times are in RFC 3339. Numbers that must stay exact
  are text.
- No document has the value of a credential or of a sensitive variable in it.

A field that may be missing has an asterisk. `TEXT` stands for any name.

"""


def page(root: Path) -> str:
    """The page about the formats."""
    paths = sorted((root / SCHEMAS).glob("*.json"))
    found = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in paths}
    names = [*FIRST, *(name for name in found if name not in FIRST)]
    uses = Counter(name for schema in found.values() for name in schema.get("$defs", {}))
    shared = {
        name: part for schema in found.values() for name, part in schema.get("$defs", {}).items() if uses[name] > 1
    }
    lines = [HEAD, "| format | what it is |\n|---|---|\n"]
    lines += [f"| [{name}](#{name}) | {_cell(found[name]['title'])} |\n" for name in names]
    for name in names:
        lines += _format(name, found[name], shared)
    lines.append("\n## Parts of several formats\n")
    for name in sorted(shared):
        lines += _part(name, shared[name])
    return "".join(lines)


def _format(name: str, schema: Schema, shared: Mapping[str, Schema]) -> Iterator[str]:
    yield f"\n## {name}\n\n{schema['description']}\n"
    yield f"\n`{schema['$id']}`\n"
    yield from _table(schema)
    yield from _branches(schema.get("allOf", ()))
    for part in _reached(schema, schema.get("$defs", {})):
        if part not in shared:
            yield from _part(part, schema["$defs"][part])


def _reached(schema: Any, parts: Mapping[str, Schema]) -> list[str]:
    """The parts in the order in which a reader comes to them."""
    found: list[str] = []
    todo = [schema]
    while todo:
        value = todo.pop(0)
        if isinstance(value, dict):
            name = str(value.get("$ref", "")).removeprefix("#/$defs/")
            if name in parts and name not in found:
                found.append(name)
                todo.append(parts[name])
            todo += [item for key, item in value.items() if key != "$defs"]
        elif isinstance(value, list):
            todo += value
    return found


def _branches(branches: Iterable[Schema]) -> Iterator[str]:
    """What is there where another field has a certain value."""
    for number, branch in enumerate(branches):
        ((field, wanted),) = branch["if"]["properties"].items()
        if not number:
            yield f"\n| where `{field}` is | field | type | meaning |\n|---|---|---|---|\n"
        for row in _rows(branch["then"], branch["then"].get("required", branch["then"]["properties"])):
            yield f"| `{wanted['const']}` {row}"


def _part(name: str, schema: Schema) -> Iterator[str]:
    yield f"\n### {name}\n\n{schema['description']}\n"
    if "properties" in schema:
        yield from _table(schema)
    else:
        yield f"\nType: {_type(schema)}.\n"


def _table(schema: Schema) -> Iterator[str]:
    rows = list(_rows(schema, schema.get("required", ())))
    if rows:
        yield "\n| field | type | meaning |\n|---|---|---|\n"
    yield from rows


def _rows(schema: Schema, required: Collection[str]) -> Iterator[str]:
    rows = [
        (f"`{name}`" if name in required else f"`{name}` *", item)
        for name, item in schema.get("properties", {}).items()
    ]
    if isinstance(schema.get("additionalProperties"), dict) and "properties" not in schema:
        rows.append(("`TEXT`", schema["additionalProperties"]))
    for name, item in rows:
        yield f"| {name} | {_type(item)} | {_cell(item.get('description', ''))} |\n"


def _type(schema: Schema) -> str:
    """In words, with links to parts."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        return f"[{name}](#{name})"
    if "const" in schema:
        return _values([schema["const"]])
    if "enum" in schema:
        return _values(schema["enum"])
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(map(_type, schema["anyOf"])))
    kinds = schema.get("type", "any value")
    return " or ".join(_kind(kind, schema) for kind in ([kinds] if isinstance(kinds, str) else kinds))


def _kind(kind: str, schema: Schema) -> str:
    match kind:
        case "array":
            return f"list of {_type(schema['items'])}" if schema.get("items") else "list"
        case "object" if schema.get("maxProperties") == 0:
            return "empty object"
        case "object" if isinstance(schema.get("additionalProperties"), dict) and schema["additionalProperties"]:
            return f"object of {_type(schema['additionalProperties'])}"
        case "integer":
            return "whole number"
        case _:
            return kind


def _values(values: list[Any]) -> str:
    return ", ".join(f"`{json.dumps(value)}`" for value in values)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
