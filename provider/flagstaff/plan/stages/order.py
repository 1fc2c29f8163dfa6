"""Entry checks that stages and time decide: what nobody has chosen yet, the stages before, soaks, dates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import assert_never

from flagstaff.model.decisions import OpenDecision
from flagstaff.model.evidence import Verdict
from flagstaff.model.rollout import Rollout, Soak, Stage, StageName
from flagstaff.model.times import day, moment, soonest
from flagstaff.plan.check import Check, CheckName
from flagstaff.plan.stages.clock import Place
from flagstaff.plan.stages.texts import duration, sentence


@dataclass(frozen=True, slots=True)
class Subject:
    """The stage whose entry is checked, with where all stages are. `told`: decisions that other checks speak of."""

    rollout: Rollout
    stage: Stage
    places: Mapping[StageName, Place]
    now: datetime
    zone: tzinfo
    told: frozenset[OpenDecision] = frozenset()

    @property
    def name(self) -> str:
        """As texts call it."""
        return f'"{self.stage.name.name}"'

    @property
    def before(self) -> tuple[StageName, ...]:
        """The stages that it comes after."""
        names = (StageName(self.rollout.address, name) for name in self.stage.after)
        return tuple(name for name in names if name in self.places)


def order_checks(subject: Subject) -> Iterator[Check]:
    yield from _decisions(subject)
    for name in subject.before:
        yield from _after(subject, subject.places[name])
    yield from _not_before(subject)


def _decisions(subject: Subject) -> Iterator[Check]:
    """What stands in a blocker or monitor is said by its own check; its own soak is for what comes after it."""
    stage = subject.stage
    own = (item for item in (stage.exposure, stage.not_before) if isinstance(item, OpenDecision))
    blockers, told = set(map(str, stage.blocked_by)), {(one.why, one.range) for one in subject.told}
    others = (
        item
        for item in stage.open_decisions
        if item != stage.soak and item.place not in blockers and (item.why, item.range) not in told
    )
    for decision in dict.fromkeys((*own, *others)):
        yield _undecided(subject, decision, f"Stage {subject.name} can't begin before somebody has chosen it.")


def _undecided(subject: Subject, decision: OpenDecision, consequence: str) -> Check:
    owner = decision.owner or subject.rollout.owner
    return Check(
        CheckName.DECISION,
        Verdict.UNDECIDED,
        "Not decided yet",
        f"Nobody has chosen yet: {sentence(decision.why)} {consequence}",
        decision.range,
        label=f"owner: {owner}" if owner else "",
        ways_out=("put the value in the place of `undecided(...)`",),
    )


def _after(subject: Subject, before: Place) -> Iterator[Check]:
    other = f'"{before.stage.name.name}"'
    if not before.running and not before.served:
        yield _not_run(subject, before)
        return
    yield Check(CheckName.STAGE_ORDER, Verdict.PASS, "Stage before it has run", f"after {other}", before.stage.range)
    match before.stage.soak:
        case None:
            return
        case OpenDecision() as decision:
            yield _undecided(
                subject, decision, f"Stage {subject.name} comes after {other}, and nobody knows for how long that runs."
            )
        case Soak() as soak:
            yield _soak(subject, before, soak)
        case _:
            assert_never(before.stage.soak)


def _not_run(subject: Subject, before: Place) -> Check:
    other = before.stage.name.name
    has_go = other in subject.rollout.go
    return Check(
        CheckName.STAGE_ORDER,
        Verdict.FAIL,
        "Stage before it has not run",
        f'Stage {subject.name} comes after "{other}", {_state(before, has_go=has_go)}. A stage counts once all its '
        "toggles were verified in an earlier apply.",
        subject.rollout.go_range or subject.stage.range,
        label=f'{subject.name} comes after "{other}"',
        ways_out=(
            f'take {subject.name} out of `go` until "{other}" has run'
            if has_go
            else f'put "{other}" into `go` first, without {subject.name}',
        ),
    )


def _state(before: Place, *, has_go: bool) -> str:
    record = before.record
    if before.trouble:
        return f"whose clock stands ({before.trouble}; it ran {duration(before.longest)} in one piece)"
    if record is not None and record.started is not None:
        return "which has begun, and not all of its toggles are there yet"
    return "which has not begun" if has_go else "which has no Go"


def _soak(subject: Subject, before: Place, soak: Soak) -> Check:
    other, lasts = f'"{before.stage.name.name}"', duration(soak.minimum)
    earliest = before.serves_at
    if before.served or earliest is None:
        return Check(
            CheckName.SOAK,
            Verdict.PASS,
            "Soak served",
            f"soak of {other} served ({lasts})",
            before.stage.soak_range,
            earliest=earliest if before.running and earliest and earliest <= subject.now else None,
        )
    when = soonest(earliest, subject.zone)
    return Check(
        CheckName.SOAK,
        Verdict.FAIL,
        "Soak not served",
        f"Stage {subject.name} comes after {other}, which has to run for {lasts} in one piece. It has run for "
        f"{duration(before.piece)}; earliest {when}, soak {lasts}.",
        before.stage.soak_range or before.stage.range,
        label=f"earliest {when}, soak {lasts} of {other}",
        ways_out=(f"wait until {when}, and plan again",),
        earliest=earliest,
    )


def _not_before(subject: Subject) -> Iterator[Check]:
    when, place = subject.stage.not_before, subject.stage.not_before_range
    if not isinstance(when, datetime):
        return
    if when <= subject.now:
        text = f"not before {day(when, subject.zone)}"
        yield Check(CheckName.NOT_BEFORE, Verdict.PASS, "Date has come", text, place, earliest=when)
        return
    said = moment(when, subject.zone)
    yield Check(
        CheckName.NOT_BEFORE,
        Verdict.FAIL,
        "Too early",
        f"Stage {subject.name} may not begin before {said}.",
        place or subject.stage.range,
        label=f"earliest {said}",
        ways_out=(f"wait until {said}, and plan again",),
        earliest=when,
    )
