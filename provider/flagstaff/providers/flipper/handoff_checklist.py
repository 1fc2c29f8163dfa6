"""A hand-off as a list of clicks on Flipper's web page, in Markdown with check boxes. Pure.

Only what can be clicked without a gap and without losing testers is a click; the rest refers to the console script.
Text from elsewhere is escaped, so that no key or reason turns into markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import quote

from flagstaff.addresses import Address
from flagstaff.model.exposure import OFF, ON, Exposure
from flagstaff.model.live import Json, LiveExposure, Refusal
from flagstaff.model.times import moment
from flagstaff.plan.plan import Move
from flagstaff.providers.flipper import gates as gate
from flagstaff.providers.flipper.handoff import Does, Handoff, LeftOut, does, new_gates, testers

# The buttons of Flipper's page; every other percentage is typed.
BUTTONS: Final = frozenset({"0", "1", "5", "10", "15", "25", "50", "75", "100"})
_MARKUP: Final = re.compile(r"([\\`*\[\]<>&~|]|(?<!\w)_|_(?!\w))")
_SCRIPT: Final = "`flagstaff handoff PLAN -format=rails`"


def checklist(handoff: Handoff, *, rollback: bool = False) -> str:
    """`rollback`: everything goes down, whatever it is at when somebody gets there."""
    return (
        "\n".join([*_head(handoff, rollback), *_clicks(handoff), *_end(handoff), *_left_out(handoff.left_out)]) + "\n"
    )


def _head(handoff: Handoff, rollback: bool) -> Iterator[str]:
    moves = len(handoff.moves)
    yield f"# Feature toggles in {plain(handoff.environment)}: {moves} {'change' if moves == 1 else 'changes'} by hand"
    yield ""
    yield f"- Environment: **{plain(handoff.environment)}**{' (PRODUCTION)' if handoff.production else ''}"
    yield f"- Change: {code(handoff.change)}"
    yield f"- Made: {moment(handoff.made_at, handoff.plan.core.zone)} by {plain(handoff.made_by)}"
    if handoff.page:
        yield f"- Page: <{_url(handoff.page)}/features>"
    yield "- For: ______________________ (who clicks)"
    yield ""
    if rollback:
        yield "Go from top to bottom. If a toggle shows something else than is said here, turn it down all the same,"
        yield "note what it showed, and go on. One that is lower already stays there. Toggle names are case sensitive."
    else:
        yield "Go from top to bottom. Look before each click: if a toggle does not show what is said here, STOP, change"
        yield "nothing more, and tell the person who made this list. Toggle names are case sensitive."
    yield ""
    yield "NEVER PRESS *Disable* unless a line here says so: it deletes all testers of a toggle."


def _clicks(handoff: Handoff) -> Iterator[str]:
    counts, number = testers(handoff), 0
    written: set[Address] = set()
    for batch in handoff.batches:
        behind = {place for move in batch for place in handoff.near.get(move.address, ()) if place in written}
        yield ""
        if behind and handoff.propagation:
            wait = f"**WAIT {_span(handoff.propagation)}** from the last click"
            yield f"- [ ] {wait}. Done waiting at __:__ {_zone(handoff)}"
            yield ""
            written.clear()
        written.update(move.address for move in batch)
        for move in batch:
            number += 1
            yield from _click(handoff, move, number, counts.get(move.address, 0))


def _click(handoff: Handoff, move: Move, number: int, people: int) -> Iterator[str]:
    before, after = _shown(move.before), _shown(move.after)
    yield f"- [ ] **{number}.** {code(move.key)}: {plain(before)} to **{plain(after)}** ({plain(str(move.address))})"
    if handoff.page and does(move) is not Does.CREATE:
        yield f"  - Open <{_url(handoff.page)}/features/{quote(move.key, safe='')}>"
    yield f"  - See first: {_seen(move.before, move.gates)}{_people(people, move.before)}"
    steps = _steps(move, people)
    if steps is None:
        way = f"Use the console script for it and all that is left: {_SCRIPT}"
        yield f"  - NOT BY CLICKING: {_why_not(move, people)} {way}"
        return
    for step in steps:
        yield f"  - {step}"
    if people and not (isinstance(move.after, Exposure) and move.after.is_on):
        yield f"  - do NOT press *Disable*: it would DELETE {_testers(people).upper()}"
    yield f"  - See after: {_seen(move.after, {})}{_people(people, move.after)}. Done at __:__ {_zone(handoff)}"


def _steps(move: Move, people: int) -> tuple[str, ...] | None:
    """What to press; None where clicking would leave a gap, lose testers, or is not possible."""
    gates = new_gates(move)
    if isinstance(gates, Refusal) or does(move) is not Does.CHANGE:
        return None
    if gate.BOOLEAN in gates:
        return _boolean(move, gates, people)
    if not gates.keys() <= {gate.PERCENTAGE, gate.TIME}:
        return None
    names = (gate.PERCENTAGE, gate.TIME)  # what may hold the toggle open is closed last
    return tuple(_percentage(name, str(gates[name])) for name in names if name in gates)


def _boolean(move: Move, gates: Mapping[str, Json], people: int) -> tuple[str, ...] | None:
    """*Fully Enable* and *Disable* wipe all other gates; the first leaves no gap only from 0 %."""
    confirm = f"and type {code(move.key)} where the page asks for the name"
    if people:
        return None
    if gates[gate.BOOLEAN] and move.before == OFF:
        return (f"Press *Fully Enable*, {confirm}",)
    if not gates[gate.BOOLEAN] and move.after == OFF and move.before == ON:
        return (f"Press *Disable*, here only, {confirm}: it had no testers when this list was made",)
    return None


def _percentage(name: str, value: str) -> str:
    what = "percentage of actors" if name == gate.PERCENTAGE else "percentage of time"
    shown = f"*Enabled for …% of {'actors' if name == gate.PERCENTAGE else 'time'}*"
    if value in BUTTONS:
        return f"At {shown} press *Edit*, then the button **{value}%** ({what})"
    return f"At {shown} press *Edit*, type **{value}** in the field beside the buttons, press *Save* ({what})"


def _why_not(move: Move, people: int) -> str:
    match does(move):
        case Does.CREATE:
            return "the page may not create toggles, and the script checks the name."
        case Does.DELETE:
            return "the page may not delete toggles."
        case Does.CHANGE if people:
            return f"the page would DELETE {_testers(people).upper()} on the way."
        case Does.CHANGE:
            return "on the way the page would switch everybody off for a moment, or has no button for it."


def _zone(handoff: Handoff) -> str:
    """What times are to be written in."""
    return f"{handoff.made_at.astimezone(handoff.plan.core.zone):%Z}"


def _end(handoff: Handoff) -> Iterator[str]:
    yield ""
    yield f"Done by ______________________ on ______________ at __:__ {_zone(handoff)}"
    yield ""
    yield "Then export the toggles again and record what was done:"
    yield ""
    yield "    flagstaff confirm PLAN -from export.json"


def _left_out(changes: tuple[LeftOut, ...]) -> Iterator[str]:
    if not changes:
        return
    yield ""
    yield "## NOT part of this hand-off"
    yield ""
    yield "Do not do these, even though they are in the same configuration:"
    yield ""
    for change in changes:
        what = f"{plain(_shown(change.before))} to {plain(_shown(change.after))}"
        yield f"- {code(change.key)} ({plain(str(change.address))}), {what}: {plain(change.why)}"


def _shown(exposure: LiveExposure | None) -> str:
    return "not in the store" if exposure is None else str(exposure)


def _seen(exposure: LiveExposure | None, gates: Mapping[str, Json] | None) -> str:
    """What the page shows of it."""
    if exposure is None:
        return "the list has no toggle of that name"
    if not isinstance(exposure, Exposure):
        return plain(str(exposure))
    if exposure.is_on and gate.TIME in (gates or {}):
        return "enabled for 100% of time"
    return "fully enabled" if exposure.is_on else f"enabled for {exposure.encode()}% of actors"


def _people(people: int, exposure: LiveExposure | None) -> str:
    """The page hides the testers of a toggle that is fully enabled."""
    return f", and {_testers(people)}" if people and exposure != ON else ""


def _testers(people: int) -> str:
    return f"{people} {'tester' if people == 1 else 'testers'}"


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    parts = ((minutes, "minute"), (rest, "second"))
    return " ".join(f"{number} {unit}{'s' * (number != 1)}" for number, unit in parts if number)


def _url(text: str) -> str:
    """A link can't end early or hold blanks."""
    return quote(text, safe=":/?&=%@~+,;$!-._")


def code(text: str) -> str:
    """A code span that shows exactly this text, whatever is in it."""
    visible = _visible(text)
    longest = max((len(run) for run in re.findall("`+", visible)), default=0)
    if not longest and visible == visible.strip():
        return f"`{visible}`"
    fence = "`" * (longest + 1)
    return f"{fence} {visible} {fence}"


def plain(text: str) -> str:
    """Text on one line in which nothing is markup."""
    return _MARKUP.sub(r"\\\1", _visible(" ".join(text.split())))


def _visible(text: str) -> str:
    """Control and direction signs as escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
