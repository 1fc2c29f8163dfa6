"""A watch for people: a table that is alive on a terminal; elsewhere lines for all that is new, or one that says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Final, Self

from flagstaff.model.evidence import Verdict
from flagstaff.model.times import exactly
from flagstaff.model.times import moment as local
from flagstaff.monitors.watching import Firing
from flagstaff.views.console import as_text, look_of, show
from flagstaff.views.look import Look, Page, Piece, column, pad
from flagstaff.views.watch import (
    VERDICTS,
    News,
    Sight,
    numbers,
    rollback_line,
    share,
    standing,
    time_left,
)
from flagstaff.views.words import clock, count

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

# The room for a verdict and its numbers, or for the time left.
_FIGURES: Final = 32


class WatchPrinter:
    """Tells what is seen. `now` is the time of day; a context manager, as the table has to be taken away."""

    def __init__(self, console: Console, *, now: Callable[[], datetime], zone: tzinfo = UTC) -> None:
        self._console = console
        self._now = now
        self._zone = zone
        self._live: Live | None = None
        self._sight: Sight | None = None
        self._next: datetime | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.rest()

    def seen(self, sight: Sight, news: Iterable[News], following: datetime | None) -> None:
        """After an evaluation; `following` is the next one, None: there is none."""
        self._sight, self._next = sight, following
        page = Page(self._look)
        found = tuple(news)
        for one in found:
            _add_news(page, one, sight.at)
        if not found and following is not None and not self._console.is_terminal:
            found = (News(None, f"still watching: {_heartbeat(sight)}"),)
            _add_news(page, found[0], sight.at)
        show(self._console, page)
        if following is not None and self._console.is_terminal:
            self._draw()

    def fired(self, firings: tuple[Firing, ...], *, rolls_back: bool) -> None:
        self.rest()
        show(self._console, fired_page(firings, self._look, rolls_back=rolls_back))

    def say(self, text: str) -> None:
        page = Page(self._look)
        _add_news(page, News(None, text), self._now())
        show(self._console, page)

    def rest(self) -> None:
        """Take the table away."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    @property
    def _look(self) -> Look:
        return replace(look_of(self._console), zone=self._zone)

    def _draw(self) -> None:
        from rich.live import Live  # noqa: PLC0415 - heavy

        if self._live is None:
            self._live = Live(
                get_renderable=self._table, console=self._console, refresh_per_second=2, transient=True, screen=False
            )
            self._live.start()
        self._live.refresh()

    def _table(self) -> Text:
        from rich.text import Text  # noqa: PLC0415 - heavy

        page = Page(self._look)
        if self._sight is not None:
            page = watch_page(self._sight, self._look, self._now(), self._next)
        return Text("\n").join(map(as_text, page.lines))


def _add_news(page: Page, one: News, at: datetime) -> None:
    subject = f"{one.subject}: " if one.subject else ""
    page.paragraph(f"{subject}{one.text}", lead=Piece(f"{exactly(at, page.look.zone)}   "), style=one.style)


def _heartbeat(sight: Sight) -> str:
    stages = [f"{one.stage.name} {time_left(one, sight.at)}" for one in sight.under_way]
    readings = [f"{address} {reading.verdict}" for address, reading in sight.readings.items()]
    return "; ".join([*stages, *readings])


def watch_page(sight: Sight, look: Look, now: datetime, following: datetime | None) -> Page:
    """The table: each soak with the time left, then each monitor with its numbers."""
    page = Page(look)
    page.lines.append(())
    names = [f"{one.stage.name}{share(one)}" for one in sight.under_way]
    width = column(look, (*names, *map(str, sight.readings)), _FIGURES)
    for name, one in zip(names, sight.under_way, strict=True):
        page.paragraph(time_left(one, now), indent=2, lead=Piece(f"{pad(name, width)}   ", "strong"))
        if one.place.trouble:
            page.paragraph(standing(one, sight), indent=4)
    for address, reading in sight.readings.items():
        sign = {Verdict.PASS: look.symbols.ok, Verdict.FAIL: look.symbols.bad}.get(reading.verdict, look.symbols.ask)
        figures = numbers(reading)
        style = VERDICTS[reading.verdict]
        page.line(pad(str(address), width), "   ", Piece(f"{sign} {reading.verdict}", style), f"   {figures}", indent=2)
        page.paragraph(reading.reason, indent=4, style="dim")
    for trouble in sight.troubles:
        page.paragraph(trouble, indent=2, lead=Piece("! ", "warn"))
    if following is not None:
        wait = clock((following - now).total_seconds())
        read = f"read at {local(sight.at, sight.zone)}"
        page.paragraph(f"{read}; again in {wait}. Ctrl-C ends the watch, and changes nothing.", indent=2, style="dim")
    return page


def fired_page(firings: tuple[Firing, ...], look: Look, *, rolls_back: bool) -> Page:
    """What fired, why, what to do, and the line to copy."""
    page = Page(look)
    page.lines.append(())
    page.line(Piece(f"{look.symbols.bad} {count(len(firings), 'trigger')} fired", "bad"))
    for one in firings:
        page.blank()
        page.paragraph(f"{one.trigger.title} ({one.trigger.address})", indent=2, style="strong")
        page.paragraph(f"Why: {one.why}", indent=2)
        if one.trigger.reason:
            page.paragraph(f"It matters because: {one.trigger.reason}", indent=2)
        if one.trigger.action:
            page.paragraph(f"What to do: {one.trigger.action}", indent=2)
    page.blank()
    page.line("Rolling back now:" if rolls_back else "Roll back with:")
    page.whole(rollback_line(firings), indent=2)
    page.blank()
    return page
