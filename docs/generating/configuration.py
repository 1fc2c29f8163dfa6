"""The tables in docs/reference/configuration.md, from the schemas of blocks, sources and backends.

What stands around a table is written in the page. Each table has its place there, between
`<!-- table: NAME -->` and `<!-- end of table -->`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flagstaff.config.monitor_sources import SOURCES, SourceSchema
from flagstaff.config.schema.kinds import KINDS
from flagstaff.config.schema.shapes import DURATION, TIME, AttributeSchema, BlockSchema, Reading
from flagstaff.config.waivers import ALLOWED
from flagstaff.language.types import AnyType, ListType, ReferenceType, Type, type_name
from flagstaff.model.backends import BACKENDS, REQUIRED, Setting
from flagstaff.providers import kinds
from flagstaff.providers.flipper.sources import FLIPPER

PLACE: Final = re.compile(r"<!-- table: (?P<name>[^\n]*?) -->\n.*?<!-- end of table -->", re.DOTALL)
_IN_PAGE: Final = {DURATION: "#dates-and-times", TIME: "#dates-and-times"}


@dataclass(frozen=True, slots=True)
class Row:
    """All in Markdown. `default` is what holds without it; "": nothing."""

    name: str
    type: str
    default: str
    meaning: str


def page(root: Path) -> str:
    """The page with the tables that the code has now. Raises ValueError where a table has no place, or two."""
    text = (root / "docs" / "reference" / "configuration.md").read_text(encoding="utf-8")
    made = dict(tables())
    places = [match["name"] for match in PLACE.finditer(text)]
    if sorted(places) != sorted(made):
        odd = sorted({*places} ^ made.keys()) or sorted({name for name in places if places.count(name) > 1})
        raise ValueError(f"configuration.md needs one place for each table; see: {', '.join(odd)}")
    return PLACE.sub(
        lambda match: f"<!-- table: {match['name']} -->\n\n{made[match['name']]}\n<!-- end of table -->", text
    )


def tables() -> Iterator[tuple[str, str]]:
    """Each table's name and text."""
    for name, block in named_blocks():
        yield name, _table(f"{_head(name, block)}.", [*_attributes(block.attributes), *_blocks(block.blocks)])
    for kind, settings in BACKENDS.items():
        yield f"backend {kind}", _table("", [_setting(kind, *item) for item in settings.items()])
    sources = [f"| `{name}` | {source.meaning} |\n" for name, source in sorted(FLIPPER.sources.items())]
    head = "".join(["| source | the store |\n|---|---|\n", *sources])
    yield f"provider {FLIPPER.name}", f"{head}\n{_table('', (_provided(*item) for item in FLIPPER.shared.items()))}"
    for name, source in FLIPPER.sources.items():
        rows = (_provided(*item) for item in source.attributes.items())
        yield f"provider {FLIPPER.name} {name}", _table("", rows)
    for name, asked in SOURCES.items():
        yield f"source {name}", _table(_asked(asked), [_monitored(asked, *item) for item in asked.attributes.items()])
    checks = [f"| `{kind}` | {', '.join(f'`{check}`' for check in found)} |\n" for kind, found in ALLOWED.items()]
    yield "waive checks", "".join(["| in a | what `check` can be |\n|---|---|\n", *checks])


def named_blocks() -> Iterator[tuple[str, BlockSchema]]:
    """Each block by its path, as `toggle.requires`; one that stands in several kinds of blocks by its own name."""
    paths: dict[int, list[str]] = defaultdict(list)
    blocks: dict[int, BlockSchema] = {}

    def walk(path: str, block: BlockSchema) -> None:
        paths[id(block)].append(path)
        blocks[id(block)] = block
        for name, nested in block.blocks.items():
            walk(f"{path}.{name}", nested)

    for kind, block in KINDS.items():
        walk(kind, block)
    for key, found in paths.items():
        yield (found[0] if len(found) == 1 else found[0].rpartition(".")[2]), blocks[key]


def _head(name: str, block: BlockSchema) -> str:
    kind = name.rpartition(".")[2]
    labels = "".join(f' "{label}"' for label in block.labels)
    often = "at most one" if block.unique else "any number"
    often += ", also by `for_each` or `count`" if block.repeats else ""
    return f"`{kind}{labels} {{ ... }}`, {often}: {block.meaning}"


def _table(head: str, rows: Iterable[Row]) -> str:
    lines = [f"| `{row.name}` | {row.type} | {row.default} | {_cell(row.meaning)} |" for row in rows]
    parts = [head] if head else []
    if lines:
        parts.append("\n".join(["| name | type | without it | meaning |", "|---|---|---|---|", *lines]))
    return "\n\n".join(parts) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _attributes(attributes: Mapping[str, AttributeSchema]) -> Iterator[Row]:
    for name, attribute in attributes.items():
        default = "**required**" if attribute.required else attribute.default
        yield Row(name, type_of(attribute), default, attribute.meaning)


def _blocks(blocks: Mapping[str, BlockSchema]) -> Iterator[Row]:
    for name, block in blocks.items():
        labels = "".join(f' "{label}"' for label in block.labels)
        yield Row(f"{name}{labels} {{ ... }}", "block" if block.unique else "blocks", "", block.meaning)


def type_of(attribute: AttributeSchema) -> str:
    """In the words of the page, with a link where the page explains them."""
    if attribute.notation:
        place = _IN_PAGE.get(attribute.notation)
        return attribute.notation if place is None else f"[{attribute.notation}]({place})"
    if attribute.reading is Reading.CONDITION:
        return "condition"
    return _words(attribute.type) + (", credential" if attribute.credential else "")


def _words(type: Type) -> str:
    match type:
        case ReferenceType(kind):
            return kind
        case ListType(element):
            return f"list of {_words(element)}"
        case AnyType():
            return "any"
        case _:
            return type_name(type)


def _setting(kind: str, name: str, setting: Setting) -> Row:
    default = "**required**" if name in REQUIRED[kind] else setting.default
    return Row(name, setting.type + (", credential" if setting.secret else ""), default, setting.meaning)


def _provided(name: str, attribute: kinds.Attribute) -> Row:
    types = {kinds.flag: "bool", kinds.duration: f"[{DURATION}]({_IN_PAGE[DURATION]})"}
    type = types.get(attribute.check, "string") + (", credential" if attribute.credential else "")
    return Row(name, type, "**required**" if attribute.required else attribute.default, attribute.meaning)


def _asked(source: SourceSchema) -> str:
    ways = ", or ".join(_listed(way, "and") for way in source.asked_by)
    parts = [f"{source.meaning}{f', asked by {ways}' if ways else ''}."]
    if not source.measures:
        parts.append("It has a verdict of its own: no `pass_when`, no `baseline`.")
    if source.spelled:
        parts.append(f"For a baseline's window, `$window` must stand in {_listed(source.spelled, 'or')}.")
    return " ".join(parts)


def _listed(names: Sequence[str], word: str) -> str:
    *most, last = (f"`{name}`" for name in names)
    return f"{', '.join(most)} {word} {last}" if most else last


def _monitored(source: SourceSchema, name: str, attribute: AttributeSchema) -> Row:
    words = tuple(f'"{word}"' for word in source.choices.get(name, ()))
    meaning = f"{attribute.meaning}: {_listed(words, 'or')}" if words else attribute.meaning
    default = "**required**" if attribute.required else attribute.default or (f"`{words[-1]}`" if words else "")
    return Row(name, type_of(attribute), default, meaning)
