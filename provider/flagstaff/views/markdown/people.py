"""Who is affected: experiences first, for they are what a person notices; then sets of toggles."""

from __future__ import annotations

from collections.abc import Iterator

from flagstaff.audience.results import Reach, Share
from flagstaff.plan.people.affected import Affected
from flagstaff.plan.people.figures import number, percent
from flagstaff.plan.plan import Plan
from flagstaff.views.audience_table import alike_sets, people_remark, sample
from flagstaff.views.markdown.parts import Form, Part, Yields
from flagstaff.views.markdown.text import code, details, paragraph, prose, table

# More experiences and sets than this are not listed.
_MOST = 40


def people_part(plan: Plan) -> Part:
    affected = plan.observed.affected
    if affected is None:
        return Part.of("")
    experiences = [reach for reach in affected.audience.experiences if reach.change and not reach.change.is_none]
    rows = [_row(reach, affected) for reach in experiences]
    rows += list(_sets(affected))
    lines = []
    if plan.core.moves and affected.audience.experiences and affected.audience.changes_no_experience:
        lines.append("Changes none of the declared experiences.")
    if rows:
        lines.append(table(("who has", "now", "then", "people then", ""), rows[:_MOST]))
    lines += _meanings(experiences, affected)
    if not lines:
        return Part.of("")
    summary = "Who is affected"
    body = "\n\n".join([paragraph(sample(affected.audience)), *lines])
    return Part("who is affected", (Form(details(summary, body), Yields.AUDIENCE), Form("")))


def _row(reach: Reach, affected: Affected) -> tuple[str, ...]:
    assert reach.change is not None
    title = affected.titles.get(str(reach.address), "")
    label = prose(title, most=120) if title else code(reach.address)
    change = reach.change
    parts = [
        f"{sign}{number(share) or percent(share)}"
        for sign, share in (("+", change.gained), ("-", change.lost))
        if share.count
    ]
    return (label, *_shares(change.before, change.after), ", ".join(filter(None, [*parts, people_remark(reach)])))


def _shares(before: Share, after: Share) -> tuple[str, str, str]:
    return prose(percent(before)), prose(percent(after)), number(after)


def _sets(affected: Affected) -> Iterator[tuple[str, ...]]:
    """Unions, never sums."""
    for group in alike_sets(affected.audience.sets):
        item = group[0]
        if item.before is None or item.after is None or item.before == item.after:
            continue
        some, all_ = (item.before.at_least_one, item.after.at_least_one), (item.before.all, item.after.all)
        yield (f"at least one of {prose(item.name, most=120)}", *_shares(*some), "")
        yield (f"all of {prose(item.name, most=120)}", *_shares(*all_), "")


def _meanings(reaches: list[Reach], affected: Affected) -> Iterator[str]:
    """What on and off mean to each kind of person, once a product."""
    seen: set[str] = set()
    for reach in reaches:
        product = str(reach.product)
        if product in seen or not reach.segments:
            continue
        seen.add(product)
        rows = [(prose(one.name, most=80), prose(one.on, most=200), prose(one.off, most=200)) for one in reach.segments]
        title = prose(affected.titles.get(product, product), most=120)
        yield f"What it means in {title}:\n\n{table(('people', 'on', 'off'), rows)}"
