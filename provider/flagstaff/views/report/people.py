"""The sections about people: who gets it, where their data come from before and after, what words mean."""

from __future__ import annotations

from collections.abc import Iterator

from flagstaff.addresses import Address
from flagstaff.model.exposure import FULL, Exposure
from flagstaff.views.report.figures import Bar, Bars
from flagstaff.views.report.matter import Matter, number, share
from flagstaff.views.report.model import NONE, Code, Line, Paragraph, Section, Strong, Table, Text, joined, line


def population(matter: Matter) -> Section | None:
    product = matter.product
    if product is None or not product.segments:
        return None
    rows = []
    for segment in product.segments:
        percent = f"{(segment.share * 100).normalize():f} %" if segment.share is not None else ""
        people = (
            number(round(product.people * segment.share))
            if product.people is not None and segment.share is not None
            else ""
        )
        cells = (segment.title or segment.name, percent, people, segment.on, segment.off)
        rows.append(tuple(line(cell) or NONE for cell in cells))
    how_many = f"{product.title}: about {number(product.people)} people." if product.people is not None else ""
    table = Table(("Patient type", "Share", "People", "When it is on", "When it is off"), tuple(rows))
    drawn = _reach(matter)
    return Section(
        "Target population",
        (*([Paragraph(line(how_many))] if how_many else []), *([Bars(drawn)] if drawn else []), table),
    )


def _reach(matter: Matter) -> tuple[Bar, ...]:
    """How far each stage goes beyond what all of its toggles have now."""
    found = []
    for stage in matter.rollout.stages:
        if not isinstance(stage.exposure, Exposure) or not stage.toggles:
            continue
        known = [matter.recorded.toggles.get(toggle) for toggle in stage.toggles]
        now = min((record.exposure.points if record else 0) for record in known) / FULL
        many = matter.people(stage.exposure)
        people = f", about {number(many)} people for each toggle" if many is not None else ""
        text = line(*share(stage), people)
        found.append(Bar(line(stage.title or stage.name.name), now, max(now, stage.exposure.points / FULL), text))
    return tuple(found)


def sources(matter: Matter) -> Section | None:
    """Where data come from before and after a stage, as far as stages say what they mean."""
    rows = tuple(_sources(matter))
    if not rows:
        return None
    return Section("Data sources before and after", (Table(("Stage", "Toggles", "Before", "After"), rows),))


def _sources(matter: Matter) -> Iterator[tuple[Line, ...]]:
    meanings: dict[Address, str] = {}
    for stage in matter.rollout.stages:
        groups: dict[str, list[Address]] = {}
        for toggle in stage.toggles:
            before = meanings.get(toggle, "")
            if stage.meaning and stage.meaning != before:
                groups.setdefault(before, []).append(toggle)
                meanings[toggle] = stage.meaning
        for before, toggles in groups.items():
            titles = joined([line(matter.title_of(toggle)) for toggle in toggles])
            was = line(before or "as it is without the toggle")
            yield line(Strong(stage.title or stage.name.name)), titles, was, line(stage.meaning)


def others(matter: Matter) -> Section | None:
    """The product's toggles that no stage moves: readers ask whose they are."""
    rows = [
        (
            line(toggle.title or str(toggle.address)),
            joined([(Code(alias),) for alias in toggle.aliases]) or NONE,
            (Code(toggle.key),),
            line("never written" if toggle.exposure is None else str(toggle.exposure)),
        )
        for address, toggle in matter.desired.toggles.items()
        if toggle.product is not None and toggle.product == matter.rollout.product and address not in matter.toggles
    ]
    if not rows:
        return None
    table = Table(("Toggle", "Alias", "Key", "Declared"), tuple(rows))
    return Section("Other toggles of the product", (table,))


def glossary(matter: Matter) -> Section | None:
    words = matter.rollout.document.glossary
    if not words:
        return None
    rows = tuple(((Strong(term),), (Text(meaning),)) for term, meaning in words.items())
    return Section("Glossary", (Table(("Term", "Definition"), rows),))


def ramp(matter: Matter) -> Table:
    """All stages at a glance."""
    rows = []
    for stage in matter.rollout.stages:
        view = matter.views.get(stage.name.name)
        go = "yes" if stage.name.name in matter.rollout.go else "no"
        state = view.state.value if view else ""
        rows.append((line(Strong(stage.title or stage.name.name)), share(stage), line(go), line(state) or NONE))
    return Table(("Stage", "Share", "Go", "State"), tuple(rows))
