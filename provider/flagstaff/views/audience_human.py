"""Where everybody is, as text with bars: now, or now and then."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from flagstaff.audience.results import Breach, Reach
from flagstaff.plan.people.affected import Affected
from flagstaff.plan.people.figures import number, people, percent
from flagstaff.views.audience_table import Row, alike_sets, change_row, people_remark, sample, set_rows, with_error
from flagstaff.views.look import ASCII, Look, Page, Piece, cells
from flagstaff.views.plan_audience import advice_text
from flagstaff.views.words import compact

# Who keeps it, who is new, who loses it, and nobody.
_BLOCKS: Final = ("█", "▓", "░", "·")
_PLAIN: Final = ("#", "+", "-", ".")
_WIDEST: Final = 40
_NUMBERS: Final = 44


def audience_page(affected: Affected, look: Look, *, what_if: bool) -> Page:
    """`what_if`: something is set, so that there is a then."""
    page, audience = Page(look), affected.audience
    title = "Who would be affected" if what_if else "Where everybody is now"
    page.paragraph(f"{title} ({sample(audience)})", style="strong")
    if what_if:
        keep, new, lost, _ = _signs(look)
        page.paragraph(f"Key: {keep} have it and keep it, {new} new, {lost} lost", style="dim")
    for head, reaches in (("Experiences", audience.experiences), ("Toggles", audience.toggles)):
        _add_reaches(page, head, reaches, affected, what_if=what_if)
    _add_sets(page, affected, what_if=what_if)
    _add_breaches(page, audience.requirements, what_if=what_if)
    if what_if and audience.experiences and audience.changes_no_experience:
        page.blank()
        page.paragraph("Changes none of the declared experiences.")
    for advice in affected.advice:
        page.blank()
        page.paragraph(advice_text(advice), lead=Piece("Advice: ", "strong"))
    return page


def _is_up(reach: Reach) -> bool:
    return reach.change is None or bool(reach.change.before.count or reach.change.after.count)


def _changes(reach: Reach) -> bool:
    return reach.change is None or not reach.change.is_none


def _add_reaches(page: Page, head: str, reaches: Sequence[Reach], affected: Affected, *, what_if: bool) -> None:
    """Those that are of interest, each with a bar; the others by name."""
    interesting = _changes if what_if else _is_up
    shown = [reach for reach in reaches if affected.full or interesting(reach)]
    if reaches:
        page.blank()
        page.line(Piece(head, "strong"))
    for reach in shown:
        title = affected.titles.get(str(reach.address), "") or str(reach.address)
        label = title if reach.address.kind == "experience" else str(reach.address)
        if reach.change is None:
            page.paragraph(label, indent=2)
            page.paragraph(f"nobody can say: {', '.join(reach.unknown)} is open in a way that no share says", indent=4)
            continue
        remark = people_remark(reach) if reach.address.kind == "toggle" else ""
        rows = [change_row(label, reach.change, remark)]
        if affected.full:
            rows += [change_row(segment.name, segment.change, indent=4) for segment in reach.segments]
        _add_bars(page, rows, what_if=what_if, full=affected.full)
    if len(shown) < len(reaches):
        rest = compact(reach.address for reach in reaches if reach not in shown)
        page.paragraph(f"{'as they are' if what_if else 'nobody has'}: {rest}", indent=2, style="dim", most=0)


def _add_sets(page: Page, affected: Affected, *, what_if: bool) -> None:
    for group in alike_sets(affected.audience.sets):
        rows = set_rows(group[0], full=affected.full)
        page.blank()
        for item in group:
            page.paragraph(item.name, style="strong")
            page.paragraph(compact(item.members), indent=2, style="dim", most=0)
        if not rows:
            page.paragraph(f"nobody can say: {', '.join(group[0].unknown)}", indent=4)
        _add_bars(page, rows, what_if=what_if, full=affected.full)


def _add_bars(page: Page, rows: Iterable[Row], *, what_if: bool, full: bool) -> None:
    for row in rows:
        page.paragraph(row.label, indent=row.indent)
        indent, numbers = row.indent + 2, _numbers(page.look, row, what_if=what_if, full=full)
        width = max(10, min(_WIDEST, page.look.width - _NUMBERS - indent))
        bar = Piece(_bar(page.look, row, width))
        if indent + width + 2 + cells(numbers) <= page.look.width:
            page.line(bar, f"  {numbers}", indent=indent)
        else:
            page.line(bar, indent=indent)
            page.paragraph(numbers, indent=indent)


def _bar(look: Look, row: Row, width: int) -> str:
    """Somebody is never nobody: what there is has one cell at least."""
    keep, new, lost, none = _signs(look)
    then = row.then.part if row.then else 0.0
    now = row.now.part if row.now else then
    gained = row.gained.part if row.gained else max(0.0, then - now)
    gone = row.lost.part if row.lost else max(0.0, now - then)
    kept = max(0.0, then - gained)
    lengths = [_cells(part, width) for part in (kept, gained, gone)]
    # Rounding up must not make a bar longer than all people.
    while sum(lengths) > width:
        lengths[lengths.index(max(lengths))] -= 1
    drawn = "".join(sign * length for sign, length in zip((keep, new, lost), lengths, strict=True))
    return drawn + none * (width - len(drawn))


def _cells(part: float, width: int) -> int:
    return max(1, round(part * width)) if part > 0 else 0


def _signs(look: Look) -> tuple[str, str, str, str]:
    return _PLAIN if look.symbols is ASCII else _BLOCKS


def _numbers(look: Look, row: Row, *, what_if: bool, full: bool) -> str:
    assert row.then is not None
    share = with_error(row.then, look) if full else percent(row.then)
    text = f"{percent(row.now)} -> {share}" if what_if and row.now is not None else share
    found = number(row.then)
    parts = [text, *([f"{found} people"] if found else []), *([row.remark] if what_if and row.remark else [])]
    return ", ".join(parts)


def _add_breaches(page: Page, breaches: Sequence[Breach], *, what_if: bool) -> None:
    shown = [
        breach
        for breach in breaches
        if any(share is None or share.count for share in breach.lacking) or any(breach.testers)
    ]
    if not shown:
        return
    page.blank()
    page.line(Piece("Without what it requires", "strong"))
    for breach in shown:
        now, then = (_lacking(breach, moment) for moment in (0, -1))
        text = f"now {now}; then {then}" if what_if else now
        page.paragraph(f"{breach.child} without {breach.parent}: {text}", indent=2)


def _lacking(breach: Breach, moment: int) -> str:
    share, having, testers = breach.lacking[moment], breach.having[moment], breach.testers[moment]
    if share is None or having is None:
        return "nobody can say"
    text = "nobody" if not share.count else f"{percent(share)} of people{people(share)}"
    if share.count and having.count:
        text += f", {share.count / having.count * 100:.1f} % of those who have it"
    return f"{text}; testers: {testers:,}" if testers else text
