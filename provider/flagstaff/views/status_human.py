"""The status as one screen: a row for each rollout, then what is held, drifted, waived and open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from flagstaff.model.evidence import Verdict
from flagstaff.model.times import moment
from flagstaff.plan.plan import DriftKind
from flagstaff.plan.stages.view import StageState, StageView
from flagstaff.views.look import Look, Page, Piece, Style, cells, pad
from flagstaff.views.status import GO, Held, Row, Status, Wait
from flagstaff.views.words import age, count, exposure

HEADS: Final = ("Rollout", "at", "since", "next", "what it waits for")
# The last column needs this much room to stand beside the others.
_ROOM: Final = 32
# Of one kind of obstacle a screen shows so many.
_MOST: Final = 4
_MANY: Final = {
    "blocker": "blockers open",
    "monitor": "monitors do not pass",
    "decision": "values undecided",
    "requirement": "requirements not met",
}


def status_page(status: Status, look: Look) -> Page:
    page = Page(look)
    _add_header(page, status)
    _add_rollouts(page, status)
    _add_held(page, status)
    _add_drift(page, status)
    _add_waivers(page, status)
    _add_decisions(page, status)
    return page


def _add_header(page: Page, status: Status) -> None:
    place = f"{status.environment} (production)" if status.production else status.environment
    seen = f"live store read {moment(status.seen, status.zone)}" if status.seen else "from the state alone"
    parts = [place, f"state serial {status.serial}", seen]
    page.paragraph(f" {page.look.symbols.dot} ".join(filter(None, parts)), style="dim")
    if status.alone:
        page.paragraph(status.alone, lead=Piece(f"{page.look.symbols.ask} ", "warn"))
    page.blank()


def _add_rollouts(page: Page, status: Status) -> None:
    if not status.rows:
        page.line("There are no rollouts.")
        return
    cells_of = [(row, _cells(row, status)) for row in status.rows]
    texts = [tuple(page.look.clean(text) for text in columns) for _, columns in cells_of]
    most = page.look.width // 2
    widths = [
        max([cells(head), *(size for text in column if (size := cells(text)) <= most)])
        for head, *column in zip(HEADS[:4], *texts, strict=True)
    ]
    hang = sum(widths) + 3 * len(widths)
    beside = page.look.width - hang >= _ROOM
    heads = [pad(head, width) for head, width in zip(HEADS, widths, strict=False)]
    page.line(Piece("   ".join([*heads, HEADS[4]] if beside else heads).rstrip(), "strong"))
    for (row, _), columns in zip(cells_of, texts, strict=True):
        lead = "   ".join(pad(text, width) for text, width in zip(columns, widths, strict=True))
        style: Style = "bad" if row.held else "good" if row.complete else ""
        lines = _waits(row, status)
        if beside and cells(lead) + 3 == hang:
            _add_beside(page, lead + "   ", style, lines)
        else:
            page.line(Piece(lead.rstrip(), style))
            for text, sign in lines:
                page.paragraph(text, indent=4, lead=_sign(page, sign))


def _add_beside(page: Page, lead: str, style: Style, lines: Sequence[tuple[str, Verdict | None]]) -> None:
    hang = cells(lead)
    if not lines:
        page.line(Piece(lead.rstrip(), style))
    for number, (text, sign) in enumerate(lines):
        mark = _sign(page, sign)
        start = len(page.lines)
        page.paragraph(text, indent=hang, lead=mark)
        if number == 0:
            page.lines[start] = (Piece(lead, style), *page.lines[start][1:])


def _sign(page: Page, verdict: Verdict | None) -> Piece | None:
    """Nothing stands before what only time or a person decides."""
    if verdict is Verdict.FAIL:
        return Piece(f"{page.look.symbols.bad} ", "bad")
    return Piece(f"{page.look.symbols.ask} ", "warn") if verdict is not None else None


def _cells(row: Row, status: Status) -> tuple[str, str, str, str]:
    at = row.at
    following = _stage(row.next) if row.next else "-"
    if row.complete:
        return row.rollout.name, "complete", _since(at, status), "-"
    where = _stage(at) if at else "-"
    if at and at.state is StageState.STOPPED:
        where = f"{where}, stopped"
    elif at and at.state is StageState.STARTED:
        where = f"{where}, in part"
    if row.held:
        where = "HELD" if at is None else f"HELD ({where})"
    return row.rollout.name, where, _since(at, status), following


def _stage(stage: StageView) -> str:
    level = f" {stage.exposure}" if stage.exposure is not None else ""
    return f"{stage.stage.name}{level}"


def _since(stage: StageView | None, status: Status) -> str:
    return age(status.now - stage.since) if stage and stage.since else "-"


def _waits(row: Row, status: Status) -> list[tuple[str, Verdict | None]]:
    lines: list[tuple[str, Verdict | None]] = [
        (f"release of {held.address}{_by(held)}{_cause(held)}", None)
        for held in status.held
        if held.address in row.held and not (held.hold and held.hold.of)
    ]
    groups: dict[str, list[Wait]] = {}
    for wait in row.waits:
        groups.setdefault(wait.check, []).append(wait)
    for name, waits in groups.items():
        lines += _group(name, waits)
    if not lines and row.next is not None:
        lines.append(("nothing: plan and apply it", None))
    return lines


def _group(name: str, waits: Sequence[Wait]) -> Iterable[tuple[str, Verdict | None]]:
    if len(waits) < 3 or name not in _MANY:
        yield from ((wait.text, _shown(wait)) for wait in waits)
        return
    texts = [_brief(wait) for wait in waits[:_MOST]]
    more = f"; and {len(waits) - _MOST} more" if len(waits) > _MOST else ""
    yield f"{len(waits)} {_MANY[name]}: {'; '.join(texts)}{more}", _shown(waits[0])


def _brief(wait: Wait) -> str:
    """Beside others of its kind."""
    return str(wait.of) if wait.check == "monitor" else wait.text.removeprefix("undecided: ")


def _shown(wait: Wait) -> Verdict | None:
    """A person's word and time come by themselves: no sign warns of them."""
    waits_only = wait.verdict is Verdict.PENDING or wait.earliest is not None or wait.check == GO
    return None if waits_only else wait.verdict


