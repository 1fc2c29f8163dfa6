"""The section of a plan that explains what it does not do: why, why it matters, the ways out.

Changes that one place in the configuration stops in the same way are explained once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from flagstaff.model.evidence import Verdict
from flagstaff.plan.check import Check
from flagstaff.plan.plan import Action, Change, Plan, Status
from flagstaff.plan.stages.overview import refused_stages
from flagstaff.views.diagnostics import Sources
from flagstaff.views.look import Page, Piece
from flagstaff.views.snippet import add_snippet
from flagstaff.views.words import compact, exposure

# More changes than this that one place stops are explained once, though the numbers differ.
MOST_ALIKE: Final = 3
# More groups than this that the same checks stop: the first few in full, the others with what was found.
_MOST_IN_FULL: Final = 6
_IN_FULL: Final = 3

_RAISES = frozenset({Action.RAISE, Action.CREATE, Action.SWITCH_ON})


def add_refused(page: Page, plan: Plan, sources: Sources) -> None:
    """What is blocked, then what waits for a person and has no move yet."""
    moved = {move.address for move in plan.core.moves} | {record.address for record in plan.core.records}
    waiting = [
        change for change in plan.observed.changes if change.status is Status.PENDING and change.address not in moved
    ]
    for changes in (sorted(plan.blocked, key=_by_address), sorted(waiting, key=_by_address)):
        kept: dict[tuple[str, ...], list[list[Change]]] = {}
        for group in alike(changes):
            kept.setdefault(tuple(check.summary for check in stopping(group[0])), []).append(group)
        for groups in kept.values():
            full = groups if len(groups) <= _MOST_IN_FULL else groups[:_IN_FULL]
            for group in full:
                _add_group(page, group, sources)
            _add_brief(page, groups[len(full) :])


def _add_group(page: Page, group: Sequence[Change], sources: Sources) -> None:
    _add_change(page, group[0], sources)
    if len(group) > 1:
        others = compact(change.address for change in group[1:])
        page.blank()
        which = "1 other" if len(group) == 2 else f"{len(group) - 1} others"
        page.paragraph(f"The same holds for {which}: {others}", indent=2, most=0)


def _add_brief(page: Page, groups: Sequence[Sequence[Change]]) -> None:
    """Of many that are stopped by the same checks: which, what was found, and where."""
    if not groups:
        return
    checks, symbols = stopping(groups[0][0]), page.look.symbols
    bad = any(check.verdict is Verdict.FAIL for check in checks)
    lead = Piece(f"{symbols.bad if bad else symbols.ask} ", "bad" if bad else "warn")
    summaries = ", ".join(dict.fromkeys(check.summary for check in checks))
    page.blank()
    page.paragraph(f"{summaries} ({sum(map(len, groups))} more)", lead=lead, style="strong")
    for group in groups:
        for change in group:
            stops = stopping(change)
            places = ", ".join(dict.fromkeys(str(check.range) for check in stops if check.range))
            page.line(f"{change.address} {stays(change)}", Piece(f"   {places}" if places else "", "dim"), indent=4)
            for check in stops:
                page.paragraph(check.detail or check.summary, indent=6)


def waiting_changes(plan: Plan) -> tuple[Change, ...]:
    """Everything that waits for a person, with or without a move."""
    return tuple(change for change in plan.observed.changes if change.status is Status.PENDING)


def verdict_line(page: Page, plan: Plan) -> None:
    """The first line of a plan that does not do all that was asked."""
    blocked, waiting = plan.blocked, waiting_changes(plan)
    if not blocked and not waiting:
        _refused_line(page, len(refused_stages(plan)))
        return
    done = {move.address for move in plan.core.moves} | {record.address for record in plan.core.records}
    free = len(done - {change.address for change in waiting})
    parts = []
    if waiting and blocked:
        parts.append(f"{len(waiting)} {'waits' if len(waiting) == 1 else 'wait'} for a person")
    if free:
        parts.append(f"{free} other {'change' if free == 1 else 'changes'} can be applied")
    elif not waiting:
        parts.append("nothing else would change")
    if refused := len(refused_stages(plan)):
        parts.append(f"{refused} {'stage' if refused == 1 else 'stages'} may not begin yet")
    rest = "".join(f"; {part}" for part in parts)
    symbols = page.look.symbols
    if blocked:
        what = _count(blocked, "is blocked", "are blocked")
        page.paragraph(f"{what}{rest}.", lead=Piece(f"{symbols.bad} ", "bad"), style="strong")
    else:
        what = _count(waiting, "waits for a person", "wait for a person")
        page.paragraph(f"{what}{rest}.", lead=Piece(f"{symbols.ask} ", "warn"), style="strong")


def _refused_line(page: Page, stages: int) -> None:
    if stages:
        text = "1 stage may not begin yet." if stages == 1 else f"{stages} stages may not begin yet."
        page.paragraph(text, lead=Piece(f"{page.look.symbols.bad} ", "bad"), style="strong")


def _count(changes: Sequence[Change], one: str, many: str) -> str:
    """`1 raise is blocked`, `3 changes are blocked`."""
    actions = {change.action for change in changes}
    noun = "raise" if actions <= _RAISES else "lower" if actions == {Action.LOWER} else "change"
    return f"1 {noun} {one}" if len(changes) == 1 else f"{len(changes)} {noun}s {many}"


def _by_address(change: Change) -> tuple[str, str, int, int, str]:
    return change.address.sort_key


def alike(changes: Sequence[Change]) -> list[list[Change]]:
    """Groups in order: what reads the same, and what one place stops so often that it need not."""
    groups: dict[tuple[object, ...], list[Change]] = {}
    for change in changes:
        stops = tuple(
            (check.name, check.verdict, check.summary, check.range or check.detail) for check in stopping(change)
        )
        groups.setdefault((stays(change), change.notes, stops), []).append(change)
    made: list[list[Change]] = []
    for group in groups.values():
        texts = {tuple((check.detail, check.label) for check in stopping(change)) for change in group}
        joined = len(texts) == 1 or len(group) > MOST_ALIKE
        made.extend([group] if joined else [[change] for change in group])
    return made


def stopping(change: Change) -> tuple[Check, ...]:
    return tuple(check for check in change.checks if check.verdict is not Verdict.PASS)


def _add_change(page: Page, change: Change, sources: Sources) -> None:
    for number, checks in enumerate(kinds(stopping(change))):
        about = f"{change.address}, too" if number else f"{change.address} {stays(change)}"
        add_stops(page, checks, about, sources)
    for note in change.notes:
        page.paragraph(note, indent=2)


def kinds(checks: Sequence[Check], most: int = 1) -> list[list[Check]]:
    """More than `most` that say the same of blockers or monitors are one group."""
    groups: dict[tuple[object, ...], list[Check]] = {}
    for check in checks:
        key = (check.name, check.verdict, check.summary, check.of is not None, check.waived)
        groups.setdefault(key, []).append(check)
    found: list[list[Check]] = []
    for group in groups.values():
        found += [group] if len(group) > most and group[0].of is not None else [[check] for check in group]
    return found


def verdict_word(check: Check) -> str:
    """Behind the summary, where that doesn't say it."""
    clear = check.verdict in {Verdict.FAIL, Verdict.PENDING} or check.verdict.value in check.summary
    return "" if clear else f" ({check.verdict.value})"


