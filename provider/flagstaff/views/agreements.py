"""What the roles say that a plan waits for: who agreed until when, or why it does not count and what to do."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from flagstaff.addresses import Address
from flagstaff.approvals.asking import guarding
from flagstaff.approvals.verify import Agreement
from flagstaff.model.times import moment
from flagstaff.plan.candidates import NOBODY
from flagstaff.plan.plan import Plan, Waived
from flagstaff.views.look import Look, Page, Piece


def agreements_page(agreements: Mapping[Address, Agreement], plan: Plan, look: Look, file: str) -> Page:
    page = Page(look)
    add_agreements(page, agreements, plan, file)
    return page


def add_agreements(page: Page, agreements: Mapping[Address, Agreement], plan: Plan, file: str) -> None:
    """`file` is the saved plan's; "": it is not saved yet."""
    if not agreements:
        return
    page.blank()
    page.line(Piece(f"Approvals ({len(agreements)})", "strong"))
    for role, agreement in agreements.items():
        _add(page, role, agreement)
    missing = [role for role, agreement in agreements.items() if not agreement.approved]
    if missing:
        page.blank()
        if not file:
            page.line(Piece("flagstaff plan -out=FILE", "strong"), indent=2)
        for role in missing:
            page.whole(Piece(approve_command(file, role), "strong"), indent=2)
    if guarding(plan):
        page.blank()
        page.paragraph("A loosened guard counts from the plan after the apply that its role agreed to.", indent=2)


def approve_command(file: str, role: Address) -> str:
    return f"flagstaff approve {shlex.quote(file) if file else 'FILE'} -as {role}"


def _add(page: Page, role: Address, agreement: Agreement) -> None:
    symbols, zone = page.look.symbols, page.look.zone
    if agreement.approved:
        for approval in agreement.by:
            how = f", {approval.via}" if approval.via else ""
            text = f"{role}: approved by {approval.principal} at {moment(approval.at, zone)}{how}"
            page.paragraph(
                f"{text}, expires {moment(approval.expires, zone)}", indent=2, lead=Piece(f"{symbols.ok} ", "good")
            )
            if approval.note:
                page.paragraph(approval.note, indent=4)
    else:
        page.paragraph(f"{role} has not agreed to this change", indent=2, lead=Piece(f"{symbols.ask} ", "warn"))
    for reason in agreement.reasons:
        page.paragraph(reason, indent=4)


def role_named(role: Address) -> str:
    """As a person reads it; where nobody could agree, that is said."""
    return str(role) if role != NOBODY else "a role that is not recorded"


def add_waivers(page: Page, waived: Sequence[Waived]) -> None:
    """What a plan lets through although a check stops it, and who has to agree to that."""
    if not waived:
        return
    page.blank()
    page.line(Piece(f"Let through by a waiver ({len(waived)})", "strong"))
    for one in waived:
        what = f"{one.check} of {one.of}" if one.of else str(one.check)
        text = (
            f"{one.subject}: {what}, until {moment(one.until, page.look.zone)}: {one.reason} ({role_named(one.role)})"
        )
        page.paragraph(text, indent=2)
