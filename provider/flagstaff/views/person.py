"""One person: what they get now and then, and why. The only view that shows an id: the one that was typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flagstaff.audience.person import Moment, Part, Person, PersonExperience, PersonToggle, Why
from flagstaff.model.configuration import Desired
from flagstaff.views.json_text import json_text
from flagstaff.views.look import Look, Page, Piece, Style

Json = dict[str, Any]


def person_page(person: Person, desired: Desired, ids: Mapping[str, str], look: Look, *, what_if: bool) -> Page:
    page = Page(look)
    who = ", ".join(f"{kind}={id}" if kind else id for kind, id in ids.items())
    page.line(Piece(f"What {who} gets", "strong"))
    page.paragraph(f"now: the live store; then: {'with -set' if what_if else 'with what is declared'}", style="dim")
    if person.experiences:
        page.blank()
        page.line(Piece("Experiences", "strong"))
    for experience in person.experiences:
        title = desired.experiences[experience.address].title
        _add(page, f"{title} ({experience.address})", experience.before, experience.after)
        page.paragraph(_parts(experience), indent=4, style="dim")
    page.blank()
    page.line(Piece("Toggles", "strong"))
    for toggle in person.toggles:
        _add(page, str(toggle.address), toggle.before.has, toggle.after.has)
        page.paragraph(_why(toggle), indent=4, style="dim")
    return page


def _add(page: Page, name: str, before: bool | None, after: bool | None) -> None:
    sign, style = _sign(page.look, after)
    change = "" if before is after else f": now {_word(before)}, then {_word(after)}"
    page.paragraph(f"{name}{change}", indent=2, lead=Piece(f"{sign} ", style))


def _sign(look: Look, has: bool | None) -> tuple[str, Style]:
    symbols = look.symbols
    return (symbols.ok, "good") if has else (symbols.ask, "warn") if has is None else ("-", "")


def _word(has: bool | None) -> str:
    return {True: "yes", False: "no", None: "not known"}[has]


def _parts(experience: PersonExperience) -> str:
    return "; ".join(_part(part) for part in experience.parts)


def _part(part: Part) -> str:
    now, then = _word(part.before), _word(part.after)
    return f"{part.name} {now}" if now == then else f"{part.name} {now} -> {then}"


def _why(toggle: PersonToggle) -> str:
    now, then = _reason(toggle.before), _reason(toggle.after)
    return now if now == then else f"now {now}; then {then}"


def _reason(moment: Moment) -> str:
    if moment.bucket is None or moment.opens is None or moment.size is None:
        return moment.why.value
    inside = "is below" if moment.why is Why.INSIDE else "is not below"
    return f"{moment.why.value}: bucket {moment.bucket:,} of {moment.size:,} {inside} {moment.opens:,}"


def person_json(person: Person) -> str:
    """Without the id: whoever asked knows it."""
    document = {
        "format": 1,
        "experiences": [_experience(item) for item in person.experiences],
        "toggles": [_toggle(item) for item in person.toggles],
    }
    return json_text(document, indent=2)


def _experience(item: PersonExperience) -> Json:
    parts = [{"name": part.name, "before": part.before, "after": part.after} for part in item.parts]
    return {"address": str(item.address), "before": item.before, "after": item.after, "parts": parts}


def _toggle(item: PersonToggle) -> Json:
    return {"address": str(item.address), "before": _moment(item.before), "after": _moment(item.after)}


def _moment(moment: Moment) -> Json:
    return {
        "has": moment.has,
        "why": moment.why.value,
        "bucket": moment.bucket,
        "opens": moment.opens,
        "buckets": moment.size,
    }
