"""The sections of a plan around its changes: what restrains it, what was found, what is left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from flagstaff.addresses import Address
from flagstaff.model.configuration import OpenDecision
from flagstaff.plan.plan import Broken, Drift, DriftKind, GuardChange, Plan
from flagstaff.views.look import Page, Piece, cells, pad
from flagstaff.views.words import compact, count, exposure

_KINDS: Final = {
    DriftKind.ABOVE: "raised",
    DriftKind.BELOW: "turned down",
    DriftKind.OTHER: "opened in another way",
    DriftKind.GONE: "gone",
}
# More drift than this of one kind and consequence is said once.
_MOST_ALIKE: Final = 12


def add_guard_changes(page: Page, changes: Sequence[GuardChange]) -> None:
    """First of all: whoever agrees to a plan must see what would restrain the next one less."""
    if not changes:
        return
    page.blank()
    page.line(Piece(f"Guard changes ({len(changes)})", "strong"))
    for change in changes:
        asks = change.loosens and change.role is not None
        lead = Piece(f"{page.look.symbols.ask if asks else '~'} ", "warn" if change.loosens else "")
        place = f" ({change.range})" if change.range else ""
        page.paragraph(f"{change.guard} {change.subject}{place}", indent=2, lead=lead)
        page.paragraph(f"{change.before or 'none'} -> {change.after or 'none'}", indent=4)
        page.paragraph(_effect(change), indent=4)


def _effect(change: GuardChange) -> str:
    if not change.loosens:
        return "tightens or only changes it: needs nobody"
    if change.role is None:
        return "loosens it; no role was recorded for it, so nobody is asked"
    return f"loosens it: needs {change.role}, as recorded by the last apply"


def add_broken(page: Page, broken: Sequence[Broken]) -> None:
    if not broken:
        return
    page.blank()
    page.line(Piece(f"Requirements that do not hold now ({len(broken)})", "strong"))
    for item in broken:
        text = (
            f"{item.child} is at {exposure(item.child_live)} while {item.parent} is at {exposure(item.parent_live)}; "
            f"it requires {item.at_least}"
        )
        place = f" ({item.range})" if item.range else ""
        page.paragraph(f"{text}{place}", indent=2, lead=Piece(f"{page.look.symbols.bad} ", "bad"))
        if item.reason:
            page.paragraph(item.reason, indent=4)
        page.paragraph("This plan repairs it." if item.repaired else "This plan does not repair it.", indent=4)


def add_drift(page: Page, plan: Plan) -> None:
    _add_expected(page, [item.address for item in plan.observed.drift if item.expected])
    drift = [item for item in plan.observed.drift if not item.expected]
    if not drift:
        return
    page.blank()
    page.line(Piece(f"Drift: {count(len(drift), 'toggle')} changed outside of Flagstaff", "strong"))
    groups: dict[tuple[object, ...], list[Drift]] = {}
    for item in drift:
        alike = (item.kind, exposure(item.live), item.recorded, item.consequence, _behind(item))
        groups.setdefault(alike, []).append(item)
    for group in groups.values():
        if len(group) > _MOST_ALIKE:
            _add_drift(page, count(len(group), "toggle"), group[0])
            page.paragraph(compact(item.address for item in group), indent=4)
        else:
            for item in group:
                _add_drift(page, str(item.address), item)


def _add_drift(page: Page, who: str, item: Drift) -> None:
    live = "" if item.kind is DriftKind.GONE else f": live {exposure(item.live)}"
    sign = {DriftKind.ABOVE: page.look.symbols.up, DriftKind.BELOW: page.look.symbols.down}.get(item.kind, "!")
    text = f"{who} {_KINDS[item.kind]}{live}, last applied {item.recorded}"
    page.paragraph(text, indent=2, lead=Piece(f"{sign} ", "warn"))
    if behind := _behind(item):
        page.paragraph(behind, indent=4)
    if item.consequence:
        page.paragraph(item.consequence, indent=4)


def _add_expected(page: Page, addresses: Sequence[Address]) -> None:
    if addresses:
        page.blank()
        page.paragraph(f"Expected drift ({len(addresses)}): {compact(addresses)}", style="dim")


def _behind(item: Drift) -> str:
    """`percentage_of_actors 5 -> 25; 2 testers more; likely ...`, as far as it is known."""
    parts = [f"{gate.gate} {gate.before} -> {gate.after}" for gate in item.gates]
    if item.testers:
        parts.append(f"{count(abs(item.testers), 'tester')} {'more' if item.testers > 0 else 'fewer'}")
    return "; ".join([*parts, item.cause] if item.cause else parts)


def add_open_decisions(page: Page, decisions: Sequence[OpenDecision]) -> None:
    if not decisions:
        return
    page.blank()
    page.line(Piece(f"Open decisions ({len(decisions)})", "strong"))
    texts = [page.look.clean(decision.why) for decision in decisions]
    places = [str(decision.range) if decision.range else "" for decision in decisions]
    column = max(map(cells, texts))
    beside = 2 + column + 3 + max(map(cells, places)) <= page.look.width
    for text, place in zip(texts, places, strict=True):
        if beside:
            page.line(pad(text, column) + "   ", Piece(place, "dim"), indent=2)
        else:
            page.paragraph(f"{text} ({place})" if place else text, indent=2)


def add_left_out(page: Page, plan: Plan) -> None:
    left = plan.observed.left_out
    if left:
        page.blank()
        page.paragraph(f"Left out by -target or -exclude ({len(left)}): {compact(left)}")
