"""The state as text: `state list`, `state show`, `show`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo
from typing import Final

from flagstaff.addresses import Address
from flagstaff.model.recorded import Hold, ToggleRecord
from flagstaff.model.times import exactly
from flagstaff.state.state import State
from flagstaff.views.look import Look, Page, Piece, cells, column, pad, pad_left
from flagstaff.views.words import SHORT_ID, count


def state_list(state: State, look: Look, matching: Iterable[Address] = ()) -> Page:
    """The addresses, one a line; `matching` keeps those addresses and the instances of those blocks."""
    page, wanted = Page(look), frozenset(matching)
    for address in sorted(state.toggles):
        if not wanted or address in wanted or address.block in wanted:
            page.line(str(address))
    return page


# `written 2026-01-27 14:02:11 AEST`.
_WRITTEN: Final = 32


def state_show(address: Address, record: ToggleRecord, hold: Hold | None, look: Look) -> Page:
    page = Page(look)
    page.line(Piece(f"# {address}", "strong"))
    rows = {
        "key": record.key,
        "exposure": str(record.exposure),
        "last write": exactly(record.last_write_at, look.zone) if record.last_write_at else "never by Flagstaff",
        "change": record.change[:SHORT_ID] if record.change else "none",
        "created by Flagstaff": "yes" if record.created else "no",
        "hold": _hold(hold, look.zone) if hold else "none",
    }
    width = max(map(cells, rows))
    for name, value in rows.items():
        page.paragraph(value, lead=Piece(f"{pad(name, width)} = "))
    return page


def _hold(hold: Hold, zone: tzinfo) -> str:
    return f"{hold.id}, since {exactly(hold.at, zone)}, by {hold.who}: {hold.cause}"


def state_page(state: State, look: Look) -> Page:
    """What `show` prints without a file: the whole state."""
    page = Page(look)
    parts = [state.environment, count(len(state.toggles), "toggle"), f"state serial {state.serial}"]
    page.line(Piece(f" {look.symbols.dot} ".join(filter(None, parts)), "strong"))
    if state.toggles:
        page.blank()
    texts = {address: look.clean(str(address)) for address in sorted(state.toggles)}
    levels = max((cells(str(record.exposure)) for record in state.toggles.values()), default=0)
    width = column(look, texts.values(), levels + 6 + _WRITTEN)
    for address, text in texts.items():
        record, hold = state.toggles[address], state.holds.get(address)
        when = (
            f"written {exactly(record.last_write_at, look.zone)}"
            if record.last_write_at
            else "never written by Flagstaff"
        )
        page.line(f"{pad(text, width)}   {pad_left(str(record.exposure), levels)}   {when}")
        if hold is not None:
            page.paragraph(f"held: {_hold(hold, look.zone)}", indent=4, style="strong")
    return page
