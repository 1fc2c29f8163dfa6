"""The guards that a person is asked to trust, as text."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from flagstaff.plan.plan import GuardChange
from flagstaff.views.look import Look, Page, Piece

_TITLES: Final = {
    "role": "Roles: who must agree",
    "policy": "Policy: what one plan may do",
    "requirement": "Requirements",
    "protection": "Protected toggles",
    "approval": "Approvals: who must agree before a stage begins",
}


def trust_page(guards: Sequence[GuardChange], environment: str, look: Look) -> Page:
    """`guards` as changes from nothing."""
    page = Page(look)
    page.line(Piece(f"Guards of {environment}", "strong"))
    if not guards:
        page.line("None is declared: every plan may do anything.", indent=2)
    for kind, items in groupby(guards, key=lambda item: item.guard):
        page.blank()
        page.line(_TITLES[kind], indent=2)
        for item in items:
            said = item.subject if kind == "protection" else f"{item.subject}: {item.after}"
            page.paragraph(f"{said} ({item.range})" if item.range else said, indent=4)
    page.blank()
    page.paragraph(
        "They restrain every plan from now on. Tightening one takes effect at once; loosening one needs the role that "
        "is recorded for it, where there is one."
    )
    return page
