"""From numbers to a verdict, with the sentence that says why. Pure.

Only numbers that can be relied on can pass: whatever is missing, too little or contradictory is inconclusive, and
what nobody has decided is undecided.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Final, assert_never

from flagstaff.addresses import Address
from flagstaff.model.conditions import symbols
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.evidence import Answer, Frozen, Reading, Verdict
from flagstaff.model.rollout import Monitor
from flagstaff.model.times import moment
from flagstaff.monitors.comparison import Rule, compare
from flagstaff.monitors.conditions import UnknowableError, holds
from flagstaff.monitors.protocols import Counted, Judged, Measurement, Trouble, Valued, Window
from flagstaff.monitors.words import duration, number

# The `method` of a reading for which nothing was measured, as there is nobody yet who could be measured.
BEFORE_TRAFFIC: Final = "before traffic"
# Beyond these, a number is a mistake of the source, and would fill the record with digits.
_MOST_DIGITS: Final = 30


@dataclass(frozen=True, slots=True)
class Measured:
    """What was asked and answered. `baseline` is the frozen one, or what a fresh measurement over `before` gave;
    None: there is none, or nobody needed it."""

    window: Window
    now: Measurement
    baseline: Frozen | Measurement | None = None
    before: Window | None = None


def without_measuring(
    monitor: Monitor, answers: Mapping[Address, Answer], at: datetime, *, has_traffic: bool, zone: tzinfo = UTC
) -> Reading | None:
    """The reading of a monitor that needs no question to any server; None: it has to be measured."""
    for decision in _open(monitor):
        reason = f"Nobody has decided {decision.why}."
        return Reading(monitor.address, Verdict.UNDECIDED, at, reason)
    if monitor.before_traffic == "skip" and not has_traffic:
        reason = "There is nothing to measure yet: no toggle of the rollout is up."
        return Reading(monitor.address, Verdict.PASS, at, reason, method=BEFORE_TRAFFIC)
    assert not isinstance(monitor.source, OpenDecision)
    if monitor.source.kind == "manual":
        return _answered(monitor, answers.get(monitor.address), at, zone)
    return None


def _open(monitor: Monitor) -> list[OpenDecision]:
    value = monitor.baseline.value if monitor.baseline is not None else None
    return [item for item in (monitor.source, monitor.pass_when, value) if isinstance(item, OpenDecision)]


def _answered(monitor: Monitor, answer: Answer | None, at: datetime, zone: tzinfo) -> Reading:
    assert not isinstance(monitor.source, OpenDecision)
    question = str(monitor.source.settings.get("question") or monitor.title)
    command = f'flagstaff answer {shlex.quote(str(monitor.address))} -verdict=pass -note="..."'
    how = f"Look, and answer with -verdict=fail, or with: {command}"
    base = Reading(monitor.address, Verdict.PENDING, at, "", query=question, method="a person's answer")
    if answer is None:
        return replace(base, reason=f"Nobody has answered yet: {question} {how}")
    if answer.until <= at:
        return replace(base, reason=f"The answer of {answer.who} counted until {moment(answer.until, zone)}. {how}")
    verdict = answer.verdict if answer.verdict in {Verdict.PASS, Verdict.FAIL} else Verdict.INCONCLUSIVE
    note = f' ("{answer.note}")' if answer.note else ""
    said, until = moment(answer.at, zone), moment(answer.until, zone)
    reason = f"{answer.who} said {answer.verdict} at {said}{note}; that counts until {until}."
    return replace(base, verdict=verdict, reason=reason)


def needs_baseline(monitor: Monitor) -> bool:
    """Whether the same query has to be asked over the baseline's window, if no answer to that is frozen."""
    return monitor.baseline is not None and monitor.baseline.window is not None


def evaluate(monitor: Monitor, measured: Measured, at: datetime) -> Reading:
    """The verdict on what was measured; `without_measuring` comes first."""
    now, window = measured.now, measured.window
    base = Reading(monitor.address, Verdict.INCONCLUSIVE, at, "", now.query, window.start, window.end)
    match now:
        case Trouble(reason):
            return replace(base, reason=reason)
        case Judged(verdict, reason):
            return replace(base, verdict=verdict, reason=reason, method="the verdict of the monitor there")
        case Counted() | Valued():
            if problem := _problem(monitor, now):
                return _with_numbers(replace(base, reason=problem), now)
            return _judged(monitor, now, measured, _with_numbers(base, now))
        case _:
            assert_never(now)


