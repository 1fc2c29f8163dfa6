"""A rollout's timeline: what ran, what still soaks, and when each later stage could run at the earliest. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final

from flagstaff.addresses import Address
from flagstaff.model.evidence import Verdict
from flagstaff.model.rollout import Soak, Stage, StageName
from flagstaff.model.times import day, moment
from flagstaff.plan.check import Check, CheckName
from flagstaff.plan.stages.texts import duration
from flagstaff.plan.stages.view import StageState, StageView
from flagstaff.views.report.figures import Period, Row, Span, Timeline
from flagstaff.views.report.inline import Line, Strong, line

# What passes with time alone, or as soon as somebody says so.
_PASSING: Final = frozenset(
    {CheckName.SOAK, CheckName.NOT_BEFORE, CheckName.STAGE_ORDER, CheckName.APPROVAL, CheckName.WORKING_HOURS}
)
_BEGUN: Final = frozenset({StageState.STARTED, StageState.RUNNING, StageState.STOPPED, StageState.SERVED})


@dataclass(frozen=True, slots=True)
class Terms:
    """What is declared of a stage's time. `soak` None: nobody has chosen it; `known` false: nor when it may begin."""

    not_before: datetime | None = None
    soak: timedelta | None = timedelta(0)
    known: bool = True
    after: tuple[str, ...] = ()

    @classmethod
    def of(cls, stage: Stage) -> Terms:
        soak = timedelta(0) if stage.soak is None else stage.soak.minimum if isinstance(stage.soak, Soak) else None
        start = stage.not_before if isinstance(stage.not_before, datetime) else None
        return cls(start, soak, known=stage.not_before is None or start is not None, after=stage.after)

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Terms:
        """From a stage of the applied configuration."""
        start, soak = document.get("not_before"), document.get("soak")
        minimum = 0 if soak is None else soak.get("minimum")
        return cls(
            datetime.fromisoformat(start) if isinstance(start, str) else None,
            None if minimum is None else timedelta(seconds=minimum),
            known=not isinstance(start, dict),
            after=tuple(document.get("after", ())),
        )


@dataclass(frozen=True, slots=True)
class Moment:
    """What all rows share. `begin`: stages that a plan begins; `title_of`: what a blocker or monitor is called."""

    now: datetime
    zone: tzinfo
    title_of: Callable[[Address], str]
    begin: Collection[StageName] = ()


def timeline(stages: Sequence[StageView], terms: Mapping[str, Terms], at: Moment) -> Timeline:
    """`terms` by the name of the stage; of one without, nothing is known."""
    earliest = _earliest(stages, terms, at.now)
    rows = tuple(_row(stage, earliest.get(stage.stage.name), at) for stage in stages)
    moments = [at.now, *(moment for row in rows for span in row.spans for moment in (span.start, span.end))]
    first, last = (day(edge.replace(microsecond=0), at.zone)[:10] for edge in (min(moments), max(moments)))
    return Timeline(rows, at.now, (first, last))


def _earliest(
    stages: Sequence[StageView], terms: Mapping[str, Terms], now: datetime
) -> dict[str, tuple[datetime, datetime]]:
    """When each stage that hasn't begun could begin, and have served its soak; without those of which nobody can say.

    A stage comes behind those of `after`, whatever their order is in `stages`. Of one that waits for more than time
    and a word, nobody can say.
    """
    stuck = {one.stage.name for one in stages if any(check.name not in _PASSING for check in one.checks)}
    found: dict[str, tuple[datetime, datetime]] = {}
    ends = {one.stage.name: one.served_at for one in stages if one.state in _BEGUN}
    waiting = {one.stage.name: terms[one.stage.name] for one in stages if one.state not in _BEGUN
               and one.stage.name in terms}  # fmt: skip
    while ready := [name for name, one in waiting.items() if not any(before in waiting for before in one.after)]:
        for name in ready:
            one = waiting.pop(name)
            befores = [ends.get(before) for before in one.after]
            known = [before for before in befores if before is not None]
            if name in stuck or not one.known or len(known) < len(befores):
                continue
            start = max([now, *known, *([one.not_before] if one.not_before else [])])
            ends[name] = None if one.soak is None else start + one.soak
            found[name] = (start, start + (one.soak or timedelta(0)))
    return found


def _row(stage: StageView, earliest: tuple[datetime, datetime] | None, at: Moment) -> Row:
    begins = stage.stage in at.begin
    sign, state = ("▶", "begins with this plan") if begins else _STATES[stage.state]
    if stage.state is StageState.WAITING and not begins and _blocked(stage):
        sign, state = "✗", "may not begin yet"
    title = stage.title or stage.stage.name
    waits = () if begins else tuple(_waits(stage, at))
    return Row(title, sign, state, line(*_texts(stage, earliest, at)), tuple(_spans(stage, earliest, at)), waits)


_STATES: Final = {
    StageState.WAITING: ("○", "waits"),
    StageState.STARTED: ("◐", "begun in part"),
    StageState.RUNNING: ("▶", "runs"),
    StageState.STOPPED: ("■", "stopped"),
    StageState.SERVED: ("✓", "soak served"),
    StageState.LEFT: ("■", "has no Go any more"),
}


def _blocked(stage: StageView) -> bool:
    return stage.go and any(check.verdict is not Verdict.PENDING for check in stage.checks)


def _texts(stage: StageView, earliest: tuple[datetime, datetime] | None, at: Moment) -> Iterator[str]:
    least, most = stage.at_least, stage.exposure
    share = "" if most is None else str(most) if least in {None, most} else f"{least} to {most}"
    parts = [share or ("moves no toggle" if not stage.toggles else "share not decided")]
    if stage.since is not None:
        parts.append(f"since {moment(stage.since, at.zone)}")
    if stage.served_at is not None and stage.served_at != stage.since:
        ahead = stage.served_at > at.now
        left = f" ({duration(stage.served_at - at.now)} left)" if ahead else ""
        parts.append(f"soak {'until' if ahead else 'served'} {moment(stage.served_at, at.zone)}{left}")
    if stage.state not in _BEGUN:
        parts.append(_start(earliest, at))
    yield "; ".join(parts)


def _start(earliest: tuple[datetime, datetime] | None, at: Moment) -> str:
    if earliest is None:
        return "no date can be said yet"
    start, end = earliest
    begins = "now" if start <= at.now else day(start, at.zone)[:10]
    return f"at the earliest {begins}" + (f", soak {duration(end - start)}" if end > start else "")


def _spans(stage: StageView, earliest: tuple[datetime, datetime] | None, at: Moment) -> Iterator[Span]:
    if stage.state not in _BEGUN:
        if earliest is not None:
            yield Span(*earliest, Period.PLANNED)
    elif stage.since is not None:
        # Where a clock stands, nobody knows for how long it ran.
        runs = stage.state in {StageState.RUNNING, StageState.SERVED}
        yield Span(stage.since, max(stage.since, at.now) if runs else stage.since, Period.RAN)
        if stage.served_at is not None and stage.served_at > at.now:
            yield Span(max(at.now, stage.since), stage.served_at, Period.SOAK)


def _waits(stage: StageView, at: Moment) -> Iterator[Line]:
    if stage.state in _BEGUN:
        return
    found: dict[Line, None] = {} if stage.go else {line("its Go"): None}
    for check in stage.checks:
        found[_wait(check, at)] = None
    yield from found


def _wait(check: Check, at: Moment) -> Line:
    if check.of is None:
        return line(Strong(check.summary), f": {check.detail}" if check.detail else "")
    return line(Strong(at.title_of(check.of)), f" ({check.label or check.summary})")
