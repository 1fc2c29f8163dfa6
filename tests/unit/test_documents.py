"""Documents that name parts of the code: what they name is there, and nothing is left out."""

import re
from pathlib import Path

from flagstaff.state.journal import KINDS as ENTRIES

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
CODE = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "provider").rglob("*.py"))


def read(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def test_every_kind_of_journal_entry_is_in_the_reference() -> None:
    text = read("reference/state.md")
    assert [kind for kind in ENTRIES if f"`{kind}`" not in text] == []


def test_every_reason_in_the_guide_to_blocked_plans_is_one_that_the_code_gives() -> None:
    rows = re.findall(r"^\| ([A-Z][^|]+) \|", read("how-to/read-a-blocked-plan.md"), re.MULTILINE)
    reasons = [reason.strip() for row in rows for reason in row.split(",")]
    assert len(reasons) > 8
    assert [reason for reason in reasons if f'"{reason}"' not in CODE] == []