def _judged(monitor: Monitor, now: Counted | Valued, measured: Measured, base: Reading) -> Reading:
    assert not isinstance(monitor.pass_when, OpenDecision)
    frozen = _baseline(monitor, measured, base.at)
    if isinstance(frozen, Trouble):
        reason = f"The baseline can't be used. {frozen.reason}"
        # A threshold that speaks of no baseline can be looked at all the same.
        if monitor.pass_when is None or "baseline" in symbols(monitor.pass_when):
            return replace(base, reason=reason)
        frozen = None
    if frozen is not None:
        fresh = not isinstance(measured.baseline, Frozen) and needs_baseline(monitor)
        base = replace(base, baseline=frozen, fresh=fresh)
    if monitor.pass_when is not None:
        return _explicit(monitor, base)
    if frozen is None:
        reason = "There is nothing to compare with: give the monitor a baseline, or a threshold in pass_when."
        return replace(base, reason=reason)
    found = compare(now, frozen, Rule(monitor.worse, monitor.tolerance))
    return replace(
        base, verdict=found.verdict, reason=found.reason, method=found.method, low=found.low, high=found.high
    )


def _explicit(monitor: Monitor, base: Reading) -> Reading:
    """An explicit threshold, exactly as it was written."""
    condition = monitor.pass_when
    assert condition is not None
    assert not isinstance(condition, OpenDecision)
    numbers = numbers_of(base)
    text = monitor.pass_when_text or str(condition)
    method = f"pass_when = {text}"
    try:
        verdict = Verdict.PASS if holds(condition, numbers) else Verdict.FAIL
    except UnknowableError as error:
        return replace(base, reason=f"{text} can't be answered: {error}.", method=method)
    shown = [f"{name} = {number(value)}" for name, value in numbers.items() if value is not None]
    said = "holds" if verdict is Verdict.PASS else "does not hold"
    return replace(base, verdict=verdict, reason=f"{text} {said}, with {', '.join(shown)}.", method=method)


def numbers_of(reading: Reading) -> Mapping[str, Decimal | None]:
    """What conditions over a reading speak of."""
    return {
        "measured": reading.measured,
        "numerator": reading.numerator,
        "samples": reading.samples,
        "baseline": reading.baseline.measured if reading.baseline is not None else None,
    }


def _with_numbers(base: Reading, now: Counted | Valued) -> Reading:
    if isinstance(now, Valued):
        return replace(base, measured=now.measured.normalize()) if _problem_of(now.measured) is None else base
    if any(map(_problem_of, (now.numerator, now.samples))):
        return base
    measured = (now.numerator / now.samples).normalize() if now.samples else None
    return replace(base, measured=measured, numerator=now.numerator.normalize(), samples=now.samples.normalize())


def _problem(monitor: Monitor, now: Counted | Valued) -> str | None:
    """Why these numbers can't be judged, as a sentence."""
    if isinstance(now, Valued):
        if monitor.min_samples > 1 and now.measured.is_finite():
            return (
                f"min_samples = {monitor.min_samples} can't be checked, as the source gives one value and no count. "
                "Give it numerator and denominator instead of query."
            )
        return _problem_of(now.measured)
    if problem := _problem_of(now.numerator) or _problem_of(now.samples):
        return problem
    if now.numerator < 0 or now.samples < 0:
        return f"A count can't be negative: {number(now.numerator)} of {number(now.samples)}. Correct the queries."
    least = max(1, monitor.min_samples)
    if now.samples < least:
        return (
            f"{number(now.samples)} samples in {duration(monitor.window)} are too few; the monitor wants "
            f"{number(Decimal(least))}. Wait for more traffic, or use a longer window."
        )
    return None


def _problem_of(value: Decimal) -> str | None:
    if not value.is_finite():
        return (
            f"The source answered {value}, which is no number: nothing was divided by nothing, or a counter is broken."
        )
    if value and abs(value.adjusted()) > _MOST_DIGITS:
        return f"The source answered {value}, of which nobody knows what it measures. Correct the query."
    return None


def _baseline(monitor: Monitor, measured: Measured, at: datetime) -> Frozen | Trouble | None:
    """What the measurement is compared with."""
    declared = monitor.baseline
    if declared is not None and isinstance(declared.value, Decimal):
        return Frozen(declared.value, at)
    match measured.baseline:
        case None | Frozen():
            return measured.baseline
        case Trouble():
            return measured.baseline
        case Judged():
            return Trouble("A source with a verdict of its own has no baseline.")
        case Counted() | Valued() as found:
            return frozen(found, measured.before or measured.window, at, monitor)
        case _:
            assert_never(measured.baseline)


def frozen(found: Counted | Valued, window: Window, at: datetime, monitor: Monitor) -> Frozen | Trouble:
    """A fresh measurement as a baseline, if it is good for one."""
    problem = _problem(replace(monitor, window=window.end - window.start), found)
    if problem is not None:
        return Trouble(problem, found.query)
    if isinstance(found, Valued):
        return Frozen(found.measured.normalize(), at, start=window.start, end=window.end, query=found.query)
    numerator, samples = found.numerator.normalize(), found.samples.normalize()
    return Frozen((numerator / samples).normalize(), at, numerator, samples, window.start, window.end, found.query)
