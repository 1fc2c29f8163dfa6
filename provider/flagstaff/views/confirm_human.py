"""A confirmation as text: one line a move, what is still open, and what to do about it."""

from __future__ import annotations

from typing import Final

from flagstaff.apply.confirming import Confirmation, Verdict, Verified
from flagstaff.views.look import Look, Page, Piece, Style, cells, column, pad, pad_left
from flagstaff.views.words import count, exposure, level

_WORDS: Final = {
    Verdict.CONFIRMED: "confirmed and recorded",
    Verdict.RECORDED: "confirmed, recorded before",
    Verdict.OPEN: "OPEN: not done yet",
    Verdict.DRIFT: "DRIFT: not as planned",
    Verdict.OVERTAKEN: "NOT RECORDED",
    Verdict.UNSEEN: "NOT SEEN",
}

# The sign, the exposures, the gaps, and a word on how it stands.
_BESIDE: Final = 48
# What to do, one sentence for each kind that is there; `{plan}` is the plan's file.
_WAYS: Final = {
    Verdict.OPEN: "Open moves: do them (flagstaff handoff {plan}), then confirm again with a fresh export.",
    Verdict.DRIFT: "Drift: somebody set another value; nothing is recorded of it. Plan again against a fresh export.",
    Verdict.OVERTAKEN: "Not recorded: a later change has taken over. Plan again, and look at what it says.",
    Verdict.UNSEEN: "Not seen: confirm with an export of all toggles.",
}


def confirm_page(confirmation: Confirmation, look: Look, *, source: str, plan: str) -> Page:
    """`source` is where the values come from, `plan` the plan's file as the user typed it."""
    page = Page(look)
    page.paragraph(f"Checked with {source}:", style="strong")
    moves = confirmation.moves
    widths = (
        column(look, (str(one.move.address) for one in moves), _BESIDE),
        max((cells(level(one.move.before)) for one in moves), default=0),
        max((cells(exposure(one.move.after)) for one in moves), default=0),
        max((cells(level(one.live)) for one in moves), default=0),
    )
    for one in moves:
        _add(page, one, widths)
    page.blank()
    _add_end(page, confirmation, plan)
    return page


def _add(page: Page, one: Verified, widths: tuple[int, int, int, int]) -> None:
    move, look = one.move, page.look
    sign, style = _sign(look, one)
    address = pad(look.clean(str(move.address)), widths[0])
    change = f"{pad_left(level(move.before), widths[1])} -> {pad(exposure(move.after), widths[2])}"
    now = "" if one.verdict is Verdict.UNSEEN else f"now {level(one.live)}"
    lead = f"{address}   {change}   {pad(now, widths[3] + 4)}   "
    page.line(Piece(f"{sign} ", style), lead, Piece(_WORDS[one.verdict], style), indent=2)
    if one.detail:
        page.paragraph(one.detail, indent=6)


def _sign(look: Look, one: Verified) -> tuple[str, Style]:
    if one.settled:
        return look.symbols.ok, "good"
    return (look.symbols.ask, "warn") if one.verdict is Verdict.OPEN else (look.symbols.bad, "bad")


def _add_end(page: Page, confirmation: Confirmation, plan: str) -> None:
    moves = confirmation.moves
    settled = sum(one.settled for one in moves)
    page.line(
        Piece(f"{settled} of {count(len(moves), 'move')} confirmed, {confirmation.recorded} recorded now.", "strong")
    )
    if confirmation.serial:
        page.line(
            f"State serial {confirmation.serial} is saved." if confirmation.recorded else "The state is unchanged."
        )
    left = {one.verdict for one in moves if not one.settled}
    for verdict, text in _WAYS.items():
        if verdict in left:
            page.paragraph(text.format(plan=plan))
    if not left:
        page.line("Nothing is open.")
