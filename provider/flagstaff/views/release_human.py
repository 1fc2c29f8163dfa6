"""A release as text: what is held, since when and why, and who lets it go."""

from __future__ import annotations

from flagstaff.addresses import Address
from flagstaff.model.times import exactly
from flagstaff.plan.rollback.releases import Release
from flagstaff.views.look import Look, Page, Piece
from flagstaff.views.words import count


def release_page(release: Release, role: Address | None, look: Look) -> Page:
    page = Page(look)
    address, hold = release.addresses[0], release.hold
    page.line(Piece(f"Release {address}", "strong"))
    if hold is None:
        page.paragraph(
            "A hand turned it down. Its live value is recorded as it is, and plans go on from there.", indent=2
        )
    else:
        before = f", from {hold.before}" if hold.before is not None else ""
        page.paragraph(f"{hold.who} took it down at {exactly(hold.at, look.zone)}{before}.", indent=2)
        page.paragraph(
            hold.cause or "Nobody gave a reason then; the note says it now.", indent=2, lead=Piece("Reason: ")
        )
    with_it = release.addresses[1:]
    if with_it:
        page.paragraph(f"Released with it: {', '.join(map(str, with_it))}.", indent=2)
    testers = sum(map(len, release.testers.values()))
    if testers:
        page.paragraph(f"{count(testers, 'tester')} were taken out with it.", indent=2)
    page.paragraph(f"{role} signs for it." if role is not None else "No role can sign for it.", indent=2)
    return page