def add_stops(page: Page, checks: Sequence[Check], about: str, sources: Sources) -> None:
    """What keeps `about` from going: one check in full, or many of a kind as rows."""
    first, symbols = checks[0], page.look.symbols
    bad = first.verdict is Verdict.FAIL
    lead = Piece(f"{symbols.bad if bad else symbols.ask} ", "bad" if bad else "warn")
    word = verdict_word(first)
    many = f" ({len(checks)})" if len(checks) > 1 else ""
    page.blank()
    page.paragraph(f"{first.summary}{word}{many}: {about}", lead=lead, style="strong")
    if len(checks) == 1:
        add_reason(page, first, sources)
        return
    for check in checks:
        page.paragraph(check.detail or f"{check.of}", indent=4, lead=Piece("- "))
        place = f"{check.range}: " if check.range else ""
        if place or check.label:
            page.paragraph(f"{place}{check.label}".removesuffix(": "), indent=6, style="dim")
    _add_ways_out(page, tuple(dict.fromkeys(way for check in checks for way in check.ways_out)))


def stays(change: Change) -> str:
    """What becomes of a change that does not go."""
    wait = change.status is Status.PENDING
    match change.action:
        case Action.ADOPT:
            return "waits to be adopted" if wait else "is not adopted"
        case Action.FORGET:
            return "waits to be forgotten" if wait else "is not forgotten"
        case Action.DELETE:
            return "waits to be deleted" if wait else "is not deleted"
        case Action.CREATE:
            return "waits to be created" if wait else "is not created"
        case _ if change.before is None:
            return "waits" if wait else "is not raised"
        case _:
            return f"{'waits' if wait else 'stays'} at {exposure(change.before)}"


def add_reason(page: Page, check: Check, sources: Sources) -> None:
    """What was found, where, why it matters, and the ways out."""
    if check.detail:
        page.paragraph(check.detail, indent=2)
    source = sources.get(check.range.filename) if check.range else None
    if check.range and source:
        page.blank()
        page.line(Piece(str(check.range), "dim"), indent=4)
        add_snippet(page, source, check.range, label=check.label, indent=4, around=(2, 1))
    elif check.range or check.label:
        place = str(check.range) if check.range else ""
        page.paragraph(": ".join(text for text in (place, check.label) if text), indent=4)
    if check.why:
        page.blank()
        page.paragraph(f"Why it matters: {check.why}", indent=2)
    _add_ways_out(page, check.ways_out)


def _add_ways_out(page: Page, ways: Sequence[str]) -> None:
    if ways:
        page.blank()
        page.line(Piece("Ways out" if len(ways) > 1 else "Way out", "strong"), indent=2)
        for number, way in enumerate(ways, 1):
            page.paragraph(way, indent=4, lead=Piece(f"{number}. "))
