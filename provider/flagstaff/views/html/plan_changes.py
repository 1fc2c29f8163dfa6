"""What a plan changes: a table for each product, what only the state takes in, and the order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from flagstaff.addresses import Address
from flagstaff.audience.results import Change as Reached
from flagstaff.model.evidence import Verdict
from flagstaff.plan.people.figures import number, percent
from flagstaff.plan.plan import Action, Change, Move, Plan
from flagstaff.views.look import UNICODE, Look
from flagstaff.views.plan_changes import record_text, sign_of
from flagstaff.views.plan_human import PlanView
from flagstaff.views.report.inline import NONE, Code, Line, Strong, joined, line
from flagstaff.views.report.model import Bullets, Section, Table
from flagstaff.views.words import compact, count, exposure

_LOOK = Look(symbols=UNICODE)


def title_of(plan: Plan, address: Address) -> str:
    """As the configuration calls it; else its address."""
    kinds: Mapping[str, Mapping[str, object]] = plan.observed.applied.get(f"{address.kind}s", {})
    known = kinds.get(str(address))
    return str(known.get("title") or address) if isinstance(known, Mapping) else str(address)


def named(plan: Plan, address: Address) -> Line:
    """Its title and its address, or the address alone."""
    title = title_of(plan, address)
    return line(Code(str(address))) if title == str(address) else line(Strong(title), " ", Code(str(address)))


def changes(plan: Plan) -> Section | None:
    moves = {move.address: move for move in plan.core.moves}
    if not moves:
        return None
    products: dict[Address | None, list[Change]] = {}
    for change in sorted(plan.observed.changes, key=lambda change: change.address):
        if change.address in moves:
            products.setdefault(change.product, []).append(change)
    reached = _reached(plan)
    tables = []
    for product, found in sorted(products.items(), key=lambda item: (item[0] is None, str(item[0]))):
        rows = tuple(_row(plan, change, moves[change.address], reached.get(change.address)) for change in found)
        title = "No product" if product is None else plan.observed.products.get(str(product)) or product.name
        tables.append(Table(("Toggle", "Now", "Then", "People", "Key", "Remarks"), rows, title))
    return Section(f"Changes ({len(moves)})", tuple(tables))


def _reached(plan: Plan) -> Mapping[Address, Reached | None]:
    affected = plan.observed.affected
    return {reach.address: reach.change for reach in affected.audience.toggles} if affected else {}


def _row(plan: Plan, change: Change, move: Move, reached: Reached | None) -> tuple[Line, ...]:
    before = None if move.action is Action.CREATE else move.before
    after = None if move.action is Action.DELETE else move.after
    return (
        named(plan, change.address),
        line(exposure(before)),
        line(Strong(f"{sign_of(_LOOK, move.action)} {exposure(after)}")),
        line(_people(reached)) or NONE,
        line(Code(change.key)),
        joined([*_remarks(change, move)], ". ") or NONE,
    )


def _people(reached: Reached | None) -> str:
    if reached is None:
        return ""
    signs = (("+", reached.gained), ("-", reached.lost))
    return " ".join(f"{sign}{number(share) or percent(share)}" for sign, share in signs if share.count)


def _remarks(change: Change, move: Move) -> Iterator[Line]:
    for check in change.checks:
        if check.verdict is Verdict.PENDING:
            yield line(Strong(f"? {check.summary}"), f": {check.detail.removesuffix('.')}" if check.detail else "")
    if move.stage is not None:
        yield line(f'Stage "{move.stage.name}" of {move.stage.rollout}')
    if change.testers and move.action is not Action.DELETE:
        yield line(f"{count(change.testers, 'trusted tester')} kept")
    yield from (line(note.removesuffix(".")) for note in change.notes)


def records(plan: Plan) -> Section | None:
    """What the store does not notice; what reads the same, together."""
    moved = {move.address for move in plan.core.moves}
    known = {change.address: change for change in plan.observed.changes}
    alike: dict[str, list[Address]] = {}
    for record in plan.core.records:
        if record.address not in moved:
            alike.setdefault(record_text(known[record.address], record), []).append(record.address)
    if not alike:
        return None
    items = tuple(line(Strong(compact(addresses)), f": {text}") for text, addresses in alike.items())
    return Section("Changes of the state only", (Bullets(items),))


def order(view: PlanView) -> Section | None:
    if len(view.batches) < 2:
        return None
    items = tuple(line(compact(sorted(move.address for move in batch))) for batch in view.batches)
    return Section(f"Order: {len(items)} batches, one after another", (Bullets(items, ordered=True),))


def subjects(plan: Plan, addresses: Sequence[Address]) -> str:
    """A heading for what several toggles share."""
    return title_of(plan, addresses[0]) if len(addresses) == 1 else count(len(addresses), "toggle")
