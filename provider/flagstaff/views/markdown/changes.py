"""What would change: a table for each product, with before, after and people; then what only the state takes in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from flagstaff.addresses import Address
from flagstaff.audience.results import Change as Reached
from flagstaff.audience.results import Share
from flagstaff.model.evidence import Verdict
from flagstaff.model.rollout import StageName
from flagstaff.plan.people.figures import number, percent
from flagstaff.plan.plan import Action, Change, Move, Plan, RecordChange
from flagstaff.views.markdown.parts import Form, Part, Yields
from flagstaff.views.markdown.text import bullets, code, details, heading, names, place, prose, table
from flagstaff.views.verdict import UPS
from flagstaff.views.words import count, exposure, level

_WORDS = {Action.CREATE: "+ create", Action.DELETE: "- delete"}
# A toggle's name and key in a table; longer ones are cut.
_CELL = 90


@dataclass(frozen=True, slots=True)
class _Row:
    move: Move
    change: Change
    people: str

    @property
    def word(self) -> str:
        action = self.move.action
        return _WORDS.get(action) or ("▲ up" if action in UPS else "▼ down")

    @property
    def before(self) -> str:
        return "none" if self.move.action is Action.CREATE else level(self.move.before)

    @property
    def after(self) -> str:
        return exposure(None if self.move.action is Action.DELETE else self.move.after)

    @property
    def waits(self) -> bool:
        return any(check.verdict is Verdict.PENDING for check in self.change.checks)


def changes_part(plan: Plan, directory: str) -> Part:
    rows = _rows(plan)
    if not rows:
        return Part.of("")
    products: dict[Address | None, list[_Row]] = {}
    for row in rows:
        products.setdefault(row.change.product, []).append(row)
    ordered = sorted(products.items(), key=lambda item: (item[0] is None, str(item[0])))
    titles = plan.observed.products

    def whole(*, keys: bool) -> str:
        parts = [
            f"{_title(product, titles)}\n\n{_product(plan, members, directory, keys=keys)}"
            for product, members in ordered
        ]
        return "\n\n".join(parts)

    return Part(
        "changes",
        (
            Form(whole(keys=True), Yields.CHANGES_KEYS),
            Form(whole(keys=False), Yields.CHANGES_EACH),
            Form("\n\n".join(_brief(product, titles, members) for product, members in ordered), Yields.CHANGES_NAMES),
            Form(_counts(rows)),
        ),
    )


def _rows(plan: Plan) -> list[_Row]:
    affected = plan.observed.affected
    reached = {reach.address: reach.change for reach in affected.audience.toggles} if affected else {}
    changes = {change.address: change for change in plan.observed.changes}
    return [
        _Row(move, changes[move.address], _people(reached.get(move.address)))
        for move in sorted(plan.core.moves, key=lambda move: move.address)
    ]


def _people(reached: Reached | None) -> str:
    """`+56,800`, `-1.20 %`; nothing where nobody knows."""
    if reached is None:
        return ""
    found = [f"+{_figure(reached.gained)}"] if reached.gained.count else []
    found += [f"-{_figure(reached.lost)}"] if reached.lost.count else []
    return " ".join(found)


def _figure(share: Share) -> str:
    return number(share) or percent(share)


def _title(product: Address | None, titles: Mapping[str, str]) -> str:
    if product is None:
        return "### No product"
    return heading(titles.get(str(product)) or product.name)


def _product(plan: Plan, rows: Sequence[_Row], directory: str, *, keys: bool) -> str:
    people = any(row.people for row in rows)
    heads = ["", "toggle", *(["key"] if keys else []), "before", "after", *(["people"] if people else [])]
    body = table(heads, (_cells(row, keys=keys, people=people) for row in rows))
    below = [*_go(plan, rows, directory), *_notes(rows)] if keys else []
    if keys and any(row.change.testers for row in rows):
        below.append("Trusted testers stay as they are.")
    return f"{body}\n\n{bullets(below)}" if below else body


def _cells(row: _Row, *, keys: bool, people: bool) -> list[str]:
    key = [code(row.change.key, most=_CELL)] if keys else []
    word = f"{row.word}, waits" if row.waits else row.word
    return [
        word,
        code(row.move.address, most=_CELL),
        *key,
        prose(row.before),
        row.after,
        *([row.people] if people else []),
    ]


def _go(plan: Plan, rows: Iterable[_Row], directory: str) -> Iterator[str]:
    """Which stages' Go makes it move, and where that stands."""
    views = {view.rollout: view for view in plan.observed.rollouts}
    stages: dict[Address, set[StageName]] = {}
    for row in rows:
        if row.move.stage is not None:
            stages.setdefault(row.move.stage.rollout, set()).add(row.move.stage)
    for rollout, found in sorted(stages.items()):
        named = ", ".join(code(stage.name, most=60) for stage in sorted(found))
        where = place(views[rollout].range, directory) if rollout in views else ""
        yield f"{code(rollout)}: go for {named}" + (f" ({where})" if where else "")


def _notes(rows: Sequence[_Row]) -> Iterator[str]:
    """What is to be said of a change; the same of several once."""
    found: dict[str, list[Address]] = {}
    for row in rows:
        for note in row.change.notes:
            found.setdefault(note, []).append(row.move.address)
        for check in row.change.checks:
            if check.verdict is Verdict.PENDING:
                found.setdefault(f"{check.summary}: {check.detail}", []).append(row.move.address)
    for note, addresses in found.items():
        yield f"{names(addresses, most=400)}: {prose(note)}"


def _brief(product: Address | None, titles: Mapping[str, str], rows: Sequence[_Row]) -> str:
    """A line for what goes from the same place to the same place."""
    alike: dict[tuple[str, str, str], list[Address]] = {}
    for row in rows:
        alike.setdefault((row.word, row.before, row.after), []).append(row.move.address)
    lines = [
        f"{word} {count(len(found), 'toggle')}, {prose(before)} to {after}: {names(found, most=8_000)}"
        for (word, before, after), found in alike.items()
    ]
    return f"{_title(product, titles)}\n\n{bullets(lines)}"


def _counts(rows: Sequence[_Row]) -> str:
    words = dict.fromkeys(row.word for row in rows)
    parts = (f"{word}: {count(sum(row.word == word for row in rows), 'toggle')}" for word in words)
    return "\n".join(["### Changes", "", bullets(parts)])


def records_part(plan: Plan) -> Part:
    """What the store does not notice: adopted, moved, forgotten."""
    records = [record for record in plan.core.records if record.address not in {m.address for m in plan.core.moves}]
    if not records:
        return Part.of("")
    alike: dict[str, list[Address]] = {}
    for record in records:
        alike.setdefault(_record(record), []).append(record.address)
    lines = [f"{names(addresses, most=4_000)}: {text}" for text, addresses in alike.items()]
    summary = f"Only in the state: {count(len(records), 'toggle')}"
    return Part("changes of the state", (Form(details(summary, bullets(lines)), Yields.RECORDS), Form(summary)))


def _record(record: RecordChange) -> str:
    match record.action:
        case Action.MOVE:
            return f"moved from {code(record.moved_from)}"
        case Action.FORGET:
            return "forgotten; the live toggle stays as it is"
        case _:
            at = "" if record.exposure is None else " as on" if record.exposure.is_on else f" at {record.exposure}"
            return f"adopted{at}, recorded as it is"
