"""A rollout's document, from its configuration, its record and what is true now. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flagstaff.addresses import Address
from flagstaff.model.configuration import Desired
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.evidence import Reading
from flagstaff.model.recorded import Recorded
from flagstaff.model.rollout import Rollout
from flagstaff.plan.stages.view import RolloutView
from flagstaff.state import facts
from flagstaff.views.history import Event, signed
from flagstaff.views.report import evidence, people, stages
from flagstaff.views.report.matter import Matter
from flagstaff.views.report.model import (
    NONE,
    Block,
    Code,
    Line,
    Paragraph,
    Prose,
    Report,
    Section,
    Strong,
    Table,
    Undecided,
    joined,
    line,
    words,
)
from flagstaff.views.status import Status
from flagstaff.views.words import SHORT_ID


def report_of(
    rollout: Address,
    desired: Desired,
    recorded: Recorded,
    status: Status,
    views: Sequence[RolloutView],
    events: Sequence[Event],
    readings: Mapping[Address, Reading],
) -> Report:
    """`rollout` is one of the configuration's; `readings` were made just now, and go before those of the journal."""
    matter = _matter(desired.rollouts[rollout], desired, recorded, status, views, events, readings)
    document = matter.rollout.document
    title = document.title or matter.rollout.title or rollout.name
    return Report(title, _header(matter), tuple(section for section in _chapters(matter) if section is not None))


def _matter(
    rollout: Rollout,
    desired: Desired,
    recorded: Recorded,
    status: Status,
    views: Sequence[RolloutView],
    events: Sequence[Event],
    readings: Mapping[Address, Reading],
) -> Matter:
    view = next((one for one in views if one.rollout == rollout.address), None)
    return Matter(
        desired,
        recorded,
        rollout,
        status,
        next((row for row in status.rows if row.rollout == rollout.address), None),
        {stage.stage.name: stage for stage in view.stages} if view else {},
        tuple(events),
        {**_last_readings(events), **readings},
    )


def _chapters(matter: Matter) -> tuple[Section | None, ...]:
    return (
        stages.standing(matter),
        *_sections(matter),
        people.population(matter),
        people.sources(matter),
        stages.stages(matter),
        people.others(matter),
        evidence.validation(matter),
        evidence.blockers(matter),
        _decided(matter),
        evidence.waivers(matter),
        evidence.monitoring(matter),
        evidence.triggers(matter),
        evidence.risks(matter),
        evidence.open_decisions(matter),
        _happened(matter),
        people.glossary(matter),
    )


def _last_readings(events: Sequence[Event]) -> dict[Address, Reading]:
    readings = (event.fact.reading for event in events if isinstance(event.fact, facts.Measured))
    return {reading.monitor: reading for reading in readings}


def _header(matter: Matter) -> tuple[tuple[str, Line], ...]:
    document, status = matter.rollout.document, matter.status
    place = f"{status.environment} (production)" if status.production else status.environment
    changes = joined([(Code(change[:SHORT_ID]),) for change in matter.changes]) or line("none yet")
    found: list[tuple[str, Line]] = [
        ("Last Updated", words(document.updated)),
        ("Status", words(document.status)),
        *((name, words(text)) for name, text in document.facts.items()),
        ("Environment", line(place)),
        ("Rendered", line(f"{matter.when(status.now)}, state serial {status.serial}")),
        ("Changes applied", changes),
    ]
    return tuple((name, value) for name, value in found if value)


def _sections(matter: Matter) -> list[Section]:
    """The author's own, in their order."""
    found = []
    for section in matter.rollout.document.sections:
        body: Block
        if isinstance(section.body, OpenDecision):
            body = Paragraph((Undecided(section.body.why),))
        else:
            body = Prose(section.body)
        found.append(Section(section.title or section.name, (body,)))
    return found


def _decided(matter: Matter) -> Section | None:
    """Decisions on changes that touched the rollout, and those of its roles on changes that were not made."""
    roles = {role for stage in matter.rollout.stages for role in stage.approvals}
    rows = []
    for event in matter.events:
        if not isinstance(event.fact, facts.Approved):
            continue
        one = event.fact.approval
        if one.change in matter.changes or one.role in roles:
            cells = (matter.when(one.at), signed(one), str(one.role))
            made = "" if one.change in matter.changes else ", not made"
            change = (Code(one.change[:SHORT_ID]), *line(made))
            rows.append((line(Strong(one.decision.value)), *map(line, cells), change, line(one.note) or NONE))
    if not rows and not roles:
        return None
    blocks: list[Block] = [] if rows else [Paragraph(line("None yet."))]
    if rows:
        blocks.append(Table(("Decision", "When", "Who", "For", "Change", "Note"), tuple(rows)))
    return Section("Go/no-go decisions", tuple(blocks))


_TOLD = (
    facts.Result,
    facts.Recovered,
    facts.Intent,
    facts.Imported,
    facts.StageChanged,
    facts.BaselineFrozen,
    facts.Answered,
    facts.RollbackStarted,
    facts.RollbackFinished,
    facts.Held,
    facts.Explained,
    facts.Released,
)


def _happened(matter: Matter) -> Section | None:
    names = {str(matter.rollout.address), *map(str, matter.toggles), *map(str, matter.monitors)}
    names |= {str(one.address) for one in matter.triggers}
    mine = [event for event in matter.events if isinstance(event.fact, _TOLD) and event.subjects & names]
    runs = {event.entry.run for event in mine if isinstance(event.fact, facts.Held | facts.RollbackStarted)}
    rows = tuple(
        (line(matter.when(event.entry.time)), line(event.entry.who), line(event.text))
        for event in matter.events
        if not event.minor and isinstance(event.fact, _TOLD) and _belongs(event, names, runs)
    )
    if not rows:
        return Section("What happened", (Paragraph(line("Nothing yet.")),))
    return Section("What happened", (Table(("When", "By", "What"), rows),))


def _belongs(event: Event, names: set[str], runs: set[str]) -> bool:
    """Whether it is about the rollout, or about a rollback that touched it."""
    match event.fact:
        case facts.Explained(rollback=run):
            return run in runs
        case facts.RollbackStarted() | facts.RollbackFinished():
            return event.entry.run in runs
        case _:
            return not event.subjects.isdisjoint(names)
