"""The section of a plan that says what would change, product by product and batch by batch.

Every address is printed. Changes that are alike share one line once there are too many to read.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from flagstaff.addresses import Address
from flagstaff.model.evidence import Verdict
from flagstaff.model.exposure import Exposure
from flagstaff.model.rollout import StageName
from flagstaff.plan.check import Check
from flagstaff.plan.plan import Action, Change, Move, Plan, RecordChange
from flagstaff.plan.stages.view import RolloutView
from flagstaff.views.look import Look, Page, Piece, Style, cells, column, pad, pad_left
from flagstaff.views.plan_rollouts import add_go
from flagstaff.views.words import compact, count, exposure, level

# More changes than this that differ only in their address are said once.
MOST_ALIKE: Final = 12
# A longer key stands below its toggle, and keeps no other from standing beside.
_LONG_KEY: Final = 64

Batches = Sequence[Sequence[Move]]
# What a move waits for, as it is read.
Ask = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Row:
    """One change as it is printed: its sign, and either two exposures or a text."""

    change: Change
    sign: str
    style: Style
    before: str
    after: str
    text: str
    notes: tuple[str, ...] = ()
    asks: tuple[Check, ...] = ()
    testers: int = 0
    stage: StageName | None = None

    @property
    def alike(self) -> tuple[object, ...]:
        """Equal for changes that may share a line."""
        asks = tuple((check.summary, check.detail) for check in self.asks)
        return (self.sign, self.before, self.after, self.text, self.notes, asks)


def add_changes(page: Page, plan: Plan, batches: Batches) -> None:
    """What the plan would do, if anything, and the key to its signs."""
    rows = _rows(page.look, plan)
    if not rows:
        return
    columns, shared = _Columns.of(page.look, rows, len(batches)), _shared(rows)
    number = {move.address: place for place, batch in enumerate(batches, 1) for move in batch}
    products: dict[Address | None, dict[int, list[_Row]]] = {}
    for row in rows:
        # What only changes the state has no batch, and comes last.
        batch = number.get(row.change.address, len(batches) + 1)
        products.setdefault(row.change.product, {}).setdefault(batch, []).append(row)
    for product in sorted(products, key=lambda address: (address is None, str(address))):
        page.blank()
        page.line(Piece(_title(product, plan.observed.products, alone=len(products) == 1), "strong"))
        for batch, members in sorted(products[product].items()):
            _add_batch(page, columns, _batch_title(batch, len(batches)), members, plan.observed.rollouts, shared)
    page.blank()
    page.paragraph(_key(page.look, rows), style="dim")


def _ask(check: Check) -> Ask:
    return check.summary, check.detail


def _shared(rows: Sequence[_Row]) -> dict[Ask, list[Address]]:
    """What more than one move waits for in the same words, with all that do."""
    found: dict[Ask, list[Address]] = {}
    for row in rows:
        for ask in dict.fromkeys(map(_ask, row.asks)):
            found.setdefault(ask, []).append(row.change.address)
    return {ask: whose for ask, whose in found.items() if len(whose) > 1}


def _title(product: Address | None, titles: Mapping[str, str], *, alone: bool) -> str:
    if product is None:
        return "Changes" if alone else "No product"
    return titles.get(str(product)) or product.name


def _batch_title(batch: int, batches: int) -> str:
    """Nothing where there is only one batch: then there is no order to tell."""
    if batch > batches:
        return "in the state only"
    return f"batch {batch} of {batches}" if batches > 1 else ""


def _add_batch(
    page: Page,
    columns: _Columns,
    title: str,
    rows: Sequence[_Row],
    rollouts: Sequence[RolloutView],
    shared: dict[Ask, list[Address]],
) -> None:
    """What several moves wait for alike is said once, behind the first batch that has one of them."""
    if title:
        page.line(Piece(title, "dim"), indent=2)
    alike: dict[tuple[object, ...], list[_Row]] = {}
    for row in rows:
        alike.setdefault(row.alike, []).append(row)
    for row in rows:
        group = alike[row.alike]
        if len(group) <= MOST_ALIKE:
            columns.add(page, row, but=shared)
        elif row is group[0]:
            columns.add_group(page, group, but=shared)
    here = {row.change.address for row in rows}
    for check in dict.fromkeys(check for row in rows for check in row.asks):
        whose = shared.get(_ask(check))
        if whose:
            whose_all = "" if here == set(whose) else f" ({compact(whose)})"
            columns.add_ask(page, check, whose_all)
            whose.clear()
    add_go(page, {row.stage for row in rows if row.stage}, rollouts, columns.indent + 2)
    _add_testers(page, rows, columns.indent + 2)


def _add_testers(page: Page, rows: Sequence[_Row], indent: int) -> None:
    """How many testers each moved toggle keeps. Never a sum: they are often the same people."""
    keeping = [row for row in rows if row.testers]
    if not keeping:
        return
    counts = {row.testers for row in keeping}
    if len(counts) > 1:
        each = ", ".join(f"{row.change.address} ({row.testers:,})" for row in keeping)
        text = f"trusted testers stay as they are: {each}"
    elif len(keeping) == 1:
        stay = "stays as it is" if counts == {1} else "stay as they are"
        whose = "" if len(rows) == 1 else f" of {keeping[0].change.address}"
        text = f"{count(counts.pop(), 'trusted tester')}{whose} {stay}"
    else:
        who = (
            "each toggle" if len(keeping) == len(rows) else f"each of {compact(row.change.address for row in keeping)}"
        )
        text = f"{who} keeps its {count(counts.pop(), 'trusted tester')}"
    page.paragraph(text, indent=indent, style="dim", most=0)


@dataclass(frozen=True, slots=True)
class _Columns:
    """The widths that all rows of a plan share."""

    indent: int
    address: int
    before: int
    after: int
    key_beside: bool

    @classmethod
    def of(cls, look: Look, rows: Sequence[_Row], batches: int) -> _Columns:
        indent = 4 if batches > 1 or any(row.text for row in rows) else 2
        before = max(cells(row.before) for row in rows)
        after = max(cells(row.after) for row in rows)
        used = indent + 2 + 3 + before + 4 + after
        address = column(look, (str(row.change.address) for row in rows), used)
        keys = [cells(look.clean(row.change.key)) for row in rows if not row.text]
        key = max((key for key in keys if key <= _LONG_KEY), default=0)
        return cls(indent, address, before, after, key > 0 and used + address + 4 + key <= look.width)

    def add(self, page: Page, row: _Row, *, but: Collection[Ask]) -> None:
        sign = Piece(f"{row.sign} ", row.style)
        address = pad(page.look.clean(str(row.change.address)), self.address)
        if row.text:
            page.paragraph(row.text, indent=self.indent, lead=Piece(f"{row.sign} {address}   "))
        else:
            after = pad(row.after, self.after) if self.key_beside else row.after
            change = f"{pad_left(row.before, self.before)} -> "
            key = [Piece(f"    {row.change.key}", "dim")] if self.key_beside else []
            page.line(sign, f"{address}   {change}", Piece(after, "strong"), *key, indent=self.indent)
            if not self.key_beside:
                page.line(Piece(row.change.key, "dim"), indent=self.indent + 2)
        self._add_notes(page, row, but)

    def add_group(self, page: Page, rows: Sequence[_Row], *, but: Collection[Ask]) -> None:
        first = rows[0]
        sign = Piece(f"{first.sign} ", first.style)
        what = count(len(rows), "toggle")
        if first.text:
            page.line(sign, f"{what}   {first.text}", indent=self.indent)
        else:
            page.line(sign, f"{what}   {first.before} -> ", Piece(first.after, "strong"), indent=self.indent)
        page.paragraph(compact(row.change.address for row in rows), indent=self.indent + 2, most=0)
        self._add_notes(page, first, but)

    def _add_notes(self, page: Page, row: _Row, but: Collection[Ask]) -> None:
        for note in row.notes:
            page.paragraph(note, indent=self.indent + 2)
        for check in row.asks:
            if _ask(check) not in but:
                self.add_ask(page, check)

    def add_ask(self, page: Page, check: Check, whose: str = "") -> None:
        lead = Piece(f"{page.look.symbols.ask} ", "warn")
        page.paragraph(f"{check.summary}{whose}: {check.detail}", indent=self.indent + 2, lead=lead, most=0)
        for way in check.ways_out:
            page.paragraph(way, indent=self.indent + 4, lead=Piece("- "))


def _rows(look: Look, plan: Plan) -> list[_Row]:
    """The changes that the core carries out, in the order of their addresses."""
    moves = {move.address: move for move in plan.core.moves}
    records = {record.address: record for record in plan.core.records}
    rows = []
    for change in sorted(plan.observed.changes, key=lambda change: change.address):
        move, record = moves.get(change.address), records.get(change.address)
        if move is not None:
            rows.append(_write(look, change, move, record))
        elif record is not None:
            rows.append(_record(look, change, record))
    return rows


def _write(look: Look, change: Change, move: Move, record: RecordChange | None) -> _Row:
    style: Style = "down" if move.action in {Action.LOWER, Action.SWITCH_OFF, Action.DELETE} else "up"
    notes = change.notes if record is None else (*change.notes, record_text(change, record))
    before = None if move.action is Action.CREATE else move.before
    if level(before) != exposure(before):
        notes = (f"is {exposure(before)} now", *notes)
    return _Row(
        change,
        sign_of(look, move.action),
        style,
        level(before),
        exposure(None if move.action is Action.DELETE else move.after),
        "",
        notes,
        tuple(check for check in change.checks if check.verdict is Verdict.PENDING),
        0 if move.action is Action.DELETE else change.testers,
        move.stage,
    )


def _record(look: Look, change: Change, record: RecordChange) -> _Row:
    return _Row(change, sign_of(look, record.action), "", "", "", record_text(change, record), change.notes)


def record_text(change: Change, record: RecordChange) -> str:
    match record.action:
        case Action.MOVE:
            return f"moved from {record.moved_from}"
        case Action.FORGET:
            return f"forgotten; live {exposure(change.before)}"
        case _:
            return f"adopted{_standing(record.exposure)}: recorded as it is, not written"


def _standing(found: Exposure | None) -> str:
    if found is None:
        return ""
    return " as on" if found.is_on else f" at {found}"


def sign_of(look: Look, action: Action) -> str:
    return {
        Action.CREATE: "+",
        Action.RAISE: look.symbols.up,
        Action.SWITCH_ON: look.symbols.up,
        Action.LOWER: look.symbols.down,
        Action.SWITCH_OFF: look.symbols.down,
        Action.DELETE: "-",
        Action.ADOPT: "=",
        Action.MOVE: ">",
        Action.FORGET: ".",
        Action.NO_OP: " ",
    }[action]


def _key(look: Look, rows: Sequence[_Row]) -> str:
    """The signs that were used, and no others."""
    words = {
        look.symbols.up: "up",
        look.symbols.down: "down",
        "+": "create",
        "-": "delete",
        "=": "adopt",
        ">": "move",
        ".": "forget",
    }
    used = {row.sign for row in rows}
    return "Key: " + ", ".join(f"{sign} {word}" for sign, word in words.items() if sign in used)
