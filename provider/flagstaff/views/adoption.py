"""What `init -from-live` wrote, as text: files, records, and what was left out and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from flagstaff.config.writing import File
from flagstaff.views.look import Look, Page, Piece, column, pad
from flagstaff.views.words import count

# More keys than this in one list are in the files, or in `plan -unmanaged`.
_MOST_KEYS: Final = 12


@dataclass(frozen=True, slots=True)
class Adoption:
    """`known` are keys that are declared without an exposure, `unmanaged` says why a key is not declared
    at all; `declared` is how many live toggles the configuration had before."""

    files: tuple[File, ...] = ()
    recorded: int = 0
    known: tuple[str, ...] = ()
    unmanaged: Mapping[str, str] = field(default_factory=dict)
    declared: int = 0


def adoption_page(adoption: Adoption, look: Look) -> Page:
    page = Page(look)
    _add_files(page, adoption)
    if adoption.declared:
        page.line(f"{count(adoption.declared, 'live toggle')} declared before, and left as declared.")
    if adoption.recorded:
        page.line(f"{count(adoption.recorded, 'toggle')} recorded in the state, as they are live.")
    if adoption.known:
        page.blank()
        page.paragraph(
            f"Known, but not managed ({len(adoption.known)}): open in a way that no percentage says. Their blocks have "
            "no exposure, and a comment that says why."
        )
        _add_keys(page, adoption.known)
    if adoption.unmanaged:
        page.blank()
        page.paragraph(f"Left unmanaged ({len(adoption.unmanaged)}): no configuration can name these.")
        for key in sorted(adoption.unmanaged)[:_MOST_KEYS]:
            page.line(f'"{key}": {adoption.unmanaged[key]}', indent=2)
        _add_more(page, len(adoption.unmanaged), "flagstaff plan -unmanaged lists all")
    page.blank()
    page.line("Next:  ", Piece("flagstaff plan", "strong"))
    return page


def _add_files(page: Page, adoption: Adoption) -> None:
    if not adoption.files:
        page.line("No file was written: every live toggle that can be declared is declared.")
        return
    toggles = sum(len(file.keys) for file in adoption.files)
    page.line(f"Wrote {count(len(adoption.files), 'file')} with {count(toggles, 'toggle')}:")
    width = column(page.look, (file.name for file in adoption.files), 9)
    for file in adoption.files:
        page.line(f"{pad(file.name, width)}  {len(file.keys):>5}", indent=2)
    page.blank()


def _add_keys(page: Page, keys: tuple[str, ...]) -> None:
    for key in keys[:_MOST_KEYS]:
        page.line(key, indent=2)
    _add_more(page, len(keys), "see the comments in the files")


def _add_more(page: Page, number: int, where: str) -> None:
    if number > _MOST_KEYS:
        page.line(f"and {number - _MOST_KEYS:,} more: {where}", indent=2)
