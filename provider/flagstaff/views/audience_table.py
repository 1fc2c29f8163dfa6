"""Tables of people: who has something now and then. Columns where they fit, else a line below each name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from flagstaff.audience.results import Audience, Change, Reach, SetReach, Share, Spread
from flagstaff.plan.people.figures import error, number, percent
from flagstaff.views.look import ASCII, Look, Page, Piece, cells, pad, pad_left
from flagstaff.views.words import count

_HEAD: Final = ("now", "then", "people then")

# Less room for labels than this, and there is no table.
_NARROWEST: Final = 20
# Who moved has this much room beside the figures; more of it may stand below them.
_MOVED: Final = 16


@dataclass(frozen=True, slots=True)
class Row:
    """`then` and `now` None: a line of text between others. `remark` stands behind what is new and lost."""

    label: str
    then: Share | None = None
    now: Share | None = None
    gained: Share | None = None
    lost: Share | None = None
    remark: str = ""
    indent: int = 2

    @property
    def is_anybodys(self) -> bool:
        return any(share is not None and share.count for share in (self.now, self.then))


@dataclass(frozen=True, slots=True)
class Texts:
    """A row's figures: now, then, people then; and who moved."""

    columns: tuple[str, str, str]
    moved: str


def sample(audience: Audience) -> str:
    """Whose buckets were computed: `200,000 made-up UUIDs, seed 1`."""
    if audience.seed is not None:
        return f"sample of {audience.population}, seed {audience.seed}; without testers"
    return f"{audience.population}: {count(audience.size, 'person', 'people')}; without testers"


def change_row(label: str, change: Change, remark: str = "", indent: int = 2) -> Row:
    return Row(label, change.after, change.before, change.gained, change.lost, remark, indent)


def people_remark(reach: Reach) -> str:
    """Whether those who have it afterwards are those who had it."""
    change = reach.change
    if change is None or not change.before.count or not change.after.count or (change.is_none and reach.same_people):
        return ""
    return "same people" if reach.same_people else f"new people: {percent(change.stay)} of those who had it keep it"


def set_rows(item: SetReach, *, full: bool) -> tuple[Row, ...]:
    """Always unions, never sums."""
    if item.before is None or item.after is None:
        return ()
    size = len(item.members)
    every = "both" if size == 2 else f"all {size}"
    rows = [
        _spread_row(f"at least one of the {size}", item.before.at_least_one, item.after.at_least_one),
        _spread_row(every, item.before.all, item.after.all),
        _spread_row(f"some, but not {every}", item.before.mixed, item.after.mixed),
    ]
    if full:
        rows += [
            _spread_row(f"exactly {held} of them", _exactly(item.before, held), _exactly(item.after, held))
            for held in range(size + 1)
            if item.before.distribution[held] or item.after.distribution[held]
        ]
    return tuple(rows)


def _spread_row(label: str, before: Share, after: Share) -> Row:
    return Row(label, after, before, indent=4)


def _exactly(spread: Spread, held: int) -> Share:
    return Share(spread.distribution[held], sum(spread.distribution), spread.people, spread.exact)


def alike_sets(sets: Iterable[SetReach]) -> tuple[tuple[SetReach, ...], ...]:
    """Sets that as many people have as much of, together: toggles, and the experiences that follow them."""
    found: dict[object, list[SetReach]] = {}
    for item in sets:
        found.setdefault((len(item.members), item.before, item.after, item.unknown), []).append(item)
    return tuple(map(tuple, found.values()))


def add_rows(page: Page, rows: Sequence[Row], *, full: bool = False) -> None:
    """`full`: with the sampling errors. A label that is too long for its column stands above its figures."""
    texts = [_texts(page, row, full=full) for row in rows]
    told = [text for text in texts if text]
    if not told:
        return
    heads = _HEAD if any(text.columns[2] for text in told) else _HEAD[:2]
    widths = [max(len(head), *(cells(text.columns[place]) for text in told)) for place, head in enumerate(heads)]
    longest = min(max(cells(text.moved) for text in told), _MOVED)
    room = page.look.width - sum(width + 3 for width in widths) - (longest + 3 if longest else 0)
    if room < _NARROWEST:
        _add_sentences(page, rows, texts)
        return
    labels = [row.indent + cells(page.look.clean(row.label)) for row in rows if row.then is not None]
    first = max((label for label in labels if label <= room), default=0)
    page.line(Piece(" " * first + _columns(heads, widths), "dim"))
    for row, text in zip(rows, texts, strict=True):
        label = page.look.clean(row.label)
        beside = text is not None and row.indent + cells(label) <= first
        if not beside:
            page.paragraph(row.label, indent=row.indent)
        if text is not None:
            line = pad(" " * row.indent + label if beside else "", first) + _columns(text.columns, widths)
            _add_line(page, row, line, text)


def _add_line(page: Page, row: Row, line: str, text: Texts) -> None:
    """What does not fit behind the figures comes below them."""
    beside = [text.moved, row.remark]
    below: list[str] = []
    while any(beside) and cells(line) + 3 + cells(_joined(beside)) > page.look.width:
        below.insert(0, beside.pop())
    shown = _joined(beside)
    page.line(line, Piece(f"   {shown}" if shown else "", "dim"))
    if below:
        page.paragraph(_joined(below), indent=row.indent + 2, style="dim")


def _joined(parts: Iterable[str]) -> str:
    return ", ".join(filter(None, parts))


def _add_sentences(page: Page, rows: Sequence[Row], texts: Sequence[Texts | None]) -> None:
    """Where there is no room for columns."""
    for row, text in zip(rows, texts, strict=True):
        page.paragraph(row.label, indent=row.indent)
        if text is not None:
            now, then, people = text.columns
            parts = [f"{now} -> {then}", f"{people} people" if people else "", text.moved, row.remark]
            page.paragraph(_joined(parts), indent=row.indent + 2)


def _columns(texts: Sequence[str], widths: Sequence[int]) -> str:
    """As many as there are widths."""
    return "".join(f"   {pad_left(text, width)}" for text, width in zip(texts, widths, strict=False))


def _texts(page: Page, row: Row, *, full: bool) -> Texts | None:
    """None for a line of text."""
    if row.then is None or row.now is None:
        return None
    parts = [
        f"{word}: {number(share) or percent(share)}"
        for word, share in (("new", row.gained), ("lost", row.lost))
        if share is not None and share.count
    ]
    then = with_error(row.then, page.look) if full else percent(row.then)
    return Texts((percent(row.now), then, number(row.then)), ", ".join(parts))


def with_error(share: Share, look: Look) -> str:
    """`5.02 % ± 0.10`: half of the 95 % interval."""
    half = error(share)
    return f"{percent(share)} {'+-' if look.symbols is ASCII else '±'} {half}" if float(half or 0) else percent(share)
