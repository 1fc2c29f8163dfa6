"""The default rule: no change for the worse that the data supports. Pure.

With d the change for the worse since the baseline b, [low, high] what the data supports of it at 95 %, and the minimum
effect e = tolerance x b (x 1 - b where that is less, so that errors and successes are judged alike):

- fail: low > 0 and d > e. The change is not chance, and it is large enough to matter.
- inconclusive: no fail, and high > s. Too few samples: a change that everybody would call bad can't be excluded.
- pass: the rest.

s ("what must be seen") is the largest of e, half of what e is a part of, and one event in a hundred samples. So tiny
data never pass, and an irrelevant difference in big data never fails. The reasons are in
docs/decisions/0011-no-increase-that-the-data-supports.md.

A value that is not counted has no interval: there, d > e fails, and the rest passes.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from flagstaff.model.evidence import Frozen, Verdict
from flagstaff.monitors import statistics
from flagstaff.monitors.protocols import Counted, Valued
from flagstaff.monitors.statistics import Limits
from flagstaff.monitors.words import number, percent

_LEAST_SEEN: Final = 0.01


@dataclass(frozen=True, slots=True)
class Rule:
    """`worse` is `increase` or `decrease`, `tolerance` the minimum effect as a part of the baseline."""

    worse: str
    tolerance: Decimal


@dataclass(frozen=True, slots=True)
class Compared:
    """`low` and `high` bound the difference measured - baseline at 95 %; None: nothing was counted."""

    verdict: Verdict
    reason: str
    method: str
    low: Decimal | None = None
    high: Decimal | None = None


def compare(now: Counted | Valued, before: Frozen, rule: Rule) -> Compared:
    return _counts(now, before, rule) if isinstance(now, Counted) else _values(now, before, rule)


def _values(now: Valued, before: Frozen, rule: Rule) -> Compared:
    change = now.measured - before.measured
    worse = change if rule.worse == "increase" else -change
    size = abs(before.measured)
    if rule.worse == "decrease" and size <= 1:
        # What should not fall and is no more than 1 is a share of successes: the rest are its errors.
        size = min(size, 1 - size)
    least = rule.tolerance * size
    method = f"compared with a tolerance of {percent(rule.tolerance)}; a value that is not counted has no interval"
    what = f"{number(now.measured)} is {_moved(change)} the baseline of {number(before.measured)}"
    if worse > least:
        verdict, why = Verdict.FAIL, f"which is for the worse, and over the tolerance of {number(least)}"
    elif worse > 0:
        verdict, why = Verdict.PASS, f"which is within the tolerance of {number(least)}"
    else:
        verdict, why = Verdict.PASS, "which is not for the worse"
    return Compared(verdict, f"{what}, {why}.", method)


def _moved(change: Decimal) -> str:
    if not change:
        return "the same as"
    return f"{number(abs(change))} {'above' if change > 0 else 'below'}"


def _counts(now: Counted, before: Frozen, rule: Rule) -> Compared:
    pairs = _pairs(now, before)
    base = float(before.measured)
    parts = 0 <= base <= 1 and all(events <= samples for events, samples in pairs)
    show = percent if parts else number
    limits = [(statistics.proportion if parts else statistics.rate)(*pair) for pair in pairs]
    known = statistics.known(base)
    between = statistics.difference(limits[0], limits[1] if len(limits) > 1 else known)
    worse = between if rule.worse == "increase" else between.negated
    size = min(base, 1 - base) if parts else abs(base)
    least = float(rule.tolerance) * size
    seen = max(least, size / 2, _LEAST_SEEN)
    verdict, why = _judged(worse, least, seen, rule.worse, parts=parts)
    shares = f"{show(now.numerator / now.samples)} ({number(now.numerator)} of {number(now.samples)})"
    few = any(statistics.is_few(*pair, proportion=parts) for pair in pairs)
    method = (
        f"difference of {'proportions' if parts else 'rates'} by Newcombe's method 10 at 95 %"
        f"{f', exact limits below {statistics.FEW} events' if few else ''}; minimum effect {_gap(least, parts)}, "
        f"must be able to show {_gap(seen, parts)}"
    )
    reason = f"{shares} against a baseline of {show(before.measured)}: {why}"
    return Compared(verdict, reason, method, _decimal(between.low), _decimal(between.high))


def _gap(difference: float, parts: bool) -> str:
    """From 0.4 % to 0.8 %, nobody shall read of an increase of 0.4 %."""
    text = number(difference * 100 if parts else difference)
    return f"{text} percentage point{'' if text == '1' else 's'}" if parts else text


def _judged(worse: Limits, least: float, seen: float, direction: str, *, parts: bool) -> tuple[Verdict, str]:
    """The rule itself; `worse` is the change for the worse."""
    article = "an" if direction == "increase" else "a"
    scale, unit = (100, " points") if parts else (1, "")
    span = f"at 95 % {number(worse.low * scale)} to {number(worse.high * scale)}{unit}"
    if worse.low > 0 and worse.measured > least:
        return Verdict.FAIL, f"the data supports {article} {direction} of {_gap(worse.measured, parts)} ({span})."
    if worse.high > seen:
        few = f"too few samples to exclude {article} {direction} of {_gap(seen, parts)} ({span})."
        return Verdict.INCONCLUSIVE, f"{few} Wait for more, or use a longer window."
    if worse.low > 0:
        change = f"{article} {direction} of {_gap(worse.measured, parts)}"
        return Verdict.PASS, f"{change} is within the tolerance of {_gap(least, parts)} ({span})."
    return Verdict.PASS, f"the data supports no {direction} ({span})."


def _pairs(now: Counted, before: Frozen) -> list[tuple[float, float]]:
    """Events and samples: now, and of a baseline that was counted."""
    found = [(float(now.numerator), float(now.samples))]
    if before.numerator is not None and before.samples:
        found.append((float(before.numerator), float(before.samples)))
    return found


def _decimal(value: float) -> Decimal:
    """To the digits that a floating point result is good for."""
    return Decimal(f"{value:.12g}")
