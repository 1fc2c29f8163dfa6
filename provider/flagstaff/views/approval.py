"""What somebody agrees to who approves a plan: its verdict, its moves, what it loosens and what it lets through."""

from __future__ import annotations

from typing import Final

from flagstaff.addresses import Address
from flagstaff.model.times import exactly
from flagstaff.plan.plan import Move, Plan
from flagstaff.views.agreements import add_waivers, role_named
from flagstaff.views.counts import Counts
from flagstaff.views.look import Look, Page, Piece, column, pad
from flagstaff.views.plan_checks import verdict_line
from flagstaff.views.plan_context import add_guard_changes
from flagstaff.views.words import SHORT_ID, exposure

# What the columns beside an address take.
_BESIDE: Final = 36


def approval_page(plan: Plan, change: str, look: Look) -> Page:
    page, core = Page(look), plan.core
    verdict_line(page, plan)
    production = " (production)" if plan.observed.production else ""
    dot = f" {look.symbols.dot} "
    parts = [
        f"Change {change[:SHORT_ID]}",
        f"{core.environment}{production}",
        f"made {exactly(plan.observed.created, core.zone)}",
    ]
    parts += [f"by {plan.observed.author}"] if plan.observed.author else []
    page.paragraph(dot.join(parts), style="strong")
    add_guard_changes(page, core.guard_changes)
    _add_moves(page, core.moves)
    add_waivers(page, core.waived)
    page.blank()
    page.whole(Piece(Counts.of_core(core).plan_line, "strong"))
    return page


def _add_moves(page: Page, moves: tuple[Move, ...]) -> None:
    if not moves:
        return
    page.blank()
    width = column(page.look, (str(move.address) for move in moves), _BESIDE)
    for move in moves:
        after = exposure(move.after) if move.after is not None else "deleted"
        line = f"{pad(page.look.clean(str(move.address)), width)}   {exposure(move.before)} -> {after}"
        page.line(f"{line}{_needs(move.approvals)}", indent=2)


def _needs(roles: tuple[Address, ...]) -> str:
    return f"   needs {', '.join(map(role_named, roles))}" if roles else ""
