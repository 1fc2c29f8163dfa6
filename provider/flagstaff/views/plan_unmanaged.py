"""The section of a plan that `-unmanaged` asks for: live toggles that nothing mentions, by how their keys begin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from flagstaff.config.grouping import Group, groups
from flagstaff.model.exposure import Exposure
from flagstaff.plan.plan import Plan, Unmanaged
from flagstaff.views.look import Page, Piece, column, pad
from flagstaff.views.words import count, exposure, span

# More than this are counted by group; each of them stands in the JSON.
_MOST_LISTED: Final = 40
# So many different exposures of a group are named; the others are counted.
_MOST_EXPOSURES: Final = 4
# Room for what is said of a key, or of a group of them.
_FACTS: Final = 36


def add_unmanaged(page: Page, plan: Plan) -> None:
    found = plan.observed.unmanaged
    if found is None:
        return
    page.blank()
    if not found:
        page.line(Piece("Unmanaged: every live toggle is mentioned", "strong"))
        return
    page.line(Piece(f"Unmanaged: {count(len(found), 'live toggle')} that nothing mentions", "strong"))
    items = {item.key: item for item in found}
    parts = groups(items)
    if len(found) <= _MOST_LISTED:
        _add_each(page, parts, items, plan.observed.read_at)
    else:
        _add_groups(page, parts, items)
        page.paragraph("A plan saved with -out lists each of them: `flagstaff show -json FILE`.", indent=2, style="dim")
    page.paragraph("`flagstaff init -from-live` writes blocks for them.", indent=2, style="dim")


def _add_each(page: Page, parts: Sequence[Group], items: Mapping[str, Unmanaged], now: datetime) -> None:
    several = len(parts) > 1
    width = column(page.look, items, _FACTS)
    for group in parts:
        if several:
            page.line(Piece(_title(group), "dim"), indent=2)
        for key in group.keys:
            name = pad(page.look.clean(key), width)
            page.line(f"{name}  {_facts(items[key], now)}", indent=4 if several else 2)


def _facts(item: Unmanaged, now: datetime) -> str:
    parts = [exposure(item.live)]
    if item.testers:
        parts.append(count(item.testers, "tester"))
    if item.changed_at is not None:
        parts.append(f"last written {span(max(0.0, (now - item.changed_at).total_seconds()))} ago")
    return ", ".join(parts)


def _add_groups(page: Page, parts: Sequence[Group], items: Mapping[str, Unmanaged]) -> None:
    titles = [page.look.clean(_title(group)) for group in parts]
    width = column(page.look, titles, _FACTS)
    for group, title in zip(parts, titles, strict=True):
        members = [items[key] for key in group.keys]
        lead = Piece(f"{pad(title, width)}  {len(members):>5,}  ")
        page.paragraph(_summary(members), indent=2, lead=lead)


def _title(group: Group) -> str:
    return f"{group.prefix}..." if group.prefix else "others"


def _summary(members: Iterable[Unmanaged]) -> str:
    """`30 at 0 %, 8 on, 2 at 5 %, 3 at other values, 1 other; 14 testers`: the most frequent first."""
    members = tuple(members)
    levels = Counter(item.live for item in members if isinstance(item.live, Exposure))
    ranked = sorted(levels.items(), key=lambda pair: (-pair[1], pair[0].level))
    named = [f"{number:,} {'on' if level.is_on else f'at {level}'}" for level, number in ranked[:_MOST_EXPOSURES]]
    rest = sum(number for _, number in ranked[_MOST_EXPOSURES:])
    other = len(members) - levels.total()
    named += [f"{rest:,} at other values"] if rest else []
    named += [f"{other:,} open in another way"] if other else []
    testers = sum(item.testers for item in members)
    return ", ".join(named) + (f"; {count(testers, 'tester')}" if testers else "")
