"""Who is affected by a plan: bars of shares, what has which people in common, and what it means to them."""

from __future__ import annotations

from collections.abc import Iterator

from flagstaff.audience.results import Audience, Reach, Share
from flagstaff.plan.people.affected import Affected
from flagstaff.plan.people.figures import number, percent
from flagstaff.plan.plan import Plan
from flagstaff.views.audience_table import Row, alike_sets, change_row, people_remark, sample, set_rows
from flagstaff.views.plan_audience import advice_text, untold
from flagstaff.views.report.figures import Bar, Bars
from flagstaff.views.report.inline import NONE, Code, Line, Strong, line
from flagstaff.views.report.model import Block, Bullets, Paragraph, Section, Table

# More of one kind than this are counted; the JSON has all of them.
_MOST = 40


def people(plan: Plan) -> Section | None:
    affected = plan.observed.affected
    if affected is None:
        return None
    audience = affected.audience
    blocks: list[Block | Section] = [Paragraph(line(f"{_first(sample(audience))}."))]
    if plan.core.moves and audience.experiences and audience.changes_no_experience:
        blocks.append(Paragraph(line(Strong("Changes none of the declared experiences."))))
    for title, reaches in (("Experiences", audience.experiences), ("Toggles", audience.toggles)):
        if found := list(_reaches(reaches, affected, title)):
            blocks.append(Section(title, tuple(found)))
    blocks += (Paragraph(line(text)) for text in untold((*audience.experiences, *audience.toggles)))
    blocks += _overlaps(audience)
    blocks += _meanings(affected)
    if affected.advice:
        items = tuple(line(_first(advice_text(advice))) for advice in affected.advice)
        blocks.append(Section("Advice", (Bullets(items),)))
    return Section("Who is affected", tuple(blocks))


def _first(text: str) -> str:
    return text[:1].upper() + text[1:]


def _changes(reach: Reach) -> bool:
    return reach.change is not None and not (reach.change.is_none and reach.same_people)


def _reaches(reaches: tuple[Reach, ...], affected: Affected, what: str) -> Iterator[Block]:
    found = [reach for reach in reaches if _changes(reach)]
    rows = []
    for reach in found[:_MOST]:
        assert reach.change is not None
        title = affected.titles.get(str(reach.address), "")
        label = line(title, " ", Code(str(reach.address))) if title else line(Code(str(reach.address)))
        rows.append(_bar(label, change_row("", reach.change, people_remark(reach))))
    if rows:
        yield Bars(tuple(filter(None, rows)))
    if len(found) > _MOST:
        yield Paragraph(line(f"{len(found) - _MOST} more {what.lower()} are in the plan's JSON."))


def _bar(label: Line, row: Row) -> Bar | None:
    if row.now is None or row.then is None:
        return None
    moved = (("new", row.gained), ("lost", row.lost))
    parts = [f"{percent(row.now)} → {percent(row.then)}"]
    parts += [f"{_about(row.then)} people then"] if number(row.then) else []
    parts += [f"{word}: {number(share) or percent(share)}" for word, share in moved if share and share.count]
    parts += [row.remark] if row.remark else []
    return Bar(label, row.now.part, row.then.part, line(", ".join(parts)))


def _about(share: Share) -> str:
    return f"{'' if share.exact else 'about '}{number(share)}"


def _overlaps(audience: Audience) -> Iterator[Section]:
    """Sets as unions, never sums; then pairs that go together more or less than chance would make them."""
    blocks: list[Block | Section] = []
    for group in alike_sets(audience.sets)[:_MOST]:
        rows = [bar for row in set_rows(group[0], full=False) if (bar := _bar(line(_first(row.label)), row))]
        if any(bar.before or bar.after for bar in rows):
            blocks.append(Section("; ".join(item.name for item in group), (Bars(tuple(rows)),)))
    if audience.pairs:
        cells = tuple(
            (
                line(Code(str(pair.first))),
                line(Code(str(pair.second))),
                line(percent(pair.both)),
                line(f"{pair.expected:.2%}"),
            )
            for pair in audience.pairs[:_MOST]
        )
        heads = ("Toggle", "and toggle", "Both", "By chance")
        blocks.append(Table(heads, cells, "Pairs that have other people in common than chance would give"))
    if blocks:
        yield Section("Overlaps", tuple(blocks))


def _meanings(affected: Affected) -> Iterator[Section]:
    """What on and off mean to each kind of person, once a product."""
    reaches = [reach for reach in affected.audience.experiences if _changes(reach)] or affected.audience.toggles
    seen: set[str] = set()
    for reach in reaches:
        product = str(reach.product)
        if product in seen or not reach.segments or not _changes(reach):
            continue
        seen.add(product)
        rows = tuple((line(one.name), line(one.on) or NONE, line(one.off) or NONE) for one in reach.segments)
        title = f"What it means in {affected.titles.get(product, product)}"
        yield Section(title, (Table(("People", "When it is on", "When it is off"), rows),))
