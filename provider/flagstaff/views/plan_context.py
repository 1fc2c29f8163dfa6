"""The sections of a plan around its changes: what restrains it, what was found, what is left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from flagstaff.addresses import Address
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.evidence import Verdict
from flagstaff.plan.plan import Broken, Drift, DriftKind, GuardChange, Plan
from flagstaff.plan.stages.overview import refused_stages
from flagstaff.views.look import READING, Page, Piece, cells, pad
from flagstaff.views.words import compact, count, exposure

KINDS: Final = {
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
        page.paragraph(effect(change), indent=4)


def effect(change: GuardChange) -> str:
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
        alike = (item.kind, exposure(item.live), item.recorded, item.consequence, drift_cause(item))
        groups.setdefault(alike, []).append(item)
    for group in groups.values():
        if len(group) > _MOST_ALIKE:
            _add_drift(page, count(len(group), "toggle"), group[0])
            page.paragraph(compact(item.address for item in group), indent=4, most=0)
        else:
            for item in group:
                _add_drift(page, str(item.address), item)


def _add_drift(page: Page, who: str, item: Drift) -> None:
    live = "" if item.kind is DriftKind.GONE else f": live {exposure(item.live)}"
    sign = {DriftKind.ABOVE: page.look.symbols.up, DriftKind.BELOW: page.look.symbols.down}.get(item.kind, "!")
    text = f"{who} {KINDS[item.kind]}{live}, last applied {item.recorded}"
    page.paragraph(text, indent=2, lead=Piece(f"{sign} ", "warn"))
    if text := drift_cause(item):
        page.paragraph(text, indent=4)
    if item.consequence:
        page.paragraph(item.consequence, indent=4)


def _add_expected(page: Page, addresses: Sequence[Address]) -> None:
    if addresses:
        page.blank()
        page.paragraph(f"Expected drift ({len(addresses)}): {compact(addresses)}", style="dim", most=0)


def drift_cause(item: Drift) -> str:
    """`percentage_of_actors 5 -> 25; 2 testers more; likely ...`, as far as it is known."""
    parts = [f"{gate.gate} {gate.before} -> {gate.after}" for gate in item.gates]
    if item.testers:
        parts.append(f"{count(abs(item.testers), 'tester')} {'more' if item.testers > 0 else 'fewer'}")
    return "; ".join([*parts, item.cause] if item.cause else parts)


def add_open_decisions(page: Page, plan: Plan) -> None:
    """What nobody has chosen yet: where, whose it is, and whether this plan waits for it; what it waits for first."""
    decisions = plan.observed.open_decisions
    if not decisions:
        return
    page.blank()
    stops = _stopping(plan)
    page.line(Piece(f"Open decisions ({len(decisions)}{_blocking(plan, sum(map(stops, decisions)))})", "strong"))
    rows = [(decision, *_where(decision)) for decision in sorted(decisions, key=stops, reverse=True)]
    room = min(page.look.width, READING)
    texts = [cells(page.look.clean(decision.why)) for decision, _, _ in rows]
    places = [cells(where) for _, where, _ in rows]
    behind = max(places) + 3 + max(cells(owner) for _, _, owner in rows)
    beside = max(texts) <= room and 4 + max(texts) + 3 + behind <= page.look.width
    for decision, where, owner in rows:
        lead = Piece(f"{page.look.symbols.ask} ", "warn") if stops(decision) else Piece("- ")
        if beside:
            text = pad(page.look.clean(decision.why), max(texts))
            page.line(lead, f"{text}   ", Piece(f"{pad(where, max(places))}   {owner}", "dim"), indent=2)
        else:
            _add_decision(page, lead, decision.why, ", ".join(filter(None, (where, owner))))


def _add_decision(page: Page, lead: Piece, text: str, rest: str) -> None:
    """Where it is and whose stay on one line: behind the text, if there is room."""
    page.paragraph(text, indent=2, lead=lead)
    last = page.lines[-1]
    if rest and sum(cells(piece.text) for piece in last) + 3 + cells(page.look.clean(rest)) <= page.look.width:
        page.lines[-1] = (*last, Piece(f"   {page.look.clean(rest)}", "dim"))
    elif rest:
        page.paragraph(rest, indent=2 + cells(lead.text), style="dim")


def _where(decision: OpenDecision) -> tuple[str, str]:
    place = str(decision.range) if decision.range else decision.place
    return place, f"owner: {decision.owner}" if decision.owner else ""


def _stopping(plan: Plan) -> Callable[[OpenDecision], bool]:
    """Whether this plan waits for a decision."""
    checks = [c for change in plan.blocked for c in change.checks]
    checks += [c for view in refused_stages(plan) for c in view.checks]
    undecided = [check for check in checks if check.verdict is Verdict.UNDECIDED]
    ranges, places = {check.range for check in undecided}, {str(check.of) for check in undecided if check.of}
    return lambda one: one.range in ranges or one.place in places


def _blocking(plan: Plan, number: int) -> str:
    """How many of them this plan waits for; nothing where there are no stages that could."""
    if not plan.observed.rollouts:
        return ""
    if not number:
        return ", none blocks this plan"
    return f", {number} {'blocks' if number == 1 else 'block'} this plan"


def add_left_out(page: Page, plan: Plan) -> None:
    left = plan.observed.left_out
    if left:
        page.blank()
        page.paragraph(f"Left out by -target or -exclude ({len(left)}): {compact(left)}", most=0)
