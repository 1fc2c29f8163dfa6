"""How a rollback went, as text: a line for each write, then the verdict, what is broken, held, and to be looked at."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flagstaff.addresses import Address
from flagstaff.apply.rollback.events import Ended, Event, Lingering, Outcome, Result, Waited, WentOn, Written
from flagstaff.model.live import Testers
from flagstaff.plan.rollback.ground import Ground
from flagstaff.plan.rollback.retreat import Unmet
from flagstaff.views.look import Look, Page, Piece, Style
from flagstaff.views.rollback_human import add_unmet
from flagstaff.views.words import clock, count, level, span


def event_page(event: Event, look: Look) -> Page:
    """One line for what just happened."""
    page = Page(look)
    match event:
        case Written(down, detail, seconds):
            change = f"{down.address}   {level(down.before)} -> {down.wanted}"
            if detail:
                page.paragraph(detail, indent=2, lead=Piece(f"{look.symbols.bad} {change}   ", "bad"))
            else:
                page.line(Piece(f"{look.symbols.ok} ", "good"), f"{change}   written {span(seconds)}", indent=2)
        case WentOn(slow):
            page.paragraph(f"Not waiting any longer for {', '.join(map(str, slow))}.", indent=2, style="strong")
        case Waited(seconds):
            page.line(Piece(f"readers may serve the old value for {clock(seconds)} more", "dim"), indent=4)
        case Lingering(who, operation):
            page.paragraph(
                f"{who} still runs {operation}, which was asked to stop; waiting for its last move.", indent=4
            )
    return page


@dataclass(frozen=True, slots=True)
class Ending:
    """What the end tells besides the outcome.

    `owners` are the roles that release each named toggle. `trouble`: why the state could not be written, `journal` the
    file that has the entries instead; `lost`: there is none. `checks` are sentences: what to look at now.
    """

    outcome: Outcome
    unmet: tuple[Unmet, ...]
    owners: Mapping[Address, Address | None]
    propagation: float = 0.0
    waited: bool = False
    trouble: str = ""
    journal: str = ""
    lost: str = ""
    stopped: str = ""
    checks: tuple[str, ...] = ()
    again: str = ""


def rollback_end(ending: Ending, ground: Ground, look: Look) -> Page:
    page, outcome = Page(look), ending.outcome
    if ending.stopped:
        page.paragraph(ending.stopped, indent=2, style="dim")
    bad = [one for one in outcome.results if one.ended is not Ended.DOWN or len(one.missing)]
    for one in bad:
        _add_bad(page, one)
    page.blank()
    _add_verdict(page, ending, bad)
    add_unmet(page, ending.unmet, ground, "Broken now")
    _add_held(page, ending)
    if ending.trouble:
        _add_trouble(page, ending)
    if ending.checks:
        page.blank()
        page.line("Check now")
        for number, check in enumerate(ending.checks, 1):
            page.paragraph(check, indent=2, lead=Piece(f"{number}. "))
    return page


def _add_bad(page: Page, one: Result) -> None:
    signs = page.look.symbols
    down = one.down
    if one.ended is Ended.DOWN:
        text = f"is down, and {_names(one.missing)} could not be put back as testers. {one.detail}"
        page.paragraph(text.strip(), indent=2, lead=Piece(f"{signs.ask} {down.address} ", "warn"))
        return
    words = {Ended.FAILED: "is NOT down", Ended.UNKNOWN: "may not be down", Ended.SKIPPED: "was left alone"}
    style: Style = "warn" if one.ended is Ended.SKIPPED else "bad"
    page.paragraph(
        f"{words[one.ended]}: {one.detail}", indent=2, lead=Piece(f"{signs.bad} {down.address} ({down.key}) ", style)
    )


def _names(testers: Testers) -> str:
    return ", ".join((*testers.actors, *(f"the group {name}" for name in testers.groups)))


def _add_verdict(page: Page, ending: Ending, bad: Sequence[Result]) -> None:
    outcome = ending.outcome
    stopped = f" {outcome.stopped}" if outcome.stopped else ""
    if bad:
        down = sum(one.ended is Ended.DOWN for one in outcome.results)
        what = "All down, but testers are missing" if down == len(outcome.results) else "NOT all down"
        page.paragraph(f"{what}: {down} of {len(outcome.results)} verified.{stopped}", style="bad")
        if ending.again:
            page.line("try again:  ", Piece(ending.again, "strong"), indent=2)
    elif outcome.results:
        readers = ""
        if ending.propagation and not ending.waited:
            readers = f" Readers may still serve the old values for up to {clock(ending.propagation)}."
        page.paragraph(f"Rolled back and verified in {span(outcome.seconds)}.{stopped}{readers}", style="good")
        kept = sum(len(one.down.kept) for one in outcome.results)
        if kept:
            page.line(f"{count(kept, 'tester')} still {'has' if kept == 1 else 'have'} it.")
    else:
        page.paragraph("Nothing had to go down.", style="strong")


def _add_held(page: Page, ending: Ending) -> None:
    holds = ending.outcome.holds
    if not holds:
        return
    page.blank()
    own = sorted(address for address, hold in holds.items() if hold.of is None)
    behind = sorted(address for address, hold in holds.items() if hold.of is not None)
    what = "It is held" if len(holds) == 1 else "Both are held" if len(holds) == 2 else f"All {len(holds)} are held"
    page.paragraph(f"{what}: nothing turns {'it' if len(holds) == 1 else 'them'} up again before a release.")
    for address in own:
        owner = ending.owners.get(address)
        who = f"   (by {owner})" if owner is not None else "   (no role is recorded that owns it)"
        command = f'flagstaff release {shlex.quote(str(address))} -note "ROOT CAUSE"'
        page.line(Piece(command, "strong"), who, indent=2)
    for address in behind:
        page.line(f"{address} is released with {holds[address].of}", indent=2)


def _add_trouble(page: Page, ending: Ending) -> None:
    page.blank()
    page.paragraph(f"The state could not be written. {ending.trouble}", style="strong")
    if ending.lost:
        page.paragraph(
            f"Nor could a local journal: {ending.lost}. Nothing records this rollback; keep this text.", style="bad"
        )
    elif ending.journal:
        page.paragraph(
            f"What was done is in {ending.journal}. Keep it: the next command here that writes the state takes it "
            "over. Until then only this machine knows of the holds."
        )
