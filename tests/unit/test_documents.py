"""Documents that name parts of the code: what they name is there, and nothing is left out."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from flagstaff.config.monitor_sources import SOURCES
from flagstaff.config.schema import KINDS, BlockSchema
from flagstaff.state.journal import KINDS as ENTRIES

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
CODE = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "provider").rglob("*.py"))


def read(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def section(kind: str) -> str:
    """The part of the configuration's reference that is about a kind of block."""
    parts = re.split(r"^## ", read("reference/configuration.md"), flags=re.MULTILINE)
    found = [part for part in parts if f"`{kind}`" in part.split("\n", 1)[0]]
    assert len(found) == 1, kind
    return found[0]


def names(schema: BlockSchema) -> Iterator[str]:
    yield from schema.attributes
    for kind, block in schema.blocks.items():
        yield kind
        yield from names(block)
    if "source" in schema.blocks:
        yield from (name for source in SOURCES.values() for name in source.attributes)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_block_and_attribute_is_in_the_reference(kind: str) -> None:
    text = section(kind)
    missing = [name for name in names(KINDS[kind]) if not re.search(rf"`[^`\n]*\b{name}\b[^`\n]*`", text)]
    assert missing == []
    if KINDS[kind].repeats:
        assert "`for_each`" in text


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_reference_names_no_attribute_that_is_not_there(kind: str) -> None:
    if KINDS[kind].others is not None:
        assert "path" in section(kind) or kind == "locals"
        return
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", section(kind), re.MULTILINE)
    told = {name for row in rows for name in re.findall(r"`(\w+)`", row)} - {"for_each", "count"}
    assert told - set(names(KINDS[kind])) == set()


def test_every_kind_of_journal_entry_is_in_the_reference() -> None:
    text = read("reference/state.md")
    assert [kind for kind in ENTRIES if f"`{kind}`" not in text] == []


def test_every_reason_in_the_guide_to_blocked_plans_is_one_that_the_code_gives() -> None:
    rows = re.findall(r"^\| ([A-Z][^|]+) \|", read("how-to/read-a-blocked-plan.md"), re.MULTILINE)
    reasons = [reason.strip() for row in rows for reason in row.split(",")]
    assert len(reasons) > 8
    assert [reason for reason in reasons if f'"{reason}"' not in CODE] == []
