"""The section of a plan that says who is affected: experiences, toggles, sets, in shares and in people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from flagstaff.audience.results import Advice, Audience, Breach, Reach, SegmentReach
from flagstaff.plan.people.affected import Affected
from flagstaff.plan.people.figures import number, people, percent, rough
from flagstaff.plan.plan import Plan
from flagstaff.views.audience_table import Row, add_rows, alike_sets, change_row, people_remark, sample, set_rows
from flagstaff.views.look import Page, Piece, cells, pad
from flagstaff.views.words import compact, count

# More rows of one kind than this are counted, unless all is asked for.
_MOST: Final = 24


def add_audience(page: Page, plan: Plan) -> None:
    affected = plan.observed.affected
    if affected is None:
        return
    page.blank()
    page.paragraph(f"Who is affected ({sample(affected.audience)})", style="strong")
    if plan.core.moves and affected.audience.experiences and affected.audience.changes_no_experience:
        page.paragraph("Changes none of the declared experiences.", indent=2)
    add_affected(page, affected)


def add_affected(page: Page, affected: Affected) -> None:
    """The tables, and what they mean."""
    audience, full = affected.audience, affected.full
    experiences = [reach for reach in audience.experiences if full or _changes(reach)]
    rows: list[Row] = []
    for what, reaches in (("experience", experiences), ("toggle", audience.toggles)):
        found = list(_rows(reaches, affected))
        shown = found if full else found[:_MOST]
        rows += shown
        if len(shown) < len(found):
            rows.append(Row(f"{count(len(found) - len(shown), f'more {what}')}: -audience=full shows all"))
    for group in alike_sets(audience.sets):
        members = set_rows(group[0], full=full)
        if full or any(row.is_anybodys for row in members):
            rows += [Row("; ".join(item.name for item in group)), *members]
    add_rows(page, rows, full=full)
    for text in untold((*audience.experiences, *audience.toggles)):
        page.paragraph(text, indent=2)
    _add_requirements(page, audience, full=full)
    changed = [reach for reach in experiences if _changes(reach)]
    _add_segments(page, changed or audience.toggles, affected)
    for advice in affected.advice:
        page.paragraph(advice_text(advice), indent=2, lead=Piece("Advice: ", "strong"))


def _rows(reaches: Iterable[Reach], affected: Affected) -> Iterator[Row]:
    for reach in reaches:
        if reach.change is None:
            continue
        title = affected.titles.get(str(reach.address), "")
        label = title if title and reach.address.kind == "experience" else str(reach.address)
        remark = people_remark(reach) if reach.address.kind == "toggle" else ""
        yield change_row(label, reach.change, remark)
        if affected.full:
            for segment in reach.segments:
                yield change_row(segment.name, segment.change, indent=4)


def _changes(reach: Reach) -> bool:
    return reach.change is not None and not (reach.change.is_none and reach.same_people)


def untold(reaches: Iterable[Reach]) -> Iterator[str]:
    """What nobody can say, and why; one sentence for those that lack the same."""
    found: dict[tuple[str, ...], list[Reach]] = {}
    for reach in reaches:
        if reach.change is None:
            found.setdefault(reach.unknown, []).append(reach)
    for unknown, group in found.items():
        names = compact(reach.address for reach in group)
        yield f"Nobody can say who has {names}: {', '.join(unknown)} is open in a way that no share says."


def _add_requirements(page: Page, audience: Audience, *, full: bool) -> None:
    for breach in audience.requirements:
        if not (full or any(share is None or share.count for share in breach.lacking)):
            continue
        texts = [_lacking(breach, moment) for moment in range(len(audience.moments))]
        shown = [
            f"{name} {text}"
            for place, (name, text) in enumerate(zip(audience.moments, texts, strict=True))
            if full or place == 0 or text != texts[place - 1] or place == len(texts) - 1
        ]
        page.paragraph(f"{breach.child} without {breach.parent}: {'; '.join(shown)}", indent=2)


def _lacking(breach: Breach, moment: int) -> str:
    share, having = breach.lacking[moment], breach.having[moment]
    if share is None or having is None:
        return "not known"
    if not share.count:
        return "nobody"
    text = f"{percent(share)} of people{people(share)}"
    part = f"{share.count / having.count * 100:.1f} %" if having.count else ""
    return f"{text}, {part} of those who have it" if part else text


def _add_segments(page: Page, reaches: Sequence[Reach], affected: Affected) -> None:
    """What on and off mean to each kind of person, once a product."""
    products: dict[str, list[Reach]] = {}
    full = affected.full
    for reach in reaches:
        if reach.product is not None and reach.segments and (full or _changes(reach)):
            products.setdefault(str(reach.product), []).append(reach)
    for product, group in products.items():
        gained = full or any(reach.change and reach.change.gained.count for reach in group)
        lost = full or any(reach.change and reach.change.lost.count for reach in group)
        texts = [(one.name, _meaning(one, gained=gained, lost=lost)) for one in group[0].segments]
        told = [(page.look.clean(name), text) for name, text in texts if text]
        if told:
            page.paragraph(f"What it means in {affected.titles.get(product, product)}", indent=2)
        width = max((cells(name) for name, _ in told), default=0)
        for name, text in told:
            page.paragraph(text, indent=4, lead=Piece(f"{pad(name, width)}   "))


def _meaning(segment: SegmentReach, *, gained: bool, lost: bool) -> str:
    parts = [
        f"on: {segment.on}" if gained and segment.on else "",
        f"off: {segment.off}" if lost and segment.off else "",
    ]
    return "; ".join(filter(None, parts))


def advice_text(advice: Advice) -> str:
    """What to do instead, with the figures that come of it."""
    mixed = f"{rough(advice.planned.mixed)} -> {rough(advice.advised.mixed)}"
    reach = f"{rough(advice.planned.at_least_one)} -> {rough(advice.advised.at_least_one)}"
    found = number(advice.advised.at_least_one)
    also = f" It decides {compact(advice.also)}, too." if advice.also else ""
    return (
        f"put {advice.exposure} on {advice.shared} and {compact(advice.others)} at 100 %: people in a mixed state "
        f"{mixed}; people with at least one of them {reach}{f' ({found})' if found else ''}.{also}"
    )
