"""The sections about the ramp: where it stands, and each stage with its dates, people, toggles and conditions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from flagstaff.addresses import Address
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.evidence import Verdict
from flagstaff.model.exposure import Exposure
from flagstaff.model.recorded import StageRecord
from flagstaff.model.rollout import Stage
from flagstaff.model.times import day
from flagstaff.plan.stages.texts import duration
from flagstaff.plan.stages.view import StageState, StageView
from flagstaff.views.report.matter import Matter, number, share, soak
from flagstaff.views.report.model import (
    NONE,
    Block,
    Bullets,
    Code,
    Line,
    Paragraph,
    Section,
    Strong,
    Table,
    Text,
    Undecided,
    joined,
    line,
)
from flagstaff.views.report.people import ramp
from flagstaff.views.report.times import Moment, Terms, timeline
from flagstaff.views.status import Wait
from flagstaff.views.words import age


def standing(matter: Matter) -> Section:
    """The verdict, first of all."""
    row, status = matter.row, matter.status
    blocks: list[Block] = []
    if status.alone:
        blocks.append(Paragraph(line(Strong("From the state alone."), " ", status.alone)))
    if row is not None:
        blocks.append(Paragraph(line(Strong(_where(matter)))))
        blocks += [Paragraph(line(Strong("HELD."), " ", text)) for text in _held(matter)]
        if row.waits:
            following = row.next or row.at
            name = following.title or following.stage.name if following else ""
            blocks.append(Paragraph(line("What ", Strong(name), " waits for:")))
            blocks.append(Bullets(tuple(map(_wait, row.waits))))
    blocks.append(ramp(matter))
    return Section("Where it stands", tuple(blocks))


def _where(matter: Matter) -> str:
    row = matter.row
    if row is None or row.at is None:
        return "Not begun."
    if row.complete:
        return "Complete: the last stage has served its soak."
    at = row.at
    level = f" at {at.exposure}" if at.exposure is not None else ""
    since = f", since {matter.when(at.since)} ({age(matter.status.now - at.since)})" if at.since else ""
    state = {StageState.STOPPED: ", its clock stands", StageState.STARTED: ", begun in part"}.get(at.state, "")
    return f"{at.title or at.stage.name}{level}{since}{state}."


def _held(matter: Matter) -> Iterator[str]:
    for held in matter.status.held:
        if matter.row is not None and held.address in matter.row.held:
            hold = held.hold
            said = f"since {matter.when(hold.at)} by {hold.who}: {hold.cause or 'no reason given yet'}" if hold else ""
            role = f" Released by {held.role}." if held.role else ""
            yield f"{held.address}: {'; '.join(filter(None, (held.text, said)))}.{role}"


def _wait(wait: Wait) -> Line:
    if wait.verdict is Verdict.UNDECIDED and wait.text.startswith("undecided: "):
        return (Undecided(wait.text.removeprefix("undecided: ")),)
    return line(wait.text)


def stages(matter: Matter) -> Section:
    """Drawn on a line of time, where one can say where they are; then each by itself."""
    views = [matter.views[name] for stage in matter.rollout.stages if (name := stage.name.name) in matter.views]
    at = Moment(matter.status.now, matter.zone, matter.called)
    terms = {stage.name.name: Terms.of(stage) for stage in matter.rollout.stages}
    drawn = (timeline(views, terms, at),) if views else ()
    return Section("Stages", (*drawn, *(_stage(stage, matter) for stage in matter.rollout.stages)))


def _stage(stage: Stage, matter: Matter) -> Section:
    view = matter.views.get(stage.name.name)
    record = matter.recorded.stages.get(stage.name)
    facts = [line(Strong(f"{name}:"), " ", *value) for name, value in _facts(stage, view, record, matter)]
    note = [Paragraph(line(stage.note))] if stage.note else []
    toggles: list[Block] = []
    if stage.toggles:
        toggles = [Paragraph(line("Toggles to turn to ", *share(stage), ":")), _toggles(stage, matter)]
    return Section(stage.title or stage.name.name, (*note, Bullets(tuple(facts)), *toggles))


def _facts(
    stage: Stage, view: StageView | None, record: StageRecord | None, matter: Matter
) -> Iterator[tuple[str, Line]]:
    yield "Go", line("yes" if stage.name.name in matter.rollout.go else "no")
    yield "State", line(view.state.value if view else "waiting")
    yield "Share", share(stage)
    if stage.meaning:
        yield "Source", line(stage.meaning)
    if stage.not_before is not None:
        yield "Target start", _not_before(stage.not_before, matter)
    if stage.after:
        yield "After", joined([(Text(_title(name, matter)),) for name in stage.after])
    yield from _clock(stage, view, record, matter)
    yield from _people(stage, matter)
    if stage.together:
        yield "Together", line("all of its toggles are moved at the same time, or none")
    if stage.approvals:
        yield "Go/no-go decision by", joined([line(str(role)) for role in stage.approvals])
    if stage.monitors:
        yield "Monitors", joined([line(_monitor(one, matter)) for one in stage.monitors])
    if stage.blocked_by:
        open_ = [b for a in stage.blocked_by if (b := matter.desired.blockers.get(a)) is not None and b.is_open]
        done = len(stage.blocked_by) - len(open_)
        names = f" ({', '.join(blocker.title for blocker in open_)})" if open_ else ""
        yield "Blockers", line(f"{len(open_)} open{names}; {done} resolved or not blocking")
    said = {one.why for one in (stage.exposure, stage.not_before, stage.soak) if isinstance(one, OpenDecision)}
    own = [decision.why for decision in stage.open_decisions if decision.place.startswith("local.")]
    for why in dict.fromkeys(own):
        if why in said:
            continue
        yield "Open", (Undecided(why),)


def _not_before(value: datetime | OpenDecision, matter: Matter) -> Line:
    if isinstance(value, OpenDecision):
        return (Undecided(value.why),)
    return line(f"not before {day(value, matter.zone)}")


def _title(name: str, matter: Matter) -> str:
    stage = matter.rollout.stage(name)
    return stage.title or name if stage else name


def _monitor(address: Address, matter: Matter) -> str:
    monitor = matter.desired.monitors.get(address)
    return monitor.title if monitor else str(address)


def _clock(
    stage: Stage, view: StageView | None, record: StageRecord | None, matter: Matter
) -> Iterator[tuple[str, Line]]:
    if record is not None and record.started:
        yield "Started", line(matter.when(record.started))
    if record is not None and record.verified:
        yield "Verified", line(matter.when(record.verified))
    served = line(soak(stage.soak))
    runs = view is not None and view.state in {StageState.RUNNING, StageState.SERVED}
    if record is not None and (record.verified or record.served):
        now = matter.status.now - record.verified if record.verified and runs else record.served
        served = (*served, Text(f"; served {duration(max(now, record.served))}"))
    if record is not None and view is not None and view.state is StageState.STOPPED:
        served = (*served, Text("; its clock stands" + (f": {record.stopped}" if record.stopped else "")))
    yield "Soak", served


def _people(stage: Stage, matter: Matter) -> Iterator[tuple[str, Line]]:
    if not isinstance(stage.exposure, Exposure) or not stage.toggles:
        return
    expected = matter.people(stage.exposure)
    if expected is not None:
        yield "Expected people, for each toggle", line(f"about {number(expected)}")
    known = [matter.recorded.toggles.get(toggle) for toggle in stage.toggles]
    levels = sorted({record.exposure for record in known if record is not None})
    counts = [many for level in levels if (many := matter.people(level)) is not None]
    if counts:
        texts = dict.fromkeys((number(counts[0]), number(counts[-1])))
        at = " to ".join(dict.fromkeys((str(levels[0]), str(levels[-1]))))
        yield "People now, for each toggle", line(f"about {' to '.join(texts)} (verified share: {at})")


def _toggles(stage: Stage, matter: Matter) -> Table:
    rows = []
    for address in stage.toggles:
        toggle, record = matter.desired.toggles.get(address), matter.recorded.toggles.get(address)
        aliases = joined([(Code(alias),) for alias in toggle.aliases]) if toggle else ()
        rows.append(
            (
                line(matter.title_of(address)),
                aliases or NONE,
                (Code(toggle.key),) if toggle else NONE,
                share(stage),
                line(str(record.exposure)) if record else NONE,
            )
        )
    return Table(("Toggle", "Alias", "Key", "Set to", "Verified now"), tuple(rows))
