"""Small pieces of Markdown: code, prose, lists of names. Whatever a text holds, it means nothing to Markdown.

Every text from elsewhere passes one of these, which also cut it: nobody reads a title of 10,000 characters.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from flagstaff.addresses import Address
from flagstaff.diagnostics import Range
from flagstaff.views.report.inert import markdown_code, markdown_heading, markdown_start, markdown_text, seen
from flagstaff.views.words import compact, count

NAME: Final = 160
SENTENCE: Final = 600
_CUT: Final = "…"


def clip(text: str, most: int) -> str:
    """Not longer than `most` characters."""
    return text if len(text) <= most else text[: most - 1] + _CUT


def code(text: object, *, most: int = NAME) -> str:
    """A code span, also in a table's cell, or at the start of a line."""
    made = markdown_code(clip(seen(str(text)), most), cell=True)
    # In a table some texts can't be code.
    return made if made.startswith("`") else markdown_start(made.lstrip())


def prose(text: str, *, most: int = SENTENCE) -> str:
    """Text inside a line or a cell."""
    return markdown_text(clip(seen(" ".join(text.split())), most))


def paragraph(text: str, *, most: int = SENTENCE) -> str:
    """Text that begins a line: it begins nothing else."""
    return markdown_start(prose(text, most=most))


def heading(text: str) -> str:
    """A title of somebody's, as ours of the third level."""
    return f"### {markdown_heading(clip(seen(' '.join(text.split())), NAME))}"


def names(addresses: Iterable[Address], *, most: int = 2_000) -> str:
    """Every address, as far as they fit into `most` characters; then how many more there are."""
    listed = sorted(addresses)
    shown, used = 0, 0
    while shown < len(listed) and (used := used + min(len(str(listed[shown])), NAME) + 4) <= most:
        shown += 1
    kept, left = listed[:shown], len(listed) - shown
    short = [address for address in kept if len(str(address)) <= NAME]
    parts = [code(compact(short), most=most)] if short else []
    parts += [code(address) for address in kept if len(str(address)) > NAME]
    if left:
        parts.append(count(left, "more toggle" if kept else "toggle"))
    return ", ".join(parts)


def place(range: Range | None, directory: str) -> str:
    """Where in the repository: `configs/va/sm.hcl:12`, as code."""
    if range is None:
        return ""
    return code(f"{directory}/{range}" if directory else range)


def bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Cells are Markdown already, with no pipe that isn't escaped."""
    lines = [f"| {' | '.join(cells)} |" for cells in (heads, ["---"] * len(heads), *rows)]
    return "\n".join(lines)


def details(summary: str, body: str) -> str:
    """Folded away. `summary` is text of our own; the blank lines make Markdown of what is inside."""
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def limited(lines: Sequence[str], most: int, rest: str) -> list[str]:
    """As many lines as fit into `most` characters, and at the end how many more there are (`rest`: of what)."""
    used, kept = 0, []
    for line in lines:
        used += len(line) + 3
        if used > most:
            break
        kept.append(line)
    left = len(lines) - len(kept)
    return [*kept, f"and {count(left, rest)}"] if left else kept
