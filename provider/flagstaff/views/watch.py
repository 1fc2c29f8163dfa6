"""What a watch has to say: what it sees at one time, and what is new since the time before. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Final

from flagstaff.addresses import Address
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.evidence import Reading, Verdict
from flagstaff.model.rollout import StageName
from flagstaff.model.times import moment
from flagstaff.monitors.watching import Firing, Soaking
from flagstaff.monitors.words import number
from flagstaff.plan.stages.texts import duration
from flagstaff.plan.stages.view import StageState
from flagstaff.views.look import Style

# So many readings in a row without a verdict are said loudly.
MANY: Final = 3
VERDICTS: Final[Mapping[Verdict, Style]] = {
    Verdict.PASS: "good",
    Verdict.FAIL: "bad",
    Verdict.INCONCLUSIVE: "warn",
    Verdict.UNDECIDED: "warn",
    Verdict.PENDING: "warn",
}


@dataclass(frozen=True, slots=True)
class Sight:
    """One evaluation. `stages` are all that have begun, `troubles` what could not be looked at, `silent` how many
    readings in a row of each monitor said nothing."""

    at: datetime
    zone: tzinfo
    stages: tuple[Soaking, ...] = ()
    readings: Mapping[Address, Reading] = field(default_factory=dict)
    firings: tuple[Firing, ...] = ()
    troubles: tuple[str, ...] = ()
    silent: Mapping[Address, int] = field(default_factory=dict)

    @property
    def under_way(self) -> tuple[Soaking, ...]:
        return tuple(one for one in self.stages if one.under_way)


@dataclass(frozen=True, slots=True)
class News:
    """Something new of a stage or a monitor (`subject`), or a trouble (None)."""

    subject: StageName | Address | None
    text: str
    style: Style = ""


def news(before: Sight | None, now: Sight) -> Iterator[News]:
    """What changed; at the first sight, all that is under way."""
    for trouble in now.troubles:
        if before is None or trouble not in before.troubles:
            yield News(None, trouble, "warn")
    if before is not None and before.troubles and not now.troubles:
        yield News(None, "Everything can be looked at again.", "good")
    known = {one.stage.name: one for one in before.stages} if before else {}
    for one in now.stages:
        yield from _stage(known.get(one.stage.name), one, now)
    for address, reading in now.readings.items():
        yield from _reading(before.readings.get(address) if before else None, reading, now)


def _stage(before: Soaking | None, one: Soaking, now: Sight) -> Iterator[News]:
    if not one.under_way and (before is None or not before.under_way):
        return
    if before is None or _key(before) != _key(one):
        style: Style = "warn" if one.state is StageState.STOPPED else "good" if one.place.served else ""
        yield News(one.stage.name, standing(one, now), style)


def _key(one: Soaking) -> tuple[object, ...]:
    return one.state, one.up, one.place.served, one.place.trouble


def _reading(before: Reading | None, reading: Reading, now: Sight) -> Iterator[News]:
    if before is None or before.verdict is not reading.verdict:
        was = f" (was {before.verdict})" if before else ""
        yield News(reading.monitor, f"{reading.verdict}{was}. {reading.reason}", VERDICTS[reading.verdict])
    if now.silent.get(reading.monitor, 0) == MANY:
        text = f"NOBODY IS WATCHING: {MANY} readings in a row say nothing, so no trigger of it can fire."
        yield News(reading.monitor, f"{text} {reading.reason}", "bad")


def standing(one: Soaking, now: Sight) -> str:
    """Where a stage is, in words."""
    record = one.place.record
    since = f" since {moment(record.verified, now.zone)}" if record is not None and record.verified else ""
    if one.place.served:
        length = one.length
        return f"soak served{f' ({duration(length)})' if length else ''}"
    why = f": {one.place.trouble}" if one.place.trouble else ""
    match one.state:
        case StageState.LEFT:
            return "has no Go any more"
        case StageState.STOPPED:
            return f"its clock stands{why}{'' if one.up else '; nothing of it is up any more'}"
        case StageState.STARTED:
            return "has begun, and not all of its toggles are there yet"
        case _:
            return f"runs{since}, {time_left(one, now.at)}"


def time_left(one: Soaking, at: datetime) -> str:
    """Of its soak."""
    if isinstance(one.stage.soak, OpenDecision):
        return f"soak undecided: {one.stage.soak.why}"
    if one.ends is None or one.length is None:
        return "its clock stands" if one.state is StageState.STOPPED else "its clock has not begun"
    return f"{duration(one.ends - at)} left of {duration(one.length)}"


def share(one: Soaking) -> str:
    return f" {one.stage.exposure}" if one.stage.toggles else ""


def numbers(reading: Reading) -> str:
    """`0.05 (50 of 1,000), baseline 0.01`; "" where nothing was measured."""
    if reading.measured is None:
        return ""
    counted = ""
    if reading.numerator is not None and reading.samples is not None:
        counted = f" ({number(reading.numerator)} of {number(reading.samples)})"
    baseline = f", baseline {number(reading.baseline.measured)}" if reading.baseline else ""
    return f"{number(reading.measured)}{counted}{baseline}"


def reason(firings: tuple[Firing, ...]) -> str:
    """Of a rollback, for its record."""
    return "; ".join(f"{one.trigger.title} ({one.trigger.address}): {one.why.removesuffix('.')}" for one in firings)


def rollouts(firings: tuple[Firing, ...]) -> tuple[str, ...]:
    """Those that go back, as they are typed."""
    found = {str(address).removeprefix("rollout."): None for one in firings for address in one.rollouts}
    return tuple(sorted(found))


def rollback_line(firings: tuple[Firing, ...]) -> str:
    """The command to copy."""
    names = " ".join(f"-rollout {shlex.quote(name)}" for name in rollouts(firings))
    return f"flagstaff rollback {names} -reason {shlex.quote(reason(firings))}"
