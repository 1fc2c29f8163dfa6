"""A rollback as text, for somebody who was just woken up: what goes down, in which order, and what people will see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from flagstaff.addresses import Address
from flagstaff.model.configuration import Product
from flagstaff.plan.rollback.ground import Ground, Use
from flagstaff.plan.rollback.naming import Left
from flagstaff.plan.rollback.retreat import Down, Retreat, Unmet
from flagstaff.views.look import Look, Page, Piece, cells, column, pad, pad_left
from flagstaff.views.words import count, level

_MOST_TITLES: Final = 8


def rollback_page(
    retreat: Retreat, ground: Ground, look: Look, *, left: Sequence[Left] = (), held: Iterable[Address] = ()
) -> Page:
    """Before the question. `held` are toggles that are held already."""
    page = Page(look)
    downs = retreat.downs
    if downs:
        page.line(Piece("Down, in this order. No approval is needed to go down.", "strong"))
        _add_downs(page, downs)
        _add_people(page, downs, ground)
        _add_testers(page, downs)
    _add_resting(page, retreat, frozenset(held))
    add_unmet(page, retreat.unmet, ground, "Will be broken")
    if left:
        page.blank()
        page.line("Left alone; name them if they shall go down, too:")
        for one in left:
            page.paragraph(f"{one.address}: {one.why}", indent=2)
    return page


def _add_downs(page: Page, downs: Sequence[Down]) -> None:
    look = page.look
    names = [look.clean(str(down.address)) for down in downs]
    befores = [level(down.before) for down in downs]
    digits, level_ = len(str(len(downs))), max(map(cells, befores))
    hang = 2 + digits + 4
    width = column(look, names, hang + 3 + level_ + 4 + max(cells(str(down.wanted)) for down in downs))
    for number, (down, name, before) in enumerate(zip(downs, names, befores, strict=True), 1):
        sign = Piece(f"{number:>{digits}}. {look.symbols.down} ", "down")
        change = f"{pad(name, width)}   {pad_left(before, level_)} -> "
        why = look.clean(down.key if down.named else _why(down, look))
        room = page.look.width - hang - max(width, cells(name)) - 3 - level_ - 4 - cells(str(down.wanted)) - 3
        beside = cells(why) <= room
        page.line(sign, change, Piece(str(down.wanted), "strong"), f"   {why}" if beside else "", indent=2)
        if not beside:
            page.paragraph(why, indent=hang)


def _why(down: Down, look: Look) -> str:
    """Why a dependent goes down."""
    requirement = down.requirement
    assert requirement is not None
    reason = f" ({requirement.reason})" if requirement.reason else ""
    return f"requires {requirement.parent}{reason} {look.symbols.dot} {down.key}"


def _add_people(page: Page, downs: Sequence[Down], ground: Ground) -> None:
    """By product: about how many people lose what, and what they see then; the experiences that are lost or given."""
    products: dict[Address | None, list[Down]] = {}
    for down in downs:
        products.setdefault(down.toggle.product, []).append(down)
    page.blank()
    page.line("What people will see")
    for address, members in sorted(products.items(), key=lambda item: str(item[0] or "~")):
        product = ground.products.get(address) if address is not None else None
        page.paragraph(_told_of(product, address, members), indent=2)
        for segment in product.segments if product is not None else ():
            if segment.off:
                share = "" if segment.share is None else f" ({(segment.share * 100).normalize():f} %)"
                page.paragraph(segment.off, indent=4, lead=Piece(f"{segment.name}{share}: "))
    for what, uses in (
        ("lost", _uses(down.lost for down in downs)),
        ("given by it", _uses(down.gained for down in downs)),
    ):
        if uses:
            titles = ", ".join(use.title or str(use.address) for use in uses[:_MOST_TITLES])
            more = f", and {len(uses) - _MOST_TITLES} more" if len(uses) > _MOST_TITLES else ""
            page.paragraph(f"{titles}{more}", indent=2, lead=Piece(f"{count(len(uses), 'experience')} {what}: "))


def _told_of(product: Product | None, address: Address | None, members: Sequence[Down]) -> str:
    title = (
        "Of no product" if address is None else product.title if product is not None and product.title else str(address)
    )
    told = [
        f"{down.address}" if down.people is None else f"{down.address} (about {count(down.people, 'person', 'people')})"
        for down in members
    ]
    return f"{title}: {', '.join(told)} {'goes' if len(members) == 1 else 'go'} back"


def _uses(groups: Iterable[Sequence[Use]]) -> list[Use]:
    return list({use.address: use for group in groups for use in group}.values())


def _add_testers(page: Page, downs: Sequence[Down]) -> None:
    kept = sum(len(down.kept) for down in downs)
    taken = sum(len(down.taken) for down in downs)
    if kept:
        verb = "keeps" if kept == 1 else "keep"
        page.paragraph(f"{count(kept, 'tester')} {verb} it (-testers removes them, too).", indent=2)
    if taken:
        verb = "loses" if taken == 1 else "lose"
        page.paragraph(f"{count(taken, 'tester')} {verb} it, too; the release offers to put them back.", indent=2)


def _add_resting(page: Page, retreat: Retreat, held: frozenset[Address]) -> None:
    for down in retreat.resting:
        page.blank()
        what = "and held already" if down.address in held else "and is held from now on"
        kept = f"; {count(len(down.kept), 'tester')} have it" if len(down.kept) else ""
        page.paragraph(f"{down.address} ({down.key}) is at {down.before} already, {what}{kept}.")
    for toggle in retreat.missing:
        page.blank()
        page.paragraph(
            f"{toggle.address}: the live store has no {toggle.key}, so nobody has it. It is held from now on."
        )


def add_unmet(page: Page, unmet: Sequence[Unmet], ground: Ground, title: str) -> None:
    if not unmet:
        return
    page.blank()
    page.line(Piece(f"{title}: {count(len(unmet), 'requirement')}", "warn"))
    for one in unmet:
        page.paragraph(_broken(one, ground), indent=2, lead=Piece(f"{page.look.symbols.bad} ", "bad"))


def _broken(one: Unmet, ground: Ground) -> str:
    requirement = one.requirement
    toggle = ground.toggles.get(requirement.child)
    product = ground.products.get(toggle.product) if toggle is not None and toggle.product else None
    whose = f" People of {product.title or product.address} have it without." if product is not None else ""
    reason = f" {requirement.reason}." if requirement.reason else ""
    where = f"{requirement.child} is at {one.child} and requires {requirement.parent}, which is at {one.parent}."
    return f"{where}{reason}{whose}"