def _by(held: Held) -> str:
    names = f" ({', '.join(held.signers)})" if held.signers else ""
    return f" by {held.role}{names}" if held.role else ""


def _cause(held: Held) -> str:
    if held.hold is None:
        return f": {held.text}"
    return f' ("{held.hold.cause}")' if held.hold.cause else " (no reason was given yet)"


def _add_held(page: Page, status: Status) -> None:
    if not status.held:
        return
    page.blank()
    page.line(Piece(f"Held: {count(len(status.held), 'toggle')} that no plan raises", "strong"))
    for held in status.held:
        page.paragraph(f"{held.address}: {_held(held, status)}", indent=2, lead=Piece("! ", "warn"))


def _held(held: Held, status: Status) -> str:
    who = f"; released by {held.role}" if held.role else "; no role is known that could release it"
    if held.hold is None:
        return f"{held.text}; seen at {_seen(status)}{who}, or adopt the value: declare it"
    hold = held.hold
    parts = [f"since {moment(hold.at, status.zone)} by {hold.who}"]
    parts += [f"was at {hold.before}"] if hold.before is not None else []
    parts += [held.text] if held.text else []
    reason = hold.cause or "no reason was given yet"
    return f"{', '.join(parts)}: {reason}{'' if hold.of else who}"


def _seen(status: Status) -> str:
    return moment(status.seen or status.now, status.zone)


def _add_drift(page: Page, status: Status) -> None:
    if not status.drift:
        return
    page.blank()
    page.line(Piece(f"Drift: {len(status.drift)}", "strong"))
    for one in status.drift:
        live = "gone" if one.kind is DriftKind.GONE else f"live {exposure(one.live)}"
        cause = f"; {one.cause}" if one.cause else ""
        text = f"{one.address} {live}, last applied {one.recorded}; not by Flagstaff, seen at {_seen(status)}{cause}"
        page.paragraph(text, indent=2, lead=Piece("! ", "warn"))


def _add_waivers(page: Page, status: Status) -> None:
    if not status.waivers:
        return
    page.blank()
    page.line(Piece(f"Waivers: {len(status.waivers)}", "strong"))
    for one in status.waivers:
        waiver = one.waiver
        what = f"{waiver.check} of {waiver.of}" if waiver.of else waiver.check
        agreed = f", agreed to by {one.role}" if one.role else ""
        text = f"{one.subject}: {what}, until {moment(waiver.until, status.zone)}{agreed}: {waiver.reason}"
        page.paragraph(text, indent=2, lead=Piece("! ", "warn"))


def _add_decisions(page: Page, status: Status) -> None:
    if status.open_decisions:
        page.blank()
        page.line(f"Open decisions: {len(status.open_decisions)} (flagstaff plan lists them)")
