"""An apply as text: one line a move as it ends, and at the end, always, how it ended.

The end says what was done, what was not and because of what, and the command that finishes it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self, assert_never

from flagstaff.apply.events import (
    BatchStarted,
    Ended,
    Event,
    MoveEnded,
    MoveResult,
    MoveStarted,
    Outcome,
    Recovered,
    Slow,
    Stopping,
    Waiting,
)
from flagstaff.plan.plan import Action, Move, Plan
from flagstaff.views.apply_next import back_command, return_command
from flagstaff.views.console import look_of, show
from flagstaff.views.counts import Counts
from flagstaff.views.look import Look, Page, Piece, Style, cells, column, pad, pad_left
from flagstaff.views.plan_changes import Batches
from flagstaff.views.words import SHORT_ID, clock, compact, count, ended_text, exposure, level, recovered_text, span

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

# Seconds between two lines about the same wait, where there is no terminal to redraw.
_SAY_AGAIN: Final = 30.0
# More applied moves than this are not repeated by name at the end.
_MOST_NAMED: Final = 12
# The sign, the arrow, the gaps, and `verified   12.3 s`.
_BESIDE: Final = 32


def apply_header(plan: Plan, batches: Batches, change_id: str, look: Look, *, store: str = "", file: str = "") -> Page:
    page = Page(look)
    what = f"{file} (change {change_id[:SHORT_ID]})" if file else f"change {change_id[:SHORT_ID]}"
    where = f"{plan.core.environment}, {store or plan.core.provider}"
    how = count(len(plan.core.moves), "move")
    if len(batches) > 1:
        how += f" in {count(len(batches), 'batch', 'batches')}"
    if plan.core.records:
        how += f", {count(len(plan.core.records), 'change')} of the state only"
    page.paragraph(f"Applying {what} to {where}. {how}.", style="strong")
    return page


@dataclass(frozen=True, slots=True)
class MoveColumns:
    """The widths that fit all moves of a plan."""

    address: int
    before: int
    after: int

    @classmethod
    def of(cls, moves: Sequence[Move], look: Look) -> MoveColumns:
        before = max((cells(_before(move)) for move in moves), default=0)
        after = max((cells(exposure(move.after)) for move in moves), default=0)
        return cls(column(look, (str(move.address) for move in moves), before + after + _BESIDE), before, after)

    def add(self, page: Page, result: MoveResult) -> None:
        """One move that ended: in one line, if what went wrong fits."""
        look, move = page.look, result.move
        sign, style, word = _ended(look, result.ended)
        change = f"{pad_left(_before(move), self.before)} -> {pad(exposure(move.after), self.after)}"
        lead = f"{pad(look.clean(str(move.address)), self.address)}   {change}   "
        head = Piece(f"{sign} ", style)
        if result.ended is Ended.APPLIED:
            page.line(head, lead, Piece(word, style), Piece(f"   {span(result.seconds)}", "dim"), indent=2)
            return
        text = ended_text(result)
        if 2 + cells(head.text + lead) + cells(look.clean(text)) <= look.width:
            page.line(head, lead, Piece(text, style), indent=2)
        else:
            page.line(head, lead, Piece(word, style), indent=2)
            page.paragraph(f"because of {result.because}" if result.because else result.detail, indent=6)


def _before(move: Move) -> str:
    return level(None if move.action is Action.CREATE else move.before)


def _ended(look: Look, ended: Ended) -> tuple[str, Style, str]:
    signs = look.symbols
    match ended:
        case Ended.APPLIED:
            return signs.ok, "good", "verified"
        case Ended.FAILED:
            return signs.bad, "bad", "failed"
        case Ended.UNKNOWN:
            return signs.ask, "bad", "not known"
        case Ended.SKIPPED:
            return "-", "warn", "skipped"
        case Ended.WAITING:
            return signs.ask, "warn", "waits"
        case Ended.NOT_STARTED:
            return " ", "dim", "not started"
        case _:
            assert_never(ended)


def apply_end(outcome: Outcome, look: Look, *, plan: Plan | None = None, blocked: int = 0, given: bool = False) -> Page:
    """How it ended. `plan` knows the stage that toggles come from.

    `blocked`: changes that the plan left out, so that success is not overstated. `given`: variables came with the
    command, and what finishes it needs them again.
    """
    page = Page(look)
    results = {ended: [item for item in outcome.results if item.ended is ended] for ended in Ended}
    numbers = ", ".join(
        f"{len(items)} {_NAMES[ended]}" for ended, items in results.items() if items or ended not in _RARE
    )
    page.lines.append(())
    if outcome.records:
        numbers += f"; {count(outcome.records, 'change')} of the state only"
    if outcome.succeeded:
        _add_success(page, outcome, numbers, blocked)
        return page
    if len(results[Ended.APPLIED]) == len(outcome.results):
        title = "Applied"
    else:
        title = "Partly applied" if results[Ended.APPLIED] else "Not applied"
    page.paragraph(f"Error: {title}: {numbers}.", style="strong")
    page.line(f"State serial {outcome.serial} is saved; nothing is lost.")
    if outcome.stopped:
        page.paragraph(f"Stopped: {outcome.stopped.rstrip('.')}.")
    for ended, items in results.items():
        _add_results(page, ended, items, outcome.stopped)
    _add_torn_groups(page, outcome.results)
    _add_commands(page, [item.move for item in results[Ended.APPLIED]], plan, given=given)
    return page


def _add_success(page: Page, outcome: Outcome, numbers: str, blocked: int) -> None:
    """Tools look for the line that Terraform ends with; people read first if it says nothing of what they wanted."""
    left, line = len(outcome.waiting), Counts.of_outcome(outcome).apply_line
    wait = f"{count(left, 'change')} {'waits' if left == 1 else 'wait'} for a person"
    if left and left == len(outcome.results) and not outcome.records:
        page.paragraph(f"Nothing was changed: {wait}.", lead=Piece(f"{page.look.symbols.ask} ", "warn"), style="strong")
        page.whole(line)
    else:
        page.whole(Piece(line, "strong"))
    page.paragraph(f"{numbers}. State serial {outcome.serial} is saved.")
    if blocked:
        page.line(f"{count(blocked, 'change')} stayed blocked; flagstaff plan says why.")
    if left:
        page.blank()
        page.line(f"{wait}:")
        _add_results(page, Ended.WAITING, outcome.waiting, "")


_NAMES: Final = {
    Ended.APPLIED: "applied",
    Ended.FAILED: "failed",
    Ended.UNKNOWN: "not known",
    Ended.SKIPPED: "skipped",
    Ended.WAITING: "waiting",
    Ended.NOT_STARTED: "not started",
}


# Not told where there are none.
_RARE: Final = frozenset({Ended.UNKNOWN, Ended.WAITING})


def _add_results(page: Page, ended: Ended, items: Sequence[MoveResult], stopped: str) -> None:
    """The moves of one kind; those with the same reason in one row."""
    if not items:
        return
    sign, style, _ = _ended(page.look, ended)
    lead = f"{_NAMES[ended]:<13}"
    reasons: dict[str, list[MoveResult]] = {}
    for item in items:
        # What was verified needs no reason, and why it was stopped is said already.
        told = ended is Ended.APPLIED or (not item.because and item.detail == stopped)
        why = f"because of {item.because}" if item.because else item.detail
        reasons.setdefault("" if told else why, []).append(item)
    for reason, members in reasons.items():
        who = compact(member.move.address for member in members)
        if ended is Ended.APPLIED and len(members) > _MOST_NAMED:
            who = f"{count(len(members), 'move')}, listed above"
        text = f"{who}: {reason}" if reason else who
        page.paragraph(text, indent=2, lead=Piece(f"{sign} {lead}", style), most=0)


def _add_torn_groups(page: Page, results: Sequence[MoveResult]) -> None:
    """Groups of which a part is done: what readers see, until somebody finishes or reverts."""
    groups: dict[str, list[MoveResult]] = {}
    for result in results:
        if result.move.group:
            groups.setdefault(result.move.group, []).append(result)
    for name, members in groups.items():
        done = [item for item in members if item.ended is Ended.APPLIED]
        if 0 < len(done) < len(members):
            page.blank()
            page.paragraph(
                f"{name} goes together, and is apart now: {len(done)} of {len(members)} are done. People see a mix of "
                "the old and the new until you finish or revert:",
                style="strong",
            )


def _add_commands(page: Page, applied: Sequence[Move], plan: Plan | None, *, given: bool) -> None:
    page.blank()
    how = "with the same -var and -var-file; " if given else ""
    page.whole(
        "finish:  ",
        Piece("flagstaff apply", "strong"),
        f"   ({how}plans again from what is live now, and asks)",
        indent=2,
    )
    before, stage = return_command(plan, applied) if plan is not None else ("", "")
    if before:
        page.whole("revert:  ", Piece(before, "strong"), f'   (back to "{stage}", where they were)', indent=2)
    if back := back_command(applied):
        page.whole("or:      " if before else "revert:  ", Piece(back, "strong"), "   (down to 0 %)", indent=2)


class ApplyPrinter:
    """A listener that prints what a running apply tells. Called by one thread at a time.

    Use it as a context manager: it takes a wait's progress bar off the terminal at the end.
    """

    def __init__(self, console: Console, plan: Plan, *, now: Callable[[], float]) -> None:
        self._console = console
        self._columns = MoveColumns.of(plan.core.moves, look_of(console))
        self._now = now
        self._said: dict[str, float] = {}
        self._progress: Progress | None = None
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end_wait()

    def __call__(self, event: Event) -> None:
        page = Page(look_of(self._console))
        match event:
            case BatchStarted(number, total, moves):
                if total > 1:
                    page.line(Piece(f"batch {number} of {total}: {count(moves, 'move')}", "dim"))
            case Waiting():
                self._wait(page, event)
            case MoveStarted():
                self._end_wait()
            case MoveEnded(result):
                self._end_wait()
                # The end tells these.
                if result.ended not in {Ended.NOT_STARTED, Ended.WAITING}:
                    self._columns.add(page, result)
            case Recovered():
                lead = Piece(f"{page.look.symbols.ask} ", "warn")
                page.paragraph(recovered_text(event), indent=2, lead=lead)
            case Stopping(why):
                page.paragraph(f"Stopping: {why.rstrip('.')}. No new move is started.", style="strong")
            case Slow(doing, seconds):
                page.paragraph(f"{doing}: no answer after {span(seconds)}, still waiting", indent=4)
            case _:
                assert_never(event)
        show(self._console, page)

    def _wait(self, page: Page, event: Waiting) -> None:
        """A bar on a terminal; elsewhere a line, said again only after a while."""
        text = f"{event.address} waits: readers may still serve the old value of {event.neighbour}"
        if self._console.is_terminal:
            self._show_wait(text, event.seconds)
            return
        said = self._said.get(text)
        if said is None or said - event.seconds >= _SAY_AGAIN:
            self._said[text] = event.seconds
            page.paragraph(f"{text} for {clock(event.seconds)} more", indent=4)

    def _show_wait(self, text: str, seconds: float) -> None:
        from flagstaff.views.waiting import make_progress  # noqa: PLC0415 - rich

        if self._progress is None:
            self._progress = make_progress(self._console, self._now)
            self._progress.start()
        until = self._now() + seconds
        if text in self._tasks:
            self._progress.update(self._tasks[text], until=until)
        else:
            self._tasks[text] = self._progress.add_task(text, total=None, until=until)

    def _end_wait(self) -> None:
        if self._progress is not None:
            self._progress.stop()
        self._progress = None
        self._tasks.clear()
